"""Rules of scoring, by tables of cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.errors import InvalidRequest
from certmark.domain.score_comparisons import Scoring, below_and_required, compare, overview, vetoed_and_required
from certmark.domain.scoring import (
    KEYS,
    ClaimedScore,
    CriteriaSet,
    Decision,
    Score,
    ScoreAssumption,
    ScorerMark,
    ScoreRow,
    ScoringInput,
    are_of_add_on,
    contradictions,
    false_claims,
    flips,
    score,
    tally,
    what_if_from,
)

CRITERIA = CriteriaSet("small", {"deployed": 50, "clients": 30, "doc": 20}, 70)


def row(marks: str, name: str = "a", *, needs_admin: bool = False, claim: ClaimedScore | None = None) -> ScoreRow:
    given_marks = {key: ScoringInput(ScorerMark(sign)) for key, sign in zip(CRITERIA.weights, marks, strict=True)}
    return ScoreRow(name, given_marks, needs_admin, claim)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("111", Score(100, 100, 30, Decision.IN)),
        ("101", Score(70, 70, 0, Decision.IN)),
        ("100", Score(50, 50, -20, Decision.OUT)),
        ("10?", Score(50, 70, -20, Decision.OPEN)),
        ("0??", Score(0, 50, -70, Decision.OUT)),
        ("1?1", Score(70, 100, 0, Decision.IN)),
        ("1*1", Score(70, 70, 0, Decision.IN)),
    ],
)
def test_a_total_is_the_sum_of_the_weights_that_are_met(marks: str, expected: Score) -> None:
    assert score(row(marks), CRITERIA) == expected


def test_a_criterion_without_a_mark_is_open() -> None:
    assert score(ScoreRow("a", {"deployed": ScoringInput(ScorerMark.MET)}), CRITERIA) == Score(
        50, 100, -20, Decision.OPEN
    )


def test_a_capability_that_needs_an_administrator_is_vetoed_whatever_its_marks() -> None:
    assert score(row("111", needs_admin=True), CRITERIA) == Score(0, 0, -70, Decision.VETOED)


def test_without_a_cut_off_nothing_is_decided() -> None:
    assert score(row("111"), CRITERIA._replace(cutoff=None)) == Score(100, 100, None, Decision.NO_CUTOFF)


def test_near_are_those_that_one_mark_brings_to_the_other_side() -> None:
    rows = [row("111", "falls"), row("100", "rises"), row("000", "far"), row("10?", "open")]
    assert tally(rows, CRITERIA).near == ("falls", "rises")


def test_what_if_shows_those_that_change_sides_first() -> None:
    rows = [row("111", "stays"), row("011", "rises")]
    found = flips(rows, CRITERIA, ScoreAssumption(weights={"clients": 50}))
    assert [(flip.capability, flip.crosses) for flip in found] == [("rises", True), ("stays", False)]


def test_what_if_takes_single_marks_and_another_cut_off() -> None:
    found = flips([row("100")], CRITERIA, ScoreAssumption(cutoff=60, marks={("a", "doc"): ScorerMark.MET}))
    assert [(flip.after.low, flip.after.decision) for flip in found] == [(70, Decision.IN)]


@pytest.mark.parametrize(("total", "starred", "is_false"), [(70, True, False), (64, True, True), (70, False, True)])
def test_a_claim_that_the_marks_do_not_give_is_told(total: int, starred: bool, is_false: bool) -> None:
    assert bool(false_claims([row("101", claim=ClaimedScore(total, starred))], CRITERIA)) is is_false


def test_a_claim_with_open_marks_is_not_held_against_anybody() -> None:
    assert false_claims([row("10?", claim=ClaimedScore(70, is_in=True))], CRITERIA) == ()


def test_weights_that_do_not_add_up_are_told() -> None:
    whole = CriteriaSet("x", dict.fromkeys(KEYS, 8), 74)
    assert contradictions(whole) == ("the weights of x add up to 96, not to 100",)


def test_a_cut_off_that_nothing_can_reach_is_told() -> None:
    assert contradictions(CRITERIA._replace(cutoff=101)) == (
        "the weights of small add up to 100: nothing can reach the cut-off of 101",
    )


def test_a_comparison_tells_differences_that_change_sides_first() -> None:
    first = Scoring("one", (row("111", "same"), row("100", "a"), row("111", "b"), row("111", "mine")))
    second = Scoring("two", (row("111", "same"), row("000", "a"), row("100", "b"), row("111", "mines")))
    found = compare(first, second, CRITERIA)
    assert (found.both, found.equal) == (3, 1)
    assert [(difference.capability, difference.crosses) for difference in found.differences] == [
        ("b", True),
        ("a", False),
    ]
    assert (found.only_first, found.only_second, found.likely) == (("mine",), ("mines",), (("mine", "mines"),))
    assert found.agreement == {"deployed": (2, 3), "clients": (2, 3), "doc": (2, 3)}


def test_three_scorings_are_held_each_against_each_and_fewer_are_not() -> None:
    first = Scoring("one", (row("111", "same"), row("111", "a")))
    second = Scoring("two", (row("111", "same"), row("000", "a")))
    third = Scoring("three", (row("111", "same"), row("110", "mine")))
    assert overview((first, second), CRITERIA) is None
    found = overview((first, second, third), CRITERIA)
    assert found is not None
    assert found.names == ("one", "two", "three")
    assert found.same == (((6, 6), (3, 6), (3, 3)), ((3, 6), (6, 6), (3, 3)), ((3, 3), (3, 3), (6, 6)))
    assert [(item.capability, [given is not None for given in item.scores]) for item in found.disputed] == [
        ("a", [True, True, False])
    ]


def test_required_capabilities_below_the_cut_off_and_vetoed_ones_are_told_apart() -> None:
    scoring = Scoring(
        "g", (row("100", "low"), row("111", "admin", needs_admin=True), row("111", "high")), frozenset({"low", "admin"})
    )
    assert [name for name, _ in below_and_required(scoring, CRITERIA)] == ["low"]
    assert vetoed_and_required(scoring) == ("admin",)


@given(st.lists(st.sampled_from("01?*"), min_size=3, max_size=3), st.integers(0, 100))
def test_settling_an_open_mark_stays_within_the_bounds(marks: list[str], cutoff: int) -> None:
    criteria = CRITERIA._replace(cutoff=cutoff)
    bounds = score(row("".join(marks)), criteria)
    for sign in "01":
        settled = score(row("".join(marks).replace("?", sign)), criteria)
        assert bounds.low <= settled.low <= settled.high <= bounds.high
        if bounds.decision in {Decision.IN, Decision.OUT}:
            assert settled.decision is bounds.decision


def test_assumptions_are_weights_a_cut_off_and_marks() -> None:
    words = ["deployed=10", "cutoff=60", "a.doc=?"]
    assert what_if_from(words, CRITERIA, [row("111")]) == ScoreAssumption(
        {"deployed": 10}, 60, {("a", "doc"): ScorerMark.OPEN}
    )
    assert what_if_from([], CRITERIA, []) == ScoreAssumption()


@pytest.mark.parametrize(
    "word", ["", "deployed", "glory=3", "deployed=-1", "cutoff=x", "b.doc=1", "a.doc=2", "a.glory=1"]
)
def test_an_assumption_that_fits_nothing_is_refused_with_what_there_is(word: str) -> None:
    with pytest.raises(InvalidRequest, match=r"is not understood: give .* a criterion of deployed, clients, doc$"):
        what_if_from([word], CRITERIA, [row("111")])


def test_marks_that_do_not_consider_foundation_are_those_of_an_add_on_and_no_marks_are_none() -> None:
    add_on = ScoreRow("a", {"foundation": ScoringInput(ScorerMark.NOT_CONSIDERED)})
    assert are_of_add_on([add_on])
    assert not are_of_add_on([add_on, row("111")])
    assert not are_of_add_on([])

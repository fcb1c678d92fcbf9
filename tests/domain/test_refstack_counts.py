"""The counts of every published guideline, as RefStack told them and as the rules of today do."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from certmark.domain.guidelines import Guideline, Level
from certmark.domain.identity import split
from certmark.domain.policies import REFSTACK_2020, STRICT, NoRefstackVerdict
from certmark.domain.programs import find_program
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.verdict_values import Standing, State, Verdict
from certmark.domain.verdicts import judge
from certmark.formats.guideline import load

pytestmark = pytest.mark.shared

TODAY = date(2026, 11, 21)
NOTHING = Results(())
LEVELS = (Level.REQUIRED, Level.ADVISORY, Level.DEPRECATED, Level.REMOVED)

# capabilities (required, advisory, deprecated, removed), required tests, distinct, flagged, must pass, distinct
TABLE = [
    ("2015.03", "platform", (10, 2, 0, 3), 127, 127, 9, 118, 118),
    ("2015.04", "platform", (10, 2, 0, 0), 127, 127, 51, 76, 76),
    ("2015.05", "platform", (11, 2, 0, 0), 128, 128, 33, 95, 95),
    ("2015.07", "platform", (46, 0, 0, 0), 129, 129, 31, 98, 98),
    ("2016.01", "platform", (44, 28, 2, 0), 124, 124, 28, 96, 96),
    ("2016.08", "platform", (56, 10, 9, 2), 228, 228, 17, 211, 211),
    ("2017.01", "platform", (63, 24, 0, 9), 262, 261, 33, 229, 229),
    ("2017.09", "platform", (68, 16, 2, 0), 259, 259, 29, 230, 230),
    ("2018.02", "platform", (84, 5, 0, 2), 337, 282, 20, 317, 266),
    ("2018.11", "platform", (75, 3, 14, 0), 283, 281, 11, 272, 270),
    ("2019.06", "platform", (78, 0, 0, 14), 286, 284, 11, 275, 273),
    ("2019.11", "platform", (78, 0, 0, 0), 286, 284, 11, 275, 273),
    ("2020.06", "platform", (78, 0, 0, 0), 286, 284, 11, 275, 273),
    ("2020.06", "compute", (60, 0, 0, 0), 228, 228, 11, 217, 217),
    ("2020.06", "object", (20, 0, 0, 0), 60, 58, 0, 60, 58),
    *(
        (f"add-ons/dns.{release}", "dns", (2, 0, 0, 0), 10, 10, 0, 10, 10)
        for release in ("2018.02", "2018.11", "2019.06", "2019.11", "2020.06")
    ),
    ("add-ons/orchestration.2018.02", "orchestration", (16, 7, 0, 0), 39, 39, 0, 39, 39),
    *(
        (f"add-ons/orchestration.{release}", "orchestration", (23, 0, 0, 0), 60, 60, 0, 60, 60)
        for release in ("2018.11", "2019.06", "2019.11", "2020.06")
    ),
    ("add-ons/dns.next", "dns", (0, 2, 0, 0), 0, 0, 0, 0, 0),
    ("add-ons/orchestration.next", "orchestration", (0, 16, 0, 0), 0, 0, 0, 0, 0),
]


@pytest.fixture(scope="module")
def suite(assets: Path) -> tuple[Attempt, ...]:
    """Every test of Tempest 47, passed."""
    listed = gzip.decompress((assets / "tempest-47.0.0-tests.txt.gz").read_bytes()).decode()
    identities = map(split, listed.splitlines())
    return tuple(Attempt(identity.name, identity.uuid, Outcome.PASSED) for identity in identities)


def guideline_of(shared: Path, name: str) -> Guideline:
    return load(str(shared / "guidelines" / f"{name}.json"))


def by_level(verdict: Verdict) -> tuple[int, ...]:
    levels = [capability.level for capability in verdict.capabilities]
    return tuple(levels.count(level) for level in LEVELS)


def passed(attempts: tuple[Attempt, ...]) -> Results:
    return Results([Evidence("suite", "subunit-v2", 0, None, attempts)])


@pytest.mark.parametrize(
    ("name", "target", "levels", "tests", "distinct", "flagged", "must_pass", "distinct_must_pass"),
    TABLE,
    ids=[f"{row[0]} {row[1]}" for row in TABLE],
)
def test_refstack_counts_and_distinct_counts_are_those_of_history(
    shared: Path,
    name: str,
    target: str,
    levels: tuple[int, ...],
    tests: int,
    distinct: int,
    flagged: int,
    must_pass: int,
    distinct_must_pass: int,
) -> None:
    guideline = guideline_of(shared, name)
    program = find_program(guideline, target)
    old = judge(guideline, program, NOTHING, as_of=TODAY, policy=REFSTACK_2020)
    new = judge(guideline, program, NOTHING, as_of=TODAY)
    counts = old.refstack
    assert counts is not None
    told = (by_level(old), counts.tests, new.totals.tests, counts.flagged, counts.must_pass, new.totals.counted)
    assert told == (levels, tests, distinct, flagged, must_pass, distinct_must_pass)
    assert old.standing is (Standing.FAIL if must_pass else Standing.PASS)
    assert new.standing is (Standing.INCOMPLETE if must_pass else Standing.NOT_APPLICABLE)


@pytest.mark.parametrize("name", ["add-ons/dns.next", "add-ons/orchestration.next"])
def test_nothing_required_was_yes_and_is_not_applicable(shared: Path, name: str) -> None:
    guideline = guideline_of(shared, name)
    program = guideline.programs[0]
    old = judge(guideline, program, NOTHING, as_of=TODAY, policy=REFSTACK_2020)
    assert old.refstack is not None
    assert (old.standing, old.refstack.percent) == (Standing.PASS, None)
    assert judge(guideline, program, NOTHING, as_of=TODAY, policy=STRICT).standing is Standing.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("name", "program", "message"),
    [
        ("legacy/junocore", "juno", "RefStack could not judge documents of schema 1.0; it knew 1.2, 1.3, 1.4"),
        (
            "verticals/nfv.next",
            "nfv",
            'RefStack had no target for the program "OpenStack Powered NFV Platform"; judge it under another policy',
        ),
    ],
)
def test_what_refstack_could_not_judge_is_refused(shared: Path, name: str, program: str, message: str) -> None:
    guideline = guideline_of(shared, name)
    with pytest.raises(NoRefstackVerdict) as refusal:
        judge(guideline, find_program(guideline, program), NOTHING, as_of=TODAY, policy=REFSTACK_2020)
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "found", "of"),
    [
        ("2015.07", 93, 98),
        ("2016.01", 94, 96),
        ("2016.08", 203, 211),
        ("2017.01", 229, 229),
        ("2017.09", 230, 230),
        ("2018.02", 317, 317),
        ("2018.11", 272, 272),
        ("2019.06", 275, 275),
        ("2019.11", 275, 275),
        ("2020.06", 275, 275),
    ],
)
def test_with_all_of_tempest_47_passed_names_alone_find(
    shared: Path, suite: tuple[Attempt, ...], name: str, found: int, of: int
) -> None:
    guideline = guideline_of(shared, name)
    verdict = judge(guideline, find_program(guideline, "platform"), passed(suite), as_of=TODAY, policy=REFSTACK_2020)
    assert verdict.refstack is not None
    assert (verdict.refstack.must_pass_passed, verdict.refstack.must_pass) == (found, of)


@pytest.mark.parametrize("name", sorted({row[0] for row in TABLE if row[1] == "platform" and row[0] >= "2015.07"}))
def test_what_tempest_47_still_has_under_its_id_is_found(shared: Path, suite: tuple[Attempt, ...], name: str) -> None:
    """By id, also the renamed ones: of 2016.08 all eight that names alone miss."""
    guideline = guideline_of(shared, name)
    verdict = judge(guideline, find_program(guideline, "platform"), passed(suite), as_of=TODAY, policy=STRICT)
    ids = {attempt.uuid for attempt in suite}
    names = {attempt.name for attempt in suite}
    lost = [
        settled.test.name
        for settled in verdict.all_settled()
        if settled.state is not State.PASSED and (settled.test.uuid in ids or settled.test.name in names)
    ]
    assert lost == []
    gone = {"2015.07": 3, "2016.01": 1}  # names alone miss 5 and 2
    assert (verdict.totals.missing, verdict.totals.failed) == (gone.get(name, 0), 0)


@pytest.mark.parametrize("name", ["2019.06", "2019.11", "2020.06"])
def test_a_guideline_of_2019_and_later_passes_with_tempest_47(
    shared: Path, suite: tuple[Attempt, ...], name: str
) -> None:
    guideline = guideline_of(shared, name)
    verdict = judge(guideline, find_program(guideline, "platform"), passed(suite), as_of=TODAY)
    assert (verdict.standing, verdict.totals.passed, verdict.totals.flagged) == (Standing.PASS, 273, 11)

"""Evidence for marks: each criterion that can be computed, by cases."""

from __future__ import annotations

import json

import pytest

from certmark.domain.guidelines import Guideline
from certmark.domain.score_evidence import (
    ApiReference,
    CloudRecord,
    Proposal,
    ServiceVersion,
    deployed,
    discoverable,
    fill,
    plain_words,
    stable,
    sticky,
)
from certmark.domain.scoring import ScorerMark, ScoreRow, ScoringInput
from certmark.domain.surveys import Survey, SurveyedTest
from certmark.formats.guideline.reading import read

ID = "id-00000000-0000-4000-8000-00000000000{}"


def guideline(name: str = "2020.01", level: str = "required", releases: tuple[str, ...] = ("train",)) -> Guideline:
    """Two capabilities of one test each, `a` placed at `level`."""
    levels: dict[str, list[str]] = {word: [] for word in ("required", "advisory", "deprecated", "removed")}
    levels[level].append("a")
    levels["advisory"] += ["b"] if "b" not in levels[level] else []
    document = {
        "metadata": {"id": name, "schema": "2.0", "os_trademark_approval": {"releases": list(releases)}},
        "platforms": {"P": {"components": [{"name": "c"}]}},
        "components": {"c": {"capabilities": levels, "designated_sections": {}}},
        "capabilities": {
            key: {"project": "nova", "achievements": [], "tests": {f"m.C.test_{key}": {"idempotent_id": ID.format(n)}}}
            for n, key in enumerate("ab")
        },
    }
    return read(json.dumps(document).encode(), "g.json")


NOW = guideline()
A = NOW.capabilities["a"]


@pytest.mark.parametrize(
    ("level", "mark"),
    [("required", ScorerMark.MET), ("advisory", ScorerMark.NOT_MET), ("deprecated", ScorerMark.NOT_MET)],
)
def test_sticky_is_what_the_last_guideline_required(level: str, mark: ScorerMark) -> None:
    assert sticky(A, guideline(level=level)) == Proposal("a", "sticky", mark, f"{level} in c of 2020.01", is_hint=False)


def test_a_capability_that_is_new_is_not_sticky() -> None:
    found = sticky(A._replace(key="new"), NOW)
    assert (found.mark, found.evidence) == (ScorerMark.NOT_MET, "2020.01 does not have it")


def record(cloud: str, *, passed: bool = True, seen: bool = True, unstable: bool = False) -> CloudRecord:
    keys = frozenset("a")
    return CloudRecord(
        cloud, keys if passed else frozenset(), keys if seen else frozenset(), keys if unstable else frozenset()
    )


@pytest.mark.parametrize(
    ("clouds", "mark", "evidence"),
    [
        ([record("x"), record("y")], ScorerMark.OPEN, "all its tests pass on 2 of 2 clouds; too few to tell"),
        ([record("x"), record("y"), record("z")], ScorerMark.MET, "all its tests pass on 3 of 3 clouds"),
        ([record("x"), record("y"), record("z", passed=False)], ScorerMark.NOT_MET, "all its tests pass on 2 of 3 clouds"),
        ([record("x"), record("y"), record("z"), record("w", seen=False)], ScorerMark.MET,
         "all its tests pass on 3 of 3 clouds"),
    ],
)  # fmt: skip
def test_deployed_is_how_many_clouds_pass_among_those_that_ran_it(
    clouds: list[CloudRecord], mark: ScorerMark, evidence: str
) -> None:
    found = deployed(A, clouds)
    assert found is not None
    assert (found.mark, found.evidence) == (mark, evidence)


def test_nothing_is_said_of_what_no_cloud_ran() -> None:
    assert deployed(A, [record("x", seen=False)]) is None


def test_stable_is_the_same_test_over_more_than_two_releases() -> None:
    history = [guideline("2019.01", releases=("q", "r")), guideline("2019.06", releases=("r", "s"))]
    found = stable(A, history, [])
    assert found is not None
    assert (found.mark, found.evidence) == (ScorerMark.MET, "its tests stand in 2 earlier guidelines, for 3 releases")
    shaky = stable(A, history, [record("x", unstable=True)])
    assert shaky is not None
    assert shaky.mark is ScorerMark.NOT_MET


@pytest.mark.parametrize(
    ("told", "mark"),
    [
        ([ServiceVersion("x", "2.1 to 2.96")], ScorerMark.MET),
        ([ServiceVersion("x", "")], ScorerMark.OPEN),
        ([], ScorerMark.NOT_MET),
    ],
)
def test_discoverable_is_what_catalogue_and_version_document_tell(told: list[ServiceVersion], mark: ScorerMark) -> None:
    found = discoverable(A, {"nova": told})
    assert found is not None
    assert found.mark is mark
    assert discoverable(A, {"cinder": told}) is None


def book(calls_a: tuple[str, ...], calls_b: tuple[str, ...], skips: tuple[str, ...] = ()) -> ApiReference:
    tests = (
        SurveyedTest(f"m.C.test_a[{ID.format(0)}]", calls=calls_a, skips=skips),
        SurveyedTest(f"m.C.renamed[{ID.format(1)}]", calls=calls_b),
    )
    return ApiReference(NOW, Survey("tempest", "47", tests))


@pytest.mark.parametrize(
    ("mine", "theirs", "mark", "evidence"),
    [
        (("c.show", "c.own"), ("c.show",), ScorerMark.MET, "only its tests call c.own"),
        (("c.show",), ("c.show", "c.more"), ScorerMark.NOT_MET, "all its calls are made by the tests of b"),
        (("c.show",), ("c.show",), ScorerMark.NOT_MET, "all its calls are made by the tests of b"),
    ],
)
def test_atomic_is_a_call_that_only_its_tests_make(
    mine: tuple[str, ...], theirs: tuple[str, ...], mark: ScorerMark, evidence: str
) -> None:
    assert book(mine, theirs).atomic("a") == Proposal("a", "atomic", mark, evidence, is_hint=True)


def test_a_renamed_test_is_found_by_its_id() -> None:
    assert [test.full_id for test in book((), ()).tests["b"]] == [f"m.C.renamed[{ID.format(1)}]"]


@pytest.mark.parametrize(
    ("skips", "mark"),
    [((), ScorerMark.MET), (("CONF.compute_feature_enabled.resize",), ScorerMark.OPEN)],
)
def test_complete_is_doubtful_where_tests_ask_for_a_feature(skips: tuple[str, ...], mark: ScorerMark) -> None:
    found = book(("c.x",), (), skips).complete("a")
    assert found is not None
    assert found.mark is mark


def test_documented_compares_calls_with_headings() -> None:
    calls = book(("servers_client.list_servers", "servers_client.show_server"), ())
    headings = frozenset({plain_words("List Servers")})
    found = calls.documented("a", headings)
    assert found is not None
    assert (found.mark, found.evidence) == (
        ScorerMark.OPEN,
        "the API reference has no heading for 1 of 2 calls: servers_client.show_server",
    )
    assert calls.documented("a", frozenset()) is None


def test_proposals_fill_open_marks_and_never_a_persons() -> None:
    row = ScoreRow("a", {"doc": ScoringInput(ScorerMark.NOT_MET, scorer="Ann")})
    found = fill(
        row,
        [
            Proposal("a", "doc", ScorerMark.MET, "x", is_hint=True),
            Proposal("a", "sticky", ScorerMark.MET, "why", is_hint=False),
        ],
        "computed",
        "2026-11-22",
    )
    assert found.marks == {
        "doc": ScoringInput(ScorerMark.NOT_MET, scorer="Ann"),
        "sticky": ScoringInput(ScorerMark.MET, "why", "computed", "2026-11-22"),
    }

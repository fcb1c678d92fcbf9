"""Names that the results have nearly so, and results of another release: doubts that a report tells."""

from __future__ import annotations

import datetime as dt

import pytest

from certmark.domain.missing_tests import classes_among, near_names
from certmark.domain.releases import other_release
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.formats.guideline import read

LABELLED = "[sig-node] Pods should be removed [Conformance]"


def results(*names: str) -> Results:
    return Results([Evidence("x", "junit", 1, None, tuple(Attempt(name, None, Outcome.PASSED) for name in names))])


def judged(text: str, *names: str, file: str = "x.lst") -> Verdict:
    guideline = read(text.encode(), file)
    return judge(guideline, guideline.programs[0], results(*names), as_of=dt.date(2026, 11, 21))


@pytest.mark.parametrize(
    ("listed", "there"),
    [
        ("caf\u00e9 opens", "cafe\u0301 opens"),
        ("two blanks", "two  blanks"),
        ("no width", "no\u200b width"),
        (LABELLED, f"{LABELLED} [sig-node, Conformance]"),
        (LABELLED, LABELLED.replace("sig-node", "k8s.io")),
    ],
)
def test_a_listed_name_that_the_results_have_nearly_so_is_told(listed: str, there: str) -> None:
    assert near_names(judged(listed, "z.Z.test_z", there)) == {listed: (there,)}


@pytest.mark.parametrize("listed", ["a.b.C", "a.b"])
def test_a_class_or_module_in_the_place_of_tests_is_told(listed: str) -> None:
    assert classes_among(judged(listed, "a.b.C.test_d", "a.b.C.test_e", "z.Z.test_z")) == {listed: 2}


def test_nothing_is_told_of_names_that_are_there_or_altogether_absent() -> None:
    verdict = judged("a.b.C.test_d\na.b.C.test_e", "a.b.C.test_d", "z.Z.test_z")
    assert (near_names(verdict), classes_among(verdict)) == ({}, {})


def conformance(*entries: tuple[str, str]) -> str:
    return "".join(f"- codename: '{name}'\n  release: {release}\n" for name, release in entries)


OLD = [(f"old {number}", "v1.9") for number in range(9)]
NEW = [(f"new {number}", "v1.29") for number in range(2)]


def doubt(listed: list[tuple[str, str]], *there: str) -> str:
    return other_release(judged(conformance(*listed), *there, file="conformance.yaml"))


def test_results_without_any_test_of_the_newest_release_are_of_an_earlier_one() -> None:
    assert doubt([*OLD, *NEW], *(name for name, _ in OLD)) == (
        "the results seem to be of a release before v1.29: none of the 2 tests that are required since then is there"
    )


def test_results_with_as_many_tests_that_are_not_listed_are_of_another_release() -> None:
    names = [name for name, _ in OLD[:4]]
    assert doubt(OLD, *names, *(f"other {number}" for number in range(5)), "[AfterSuite]") == (
        "the results seem to be of another release than v1.9: 5 listed tests are absent, and 5 that are not listed ran"
    )


def test_a_whole_run_or_a_part_of_one_raises_no_doubt() -> None:
    names = [name for name, _ in (*OLD, *NEW)]
    assert doubt([*OLD, *NEW], *names) == ""
    assert doubt([*OLD, *NEW], *names[3:]) == ""
    assert other_release(judged("a.b\nc.d", "x", "y")) == ""


def test_the_verdicts_sentence_tells_the_doubt() -> None:
    from certmark.domain.sentences import sentence

    said = sentence(judged(conformance(*OLD, *NEW), "old 1", file="conformance.yaml"))
    assert said.startswith("Kubernetes conformance v1.29 under guideline conformance: INCOMPLETE; ")
    assert said.endswith(
        "; the results seem to be of a release before v1.29: none of the 2 tests that are required since then is there."
    )

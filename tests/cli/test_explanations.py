from __future__ import annotations

import datetime as dt

import pytest

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Level
from certmark.domain.policies import NONE_FAILED
from certmark.domain.results import Outcome
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Scope, Waiver
from certmark.reporting.verdict.explain import explain
from support.build import FLAG, PROGRAM, TODAY, U1, U2, attempt, capability, guideline, required, results

A, B, OLD = "suite.mod.ClassA.test_one", "suite.mod.ClassB.test_two", "suite.old.ClassA.test_one"


def story(*attempts: object, entry: object = None, **options: object) -> str:
    document = guideline(
        capability("boot", entry or required(A, U1, OLD)),  # type: ignore[arg-type]  # a RequiredTest
        levels={"boot": options.pop("level", Level.REQUIRED)},  # type: ignore[dict-item]  # a Level
    )
    verdict = judge(document, PROGRAM, results(*attempts), as_of=TODAY, **options)  # type: ignore[arg-type]  # a table
    return explain(verdict, "test_one")


def test_the_story_of_a_test_is_told_from_asked_to_counted() -> None:
    told = story(
        attempt(f"{OLD}[id-{U1}]", Outcome.FAILED, "boom", at=0), attempt(f"{OLD}[id-{U1}]", at=60, seconds=2.5)
    )
    assert told == (
        f"{A}\n"
        "  asked for by boot (required)\n"
        f"  known by the id {U1}\n"
        f"  also called {OLD}\n"
        f"  found by its id, under another name: {OLD}\n"
        "  attempt 1: failed, after 1.00 s, begun 1970-01-01 00:00:00 UTC: boom\n"
        "  attempt 2: passed, after 2.50 s, begun 1970-01-01 00:01:00 UTC\n"
        "  of these counts attempt 2: the last that ran (policy strict)\n"
        "  state: passed\n"
        "  counted as passed in boot"
    )


WAIVER = Waiver(Scope.TEST, A, "bug 7", "the office", dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("attempts", "options", "line"),
    [
        ([attempt(f"{A}[id-{U1}]")], {}, "found by its id and name"),
        ([attempt(A)], {}, "found by its name"),
        ([attempt(OLD)], {}, f"found by an alias: {OLD}"),
        ([], {}, "found nowhere: neither its id, nor its name, nor an alias"),
        ([], {}, "counted; it leaves a gap in boot"),
        ([attempt(A, Outcome.FAILED)], {}, "counted; it fails boot"),
        (
            [attempt(A, Outcome.FAILED)],
            {"level": Level.ADVISORY},
            "counted; it fails boot, which is advisory and never",
        ),
        ([attempt(A, Outcome.SKIPPED)], {"policy": NONE_FAILED}, "not counted (policy none-failed) in boot"),
        (
            [attempt(A, Outcome.FAILED)],
            {"entry": required(A, flag=FLAG)},
            "not counted in boot: flagged, [D401] broken",
        ),
        (
            [attempt(A, Outcome.FAILED)],
            {"waivers": [WAIVER]},
            "not counted in boot: waived by the office until 2026-12-31: bug 7",
        ),
        (
            [attempt(A, Outcome.FAILED)],
            {"waivers": [WAIVER._replace(scope=Scope.CAPABILITY, target="boot")]},
            "not counted in boot: capability waived by the office until 2026-12-31",
        ),
        (
            [attempt("setUpClass (suite.mod.ClassA)", Outcome.SKIPPED, "off")],
            {},
            "no entry of its own; its class has one: setUpClass (suite.mod.ClassA)",
        ),
        (
            [attempt(f"x.Y.a[id-{U1}]"), attempt(f"x.Y.b[id-{U1}]")],
            {},
            "found by its id, which leads to several results of other names; the worst counts: x.Y.a, x.Y.b",
        ),
    ],
)
def test_each_way_of_finding_and_counting_has_its_words(
    attempts: list[object], options: dict[str, object], line: str
) -> None:
    assert f"\n  {line}" in story(*attempts, **options)


@pytest.mark.parametrize("wanted", [A, OLD, U1, f"id-{U1}", "ClassA"])
def test_a_test_is_known_by_name_alias_id_and_part(wanted: str) -> None:
    document = guideline(capability("boot", required(A, U1, OLD), required(B, U2)))
    told = explain(judge(document, PROGRAM, results(), as_of=TODAY), wanted)
    assert told.startswith(f"{A}\n")
    assert B not in told


def test_what_the_program_does_not_ask_for_cannot_be_explained() -> None:
    verdict = judge(guideline(capability("boot", required(A))), PROGRAM, results(), as_of=TODAY)
    with pytest.raises(InvalidRequest, match=r"asks for no test 'nothing'"):
        explain(verdict, "nothing")


def test_too_many_tests_are_not_explained_at_once() -> None:
    tests = [required(f"suite.mod.C.test_{number}") for number in range(21)]
    verdict = judge(guideline(capability("boot", *tests)), PROGRAM, results(), as_of=TODAY)
    with pytest.raises(InvalidRequest, match=r"'suite' fits 21 tests; give more of the name"):
        explain(verdict, "suite")

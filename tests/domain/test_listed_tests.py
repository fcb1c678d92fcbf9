"""Lines of a plain list with one id: one test with other names, unless the results have several of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.programs import demand_of
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.selection import IncludeList, ListForm
from certmark.domain.verdict_values import Standing, Verdict
from certmark.domain.verdicts import judge
from certmark.evidence.results import read_evidence
from certmark.formats.errors import FormatError
from certmark.formats.guideline import DEFAULT, load, read

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TODAY = dt.date(2026, 11, 21)
U = "00000001-1111-4111-8111-111111111111"
LIST = read(f"# policy: strict\nold.C.test_a[id-{U}]\nnew.C.test_a[id-{U}]\n".encode(), "x.lst")


def results(*attempts: tuple[str, Outcome]) -> Results:
    return Results([Evidence("x", "junit", 1, None, tuple(Attempt(name, U, outcome) for name, outcome in attempts))])


def judged(found: Results) -> Verdict:
    return judge(LIST, LIST.programs[0], found, as_of=TODAY)


@pytest.mark.parametrize("name", ["old.C.test_a", "new.C.test_a"])
def test_a_test_of_a_list_is_found_under_any_of_its_names(name: str) -> None:
    verdict = judged(results((name, Outcome.PASSED)))
    assert (verdict.standing, verdict.totals.counted) == (Standing.PASS, 1)


def test_names_that_the_results_have_both_are_two_tests() -> None:
    passed, failed = Outcome.PASSED, Outcome.FAILED
    verdict = judged(results(("old.C.test_a", passed), ("new.C.test_a", failed)))
    assert (verdict.standing, verdict.totals.passed, verdict.totals.failed) == (Standing.FAIL, 1, 1)
    verdict = judged(results(("old.C.test_a", passed), ("new.C.test_a", passed)))
    assert (verdict.standing, verdict.totals.passed) == (Standing.PASS, 2)


def test_a_test_that_is_nowhere_is_one_gap() -> None:
    verdict = judged(results())
    assert (verdict.standing, verdict.totals.missing) == (Standing.INCOMPLETE, 1)


def as_list(guideline: Guideline, program: Program) -> Guideline | None:
    """What `guideline tests --format refstack` prints, read as a list; None where it prints nothing."""
    lines = IncludeList(guideline, program, (Level.REQUIRED,)).lines(ListForm.REFSTACK)
    return read(("\n".join(lines) + "\n").encode(), "list.lst") if lines else None


def runs_of(guideline: Guideline, program: Program, recorded: list[Results]) -> Iterator[Results]:
    """The recorded ones, and two in which everything passes: under the names of the guideline, and under the others."""
    yield from recorded
    tests = demand_of(guideline, program).tests.values()
    for names in ([test.name for test in tests], [(*test.aliases, test.name)[0] for test in tests]):
        attempts = (Attempt(name, test.uuid, Outcome.PASSED) for name, test in zip(names, tests, strict=True))
        yield Results([Evidence("x", "junit", 1, None, tuple(attempts))])


def counts(verdict: Verdict) -> tuple[int, ...]:
    totals = verdict.totals
    return (totals.counted, totals.passed, totals.failed, totals.missing)


def demand_the_same(guideline: Guideline, recorded: list[Results]) -> int:
    """That the list gives the guideline's verdict in each run, and its counts where an id stands for one test."""
    compared = 0
    for program in guideline.programs:
        listed = as_list(guideline, program)
        if listed is None:
            continue
        asked = demand_of(guideline, program).tests.values()
        ids = [test.uuid for test in asked if test.uuid is not None]
        for run in runs_of(guideline, program, recorded):
            own = judge(guideline, program, run, as_of=TODAY)
            other = judge(listed, listed.programs[0], run, as_of=TODAY, policy=guideline.policy)
            where = (guideline.id, program.name, run.evidence[0].name)
            assert other.standing is own.standing, where
            if len(ids) == len(set(ids)):
                assert counts(other) == counts(own), where
            compared += 1
    return compared


def test_the_list_of_a_shipped_program_gives_its_verdict() -> None:
    paths = sorted(EXAMPLES.glob("*.subunit*"))
    recorded = [Results(read_evidence(str(path), digest=False)) for path in paths]
    guideline = load(DEFAULT)
    asking = [program for program in guideline.programs if as_list(guideline, program) is not None]
    assert len(asking) > 1
    assert demand_the_same(guideline, recorded) == len(asking) * (len(paths) + 2)


@pytest.mark.thorough
@pytest.mark.shared
def test_the_list_of_every_published_program_gives_its_verdict(shared: Path) -> None:
    paths = sorted((shared / "runs").glob("*/results.subunit"))
    recorded = [Results(read_evidence(str(path), digest=False)) for path in paths]
    recorded.append(Results([piece for run in recorded for piece in run.evidence][:2]))
    compared = 0
    for path in sorted((shared / "guidelines").rglob("*.json")):
        try:
            guideline = load(str(path))
        except FormatError:
            continue  # a schema, or one of the documents that are no JSON
        compared += demand_the_same(guideline, recorded)
    assert compared > 300


def test_a_line_that_is_only_an_id_asks_for_the_test_that_has_it() -> None:
    listed = read(f"# policy: strict\nid-{U}\n".encode(), "x.lst")
    verdict = judge(listed, listed.programs[0], results(("new.C.test_a", Outcome.PASSED)), as_of=TODAY)
    assert (verdict.standing, [one.kind for one in verdict.circumstances]) == (Standing.PASS, [])

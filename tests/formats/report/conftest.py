"""Verdicts made in code, small enough to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pytest

from certmark.domain.guidelines import (
    Capability,
    Component,
    ComponentReference,
    Flag,
    Guideline,
    Level,
    Placement,
    Program,
    ProgramKind,
    RequiredTest,
)
from certmark.domain.policies import REFSTACK_2020, STRICT, Policy
from certmark.domain.results import Attempt, Detail, Evidence, Outcome, Request, Results
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Scope, Waiver

DAY = date(2026, 11, 21)
NEVER = date(2030, 1, 1)
SECOND = 1_000_000_000


def uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def required(
    name: str, number: int | None = None, aliases: tuple[str, ...] = (), flag: str | None = None
) -> RequiredTest:
    flagged = None if flag is None else Flag(flag, None, "", "", "flagged")
    identity = None if number is None else uuid(number)
    return RequiredTest(name, identity, identity, aliases, flagged)


def attempt(name: str, outcome: str = "passed", number: int | None = None, reason: str = "", at: int = 0) -> Attempt:
    requests = (Request("PUT", "http://cloud/v1", 503, f"tx{at}"),) if outcome == "failed" else ()
    detail = Detail(reason, f"Traceback\n  {reason}" if outcome == "failed" else "", requests) if reason else None
    return Attempt(
        name,
        None if number is None else uuid(number),
        Outcome(outcome),
        started=at * SECOND,
        seconds=0.5,
        worker="worker-0",
        attributes=("smoke",) if number else (),
        detail=detail,
    )


def evidence(*attempts: Attempt, name: str = "results.subunit", truncated: bool = False) -> Evidence:
    return Evidence(name, "subunit-v2", 4096, "e" * 64, attempts, truncated=truncated)


def guideline(
    tests: dict[str, Sequence[RequiredTest]],
    levels: dict[str, str] | None = None,
    remarks: tuple[str, ...] = (),
    requires: tuple[ComponentReference, ...] = (),
) -> Guideline:
    levels = levels or {}
    capabilities = {
        key: Capability(key, key, f"It can {key}.", None, None, (), None, tuple(entries))
        for key, entries in tests.items()
    }
    placements = tuple(Placement(Level(levels.get(key, "required")), key) for key in tests)
    kind = ProgramKind.ADD_ON if requires else ProgramKind.PLATFORM
    program = Program(
        "Powered Things", kind, "", (ComponentReference("things", None),), requires, (), ("things",), "compute"
    )
    return Guideline(
        id="2026.11",
        schema="2.0",
        status="draft",
        replaces=None,
        releases=(),
        target_approval=None,
        cutoff=None,
        criteria=(),
        programs=(program,),
        components={"things": Component("things", placements, ())},
        capabilities=capabilities,
        sections=(),
        repositories=(),
        remarks=remarks,
        document={},
        data=b"a guideline",
    )


def judged(
    asked: Guideline, *files: Evidence, waivers: tuple[Waiver, ...] = (), policy: Policy | None = None
) -> Verdict:
    return judge(asked, asked.programs[0], Results(files), waivers, as_of=DAY, policy=policy)


def everything(policy: Policy = STRICT) -> Verdict:
    """A verdict in which everything happens that a report can speak of."""
    asked = guideline(
        {
            "things-create": [required("t.Create.test_one", 1), required("t.Create.test_two", 2)],
            "things-list": [
                required("t.List.test_skip", 3),
                required("t.List.test_gone", 4),
                required("t.List.test_begun", 5),
            ],
            "things-class": [required("t.Class.test_a", 6), required("t.Class.test_b", 7)],
            "things-old": [required("t.Old.test_name", 8), required("t.Alias.test_key", None, ("t.Alias.test_other",))],
            "things-again": [required("t.Again.test_twice", 9)],
            "things-flagged": [required("t.Flagged.test_it", 10, flag="[D400] needs an admin")],
            "things-waived": [required("t.Waived.test_it", 11), required("t.Waived.test_fine", 12)],
            "things-later": [required("t.Later.test_it", 13)],
        },
        {"things-later": "advisory"},
        remarks=("it has a key that is misspelt: descriptin",),
        requires=(
            ComponentReference("things", None),
            ComponentReference("os_powered_compute", "https://example.org/2020.06.json"),
        ),
    )
    told = evidence(
        attempt("t.Create.test_one", "failed", 1, "No image found with ID 691d387c-d697-4b87-8e5e-db34fd8e8828", 1),
        attempt("t.Create.test_two", "failed", 2, "No image found with ID 00000000-d697-4b87-8e5e-db34fd8e8828", 2),
        attempt("t.List.test_skip", "skipped", 3, "disabled", 3),
        attempt("t.List.test_begun", "unfinished", 5, at=4),
        attempt("setUpClass (t.Class)", "failed", None, "no credentials", 5),
        attempt("t.New.test_name", "passed", 8, at=6),
        attempt("t.Alias.test_other", "passed", at=7),
        attempt("t.Again.test_twice", "failed", 9, "timed out", 8),
        attempt("t.Again.test_twice", "passed", 9, at=9),
        attempt("t.Flagged.test_it", "failed", 10, "forbidden", 10),
        attempt("t.Waived.test_it", "failed", 11, "not supported", 11),
        attempt("t.Waived.test_fine", "passed", 12, at=12),
        attempt("t.Later.test_it", "failed", 13, "later", 13),
        attempt("tearDownClass (t.Waived)", "failed", None, "left a volume", 14),
        truncated=True,
    )._replace(remarks=("the stream stops after packet 31",))
    waivers = (
        Waiver(Scope.TEST, "t.Waived.test_it", "a bug of the suite", "the board", NEVER, link="https://example.org/7"),
        Waiver(Scope.TEST, uuid(12), "a bug, since mended", "the board", NEVER, product="ACME Cloud"),
        Waiver(Scope.TEST, "t.Create.test_one", "once granted", "the board", date(2020, 1, 1)),
        Waiver(Scope.CAPABILITY, "things-list", "next year", "the board", NEVER, granted=date(2027, 1, 1)),
        Waiver(Scope.CAPABILITY, "things-unknown", "of another program", "the board", NEVER),
    )
    return judged(asked, told, waivers=waivers, policy=policy)


def hostile() -> Verdict:
    """A verdict whose every text wants to be more than text."""
    evil = "\x1b[31m<script>alert(1)</script>|`*_[x](http://evil)&amp;@all #1\u202e\x00\ud800\n# [red]]]>"
    asked = guideline({f"cap {evil}": [required(f"t.{evil}", 1, flag=None), required(f"f.{evil}", 2, flag=evil)]})
    told = evidence(attempt(f"t.{evil}", "failed", 1, evil), name=evil)._replace(remarks=(evil,))
    return judged(asked, told, waivers=(Waiver(Scope.TEST, evil, evil, evil, NEVER, link=evil, product=evil),))


@pytest.fixture(name="everything")
def everything_() -> Verdict:
    return everything()


@pytest.fixture(name="everything_under")
def everything_under() -> Callable[[Policy], Verdict]:
    return everything


@pytest.fixture(name="hostile")
def hostile_() -> Verdict:
    return hostile()


@pytest.fixture
def one_test() -> Callable[[str], Verdict]:
    """The verdict on a program of one test that came to the given outcome; empty: it has no entry."""

    def made(outcome: str) -> Verdict:
        told = [attempt("t.A.test_a", outcome, 1, "because")] if outcome else []
        return judged(guideline({"things-create": [required("t.A.test_a", 1)]}), evidence(*told))

    return made


@pytest.fixture
def nothing() -> Verdict:
    """The verdict on a program that asks for nothing, of evidence that tells of nothing."""
    return judged(guideline({}))


@pytest.fixture
def many() -> Verdict:
    """Twenty-five tests, all failed for one reason."""
    names = [f"t.Many.test_{number:02}" for number in range(25)]
    told = [attempt(name, "failed", place + 1, "HTTP 503", place) for place, name in enumerate(names)]
    asked = guideline({"things-many": [required(name, place + 1) for place, name in enumerate(names)]})
    return judged(asked, evidence(*told))


@pytest.fixture
def alias_in_one_place() -> Verdict:
    """RefStack's verdict where a test of two capabilities passed under an alias that only one of them names."""
    asked = guideline(
        {"things-a": [required("t.A.test_a", 1, ("t.B.test_b",))], "things-b": [required("t.A.test_a", 1)]}
    )
    return judged(asked, evidence(attempt("t.B.test_b")), policy=REFSTACK_2020)


@pytest.fixture
def twelve_causes() -> Verdict:
    """Twelve tests, failed for twelve reasons, in results that know no ids."""
    letters = "abcdefghijkl"
    asked = guideline({"things": [required(f"t.A.test_{letter}", place) for place, letter in enumerate(letters, 1)]})
    told = [attempt(f"t.A.test_{letter}", "failed", reason=f"1. broke at {letter}") for letter in letters]
    return judged(asked, evidence(*told))


@pytest.fixture
def verdict_on() -> Callable[..., Verdict]:
    """Makes the verdict on a capability of the tests that were told, and on an advisory one of tests that were not."""

    def made(*told: Attempt, advisory: Sequence[str] = ()) -> Verdict:
        names = dict.fromkeys(one.name for one in told)
        asked = {"things": [required(name) for name in names], "more": [required(name) for name in advisory]}
        return judged(
            guideline({key: tests for key, tests in asked.items() if tests}, {"more": "advisory"}), evidence(*told)
        )

    return made

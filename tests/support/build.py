"""Small guidelines and results for tests of the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

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
from certmark.domain.identity import split
from certmark.domain.policies import STRICT, Policy
from certmark.domain.results import Attempt, Detail, Evidence, Outcome, Results
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Waiver

U1 = "11111111-1111-4111-8111-111111111111"
U2 = "22222222-2222-4222-8222-222222222222"
U3 = "33333333-3333-4333-8333-333333333333"
TODAY = date(2026, 11, 21)
FLAG = Flag("[D401] broken", "D401", "mend it", "2026-01-01", "flagged")
PROGRAM = Program("Powered Cloud", ProgramKind.PLATFORM, "", (ComponentReference("all", None),), (), (), ())


def required(name: str, uuid: str | None = None, *aliases: str, flag: Flag | None = None) -> RequiredTest:
    """A required test."""
    return RequiredTest(name, uuid, None if uuid is None else f"id-{uuid}", aliases, flag)


def capability(key: str, *tests: RequiredTest) -> Capability:
    """A capability of these tests."""
    return Capability(key, key, f"can {key}", "nova", admin=False, achievements=(), required_since=None, tests=tests)


def guideline(
    *capabilities: Capability,
    levels: Mapping[str, Level] | None = None,
    components: Mapping[str, Sequence[tuple[Level, str]]] | None = None,
    programs: Sequence[Program] = (PROGRAM,),
    policy: Policy = STRICT,
    identity: str = "2099.01",
    schema: str = "2.0",
) -> Guideline:
    """A guideline whose one component `all` holds the capabilities, unless `components` are given."""
    chosen = levels or {}
    if components is None:
        components = {"all": [(chosen.get(item.key, Level.REQUIRED), item.key) for item in capabilities]}
    return Guideline(
        id=identity,
        schema=schema,
        status="draft",
        replaces=None,
        releases=(),
        target_approval=None,
        cutoff=None,
        criteria=(),
        programs=tuple(programs),
        components={
            name: Component(name, tuple(Placement(level, key) for level, key in placements), ())
            for name, placements in components.items()
        },
        capabilities={item.key: item for item in capabilities},
        sections=(),
        repositories=(),
        remarks=(),
        document={},
        data=repr((identity, capabilities, policy, components, programs)).encode(),
        policy=policy,
    )


def attempt(
    full: str, outcome: Outcome = Outcome.PASSED, reason: str = "", *, at: float | None = None, seconds: float = 1.0
) -> Attempt:
    """An attempt of the test with this full id; `at` in seconds."""
    identity = split(full)
    started = None if at is None else round(at * 1e9)
    detail = Detail(reason, "", ()) if reason else None
    return Attempt(
        identity.name,
        identity.uuid,
        outcome,
        started=started,
        seconds=None if at is None else seconds,
        attributes=identity.attributes,
        detail=detail,
    )


def evidence(
    *attempts: Attempt, name: str = "run.subunit", passes_only: bool = False, truncated: bool = False
) -> Evidence:
    """One piece of evidence."""
    return Evidence(name, "subunit-v2", 1, None, attempts, passes_only=passes_only, truncated=truncated)


def results(*attempts: Attempt, passes_only: bool = False, truncated: bool = False) -> Results:
    """Results of one piece of evidence."""
    return Results([evidence(*attempts, passes_only=passes_only, truncated=truncated)])


def verdict(
    document: Guideline, found: Results, waivers: Sequence[Waiver] = (), policy: Policy | None = None
) -> Verdict:
    """The verdict on the first program, today."""
    return judge(document, document.programs[0], found, waivers, as_of=TODAY, policy=policy)

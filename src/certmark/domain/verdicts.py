"""The verdict: whether the results meet a program of a guideline, and why not.

The rules. Each has a test of its name.

1. A required test is found in the results by its id, else by its name, else by an alias; where
   the id leads to several results, the same name decides (`domain.matching`).
2. A test's state is passed, failed, skipped, error in set-up, not run or not reported. An
   expected failure is a failure, an unexpected success too. A class whose set-up failed or was
   skipped settles every required test of that class, with the reason.
3. A flagged test is not counted. A waived one is settled, and the verdict names the waiver.
   Flags hold for all; waivers belong to one product, and expire.
4. Every distinct test counts once per program, every distinct capability once.
5. A capability fails if a counted test failed; it is incomplete if one is missing, skipped or
   was stopped by set-up; with nothing left to count it is not judged and does not weigh.
6. The program's verdict is the worst of its judged required capabilities; if nothing was judged
   it is not applicable. Advisory, deprecated and removed capabilities never weigh.
7. What a skip, a set-up error or an attempt means is the guideline's policy (`domain.policies`).
8. Programs, components and add-ons come from the guideline (`domain.programs`). An add-on's
   verdict says which host components it needs and how they were judged.
9. The policy `refstack-2020` reproduces the old verdict (`domain.refstack_2020`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, assert_never

from certmark.domain.guidelines import ComponentRef, Guideline, Level, Program, ProgramKind, RequiredTest
from certmark.domain.policies import Effect, Method, Policy
from certmark.domain.programs import AskedCapability, Demand, demand_of
from certmark.domain.results import Results
from certmark.domain.test_states import excuses, settle
from certmark.domain.verdict_values import (
    CapabilityVerdict,
    Counted,
    HostVerdict,
    SettledTest,
    Standing,
    State,
    Totals,
    Verdict,
    WaiverRecord,
    WaiverUse,
    faultlessly_counted,
)
from certmark.domain.waivers import Scope, Waiver


def judge(
    guideline: Guideline,
    program: Program,
    results: Results,
    waivers: Sequence[Waiver] = (),
    *,
    as_of: date,
    policy: Policy | None = None,
    hosts: Sequence[Guideline] = (),
) -> Verdict:
    """Whether `results` meet `program` of `guideline` on the day `as_of`, and why not.

    Pure and total: the same values give the same verdict. `policy` defaults to the guideline's.
    `hosts` are guidelines that may define the host components of an add-on. Raises
    `policies.NotJudgedByRefstack` under the policy `refstack-2020` where RefStack had no
    verdict.
    """
    chosen = guideline.policy if policy is None else policy
    if chosen.method is Method.REFSTACK_2020:
        from certmark.domain.refstack_2020 import judge_as_refstack

        return judge_as_refstack(guideline, program, results, chosen, as_of)
    plan = _plan_of(guideline, program)
    in_force = tuple(waiver for waiver in waivers if waiver.holds_on(as_of) and waiver.covers(guideline.id))
    doubtful = _settle_doubtful(plan, results, chosen, in_force)
    entries = _entries(doubtful, in_force)
    capabilities = _capabilities(plan, entries)
    return Verdict(
        guideline=guideline,
        demand=plan.demand,
        results=results,
        policy=chosen,
        as_of=as_of,
        standing=_standing(capabilities, plan.demand),
        capabilities=capabilities,
        totals=_totals(plan, entries),
        doubtful=doubtful,
        waivers=tuple(
            _record(waiver, plan.demand, doubtful, entries, as_of)
            if waiver.covers(guideline.id)
            else WaiverRecord(waiver, WaiverUse.OTHER_GUIDELINE, ())
            for waiver in waivers
        ),
        hosts=_hosts(program, (guideline, *hosts), results, waivers, as_of, policy) if program.requires else (),
        counted={(entry.capability, entry.test): entry.kind for entry in entries},
    )


class _Entry(NamedTuple):
    """A doubtful test in one of its capabilities."""

    capability: str
    test: str
    faultless: Counted
    """How it would have entered the counts of a faultless run."""
    kind: Counted


class _Plan(NamedTuple):
    """A program's demand with the verdict of a faultless run worked out beforehand.

    Judging then costs as much as there are tests in doubt.
    """

    demand: Demand
    keys: frozenset[tuple[str, str | None]]
    """(name, uuid) of every test."""
    order: Mapping[str, int]
    """The place of each test in the document."""
    capabilities: Mapping[str, CapabilityVerdict]
    required: frozenset[str]
    """The keys of the required capabilities."""
    totals: Totals


@lru_cache(maxsize=256)
def _plan_of(guideline: Guideline, program: Program) -> _Plan:
    demand = demand_of(guideline, program)
    required = frozenset(asked.key for asked in demand.capabilities if asked.level is Level.REQUIRED)
    return _Plan(
        demand,
        frozenset((test.name, test.uuid) for test in demand.tests.values()),
        {name: place for place, name in enumerate(demand.tests)},
        {asked.key: _faultless(asked) for asked in demand.capabilities},
        required,
        _faultless_totals(demand, required),
    )


def _faultless(asked: AskedCapability) -> CapabilityVerdict:
    tests = asked.capability.tests if asked.capability is not None else ()
    flagged = sum(test.flag is not None for test in tests)
    counted = len(tests) - flagged
    # Rule 5: with nothing left to count a capability is not judged.
    standing = Standing.PASS if counted else Standing.NOT_JUDGED
    return CapabilityVerdict(
        asked.key, asked.level, standing, len(tests), counted, counted, 0, 0, flagged, 0, 0, asked.capability
    )


def _faultless_totals(demand: Demand, required: frozenset[str]) -> Totals:
    counts = _no_counts()
    for test in demand.tests.values():
        # Rule 3: flagged tests are not counted; rule 4: a distinct test counts once.
        found = [faultlessly_counted(entry) for key, entry in test.entries if key in required]
        if found:
            counts[min(found)] += 1
    passed, flagged = counts[Counted.PASSED], counts[Counted.FLAGGED]
    return Totals(passed + flagged, passed, passed, 0, 0, flagged, 0, 0)


def _settle_doubtful(
    plan: _Plan, results: Results, policy: Policy, waivers: Sequence[Waiver]
) -> dict[str, SettledTest]:
    """Settle every test that did not simply pass once, under its own name and id."""
    doubt = sorted((name for name, _ in plan.keys - results.clean), key=plan.order.__getitem__)
    tests = plan.demand.tests
    return {name: settle(tests[name], results, tests, policy, waivers) for name in doubt}


def _entries(doubtful: Mapping[str, SettledTest], waivers: Sequence[Waiver]) -> list[_Entry]:
    """How each doubtful test entered the counts of each capability that names it."""
    waived = {waiver.target for waiver in waivers if waiver.scope is Scope.CAPABILITY}
    return [
        _Entry(key, name, faultlessly_counted(entry), _kind_of(settled, entry, waived=key in waived))
        for name, settled in doubtful.items()
        for key, entry in settled.test.entries
    ]


def _kind_of(settled: SettledTest, entry: RequiredTest, *, waived: bool) -> Counted:
    # Rule 3: flagged tests are not counted, waived ones are settled.
    if entry.flag is not None:
        return Counted.FLAGGED
    if settled.effect is None:
        return Counted.PASSED
    if waived or settled.waiver is not None:
        return Counted.WAIVED
    # Rule 7: the policy says what is left of a test that neither passed nor failed.
    match settled.effect:
        case Effect.FAIL:
            return Counted.FAILED
        case Effect.INCOMPLETE:
            return Counted.MISSING
        case Effect.IGNORED:
            return Counted.IGNORED
        case _:
            assert_never(settled.effect)


def _capabilities(plan: _Plan, entries: Sequence[_Entry]) -> tuple[CapabilityVerdict, ...]:
    """Every capability's verdict; those without a doubtful test as the plan has them."""
    touched: dict[str, list[_Entry]] = {}
    for entry in entries:
        touched.setdefault(entry.capability, []).append(entry)
    verdicts = dict(plan.capabilities)
    for key, found in touched.items():
        verdicts[key] = _capability(verdicts[key], found)
    return tuple(verdicts.values())


def _capability(faultless: CapabilityVerdict, entries: Sequence[_Entry]) -> CapabilityVerdict:
    counts = _no_counts()
    for entry in entries:
        counts[entry.kind] += 1
        counts[entry.faultless] -= 1
    passed = faultless.passed + counts[Counted.PASSED]
    failed, missing = counts[Counted.FAILED], counts[Counted.MISSING]
    return CapabilityVerdict(
        faultless.key,
        faultless.level,
        _capability_standing(passed, failed, missing),
        faultless.tests,
        passed + failed + missing,
        passed,
        failed,
        missing,
        faultless.flagged,
        counts[Counted.WAIVED],
        counts[Counted.IGNORED],
        faultless.capability,
    )


def _capability_standing(passed: int, failed: int, missing: int) -> Standing:
    # Rule 5.
    if failed:
        return Standing.FAIL
    if missing:
        return Standing.INCOMPLETE
    return Standing.PASS if passed else Standing.NOT_JUDGED


def _no_counts() -> list[int]:
    return [0] * len(Counted)


def _standing(capabilities: Sequence[CapabilityVerdict], demand: Demand) -> Standing:
    # Rule 6: the worst of the judged required capabilities; nothing is never success.
    worst = Standing.NOT_APPLICABLE
    for verdict in capabilities:
        if verdict.level is not Level.REQUIRED or verdict.standing is Standing.NOT_JUDGED:
            continue
        if verdict.standing is Standing.FAIL:
            return Standing.FAIL
        if worst is not Standing.INCOMPLETE:
            worst = verdict.standing
    # A component that the document does not define leaves a gap.
    return Standing.INCOMPLETE if worst is Standing.PASS and demand.missing_components else worst


def _totals(plan: _Plan, entries: Sequence[_Entry]) -> Totals:
    """Rule 4: each distinct required test once, at its strongest kind."""
    kinds: dict[str, tuple[Counted, Counted]] = {}
    for entry in entries:
        if entry.capability in plan.required:
            faultless, kind = kinds.get(entry.test, (Counted.FLAGGED, Counted.FLAGGED))
            kinds[entry.test] = (min(faultless, entry.faultless), min(kind, entry.kind))
    counts = _no_counts()
    for faultless, kind in kinds.values():
        counts[kind] += 1
        counts[faultless] -= 1
    passed = plan.totals.passed + counts[Counted.PASSED]
    failed, missing = counts[Counted.FAILED], counts[Counted.MISSING]
    return Totals(
        plan.totals.tests,
        passed + failed + missing,
        passed,
        failed,
        missing,
        plan.totals.flagged + counts[Counted.FLAGGED],
        counts[Counted.WAIVED],
        counts[Counted.IGNORED],
    )


def _record(
    waiver: Waiver,
    demand: Demand,
    doubtful: Mapping[str, SettledTest],
    entries: Sequence[_Entry],
    as_of: date,
) -> WaiverRecord:
    """What became of a waiver (rule 3)."""
    subjects = _subjects(waiver, demand)
    if not waiver.holds_on(as_of):
        use = WaiverUse.EXPIRED if as_of > waiver.expires else WaiverUse.NOT_YET
        return WaiverRecord(waiver, use, tuple(dict.fromkeys(name for _, name in subjects)))
    if not subjects:
        return WaiverRecord(waiver, WaiverUse.NO_SUBJECT, ())
    waived = {(entry.capability, entry.test) for entry in entries if entry.kind is Counted.WAIVED}
    used = tuple(dict.fromkeys(name for key, name in subjects if (key, name) in waived))
    if used:
        return WaiverRecord(waiver, WaiverUse.USED, used)
    passed = (name for _, name in subjects if name not in doubtful or doubtful[name].state is State.PASSED)
    return WaiverRecord(waiver, WaiverUse.NOT_NEEDED, tuple(dict.fromkeys(passed)))


def _subjects(waiver: Waiver, demand: Demand) -> list[tuple[str, str]]:
    """(capability, test) of what a waiver excuses in this program."""
    return [
        (key, test.name)
        for test in demand.tests.values()
        for key, _ in test.entries
        if (waiver.target == key if waiver.scope is Scope.CAPABILITY else excuses(waiver, test))
    ]


def _hosts(
    program: Program,
    guidelines: Sequence[Guideline],
    results: Results,
    waivers: Sequence[Waiver],
    as_of: date,
    policy: Policy | None,
) -> tuple[HostVerdict, ...]:
    """Rule 8: how the host components that an add-on needs were judged on the same results."""
    verdicts = []
    for needed in program.requires:
        home = next((guideline for guideline in guidelines if needed.name in guideline.components), None)
        if home is None:
            verdicts.append(HostVerdict(needed.name, needed.source, None, None, None))
            continue
        host = _host_program(home, needed)
        verdict = judge(home, host, results, waivers, as_of=as_of, policy=policy)
        verdicts.append(HostVerdict(needed.name, needed.source, home.id, host.name, verdict.standing))
    return tuple(verdicts)


def _host_program(guideline: Guideline, needed: ComponentRef) -> Program:
    """The program that is just the component `needed`, or one made of it."""
    for program in guideline.programs:
        if [reference.name for reference in program.components] == [needed.name]:
            return program._replace(requires=())  # what a host needs itself is not asked; it may be the add-on
    return Program(needed.name, ProgramKind.PLATFORM, "", (ComponentRef(needed.name, None),), (), (), ())

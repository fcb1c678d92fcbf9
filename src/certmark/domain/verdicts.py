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
from typing import NamedTuple, TypeVar

from certmark.domain.guidelines import ComponentRef, Guideline, Level, Program, ProgramKind
from certmark.domain.policies import Method, Policy
from certmark.domain.programs import AskedCapability, Demand, demand_of
from certmark.domain.refstack_2020 import judge_as_refstack
from certmark.domain.results import Results
from certmark.domain.rulings import (
    CapabilityVerdict,
    HostVerdict,
    Settled,
    Standing,
    State,
    Totals,
    Verdict,
    WaiverRecord,
    WaiverUse,
)
from certmark.domain.settling import excuses, settle
from certmark.domain.waivers import Scope, Waiver


def judge(  # noqa: PLR0913 - a verdict follows from just these values, and names them all
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
    `refstack_2020.NotJudgedByRefstack` under the policy `refstack-2020` where RefStack had no
    verdict.
    """
    chosen = guideline.policy if policy is None else policy
    if chosen.method is Method.REFSTACK_2020:
        return judge_as_refstack(guideline, program, results, chosen, as_of)
    plan = _plan_of(guideline, program)
    in_force = tuple(waiver for waiver in waivers if waiver.holds_on(as_of))
    doubtful = _settle_doubtful(plan.demand, plan.keys, results, chosen, in_force)
    capabilities, classes = _capabilities(plan, doubtful, in_force)
    return Verdict(
        guideline=guideline,
        demand=plan.demand,
        results=results,
        policy=chosen,
        as_of=as_of,
        standing=_standing(capabilities, plan.demand),
        capabilities=capabilities,
        totals=_totals(plan, classes),
        doubtful=doubtful,
        waivers=tuple(_record(waiver, plan.demand, doubtful, classes, as_of) for waiver in waivers),
        hosts=_hosts(program, (guideline, *hosts), results, waivers, as_of, policy) if program.requires else (),
        classes=classes,
    )


class _Plan(NamedTuple):
    """A program's demand with the verdict of a faultless run worked out beforehand.

    Judging then costs as much as there are tests in doubt.
    """

    demand: Demand
    keys: frozenset[tuple[str, str | None]]
    """(name, uuid) of every test."""
    capabilities: Mapping[str, CapabilityVerdict]
    totals: Totals


_Counts = TypeVar("_Counts", CapabilityVerdict, Totals)
_Class = str  # a field of Totals: how a test entered the counts of a capability


@lru_cache(maxsize=256)
def _plan_of(guideline: Guideline, program: Program) -> _Plan:
    demand = demand_of(guideline, program)
    capabilities = {asked.key: _faultless(asked) for asked in demand.capabilities}
    required = _required_keys(demand)
    totals = Totals(0, 0, 0, 0, 0, 0, 0, 0)
    for test in demand.tests.values():
        entries = [entry for key, entry in test.entries if key in required]
        if entries:
            # Rule 3: flagged tests are not counted; rule 4: a distinct test counts once.
            clean = "passed" if any(entry.flag is None for entry in entries) else "flagged"
            totals = _counted_as(totals, clean, 1)._replace(tests=totals.tests + 1)
    keys = frozenset((test.name, test.uuid) for test in demand.tests.values())
    return _Plan(demand, keys, capabilities, totals)


def _required_keys(demand: Demand) -> frozenset[str]:
    return frozenset(asked.key for asked in demand.capabilities if asked.level is Level.REQUIRED)


def _faultless(asked: AskedCapability) -> CapabilityVerdict:
    tests = asked.capability.tests if asked.capability is not None else ()
    flagged = sum(test.flag is not None for test in tests)
    counted = len(tests) - flagged
    # Rule 5: with nothing left to count a capability is not judged.
    standing = Standing.PASS if counted else Standing.NOT_JUDGED
    return CapabilityVerdict(
        asked.key, asked.level, standing, len(tests), counted, counted, 0, 0, flagged, 0, 0, asked.capability
    )


def _settle_doubtful(
    demand: Demand,
    keys: frozenset[tuple[str, str | None]],
    results: Results,
    policy: Policy,
    waivers: Sequence[Waiver],
) -> dict[str, Settled]:
    """Settle every test that did not simply pass once, under its own name and id."""
    doubt = {name for name, _ in keys - results.clean}
    return {
        name: settle(test, results, demand.tests, policy, waivers)
        for name, test in (demand.tests.items() if doubt else ())
        if name in doubt
    }


def _capabilities(
    plan: _Plan, doubtful: Mapping[str, Settled], waivers: Sequence[Waiver]
) -> tuple[tuple[CapabilityVerdict, ...], dict[tuple[str, str], _Class]]:
    """Every capability's verdict, and how each doubtful test entered each capability's counts."""
    verdicts = dict(plan.capabilities)
    classes: dict[tuple[str, str], _Class] = {}
    waived = {waiver.target for waiver in waivers if waiver.scope is Scope.CAPABILITY}
    for name, settled in doubtful.items():
        for key, entry in settled.test.entries:
            kind = _class_of(settled, flagged=entry.flag is not None, waived=key in waived)
            classes[key, name] = kind
            clean = "passed" if entry.flag is None else "flagged"
            verdicts[key] = _counted_as(_counted_as(verdicts[key], clean, -1), kind, 1)
    for key in {key for key, _ in classes}:
        verdicts[key] = verdicts[key]._replace(standing=_capability_standing(verdicts[key]))
    return tuple(verdicts.values()), classes


def _class_of(settled: Settled, *, flagged: bool, waived: bool) -> _Class:
    """How a test counts in a capability."""
    # Rule 3: flagged tests are not counted, waived ones are settled.
    if flagged:
        return "flagged"
    if settled.effect is None:
        return "passed"
    if waived or settled.waiver is not None:
        return "waived"
    # Rule 7: the policy says what is left of a test that neither passed nor failed.
    return {"fail": "failed", "incomplete": "missing", "ignored": "ignored"}[settled.effect.value]


_COUNTED = frozenset({"passed", "failed", "missing"})


def _counted_as(counts: _Counts, kind: _Class, step: int) -> _Counts:
    changes = {kind: getattr(counts, kind) + step}
    if kind in _COUNTED:
        changes["counted"] = counts.counted + step
    return counts._replace(**changes)


def _capability_standing(verdict: CapabilityVerdict) -> Standing:
    # Rule 5.
    if verdict.counted == 0:
        return Standing.NOT_JUDGED
    if verdict.failed:
        return Standing.FAIL
    return Standing.INCOMPLETE if verdict.missing else Standing.PASS


_WORST_FIRST = (Standing.FAIL, Standing.INCOMPLETE, Standing.PASS)


def _standing(capabilities: Sequence[CapabilityVerdict], demand: Demand) -> Standing:
    # Rule 6: the worst of the judged required capabilities; nothing is never success.
    judged = {verdict.standing for verdict in capabilities if verdict.level is Level.REQUIRED}
    for standing in _WORST_FIRST:
        if standing in judged:
            # A component that the document does not define leaves a gap.
            return Standing.INCOMPLETE if standing is Standing.PASS and demand.missing_components else standing
    return Standing.NOT_APPLICABLE


def _totals(plan: _Plan, classes: Mapping[tuple[str, str], _Class]) -> Totals:
    """Rule 4: each distinct required test once, at the strongest of its classes."""
    required = _required_keys(plan.demand)
    kinds: dict[str, set[_Class]] = {}
    for (key, name), kind in classes.items():
        if key in required:
            kinds.setdefault(name, set()).add(kind)
    totals = plan.totals
    for name, found in kinds.items():
        entries = [entry for key, entry in plan.demand.tests[name].entries if key in required]
        clean = "passed" if any(entry.flag is None for entry in entries) else "flagged"
        totals = _counted_as(_counted_as(totals, clean, -1), min(found, key=_STRENGTH.index), 1)
    return totals


_STRENGTH = ("failed", "missing", "passed", "waived", "ignored", "flagged")


def _record(
    waiver: Waiver,
    demand: Demand,
    doubtful: Mapping[str, Settled],
    classes: Mapping[tuple[str, str], _Class],
    as_of: date,
) -> WaiverRecord:
    """What became of a waiver (rule 3)."""
    subjects = _subjects(waiver, demand)
    if not waiver.holds_on(as_of):
        use = WaiverUse.EXPIRED if as_of > waiver.expires else WaiverUse.NOT_YET
        return WaiverRecord(waiver, use, tuple(dict.fromkeys(name for _, name in subjects)))
    if not subjects:
        return WaiverRecord(waiver, WaiverUse.NO_SUBJECT, ())
    used = tuple(dict.fromkeys(name for key, name in subjects if classes.get((key, name)) == "waived"))
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


def _hosts(  # noqa: PLR0913, PLR0917 - what `judge` was given, handed on
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
            return program
    return Program(needed.name, ProgramKind.PLATFORM, "", (ComponentRef(needed.name, None),), (), (), ())

"""The verdict: whether the results meet a program of a guideline, and why not.

The rules. Each has a test of its name.

1. A required test is found in the results by its id (only a uuid makes one), else by its name, else
   by an alias; where the id leads to several results, the same name decides. One result settles one
   required test: a result with the name of one and the id of another, or one name with several ids,
   contradicts itself and settles none. A failure under the test's own name always weighs. What was
   found under another name is told in the verdict's sentence (`domain.matching`).
2. A test's state is passed, failed, skipped, error in set-up, not run or not reported. An expected
   failure is a failure, an unexpected success too. A class whose set-up failed or was skipped is, for
   each of its tests without an outcome there, an attempt in which nothing ran, with the reason.
3. A flagged test is not counted. A waived one is settled, and the verdict names the waiver.
   Flags hold for all; waivers belong to one product, and expire. One that has fewer approvers or
   holds longer than the guideline allows settles nothing.
4. Every distinct test counts once per program, every distinct capability once.
5. A capability fails if a counted test failed; it is incomplete if one is missing, skipped or
   was stopped by set-up; with nothing left to count it is not judged and does not weigh.
6. The program's verdict is the worst of its judged required capabilities; if nothing was judged
   it is not applicable. Advisory, deprecated and removed capabilities never weigh.
7. What a skip, a set-up error or an attempt means is the guideline's policy (`domain.policies`). Of
   several attempts of one test those count in which it ran, of these the last by recorded time; the
   others are disclosed. Where nothing records the order, or they ran in different places, the worst
   counts and the verdict says so (`domain.attempts`). A failed clean-up leaves outcomes as they are;
   the policy's `teardown` decides. With its `others`, any failure in the evidence is a fail.
8. Programs, components and add-ons come from the guideline (`domain.programs`). An add-on's
   verdict says which host components it needs and how they were judged.
9. Evidence that is cut off, contradicts itself or tells of an error beside its tests makes the
   verdict at best incomplete, and it says why; unless every required test that this could have taken
   ran to its end later, in another piece of evidence: then it is told (`domain.circumstances`).
10. The policy `refstack-2020` reproduces the old verdict (`domain.refstack_2020`).
11. The tests of one `any_of` group in a capability are one required test, which passes if any of them
   did; a failure of another is told (`domain.any_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import assert_never

from certmark.domain.any_of import with_groups
from certmark.domain.circumstances import SettledProgram, circumstances_of, weighed
from certmark.domain.guidelines import ComponentReference, Guideline, Level, Program, ProgramKind, RequiredTest
from certmark.domain.listed_tests import as_results_know
from certmark.domain.matching import Matcher
from certmark.domain.members import differing_pins, with_members
from certmark.domain.missing_tests import with_causes
from certmark.domain.plugins import meant_by
from certmark.domain.policies import Effect, Method, Policy
from certmark.domain.programs import AskedCapability, AskedTest, Demand, demand_of
from certmark.domain.results import Results
from certmark.domain.states_of_tests import excuses, settle
from certmark.domain.verdict_values import (
    CapabilityVerdict,
    Circumstance,
    CountKind,
    HostVerdict,
    SettledTest,
    Standing,
    State,
    Totals,
    Verdict,
    WaiverRecord,
    WaiverUse,
)
from certmark.domain.waivers import Scope, Waiver, rule_broken

Entry = tuple[str, str]
"""A required test in one of the capabilities that name it: the capability's key, the test's name."""
Kinds = Mapping[str, CountKind]
"""How the tests of a capability count, by their names."""


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
    results = meant_by(guideline, results)
    if chosen.method is Method.REFSTACK_2020:
        # Rule 10, in place of all others.
        from certmark.domain.refstack_2020 import judge_as_refstack

        return judge_as_refstack(guideline, program, results, chosen, as_of)
    # Rule 8: members that stand in another guideline are taken from there.
    demand = as_results_know(demand_of(with_members(guideline, program, hosts), program), results)
    in_force = [
        waiver
        for waiver in waivers
        if waiver.holds_on(as_of) and waiver.covers(guideline.id) and not rule_broken(waiver, guideline.waiver_rules)
    ]
    # Rules 1 and 2: each required test is found in the results and has a state.
    matcher = Matcher(demand.tests, results)
    settled = {name: settle(test, results, matcher, chosen, in_force) for name, test in demand.tests.items()}
    tests = with_causes(settled, results)
    # Rules 3 and 7: flags, waivers and the policy say how it counts in each capability that names it.
    waived = {waiver.target for waiver in in_force if waiver.scope is Scope.CAPABILITY}
    counted = {asked.key: _counted(asked, tests, waived=asked.key in waived) for asked in demand.capabilities}
    # Rule 4: every distinct test counts once, every distinct capability once.
    totals = _totals(counted[asked.key] for asked in demand.capabilities if asked.level is Level.REQUIRED)
    # Rule 5: what each capability came to.
    capabilities = tuple(_capability(asked, counted[asked.key]) for asked in demand.capabilities)
    # Rule 6: the worst of the judged required ones is the program's verdict.
    standing = _standing(capabilities, demand)
    # Rules 1, 7 and 9: what must be known beside the counts, and what of it weighs.
    doubtful = {name: settled for name, settled in tests.items() if (name, settled.test.uuid) not in results.clean}
    circumstances: tuple[Circumstance, ...] = circumstances_of(
        SettledProgram(
            results, chosen, as_of, tests, doubtful, _counting(demand, counted), _excused_in(counted), _aside(counted)
        )
    )
    circumstances += tuple(differing_pins(guideline, program, hosts))
    # Rule 8: the host components of an add-on are judged on the same results.
    judge_host = partial(judge, results=results, waivers=waivers, as_of=as_of, policy=policy)
    return Verdict(
        guideline=guideline,
        demand=demand,
        results=results,
        policy=chosen,
        as_of=as_of,
        standing=weighed(standing, circumstances),
        capabilities=capabilities,
        totals=totals,
        tests=tests,
        doubtful=doubtful,
        waivers=tuple(_record(waiver, guideline, as_of, tests, counted) for waiver in waivers),
        hosts=tuple(_host(needed, (guideline, *hosts), judge_host) for needed in program.requires),
        counted=counted,
        circumstances=circumstances,
    )


def _counted(asked: AskedCapability, tests: Mapping[str, SettledTest], *, waived: bool) -> Kinds:
    required = asked.capability.tests if asked.capability is not None else ()
    # Rule 11: of a group one test counts.
    return with_groups(required, {test.name: _kind_of(test, tests[test.name], waived=waived) for test in required})


def _kind_of(test: RequiredTest, settled: SettledTest, *, waived: bool) -> CountKind:
    # Rule 3: a flagged test is not counted, a waived one is settled.
    if test.flag is not None:
        return CountKind.FLAGGED
    if settled.effect is None:
        return CountKind.PASSED
    if waived or settled.waiver is not None:
        return CountKind.WAIVED
    # Rule 7: the policy says what is left of a test that neither passed nor failed.
    match settled.effect:
        case Effect.FAIL:
            return CountKind.FAILED
        case Effect.INCOMPLETE:
            return CountKind.MISSING
        case Effect.IGNORED:
            return CountKind.IGNORED
        case _:
            assert_never(settled.effect)


_COUNTED = frozenset({CountKind.FAILED, CountKind.MISSING, CountKind.PASSED})
_EXCUSED = frozenset({CountKind.FLAGGED, CountKind.WAIVED})


def _counting(demand: Demand, counted: Mapping[str, Kinds]) -> frozenset[str]:
    """The tests that some required capability counts."""
    required = (counted[asked.key] for asked in demand.capabilities if asked.level is Level.REQUIRED)
    return frozenset(name for kinds in required for name, kind in kinds.items() if kind in _COUNTED)


def _excused_in(counted: Mapping[str, Kinds]) -> frozenset[str]:
    """The tests that a flag or a waiver excuses in some capability."""
    return frozenset(name for kinds in counted.values() for name, kind in kinds.items() if kind in _EXCUSED)


def _aside(counted: Mapping[str, Kinds]) -> frozenset[str]:
    """The tests that are nowhere more than an alternative to another one of their group."""
    kinds = [(name, kind) for found in counted.values() for name, kind in found.items()]
    alternatives = {name for name, kind in kinds if kind is CountKind.ALTERNATIVE}
    return frozenset(alternatives.difference(name for name, kind in kinds if kind is not CountKind.ALTERNATIVE))


def _totals(required: Iterable[Kinds]) -> Totals:
    # Rule 4: a test of several required capabilities counts once, as the strongest of its kinds.
    strongest: dict[str, CountKind] = {}
    for kinds in required:
        for name, kind in kinds.items():
            strongest[name] = min(kind, strongest.get(name, kind))
    return Totals.of(strongest.values())


def _capability(asked: AskedCapability, kinds: Kinds) -> CapabilityVerdict:
    totals = Totals.of(kinds.values())
    return CapabilityVerdict(asked.key, asked.level, _capability_standing(totals), *totals, asked.capability)


def _capability_standing(totals: Totals) -> Standing:
    # Rule 5: a failure, else a gap; with nothing left to count it is not judged.
    if totals.failed:
        return Standing.FAIL
    if totals.missing:
        return Standing.INCOMPLETE
    return Standing.PASS if totals.passed else Standing.NOT_JUDGED


def _standing(capabilities: Iterable[CapabilityVerdict], demand: Demand) -> Standing:
    # Rule 6: other levels and what was not judged do not weigh; nothing is never success.
    judged = {verdict.standing for verdict in capabilities if verdict.level is Level.REQUIRED} - {Standing.NOT_JUDGED}
    if not judged:
        return Standing.NOT_APPLICABLE
    if Standing.FAIL in judged:
        return Standing.FAIL
    # A component that the document does not define leaves a gap.
    return Standing.INCOMPLETE if Standing.INCOMPLETE in judged or demand.missing_components else Standing.PASS


def _record(
    waiver: Waiver,
    guideline: Guideline,
    as_of: date,
    tests: Mapping[str, SettledTest],
    counted: Mapping[str, Kinds],
) -> WaiverRecord:
    """Rule 3: what became of a waiver."""
    if not waiver.covers(guideline.id):
        return WaiverRecord(waiver, WaiverUse.OTHER_GUIDELINE, ())
    subjects = [entry for settled in tests.values() for entry in _excused(settled.test, waiver)]
    if not waiver.holds_on(as_of):
        use = WaiverUse.EXPIRED if as_of > waiver.expires else WaiverUse.NOT_YET
        return WaiverRecord(waiver, use, _names(subjects))
    if not subjects:
        return WaiverRecord(waiver, WaiverUse.NO_SUBJECT, ())
    if broken := rule_broken(waiver, guideline.waiver_rules):
        return WaiverRecord(waiver, WaiverUse.AGAINST_RULES, _names(subjects), broken)
    used = [(key, name) for key, name in subjects if counted[key][name] is CountKind.WAIVED]
    if used:
        return WaiverRecord(waiver, WaiverUse.USED, _names(used))
    passed = [(key, name) for key, name in subjects if tests[name].state is State.PASSED]
    return WaiverRecord(waiver, WaiverUse.NOT_NEEDED, _names(passed))


def _excused(test: AskedTest, waiver: Waiver) -> list[Entry]:
    keys = [key for key, _ in test.entries]
    if waiver.scope is Scope.CAPABILITY:
        return [(key, test.name) for key in keys if key == waiver.target]
    return [(key, test.name) for key in keys if excuses(waiver, test)]


def _names(entries: Iterable[Entry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, name in entries))


def _host(
    needed: ComponentReference, guidelines: Iterable[Guideline], judge_host: Callable[[Guideline, Program], Verdict]
) -> HostVerdict:
    """Rule 8: how a host component that an add-on needs was judged."""
    home = next((guideline for guideline in guidelines if needed.name in guideline.components), None)
    if home is None:
        return HostVerdict(needed.name, needed.source, None, None, None)
    verdict = judge_host(home, _host_program(home, needed))
    used = tuple(record.waiver for record in verdict.waivers if record.use is WaiverUse.USED)
    return HostVerdict(needed.name, needed.source, home.id, verdict.program.name, verdict.standing, used)


def _host_program(guideline: Guideline, needed: ComponentReference) -> Program:
    """The program that is just the component `needed`, or one made of it."""
    for program in guideline.programs:
        if [reference.name for reference in program.components] == [needed.name]:
            return program._replace(requires=())  # what a host needs itself is not asked; it may be the add-on
    return Program(needed.name, ProgramKind.PLATFORM, "", (ComponentReference(needed.name, None),), (), (), ())

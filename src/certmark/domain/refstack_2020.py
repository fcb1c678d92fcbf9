"""Rule 10: the verdict of the RefStack server of 2020, to the letter, for comparison with history.

What its web page computed: only names and aliases match; skipped, failed and absent are one; a
test in two capabilities counts twice; a flag is the key `flagged` (`flag` is not seen); 0 of 0 is
YES; advisory, deprecated and removed capabilities are shown and never judged. It knew documents
of schema 1.2 and later, the programs of the core documents and the add-ons' own components.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from certmark.domain.circumstances import told_of
from certmark.domain.guidelines import Guideline, Level, Program, RequiredTest
from certmark.domain.identity import without_brackets
from certmark.domain.matching import FoundResult
from certmark.domain.policies import Effect, NoRefstackVerdict, Policy
from certmark.domain.programs import AskedCapability, AskedTest, Demand, demand_from, demand_of
from certmark.domain.results import Attempt, Outcome, Results
from certmark.domain.verdict_values import (
    CapabilityVerdict,
    CountKind,
    RefstackCounts,
    SettledTest,
    Standing,
    State,
    Totals,
    Verdict,
)


def judge_as_refstack(guideline: Guideline, program: Program, results: Results, policy: Policy, as_of: date) -> Verdict:
    """RefStack's verdict: PASS for its YES, FAIL for its NO. Raises NotJudgedByRefstack."""
    demand = refstack_demand(guideline, program)
    _refuse_unknown(guideline, demand)
    passed = _passed_names(results)
    tests = {name: _settle(test, passed) for name, test in demand.tests.items()}
    judged = [_capability(asked, passed) for asked in demand.capabilities]
    counts = _sum([counts for verdict, counts in judged if verdict.level is Level.REQUIRED])
    failed = counts.must_pass - counts.must_pass_passed
    return Verdict(
        guideline=guideline,
        demand=demand,
        results=results,
        policy=policy,
        as_of=as_of,
        # 0 === 0 was YES.
        standing=Standing.FAIL if failed else Standing.PASS,
        capabilities=tuple(verdict for verdict, _ in judged),
        totals=Totals(counts.tests, counts.must_pass, counts.must_pass_passed, failed, 0, counts.flagged, 0, 0),
        tests=tests,
        doubtful=tests,
        waivers=(),
        refstack=counts,
        circumstances=told_of(results),
        counted={
            asked.key: {test.name: _counted(test, passed) for test in asked.capability.tests}
            for asked in demand.capabilities
            if asked.capability is not None
        },
    )


def refstack_demand(guideline: Guideline, program: Program) -> Demand:
    """What RefStack took `program` to ask for.

    It differs from `demand_of` in one point: of a 1.x component that names a capability twice, the
    last level wins.
    """
    if _is_1x(guideline) and len(program.components) == 1:
        component = guideline.components.get(program.components[0].name)
        placements = component.capabilities if component is not None else ()
        return demand_from(guideline, program, {placement.subject: placement.level for placement in placements})
    return demand_of(guideline, program)


def _is_1x(guideline: Guideline) -> bool:
    return guideline.interop_schema.startswith("1.")


def _refuse_unknown(guideline: Guideline, demand: Demand) -> None:
    if guideline.interop_schema not in _KNOWN_SCHEMAS:
        raise NoRefstackVerdict(
            f"RefStack could not judge documents of schema {guideline.interop_schema}; "
            f"it knew {', '.join(_KNOWN_SCHEMAS)}"
        )
    if demand.program.target is None:
        raise NoRefstackVerdict(
            f'RefStack had no target for the program "{demand.program.name}"; judge it under another policy'
        )
    if any(test.any_of for asked in demand.capabilities if asked.capability for test in asked.capability.tests):
        raise NoRefstackVerdict(
            f"RefStack knew no groups of tests of which one is enough, and {guideline.id} has some; "
            "judge it under another policy"
        )
    undefined = [asked.key for asked in demand.capabilities if asked.capability is None]
    if undefined and guideline.interop_schema == "1.2":
        raise NoRefstackVerdict(f"RefStack's page broke on {guideline.id}: it does not define {undefined[0]}")


_KNOWN_SCHEMAS = ("1.2", "1.3", "1.4", "1.5", "1.6", "2.0")


def _passed_names(results: Results) -> dict[str, Attempt]:
    """What refstack-client would have uploaded: names of passed tests, without their brackets."""
    return {
        without_brackets(attempt.name): attempt
        for name in results.names
        for attempt in results.attempts(name)
        if attempt.outcome is Outcome.PASSED
    }


def _settle(test: AskedTest, passed: Mapping[str, Attempt]) -> SettledTest:
    for found, names in ((FoundResult.NAME, (test.name,)), (FoundResult.ALIAS, test.aliases)):
        for name in names:
            if name in passed:
                return SettledTest(test, State.PASSED, found, (name,), "", (passed[name],), None, None)
    reason = "not among the names of passed tests, which is all that RefStack knew"
    return SettledTest(test, State.NOT_REPORTED, FoundResult.NOWHERE, (), reason, (), Effect.FAIL, None)


def _is_flagged(test: RequiredTest) -> bool:
    """RefStack saw the key `flagged` and the lists of schema 1.2, not `flag`."""
    return test.flag is not None and test.flag.spelling != "flag"


def _passes(test: RequiredTest, passed: Mapping[str, Attempt]) -> bool:
    """By the key or the aliases of this very entry: those of another capability do not help."""
    return test.name in passed or any(alias in passed for alias in test.aliases)


def _counted(test: RequiredTest, passed: Mapping[str, Attempt]) -> CountKind:
    if _is_flagged(test):
        return CountKind.FLAGGED
    return CountKind.PASSED if _passes(test, passed) else CountKind.FAILED


def _capability(asked: AskedCapability, passed: Mapping[str, Attempt]) -> tuple[CapabilityVerdict, RefstackCounts]:
    tests = asked.capability.tests if asked.capability is not None else ()
    flagged = [test for test in tests if _is_flagged(test)]
    counts = RefstackCounts(
        tests=len(tests),
        passed=sum(_passes(test, passed) for test in tests),
        flagged=len(flagged),
        flagged_failed=sum(not _passes(test, passed) for test in flagged),
    )
    failed = counts.must_pass - counts.must_pass_passed
    standing = (Standing.FAIL if failed else Standing.PASS) if counts.must_pass else Standing.NOT_JUDGED
    verdict = CapabilityVerdict(
        key=asked.key,
        level=asked.level,
        standing=standing,
        tests=counts.tests,
        counted=counts.must_pass,
        passed=counts.must_pass_passed,
        failed=failed,
        missing=0,
        flagged=counts.flagged,
        waived=0,
        ignored=0,
        capability=asked.capability,
    )
    return verdict, counts


def _sum(all_counts: Sequence[RefstackCounts]) -> RefstackCounts:
    return RefstackCounts(*(sum(column) for column in zip((0, 0, 0, 0), *all_counts, strict=True)))

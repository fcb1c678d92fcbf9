"""What the page of a verdict shows, made of the verdict (`page_parts` has the values)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from certmark.domain.guidelines import Level, RequiredTest
from certmark.domain.identity import FixtureStage
from certmark.domain.missing_tests import near_names
from certmark.domain.phrases import counted
from certmark.domain.policies import Consequence, Effect, Method
from certmark.domain.results import Outcome
from certmark.domain.run_summary import RunSummary
from certmark.domain.sentences import WORDS, sentence
from certmark.domain.titles import page_title
from certmark.domain.verdict_values import CapabilityVerdict, CountKind, SettledTest, Standing, Verdict
from certmark.reporting.blocks import Tone
from certmark.reporting.verdict.durations import durations
from certmark.reporting.verdict.failures import FailureGroup, FailureKind, causes
from certmark.reporting.verdict.outline import circumstance_title, not_counted, refstack_line
from certmark.reporting.verdict.page_parts import (
    PageCall,
    PageCapability,
    PageCause,
    PageFile,
    PageGuideline,
    PageMark,
    PageMiss,
    PagePolicy,
    PageRenamed,
    PageSegment,
    PageTest,
    PageTimes,
    PageTotals,
    PageTrace,
    PageWaiver,
    ReportPage,
)
from certmark.reporting.verdict.run_facts import again, again_words, fact_rows
from certmark.reporting.verdict.traces import Trace, TraceBudget
from certmark.reporting.verdict.wording import (
    TONES,
    at_level,
    attempt_words,
    request_ids,
    several_attempts,
    was_not_run,
)
from certmark.reporting.waivers import waiver_terms


def report_page(
    verdict: Verdict, *, evaluator: str, runs: Sequence[RunSummary] = (), steps: Sequence[str] = ()
) -> ReportPage:
    """All that the page of a verdict shows. `evaluator` is the version of Certmark.

    `runs` are those behind the results; `steps` say what may be done next.
    """
    services = tuple(dict.fromkeys(_service(capability) for capability in verdict.capabilities))
    rows = _Rows(verdict, runs)
    parts = {
        capability.key: _part(verdict, capability, place, rows, services)
        for place, capability in enumerate(verdict.capabilities)
    }
    times = durations(verdict.results)
    levels = ((level.value, tuple(parts[found.key] for found in at_level(verdict, level))) for level in Level)
    required = [parts[capability.key] for capability in verdict.capabilities if capability.level is Level.REQUIRED]
    totals = verdict.totals
    return ReportPage(
        evaluator=evaluator,
        mark=_mark(verdict.standing),
        title=page_title(verdict.guideline, verdict.program),
        sentence=sentence(verdict),
        program=verdict.program.name,
        as_of=verdict.as_of.isoformat(),
        guideline=_guideline(verdict),
        policy=_policy(verdict),
        facts=tuple(fact_rows(runs, times)),
        again=again_words(verdict),
        repeated=tuple(
            (settled.test.name, tuple(attempt_words(attempt) for attempt in several_attempts(settled)))
            for settled in again(verdict)
        ),
        killed=tuple(one for run in runs for one in run.killed),
        times=PageTimes(times.seconds, times.span, times.classes, times.tests),
        steps=tuple(steps),
        services=services if len(services) * 2 <= len(parts) else (),
        states=_states(list(parts.values())),
        products=tuple(dict.fromkeys(record.waiver.product for record in verdict.waivers if record.waiver.product)),
        groups=_groups(verdict, required),
        legend=_legend(verdict),
        totals=PageTotals(
            totals.counted,
            totals.passed,
            totals.failed,
            totals.missing,
            totals.flagged,
            totals.waived,
            totals.ignored,
        ),
        bar=_bar(verdict),
        levels=tuple(level for level in levels if level[1]),
        causes=_causes(verdict),
        waivers=_waivers(verdict),
        hosts=tuple(
            (host.component, host.standing.value if host.standing else "not judged", host.guideline or "")
            for host in verdict.hosts
        ),
        circumstances=_circumstances(verdict),
        tear_downs=tuple(_tear_downs(verdict)),
        renamed=tuple(
            PageRenamed(settled.test.name, settled.found.value, settled.found_as)
            for settled in verdict.doubtful.values()
            if settled.renamed
        ),
        evidence=_evidence(verdict),
        refstack=refstack_line(verdict),
    )


def _guideline(verdict: Verdict) -> PageGuideline:
    guideline = verdict.guideline
    return PageGuideline(
        guideline.id,
        guideline.status or "",
        guideline.schema,
        guideline.sha256,
        guideline.source or "",
        guideline.remarks,
    )


def _policy(verdict: Verdict) -> PagePolicy:
    policy = verdict.policy
    is_refstack = policy.method is Method.REFSTACK_2020
    return PagePolicy(policy.name, policy.description, policy.attempts.value, is_refstack, _effects(verdict))


def _evidence(verdict: Verdict) -> tuple[PageFile, ...]:
    return tuple(
        PageFile(one.name, one.format, one.size, one.sha256, one.truncated, one.passes_only, one.remarks)
        for one in verdict.results.evidence
    )


def _waivers(verdict: Verdict) -> tuple[PageWaiver, ...]:
    return tuple(
        PageWaiver(
            record.use.value,
            f"{record.waiver.scope.value} {record.waiver.target}",
            waiver_terms(record.waiver),
            record.tests,
        )
        for record in verdict.waivers
    )


_SIGNS = {
    Standing.PASS: "pass",
    Standing.FAIL: "fail",
    Standing.INCOMPLETE: "gap",
    Standing.NOT_JUDGED: "none",
    Standing.NOT_APPLICABLE: "none",
}


def _mark(standing: Standing) -> PageMark:
    return PageMark(WORDS[standing], TONES[standing].value, _SIGNS[standing])


_STATES = (("fail", "failed"), ("gap", "incomplete"), ("pass", "passed"), ("none", "not judged or not run"))


def _states(parts: Sequence[PageCapability]) -> tuple[tuple[str, str, int], ...]:
    counts = [(state, words, sum(part.state == state for part in parts)) for state, words in _STATES]
    return tuple(entry for entry in counts if entry[2])


def _service(capability: CapabilityVerdict) -> str:
    """Its project, else the first word of its key."""
    known = capability.capability
    return known.project if known is not None and known.project else capability.key.partition("-")[0]


def _part(
    verdict: Verdict, capability: CapabilityVerdict, place: int, rows: _Rows, services: Sequence[str]
) -> PageCapability:
    known = capability.capability
    counts = (("passed", capability.passed), ("failed", capability.failed), ("left a gap", capability.missing))
    said = ", ".join(f"{count} {word}" for word, count in counts if count)
    idle = was_not_run(verdict, capability)
    mark = PageMark("NOT RUN", Tone.QUIET.value, "none") if idle else _mark(capability.standing)
    return PageCapability(
        id=f"capability-{place}",
        key=capability.key,
        name=capability.name,
        level=capability.level.value,
        mark=mark,
        service=services.index(_service(capability)),
        state=mark.sign,
        summary=f"{counted(capability.counted, 'counted test')}: {said}" if said else "nothing to count",
        aside=not_counted(capability),
        description=known.description if known is not None else "The guideline does not define it.",
        passed=capability.passed,
        counted=capability.counted,
        tests=tuple(
            rows.row(test, settled, verdict.counted_as(capability.key, test))
            for test, settled in verdict.tests_of(capability.key)
        ),
    )


_TONES = {CountKind.PASSED: Tone.GOOD, CountKind.FAILED: Tone.BAD, CountKind.MISSING: Tone.GAP}
_COUNTED = {"missing": "gap", "ignored": "set aside"}


class _Rows:
    """Makes the rows of tests; what failed is shown with its calls and its traceback, until the page is full."""

    def __init__(self, verdict: Verdict, runs: Sequence[RunSummary]) -> None:
        self._results = verdict.results
        self._budget = TraceBudget()
        self._version = runs[0].version if len(runs) == 1 and runs[0].suite.casefold() == "tempest" else ""

    def row(self, test: RequiredTest, settled: SettledTest, kind: CountKind) -> PageTest:
        names = settled.found_as or (test.name,)
        return PageTest(
            name=test.name,
            uuid=test.uuid,
            state=settled.state.value,
            counted=_COUNTED.get(kind.word, kind.word),
            tone=_TONES.get(kind, Tone.QUIET).value,
            found=settled.found.value,
            found_as=settled.found_as if settled.renamed else (),
            seconds=sum(attempt.seconds or 0 for name in names for attempt in self._results.attempts(name)),
            source=_source(test.name, self._version),
            reason=settled.reason,
            flag=None if test.flag is None else test.flag.reason or "no reason given",
            waiver="" if settled.waiver is None else waiver_terms(settled.waiver),
            attempts=tuple(attempt_words(attempt) for attempt in several_attempts(settled)),
            requests=request_ids(settled.attempts),
            trace=_trace(self._budget.trace_of(settled)),
        )


def _trace(trace: Trace | None) -> PageTrace | None:
    if trace is None:
        return None
    calls = tuple(PageCall(one.method, one.url, one.status, one.request_id) for one in trace.calls)
    return PageTrace(calls, trace.text, trace.is_cut)


def _source(name: str, version: str) -> str:
    """Where the code of a test of Tempest of this version is published."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+){1,2}", version) or not re.fullmatch(r"tempest(\.\w+){3,}", name, re.ASCII):
        return ""
    module = "/".join(name.split(".")[:-2])
    return f"https://opendev.org/openstack/tempest/src/tag/{version}/{module}.py"


def _groups(verdict: Verdict, required: Sequence[PageCapability]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """By project, else by the first word of the key; in the order of the document."""
    services = {capability.key: _service(capability) for capability in verdict.capabilities}
    groups: dict[str, list[str]] = {}
    for part in required:
        groups.setdefault(services[part.key], []).append(part.key)
    if len(groups) * 2 > len(required):
        return (("", tuple(part.key for part in required)),) if required else ()
    return tuple((project, tuple(keys)) for project, keys in groups.items())


def _legend(verdict: Verdict) -> tuple[tuple[PageMark, int], ...]:
    standings = [one.standing for one in verdict.capabilities if one.level is Level.REQUIRED]
    return tuple((_mark(standing), standings.count(standing)) for standing in Standing if standing in standings)


def _bar(verdict: Verdict) -> tuple[PageSegment, ...]:
    totals = verdict.totals
    parts = (("passed", totals.passed, "good"), ("failed", totals.failed, "bad"), ("left a gap", totals.missing, "gap"))
    shown = [part for part in parts if part[1]]
    # Even one failure among thousands must be seen: every part gets at least twelve thousandths.
    room = 1000 - 12 * len(shown)
    segments, start = [], 0
    for name, count, tone in shown:
        length = 12 + room * count // max(1, totals.counted)
        segments.append(PageSegment(name, count, tone, start, length))
        start += length
    return tuple(segments)


def _causes(verdict: Verdict) -> tuple[PageCause, ...]:
    near = near_names(verdict)
    return tuple(_cause(cause, near) for cause in causes(verdict))


def _cause(cause: FailureGroup, near: Mapping[str, Sequence[str]]) -> PageCause:
    tone = Tone.QUIET if not cause.weighs else Tone.BAD if cause.kind is FailureKind.FAILED else Tone.GAP
    first = cause.tests[0].reason
    common = "\n".join((cause.kind.name, cause.text, cause.scope, str(cause.weighs)))
    return PageCause(
        id=hashlib.sha256(common.encode("utf-8", "replace")).hexdigest()[:12],
        kind=cause.kind.value,
        tone=tone.value,
        weighs=cause.weighs,
        said=cause.said,
        scope=cause.scope,
        first=first if first != cause.said else "",
        count=len(cause.tests),
        tests=tuple(
            PageMiss(
                settled.test.name,
                tuple(key for key, _ in settled.test.entries),
                tuple(near.get(settled.test.name, ())),
                request_ids(settled.attempts),
            )
            for settled in cause.tests
        ),
    )


def _tear_downs(verdict: Verdict) -> Iterator[tuple[str, str]]:
    for fixture, attempts in verdict.results.fixtures():
        for attempt in attempts:
            if fixture.stage is FixtureStage.TEAR_DOWN and attempt.outcome not in {Outcome.PASSED, Outcome.SKIPPED}:
                yield fixture.scope, attempt.reason


_EFFECTS = {
    Effect.FAIL: "fails its capability",
    Effect.INCOMPLETE: "leaves its capability incomplete",
    Effect.IGNORED: "is set aside",
}


def _effects(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    policy = verdict.policy
    effects = (
        ("A skipped test", policy.skipped),
        ("A test stopped by its set-up", policy.setup_error),
        ("A test that did not run", policy.not_run),
        ("A test that was not reported", policy.not_reported),
    )
    beside = (
        ("A failed clean-up", policy.teardown),
        ("A failure outside of the required tests", policy.others),
    )
    return tuple((state, _EFFECTS[effect]) for state, effect in effects) + tuple(
        (state, _CONSEQUENCES[consequence]) for state, consequence in beside
    )


_CONSEQUENCES = {
    Consequence.TELL: "is told and does not weigh",
    Consequence.INCOMPLETE: "makes the verdict at best incomplete",
    Consequence.FAIL: "fails the verdict",
}


def _circumstances(verdict: Verdict) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple(
        (Tone.QUIET.value if one.weight is None else TONES[one.weight].value, circumstance_title(one), one.subjects)
        for one in verdict.circumstances
    )

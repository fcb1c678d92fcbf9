"""The report as one HTML file: for a manager, for an engineer, on a phone, without a network.

Nothing is loaded, and all of it can be read without the one script in it (search, open all); a content
security policy names the script's digest and allows nothing else. Everything
foreign is escaped by the template engine, after `plain` has taken out what does not print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from certmark.domain.guidelines import Level, RequiredTest
from certmark.domain.identity import FixtureStage
from certmark.domain.missing_tests import near_names
from certmark.domain.phrases import counted
from certmark.domain.policies import Consequence, Effect, Method
from certmark.domain.results import Evidence, Outcome
from certmark.domain.run_summary import RunSummary
from certmark.domain.sentences import WORDS, sentence
from certmark.domain.titles import page_title
from certmark.domain.verdict_values import CapabilityVerdict, CountKind, SettledTest, Standing, Verdict
from certmark.reporting.blocks import Tone
from certmark.reporting.pages import page_environment
from certmark.reporting.text import plain_lines
from certmark.reporting.verdict.durations import Durations, durations
from certmark.reporting.verdict.failures import FailureKind, causes, of_kind
from certmark.reporting.verdict.outline import circumstance_title, not_counted, refstack_line
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


def render_html(
    verdict: Verdict, *, evaluator: str, runs: Sequence[RunSummary] = (), steps: Sequence[str] = ()
) -> bytes:
    """The verdict as a whole HTML document, in UTF-8. `evaluator` is the version of Certmark.

    `runs` are those behind the results; `steps` say what may be done next.
    """
    template = page_environment().get_template("report.html.j2")
    return (template.render(page=_page(verdict, evaluator, runs, tuple(steps))) + "\n").encode()


class _Mark(NamedTuple):
    """A standing in words, sign and colour."""

    word: str
    tone: str
    sign: str
    """The id of a drawn sign."""


class _TestRow(NamedTuple):
    """One test of a capability."""

    settled: SettledTest
    test: RequiredTest
    counted: str
    tone: str
    waiver: str
    requests: tuple[str, ...]
    attempts: tuple[str, ...]
    flag: Markup | None
    """Why it is flagged, with links to bugs."""
    trace: Trace | None
    seconds: float
    """All attempts together; 0 where nobody measured."""
    source: str
    """Where its code is published; empty where that is not known."""


class _CapabilityPart(NamedTuple):
    """One capability with its tests."""

    id: str
    """Within the page."""
    verdict: CapabilityVerdict
    mark: _Mark
    summary: str
    aside: str
    description: str
    tests: tuple[_TestRow, ...]
    service: int
    """Its place among the page's services."""
    state: str
    """The word by which it is filtered."""


class _LevelPart(NamedTuple):
    """The capabilities of one level, worst first."""

    level: Level
    capabilities: tuple[_CapabilityPart, ...]


class _Segment(NamedTuple):
    """A part of the bar of counted tests, in thousandths of its length."""

    name: str
    tests: int
    tone: str
    start: int
    length: int


class _Page(NamedTuple):
    """All that the template shows."""

    verdict: Verdict
    evaluator: str
    mark: _Mark
    title: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    """Of the runs and of the recorded times."""
    again: str
    """That tests were tried several times; empty: none was."""
    repeated: tuple[tuple[str, tuple[str, ...]], ...]
    """Those tests, with what their attempts came to."""
    killed: tuple[str, ...]
    times: Durations
    steps: tuple[str, ...]
    places: Mapping[str, str]
    """The id of each capability's part of the page."""
    services: tuple[str, ...]
    states: tuple[tuple[str, str, int], ...]
    """By what capabilities can be filtered: class, words, how many."""
    products: tuple[str, ...]
    groups: tuple[tuple[str, tuple[_CapabilityPart, ...]], ...]
    """The required capabilities by project, for the overview."""
    legend: tuple[tuple[_Mark, int], ...]
    bar: tuple[_Segment, ...]
    levels: tuple[_LevelPart, ...]
    misses: tuple[tuple[str, tuple[object, ...]], ...]
    waivers: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    circumstances: tuple[tuple[str, str, tuple[str, ...]], ...]
    tear_downs: tuple[tuple[str, str], ...]
    renamed: tuple[SettledTest, ...]
    near: Mapping[str, tuple[str, ...]]
    """Names in the results that are nearly those of tests without an entry."""
    evidence: tuple[Evidence, ...]
    effects: tuple[tuple[str, str], ...]
    refstack: str
    by_refstack: bool

    @staticmethod
    def request_ids(settled: SettledTest) -> tuple[str, ...]:
        """The ids of the requests that the attempts of a test tell of."""
        return request_ids(settled.attempts)


def _page(verdict: Verdict, evaluator: str, runs: Sequence[RunSummary], steps: tuple[str, ...]) -> _Page:
    services = tuple(dict.fromkeys(_service(capability) for capability in verdict.capabilities))
    makers = _Rows(verdict, runs), services
    parts = {
        capability.key: _part(verdict, capability, place, *makers)
        for place, capability in enumerate(verdict.capabilities)
    }
    times = durations(verdict.results)
    levels = (_LevelPart(level, tuple(parts[found.key] for found in at_level(verdict, level))) for level in Level)
    required = [parts[capability.key] for capability in verdict.capabilities if capability.level is Level.REQUIRED]
    found = causes(verdict)
    return _Page(
        verdict=verdict,
        evaluator=evaluator,
        mark=_mark(verdict.standing),
        title=page_title(verdict.guideline, verdict.program),
        sentence=sentence(verdict),
        facts=tuple(fact_rows(runs, times)),
        again=again_words(verdict),
        repeated=tuple(
            (settled.test.name, tuple(attempt_words(attempt) for attempt in several_attempts(settled)))
            for settled in again(verdict)
        ),
        killed=tuple(one for run in runs for one in run.killed),
        times=times,
        steps=steps,
        places={key: part.id for key, part in parts.items()},
        services=services if len(services) * 2 <= len(parts) else (),
        states=_states(list(parts.values())),
        products=tuple(dict.fromkeys(record.waiver.product for record in verdict.waivers if record.waiver.product)),
        groups=_groups(required),
        legend=_legend(required),
        bar=_bar(verdict),
        levels=tuple(level for level in levels if level.capabilities),
        misses=tuple((kind.value, tuple(of_kind(found, kind))) for kind in FailureKind if of_kind(found, kind)),
        waivers=tuple(
            (
                record.use.value,
                f"{record.waiver.scope.value} {record.waiver.target}",
                waiver_terms(record.waiver),
                record.tests,
            )
            for record in verdict.waivers
        ),
        circumstances=_circumstances(verdict),
        tear_downs=tuple(_tear_downs(verdict)),
        renamed=tuple(settled for settled in verdict.doubtful.values() if settled.renamed),
        near=near_names(verdict),
        evidence=verdict.results.evidence,
        effects=_effects(verdict),
        refstack=refstack_line(verdict),
        by_refstack=verdict.policy.method is Method.REFSTACK_2020,
    )


_SIGNS = {
    Standing.PASS: "pass",
    Standing.FAIL: "fail",
    Standing.INCOMPLETE: "gap",
    Standing.NOT_JUDGED: "none",
    Standing.NOT_APPLICABLE: "none",
}


def _mark(standing: Standing) -> _Mark:
    return _Mark(WORDS[standing], TONES[standing].value, _SIGNS[standing])


_STATES = (("fail", "failed"), ("gap", "incomplete"), ("pass", "passed"), ("none", "not judged or not run"))


def _states(parts: Sequence[_CapabilityPart]) -> tuple[tuple[str, str, int], ...]:
    counts = [(state, words, sum(part.state == state for part in parts)) for state, words in _STATES]
    return tuple(entry for entry in counts if entry[2])


def _service(capability: CapabilityVerdict) -> str:
    """Its project, else the first word of its key."""
    known = capability.capability
    return known.project if known is not None and known.project else capability.key.partition("-")[0]


def _part(
    verdict: Verdict, capability: CapabilityVerdict, place: int, rows: _Rows, services: Sequence[str]
) -> _CapabilityPart:
    known = capability.capability
    counts = (("passed", capability.passed), ("failed", capability.failed), ("left a gap", capability.missing))
    said = ", ".join(f"{count} {word}" for word, count in counts if count)
    idle = was_not_run(verdict, capability)
    mark = _Mark("NOT RUN", Tone.QUIET.value, "none") if idle else _mark(capability.standing)
    return _CapabilityPart(
        id=f"capability-{place}",
        verdict=capability,
        mark=mark,
        service=services.index(_service(capability)),
        state=mark.sign,
        summary=f"{counted(capability.counted, 'counted test')}: {said}" if said else "nothing to count",
        aside=not_counted(capability),
        description=known.description if known is not None else "The guideline does not define it.",
        tests=tuple(
            rows.row(test, settled, verdict.counted_as(capability.key, test))
            for test, settled in verdict.tests_of(capability.key)
        ),
    )


_TONES = {CountKind.PASSED: Tone.GOOD, CountKind.FAILED: Tone.BAD, CountKind.MISSING: Tone.GAP}


class _Rows:
    """Makes the rows of tests; what failed is shown with its calls and its traceback, until the page is full."""

    def __init__(self, verdict: Verdict, runs: Sequence[RunSummary]) -> None:
        self._results = verdict.results
        self._budget = TraceBudget()
        self._version = runs[0].version if len(runs) == 1 and runs[0].suite.casefold() == "tempest" else ""

    def row(self, test: RequiredTest, settled: SettledTest, counted: CountKind) -> _TestRow:
        names = settled.found_as or (test.name,)
        return _TestRow(
            settled=settled,
            test=test,
            counted=counted.word,
            tone=_TONES.get(counted, Tone.QUIET).value,
            waiver="" if settled.waiver is None else waiver_terms(settled.waiver),
            requests=request_ids(settled.attempts),
            attempts=tuple(attempt_words(attempt) for attempt in several_attempts(settled)),
            flag=None if test.flag is None else with_bugs(test.flag.reason or "no reason given"),
            trace=self._budget.trace_of(settled),
            seconds=sum(attempt.seconds or 0 for name in names for attempt in self._results.attempts(name)),
            source=_source(test.name, self._version),
        )


_BUG = re.compile(r"\bbug ?#? ?([0-9]{5,8})\b", re.IGNORECASE)


def with_bugs(text: str) -> Markup:
    """`text`, escaped, with a link for each `bug#2147232`."""
    link = r'<a href="https://bugs.launchpad.net/bugs/\1" rel="noopener noreferrer">\g<0></a>'
    return Markup(_BUG.sub(link, str(escape(plain_lines(text)))))  # noqa: S704 - it is escaped; a bug is digits


def _source(name: str, version: str) -> str:
    """Where the code of a test of Tempest of this version is published."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+){1,2}", version) or not re.fullmatch(r"tempest(\.\w+){3,}", name, re.ASCII):
        return ""
    module = "/".join(name.split(".")[:-2])
    return f"https://opendev.org/openstack/tempest/src/tag/{version}/{module}.py"


def _groups(required: list[_CapabilityPart]) -> tuple[tuple[str, tuple[_CapabilityPart, ...]], ...]:
    """By project, else by the first word of the key; in the order of the document."""
    groups: dict[str, list[_CapabilityPart]] = {}
    for part in required:
        groups.setdefault(_service(part.verdict), []).append(part)
    if len(groups) * 2 > len(required):
        return (("", tuple(required)),) if required else ()
    return tuple((project, tuple(parts)) for project, parts in groups.items())


def _legend(required: list[_CapabilityPart]) -> tuple[tuple[_Mark, int], ...]:
    standings = [part.verdict.standing for part in required]
    return tuple((_mark(standing), standings.count(standing)) for standing in Standing if standing in standings)


def _bar(verdict: Verdict) -> tuple[_Segment, ...]:
    totals = verdict.totals
    parts = (("passed", totals.passed, "good"), ("failed", totals.failed, "bad"), ("left a gap", totals.missing, "gap"))
    shown = [part for part in parts if part[1]]
    # Even one failure among thousands must be seen: every part gets at least twelve thousandths.
    room = 1000 - 12 * len(shown)
    segments, start = [], 0
    for name, count, tone in shown:
        length = 12 + room * count // max(1, totals.counted)
        segments.append(_Segment(name, count, tone, start, length))
        start += length
    return tuple(segments)


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
    """The tone, the title and the subjects of each."""
    return tuple(
        (
            Tone.QUIET.value if one.weight is None else TONES[one.weight].value,
            circumstance_title(one),
            one.subjects,
        )
        for one in verdict.circumstances
    )

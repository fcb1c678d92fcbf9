"""What a report for people says, in which order; text, terminal and Markdown show the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from certmark.domain.guidelines import Level
from certmark.domain.identity import FixtureStage
from certmark.domain.matching import FoundResult
from certmark.domain.missing_tests import classes_among, near_names
from certmark.domain.phrases import count_of, counted
from certmark.domain.policies import STRICT, AttemptRule, Method
from certmark.domain.results import Outcome, TroubleKind
from certmark.domain.run_summary import RunSummary
from certmark.domain.sentences import WORDS, sentence
from certmark.domain.titles import called
from certmark.domain.verdict_values import (
    CapabilityVerdict,
    Circumstance,
    CircumstanceKind,
    CountKind,
    Doubt,
    SettledTest,
    Standing,
    Verdict,
    WaiverRecord,
    WaiverUse,
)
from certmark.reporting.blocks import Block, Cell, Cut, Heading, Item, ItemGroup, Sentence, Table, Tone
from certmark.reporting.text import without_markup
from certmark.reporting.verdict.durations import durations
from certmark.reporting.verdict.failures import FailureGroup, FailureKind, causes, of_kind
from certmark.reporting.verdict.run_facts import again_words, head_lines
from certmark.reporting.verdict.wording import (
    TONES,
    at_level,
    attempt_words,
    request_ids,
    several_attempts,
    was_not_run,
)
from certmark.reporting.waivers import waiver_terms

SHORT = 10
"""Entries of a list that are shown unless all are asked for."""


def outline(
    verdict: Verdict, *, full: bool = False, hint: str = "", runs: Sequence[RunSummary] = ()
) -> tuple[Block, ...]:
    """The content of the report for people; `full` shows passing capabilities and long lists whole.

    `hint` says how to ask for that; `runs` are those behind the results.
    """
    cut = Cut(None if full else SHORT, hint)
    return (
        Sentence(sentence(verdict), TONES[verdict.standing]),
        *_runs(verdict, runs),
        *_circumstances(verdict, cut),
        *_required(verdict, cut),
        *_other_levels(verdict),
        *_misses(verdict, cut),
        *_classes(verdict, cut),
        *_flagged(verdict, cut),
        *_waivers(verdict, cut),
        *_found_otherwise(verdict, cut),
        *_attempts(verdict, cut),
        *_tear_downs(verdict, cut),
        *_hosts(verdict),
        *_remarks(verdict, cut),
        *_refstack(verdict),
        *_judged_by(verdict, cut),
    )


def _runs(verdict: Verdict, runs: Sequence[RunSummary]) -> Iterator[Block]:
    if runs:
        yield from (Sentence(line, Tone.QUIET) for line in head_lines(runs, durations(verdict.results)))
        if again_words(verdict):
            yield Sentence(f"{again_words(verdict)}.", Tone.QUIET)


def _circumstances(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    shown = [one for one in verdict.circumstances if one.weight is not None or one.kind not in _SHOWN_ELSEWHERE]
    if shown:
        yield Heading("Circumstances")
    for one in shown:
        items = [] if one.kind in _SHOWN_ELSEWHERE else [Item(subject) for subject in one.subjects]
        yield ItemGroup(
            circumstance_title(one), cut.items(items), Tone.QUIET if one.weight is None else TONES[one.weight]
        )


_SHOWN_ELSEWHERE = frozenset({CircumstanceKind.RENAMED, CircumstanceKind.TEAR_DOWN})


def circumstance_title(one: Circumstance) -> str:
    """What it is, and what it does to the verdict."""
    if one.weight is not None:
        return f"{one.words}: {_WEIGHTS[one.weight]}"
    return f"{one.words}: it does not weigh, {one.note}" if one.note else one.words


_WEIGHTS = {Standing.INCOMPLETE: "the verdict is at best incomplete", Standing.FAIL: "the verdict is a fail"}


def _required(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    capabilities = at_level(verdict, Level.REQUIRED)
    if not capabilities:
        return
    yield Heading("Required capabilities")
    passing = sum(capability.standing is Standing.PASS for capability in capabilities)
    shown = capabilities if cut.few is None else capabilities[: len(capabilities) - passing]
    if shown:
        yield _table(shown)
    if passing:
        yield Sentence(f"{counted(passing, 'capability passes', 'capabilities pass')}.", Tone.GOOD)


_COLUMNS = ("Verdict", "Capability", "Passed", "Failed", "Gap", "Not counted")


def _table(shown: Sequence[CapabilityVerdict]) -> Table:
    rows = [_row(capability) for capability in shown]
    if not any(row[-1].text for row in rows):
        return Table(_COLUMNS[:-1], tuple(row[:-1] for row in rows))
    return Table(_COLUMNS, tuple(rows))


def _row(capability: CapabilityVerdict) -> tuple[Cell, ...]:
    failed, missing = capability.failed, capability.missing
    return (
        Cell(WORDS[capability.standing], TONES[capability.standing]),
        Cell(capability.key),
        Cell(f"{capability.passed} of {capability.counted}"),
        Cell(str(failed), Tone.BAD if failed else None),
        Cell(str(missing), Tone.GAP if missing else None),
        Cell(not_counted(capability), Tone.QUIET),
    )


def not_counted(capability: CapabilityVerdict) -> str:
    """The tests of a capability that do not count, and why not."""
    kinds = (("flagged", capability.flagged), ("waived", capability.waived), ("set aside", capability.ignored))
    said = ", ".join(f"{count} {word}" for word, count in kinds if count)
    return said or ("" if capability.tests else "no tests" if capability.capability is not None else "not defined")


def _other_levels(verdict: Verdict) -> Iterator[Block]:
    levels = (level for level in Level if level not in {Level.REQUIRED, Level.INFORMATIONAL})
    found = [(level, at_level(verdict, level)) for level in levels]
    if any(capabilities for _, capabilities in found):
        yield Heading("Other levels")
    for level, capabilities in found:
        if capabilities:
            yield Sentence(f"{level.value}: {_how_many(verdict, capabilities)} (shown, never weigh)", Tone.QUIET)


def _how_many(verdict: Verdict, capabilities: Sequence[CapabilityVerdict]) -> str:
    """A capability that nobody ran is no failure of the cloud."""
    idle = sum(was_not_run(verdict, capability) for capability in capabilities)
    if idle == len(capabilities):
        return count_of(idle, "capability was not run", "capabilities were not run")
    passing = sum(capability.standing is Standing.PASS for capability in capabilities)
    rest = f", {count_of(idle, 'was', 'were')} not run" if idle else ""
    return f"{passing} of {len(capabilities)} pass{rest}"


def _misses(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    found = causes(verdict)
    near = near_names(verdict) if found else {}
    for kind in FailureKind:
        same = of_kind(found, kind)
        if same:
            yield Heading(kind.value)
        for cause in cut.first(same):
            yield _cause(cause, cut, near)
        if len(cut.first(same)) < len(same):
            rest = same[SHORT:]
            tests = counted(sum(len(cause.tests) for cause in rest), "test")
            yield Sentence(f"… and {len(rest)} more with {tests}" + (f" ({cut.hint})" if cut.hint else ""), Tone.QUIET)


def _cause(cause: FailureGroup, cut: Cut, near: Mapping[str, Sequence[str]]) -> ItemGroup:
    where = f"{cause.scope}: " if cause.scope else ""
    aside = "" if cause.weighs else " (set aside by the policy)"
    tone = Tone.QUIET if not cause.weighs else Tone.BAD if cause.kind is FailureKind.FAILED else Tone.GAP
    first = without_markup(cause.tests[0].reason)
    notes = (f"first error: {first}",) if first and first != cause.said else ()
    title = f"{counted(len(cause.tests), 'test')}{aside}: {where}{cause.said}"
    return ItemGroup(title, cut.items([_miss(settled, near) for settled in cause.tests]), tone, notes)


def _miss(settled: SettledTest, near: Mapping[str, Sequence[str]]) -> Item:
    said = f"in {', '.join(key for key, _ in settled.test.entries)}"
    requests = request_ids(settled.attempts)
    if requests:
        more = f" and {len(requests) - _IDS} more" if len(requests) > _IDS else ""
        said += f"; {counted(len(requests), 'request')}: {', '.join(requests[:_IDS])}{more}"
    hints = (f"nearly its name: {name}" for name in near.get(settled.test.name, ()))
    return Item(settled.test.name, (said, *hints))


_IDS = 3


def _classes(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    found = classes_among(verdict)
    if found:
        yield Heading("Classes and modules in the place of tests")
        items = [
            Item(name, (f"the results have {counted(tests, 'test')} of it; name each test",))
            for name, tests in found.items()
        ]
        yield ItemGroup(counted(len(found), "name"), cut.items(items), Tone.GAP)


def _flagged(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    entries = [
        (settled, flag)
        for capability in verdict.capabilities
        if capability.level is Level.REQUIRED and capability.flagged
        for test, settled in verdict.tests_of(capability.key)
        if (flag := test.flag) is not None and verdict.counted_as(capability.key, test) is CountKind.FLAGGED
    ]
    if entries:
        yield Heading("Flagged: not counted, for anybody")
        items = [
            Item(settled.test.name, (f"{settled.state.value}; {flag.reason or 'no reason given'}",))
            for settled, flag in entries
        ]
        yield ItemGroup(counted(len(entries), "flagged test"), cut.items(items), Tone.QUIET)


_USES = {
    WaiverUse.USED: ("Waivers used", Tone.QUIET),
    WaiverUse.NOT_NEEDED: ("Waivers not needed: what they excuse passed anyway", Tone.GOOD),
    WaiverUse.EXPIRED: ("Waivers expired: ignored", Tone.GAP),
    WaiverUse.NOT_YET: ("Waivers not yet in force: ignored", Tone.GAP),
    WaiverUse.OTHER_GUIDELINE: ("Waivers for other guidelines: ignored", Tone.QUIET),
    WaiverUse.AGAINST_RULES: ("Waivers that the guideline does not allow: ignored", Tone.GAP),
    WaiverUse.NO_SUBJECT: ("Waivers of what this program does not ask for", Tone.QUIET),
}


def _waivers(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    if verdict.waivers:
        yield Heading("Waivers")
    for use, (title, tone) in _USES.items():
        records = [record for record in verdict.waivers if record.use is use]
        if records:
            yield ItemGroup(title, cut.items([_waiver(record, cut) for record in records]), tone)


def _waiver(record: WaiverRecord, cut: Cut) -> Item:
    notes = [waiver_terms(record.waiver), *([record.reason] if record.reason else [])]
    if record.use in {WaiverUse.USED, WaiverUse.NOT_NEEDED} and record.tests != (record.waiver.target,):
        notes += [item.text for item in cut.items([Item(name) for name in record.tests])]
    return Item(f"{record.waiver.scope.value} {record.waiver.target}", tuple(notes))


def _found_otherwise(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    groups = [
        ("found by an alias", [_as(settled) for settled in _renamed(verdict) if settled.found is FoundResult.ALIAS]),
        (
            "found by id under another name",
            [_as(settled) for settled in _renamed(verdict) if settled.found is FoundResult.ID],
        ),
        ("with an id that several results carry", _shared_ids(verdict)),
    ]
    by_name = _by_name(verdict)
    if by_name or any(items for _, items in groups):
        yield Heading("How tests were found")
    if by_name:
        found = counted(by_name, "test was", "tests were")
        yield Sentence(f"{found} found by name: the results do not know the id.", Tone.QUIET)
    for words, items in groups:
        if items:
            yield ItemGroup(f"{counted(len(items), 'test')} {words}", cut.items(items), Tone.QUIET)


def _renamed(verdict: Verdict) -> list[SettledTest]:
    return [settled for settled in verdict.doubtful.values() if settled.renamed]


def _as(settled: SettledTest) -> Item:
    return Item(settled.test.name, tuple(f"as {name}" for name in settled.found_as))


def _shared_ids(verdict: Verdict) -> list[Item]:
    if verdict.policy.method is Method.REFSTACK_2020:
        return []  # it did not look at ids
    ids = ((test.name, verdict.results.names_of(test.uuid)) for test in verdict.demand.tests.values() if test.uuid)
    return [
        Item(name, tuple(f"also {other}" for other in names if other != name)) for name, names in ids if len(names) > 1
    ]


def _by_name(verdict: Verdict) -> int:
    if verdict.policy.method is Method.REFSTACK_2020:
        return 0
    return sum(
        settled.found is FoundResult.NAME and settled.test.uuid is not None for settled in verdict.doubtful.values()
    )


_COUNTS = {
    AttemptRule.LAST: "the last one that ran counts",
    AttemptRule.FIRST: "the first one that ran counts",
    AttemptRule.BEST: "the best one counts",
    AttemptRule.WORST: "the worst one counts",
}


def _attempts(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    repeated = [settled for settled in verdict.doubtful.values() if several_attempts(settled)]
    if repeated:
        yield Heading("Several attempts")
        items = [_repeated(settled) for settled in repeated]
        title = f"{counted(len(repeated), 'test')} with several attempts, of which {_COUNTS[verdict.policy.attempts]}"
        yield ItemGroup(title, cut.items(items), Tone.QUIET)


def _repeated(settled: SettledTest) -> Item:
    outcomes = [attempt_words(attempt) for attempt in several_attempts(settled)]
    more = f" and {len(outcomes) - SHORT} more" if len(outcomes) > SHORT else ""
    doubt = "" if settled.doubt is None else f" ({_DOUBTS[settled.doubt]})"
    return Item(settled.test.name, (f"{', '.join(outcomes[:SHORT])}{more}: {settled.state.value}{doubt}",))


_DOUBTS = {
    Doubt.ORDER: "their order is not recorded: the worst counts",
    Doubt.PLACES: "they ran in several places: the worst counts",
}


def _tear_downs(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    failed = [
        *(
            Item(fixture.scope, (attempt.reason,) if attempt.reason else ())
            for fixture, attempts in verdict.results.fixtures()
            if fixture.stage is FixtureStage.TEAR_DOWN
            for attempt in attempts
            if attempt.outcome not in {Outcome.PASSED, Outcome.SKIPPED}
        ),
        *(
            Item(trouble.scope or file.name, (trouble.sentence,))
            for file in verdict.results.evidence
            for trouble in file.troubles
            if trouble.kind is TroubleKind.TEAR_DOWN
        ),
    ]
    if failed:
        yield Heading("Clean-ups that failed")
        yield ItemGroup(counted(len(failed), "clean-up"), cut.items(failed), Tone.QUIET)


def _hosts(verdict: Verdict) -> Iterator[Block]:
    if verdict.hosts:
        yield Heading("Components of the host that this add-on needs")
        rows = tuple(
            (
                Cell("NOT JUDGED", Tone.QUIET)
                if host.standing is None
                else Cell(WORDS[host.standing], TONES[host.standing]),
                Cell(host.component),
                Cell(f"guideline {host.guideline}" if host.guideline else "no guideline at hand defines it"),
            )
            for host in verdict.hosts
        )
        yield Table(("Verdict", "Component", "Judged under"), rows)


def _remarks(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    said = [
        *(Item(f"{verdict.guideline.id}: {remark}") for remark in verdict.guideline.remarks),
        *(Item(f"{file.name}: {remark}") for file in verdict.results.evidence for remark in file.remarks),
    ]
    if said:
        yield Heading("Remarks")
        title = f"{counted(len(said), 'oddity', 'oddities')} of the guideline and the evidence"
        yield ItemGroup(title, cut.items(said), Tone.QUIET)


def _judged_by(verdict: Verdict, cut: Cut) -> Iterator[Block]:
    """The rule, and the digests of guideline and evidence, so that nobody puts others in their place unseen."""
    guideline, policy = verdict.guideline, verdict.policy
    yield Heading("What was judged, and by what")
    if policy != STRICT and policy.description:
        yield Sentence(f"Policy {policy.name}: {policy.description}", Tone.QUIET)
    source = f", from {guideline.source}" if guideline.source is not None else ""
    digests = [f"{guideline.sha256}  {called(guideline)}{source}"]
    digests += [f"{file.sha256}  {file.name}" for file in verdict.results.evidence if file.sha256 is not None]
    yield ItemGroup("SHA-256 of guideline and evidence", cut.items([Item(text) for text in digests]), Tone.QUIET)


def _refstack(verdict: Verdict) -> Iterator[Block]:
    if verdict.refstack is not None:
        yield Heading("RefStack")
        yield Sentence(refstack_line(verdict), TONES[verdict.standing])


def refstack_line(verdict: Verdict) -> str:
    """What RefStack's page said, with its numbers; empty where it was not asked."""
    counts = verdict.refstack
    if counts is None:
        return ""
    answer = "YES" if verdict.standing is Standing.PASS else "NO"
    percent = "NaN" if counts.percent is None else f"{counts.percent:.1f}"
    return (
        f"RefStack: compliance with {verdict.guideline.id}: {answer}, {counts.passed} of {counts.tests} = {percent} %, "
        f"must-pass {counts.must_pass_passed} of {counts.must_pass}"
    )

"""What a report for people says, in which order; text, terminal and Markdown show the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from certmark.domain.guidelines import Level
from certmark.domain.identity import FixtureStage
from certmark.domain.matching import FoundResult
from certmark.domain.phrases import counted
from certmark.domain.policies import AttemptRule, Method
from certmark.domain.results import Outcome
from certmark.domain.sentences import WORDS, sentence
from certmark.domain.verdict_values import (
    CapabilityVerdict,
    Counted,
    SettledTest,
    Standing,
    Verdict,
    WaiverRecord,
    WaiverUse,
)
from certmark.reporting.blocks import Block, Cell, Group, Heading, Item, Sentence, Table, Tone
from certmark.reporting.verdict.failures import FailureGroup, FailureKind, causes, of_kind
from certmark.reporting.verdict.wording import TONES, at_level, request_ids, several_attempts
from certmark.reporting.waivers import waiver_terms

SHORT = 10
"""Entries of a list that are shown unless all are asked for."""

_Entry = TypeVar("_Entry")


def outline(verdict: Verdict, *, full: bool = False) -> tuple[Block, ...]:
    """The content of the report for people; `full` shows passing capabilities and long lists whole."""
    return (
        Sentence(sentence(verdict), TONES[verdict.standing]),
        *_required(verdict, full=full),
        *_other_levels(verdict),
        *_misses(verdict, full=full),
        *_flagged(verdict, full=full),
        *_waivers(verdict, full=full),
        *_found(verdict, full=full),
        *_attempts(verdict, full=full),
        *_tear_downs(verdict, full=full),
        *_hosts(verdict),
        *_remarks(verdict, full=full),
        *_refstack(verdict),
    )


def _required(verdict: Verdict, *, full: bool) -> Iterator[Block]:
    capabilities = at_level(verdict, Level.REQUIRED)
    if not capabilities:
        return
    yield Heading("Required capabilities")
    passing = sum(capability.standing is Standing.PASS for capability in capabilities)
    shown = capabilities if full else capabilities[: len(capabilities) - passing]
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
            passing = sum(capability.standing is Standing.PASS for capability in capabilities)
            words = f"{level.value}: {passing} of {len(capabilities)} pass (shown, never weigh)"
            yield Sentence(words, Tone.QUIET)


def _misses(verdict: Verdict, *, full: bool) -> Iterator[Block]:
    found = causes(verdict)
    for kind in FailureKind:
        same = of_kind(found, kind)
        if same:
            yield Heading(kind.value)
        for cause in _first(same, full=full):
            yield _cause(cause, full=full)
        if len(_first(same, full=full)) < len(same):
            rest = same[SHORT:]
            tests = counted(sum(len(cause.tests) for cause in rest), "test")
            yield Sentence(f"… and {len(rest)} more with {tests} (--full shows all)", Tone.QUIET)


def _cause(cause: FailureGroup, *, full: bool) -> Group:
    where = f"{cause.scope}: " if cause.scope else ""
    aside = "" if cause.weighs else " (set aside by the policy)"
    tone = Tone.QUIET if not cause.weighs else Tone.BAD if cause.kind is FailureKind.FAILED else Tone.GAP
    first = cause.tests[0].reason
    notes = (f"first error: {first}",) if first and first != cause.said else ()
    title = f"{counted(len(cause.tests), 'test')}{aside}: {where}{cause.said}"
    return Group(
        title, _items([_miss(settled) for settled in _first(cause.tests, full=full)], cause.tests), tone, notes
    )


def _miss(settled: SettledTest) -> Item:
    said = f"in {', '.join(key for key, _ in settled.test.entries)}"
    requests = request_ids(settled.attempts)
    if requests:
        more = f" and {len(requests) - _IDS} more" if len(requests) > _IDS else ""
        said += f"; {counted(len(requests), 'request')}: {', '.join(requests[:_IDS])}{more}"
    return Item(settled.test.name, (said,))


_IDS = 3


def _flagged(verdict: Verdict, *, full: bool) -> Iterator[Block]:
    entries = [
        (settled, flag)
        for capability in verdict.capabilities
        if capability.level is Level.REQUIRED and capability.flagged
        for test, settled in verdict.tests_of(capability.key)
        if (flag := test.flag) is not None and verdict.counted_as(capability.key, test) is Counted.FLAGGED
    ]
    if entries:
        yield Heading("Flagged: not counted, for anybody")
        items = [
            Item(settled.test.name, (f"{settled.state.value}; {flag.reason or 'no reason given'}",))
            for settled, flag in _first(entries, full=full)
        ]
        yield Group(counted(len(entries), "flagged test"), _items(items, entries), Tone.QUIET)


_USES = {
    WaiverUse.USED: ("Waivers used", Tone.QUIET),
    WaiverUse.NOT_NEEDED: ("Waivers not needed: what they excuse passed anyway", Tone.GOOD),
    WaiverUse.EXPIRED: ("Waivers expired: ignored", Tone.GAP),
    WaiverUse.NOT_YET: ("Waivers not yet in force: ignored", Tone.GAP),
    WaiverUse.OTHER_GUIDELINE: ("Waivers for other guidelines: ignored", Tone.QUIET),
    WaiverUse.NO_SUBJECT: ("Waivers of what this program does not ask for", Tone.QUIET),
}


def _waivers(verdict: Verdict, *, full: bool) -> Iterator[Block]:
    if verdict.waivers:
        yield Heading("Waivers")
    for use, (title, tone) in _USES.items():
        records = [record for record in verdict.waivers if record.use is use]
        if records:
            shown = [_waiver(record, full=full) for record in _first(records, full=full)]
            yield Group(title, _items(shown, records), tone)


def _waiver(record: WaiverRecord, *, full: bool) -> Item:
    notes = [waiver_terms(record.waiver)]
    if record.use in {WaiverUse.USED, WaiverUse.NOT_NEEDED} and record.tests != (record.waiver.target,):
        notes += [item.text for item in _items([Item(name) for name in _first(record.tests, full=full)], record.tests)]
    return Item(f"{record.waiver.scope.value} {record.waiver.target}", tuple(notes))


def _found(verdict: Verdict, *, full: bool) -> Iterator[Block]:
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
            yield Group(f"{counted(len(items), 'test')} {words}", _items(_first(items, full=full), items), Tone.QUIET)


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
    AttemptRule.LAST: "the last one counts",
    AttemptRule.FIRST: "the first one counts",
    AttemptRule.BEST: "the best one counts",
    AttemptRule.WORST: "the worst one counts",
}


def _attempts(verdict: Verdict, *, full: bool) -> Iterator[Block]:
    repeated = [settled for settled in verdict.doubtful.values() if several_attempts(settled)]
    if repeated:
        yield Heading("Several attempts")
        items = [_repeated(settled) for settled in _first(repeated, full=full)]
        title = f"{counted(len(repeated), 'test')} with several attempts, of which {_COUNTS[verdict.policy.attempts]}"
        yield Group(title, _items(items, repeated), Tone.QUIET)


def _repeated(settled: SettledTest) -> Item:
    outcomes = [attempt.outcome.value for attempt in several_attempts(settled)]
    more = f" and {len(outcomes) - SHORT} more" if len(outcomes) > SHORT else ""
    return Item(settled.test.name, (f"{', '.join(outcomes[:SHORT])}{more}: {settled.state.value}",))


def _tear_downs(verdict: Verdict, *, full: bool) -> Iterator[Block]:
    failed = [
        Item(fixture.scope, (attempt.reason,) if attempt.reason else ())
        for fixture, attempts in verdict.results.fixtures()
        if fixture.stage is FixtureStage.TEAR_DOWN
        for attempt in attempts
        if attempt.outcome not in {Outcome.PASSED, Outcome.SKIPPED}
    ]
    if failed:
        yield Heading("Clean-ups that failed: shown, without weight")
        yield Group(counted(len(failed), "class"), _items(_first(failed, full=full), failed), Tone.QUIET)


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


def _remarks(verdict: Verdict, *, full: bool) -> Iterator[Block]:
    said = [
        *(Item(f"{verdict.guideline.id}: {remark}") for remark in verdict.guideline.remarks),
        *(Item(f"{file.name}: {remark}") for file in verdict.results.evidence for remark in file.remarks),
    ]
    if said:
        yield Heading("Remarks")
        title = f"{counted(len(said), 'oddity', 'oddities')} of the guideline and the evidence"
        yield Group(title, _items(_first(said, full=full), said), Tone.QUIET)


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


def _first(entries: Sequence[_Entry], *, full: bool) -> Sequence[_Entry]:
    return entries if full else entries[:SHORT]


def _items(shown: Sequence[Item], of: Sequence[object]) -> tuple[Item, ...]:
    """`shown`, and how many are left out."""
    left = len(of) - len(shown)
    return (*shown, Item(f"… and {left} more (--full shows all)")) if left else tuple(shown)

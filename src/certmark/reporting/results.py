"""Results, before any guideline is asked, as blocks for people: one look, and what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certmark.domain.comparisons import OutcomeChange, RunDifference, counted
from certmark.domain.results import Attempt, Evidence, Outcome, Request
from certmark.domain.summaries import FailureCause, ResultsSummary
from certmark.domain.test_states import state_of
from certmark.reporting.blocks import Block, Cell, Group, Heading, Item, Sentence, Table, Tone

_FEW = 5
"""Tests shown of a cause unless everything is asked for."""

_TONES = {
    Outcome.PASSED: Tone.GOOD,
    Outcome.FAILED: Tone.BAD,
    Outcome.SETUP_ERROR: Tone.BAD,
    Outcome.UNEXPECTED_SUCCESS: Tone.BAD,
    Outcome.EXPECTED_FAILURE: Tone.BAD,
    Outcome.SKIPPED: Tone.GAP,
    Outcome.UNFINISHED: Tone.GAP,
}


def summary_blocks(
    summary: ResultsSummary, evidence: Sequence[Evidence], *, slowest: int, full: bool = False
) -> tuple[Block, ...]:
    """One look at results: outcomes, causes, fixtures, attempts and the `slowest` classes."""
    few = None if full else _FEW
    return (
        *_head(summary, evidence),
        *_causes("Failures", summary.failures, Tone.BAD, few),
        *_fixtures("Class set-ups that did not pass", summary.set_ups, few),
        *_fixtures("Class clean-ups that did not pass", summary.tear_downs, few),
        *_causes("Skips", summary.skips, Tone.GAP, few),
        *_attempts(summary.unstable, few),
        *_slowest(summary, slowest),
    )


def _head(summary: ResultsSummary, evidence: Sequence[Evidence]) -> Iterator[Block]:
    files = ", ".join(_file(file) for file in evidence)
    took = "" if summary.seconds is None else f" in {duration(summary.seconds)}"
    workers = f" on {len(summary.workers)} workers" if len(summary.workers) > 1 else ""
    yield Sentence(f"{summary.tests} tests{took}{workers}: {files}")
    rows = [
        (Cell(outcome.value, _TONES[outcome]), Cell(str(count))) for outcome, count in summary.outcomes.items() if count
    ]
    yield Table(("outcome", "tests"), tuple(rows))


def _file(file: Evidence) -> str:
    words = [file.format, *(["truncated"] if file.truncated else []), *(["passes only"] if file.passes_only else [])]
    return f"{file.name} ({', '.join(words)})"


def duration(seconds: float) -> str:
    """A duration for people: `0.42 s`, `37 s`, `6 min 51 s`, `1 h 02 min`."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _causes(title: str, causes: Sequence[FailureCause], tone: Tone, few: int | None) -> Iterator[Block]:
    if causes:
        total = sum(len(cause.attempts) for cause in causes)
        yield Heading(f"{title}: {total} in {len(causes)} group{'s' if len(causes) > 1 else ''}")
    for cause in causes:
        items = [_item(attempt, cause.text) for attempt in cause.attempts]
        yield Group(f"{len(cause.attempts)} times: {cause.text}", _cut(items, few), tone)


def _cut(items: Sequence[Item], few: int | None) -> tuple[Item, ...]:
    """The first `few` items, and how many more there are."""
    shown = tuple(items[:few])
    hidden = len(items) - len(shown)
    return (*shown, Item(f"… and {hidden} more (--full shows all)")) if hidden else shown


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _item(attempt: Attempt, shown: str = "") -> Item:
    notes = [] if attempt.reason in {"", shown} else [attempt.reason]
    requests = attempt.detail.requests if attempt.detail is not None else ()
    notes += [_request(request) for request in requests[-3:]]
    return Item(attempt.name, tuple(notes))


def _request(request: Request) -> str:
    status = "no answer" if request.status is None else str(request.status)
    return f"{request.method} {request.url}: {status}" + (f" ({request.request_id})" if request.request_id else "")


def _fixtures(title: str, attempts: Sequence[Attempt], few: int | None) -> Iterator[Block]:
    if attempts:
        yield Heading(title)
        items = [
            Item(attempt.name, (f"{attempt.outcome.value}: {attempt.reason or 'no reason given'}",))
            for attempt in attempts
        ]
        yield Group(_number(len(attempts), "class", "classes"), _cut(items, few), Tone.BAD)


def _attempts(unstable: Sequence[tuple[Attempt, ...]], few: int | None) -> Iterator[Block]:
    if unstable:
        yield Heading("Tried more than once")
        items = [
            Item(attempts[-1].name, (" → ".join(attempt.outcome.value for attempt in attempts),))
            for attempts in unstable
        ]
        yield Group(_number(len(unstable), "test", "tests"), _cut(items, few), Tone.QUIET)


def _slowest(summary: ResultsSummary, most: int) -> Iterator[Block]:
    timed = [time for time in summary.slowest[:most] if time.seconds > 0]
    if timed:
        yield Heading("Slowest classes")
        yield Table(
            ("time", "tests", "class"),
            tuple((Cell(duration(time.seconds)), Cell(str(time.tests)), Cell(time.name)) for time in timed),
        )


_SHOWN = {
    OutcomeChange.NEWLY_FAILING: Tone.BAD,
    OutcomeChange.NO_LONGER_RUN: Tone.GAP,
    OutcomeChange.GONE: Tone.GAP,
    OutcomeChange.FIXED: Tone.GOOD,
    OutcomeChange.NOW_RUN: Tone.GOOD,
    OutcomeChange.NEW: Tone.QUIET,
    OutcomeChange.STILL_FAILING: Tone.BAD,
}


def difference_blocks(differences: Sequence[RunDifference], *, full: bool = False) -> tuple[Block, ...]:
    """What changed between two runs, what matters most first."""
    counts = counted(differences)
    told = ", ".join(f"{count} {change.value}" for change, count in counts.items() if count) or "no tests"
    few = None if full else 2 * _FEW
    groups = (_change_group(change, tone, differences, few) for change, tone in _SHOWN.items() if counts[change])
    return (Sentence(told), *groups, *_others(differences, few))


def _change_group(change: OutcomeChange, tone: Tone, differences: Sequence[RunDifference], few: int | None) -> Group:
    items = [_difference(difference) for difference in differences if difference.change is change]
    return Group(f"{change.value}: {len(items)}", _cut(items, few), tone)


def _difference(difference: RunDifference) -> Item:
    before, after = difference.before, difference.after
    notes = []
    if before is not None and after is not None:
        notes.append(f"{before.state.value} → {after.state.value}")
    if difference.renamed and before is not None:
        notes.append(f"before: {before.name}")
    if after is not None and after.attempts[-1].reason:
        notes.append(after.attempts[-1].reason)
    return Item(difference.name, tuple(notes))


def _others(differences: Sequence[RunDifference], few: int | None) -> Iterator[Block]:
    renamed = [difference for difference in differences if difference.renamed and difference.change not in _SHOWN]
    unstable = [difference for difference in differences if difference.unstable]
    if unstable:
        items = [_instability(difference) for difference in unstable]
        yield Group(f"unstable: {len(unstable)}", _cut(items, few), Tone.GAP)
    if renamed:
        items = [_difference(difference) for difference in renamed]
        yield Group(f"renamed: {len(renamed)}", _cut(items, few), Tone.QUIET)


def _instability(difference: RunDifference) -> Item:
    sides = (("before", difference.before), ("after", difference.after))
    notes = tuple(
        f"{word}: " + " → ".join(state_of(attempt).value for attempt in side.attempts)
        for word, side in sides
        if side is not None and side.unstable
    )
    return Item(difference.name, notes)

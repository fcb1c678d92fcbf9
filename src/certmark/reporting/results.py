"""Results, before any guideline is asked: one look, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from certmark.domain.attempts import state_of
from certmark.domain.comparisons import ComparedTest, OutcomeChange, RunDifference, counted
from certmark.domain.phrases import count_of, duration
from certmark.domain.results import Attempt, Evidence, Outcome, Request
from certmark.domain.summaries import FailureCause, ResultsSummary, cause_of
from certmark.formats.results.report.document import describe_evidence
from certmark.reporting.blocks import Block, Cell, Cut, Heading, Item, ItemGroup, Sentence, Table, Tone, and_more
from certmark.reporting.documents import Document
from certmark.reporting.views import View

_FEW = 5
"""Tests shown of a cause unless everything is asked for."""

_MOST = 20
"""Attempts of a test shown in a line."""

_TONES = {
    Outcome.PASSED: Tone.GOOD,
    Outcome.FAILED: Tone.BAD,
    Outcome.SETUP_ERROR: Tone.BAD,
    Outcome.UNEXPECTED_SUCCESS: Tone.BAD,
    Outcome.EXPECTED_FAILURE: Tone.BAD,
    Outcome.SKIPPED: Tone.GAP,
    Outcome.UNFINISHED: Tone.GAP,
}


class SummaryView(View):
    """One look at results: outcomes, causes, fixtures, attempts and the slowest classes."""

    title = "Results"

    def __init__(
        self, summary: ResultsSummary, evidence: Sequence[Evidence], *, slowest: int, full: bool = False, hint: str = ""
    ) -> None:
        """`slowest` is how many classes are shown; `full` shows long lists whole, and `hint` says how to ask for it."""
        self._summary = summary
        self._evidence = evidence
        self._slowest = slowest
        self._cut = Cut(None if full else _FEW, hint)

    def blocks(self) -> Iterable[Block]:
        """For people who read."""
        summary, cut = self._summary, self._cut
        return (
            *_head(summary, self._evidence),
            *_causes("Failures", summary.failures, Tone.BAD, cut),
            *_fixtures("Class set-ups that did not pass", summary.set_ups, cut),
            *_fixtures("Class clean-ups that did not pass", summary.tear_downs, cut),
            *_causes("Skips", summary.skips, Tone.GAP, cut),
            *_attempts(summary.unstable, cut),
            *_slowest(summary, self._slowest),
        )

    def document(self) -> Document:
        """Everything, every class too."""
        return Document("certmark-results-summary", 1, _summary_body(self._summary, self._evidence))


class DifferenceView(View):
    """What changed between two runs, what matters most first."""

    title = "What changed"

    def __init__(self, differences: Sequence[RunDifference], *, full: bool = False, hint: str = "") -> None:
        """`full` shows long lists whole; `hint` says how to ask for that."""
        self._differences = differences
        self._counts = counted(differences)
        self._cut = Cut(None if full else 2 * _FEW, hint)
        self.headline = ", ".join(f"{count} {change.value}" for change, count in self._counts.items() if count)

    def blocks(self) -> Iterable[Block]:
        """For people who read."""
        differences, cut, counts = self._differences, self._cut, self._counts
        groups = (
            group
            for change, tone in _SHOWN.items()
            if counts[change]
            for group in _change_groups(change, tone, differences, cut)
        )
        return (Sentence(self.headline or "no tests"), *groups, *_others(differences, cut))

    def document(self) -> Document:
        """Every test that is not simply unchanged."""
        return Document("certmark-results-diff", 1, _difference_body(self._differences))


def _head(summary: ResultsSummary, evidence: Sequence[Evidence]) -> Iterator[Block]:
    files = ", ".join(_file(file) for file in evidence)
    took = "" if summary.seconds is None else f" in {duration(summary.seconds)}"
    workers = f" on {len(summary.workers)} workers" if len(summary.workers) > 1 else ""
    yield Sentence(f"{count_of(summary.tests, 'test', 'tests')}{took}{workers}: {files}")
    rows = [
        (Cell(outcome.value, _TONES[outcome]), Cell(str(count))) for outcome, count in summary.outcomes.items() if count
    ]
    yield Table(("outcome", "tests"), tuple(rows))


def _file(file: Evidence) -> str:
    words = [file.format, *(["truncated"] if file.truncated else []), *(["passes only"] if file.passes_only else [])]
    return f"{file.name} ({', '.join(words)})"


def _causes(title: str, causes: Sequence[FailureCause], tone: Tone, cut: Cut) -> Iterator[Block]:
    if causes:
        total = sum(len(cause.attempts) for cause in causes)
        yield Heading(f"{title}: {total} in {len(causes)} group{'s' if len(causes) > 1 else ''}")
    for cause in causes:
        items = [_item(attempt, cause.text) for attempt in cause.attempts]
        yield ItemGroup(f"{len(cause.attempts)} times: {cause.text}", cut.items(items), tone)


def _item(attempt: Attempt, shown: str = "") -> Item:
    notes = [] if attempt.reason in {"", shown} else [attempt.reason]
    requests = attempt.detail.requests if attempt.detail is not None else ()
    notes += [_request(request) for request in requests[-3:]]
    return Item(attempt.name, tuple(notes))


def _request(request: Request) -> str:
    status = "no answer" if request.status is None else str(request.status)
    return f"{request.method} {request.url}: {status}" + (f" ({request.request_id})" if request.request_id else "")


def _fixtures(title: str, attempts: Sequence[Attempt], cut: Cut) -> Iterator[Block]:
    if attempts:
        yield Heading(title)
        items = [
            Item(attempt.name, (f"{attempt.outcome.value}: {attempt.reason or 'no reason given'}",))
            for attempt in attempts
        ]
        yield ItemGroup(count_of(len(attempts), "class", "classes"), cut.items(items), Tone.BAD)


def _attempts(unstable: Sequence[tuple[Attempt, ...]], cut: Cut) -> Iterator[Block]:
    if unstable:
        yield Heading("Tried more than once")
        items = [
            Item(
                attempts[-1].name,
                (" → ".join(attempt.outcome.value for attempt in attempts[:_MOST]) + _more(attempts),),
            )
            for attempts in unstable
        ]
        yield ItemGroup(count_of(len(unstable), "test", "tests"), cut.items(items), Tone.QUIET)


def _more(attempts: Sequence[Attempt]) -> str:
    return f" and {len(attempts) - _MOST} more" if len(attempts) > _MOST else ""


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


def _change_groups(
    change: OutcomeChange, tone: Tone, differences: Sequence[RunDifference], cut: Cut
) -> Iterator[ItemGroup]:
    """What changed alike and for one reason stands together, the most frequent first."""
    found: dict[tuple[str, str], list[RunDifference]] = {}
    for difference in differences:
        if difference.change is change:
            found.setdefault((_states(difference), cause_of(_reason(difference))), []).append(difference)
    groups = sorted(found.items(), key=lambda group: -len(group[1]))
    for (states, cause), same in cut.first(groups):
        said = _reason(same[0]) if len(same) == 1 else cause
        title = ": ".join(
            filter(None, (change.value, f"{count_of(len(same), 'test', 'tests')}, {states}".rstrip(", "), said))
        )
        yield ItemGroup(title, cut.items([_difference(difference) for difference in same]), tone)
    hidden = sum(len(same) for _, same in groups[len(cut.first(groups)) :])
    if hidden:
        yield ItemGroup(f"{change.value}: {and_more(hidden, cut.hint)}", (), tone)


def _states(difference: RunDifference) -> str:
    before, after = difference.before, difference.after
    return f"{before.state.value} → {after.state.value}" if before is not None and after is not None else ""


def _reason(difference: RunDifference) -> str:
    """Why it is as it is now."""
    return difference.after.attempts[-1].reason or "" if difference.after is not None else ""


def _difference(difference: RunDifference) -> Item:
    before = difference.before
    return Item(difference.name, (f"before: {before.name}",) if difference.renamed and before is not None else ())


def _others(differences: Sequence[RunDifference], cut: Cut) -> Iterator[Block]:
    renamed = [difference for difference in differences if difference.renamed and difference.change not in _SHOWN]
    unstable = [difference for difference in differences if difference.unstable]
    if unstable:
        items = [_instability(difference) for difference in unstable]
        yield ItemGroup(f"unstable: {len(unstable)}", cut.items(items), Tone.GAP)
    if renamed:
        items = [_difference(difference) for difference in renamed]
        yield ItemGroup(f"renamed: {len(renamed)}", cut.items(items), Tone.QUIET)


def _instability(difference: RunDifference) -> Item:
    sides = (("before", difference.before), ("after", difference.after))
    notes = tuple(
        f"{word}: " + " → ".join(state_of(attempt).value for attempt in side.attempts)
        for word, side in sides
        if side is not None and side.unstable
    )
    return Item(difference.name, notes)


def _summary_body(summary: ResultsSummary, evidence: Sequence[Evidence]) -> Mapping[str, Any]:
    return {
        "evidence": [describe_evidence(file) for file in evidence],
        "tests": summary.tests,
        "seconds": summary.seconds,
        "busy_seconds": summary.busy,
        "workers": list(summary.workers),
        "outcomes": {_key(outcome.value): count for outcome, count in summary.outcomes.items()},
        "failures": [_cause(cause) for cause in summary.failures],
        "skips": [_cause(cause) for cause in summary.skips],
        "set_ups": [_attempt(attempt) for attempt in summary.set_ups],
        "tear_downs": [_attempt(attempt) for attempt in summary.tear_downs],
        "tried_more_than_once": [[_attempt(attempt) for attempt in attempts] for attempts in summary.unstable],
        "classes": [{"name": one.name, "seconds": one.seconds, "tests": one.tests} for one in summary.slowest],
    }


def _key(word: str) -> str:
    """The key that counts what `word` stands for."""
    return word.replace("-", "_").replace(" ", "_")


def _cause(cause: FailureCause) -> Mapping[str, Any]:
    return {"cause": cause.text, "attempts": [_attempt(attempt) for attempt in cause.attempts]}


def _attempt(attempt: Attempt) -> Mapping[str, Any]:
    requests = attempt.detail.requests if attempt.detail is not None else ()
    return {
        "name": attempt.name,
        "uuid": attempt.uuid,
        "outcome": attempt.outcome.value,
        "seconds": attempt.seconds,
        "worker": attempt.worker,
        "reason": attempt.reason,
        "requests": [
            {"method": one.method, "url": one.url, "status": one.status, "request_id": one.request_id}
            for one in requests
        ],
    }


def _difference_body(differences: Sequence[RunDifference]) -> Mapping[str, Any]:
    changed = [one for one in differences if one.change is not OutcomeChange.UNCHANGED or one.renamed or one.unstable]
    return {
        "counts": {_key(change.value): count for change, count in counted(differences).items()},
        "tests": [
            {
                "name": one.name,
                "change": one.change.value,
                "renamed": one.renamed,
                "unstable": one.unstable,
                "before": _side(one.before),
                "after": _side(one.after),
            }
            for one in changed
        ],
    }


def _side(side: ComparedTest | None) -> Mapping[str, Any] | None:
    if side is None:
        return None
    return {
        "name": side.name,
        "state": side.state.value,
        "attempts": [attempt.outcome.value for attempt in side.attempts],
        "reason": side.attempts[-1].reason,
    }

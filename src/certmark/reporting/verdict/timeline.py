"""When each worker of a run was at which class, for a drawing and its table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from certmark.domain.attempts import state_of
from certmark.domain.identity import class_of, fixture_of
from certmark.domain.results import Attempt, Results
from certmark.domain.verdict_values import State
from certmark.reporting.blocks import Tone

_MOST_LANES, _MOST_SPANS = 40, 400
_TONES = {State.PASSED: Tone.GOOD, State.FAILED: Tone.BAD, State.SETUP_ERROR: Tone.BAD}
_WORST = (Tone.BAD, Tone.GAP, Tone.GOOD)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Tests of one class that a worker ran one after the other."""

    name: str
    """Of the class."""
    begin: float
    """Seconds after the first start of the run."""
    seconds: float
    tests: int
    tone: str
    """The worst of them."""


@dataclass(frozen=True, slots=True)
class TimeLane:
    """What one worker did."""

    worker: str
    spans: tuple[TimeSpan, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A run over its time."""

    seconds: float
    lanes: tuple[TimeLane, ...]
    """Empty: nothing records when the tests ran."""
    omitted: int
    """Spans that are left out, the shortest ones."""


def timeline(results: Results) -> Timeline:
    """Of every attempt that has a time of its own."""
    timed = [one for name in results.names for one in results.attempts(name) if one.started is not None and one.seconds]
    lanes: dict[str, list[Attempt]] = {}
    for attempt in sorted(timed, key=_start):
        lanes.setdefault(attempt.worker or "", []).append(attempt)
    if not timed:
        return Timeline(0.0, (), 0)
    first, last = min(map(_start, timed)), max(attempt.stopped or 0 for attempt in timed)
    drawn = [(worker, list(_spans(attempts, first))) for worker, attempts in sorted(lanes.items())[:_MOST_LANES]]
    lengths = sorted((span.seconds for _, spans in drawn for span in spans), reverse=True)
    least = lengths[_MOST_SPANS] if len(lengths) > _MOST_SPANS else -1.0
    shown = tuple(TimeLane(worker, tuple(span for span in spans if span.seconds > least)) for worker, spans in drawn)
    count = sum(len(lane.spans) for lane in shown)
    return Timeline(round((last - first) / 1e9, 3), shown, len(lengths) - count)


def _start(attempt: Attempt) -> int:
    return attempt.started or 0


def _spans(attempts: Iterable[Attempt], first: int) -> Iterable[TimeSpan]:
    same: list[Attempt] = []
    for attempt in attempts:
        if same and _scope(same[0]) != _scope(attempt):
            yield _span(same, first)
            same = []
        same.append(attempt)
    if same:
        yield _span(same, first)


def _scope(attempt: Attempt) -> str:
    fixture = fixture_of(attempt.name)
    return class_of(attempt.name) if fixture is None else fixture.scope


def _span(attempts: Sequence[Attempt], first: int) -> TimeSpan:
    began, ended = _start(attempts[0]), max(attempt.stopped or 0 for attempt in attempts)
    tones = {_TONES.get(state_of(attempt), Tone.GAP) for attempt in attempts}
    tests = sum(fixture_of(attempt.name) is None for attempt in attempts)
    worst = next(tone for tone in _WORST if tone in tones)
    return TimeSpan(
        _scope(attempts[0]), round((began - first) / 1e9, 3), round((ended - began) / 1e9, 3), tests, worst.value
    )

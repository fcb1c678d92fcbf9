"""A verdict in words: the one sentence, and the words that every form of the report shares."""

from __future__ import annotations

from certmark.domain.guidelines import Level
from certmark.domain.identity import fixture_of
from certmark.domain.results import Attempt
from certmark.domain.verdict_values import CapabilityVerdict, SettledTest, Standing, State, Verdict
from certmark.reporting.blocks import Tone

TONES = {
    Standing.PASS: Tone.GOOD,
    Standing.INCOMPLETE: Tone.GAP,
    Standing.FAIL: Tone.BAD,
    Standing.NOT_JUDGED: Tone.QUIET,
    Standing.NOT_APPLICABLE: Tone.GAP,
}

WORST_FIRST = (Standing.FAIL, Standing.INCOMPLETE, Standing.NOT_JUDGED, Standing.NOT_APPLICABLE, Standing.PASS)


def at_level(verdict: Verdict, level: Level) -> list[CapabilityVerdict]:
    """The capabilities of one level, worst first, else in the order of the document."""
    found = [capability for capability in verdict.capabilities if capability.level is level]
    return sorted(found, key=lambda capability: WORST_FIRST.index(capability.standing))


def was_not_run(verdict: Verdict, capability: CapabilityVerdict) -> bool:
    """Whether it is no required capability, and none of its tests was run: a run runs what is required, unasked."""
    if capability.level is Level.REQUIRED or capability.standing is not Standing.INCOMPLETE:
        return False
    states = {settled.state for _, settled in verdict.tests_of(capability.key)}
    return states <= {State.NOT_RUN, State.NOT_REPORTED}


def request_ids(attempts: tuple[Attempt, ...]) -> tuple[str, ...]:
    """The ids of the requests that the attempts tell of, each once: what an operator greps the logs for."""
    found = (request.request_id for attempt in attempts if attempt.detail for request in attempt.detail.requests)
    return tuple(dict.fromkeys(request_id for request_id in found if request_id))


def several_attempts(settled: SettledTest) -> tuple[Attempt, ...]:
    """The attempts at the test itself, where there are several; else none."""
    own = tuple(attempt for attempt in settled.attempts if fixture_of(attempt.name) is None)
    names = [attempt.name for attempt in own]
    return own if len(names) > len(set(names)) else ()


def attempt_words(attempt: Attempt) -> str:
    """What an attempt came to and, where that matters, that a later one came in its place or where it ran."""
    place = f" in {attempt.place}" if attempt.place else ""
    return attempt.outcome.value + place + (" (tried again)" if attempt.superseded else "")

"""Whether a cloud is away while it is tested, and what that costs a run.

1. An answer is suspect where a test or a fixture of a class failed because nobody answered, because a service failed
   (5xx), or because a token was not accepted, which is what services say while the identity service is away.
2. Suspect answers prove nothing: a cloud may break a rule with 500. After `SUSPECT_IN_A_ROW` of them without a pass
   between the cloud is asked itself, and it is away only if a service that the tests use gives no answer, or 5xx,
   to a plain question. The more often it answers, the more suspect answers it takes until it is asked again.
3. An outage begins with the first of the suspect answers in a row: when its test began.
4. It touched every class that was under way since then. Those are run again, whatever came of them.
5. What failed in a touched class while the cloud was away says nothing of the cloud's conformity: it counts as not
   finished, and never where there is another attempt. What passed has passed, and what failed before has failed.
6. The run waits for `PATIENCE` seconds; then the classes that are left are given up: gaps, not failures.
7. A class is run again because of outages `MOST_REPEATS` times; it may be what takes the cloud away.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from certmark.domain.identity import class_of, fixture_of
from certmark.domain.phrases import counted
from certmark.domain.results import Attempt, Detail, Evidence, Outcome

SUSPECT_IN_A_ROW: Final = 3
PATIENCE: Final = 600.0
MOST_REPEATS: Final = 3
_SUSPECT: Final = re.compile(
    r"\b(?:5\d\d|401)\b|server ?fault|internal server error|bad ?gateway|service ?unavailable|gateway ?time-?out"
    r"|unauthorized|identityerror|connection ?(?:error|refused|reset|aborted)|remotedisconnected|maxretryerror"
    r"|protocolerror|name ?resolution|name or service not known|getaddrinfo|no route to host|network is unreachable"
    r"|timed ?out|timeout",
    re.IGNORECASE,
)
_FAILED: Final = frozenset(
    {Outcome.FAILED, Outcome.SETUP_ERROR, Outcome.EXPECTED_FAILURE, Outcome.UNEXPECTED_SUCCESS, Outcome.SKIPPED}
)
_ROUNDING: Final = 0.01
"""Seconds by which times of a journal and of a stream may differ."""


def is_suspect(*, is_failure: bool, reason: str) -> bool:
    """Rule 1: whether what failed for this reason may have failed because the cloud was away."""
    return is_failure and _SUSPECT.search(reason) is not None


class AnswersInARow(NamedTuple):
    """The suspect answers since the last test that passed."""

    suspects: int = 0
    since: float | None = None
    """When the first of their tests began, in seconds since 1970."""
    enough: int = SUSPECT_IN_A_ROW
    """How many it takes until the cloud is asked itself."""

    @property
    def is_enough(self) -> bool:
        """Rule 2."""
        return self.suspects >= self.enough

    def after_pass(self) -> AnswersInARow:
        """A test passed: somebody is there."""
        return AnswersInARow()

    def after_suspect(self, began: float) -> AnswersInARow:
        """One more failed for a suspect reason; it began then."""
        since = began if self.since is None else min(self.since, began)
        return self._replace(suspects=self.suspects + 1, since=since)

    def after_answer(self) -> AnswersInARow:
        """Rule 2: the cloud was asked itself, and answered."""
        return AnswersInARow(enough=2 * self.enough)


class ServiceAnswer(NamedTuple):
    """What a service gave to a plain question."""

    service: str
    status: int | None
    """Of HTTP; None where nothing came."""
    problem: str = ""
    """Why nothing came, a sentence."""


def absence(answers: Iterable[ServiceAnswer]) -> str | None:
    """Rule 2: who is away, a sentence; None where every service answers."""
    for answer in answers:
        if answer.status is None:
            # What may be done about it follows the semicolon.
            return answer.problem.partition("; ")[0] or f"{answer.service} gives no answer"
        if answer.status >= 500:
            return f"{answer.service} answers {answer.status}"
    return None


class ClassSpan(NamedTuple):
    """When a class was under way, in seconds since 1970."""

    name: str
    stream: str
    """The file of its results."""
    began: float
    ended: float | None = None
    """None: it still is."""


class TouchedClass(NamedTuple):
    """A class that was under way during an outage."""

    name: str
    stream: str


def touched(spans: Iterable[ClassSpan], since: float) -> tuple[TouchedClass, ...]:
    """Rule 4, for an outage that goes on."""
    found = (TouchedClass(span.name, span.stream) for span in spans if span.ended is None or span.ended >= since)
    return tuple(dict.fromkeys(found))


class Outage(NamedTuple):
    """The cloud was away."""

    since: float
    """In seconds since 1970."""
    why: str
    classes: tuple[TouchedClass, ...]
    until: float | None = None
    """None: it goes on."""
    is_over: bool = False
    """Whether the cloud answered again."""

    @property
    def sentence(self) -> str:
        """What a reader of the verdict should know of it."""
        begin = f"the cloud was away from {_clock(self.since)}"
        if self.is_over and self.until is not None:
            again = f"; {counted(len(self.classes), 'class was', 'classes were')} run again" if self.classes else ""
            return f"{begin} to {_clock(self.until)} UTC ({self.why}){again}"
        return f"{begin} UTC on ({self.why}); what was under way or left then says nothing of its conformity"


def is_given_up(asked_since: float, now: float) -> bool:
    """Rule 6; `asked_since`: when it was first found away."""
    return now - asked_since >= PATIENCE


def without_outages(piece: Evidence, outages: Sequence[Outage]) -> Evidence:
    """Rule 5: `piece` of a run in which these outages were."""
    found = [outage for outage in outages if any(one.stream == piece.name for one in outage.classes)]
    if not found:
        return piece
    return piece._replace(attempts=tuple(_discounted(attempt, piece.name, found) for attempt in piece.attempts))


def _discounted(attempt: Attempt, stream: str, outages: Iterable[Outage]) -> Attempt:
    if attempt.outcome not in _FAILED:
        return attempt
    fixture = fixture_of(attempt.name)
    scope = fixture.scope if fixture is not None else class_of(attempt.name)
    for outage in outages:
        if TouchedClass(scope, stream) in outage.classes and _is_within(attempt, outage):
            reason = f"the cloud was away ({outage.why}): {attempt.reason}".removesuffix(": ")
            text, requests = (attempt.detail.text, attempt.detail.requests) if attempt.detail else ("", ())
            detail = Detail(reason, text, requests)
            return attempt._replace(outcome=Outcome.UNFINISHED, detail=detail, superseded=True)
    return attempt


def _is_within(attempt: Attempt, outage: Outage) -> bool:
    """Whether it ended while the cloud was away; without a time its stream alone tells."""
    ended = attempt.stopped if attempt.stopped is not None else attempt.started
    if ended is None:
        return True
    seconds = ended / 1e9
    return outage.since - _ROUNDING <= seconds and (outage.until is None or seconds <= outage.until + _ROUNDING)


_LATEST: Final = 253_402_300_799
"""The last second of the year 9999."""


def _clock(seconds: float) -> str:
    seconds = min(max(seconds, 0), _LATEST)
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).strftime("%Y-%m-%d %H:%M:%S")

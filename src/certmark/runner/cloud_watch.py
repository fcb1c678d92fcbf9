"""Watches whether the cloud is away while it is tested (`domain.outages` decides), and asks it meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from certmark.domain.outages import AnswersInARow, ClassSpan, Outage, is_given_up, touched

Probe = Callable[[], str | None]
"""Asks every service that the tests use a plain question; gives who is away, a sentence; None: nobody."""
_PAUSE: Final = 5.0
"""Seconds between two questions to a cloud that is away."""


class CloudWatch:
    """What is known of the cloud's absence; it never waits."""

    def __init__(self, probe: Probe | None) -> None:
        """`probe` None: nobody can be asked, and no outage is ever found."""
        self._probe = probe
        self._row = AnswersInARow()
        self._spans: dict[tuple[str, str], ClassSpan] = {}
        self._answer: Future[str | None] | None = None
        self._asked = 0.0
        self._found = 0.0
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="probe")
        self.outage: Outage | None = None
        """The one that goes on, or whose classes are not at their end yet."""
        self.is_back = False
        """Whether the cloud answers again."""

    def began(self, group: str, stream: str) -> None:
        """A class begins."""
        self._spans[group, stream] = ClassSpan(group, stream, time.time())

    def ended(self, group: str, stream: str) -> None:
        """It is at its end."""
        self._spans[group, stream] = self._spans[group, stream]._replace(ended=time.time())

    def passed(self) -> None:
        """A test passed."""
        self._row = self._row.after_pass()

    def suspect(self, began: float) -> None:
        """A test or a fixture that began then failed for a suspect reason."""
        if self.outage is None:
            self._row = self._row.after_suspect(began)

    @property
    def holds(self) -> bool:
        """Whether no class may begin."""
        return self.outage is not None or self._answer is not None

    def look(self, *, is_end: bool) -> bool:
        """Ask the cloud if there is a reason, and take its answer; gives whether anything has changed.

        `is_end`: nothing is left to be run, so that one suspect answer is reason enough.
        """
        if self._answer is not None:
            return self._answer.done() and self._take(self._answer.result())
        if self._probe is not None and self._has_reason(is_end=is_end):
            self._asked = time.monotonic()
            self._answer = self._pool.submit(self._probe)
        return False

    def _has_reason(self, *, is_end: bool) -> bool:
        if self.outage is None:
            return self._row.is_enough or (is_end and self._row.suspects > 0)
        return not self.is_back and time.monotonic() - self._asked >= _PAUSE

    @property
    def is_asking(self) -> bool:
        """Whether an answer is waited for, or one suspect answer is left to be asked about."""
        return self._answer is not None or (self._probe is not None and self._row.suspects > 0)

    @property
    def is_given_up(self) -> bool:
        """Whether the cloud has been away for too long."""
        return self.outage is not None and is_given_up(self._found, time.time())

    def touched(self, group: str) -> bool:
        """Whether the outage that goes on touched a class."""
        return self.outage is not None and any(one.name == group for one in self.outage.classes)

    def over(self) -> None:
        """Nothing of the outage is left."""
        self.outage, self.is_back, self._answer = None, False, None
        self._row = AnswersInARow()
        self._spans = {key: span for key, span in self._spans.items() if span.ended is None}

    def close(self) -> None:
        """Wait for nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _take(self, absent: str | None) -> bool:
        self._answer = None
        if absent is None:
            self._row = self._row.after_answer()
            self.is_back = self.outage is not None
            return self.is_back
        if self.outage is not None:
            return False
        self._found = time.time()
        since = self._row.since if self._row.since is not None else self._found
        self.outage = Outage(since, absent, touched(self._spans.values(), since))
        return True

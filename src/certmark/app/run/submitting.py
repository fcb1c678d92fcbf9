"""A run of which a server hears: how far it is while it goes on, and its bundle at the end.

Whether the server hears anything never weighs on the run: only a bundle that could not be sent is an error, and
by then the run is judged and in its folder.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from certmark.app.remote import SubmitRequest, about_of, server_of, submit
from certmark.app.run.execute import Display
from certmark.app.run.finish import FinishedRun, RunListeners, StoppedRun
from certmark.app.run.prepare import run_cloud
from certmark.app.run.requests import RunRequest
from certmark.client.connection import ServerAway
from certmark.client.values import AboutSubmission, Progress, RemoteRun, RunProgress
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.reporting.progress.run import RunTally, progress_line
from certmark.runner.events import Event, RunBegan, RunEnded

if TYPE_CHECKING:
    from certmark.client.server import RemoteServer

_EVERY = 5.0
"""Seconds between two words to the server."""
_LAST = 10.0
"""Seconds that the last word may take."""
_LONGEST = 200


class SubmittedRun(NamedTuple):
    """How a run came to its end, and what a server has of it."""

    came_to: StoppedRun | FinishedRun
    submitted: RemoteRun | None


def run_and_submit(
    request: RunRequest,
    submission: SubmitRequest,
    listeners: RunListeners,
    progress: Progress | None = None,
    *,
    is_live: bool,
    is_sent: bool,
) -> SubmittedRun:
    """Run, tell, send. A run that was stopped is not sent. Raises what running and sending raise."""
    server = server_of(submission.server)
    live = LiveTelling(server, about_of(submission, "run"), listeners.remark)
    if is_live:
        live.begin()
        listeners = dataclasses.replace(listeners, display=_followed(listeners.display, live))
    came_to = run_cloud(request, listeners)
    if not is_sent or isinstance(came_to, StoppedRun):
        return SubmittedRun(came_to, None)
    folder = str(came_to.judged.folder.path)
    try:
        found = submit(dataclasses.replace(submission, artifacts=(folder,)), progress, listeners.remark)
    except ServerAway as error:
        raise CannotProceed(f"the run is judged, and was not sent: {error}", Advice(Action.SUBMIT, folder)) from error
    live.end()
    return SubmittedRun(came_to, found)


@contextmanager
def _followed(display: Display, live: LiveTelling) -> Iterator[Callable[[Event], None]]:
    """A display beside which a server is told."""
    with display as hear, live.telling() as tell:

        def both(event: Event) -> None:
            hear(event)
            tell(event)

        yield both


class LiveTelling:
    """A server is told how far a run is; whether it hears that never weighs on the run."""

    def __init__(self, server: RemoteServer, about: AboutSubmission, remark: Listener, every: float = _EVERY) -> None:
        self._server, self._about, self._remark, self._every = server, about, remark, every
        self._live: str | None = None
        """Its id there; None: the server does not know of it yet."""
        self._tally = RunTally()
        self._sentence, self._is_ended, self._is_silent = "", False, False
        self._is_due, self._is_over = threading.Event(), False

    def begin(self) -> None:
        """Say that it begins; a server that is away is told later. Raises InvalidRequest where it refuses that."""
        self._say(self._begin)

    def _begin(self) -> None:
        self._live = self._server.begin_live(self._about)

    @contextmanager
    def telling(self) -> Iterator[Callable[[Event], None]]:
        """Who hears of the run, and tells from a thread of its own: the run does not wait."""
        self._is_over = False
        thread = threading.Thread(target=self._tell, name="telling a server", daemon=True)
        thread.start()
        try:
            yield self._hear
        finally:
            self._is_over = True
            self._is_due.set()
            thread.join(_LAST)

    def end(self) -> None:
        """It does not go on any more, and the server has it otherwise."""
        if self._live is not None:
            live = self._live
            self._say(lambda: self._server.end_live(live))

    def _hear(self, event: Event) -> None:
        self._tally.hear(event)
        self._sentence = progress_line(event, self._tally)[:_LONGEST] or self._sentence
        self._is_ended = self._is_ended or isinstance(event, RunEnded)
        if isinstance(event, RunBegan):
            self._is_due.set()

    def _tell(self) -> None:
        is_last = False
        while not is_last:
            self._is_due.wait(self._every)
            self._is_due.clear()
            is_last = self._is_over
            try:
                self._say(self._once)
            except InvalidRequest as error:
                self._tell_silence(error)

    def _once(self) -> None:
        if self._live is None:
            self._begin()
        assert self._live is not None  # noqa: S101 - it was begun
        self._server.tell_progress(self._live, self._progress())

    def _say(self, what: Callable[[], None]) -> None:
        try:
            what()
            self._is_silent = False
        except (ServerAway, InvalidInput) as error:
            self._tell_silence(error)

    def _tell_silence(self, error: Exception) -> None:
        if not self._is_silent:
            self._remark(Remark(f"the server is not told how far the run is: {error}"))
        self._is_silent = True

    def _progress(self) -> RunProgress:
        sentence = "".join(sign for sign in self._sentence if sign.isprintable())
        tally = self._tally
        counts = (tally.asked, tally.done, tally.passed, tally.failed, tally.skipped)
        return RunProgress(*counts, self._is_ended, sentence)

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
from certmark.client.connection import ServerAway, ServerRefused
from certmark.client.values import Progress, RemoteRun, RunProgress
from certmark.domain.errors import InvalidInput
from certmark.domain.remarks import Listener, Remark
from certmark.reporting.progress.run import RunTally, progress_line
from certmark.runner.events import Event, RunEnded

if TYPE_CHECKING:
    from certmark.client.server import RemoteServer

_EVERY = 5.0
"""Seconds between two words to the server."""
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
    live = server.begin_live(about_of(submission, "run")) if is_live else None
    if live is not None:
        listeners = dataclasses.replace(listeners, display=_followed(listeners.display, server, live, listeners.remark))
    came_to = run_cloud(request, listeners)
    if not is_sent or isinstance(came_to, StoppedRun):
        return SubmittedRun(came_to, None)
    found = submit(dataclasses.replace(submission, artifact=str(came_to.judged.folder.path)), progress)
    if live is not None:
        server.end_live(live)
    return SubmittedRun(came_to, found)


@contextmanager
def _followed(display: Display, server: RemoteServer, live: str, remark: Listener) -> Iterator[Callable[[Event], None]]:
    """A display beside which a server is told."""
    with display as hear, telling(server, live, remark) as tell:

        def both(event: Event) -> None:
            hear(event)
            tell(event)

        yield both


@contextmanager
def telling(
    server: RemoteServer, live: str, remark: Listener, every: float = _EVERY
) -> Iterator[Callable[[Event], None]]:
    """Who hears of a run and tells a server, from a thread of its own: the run does not wait."""
    tally, ended, state = RunTally(), threading.Event(), _State()

    def hear(event: Event) -> None:
        tally.hear(event)
        state.sentence = progress_line(event, tally)[:_LONGEST] or state.sentence
        state.is_ended = state.is_ended or isinstance(event, RunEnded)

    def tell() -> None:
        is_last = False
        while not is_last:
            is_last = ended.wait(every)
            try:
                server.tell_progress(live, _progress(tally, state))
                state.is_silent = False
            except (ServerAway, ServerRefused, InvalidInput) as error:
                if not state.is_silent:
                    remark(Remark(f"the server is not told how far the run is: {error}"))
                state.is_silent = True

    thread = threading.Thread(target=tell, name="telling a server", daemon=True)
    thread.start()
    try:
        yield hear
    finally:
        ended.set()
        thread.join(2 * every)


class _State:
    """What is told beside the counts."""

    def __init__(self) -> None:
        self.sentence = ""
        self.is_ended = False
        self.is_silent = False
        """Whether the server could not be told, and that was said."""


def _progress(tally: RunTally, state: _State) -> RunProgress:
    sentence = "".join(sign for sign in state.sentence if sign.isprintable())
    return RunProgress(tally.asked, tally.done, tally.passed, tally.failed, tally.skipped, state.is_ended, sentence)

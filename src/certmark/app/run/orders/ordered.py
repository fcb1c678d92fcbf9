"""One ordered test: the cloud is looked at, a run is begun or gone on with, and its evidence is sent.

1. What the runner's own file says of a cloud stands over what an order says.
2. A cloud that is set aside or does not answer is skipped with that reason; nothing is begun.
3. Where the run's folder is at hand it goes on (resume). Else it begins anew; on a cloud where an earlier attempt was
   lost elsewhere, what that one left is removed first.
   A cloud that another run on this machine has is waited for.
4. What came of it is what the run's own process says; the evidence is signed, where there is a key, and sent once.
5. With the evidence at the server the folder goes. What has no verdict stays for a week, to be looked at.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.remote import SubmitRequest, submit
from certmark.app.run.fleet.session import MemberCommand
from certmark.app.run.orders.clouds import RunnerCloud
from certmark.app.run.orders.watching import Watch
from certmark.client.connection import ServerAway
from certmark.client.runners import HeldAssignment
from certmark.cloud.clouds_files import CONFIG_FILE
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.fleets import FleetMember, MemberEnd, MemberProgress, conclude_member
from certmark.domain.orders.terms import OrderTerms
from certmark.domain.remarks import Listener, Remark
from certmark.formats.run_folder import RunFolder
from certmark.reporting.progress.fleet import MemberTally
from certmark.runner.fleet.jobs import event_in, last_sentence
from certmark.runner.fleet.liveness import silence_of
from certmark.runner.folders import member_log
from certmark.runner.leash import Leash
from certmark.runner.locks import IN_USE, is_held

_LONGEST_LINE = 1 << 20
_WEEK = 7 * 24 * 3600.0
_PAUSE, _BUSY = 2.0, 10.0
_PATIENCE = 600.0
"""Seconds in which a server judges."""


@dataclass(frozen=True, kw_only=True)
class OrderedCommand:
    """How tests are begun on this machine, and how what comes of them leaves it."""

    run: MemberCommand
    clear: Callable[[FleetMember, str], Sequence[str]]
    """The command that removes what tests left on a cloud since a time."""
    sign: Callable[[Path], None] | None
    """Sign the bundle of a run's folder; None: what is sent is not signed."""
    submission: Callable[[Path, OrderTerms], SubmitRequest]
    alive_timeout: float = 10.0


class OrderedEnd(NamedTuple):
    """What came of it, in the words of the server."""

    state: str
    result: str | None
    run: str | None
    reason: str


_RESULTS = {MemberProgress.PASS: "pass", MemberProgress.FAIL: "fail", MemberProgress.INCOMPLETE: "incomplete"}
CANCELLED = OrderedEnd("cancelled", None, None, "")


class OrderedRun:
    """The test that an assignment asks for."""

    def __init__(
        self, held: HeldAssignment, cloud: RunnerCloud | None, home: Path, command: OrderedCommand, listen: Listener
    ) -> None:
        self._held, self._cloud, self._command, self._listen = held, cloud, command, listen
        self._folder = home / held.id
        self._leash: Leash | None = None
        self._stopped = threading.Event()

    def stop(self, at_once: bool) -> None:
        """End it, in order or at once."""
        self._stopped.set()
        if self._leash is not None:
            (self._leash.let_go if at_once else self._leash.interrupt)()

    def carry_out(self, watch: Watch) -> OrderedEnd | None:
        """What came of it; None: it is somebody else's, or goes on later. Raises OSError."""
        reason = self._skipped()
        if reason is not None:
            return OrderedEnd("skipped", None, None, reason)
        member = self._member()
        if self._held.attempt > 1 and not self._run_folder.is_begun:
            self._clear(member, watch)
        progress, reason = self._tested(member, watch)
        while progress is MemberProgress.NOT_TESTED and IN_USE in reason and not self._is_over(watch):
            watch.progress = "another run has the cloud"
            self._stopped.wait(_BUSY)
            progress, reason = self._tested(member, watch)
        if watch.is_lost:
            return None
        if progress in _RESULTS:
            return self._sent(_RESULTS[progress], watch)
        if watch.is_cancelled:
            return CANCELLED
        if self._stopped.is_set() and progress in {MemberProgress.INTERRUPTED, MemberProgress.WAITING}:
            return None
        return OrderedEnd("done", "not tested", None, reason or "its run did not begin")

    def _is_over(self, watch: Watch) -> bool:
        return watch.is_lost or watch.is_cancelled or self._stopped.is_set()

    @property
    def _run_folder(self) -> RunFolder:
        return RunFolder(self._folder)

    def _skipped(self) -> str | None:
        """Rule 2."""
        if self._cloud is None:
            return "the runner has no credentials of this cloud any more"
        availability = self._cloud.cloud.availability
        if not availability.holds_on(dt.datetime.now(dt.UTC).date()):
            return availability.sentence
        url = self._cloud.address.url
        return silence_of(url, self._command.alive_timeout) if url else None

    def _member(self) -> FleetMember:
        assert self._cloud is not None  # noqa: S101 - it is skipped otherwise
        terms, cloud = self._held.terms, self._cloud.cloud
        return FleetMember(cloud, terms.region or cloud.regions[0], terms.program)

    def _clear(self, member: FleetMember, watch: Watch) -> None:
        """Rule 3; whether that succeeds does not keep it from being tested."""
        if member.cloud.os_cloud is None or "tempest-conf" in member.cloud.options:
            return
        for _ in self._events(self._command.clear(member, self._held.due)):
            pass
        watch.progress = "what an earlier attempt left is removed"

    def _tested(self, member: FleetMember, watch: Watch) -> tuple[MemberProgress, str]:
        log, tally, has_verdict = member_log(self._folder), MemberTally(), False
        length = log.stat().st_size if log.exists() else 0
        command = self._command.run
        if self._run_folder.is_begun:
            words = command.resume(self._folder)
        else:
            words = command.begin(member, shared_options(self._held.terms), self._folder)
        for line in self._events(words):
            event = event_in(line)
            has_verdict = has_verdict or (event is not None and event["event"] == "verdict")
            if event is not None:
                tally.hear(event)
                watch.progress = str(tally)
        end = MemberEnd(
            status=self._status,
            progress=command.progress_of(self._status),
            has_verdict=has_verdict,
            folder=str(self._folder) if self._run_folder.is_begun else None,
            last_words=last_sentence(log, length),
        )
        return conclude_member(end)

    _status: int | None = None

    def _events(self, words: Sequence[str]) -> Iterator[bytes]:
        """What a command says; its status afterwards."""
        self._status = None
        with member_log(self._folder).open("ab") as log:
            if self._stopped.is_set():
                return
            self._leash = Leash(words, self._environment(), self._folder.parent, log)
            if self._stopped.is_set():  # while it was begun
                self._leash.let_go()
            yield from self._leash.lines(_LONGEST_LINE)
            self._status = self._leash.wait()
            self._leash = None

    def _environment(self) -> Mapping[str, str]:
        """The token of the runner is none of a suite's business."""
        file = None if self._cloud is None else self._cloud.file
        own = {name: value for name, value in os.environ.items() if name != "CERTMARK_TOKEN"}
        return own if file is None else {**own, CONFIG_FILE: str(file)}

    def _sent(self, result: str, watch: Watch) -> OrderedEnd | None:
        """Rule 4."""
        watch.progress = "its evidence is sent"
        while not watch.is_lost:
            try:
                if self._command.sign is not None and not self._run_folder.is_signed:
                    self._command.sign(self._folder)
                request = self._command.submission(self._folder, self._held.terms)
                return OrderedEnd("done", result, submit(request, None, self._listen).id, "")
            except ServerAway as error:
                self._listen(Remark(f"{self._held.terms.cloud}: {error}; its evidence is sent again"))
                time.sleep(_PAUSE)
            except (InvalidRequest, InvalidInput, CannotProceed) as error:
                return OrderedEnd("done", "not tested", None, f"its evidence was not taken: {error}"[:500])
        return None

    def tidy(self) -> None:
        """Rule 5, once the server has it."""
        remove(self._folder)


def shared_options(terms: OrderTerms) -> dict[str, tuple[str, ...]]:
    """What an order asks of a run, as options of one."""
    asked = {
        "guideline": terms.guideline,
        "suite": terms.suite,
        "tempest": terms.suite_version,
        "workers": terms.workers,
    }
    return {name: (str(value),) for name, value in asked.items() if value is not None}


def remove(folder: Path) -> None:
    """A run's folder and its log."""
    shutil.rmtree(folder, ignore_errors=True)
    member_log(folder).unlink(missing_ok=True)


def tidy_old(home: Path) -> None:
    """Remove what is older than a week and nobody holds."""
    for log in home.glob("*.log"):
        folder = log.with_suffix("")
        with suppress(OSError):
            if log.stat().st_mtime < time.time() - _WEEK and not is_held(RunFolder(folder).lock):
                remove(folder)

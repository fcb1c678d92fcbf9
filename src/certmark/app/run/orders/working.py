"""A runner at work: it asks a server for what is due, and carries out as much side by side as it may.

1. Asked to end once, it takes nothing more and ends what it has (drained). Asked twice, its runs end in order and go on
   later, here or elsewhere. Asked three times, everything ends at once.
2. One process at a time is the runner of a name on a machine; what an earlier one left is taken up when the server
   gives it out again.
3. A server that does not answer is asked again; one that refuses ends the runner.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.remote import ServerRequest, connection_of
from certmark.app.run.orders.clouds import RunnerCloud, read_clouds
from certmark.app.run.orders.ordered import OrderedCommand, OrderedEnd, OrderedRun, tidy_old
from certmark.app.run.orders.watching import Watch
from certmark.client.connection import ServerAway, ServerRefused, ServerRefusedInput
from certmark.client.runners import HeldAssignment, RemoteOrders, RunnerOffer
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.places import state_home
from certmark.runner.fleet.liveness import Address
from certmark.runner.locks import locked
from certmark.runner.signals import interrupts
from certmark.version import __version__

_LOOK = 0.2
_PAUSE = 2.0


@dataclass(frozen=True, kw_only=True)
class RunnerRequest:
    """What a runner is, and for whom."""

    server: ServerRequest
    name: str
    clouds: Path
    """A folder of credentials, or the file of a fleet."""
    command: OrderedCommand
    vendor: str | None = None
    """Whose orders; None: the token's vendor, else the programme's."""
    labels: tuple[str, ...] = ()
    at_once: int = 2
    every: float = 10.0
    """Seconds between two questions whether something is due."""
    is_draining: bool = False
    """End once nothing is due."""
    home: Path | None = None
    """Where runs are kept; None: beside the other ones."""


class RunnerTally(NamedTuple):
    """What a runner did."""

    done: int
    lost: int
    """Assignments that it did not end: others have them, or they go on later."""


def work(request: RunnerRequest, listen: Listener) -> RunnerTally:
    """Work until somebody asks for an end. Raises InvalidRequest, FormatError, CannotProceed or OSError."""
    home = request.home or state_home() / "runners" / request.name
    read_clouds(request.clouds)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(home / "lock", f"the runner {request.name}") as gone:
        if gone:
            listen(Remark(gone))
        tidy_old(home)
        return _Work(request, home, listen).run()


class _Work:
    """The assignments that a runner has."""

    def __init__(self, request: RunnerRequest, home: Path, listen: Listener) -> None:
        self._request, self._home, self._listen = request, home, listen
        self._running: dict[str, tuple[threading.Thread, OrderedRun]] = {}
        self._addresses: dict[str, Address] = {}
        """Of the clouds that are tested now: two names of one cloud come one after the other."""
        self._done, self._lost = 0, 0
        self._is_silent, self._is_idle = False, False

    def run(self) -> RunnerTally:
        """Until it is asked to end."""
        orders, due, passed_on = RemoteOrders(connection_of(self._request.server)), 0.0, 0
        with interrupts() as stops:
            try:
                while self._running or not (stops or (self._request.is_draining and self._is_idle)):
                    if len(stops) > passed_on:
                        passed_on = len(stops)
                        self._end(passed_on)
                    if not stops and self._is_free() and time.monotonic() >= due:
                        due = time.monotonic() + (0.0 if self._claim(orders) else self._request.every)
                    self._reap()
            finally:
                for _, ordered in self._running.values():
                    ordered.stop(at_once=True)
        return RunnerTally(self._done, self._lost)

    def _is_free(self) -> bool:
        return len(self._running) < self._request.at_once and not (self._is_idle and self._request.is_draining)

    def _end(self, times: int) -> None:
        """Rule 1."""
        if times == 1:
            self._listen(Remark(f"takes nothing more; {len(self._running)} at work"))
            return
        for _, ordered in list(self._running.values()):
            ordered.stop(at_once=times > 2)

    def _reap(self) -> None:
        time.sleep(_LOOK) if not self._running else next(iter(self._running.values()))[0].join(_LOOK)
        self._running = {key: one for key, one in self._running.items() if one[0].is_alive()}
        self._addresses = {key: one for key, one in self._addresses.items() if key in self._running}

    def _claim(self, orders: RemoteOrders) -> bool:
        """Ask for something; whether there was something. Raises ServerRefused."""
        clouds, asked = self._clouds(), time.monotonic()
        busy = {one for one in self._addresses.values() if one.url}
        free = sorted(name for name, one in clouds.items() if one.address not in busy)
        offer = RunnerOffer(self._request.vendor, self._request.name, self._request.labels, free, __version__)
        try:
            answer = orders.claim(offer)
        except ServerAway as error:
            if not self._is_silent:
                self._listen(Remark(f"{error}; it is asked again"))
            self._is_silent = True
            return False
        self._is_silent, self._is_idle = False, answer.held is None and not busy
        if answer.held is None:
            return False
        self._begin(orders, answer.held, clouds.get(answer.held.terms.cloud), (answer.lease, asked))
        return True

    def _clouds(self) -> Mapping[str, RunnerCloud]:
        """As they are now: whoever renews credentials replaces the files."""
        try:
            return read_clouds(self._request.clouds)
        except (InvalidRequest, InvalidInput, CannotProceed, OSError) as error:
            self._listen(Remark(f"no cloud can be tested now: {error}"))
            return {}

    def _begin(
        self, orders: RemoteOrders, held: HeldAssignment, cloud: RunnerCloud | None, lease: tuple[float, float]
    ) -> None:
        self._listen(Remark(f"{held.terms.cloud}: {held.terms.program}, attempt {held.attempt}"))
        ordered = OrderedRun(held, cloud, self._home, self._request.command, self._listen)
        watch = Watch(orders, held, lease, ordered.stop)
        thread = threading.Thread(target=self._carry_out, args=(orders, held, ordered, watch), daemon=True)
        self._running[held.id] = (thread, ordered)
        self._addresses[held.id] = Address("") if cloud is None else cloud.address
        thread.start()

    def _carry_out(self, orders: RemoteOrders, held: HeldAssignment, ordered: OrderedRun, watch: Watch) -> None:
        with watch:
            try:
                end = ordered.carry_out(watch)
            except (OSError, CannotProceed, InvalidInput, InvalidRequest) as error:
                end = OrderedEnd("done", "not tested", None, f"on the runner: {error}"[:500])
            is_told = end is not None and _tell(orders, held, end, watch)
        self._done, self._lost = self._done + is_told, self._lost + (not is_told)
        if end is None or not is_told:
            self._listen(
                Remark(f"{held.terms.cloud}: {'another runner has it' if watch.is_lost else 'it goes on later'}")
            )
            return
        if end.run is not None:
            ordered.tidy()
        self._listen(Remark(f"{held.terms.cloud}: {end.result or end.state}{end.reason and f' ({end.reason})'}"))


def _tell(orders: RemoteOrders, held: HeldAssignment, end: OrderedEnd, watch: Watch) -> bool:
    """Say what came of it until it is heard; False: it is somebody else's."""
    reason = "".join(sign if sign.isprintable() else " " for sign in end.reason)[:500]
    while not watch.is_lost:
        try:
            orders.end(held, end.state, end.result, end.run, reason)
        except ServerAway:
            time.sleep(_PAUSE)
        except (ServerRefused, ServerRefusedInput):
            return False
        else:
            return True
    return False

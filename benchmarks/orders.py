"""A hundred clouds on ten runners, for a night: what a claim costs, how long the night is, and what deaths cost.

    python benchmarks/orders.py [CLOUDS] [RUNNERS]

The server's services run on a real SQLite database; runners, tests and the clock are simulated. Each runner has two
tests at a time of 20 to 60 minutes, and dies once in ten hours on average, for five minutes. Printed: the length of
the night beside the least that is possible, attempts, takeovers, and the CPU time of one claim and of one word.
"""

from __future__ import annotations

import dataclasses
import heapq
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from certmark.domain.orders.assignments import AssignmentEnd, AssignmentResult, AssignmentState
from certmark.domain.orders.terms import OrderTerms
from certmark.domain.permissions import Role
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import offices, orders, runners
from certmark.server.services.context import Services
from certmark.server.services.errors import WrongState
from certmark.server.services.runners import AboutRunner
from certmark.server.settings import read_settings
from certmark.server.store.orders import PROGRAMME

S = 1_000_000
SLOTS, BEAT, POLL = 2, 15 * S, 10 * S
DEAD, LIFE = 300 * S, 36_000
ENDED = AssignmentEnd(AssignmentState.DONE, AssignmentResult.NOT_TESTED, None, "simulated")


class AtWork(NamedTuple):
    """A test that a simulated runner has."""

    assignment: bytes
    attempt: int
    until: int


class Night:
    """The simulation."""

    def __init__(self, services: Services, clouds: int, count: int) -> None:
        self._random = random.Random(22)  # noqa: S311 - the same night each time
        self.now = 1_795_914_000 * S
        self._services = dataclasses.replace(services, clock=lambda: self.now)
        self._office = Asker(add_identity(services, "office"), "office", EVERYTHING)
        offices.appoint(services, "office", frozenset({Role.OFFICE}), "")
        self._names = tuple(f"cloud-{number}" for number in range(clouds))
        self._length = {name: self._random.randint(1200, 3600) * S for name in self._names}
        self._orders = [self._order(name) for name in self._names]
        self._work: dict[int, list[AtWork]] = {number: [] for number in range(count)}
        self._queue = [(self.now + number * S, number) for number in range(count)]
        self._dead: dict[int, int] = {}
        self.claims: list[float] = []
        self.words: list[float] = []
        self.attempts = self.done = 0

    def _order(self, name: str) -> bytes:
        terms = OrderTerms(name, name, "compute", attention=False)
        order = orders.add(self._services, self._office, PROGRAMME, terms, "by hand", 1440).order.id
        return orders.start(self._services, self._office, order).order.id

    def run(self) -> int:
        """Until every order is at its end; how long that took, in microseconds."""
        began, last = self.now, self.now
        while self.done < len(self._names):
            self.now, runner = heapq.heappop(self._queue)
            if self._random.random() < BEAT / S / LIFE:
                self._work[runner], self._dead[runner] = [], self.now + DEAD
            if self._dead.get(runner, 0) <= self.now:
                before = self.done
                self._turn(runner)
                last = self.now if self.done > before else last
            heapq.heappush(self._queue, (self.now + (BEAT if len(self._work[runner]) == SLOTS else POLL), runner))
        return last - began

    def _turn(self, runner: int) -> None:
        self._work[runner] = [one for one in self._work[runner] if self._goes_on(one)]
        while len(self._work[runner]) < SLOTS and self._claim(runner):
            pass

    def _goes_on(self, one: AtWork) -> bool:
        began = time.process_time()
        try:
            if one.until <= self.now:
                runners.end(self._services, self._office, one.assignment, one.attempt, ENDED)
                self.done += 1
                return False
            runners.tell(self._services, self._office, one.assignment, one.attempt, "12 of 58 tests")
        except WrongState:
            return False
        self.words.append(time.process_time() - began)
        return True

    def _claim(self, runner: int) -> bool:
        about = AboutRunner(f"runner-{runner}", (), self._names, "1.0")
        began = time.process_time()
        found = runners.claim(self._services, self._office, None, about).found
        self.claims.append(time.process_time() - began)
        if found is None:
            return False
        self.attempts += 1
        one = found.assignment
        self._work[runner].append(AtWork(one.id, one.attempt, self.now + self._length[one.cloud]))
        return True

    @property
    def least(self) -> float:
        """Hours, if nobody died and all slots were full to the end."""
        return sum(self._length.values()) / S / 3600 / SLOTS / len(self._work)


def main() -> None:
    """Print the figures."""
    clouds, count = map(int, sys.argv[1:3] or (100, 10))
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(None, {}, data=str(Path(folder) / "data"))
        create(settings)
        with services_of(settings) as services:
            night = Night(services, clouds, count)
            took = night.run() / S / 3600
    print(f"{clouds} clouds on {count} runners: {took:.2f} h, of which {night.least:.2f} h are testing in full slots")
    print(f"attempts: {night.attempts}, of which {night.attempts - clouds} after a runner's death")
    for name, times in (("a claim", night.claims), ("a word", night.words)):
        ordered = sorted(times)
        worst = ordered[int(len(ordered) * 0.99)] * 1000
        print(
            f"{name}: {statistics.median(times) * 1000:.2f} ms in the middle, {worst:.2f} ms at 99 %, of {len(times):,}"
        )


if __name__ == "__main__":
    main()

"""Questions about all shared runs at once: the easy way to the history and to what is asked of it.

    asked = corpus.asked(services, asker, "vendor:acme since:2026-01-01", guideline="2026.11", program="object")
    asked.counts()                the runs for which the query holds, by what they come to
    asked.newest(50)              their ids
    asked.rates_of_tests()        …

1. All answers of one `AskedRuns` are of one moment. Ask anew for each page: it is cheap while nothing changes.
2. Runs are judged by the guideline and program that are named, without waivers; where none is named, `status:` is the
   verdict that was found when the run came, and what needs a judge raises InvalidRequest.
3. What was worked out is held while the history stays as it is, by the query and by what is judged by.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

from certmark.corpus import answers
from certmark.corpus.answers import (
    Blocker,
    CapabilityRate,
    RateOfTest,
    StandingCounts,
    TrendPoint,
    WhatIf,
)
from certmark.corpus.asking import runs_for
from certmark.corpus.bits import Words, indices_of, size_of
from certmark.corpus.flakes import Flakes, flakes
from certmark.corpus.history import RunFacts, Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.policies import POLICIES
from certmark.domain.programs import find_program
from certmark.domain.queries.reading import read_query
from certmark.domain.queries.tree import EveryTerm, Query
from certmark.server.asking import Asker
from certmark.server.reading.homes import homes_at_hand, named_elsewhere
from certmark.server.services import guidelines
from certmark.server.services.context import Services
from certmark.server.services.read_guidelines import guideline_of

_T = TypeVar("_T")


@dataclass(frozen=True)
class AskedRuns:
    """The shared runs for which a query holds, at one moment."""

    snapshot: Snapshot
    query: Query
    within: Words
    """The runs, as bits (`corpus.bits`)."""
    judge: Judge | None
    """Rule 2."""
    today: dt.date

    @property
    def size(self) -> int:
        """How many runs."""
        return size_of(self.within)

    def newest(self, most: int, behind: int = 0) -> list[RunFacts]:
        """The newest of them, but for the first `behind`."""
        runs = indices_of(self.within)
        order = sorted(runs.tolist(), key=lambda run: (-int(self.snapshot.created[run]), run))
        return [self.snapshot.facts_of(run) for run in order[behind : behind + most]]

    def counts(self) -> StandingCounts:
        """How many came to what; without a judge by their own verdicts, where there are any."""
        if self.judge is None:
            return answers.recorded(self.snapshot, self.within)
        return answers.who_passes(self.judge, self.within)

    def rates_of_tests(self) -> list[RateOfTest]:
        """How often each test came to what."""
        return self._once("rates", lambda: answers.rates_of_tests(self.snapshot, self.within))

    def rates_of_capabilities(self) -> list[CapabilityRate]:
        """How often each capability of the program came to what."""
        judge = self._judge()
        return self._once("capabilities", lambda: answers.rates_of_capabilities(judge, self.within))

    def blockers(self) -> list[Blocker]:
        """The required tests that keep most runs from passing, those first that do it alone."""
        judge = self._judge()
        return self._once("blockers", lambda: answers.blockers(judge, self.within))

    def flakes(self) -> Flakes:
        """What flips without a change of the cloud: of the test, or of one cloud."""
        return self._once("flakes", lambda: flakes(self.snapshot, self.within))

    def months(self, number: int) -> list[TrendPoint]:
        """What the runs of each of the last `number` months came to; the last is this month."""
        return answers.trend_by_month(self._judge(), number, self.today, self.within)

    def what_if(self, other: Judge) -> WhatIf:
        """What changes where the same runs are judged by another yardstick (`judge_of`)."""
        return answers.what_if(self._judge(), other, self.within)

    def _judge(self) -> Judge:
        if self.judge is None:
            raise InvalidRequest("say by which guideline and program runs are judged")
        return self.judge

    def _once(self, what: str, work: Callable[[], _T]) -> _T:
        return self.snapshot.once((what, repr(self.query), _key(self.judge)), work)


def snapshot(services: Services, asker: Asker) -> Snapshot:
    """All shared runs as they are now. Raises NotPermitted or DatabaseAway."""
    return services.history.caught_up(asker)


def asked(
    services: Services,
    asker: Asker,
    query: str | Query = "",
    guideline: str | None = None,
    program: str | None = None,
    policy: str | None = None,
) -> AskedRuns:
    """The runs for which a query holds; `guideline` is an id or a digest.

    Raises InvalidRequest (`queries.reading.InvalidQuery` says where), NotFound, NotPermitted or DatabaseAway.
    """
    # Terms of different kinds are equal as tuples, and so no keys.
    term = query if not isinstance(query, str) else read_query(query) if query.strip() else EveryTerm()
    found = services.history.caught_up(asker)
    meant = None if guideline is None else yardstick(services, guideline, program, policy)
    judge = None if meant is None else judge_of(found, meant)
    within = found.once(("runs", repr(term), _key(judge)), lambda: runs_for(term, found, judge))
    today = dt.datetime.fromtimestamp(services.clock() / 1e6, dt.UTC).date()
    return AskedRuns(found, term, within, judge, today)


def judge_of(history: Snapshot, meant: Yardstick) -> Judge:
    """A judge of all these runs; the same one for the same yardstick. Raises NotOverTheHistory."""
    return history.once(("judge", _of(meant)), lambda: Judge(history, meant))


def yardstick(services: Services, guideline: str, program: str | None = None, policy: str | None = None) -> Yardstick:
    """A program of a guideline that the server has; where it has one only, nobody needs to name it.

    Raises NotFound or InvalidRequest.
    """
    _, document = guideline_of(services, guideline)
    if program is None and len(document.programs) != 1:
        names = ", ".join(one.name for one in document.programs)
        raise InvalidRequest(f"{document.id} has several programs: {names}; name one")
    chosen = document.programs[0] if program is None else find_program(document, program)
    if policy is not None and policy not in POLICIES:
        raise InvalidRequest(f"there is no policy {policy[:80]!r}; name one of {', '.join(POLICIES)}")
    hosts: tuple[Guideline, ...] = ()
    if named_elsewhere(chosen):
        homes = homes_at_hand(chosen, guidelines.at_hand(services))
        hosts = tuple(guideline_of(services, one.sha256)[1] for one in homes)
    return Yardstick(document, chosen, None if policy is None else POLICIES[policy], hosts)


def _key(judge: Judge | None) -> Hashable:
    return None if judge is None else _of(judge.plan.yardstick)


def _of(meant: Yardstick) -> Hashable:
    hosts = tuple(host.sha256 for host in meant.hosts)
    return meant.guideline.sha256, meant.program.name, meant.policy, hosts

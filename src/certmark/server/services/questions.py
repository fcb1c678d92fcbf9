"""What is asked of the history of shared runs: a query, and by what runs are judged meanwhile.

1. Whoever may see shared runs may ask; private runs are in no answer.
2. Where a guideline is named, runs stand as its program judges them; else as they were judged when they came.
3. A question is bounded: by its length and depth, as every query is, and by what its parts cost together.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from certmark.corpus.asking import runs_for
from certmark.corpus.bits import Indices, Words, indices_of, size_of
from certmark.corpus.history import RunFacts, Snapshot
from certmark.corpus.judging import Judge, Standings
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.programs import find_program, listed
from certmark.domain.queries.reading import read_query
from certmark.domain.queries.tree import CapabilityTerm, CountTerm, FlakyTerm, Query, parts_of
from certmark.domain.queries.writing import narrowed, written
from certmark.domain.verdict_values import Standing
from certmark.server.asking import Asker
from certmark.server.reading.homes import homes_at_hand
from certmark.server.services import guidelines
from certmark.server.services.context import Services
from certmark.server.services.read_guidelines import guideline_in
from certmark.server.services.shared_history import SharedHistory
from certmark.server.store import guidelines as stored
from certmark.server.store.guidelines import Revision

_JUDGES: WeakKeyDictionary[Snapshot, dict[tuple[str, str], Judge]] = WeakKeyDictionary()
_GUARD = Lock()
_COSTS = {FlakyTerm: 40, CountTerm: 4, CapabilityTerm: 4}
"""Of parts that cost more than one."""
_MOST_COSTS = 100
MOST_AT_ONCE = 200
"""Runs of a page."""


class Question(NamedTuple):
    """What is asked."""

    query: str = ""
    guideline: str | None = None
    """An id, whose newest revision is meant, or the SHA-256 of a text."""
    program: str | None = None
    """None: the only one of the guideline."""


class Asked(NamedTuple):
    """A question, put to the history as it stands."""

    query: Query
    snapshot: Snapshot
    judge: Judge | None
    """None: no guideline was named."""
    revision: Revision | None
    runs: Words
    """For which the query holds."""

    @property
    def text(self) -> str:
        """The query as it is written."""
        return written(self.query)

    @property
    def program(self) -> str | None:
        """By which runs are judged."""
        return None if self.judge is None else self.judge.plan.yardstick.program.name

    @property
    def count(self) -> int:
        """How many runs."""
        return size_of(self.runs)

    def standings(self) -> Standings:
        """What all runs came to (rule 2); those of which nothing is recorded are not judged."""
        if self.judge is not None:
            return self.judge.standings()
        found = [self.snapshot.with_standing(one) for one in (Standing.PASS, Standing.FAIL, Standing.INCOMPLETE)]
        return Standings(*found, self.snapshot.everything & ~(found[0] | found[1] | found[2]))

    def narrowed(self, part: str) -> str:
        """The query that holds where this one does, and `part` as well; an outcome may be written behind it."""
        return narrowed(self.query, part)


def ask(services: Services, asker: Asker, question: Question) -> Asked:
    """Put a question. Raises NotPermitted, NotFound, QueryMistake, InvalidRequest or FormatError."""
    query = read_query(question.query)
    _check_cost(query)
    snapshot = history_of(services).caught_up(asker)
    judge, revision = None, None
    if question.guideline is not None:
        revision, judge = judge_of(services, snapshot, question.guideline, question.program)
    elif question.program is not None:
        raise InvalidRequest("say which guideline is meant by the program; else ask for program:NAME in the query")
    return Asked(query, snapshot, judge, revision, runs_for(query, snapshot, judge))


_HISTORIES: WeakKeyDictionary[Any, SharedHistory] = WeakKeyDictionary()


def history_of(services: Services) -> SharedHistory:
    """The one of this server."""
    with _GUARD:
        return _HISTORIES.setdefault(services.database, SharedHistory(services))


def _check_cost(query: Query) -> None:
    """Rule 3. Raises InvalidRequest."""
    if sum(_COSTS.get(type(part), 1) for part in parts_of(query)) > _MOST_COSTS:
        raise InvalidRequest("the query asks for too much at once; leave parts out, first of all flaky and count()")


def known_guidelines(services: Services) -> list[str]:
    """The ids of those that are here, the latest first."""
    with services.database.read() as transaction:
        return list(dict.fromkeys(one.id for one in reversed(stored.every(transaction))))


def judge_of(services: Services, snapshot: Snapshot, named: str, program: str | None) -> tuple[Revision, Judge]:
    """Who judges by a guideline that is here; held as long as the snapshot is. Raises NotFound or InvalidRequest."""
    revision = guidelines.revision_of(services, named)
    yardstick = yardstick_of(services, guideline_with(services, revision), program)
    key = (revision.digest.hex(), yardstick.program.name)
    with _GUARD:
        known = _JUDGES.setdefault(snapshot, {})
        found = known.get(key)
    if found is None or found.plan.known != len(snapshot.tests):
        found = Judge(snapshot, yardstick)
        with _GUARD:
            known[key] = found
    return revision, found


def yardstick_of(services: Services, guideline: Guideline, program: str | None) -> Yardstick:
    """A program of a guideline, with the guidelines that it names. Raises InvalidRequest."""
    chosen = _program(guideline, program)
    at_hand = guidelines.at_hand(services) if any(one.source for one in (*chosen.requires, *chosen.components)) else ()
    homes = (guidelines.revision_of(services, one.sha256) for one in homes_at_hand(chosen, at_hand))
    return Yardstick(guideline, chosen, hosts=tuple(guideline_with(services, home) for home in homes))


def _program(guideline: Guideline, program: str | None) -> Program:
    if program is not None:
        return find_program(guideline, program)
    if len(guideline.programs) != 1:
        raise InvalidRequest(f"{guideline.id} has several programs: {listed(guideline.programs)}; name one")
    return guideline.programs[0]


def guideline_with(services: Services, revision: Revision) -> Guideline:
    """A revision as a value. Raises FormatError."""
    return guideline_in(services, revision)


class FoundRun(NamedTuple):
    """A run, as the history knows it."""

    facts: RunFacts
    standing: Standing | None
    """Rule 2; None: it was never judged."""


class FoundRuns(NamedTuple):
    """A page, the newest first."""

    runs: list[FoundRun]
    behind: tuple[int, bytes] | None
    """Of the last one, where there are more."""


def page(asked: Asked, behind: tuple[int, bytes] | None, most: int) -> FoundRuns:
    """Runs for which a query holds."""
    chosen = _newest(asked, behind, most + 1)
    found = [FoundRun(asked.snapshot.facts_of(run), standing_of(asked, run)) for run in chosen[:most].tolist()]
    further = found[-1].facts if len(chosen) > most else None
    return FoundRuns(found, None if further is None else (further.created, further.id))


def standing_of(asked: Asked, run: int) -> Standing | None:
    """What one run came to (rule 2)."""
    if asked.judge is None:
        return asked.snapshot.facts_of(run).standing
    standings = asked.standings()
    names = (Standing.PASS, Standing.FAIL, Standing.INCOMPLETE, Standing.NOT_APPLICABLE)
    bit = np.uint64(1 << (run & 63))
    return next((name for name, words in zip(names, standings, strict=True) if words[run >> 6] & bit), None)


def _newest(asked: Asked, behind: tuple[int, bytes] | None, most: int) -> Indices:
    """By moment and id, later ones first; of many only those that are near the front are put in order."""
    indices = indices_of(asked.runs)
    created = asked.snapshot.created[indices]
    if behind is not None:
        is_left = created <= behind[0]
        indices, created = indices[is_left], created[is_left]
    same = 0 if behind is None else int((created == behind[0]).sum())
    if len(indices) > most + same:
        bound = np.partition(created, len(created) - most - same)[len(created) - most - same]
        indices = indices[created >= bound]
    facts = ((int(run), asked.snapshot.facts_of(int(run))) for run in indices)
    keys = sorted(((one.created, one.id, run) for run, one in facts), reverse=True)
    found = [run for moment, identity, run in keys if behind is None or (moment, identity) < behind]
    return np.array(found[:most], np.int64)

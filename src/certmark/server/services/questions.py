"""What is asked of the history of shared runs: a query, and by what runs are judged meanwhile.

1. Whoever may see shared runs may ask; private runs are in no answer.
2. Where a guideline is named, runs stand as its program judges them; else as they were judged when they came.
3. A question is bounded: by its length and depth, as every query is, and by what its parts cost together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from certmark.corpus.bits import Indices, Words, indices_of, size_of
from certmark.corpus.history import RunFacts, Snapshot
from certmark.corpus.judging import Judge, Standings
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.programs import find_program
from certmark.domain.queries.reading import read_query
from certmark.domain.queries.tree import CapabilityTerm, CountTerm, FlakyTerm, Query, parts_of
from certmark.domain.queries.writing import narrowed, written
from certmark.domain.verdict_values import Standing
from certmark.server.asking import Asker
from certmark.server.reading.homes import homes_at_hand, named_elsewhere
from certmark.server.services import corpus, guidelines
from certmark.server.services.context import Services
from certmark.server.services.corpus import AskedRuns
from certmark.server.services.read_guidelines import guideline_of

_COSTS = {FlakyTerm: 40, CountTerm: 4, CapabilityTerm: 4}
"""Of parts that cost more than one."""
_MOST_COSTS = 100
_LATEST = 4096
"""Runs that are put in order one by one."""


class Question(NamedTuple):
    """What is asked."""

    query: str = ""
    guideline: str | None = None
    """An id, whose newest revision is meant, or the SHA-256 of a text."""
    program: str | None = None
    """None: the only one of the guideline."""


@dataclass(frozen=True)
class AskedQuestion:
    """A question, put to the history as it stands."""

    found: AskedRuns

    @property
    def query(self) -> Query:
        """As it was read."""
        return self.found.query

    @property
    def snapshot(self) -> Snapshot:
        """The history of that moment."""
        return self.found.snapshot

    @property
    def judge(self) -> Judge | None:
        """None: no guideline was named."""
        return self.found.judge

    @property
    def runs(self) -> Words:
        """For which the query holds."""
        return self.found.within

    @property
    def text(self) -> str:
        """The query as it is written."""
        return written(self.query)

    @property
    def guideline(self) -> str | None:
        """The SHA-256 of the text by which runs are judged."""
        return None if self.judge is None else self.judge.plan.yardstick.guideline.sha256

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
        decided = (Standing.PASS, Standing.FAIL, Standing.INCOMPLETE)
        passed, failed, incomplete = (self.snapshot.with_standing(one) for one in decided)
        return Standings(passed, failed, incomplete, self.snapshot.everything & ~(passed | failed | incomplete))

    def narrowed(self, part: str) -> str:
        """The query that holds where this one does, and `part` as well; an outcome may be written behind it."""
        return narrowed(self.query, part)


def ask(services: Services, asker: Asker, question: Question) -> AskedQuestion:
    """Put a question. Raises NotPermitted, NotFound, QueryMistake, InvalidRequest or FormatError."""
    query = read_query(question.query)
    _check_cost(query)
    if question.guideline is None and question.program is not None:
        raise InvalidRequest("say which guideline is meant by the program; else ask for program:NAME in the query")
    return AskedQuestion(corpus.asked(services, asker, query, question.guideline, question.program))


def _check_cost(query: Query) -> None:
    """Rule 3. Raises InvalidRequest."""
    if sum(_COSTS.get(type(part), 1) for part in parts_of(query)) > _MOST_COSTS:
        raise InvalidRequest("the query asks for too much at once; leave parts out, first of all flaky and count()")


def known_guidelines(services: Services) -> list[str]:
    """The ids of those that are here, the latest first."""
    return list(dict.fromkeys(one.id for one in reversed(guidelines.known(services))))


def yardstick_of(services: Services, guideline: Guideline, program: str) -> Yardstick:
    """A program of a guideline that need not be here, with those that it names and that are. Raises InvalidRequest."""
    chosen = find_program(guideline, program)
    homes = homes_at_hand(chosen, guidelines.at_hand(services)) if named_elsewhere(chosen) else ()
    return Yardstick(guideline, chosen, hosts=tuple(guideline_of(services, one.sha256)[1] for one in homes))


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


def page(asked: AskedQuestion, behind: tuple[int, bytes] | None, most: int) -> FoundRuns:
    """Runs for which a query holds."""
    chosen = _newest(asked, behind, most + 1)
    found = [FoundRun(asked.snapshot.facts_of(run), standing_of(asked, run)) for run in chosen[:most].tolist()]
    further = found[-1].facts if len(chosen) > most else None
    return FoundRuns(found, None if further is None else (further.created, further.id))


def standing_of(asked: AskedQuestion, run: int) -> Standing | None:
    """What one run came to (rule 2)."""
    if asked.judge is None:
        return asked.snapshot.facts_of(run).standing
    standings = asked.standings()
    names = (Standing.PASS, Standing.FAIL, Standing.INCOMPLETE, Standing.NOT_APPLICABLE)
    bit = np.uint64(1 << (run & 63))
    return next((name for name, words in zip(names, standings, strict=True) if words[run >> 6] & bit), None)


def _newest(asked: AskedQuestion, behind: tuple[int, bytes] | None, most: int) -> Indices:
    """By moment and id, later ones first; of many only those that are near the front are put in order."""
    indices = indices_of(asked.runs)
    created = asked.snapshot.created[indices]
    if behind is not None:
        is_left = created <= behind[0]
        indices, created = indices[is_left], created[is_left]
    wanted = most if behind is None else most + int((created == behind[0]).sum())
    for few in (_LATEST, len(created)):  # what came last is mostly the newest
        sample = created[-few:]
        if wanted < len(sample):
            bound = np.partition(sample, len(sample) - wanted)[len(sample) - wanted]
            is_near = created >= bound
            indices, created = indices[is_near], created[is_near]
        if len(indices) <= _LATEST:
            break
    facts = ((int(run), asked.snapshot.facts_of(int(run))) for run in indices)
    keys = sorted(((one.created, one.id, run) for run, one in facts), reverse=True)
    found = [run for moment, identity, run in keys if behind is None or (moment, identity) < behind]
    return np.array(found[:most], np.int64)

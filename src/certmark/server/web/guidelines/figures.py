"""Numbers over the shared runs beside what guidelines say; each with the query whose answer it counts.

1. A number is counted by the same service as its query (`services.numbers`), so both are equal.
2. A share is of the runs that passed or failed; whoever shows it shows the counts as well.
3. Where whoever asks may not see shared runs, or a program cannot be judged over the history, there are no numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from certmark.corpus.answers import StandingCounts
from certmark.corpus.yardsticks import NotOverTheHistory
from certmark.domain.errors import InvalidInput
from certmark.domain.guidelines import Program
from certmark.domain.queries.tree import AnyTerm, CapabilityTerm, Query, Word, WordTerm
from certmark.domain.queries.writing import written
from certmark.domain.verdict_values import Standing
from certmark.server.services import numbers, questions
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted
from certmark.server.services.questions import AskedQuestion, Question
from certmark.server.store.guidelines import Revision
from certmark.server.web.requests import PageRequest


class StandingFigure(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs came to what."""

    standing: str
    runs: int
    query: str


class RunFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What runs came to under a program of a guideline."""

    guideline: str
    """As `guideline=` of the search: its id, or the SHA-256 of an earlier text."""
    program: str
    runs: int
    query: str
    standings: tuple[StandingFigure, ...]
    share: float | None
    """Of the runs that passed or failed, those that passed; null: there are none."""


def history_tag(services: Services, asked: PageRequest) -> tuple[int, ...]:
    """What pages with numbers change with."""
    try:
        snapshot = services.history.caught_up(asked.asker)
    except NotPermitted:
        return ()
    created = snapshot.created
    return snapshot.runs, int(snapshot.everything.sum() & 0xFFFFFFFF), int(created[-1]) if len(created) else 0


def of_program(services: Services, asked: PageRequest, named: str, program: Program) -> RunFigures | None:
    """What runs that were made for the program came to."""
    words = list(dict.fromkeys((program.name, *program.aliases)))[:20]
    return _figures(services, asked, named, program, _any([WordTerm(Word.PROGRAM, word) for word in words]))


def of_capability(services: Services, asked: PageRequest, named: str, program: Program, key: str) -> RunFigures | None:
    """What the capability came to in runs that say something of it."""
    question = _asked(services, asked, Question(written(CapabilityTerm(key, None)), named, program.name))
    if question is None:
        return None
    rate = next((one.rate for one in numbers.capability_rates(question) if one.rate.key == key), None)
    if rate is None:
        return None
    queries = [question.narrowed(written(CapabilityTerm(key, standing))) for standing in _STANDINGS]
    return _told(named, program, question.count, question.text, rate.counts, queries)


_WORDS = ("pass", "fail", "incomplete")
_STANDINGS = (Standing.PASS, Standing.FAIL, Standing.INCOMPLETE)


def _figures(services: Services, asked: PageRequest, named: str, program: Program, query: Query) -> RunFigures | None:
    question = _asked(services, asked, Question(written(query), named, program.name))
    if question is None:
        return None
    queries = [numbers.query_of_standing(question, standing) for standing in _STANDINGS]
    return _told(named, program, question.count, question.text, numbers.standings(question), queries)


def _told(
    named: str, program: Program, runs: int, query: str, counts: StandingCounts, queries: Sequence[str]
) -> RunFigures:
    found = (counts.passed, counts.failed, counts.incomplete)
    judged = counts.passed + counts.failed
    return RunFigures(
        guideline=named,
        program=program.name,
        runs=runs,
        query=query,
        standings=tuple(
            StandingFigure(standing=word, runs=number, query=text)
            for word, number, text in zip(_WORDS, found, queries, strict=True)
        ),
        share=round(counts.passed / judged, 4) if judged else None,
    )


def _any(parts: list[Any]) -> Query:
    return parts[0] if len(parts) == 1 else AnyTerm(tuple(parts))


def _asked(services: Services, asked: PageRequest, question: Question) -> AskedQuestion | None:
    """Rule 3."""
    try:
        return questions.ask(services, asked.asker, question)
    except (NotPermitted, NotOverTheHistory, InvalidInput):
        return None


def named_for_search(revision: Revision, *, is_newest: bool) -> str:
    """How the search means this revision."""
    return revision.id if is_newest else revision.digest.hex()

"""Questionnaires: those that come along and those of the operator's folder; what people answer, and what it comes to.

1. Whoever is known may answer, once; while it is open the answer may be changed and taken back.
2. The programme office sees all answers, and nobody's name beside them; others see counts, once enough answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from certmark.domain.opinions import AnswerCounts
from certmark.domain.permissions import Right
from certmark.domain.questionnaires import FEWEST, Questionnaire
from certmark.formats.questionnaires import read_questionnaire
from certmark.server.asking import Asker
from certmark.server.services.changes import require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, WrongState
from certmark.server.services.moments import moment_of
from certmark.server.store import audit, opinions
from certmark.server.store.database import Transaction
from certmark.server.store.opinions import StoredAnswers

_ENDINGS = {".json", ".yaml", ".yml"}


class ShownQuestionnaire(NamedTuple):
    """A questionnaire, and what there is to say of it today."""

    questionnaire: Questionnaire
    is_open: bool
    answered: int
    counts: Mapping[str, Mapping[str, int]]
    """By questions and choices; empty: too few answered."""
    own: StoredAnswers | None


def every(services: Services) -> list[Questionnaire]:
    """All that are asked here, by their titles. Raises InvalidQuestionnaire or OSError."""
    own = services.settings.questionnaires
    shipped = files("certmark.data").joinpath("questionnaires")
    found = [read_questionnaire(one.read_bytes(), one.name) for one in shipped.iterdir() if one.name.endswith(".json")]
    found += [] if own is None else _in_folder(tuple((one, one.stat().st_mtime_ns) for one in sorted(own.iterdir())))
    return sorted({one.word: one for one in found}.values(), key=lambda one: one.title)


@lru_cache(maxsize=2)
def _in_folder(found: tuple[tuple[Path, int], ...]) -> list[Questionnaire]:
    """Files, each with when it was changed."""
    return [read_questionnaire(path.read_bytes(), path.name) for path, _ in found if path.suffix in _ENDINGS]


def named(services: Services, word: str) -> Questionnaire:
    """The one of this word. Raises NotFound."""
    found = next((one for one in every(services) if one.word == word), None)
    if found is None:
        raise NotFound(f"there is no questionnaire {word[:100]!r} here")
    return found


def show_all(services: Services, asker: Asker) -> list[ShownQuestionnaire]:
    """All of them, by their titles. Raises NotPermitted."""
    return [show(services, asker, one.word) for one in every(services)]


def show(services: Services, asker: Asker, word: str) -> ShownQuestionnaire:
    """Rule 2. Raises NotFound or NotPermitted."""
    found = named(services, word)
    with services.database.peek() as transaction:
        require(transaction, asker, Right.SEE_STATISTICS)
        answers = opinions.every_answer(transaction, word)
        own = None if asker.identity is None else opinions.answers_of(transaction, asker.identity, word)
    counts = found.counts(one.answers for one in answers) if len(answers) >= FEWEST else {}
    return ShownQuestionnaire(found, _is_open(services, found), len(answers), counts, own)


def answer(services: Services, asker: Asker, word: str, given: Mapping[str, str]) -> StoredAnswers:
    """Answer, or change one's answer. Raises NotFound, InvalidRequest, NotPermitted or WrongState."""
    found = named(services, word)
    new = StoredAnswers(found.checked(given), services.clock())
    with services.database.write() as transaction:
        opinions.answer(transaction, _answering(services, transaction, asker, found), word, new)
        audit.note(transaction, asker, "answer.put", word, new.moment)
    return new


def take_back(services: Services, asker: Asker, word: str) -> None:
    """Have answered nothing, if one did. Raises NotFound, NotPermitted or WrongState."""
    found = named(services, word)
    with services.database.write() as transaction:
        opinions.take_back(transaction, _answering(services, transaction, asker, found), word)
        audit.note(transaction, asker, "answer.remove", word, services.clock())


def table(services: Services, asker: Asker, word: str) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    """Columns and rows of every answer, without names, for the office. Raises NotFound or NotPermitted."""
    found = named(services, word)
    with services.database.peek() as transaction:
        require(transaction, asker, Right.SEE_ANSWERS)
        kept = opinions.every_answer(transaction, word)
    words = [one.word for one in found.questions]
    rows = [(moment_of(one.moment).date(), *(one.answers.get(word, "") for word in words)) for one in kept]
    return ("day", *words), rows


def as_evidence(services: Services, asker: Asker) -> list[AnswerCounts]:
    """What answers say of marks: counts of questions that speak for one. Raises NotPermitted."""
    return [
        AnswerCounts(question.asks, question.criterion, question.capabilities, one.counts[question.word])
        for one in show_all(services, asker)
        for question in one.questionnaire.questions
        if question.criterion is not None and question.word in one.counts
    ]


def _is_open(services: Services, found: Questionnaire) -> bool:
    return found.is_open(moment_of(services.clock()).date())


def _answering(services: Services, transaction: Transaction, asker: Asker, found: Questionnaire) -> bytes:
    """Rule 1."""
    require(transaction, asker, Right.GIVE_OPINION)
    assert asker.identity is not None  # noqa: S101 - who is not known does not come here
    if not _is_open(services, found):
        raise WrongState(f"{found.word} closed on {found.closes}")
    return asker.identity

"""Votes on tests, nominations, and answers to questionnaires."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from certmark.domain.opinions import Nomination, Vote
from certmark.server.store.database import Transaction
from certmark.server.store.schema import nominations, questionnaire_answers, runs, votes
from certmark.server.store.statements import Row, SqlStatement


class StoredNomination(NamedTuple):
    """A nomination, and whose it is."""

    id: bytes
    identity: bytes
    nomination: Nomination


class StoredAnswers(NamedTuple):
    """What somebody answered."""

    answers: Mapping[str, str]
    moment: int


_VOTE = insert(votes)
_PUT = SqlStatement(
    "votes.put",
    _VOTE.on_conflict_do_update(
        index_elements=["test", "identity"],
        set_={name: _VOTE.excluded[name] for name in ("is_for", "reason", "moment")},
    ),
)
_REMOVE = SqlStatement(
    "votes.remove",
    delete(votes).where(votes.c.test == bindparam("of"), votes.c.identity == bindparam("whose")),
)
_SHOWN = [votes.c.is_for, votes.c.reason, votes.c.moment]
_OF_TEST = SqlStatement(
    "votes.of",
    select(votes.c.identity, *_SHOWN).where(
        or_(votes.c.test == bindparam("by_id"), votes.c.test == bindparam("by_name"))
    ),
)
_ALL = SqlStatement("votes.all", select(votes.c.test, *_SHOWN))
_SENT_ANY = SqlStatement("votes.sent_any", select(runs.c.id).where(runs.c.owner == bindparam("whose")).limit(1))
_NOMINATE = SqlStatement(
    "nominations.add",
    insert(nominations).on_conflict_do_nothing(index_elements=["identity", "test"]).returning(nominations.c.id),
)
_WITHDRAW = SqlStatement(
    "nominations.remove",
    delete(nominations)
    .where(nominations.c.id == bindparam("named"), nominations.c.identity == bindparam("whose"))
    .returning(nominations.c.id),
)
_NOMINATED = SqlStatement("nominations.all", select(*nominations.c))
_NUMBER = SqlStatement(
    "nominations.number",
    select(func.count()).select_from(nominations).where(nominations.c.identity == bindparam("whose")),
)
_ANSWER = insert(questionnaire_answers)
_ANSWERED = SqlStatement(
    "answers.put",
    _ANSWER.on_conflict_do_update(
        index_elements=["questionnaire", "identity"],
        set_={
            "content": _ANSWER.excluded.content,
            "moment": _ANSWER.excluded.moment,
        },
    ),
)
_KEPT = [questionnaire_answers.c[name] for name in ("content", "moment")]
_OF_PERSON = SqlStatement(
    "answers.own",
    select(*_KEPT).where(
        questionnaire_answers.c.questionnaire == bindparam("asked"),
        questionnaire_answers.c.identity == bindparam("whose"),
    ),
)
_OF_ALL = SqlStatement(
    "answers.all",
    select(*_KEPT).where(questionnaire_answers.c.questionnaire == bindparam("asked")),
)
_TAKE_BACK = SqlStatement(
    "answers.remove",
    delete(questionnaire_answers).where(
        questionnaire_answers.c.questionnaire == bindparam("asked"),
        questionnaire_answers.c.identity == bindparam("whose"),
    ),
)


def sent_any(transaction: Transaction, identity: bytes) -> bool:
    """Whether somebody ever sent a run that is still here."""
    return transaction.one(_SENT_ANY, whose=identity) is not None


def put(transaction: Transaction, identity: bytes, test: str, vote: Vote) -> None:
    """Somebody's vote, whether they had one or not."""
    transaction.run(_PUT, test=test, identity=identity, is_for=int(vote.is_for), reason=vote.reason, moment=vote.moment)


def remove(transaction: Transaction, identity: bytes, test: str) -> None:
    """Take a vote back, if there is one."""
    transaction.run(_REMOVE, of=test, whose=identity)


def of_test(transaction: Transaction, by_id: str, by_name: str) -> dict[bytes, Vote]:
    """All votes on a test, known by its id and its name, by whose they are; the newest first."""
    found = {bytes(row[0]): _vote(row[1:]) for row in transaction.run(_OF_TEST, by_id=by_id, by_name=by_name)}
    return dict(sorted(found.items(), key=lambda one: -one[1].moment))


def every_vote(transaction: Transaction) -> list[tuple[str, Vote]]:
    """All votes by tests, those on one test the newest first."""
    found = [(str(row[0]), _vote(row[1:])) for row in transaction.run(_ALL)]
    return sorted(found, key=lambda one: (one[0], -one[1].moment))


def nominate(transaction: Transaction, new: StoredNomination) -> bool:
    """A test is named; False: the same person named it already."""
    given = {"id": new.id, "identity": new.identity, **new.nomination._asdict()}
    return transaction.one(_NOMINATE, **given) is not None


def withdraw(transaction: Transaction, identity: bytes, nomination: bytes) -> bool:
    """Take a nomination back; False: it is not theirs, or there is none."""
    return transaction.one(_WITHDRAW, named=nomination, whose=identity) is not None


def nominated(transaction: Transaction) -> list[StoredNomination]:
    """All nominations, the newest first."""
    found = transaction.run(_NOMINATED)
    named = [StoredNomination(bytes(row[0]), bytes(row[1]), Nomination(*row[2:])) for row in found]
    return sorted(named, key=lambda one: one.id, reverse=True)


def number_nominated(transaction: Transaction, identity: bytes) -> int:
    """How many tests somebody named."""
    row = transaction.one(_NUMBER, whose=identity)
    return 0 if row is None else int(row[0])


def answer(transaction: Transaction, identity: bytes, asked: str, new: StoredAnswers) -> None:
    """Somebody's answers, whether they had answered or not."""
    content = json.dumps(new.answers, sort_keys=True)
    transaction.run(_ANSWERED, questionnaire=asked, identity=identity, content=content, moment=new.moment)


def answers_of(transaction: Transaction, identity: bytes, asked: str) -> StoredAnswers | None:
    """What somebody answered."""
    row = transaction.one(_OF_PERSON, asked=asked, whose=identity)
    return None if row is None else _answers(row)


def every_answer(transaction: Transaction, asked: str) -> list[StoredAnswers]:
    """What everybody answered, the oldest first."""
    found = [_answers(row) for row in transaction.run(_OF_ALL, asked=asked)]
    return sorted(found, key=lambda one: one.moment)


def take_back(transaction: Transaction, identity: bytes, asked: str) -> None:
    """Forget somebody's answers."""
    transaction.run(_TAKE_BACK, asked=asked, whose=identity)


def _vote(row: Row) -> Vote:
    return Vote(bool(row[0]), row[1], row[2])


def _answers(row: Row) -> StoredAnswers:
    return StoredAnswers(json.loads(row[0]), row[1])

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


class CountedVotes(NamedTuple):
    """How many voted on a test, for it and against it."""

    number_for: int
    number_against: int


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
_OF_TEST = or_(votes.c.test == bindparam("by_id"), votes.c.test == bindparam("by_name"))
_COUNTS = SqlStatement(
    "votes.counts",
    select(votes.c.is_for, func.count()).where(_OF_TEST).group_by(votes.c.is_for),
)
_SHOWN = [votes.c.is_for, votes.c.reason, votes.c.moment]
_REASONS = SqlStatement(
    "votes.reasons", select(*_SHOWN).where(_OF_TEST).order_by(votes.c.moment.desc()).limit(bindparam("most"))
)
_OWN = SqlStatement("votes.own", select(*_SHOWN).where(_OF_TEST, votes.c.identity == bindparam("whose")))
_ALL = SqlStatement("votes.all", select(votes.c.test, *_SHOWN).order_by(votes.c.test, votes.c.moment.desc()))
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
_NOMINATED = SqlStatement("nominations.all", select(*nominations.c).order_by(nominations.c.moment.desc()))
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
    select(*_KEPT)
    .where(questionnaire_answers.c.questionnaire == bindparam("asked"))
    .order_by(questionnaire_answers.c.moment),
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


def counts(transaction: Transaction, by_id: str, by_name: str) -> CountedVotes:
    """Of one test, known by its id and its name."""
    found = {bool(row[0]): int(row[1]) for row in transaction.run(_COUNTS, by_id=by_id, by_name=by_name)}
    return CountedVotes(found.get(True, 0), found.get(False, 0))


def reasons(transaction: Transaction, by_id: str, by_name: str, most: int) -> list[Vote]:
    """The newest votes on a test; of whom they are nobody is told."""
    return [_vote(row) for row in transaction.run(_REASONS, by_id=by_id, by_name=by_name, most=most)]


def own(transaction: Transaction, identity: bytes, by_id: str, by_name: str) -> Vote | None:
    """Somebody's vote on a test."""
    row = transaction.one(_OWN, by_id=by_id, by_name=by_name, whose=identity)
    return None if row is None else _vote(row)


def every_vote(transaction: Transaction) -> list[tuple[str, Vote]]:
    """All votes by tests, those on one test the newest first."""
    return [(str(row[0]), _vote(row[1:])) for row in transaction.run(_ALL)]


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
    return [StoredNomination(bytes(row[0]), bytes(row[1]), Nomination(*row[2:])) for row in found]


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
    return [_answers(row) for row in transaction.run(_OF_ALL, asked=asked)]


def take_back(transaction: Transaction, identity: bytes, asked: str) -> None:
    """Forget somebody's answers."""
    transaction.run(_TAKE_BACK, asked=asked, whose=identity)


def _vote(row: Row) -> Vote:
    return Vote(bool(row[0]), row[1], row[2])


def _answers(row: Row) -> StoredAnswers:
    return StoredAnswers(json.loads(row[0]), row[1])

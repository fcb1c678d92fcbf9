"""Queries that somebody saved: a short id stands for one, and for what stood beside it on the page.

1. The id is the beginning of the digest of the content: the same query has the same id, whoever saves it.
2. Whoever is signed in may save some; strangers share the long address, which says all of it, too.
3. Everybody who may see shared runs may look at a saved query, and it says nothing of who saved it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import Right
from certmark.domain.queries.reading import read_query
from certmark.server.asking import Asker
from certmark.server.services.changes import require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, OverQuota, Taken
from certmark.server.services.questions import Question
from certmark.server.store import audit, queries
from certmark.server.store.database import Transaction
from certmark.server.store.queries import StoredQuery

MOST = 1000
"""Queries that one person saves."""
_LENGTH = 12
"""Signs of a short id, of five bits each."""
_MOST_WORDS, _LONGEST_WORD = 10, 200


@dataclass(frozen=True, kw_only=True)
class SavedQuery:
    """A query, with what stood beside it."""

    short: str
    question: Question
    more: Mapping[str, str] = field(default_factory=dict)
    """What else the page was asked: parameters of its address."""


def saved_as(question: Question, more: Mapping[str, str]) -> SavedQuery:
    """Rule 1: with its id, whether it is saved or not."""
    return SavedQuery(short=_short(_content(question, more)), question=question, more=more)


def _content(question: Question, more: Mapping[str, str]) -> str:
    said = {"q": question.query, "guideline": question.guideline, "program": question.program, "more": dict(more)}
    return json.dumps({name: value for name, value in said.items() if value}, sort_keys=True, separators=(",", ":"))


def _short(content: str) -> str:
    return base64.b32encode(hashlib.sha256(content.encode()).digest()).decode().lower()[:_LENGTH]


def save(services: Services, asker: Asker, question: Question, more: Mapping[str, str]) -> SavedQuery:
    """Rule 2. Raises QueryMistake, InvalidRequest, NotPermitted, OverQuota or Taken."""
    assert asker.identity is not None  # noqa: S101 - who is not known does not come here
    read_query(question.query)
    if len(more) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for pair in more.items() for word in pair):
        raise InvalidRequest(f"beside a query at most {_MOST_WORDS} words of {_LONGEST_WORD} signs are saved")
    content = _content(question, more)
    found, now = saved_as(question, more), services.clock()
    with services.database.write() as transaction:
        require(transaction, asker, Right.SUBSCRIBE)
        known = queries.one(transaction, found.short)
        if known is not None and known.content != content:
            raise Taken("another query has this id by chance; change a blank in yours")
        if known is None:
            if queries.number(transaction, asker.identity) >= MOST:
                raise OverQuota(f"you saved {MOST:,} queries, and that is as many as one may")
            queries.add(transaction, StoredQuery(found.short, content, asker.identity, now))
            audit.note(transaction, asker, "query.save", found.short, now)
    return found


def show(services: Services, short: str) -> SavedQuery:
    """Rule 3. Raises NotFound."""
    with services.database.peek() as transaction:
        return one(transaction, short)


def is_saved(services: Services, short: str) -> bool:
    """Whether somebody saved it."""
    with services.database.peek() as transaction:
        return queries.one(transaction, short) is not None


def one(transaction: Transaction, short: str) -> SavedQuery:
    """Likewise, within a change. Raises NotFound."""
    found = queries.one(transaction, short) if len(short) == _LENGTH else None
    if found is None:
        raise NotFound("there is no saved query of this id")
    return read(found.short, found.content)


def read(short: str, content: str) -> SavedQuery:
    """As it was saved."""
    said = json.loads(content)
    question = Question(said.get("q", ""), said.get("guideline"), said.get("program"))
    return SavedQuery(short=short, question=question, more=said.get("more", {}))

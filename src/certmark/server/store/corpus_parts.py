"""The history of shared runs as columns, in parts: each belongs to a segment, by its id; one of them is the head."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import corpus_parts
from certmark.server.store.statements import SqlStatement

_HEAD = b""
_ONE = SqlStatement(
    "corpus_parts.one",
    select(corpus_parts.c.content).where(
        corpus_parts.c.id == bindparam("of"), corpus_parts.c.name == bindparam("word")
    ),
)
_PUT = SqlStatement(
    "corpus_parts.put",
    (put := insert(corpus_parts)).on_conflict_do_update(
        index_elements=["id", "name"], set_={"content": put.excluded.content}
    ),
)
_FORGET = SqlStatement("corpus_parts.forget", delete(corpus_parts).where(corpus_parts.c.id == bindparam("of")))
_IDS = SqlStatement("corpus_parts.ids", select(corpus_parts.c.id).where(corpus_parts.c.name == "ids"))


def head(transaction: Transaction) -> bytes | None:
    """What says which segments there are; None: there are none."""
    return part(transaction, _HEAD, "head")


def put_head(transaction: Transaction, content: bytes) -> None:
    """In the place of the one before."""
    put_parts(transaction, _HEAD, {"head": content})


def part(transaction: Transaction, segment: bytes, name: str) -> bytes | None:
    """A part of a segment; None: it is not there any more."""
    row = transaction.one(_ONE, of=segment, word=name)
    return None if row is None else bytes(row[0])


def put_parts(transaction: Transaction, segment: bytes, parts: Mapping[str, bytes]) -> None:
    """Keep parts of a segment."""
    transaction.many(_PUT, [{"id": segment, "name": name, "content": content} for name, content in parts.items()])


def forget(transaction: Transaction, segment: bytes) -> None:
    """Keep none of its parts any more."""
    transaction.run(_FORGET, of=segment)


def segments(transaction: Transaction) -> list[bytes]:
    """Every segment of which there are parts."""
    return [bytes(row[0]) for row in transaction.run(_IDS)]

"""Which objects of the evidence store something names: those that nothing names are collected."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import evidence, pieces, runs
from certmark.server.store.statements import SqlStatement

_IS_NAMED = or_(
    exists().where(runs.c.evidence == evidence.c.digest), exists().where(pieces.c.digest == evidence.c.digest)
)
_ADD = SqlStatement(
    "evidence.add",
    insert(evidence)
    # Nothing changes, and the row is held: whoever comes second waits for the first one's end.
    .on_conflict_do_update(index_elements=["digest"], set_={"size": evidence.c.size})
    .returning(evidence.c.size),
)
_ONE = SqlStatement("evidence.one", select(evidence.c.size).where(evidence.c.digest == bindparam("object")))
_FORGET = SqlStatement("evidence.forget", delete(evidence).where(evidence.c.digest == bindparam("object"), ~_IS_NAMED))


def name(transaction: Transaction, digest: bytes, size: int, moment: int) -> None:
    """That a run or an upload is about to name an object that was written before.

    Nobody else does until the transaction ends.
    """
    transaction.run(_ADD, digest=digest, size=size, created=moment)


def forget(transaction: Transaction, digest: bytes) -> bool:
    """Forget an object that nothing names; whether nothing does. Nobody else names it until the transaction ends."""
    transaction.run(_FORGET, object=digest)
    return transaction.one(_ONE, object=digest) is None

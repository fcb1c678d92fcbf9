"""Which objects of the evidence store something names: those that nothing names are collected."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import evidence, pieces, runs, uploads
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
_FORGET_RUNS = SqlStatement("evidence.forget_runs", delete(runs).where(runs.c.evidence == bindparam("object")))
_FORGET_UPLOADS = SqlStatement(
    "evidence.forget_uploads",
    delete(uploads).where(uploads.c.id.in_(select(pieces.c.upload).where(pieces.c.digest == bindparam("object")))),
)


def name(transaction: Transaction, digest: bytes, size: int, moment: int) -> None:
    """That a run or an upload is about to name an object that was written before.

    Nobody else does until the transaction ends.
    """
    transaction.run(_ADD, digest=digest, size=size, created=moment)


def forget(transaction: Transaction, digest: bytes) -> bool:
    """Forget an object that nothing names; whether nothing does. Nobody else names it until the transaction ends."""
    transaction.run(_FORGET, object=digest)
    return transaction.one(_ONE, object=digest) is None


def is_known(transaction: Transaction, digest: bytes) -> bool:
    """Whether something names an object, or is about to."""
    return transaction.one(_ONE, object=digest) is not None


def forget_with_all(transaction: Transaction, digest: bytes) -> None:
    """Forget an object and the runs and uploads that name it: in a copy, for what was deleted while it was made."""
    transaction.run(_FORGET_RUNS, object=digest)
    transaction.run(_FORGET_UPLOADS, object=digest)
    transaction.run(_FORGET, object=digest)

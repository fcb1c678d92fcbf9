"""Uploads that come in pieces, and runs that go on elsewhere: rows that are there for some hours."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from certmark.server.asking import Asker
from certmark.server.store.database import Transaction
from certmark.server.store.schema import live_runs, pieces, uploads
from certmark.server.store.statements import Row, SqlStatement


class StoredUpload(NamedTuple):
    """An upload that is not whole yet."""

    id: bytes
    owner: bytes
    created: int
    touched: int
    """When the last piece came, in microseconds since 1970."""
    size: int
    received: int
    about: str
    """What its sender says of it, as JSON."""


class StoredLiveRun(NamedTuple):
    """A run that goes on elsewhere."""

    id: bytes
    owner: bytes
    touched: int
    is_public: bool
    about: str
    progress: str
    """As JSON."""


_UPLOAD = tuple(uploads.c[name] for name in StoredUpload._fields)
_LIVE = tuple(live_runs.c[name] for name in StoredLiveRun._fields)
_MINE = (uploads.c.id == bindparam("upload"), uploads.c.owner == bindparam("asker"))
_ADD = SqlStatement("uploads.add", insert(uploads))
_ONE = SqlStatement("uploads.one", select(*_UPLOAD).where(*_MINE))
_OWN = SqlStatement(
    "uploads.own",
    select(*_UPLOAD)
    .where(uploads.c.owner == bindparam("asker"))
    .order_by(uploads.c.owner, uploads.c.created)
    .limit(bindparam("most")),
)
_COUNT = SqlStatement(
    "uploads.count", select(func.count()).select_from(uploads).where(uploads.c.owner == bindparam("asker"))
)
_GREW = SqlStatement(
    "uploads.grew",
    update(uploads)
    .where(*_MINE, uploads.c.received == bindparam("at"))
    .values(received=bindparam("now_received"), touched=bindparam("now"))
    .returning(uploads.c.id),
)
_REMOVE = SqlStatement("uploads.remove", delete(uploads).where(*_MINE))
_ADD_PIECE = SqlStatement("pieces.add", insert(pieces))
_PIECES = SqlStatement(
    "pieces.of", select(pieces.c.digest).where(pieces.c.upload == bindparam("of")).order_by(pieces.c.start)
)
_REMOVE_OLD = SqlStatement("uploads.remove_old", delete(uploads).where(uploads.c.touched < bindparam("moment")))

_SEEN = or_(live_runs.c.owner == bindparam("asker"), live_runs.c.is_public == 1)
_LIVE_ADD = SqlStatement("live.add", insert(live_runs))
_LIVE_ONE = SqlStatement("live.one", select(*_LIVE).where(live_runs.c.id == bindparam("run"), _SEEN))
_LIVE_OWN = SqlStatement(
    "live.own",
    select(*_LIVE)
    .where(live_runs.c.owner == bindparam("asker"), live_runs.c.touched > bindparam("moment"))
    .order_by(live_runs.c.owner.desc(), live_runs.c.touched.desc())
    .limit(bindparam("most")),
)
_LIVE_PUT = SqlStatement(
    "live.put",
    update(live_runs)
    .where(live_runs.c.id == bindparam("run"), live_runs.c.owner == bindparam("asker"))
    .values(progress=bindparam("now_progress"), touched=bindparam("now"))
    .returning(live_runs.c.id),
)
_LIVE_REMOVE = SqlStatement(
    "live.remove",
    delete(live_runs).where(live_runs.c.id == bindparam("run"), live_runs.c.owner == bindparam("asker")),
)
_LIVE_REMOVE_OLD = SqlStatement("live.remove_old", delete(live_runs).where(live_runs.c.touched < bindparam("moment")))


def add(transaction: Transaction, upload: StoredUpload) -> None:
    """Keep that an upload began."""
    transaction.run(_ADD, **upload._asdict())


def one(transaction: Transaction, asker: Asker, upload: bytes) -> StoredUpload | None:
    """An upload of theirs."""
    row = transaction.one(_ONE, upload=upload, asker=asker.identity or b"")
    return None if row is None else _upload(row)


def own(transaction: Transaction, asker: Asker, most: int) -> list[StoredUpload]:
    """Their uploads, the oldest first."""
    return [_upload(row) for row in transaction.run(_OWN, asker=asker.identity or b"", most=most)]


def count(transaction: Transaction, asker: Asker) -> int:
    """How many they have."""
    row = transaction.one(_COUNT, asker=asker.identity or b"")
    return 0 if row is None else int(row[0])


def grew(transaction: Transaction, upload: StoredUpload, received: int, moment: int) -> bool:
    """That it has now `received` bytes; whether it still had as many as `upload` says."""
    row = transaction.one(
        _GREW, upload=upload.id, asker=upload.owner, at=upload.received, now_received=received, now=moment
    )
    return row is not None


def add_piece(transaction: Transaction, upload: StoredUpload, digest: bytes) -> None:
    """That an object is what comes behind the bytes that `upload` has."""
    transaction.run(_ADD_PIECE, upload=upload.id, start=upload.received, digest=digest)


def pieces_of(transaction: Transaction, upload: bytes) -> list[bytes]:
    """The digests of what came of an upload, in its order."""
    return [bytes(row[0]) for row in transaction.run(_PIECES, of=upload)]


def remove(transaction: Transaction, asker: Asker, upload: bytes) -> None:
    """Forget an upload of theirs, and which objects its pieces are."""
    transaction.run(_REMOVE, upload=upload, asker=asker.identity or b"")


def remove_old(transaction: Transaction, moment: int) -> None:
    """Forget those of which nothing came since, and runs of which nothing was heard."""
    transaction.run(_REMOVE_OLD, moment=moment)
    transaction.run(_LIVE_REMOVE_OLD, moment=moment)


def add_live(transaction: Transaction, run: StoredLiveRun) -> None:
    """Keep that a run began elsewhere."""
    transaction.run(_LIVE_ADD, **run._asdict() | {"is_public": int(run.is_public)})


def live(transaction: Transaction, asker: Asker, run: bytes) -> StoredLiveRun | None:
    """A run that goes on, if they may see it."""
    row = transaction.one(_LIVE_ONE, run=run, asker=asker.identity or b"")
    return None if row is None else _live_run(row)


def own_live(transaction: Transaction, asker: Asker, moment: int, most: int) -> list[StoredLiveRun]:
    """Their runs of which something was heard since, the last heard of first."""
    rows = transaction.run(_LIVE_OWN, asker=asker.identity or b"", moment=moment, most=most)
    return [_live_run(row) for row in rows]


def put_live(transaction: Transaction, asker: Asker, run: bytes, progress: str, moment: int) -> bool:
    """Keep how far a run of theirs is; whether there is one."""
    row = transaction.one(_LIVE_PUT, run=run, asker=asker.identity or b"", now_progress=progress, now=moment)
    return row is not None


def remove_live(transaction: Transaction, asker: Asker, run: bytes) -> None:
    """Forget a run of theirs that went on elsewhere."""
    transaction.run(_LIVE_REMOVE, run=run, asker=asker.identity or b"")


def _upload(row: Row) -> StoredUpload:
    found = StoredUpload(*row)
    return found._replace(id=bytes(found.id), owner=bytes(found.owner))


def _live_run(row: Row) -> StoredLiveRun:
    found = StoredLiveRun(*row)
    return found._replace(id=bytes(found.id), owner=bytes(found.owner), is_public=bool(found.is_public))

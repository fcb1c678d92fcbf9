"""Large evidence, sent in pieces: what was received stays for a day, so that a sender goes on where it stopped.

1. A piece counts when it was received whole and begins where the last one ended; anything else changes nothing.
2. When all is there it becomes a run, once, however often that is asked for.
3. An upload of which nothing came for a day is forgotten, and so is its file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from certmark.server import ids
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import guidelines, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted, TooManyOpen, TooMuch, WrongPlace
from certmark.server.services.runs import AboutRun
from certmark.server.store import audit, uploads
from certmark.server.store.runs import RunRow
from certmark.server.store.uploads import StoredUpload

LIFETIME = 24 * 3600 * 1_000_000
"""Microseconds that an upload is kept after its last piece."""
_STEP = 1 << 20


def begin(services: Services, asker: Asker, about: AboutRun, size: int) -> StoredUpload:
    """Make room for an upload of `size` bytes. Raises NotPermitted, NotFound, TooMuch or TooManyOpen."""
    if not asker.may(TokenScope.SUBMIT) or asker.identity is None:
        raise NotPermitted("only who may submit can send results")
    settings = services.settings
    if size > settings.largest_upload:
        raise TooMuch(f"an upload may have {settings.largest_upload:,} bytes, and this one has {size:,}")
    if about.guideline is not None:
        guidelines.revision_of(services, about.guideline)  # sooner said than after a gigabyte
    forget_old(services)
    now = services.clock()
    upload = StoredUpload(ids.new_id(now), asker.identity, now, now, size, 0, json.dumps(asdict(about)))
    with services.database.write() as transaction:
        if uploads.count(transaction, asker) >= settings.open_uploads:
            raise TooManyOpen(f"you have {settings.open_uploads} unfinished uploads; finish or delete one first")
        uploads.add(transaction, upload)
        audit.note(transaction, asker, "upload.begin", ids.written(upload.id), now)
    return upload


def show(services: Services, asker: Asker, upload: bytes) -> StoredUpload:
    """How much of it is here. Raises NotFound."""
    with services.database.read() as transaction:
        found = uploads.one(transaction, asker, upload)
    if found is None or found.touched < services.clock() - LIFETIME:
        raise NotFound(f"there is no upload {ids.written(upload)} of yours; it was finished, deleted, or is too old")
    return found


def own(services: Services, asker: Asker) -> Sequence[StoredUpload]:
    """Their uploads that are not runs yet."""
    with services.database.read() as transaction:
        return uploads.own(transaction, asker, services.settings.open_uploads)


def add(services: Services, asker: Asker, upload: bytes, offset: int, piece: Path) -> StoredUpload:
    """Rule 1: put a piece behind what is there. Raises NotFound, TooMuch or WrongPlace."""
    found, size = show(services, asker, upload), piece.stat().st_size
    if offset != found.received:
        raise WrongPlace(f"{found.received:,} bytes of this upload are here, and the piece begins at {offset:,}")
    if offset + size > found.size:
        raise TooMuch(f"the upload was said to have {found.size:,} bytes, and the piece goes on behind that")
    _write(_spool(services, found.id), offset, piece)
    now, received = services.clock(), offset + size
    with services.database.write() as transaction:
        if not uploads.grew(transaction, found, received, now):
            raise WrongPlace("another piece of this upload came at the same time; ask how much is here, and go on")
    return found._replace(received=received, touched=now)


def _spool(services: Services, upload: bytes) -> Path:
    """Its file; the folder must be one for all processes that answer for this server."""
    folder = services.settings.data / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / upload.hex()


def _write(spool: Path, offset: int, piece: Path) -> None:
    spool.touch(0o600)
    with spool.open("r+b") as file, piece.open("rb") as content:
        file.seek(offset)
        while block := content.read(_STEP):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def finish(services: Services, asker: Asker, upload: bytes) -> RunRow:
    """Rule 2: the run. Raises NotFound or WrongPlace where it is not whole, and what `runs.receive` raises."""
    key = f"upload {upload.hex()}"
    before = runs.sent_with(services, asker, key)
    if before is not None:
        return before
    found = show(services, asker, upload)
    if found.received != found.size:
        raise WrongPlace(f"{found.received:,} bytes of this upload are here, of {found.size:,}; send the rest")
    spool = _spool(services, found.id)
    if not spool.exists() and not found.size:
        spool.touch()
    if not spool.exists() or spool.stat().st_size < found.size:
        raise NotFound("what was received of this upload is not here any more; send it again")
    run = runs.receive(services, asker, spool, AboutRun(**json.loads(found.about) | {"key": key}))
    _forget(services, asker, found.id)
    return run


def delete(services: Services, asker: Asker, upload: bytes) -> None:
    """Forget an upload of theirs, with what was received of it. Raises NotFound."""
    found = show(services, asker, upload)
    _forget(services, asker, found.id, "upload.delete")


def _forget(services: Services, asker: Asker, upload: bytes, action: str | None = None) -> None:
    with services.database.write() as transaction:
        uploads.remove(transaction, asker, upload)
        if action is not None:
            audit.note(transaction, asker, action, ids.written(upload), services.clock())
    _spool(services, upload).unlink(missing_ok=True)


def forget_old(services: Services) -> None:
    """Rule 3; to be done now and then."""
    with services.database.write() as transaction:
        old = uploads.remove_old(transaction, services.clock() - LIFETIME)
    for upload in old:
        _spool(services, upload).unlink(missing_ok=True)

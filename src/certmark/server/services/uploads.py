"""Large evidence, sent in pieces: what was received stays for a day, so that a sender goes on where it stopped.

1. An upload with a key is found again by it: what is here of it, or that it is a run by now.
2. A piece counts when it was received whole and begins where the last one ended; anything else changes nothing.
3. When all is there it becomes a run, once, however often that is asked for.
4. An upload of which nothing came for a day is forgotten.
5. Pieces are objects in the evidence store: whichever process is asked goes on. They are named as the evidence of
   runs is, and collected when nothing names them.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from certmark.server import ids
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import collecting, guidelines, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import AnotherUpload, NotFound, NotPermitted, TooManyOpen, TooMuch, WrongPlace
from certmark.server.services.runs import AboutRun
from certmark.server.store import audit, uploads
from certmark.server.store.database import Transaction
from certmark.server.store.evidence import DamagedEvidence
from certmark.server.store.runs import RunRow
from certmark.server.store.uploads import StoredUpload

LIFETIME = 24 * 3600 * 1_000_000
"""Microseconds that an upload is kept after its last piece."""


def begin(services: Services, asker: Asker, about: AboutRun, size: int) -> StoredUpload:
    """Make room for an upload of `size` bytes, or find it.

    Raises NotPermitted, NotFound, AnotherUpload, TooMuch or TooManyOpen.
    """
    if not asker.may(TokenScope.SUBMIT) or asker.identity is None:
        raise NotPermitted("only who may submit can send results")
    settings = services.settings
    if size > settings.largest_upload:
        raise TooMuch(f"an upload may have {settings.largest_upload:,} bytes, and this one has {size:,}")
    if about.guideline is not None:
        guidelines.revision_of(services, about.guideline)  # sooner said than after a gigabyte
    forget_old(services)
    now = services.clock()
    identity = ids.new_id(now) if about.key is None else _id_of(asker.identity, about.key)
    upload = StoredUpload(identity, asker.identity, now, now, size, 0, json.dumps(asdict(about)))
    run = runs.sent_with(services, asker, _key(identity))
    if run is not None:
        _check_same(run.digest.hex() == about.sha256 and run.size == size)
        return upload._replace(received=size)
    with services.database.write() as transaction:
        known = uploads.one(transaction, asker, identity)
        if known is not None:
            _check_same((known.size, known.about) == (upload.size, upload.about))
            return known
        if uploads.count(transaction, asker) >= settings.open_uploads:
            raise TooManyOpen(f"you have {settings.open_uploads} unfinished uploads; finish or delete one first")
        uploads.add(transaction, upload)
        audit.note(transaction, asker, "upload.begin", ids.written(upload.id), now)
    return upload


def _id_of(owner: bytes, key: str) -> bytes:
    """Rule 1."""
    return hashlib.sha256(owner + key.encode()).digest()[:16]


def _key(upload: bytes) -> str:
    """Of the request that makes it a run."""
    return f"upload {upload.hex()}"


def _check_same(is_same: bool) -> None:
    if not is_same:
        raise AnotherUpload("the key of this request was used for other content; take another key")


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
    """Rule 2: put a piece behind what is there. Raises NotFound, TooMuch or WrongPlace."""
    found, size = show(services, asker, upload), piece.stat().st_size
    if offset != found.received:
        raise WrongPlace(f"{found.received:,} bytes of this upload are here, and the piece begins at {offset:,}")
    if offset + size > found.size:
        raise TooMuch(f"the upload was said to have {found.size:,} bytes, and the piece goes on behind that")
    if not size:
        return found
    with piece.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").digest()
    now, received = services.clock(), offset + size

    def grow(transaction: Transaction) -> None:
        if not uploads.grew(transaction, found, received, now):
            raise WrongPlace("another piece of this upload came at the same time; ask how much is here, and go on")
        uploads.add_piece(transaction, found, digest)

    collecting.keep_named(services, piece, digest, grow)
    return found._replace(received=received, touched=now)


def finish(services: Services, asker: Asker, upload: bytes) -> RunRow:
    """Rule 3: the run. Raises NotFound or WrongPlace where it is not whole, and what `runs.receive` raises."""
    key = _key(upload)
    before = runs.sent_with(services, asker, key)
    if before is not None:
        return before
    try:
        return _finished(services, asker, upload, key)
    except (NotFound, DamagedEvidence):
        # Whoever asked for it at the same time may have taken what was here.
        before = runs.sent_with(services, asker, key)
        if before is None:
            raise
        return before


def _finished(services: Services, asker: Asker, upload: bytes, key: str) -> RunRow:
    found = show(services, asker, upload)
    if found.received != found.size:
        raise WrongPlace(f"{found.received:,} bytes of this upload are here, of {found.size:,}; send the rest")
    with tempfile.NamedTemporaryFile(dir=services.scratch) as file:
        for block in _content(services, found):
            file.write(block)
        file.flush()
        if file.tell() != found.size:
            raise NotFound("what was received of this upload is not here any more; send it again")
        run = runs.receive(services, asker, Path(file.name), AboutRun(**json.loads(found.about) | {"key": key}))
    _forget(services, asker, found.id)
    return run


def _content(services: Services, upload: StoredUpload) -> Iterator[bytes]:
    with services.database.read() as transaction:
        digests = uploads.pieces_of(transaction, upload.id)
    for digest in digests:
        try:
            yield from services.evidence.read(digest)
        except KeyError as error:
            raise DamagedEvidence("what was received of this upload is lost; delete it, and send it again") from error


def delete(services: Services, asker: Asker, upload: bytes) -> None:
    """Forget an upload of theirs, with what was received of it. Raises NotFound."""
    found = show(services, asker, upload)
    _forget(services, asker, found.id, "upload.delete")


def _forget(services: Services, asker: Asker, upload: bytes, action: str | None = None) -> None:
    with services.database.write() as transaction:
        digests = uploads.pieces_of(transaction, upload)
        uploads.remove(transaction, asker, upload)
        if action is not None:
            audit.note(transaction, asker, action, ids.written(upload), services.clock())
    for digest in set(digests):
        collecting.collect_one(services, digest)


def forget_old(services: Services) -> None:
    """Rule 4; to be done now and then."""
    with services.database.write() as transaction:
        uploads.remove_old(transaction, services.clock() - LIFETIME)

"""A dump of a server, written while it goes on: one state of the database, and all evidence that this names."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec

from certmark.domain.errors import InvalidRequest
from certmark.server.dumps.form import (
    ABOUT,
    COUNT,
    DATABASE,
    EVIDENCE,
    FORMAT,
    LINK,
    LOG,
    OWN,
    OWN_LINKS,
    READ,
    SUMS,
    TABLES,
    VERSION,
    WRITE,
    About,
    sha256_of,
)
from certmark.server.opening import create
from certmark.server.services.context import Services
from certmark.server.services.moments import written
from certmark.server.store import log, named_evidence
from certmark.server.store.database import SqliteDatabase, Transaction
from certmark.server.store.evidence import DamagedEvidence, EvidenceStore, FolderStore
from certmark.server.store.statements import Value
from certmark.trust.log.checkpoints import unverified_checkpoint
from certmark.trust.log.file_store import FILES, FileStore
from certmark.trust.log.log import Log
from certmark.version import __version__

_AT_ONCE = 500


class Dumped(NamedTuple):
    """What was written."""

    rows: Mapping[str, int]
    objects: int
    lost: tuple[str, ...]
    """Digests of evidence that the store lost or damaged; the dump is without them."""


def dump(services: Services, target: Path, *, is_whole: bool) -> Dumped:
    """Write everything, or what others may start from, into the new folder `target`.

    Raises InvalidRequest where it is there, CannotProceed or OSError.
    """
    if target.exists():
        raise InvalidRequest(f"{target} is there already; name a new folder")
    target.absolute().parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
    try:
        dumped = _written(services, partial, is_whole=is_whole)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return dumped


def _written(services: Services, folder: Path, *, is_whole: bool) -> Dumped:
    rows, digests = _database(services, folder, is_whole=is_whole)
    # Behind the database: what was kept meanwhile is too much; what was deleted meanwhile is deleted here, too.
    target = FolderStore(folder / EVIDENCE)
    missing = _evidence(services.evidence, target, digests)
    with services.database.read() as source:
        named = [digest for digest in missing if named_evidence.is_known(source, digest)]
    lost = _evidence(services.evidence, target, named)  # it may have been sent again
    if len(named) < len(missing):
        rows = _without(folder, set(missing) - set(named))
    about = About(
        format=FORMAT,
        version=VERSION,
        certmark=__version__,
        created=written(services.clock()),
        is_whole=is_whole,
        rows=rows,
    )
    (folder / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(about)) + b"\n")
    names = (DATABASE, ABOUT, *(f"{LOG}/{one}" for one in (*FILES, "checkpoint")))
    sums = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names if (folder / name).exists())
    (folder / SUMS).write_text(sums)
    os.sync()
    return Dumped(rows, len(digests) - (len(missing) - len(named)) - len(lost), tuple(digest.hex() for digest in lost))


def _without(folder: Path, deleted: set[bytes]) -> dict[str, int]:
    """How many rows of each table are left when these objects are forgotten, with what names them."""
    database = SqliteDatabase(folder / DATABASE)
    try:
        with database.write() as target:
            for digest in deleted:
                named_evidence.forget_with_all(target, digest)
            rows = {name: int((target.one(count) or (0,))[0]) for name, count in COUNT.items()}
    finally:
        database.close()
    _make_one_file(folder)
    return rows


def _make_one_file(folder: Path) -> None:
    """Whoever reads it needs no other file."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("pragma journal_mode=delete")


def _database(services: Services, folder: Path, *, is_whole: bool) -> tuple[dict[str, int], list[bytes]]:
    """How many rows of each table, and which objects they rest on."""
    settings = replace(services.settings, data=folder, database_url=None, evidence_url=None)
    create(settings)
    database = SqliteDatabase(folder / DATABASE)
    try:
        with services.database.read() as source, database.write() as target:
            rows = {table.name: 0 for table in TABLES}
            for table in TABLES:
                if is_whole or table.name not in OWN:
                    rows[table.name] = copy_table(source, target, table.name)
            digests = [bytes(row[0]) for row in source.stream(READ["evidence"])]
            if log.head(source) is not None:
                log.mark_restored(target, services.clock())
                rows["log_restorations"] += 1
                _write_log(source, folder / LOG)
    finally:
        database.close()
    _make_one_file(folder)
    return rows, digests


def copy_table(source: Transaction, target: Transaction, name: str) -> int:
    """Every row of a table from one database to another; how many."""
    columns = [column.name for table in TABLES if table.name == name for column in table.columns]
    link, links = OWN_LINKS.get(name), list[Mapping[str, Value]]()
    count, waiting = 0, list[Mapping[str, Value]]()
    for row in source.stream(READ[name]):
        values = dict(zip(columns, row, strict=True))
        if link is not None and values[link] is not None:
            links.append({"of": values["id"], "other": values[link]})
            values[link] = None
        waiting.append(values)
        if len(waiting) == _AT_ONCE:
            target.many(WRITE[name], waiting)
            count, waiting = count + len(waiting), []
    target.many(WRITE[name], waiting)
    if links:
        target.many(LINK[name], links)
    return count + len(waiting)


def _evidence(source: EvidenceStore, target: FolderStore, digests: list[bytes]) -> tuple[bytes, ...]:
    """Copy them; which ones the source does not have."""
    lost = []
    for digest in digests:
        try:
            copy_object(source, target, digest)
        except (KeyError, DamagedEvidence):
            lost.append(digest)
    return tuple(lost)


def copy_object(source: EvidenceStore, target: EvidenceStore, digest: bytes) -> None:
    """From one store to another, compared on the way. Raises KeyError, DamagedEvidence or EvidenceAway."""
    with tempfile.TemporaryFile(prefix="certmark-evidence-") as file:
        for piece in source.read(digest):
            file.write(piece)
        file.seek(0)
        target.keep(file, digest)


def _write_log(source: Transaction, folder: Path) -> None:
    """The log once more as `certmark log` has one, so that anybody may look through it."""
    begun, last = log.signed(source, 0), log.head(source)
    assert begun is not None and last is not None  # noqa: S101, PT018 - a log begins with the checkpoint of nothing
    with FileStore(str(folder), writable=True) as store:
        store.keep_checkpoint(begun)
        copy = Log(unverified_checkpoint(begun).origin, store)
        size = unverified_checkpoint(last.note).size
        for first in range(0, size, _AT_ONCE):
            copy.append(log.entries(source, first, min(first + _AT_ONCE, size)))
        store.keep_checkpoint(last.note)

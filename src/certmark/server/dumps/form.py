"""What is in the folder of a dump.

    certmark.sqlite   every table, as a server on SQLite has them
    evidence/         every object that a run rests on, as a server with a folder has them
    log/              the log once more, as `certmark log audit` takes it, where the server keeps one
    dump.json         what this is: format, moment, rows of each table
    SHA256SUMS        digests of all of it but the objects of evidence, which are called by theirs

A server that is given the folder as its own starts from it. An export leaves away what is only the server's:
tokens, keys of requests, unfinished uploads, work and mail that wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from sqlalchemy import Table, bindparam, func, insert, select, update

from certmark.formats.errors import FormatError
from certmark.server.store.schema import metadata
from certmark.server.store.statements import SqlStatement

FORMAT = "certmark-dump"
VERSION = 1
DATABASE, EVIDENCE, LOG, ABOUT, SUMS = "certmark.sqlite", "evidence", "log", "dump.json", "SHA256SUMS"
_SIGNING_IN = ("tokens", "accounts", "joined", "sessions", "sign_ins", "devices", "keys", "challenges", "publishers")
_AT_WORK = (
    "exchanged",
    "invitations",
    "uploads",
    "pieces",
    "live_runs",
    "jobs",
    "notices",
    "retirements",
    "subscriptions",
    "runners",
)
OWN = frozenset({*_SIGNING_IN, *_AT_WORK})
"""Tables that an export leaves away."""
DERIVED = frozenset({"run_changes", "corpus_parts"})
"""Tables that a database fills by itself, or that are made again from the others: in no dump."""
TABLES: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if table.name not in DERIVED)
"""Each behind those that it names."""
READ: Mapping[str, SqlStatement] = {
    table.name: SqlStatement(f"dump.read.{table.name}", select(table).order_by(*table.primary_key)) for table in TABLES
}
WRITE: Mapping[str, SqlStatement] = {
    table.name: SqlStatement(
        f"dump.write.{table.name}",
        insert(table).values({column.name: bindparam(column.name) for column in table.columns}),
    )
    for table in TABLES
}
OWN_LINKS: Mapping[str, str] = {
    table.name: column.name
    for table in TABLES
    for column in table.columns
    if any(key.column.table is table for key in column.foreign_keys)
}
"""Tables whose rows name others of the same one, and by which column: it is written once all rows are there."""
LINK: Mapping[str, SqlStatement] = {
    table.name: SqlStatement(
        f"dump.link.{table.name}",
        update(table).where(table.c.id == bindparam("of")).values({OWN_LINKS[table.name]: bindparam("other")}),
    )
    for table in TABLES
    if table.name in OWN_LINKS
}
COUNT: Mapping[str, SqlStatement] = {
    table.name: SqlStatement(f"dump.count.{table.name}", select(func.count()).select_from(table)) for table in TABLES
}


class About(msgspec.Struct, frozen=True, kw_only=True):
    """`dump.json`."""

    format: str
    version: int
    certmark: str
    """The version of the software that wrote it."""
    created: str
    is_whole: bool
    """Nothing was left away."""
    rows: dict[str, int]


class DamagedDump(FormatError):
    """A dump is not what was written, or is none."""


def read_about(folder: Path) -> About:
    """What a folder says it is, its files compared with their digests. Raises DamagedDump or OSError."""
    try:
        about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
        sums = (folder / SUMS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise DamagedDump(f"{folder} is no dump of a server: it has no {name}; take another copy") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DamagedDump(f"{folder / ABOUT} is not what was written; take another copy") from None
    if about.format != FORMAT or about.version != VERSION:
        raise DamagedDump(f"{folder} is {about.format} of version {about.version}, and {VERSION} is read here")
    for line in sums.splitlines():
        digest, _, name = line.partition("  ")
        if ".." in Path(name).parts or not (folder / name).is_file() or sha256_of(folder / name) != digest:
            raise DamagedDump(f"{name} in {folder} is not what was written; take another copy")
    return about


def sha256_of(file: Path) -> str:
    """Of a file of any size. Raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

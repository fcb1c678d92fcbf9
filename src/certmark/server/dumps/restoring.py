"""A backup, brought back: into a server that has nothing yet, on either database and either store.

The database comes last, in one transaction: what broke off is begun again. The log in it is marked as restored, as
in every dump; nothing is signed with it until it was compared with what others keep (`services.countersigning`).
"""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import closing
from pathlib import Path

from certmark.domain.errors import InvalidRequest
from certmark.server.asking import OPERATOR
from certmark.server.dumps.form import DATABASE, EVIDENCE, READ, TABLES, About, read_about
from certmark.server.dumps.writing import copy_object, copy_table
from certmark.server.opening import database_url
from certmark.server.settings import Settings
from certmark.server.store import audit, identities
from certmark.server.store.database import Database, SqliteDatabase, Transaction, open_database
from certmark.server.store.evidence import EvidenceStore, FolderStore, open_evidence
from certmark.server.store.migrating import migrate
from certmark.server.store.statements import Dialect


def restore(settings: Settings, backup: Path) -> About:
    """Bring `backup` back; what it is. Raises InvalidRequest, DamagedDump, CannotProceed or OSError."""
    about = read_about(backup)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(database_url(settings))
    # A copy: a backup stays as it is, also while it is read.
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=settings.data) as folder:
        copy = Path(shutil.copyfile(backup / DATABASE, Path(folder, DATABASE)))
        with closing(open_database(database_url(settings))) as database, closing(SqliteDatabase(copy)) as source:
            _restore(settings, backup, about, source, database)
    return about


def _restore(settings: Settings, backup: Path, about: About, source: SqliteDatabase, target: Database) -> None:
    with target.read() as transaction:
        _check_empty(transaction)
    with source.read() as reading:
        digests = [bytes(row[0]) for row in reading.stream(READ["evidence"])]
        _restore_evidence(backup, open_evidence(settings), digests)
        with target.write() as transaction:
            for table in TABLES:
                copy_table(reading, transaction, table.name)
            _continue_numbers(transaction)
            now = time.time_ns() // 1000
            audit.note(transaction, OPERATOR, "server.restore", f"the backup of {about.created}", now)


def _check_empty(transaction: Transaction) -> None:
    for name in ("runs", "identities", "tests", "audit", "guidelines"):
        with closing(transaction.stream(READ[name])) as rows:
            if next(rows, None) is not None:
                raise InvalidRequest("the database is not empty; a backup is brought back into a new one")


def _restore_evidence(backup: Path, target: EvidenceStore, digests: list[bytes]) -> None:
    """What the backup itself had lost was told when it was written."""
    source = FolderStore(backup / EVIDENCE)
    for digest in digests:
        try:
            copy_object(source, target, digest)
        except KeyError:
            continue


def _continue_numbers(transaction: Transaction) -> None:
    """PostgreSQL numbers new rows by a sequence, which knows nothing of rows that came with a number."""
    if transaction.dialect is not Dialect.POSTGRESQL:
        return
    identities.is_any(transaction)  # what was gathered is there, once a statement gives rows
    for table in TABLES:
        for column in table.primary_key:
            if column.name in {"number", "id"} and column.type.python_type is int:
                sequence = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
                last = f"(select coalesce(max({column.name}), 0) + 1 from {table.name})"  # noqa: S608 - names of ours
                transaction.connection.execute(f"select setval({sequence}, {last}, false)")

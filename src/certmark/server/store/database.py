"""The database: SQLite in one file, or PostgreSQL; one interface, transactions only.

What is written in `write` is kept when the context ends without an exception: on SQLite with
`synchronous=FULL`, on PostgreSQL with its own `synchronous_commit`. A connection that was lost raises
`DatabaseAway`, nothing of the transaction holds, and the next transaction gets a new one.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from certmark.domain.errors import CannotProceed
from certmark.server.store.statements import Dialect, Row, Statement, Value

_LOCKED = 30.0
"""Seconds that a transaction waits for another one."""
_READERS = 8
"""Connections of PostgreSQL at most."""
_OLDEST_SQLITE = (3, 38, 0)


class DatabaseAway(CannotProceed):
    """The database does not answer, has no room, or was lost in the middle; whoever asks may ask again."""


class Conflict(Exception):
    """What was to be written contradicts what is there: a key twice, a name that does not exist."""


class Transaction:
    """What is done together."""

    __slots__ = ("connection", "dialect")

    def __init__(self, dialect: Dialect, connection: Any) -> None:
        self.dialect = dialect
        self.connection = connection

    def run(self, statement: Statement, /, **values: Value) -> list[Row]:
        """The rows of a statement. Raises Conflict or DatabaseAway."""
        text = statement.text(self.dialect)
        with _translated():
            cursor = self.connection.execute(text, statement.values(self.dialect, values))
            return cursor.fetchall() if statement.gives_rows else []

    def one(self, statement: Statement, /, **values: Value) -> Row | None:
        """The first row; None: there is none. Raises as `run`."""
        return next(iter(self.run(statement, **values)), None)

    def many(self, statement: Statement, rows: list[Mapping[str, Value]]) -> None:
        """A statement for each of `rows`. Raises as `run`."""
        if not rows:
            return
        text = statement.text(self.dialect)
        with _translated():
            self.connection.cursor().executemany(text, [statement.values(self.dialect, row) for row in rows])


class Database(Protocol):
    """A database that is open."""

    dialect: Dialect

    def read(self) -> Any:
        """A context with a Transaction in which nothing is written. Raises DatabaseAway."""

    def write(self) -> Any:
        """A context with a Transaction that is kept at its end, unless there is an exception. Raises DatabaseAway."""

    def close(self) -> None:
        """End its connections."""


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of either driver as ours."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Conflict(str(error)) from error
    except sqlite3.Error as error:
        raise DatabaseAway(f"the database does not answer: {error}") from error
    except Exception as error:
        if not type(error).__module__.startswith("psycopg"):
            raise
        import psycopg

        if isinstance(error, psycopg.IntegrityError):
            raise Conflict(str(error)) from error
        raise DatabaseAway(f"the database does not answer: {type(error).__name__}") from error


class _Batch:
    """Transactions of several threads that are on the disk together, or not at all."""

    def __init__(self) -> None:
        self.size = 0
        self.ended = threading.Event()
        self.problem: Exception | None = None


class _Writer:
    """The one writer of a SQLite file: whoever waits for its turn joins the batch of those before it.

    1. A transaction is a savepoint in the batch; one that fails takes nothing of the others with it.
    2. The last one in the queue commits for all; nobody returns before that, so that one `fsync` serves many.
    """

    _MOST = 64

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._waiting = 0
        self._batch: _Batch | None = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Kept when the context has ended without an exception. Raises DatabaseAway."""
        with self._guard:
            self._waiting += 1
        try:
            self._turn.acquire()
        finally:
            with self._guard:
                self._waiting -= 1
        batch = None
        try:
            batch = self._joined()
            with self._savepoint():
                yield self._connection
            batch.size += 1
        finally:
            try:
                self._left(batch)
            finally:
                self._turn.release()
            if batch is not None:
                batch.ended.wait()
                if batch.problem is not None:
                    raise DatabaseAway(f"the database does not answer: {batch.problem}") from batch.problem

    def _joined(self) -> _Batch:
        if self._batch is None:
            with _translated():
                self._connection.execute("begin immediate")
            self._batch = _Batch()
        return self._batch

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        with _translated():
            self._connection.execute("savepoint one")
        try:
            yield
            with _translated():
                self._connection.execute("release one")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("rollback to one")
                self._connection.execute("release one")
            raise

    def _left(self, batch: _Batch | None) -> None:
        """Rule 2."""
        with self._guard:
            is_last = self._waiting == 0
        if batch is None or not (is_last or batch.size >= self._MOST or not self._connection.in_transaction):
            return
        self._batch = None
        try:
            if not self._connection.in_transaction:  # a full disk ends it without a word
                raise sqlite3.OperationalError("the transaction was rolled back")  # noqa: TRY301 - as SQLite would
            self._connection.execute("commit")
        except sqlite3.Error as error:
            batch.problem = error
            with suppress(sqlite3.Error):
                self._connection.execute("rollback")
        finally:
            batch.ended.set()


class SqliteDatabase:
    """SQLite in one file: any number of readers beside one writer."""

    dialect = Dialect.SQLITE

    def __init__(self, file: Path) -> None:
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise CannotProceed(f"SQLite {sqlite3.sqlite_version} is too old; 3.38 is needed")
        self._file = file
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writer = _Writer(self._connected())

    def _connected(self) -> sqlite3.Connection:
        with _translated():
            found = sqlite3.connect(self._file, timeout=_LOCKED, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-8000"):
                found.execute(f"pragma {pragma}")
        with self._guard:
            self._open.append(found)
        return found

    def _reader(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._connected()
        return found

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Sees one state of the database throughout."""
        connection = self._reader()
        with _translated():
            connection.execute("begin")
        try:
            yield Transaction(self.dialect, connection)
        finally:
            with suppress(sqlite3.Error):
                connection.execute("rollback")

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One at a time in this process; other processes wait as long as the time-out says."""
        with self._writer.transaction() as connection:
            yield Transaction(self.dialect, connection)

    def close(self) -> None:
        """End every connection."""
        with self._guard:
            for connection in self._open:
                connection.close()
            self._open.clear()
        self._local = threading.local()


class PostgresDatabase:
    """PostgreSQL 15 or later, by a small pool of connections."""

    dialect = Dialect.POSTGRESQL

    def __init__(self, url: str) -> None:
        from psycopg_pool import ConnectionPool

        self._pool = ConnectionPool(
            url, min_size=1, max_size=_READERS, timeout=_LOCKED, open=False, check=ConnectionPool.check_connection
        )
        with _translated():
            self._pool.open(wait=True, timeout=_LOCKED)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Sees one state of the database throughout."""
        from psycopg import IsolationLevel

        with self._connection() as connection:
            connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
            yield Transaction(self.dialect, connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """In the isolation that PostgreSQL has of its own (read committed); what decides is locked by its row.

        What gives no rows is sent together, and refused together at the end of the context.
        """
        with self._connection() as connection:
            connection.isolation_level, connection.read_only = None, False
            with connection.pipeline():
                yield Transaction(self.dialect, connection)
                connection.commit()

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        """Committed at the end, rolled back by an exception."""
        with _translated(), self._pool.connection() as connection:
            yield connection

    def close(self) -> None:
        """End every connection."""
        self._pool.close()


def open_database(url: str) -> Database:
    """The database at `url`: `sqlite:///FILE` or `postgresql://…`. Raises CannotProceed."""
    if url.startswith("sqlite:///"):
        return SqliteDatabase(Path(url.removeprefix("sqlite://")))
    return PostgresDatabase(url)

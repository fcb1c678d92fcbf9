"""The database: SQLite in one file, or PostgreSQL; one interface, transactions only.

What is written in `write` is kept when the context ends without an exception: on SQLite with
`synchronous=FULL`, on PostgreSQL with its own `synchronous_commit`. A connection that was lost raises
`DatabaseAway`, nothing of the transaction holds, and the next transaction gets a new one.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from certmark.domain.errors import CannotProceed
from certmark.server.store.statements import Dialect, Row, SqlStatement, Value

_LOCKED = 30.0
"""Seconds that a transaction waits for another one."""
_CONNECTIONS = 8
"""Connections of PostgreSQL at most."""
_FRESH = 1.0
"""Seconds for which a connection is taken to be there still."""
_AT_ONCE = 200
"""Rows of a stream."""
_OLDEST_SQLITE = (3, 38, 0)
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-8000")
"""Of every connection to SQLite."""


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

    def run(self, statement: SqlStatement, /, **values: Value) -> list[Row]:
        """The rows of a statement. Raises Conflict or DatabaseAway."""
        text = statement.text(self.dialect)
        with _translated():
            cursor = self.connection.execute(text, statement.values(self.dialect, values))
            return cursor.fetchall() if statement.gives_rows else []

    def one(self, statement: SqlStatement, /, **values: Value) -> Row | None:
        """The first row; None: there is none. Raises as `run`."""
        return next(iter(self.run(statement, **values)), None)

    def stream(self, statement: SqlStatement) -> Generator[Row, None, None]:
        """The rows of a statement, a few in memory at a time. Raises DatabaseAway."""
        text = statement.text(self.dialect)
        with _translated():
            is_sqlite = self.dialect is Dialect.SQLITE
            cursor = self.connection.cursor() if is_sqlite else self.connection.cursor(name="stream")
            with closing(cursor):
                cursor.execute(text, statement.values(self.dialect, {}))
                while rows := cursor.fetchmany(_AT_ONCE):
                    yield from rows

    def many(self, statement: SqlStatement, rows: Sequence[Mapping[str, Value]]) -> None:
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

    def peek(self) -> Any:
        """Like `read`, for statements of which each may see a newer state than the one before. Raises DatabaseAway."""

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
                raise sqlite3.OperationalError("the transaction was rolled back")
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
            for pragma in PRAGMAS:
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
    def peek(self) -> Iterator[Transaction]:
        """Each statement sees the newest state by itself."""
        yield Transaction(self.dialect, self._reader())

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


class _GatheringTransaction(Transaction):
    """Of PostgreSQL: what gives no rows is sent together, when there is something to fetch or at the end.

    A transaction of one statement is that statement: it needs no beginning and no end.
    """

    __slots__ = ("_has_begun", "_pending")

    def __init__(self, dialect: Dialect, connection: Any) -> None:
        super().__init__(dialect, connection)
        self._pending: list[tuple[str, Mapping[str, Value]]] = []
        self._has_begun = False

    def run(self, statement: SqlStatement, /, **values: Value) -> list[Row]:
        text = statement.text(self.dialect)
        if statement.gives_rows:
            self._send()
            with _translated():
                rows: list[Row] = self.connection.execute(text, statement.values(self.dialect, values)).fetchall()
                return rows
        self._pending.append((text, statement.values(self.dialect, values)))
        return []

    def many(self, statement: SqlStatement, rows: Sequence[Mapping[str, Value]]) -> None:
        text = statement.text(self.dialect)
        self._pending += [(text, statement.values(self.dialect, row)) for row in rows]

    def end(self) -> None:
        """Keep it. Raises Conflict or DatabaseAway."""
        with _translated():
            if len(self._pending) == 1 and not self._has_begun:
                self.connection.set_autocommit(True)
                self.connection.execute(*self._pending[0])
                self._pending = []
            else:
                self._send()
                self.connection.commit()

    def _send(self) -> None:
        if not self._has_begun:
            self.connection.set_autocommit(False)
            self._has_begun = True
        if not self._pending:
            return
        with _translated(), self.connection.pipeline():
            for text, rows in groupby(self._pending, key=itemgetter(0)):
                values = [row for _, row in rows]
                if len(values) == 1:
                    self.connection.execute(text, values[0])
                else:
                    self.connection.cursor().executemany(text, values)
        self._pending = []


class PostgresDatabase:
    """PostgreSQL 15 or later, by a small pool of connections."""

    dialect = Dialect.POSTGRESQL

    def __init__(self, url: str) -> None:
        from psycopg_pool import ConnectionPool

        self._pool = ConnectionPool(
            url, min_size=1, max_size=_CONNECTIONS, timeout=_LOCKED, open=False, check=self._checked
        )
        self._used: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self._lost = 0.0
        """When a connection was lost: the others may be lost as well."""
        with _translated():
            self._pool.open(wait=True, timeout=_LOCKED)

    def _checked(self, connection: Any) -> None:
        """One that was used a moment ago is taken as it is: asking the server costs as much as a statement."""
        now = time.monotonic()
        used = self._used.get(connection, 0.0)
        if now - used > _FRESH or used <= self._lost:
            self._pool.check_connection(connection)
        self._used[connection] = now

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Sees one state of the database throughout."""
        from psycopg import IsolationLevel

        with self._connection() as connection:
            connection.set_autocommit(False)
            connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
            try:
                yield Transaction(self.dialect, connection)
            finally:
                if not connection.broken:
                    connection.rollback()
                    connection.isolation_level, connection.read_only = None, None

    @contextmanager
    def peek(self) -> Iterator[Transaction]:
        """Each statement sees the newest state by itself."""
        with self._connection() as connection:
            connection.set_autocommit(True)
            yield Transaction(self.dialect, connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """In the isolation that PostgreSQL has of its own (read committed); what decides is locked by its row.

        What gives no rows is refused at the end of the context, if not before.
        """
        with self._connection() as connection:
            transaction = _GatheringTransaction(self.dialect, connection)
            yield transaction
            transaction.end()

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        """Committed at the end, rolled back by an exception."""
        with _translated(), self._pool.connection() as connection:
            try:
                yield connection
            finally:
                if connection.broken:
                    self._lost = time.monotonic()

    def close(self) -> None:
        """End every connection."""
        self._pool.close()


def open_database(url: str) -> Database:
    """The database at `url`: `sqlite:///FILE` or `postgresql://…`. Raises CannotProceed."""
    if url.startswith("sqlite:///"):
        return SqliteDatabase(Path(url.removeprefix("sqlite://")))
    return PostgresDatabase(url)

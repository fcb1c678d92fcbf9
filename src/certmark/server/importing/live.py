"""RefStack's living database: MySQL or MariaDB, read in one state of it, without a lock, row by row.

The password never stands in the address: whoever lists processes would see it.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from certmark.domain.errors import InvalidRequest
from certmark.server.importing.errors import SourceAway
from certmark.server.importing.tables import COLUMNS, NEEDED, OldTest, is_deleted

PASSWORD = "CERTMARK_IMPORT_PASSWORD"
"""In the environment: the password, where no file has it."""
_LARGEST_SECRET = 4 << 10
_AT_ONCE = 2000
_PATIENCE = 30
_SCHEMES = frozenset({"mysql", "mariadb"})
_SNAPSHOT = "start transaction with consistent snapshot, read only"


def is_address(text: str) -> bool:
    """Whether it names a living database, and no file."""
    return "://" in text


@contextmanager
def connected(address: str, password_file: Path | None) -> Iterator[LiveDatabase]:
    """The database at `mysql://USER@HOST[:PORT]/NAME`, for as long as the context lasts.

    `?socket=PATH` reaches one on this machine, `?ca=FILE` has TLS with a server of that authority. Raises
    InvalidRequest, SourceAway or OSError.
    """
    import pymysql

    asked = _arguments(address, _password(password_file))
    try:
        # Two connections: on one results go by, on the other their tests are asked for.
        with closing(pymysql.connect(**asked)) as stream, closing(pymysql.connect(**asked)) as other:
            yield LiveDatabase(stream, other, _without_secret(address))
    except pymysql.MySQLError as error:
        raise SourceAway(f"{_without_secret(address)} does not answer as it should: {_sentence(error)}") from error


def _arguments(address: str, password: str) -> dict[str, Any]:
    try:
        parts = urlsplit(address)
        port = parts.port or 3306
    except ValueError as error:
        raise InvalidRequest(f"{address[:80]!r} is no address of a database: {error}") from None
    if parts.scheme not in _SCHEMES or not parts.username or len(parts.path) < 2:
        raise InvalidRequest("a living database is named mysql://USER@HOST/DATABASE")
    if parts.password is not None:
        raise InvalidRequest(
            "leave the password out of the address, where others on this machine see it: give it in a file"
            f" (--password-file) or in the environment ({PASSWORD})"
        )
    more = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if unknown := more.keys() - {"socket", "ca"}:
        raise InvalidRequest(f"an address of a database has socket and ca behind its ?, and no {min(unknown)[:40]}")
    place: dict[str, Any] = {"host": parts.hostname or "localhost", "port": port}
    if "socket" in more:
        place = {"unix_socket": more["socket"]}
    if "ca" in more:
        place["ssl"] = ssl.create_default_context(cafile=more["ca"])
    return {
        **place,
        "user": unquote(parts.username),
        "password": password,
        "database": unquote(parts.path[1:]),
        "charset": "utf8mb4",
        "conv": {},  # every value as it is written
        "connect_timeout": _PATIENCE,
        "read_timeout": 3600,
        "autocommit": True,
    }


def _password(file: Path | None) -> str:
    if file is None:
        return os.environ.get(PASSWORD, "")
    with file.open(encoding="utf-8") as stream:
        return stream.read(_LARGEST_SECRET).rstrip("\r\n")


def _without_secret(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.username}@{parts.hostname or 'localhost'}{parts.path}"


def _sentence(error: Exception) -> str:
    """What the server says, without the number."""
    return str(error.args[-1]) if error.args else type(error).__name__


class LiveDatabase:
    """A `tables.Source`."""

    def __init__(self, stream: Any, other: Any, shown: str) -> None:
        self.shown = shown
        self._stream, self._other = stream, other
        for connection in (stream, other):
            with connection.cursor() as cursor:
                # Of the mode only what changes how names are read.
                cursor.execute("set session sql_mode = 'NO_ENGINE_SUBSTITUTION'")
                cursor.execute("set session transaction isolation level repeatable read")
                cursor.execute(_SNAPSHOT)
        self.tables = self._found()
        self._is_streaming = False

    def _found(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        with self._other.cursor() as cursor:
            cursor.execute(
                "select lower(table_name), lower(column_name) from information_schema.columns"
                " where table_schema = database()"
            )
            for table, column in cursor.fetchall():
                if column in COLUMNS.get(table, ()):
                    found[table] = (*found.get(table, ()), column)
        missing = [name for name in NEEDED if name not in found]
        if missing:
            raise InvalidRequest(f"{self.shown} is no database of RefStack: it has no table {missing[0]}")
        return found

    def rows(self, sql: str, *values: str) -> Iterator[tuple[str | None, ...]]:
        """What a question gives; while one is answered, others go by the second connection."""
        from pymysql.cursors import SSCursor

        connection = self._other if self._is_streaming else self._stream
        text = sql.replace("%", "%%").replace("?", "%s") if values else sql
        if connection is self._other:
            with connection.cursor() as cursor:
                cursor.execute(text, values)
                yield from cursor.fetchall()
            return
        self._is_streaming = True
        try:
            with connection.cursor(SSCursor) as cursor:
                cursor.execute(text, values or None)
                while rows := cursor.fetchmany(_AT_ONCE):
                    yield from rows
        finally:
            self._is_streaming = False

    def tests_of(self, results: Sequence[str]) -> Mapping[str, list[OldTest]]:
        """The tests of some results."""
        found: dict[str, list[OldTest]] = {one.lower(): [] for one in results}
        if not results:
            return found
        marks = ", ".join(["%s"] * len(results))
        deleted = "`deleted`" if "deleted" in self.tables["results"] else "'0'"
        with self._other.cursor() as cursor:
            cursor.execute(
                f"select `test_id`, `name`, `uuid`, {deleted} from `results`"  # noqa: S608 - names of ours
                f" where `test_id` in ({marks}) order by `test_id`, `_id`",
                list(results),
            )
            last, tests = None, found[results[0].lower()]
            for result, name, uuid, mark in cursor.fetchall():
                if result != last:
                    last, tests = result, found[result.lower()]
                if not is_deleted({"deleted": mark}):
                    tests.append(OldTest(name, uuid))
        return found

    def strays(self) -> Iterator[tuple[str, int]]:
        """Ids of results that are not there."""
        asked = (
            "select r.`test_id`, r.`tests` from (select `test_id`, count(*) as `tests` from `results`"
            " group by `test_id`) r left join `test` t on t.`id` = r.`test_id` where t.`id` is null"
            " order by r.`test_id`"
        )
        for result, tests in self.rows(asked):
            yield result or "", int(tests or 0)

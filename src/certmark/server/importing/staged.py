"""A dump, brought into a SQLite file of a moment: it has the tables by name, and results come before what they are of.

Tests of a result stand there as numbers of a dictionary, packed: the same names come again in every result.
"""

from __future__ import annotations

import sqlite3
import tempfile
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from certmark.server.importing.dump_text import DumpedRows, DumpReader, value_of
from certmark.server.importing.errors import UnreadableDump
from certmark.server.importing.tables import COLUMNS, NEEDED, OldTest, is_deleted

_MOST_HELD = 100_000
"""Tests of the dictionary that are held in memory; a test that comes again later than that gets another number."""
_LARGEST_PIECE = 20_000
"""Tests that are packed together."""
_AT_ONCE = 500
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_OTHERS = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip"}


@contextmanager
def opened_dump(file: Path) -> Iterator[tuple[BinaryIO, Callable[[], float]]]:
    """The text of a dump, unpacked, and how much of the file was read by now (0 to 1). Raises UnreadableDump, OSError."""
    size = max(1, file.stat().st_size)
    with file.open("rb") as raw:
        head = raw.read(6)
        raw.seek(0)
        for magic, name in _OTHERS.items():
            if head.startswith(magic):
                raise UnreadableDump(f"{file.name} is packed with {name}; unpack it, or pack it with gzip or zstd")
        yield _unpacked(raw, head), lambda: min(1.0, raw.tell() / size)


def _unpacked(raw: BinaryIO, head: bytes) -> BinaryIO:
    if head.startswith(_GZIP):
        import gzip

        return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
    if head.startswith(_ZSTD):
        import zstandard

        return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True))
    return raw


@contextmanager
def staged(file: Path, scratch: Path, heard: Callable[[float], None]) -> Iterator[StagedDump]:
    """The dump, ready to be asked, for as long as the context lasts; `heard` is told how far it is (0 to 1).

    Raises UnreadableDump or OSError.
    """
    with tempfile.TemporaryDirectory(prefix="dump-", dir=scratch) as folder:
        with closing(sqlite3.connect(Path(folder, "staged.sqlite"), isolation_level=None)) as database:
            for pragma in ("journal_mode=off", "synchronous=off", "locking_mode=exclusive", "cache_size=-32000"):
                database.execute(f"pragma {pragma}")
            tables = _Staging(database).take(file, heard)
            yield StagedDump(database, tables, file.name)


class _Staging:
    """Takes the rows in."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._numbers: dict[tuple[bytes, bytes], int] = {}
        self._last = 0
        self._result, self._shown = b"", ""
        self._tests = array("I")
        self._pieces: list[tuple[str, bytes]] = []

    def take(self, file: Path, heard: Callable[[float], None]) -> Mapping[str, tuple[str, ...]]:
        """All of a dump; the columns of its tables."""
        for table, columns in COLUMNS.items():
            if table != "results":
                made = ", ".join(f"`{name}` text collate nocase" for name in columns)
                self._database.execute(f"create table `{table}` ({made})")
        self._database.execute("create table piece (result text collate nocase, tests blob)")
        self._database.execute("create table known (number integer primary key, name text, uuid text)")
        with opened_dump(file) as (stream, share):
            reader = DumpReader(stream, COLUMNS)
            try:
                for rows in reader.rows():
                    self._results(rows) if rows.table == "results" else self._others(rows)
                    heard(share())
            except (EOFError, zlib.error, _zstd_error()) as error:
                raise UnreadableDump(
                    f"{file.name} is damaged or was cut off: it cannot be unpacked; copy it again"
                ) from error
        self._flush()
        self._keep_pieces()
        for table, column in (("piece", "result"), ("meta", "test_id"), ("test", "id")):
            self._database.execute(f"create index `by_{table}` on `{table}` (`{column}`)")
        missing = [name for name in NEEDED if name not in reader.tables]
        if missing:
            raise UnreadableDump(f"{file.name} has no table {missing[0]}; name a dump of all of RefStack's database")
        return {
            name: tuple(one for one in COLUMNS[name] if one in table.columns) for name, table in reader.tables.items()
        }

    def _others(self, rows: DumpedRows) -> None:
        names = ", ".join(f"`{name}`" for name in rows.columns)
        marks = ", ".join("?" * len(rows.columns))
        self._database.execute("begin")
        self._database.executemany(
            f"insert into `{rows.table}` ({names}) values ({marks})",  # noqa: S608 - names of ours
            map(_without_surrogates, map(rows.decoded, rows.rows)),
        )
        self._database.execute("commit")

    def _results(self, rows: DumpedRows) -> None:
        places = [rows.columns.index(name) for name in ("test_id", "name", "uuid")]
        mark = rows.columns.index("deleted") if "deleted" in rows.columns else None
        numbers, result, name, uuid = self._numbers, *places
        for row in rows.rows:
            if row[result] != self._result or len(self._tests) >= _LARGEST_PIECE:
                self._flush(value_of(row[result], rows.charsets[result]) or "", row[result])
            if (
                mark is not None
                and row[mark] not in {b"0", b"NULL"}
                and is_deleted({"deleted": rows.decoded(row)[mark]})
            ):
                continue
            key = row[name], row[uuid]
            number = numbers.get(key)
            self._tests.append(self._numbered(rows, row, key) if number is None else number)
        if len(self._pieces) >= _AT_ONCE:
            self._keep_pieces()

    def _numbered(self, rows: DumpedRows, row: tuple[bytes, ...], key: tuple[bytes, bytes]) -> int:
        if len(self._numbers) >= _MOST_HELD:
            self._numbers.clear()
        values = dict(zip(rows.columns, _without_surrogates(rows.decoded(row)), strict=True))
        self._last += 1
        self._database.execute("insert into known values (?, ?, ?)", (self._last, values["name"], values["uuid"]))
        self._numbers[key] = self._last
        return self._last

    def _flush(self, shown: str = "", result: bytes = b"") -> None:
        if self._tests:
            self._pieces.append((self._shown, zlib.compress(self._tests.tobytes(), 1)))
        self._tests, self._result, self._shown = array("I"), result, shown

    def _keep_pieces(self) -> None:
        self._database.execute("begin")
        self._database.executemany("insert into piece values (?, ?)", self._pieces)
        self._database.execute("commit")
        self._pieces = []


def _zstd_error() -> type[Exception]:
    import zstandard

    return zstandard.ZstdError


def _without_surrogates(row: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """What SQLite does not keep is marked as lost."""
    return tuple(None if value is None else value.encode("utf-8", "replace").decode() for value in row)


class StagedDump:
    """A `tables.Source`."""

    def __init__(self, database: sqlite3.Connection, tables: Mapping[str, tuple[str, ...]], shown: str) -> None:
        self.tables, self.shown = tables, shown
        self._database = database
        self._held: dict[int, OldTest] = {}

    def rows(self, sql: str, *values: str) -> Iterator[tuple[str | None, ...]]:
        """What a question gives."""
        for row in self._database.execute(sql, values):
            yield tuple(None if value is None else str(value) for value in row)

    def tests_of(self, results: Sequence[str]) -> Mapping[str, list[OldTest]]:
        """The tests of some results."""
        found: dict[str, list[OldTest]] = {}
        for result in results:
            numbers = array("I")
            asked = "select tests from piece where result = ? order by rowid"
            for (packed,) in self._database.execute(asked, (result,)):
                numbers.frombytes(zlib.decompress(packed))
            found[result.lower()] = [self._known(number) for number in numbers]
        return found

    def _known(self, number: int) -> OldTest:
        found = self._held.get(number)
        if found is None:
            if len(self._held) >= _MOST_HELD:
                self._held.clear()
            row = self._database.execute("select name, uuid from known where number = ?", (number,)).fetchone()
            found = self._held[number] = OldTest(row[0] or "", row[1])
        return found

    def strays(self) -> Iterator[tuple[str, int]]:
        """Ids of results that are not there."""
        asked = (
            "select result, tests from piece where not exists (select 1 from `test` where `id` = result)"
            " order by result, piece.rowid"
        )
        counts: dict[str, int] = {}
        for result, packed in self._database.execute(asked):
            counts[result] = counts.get(result, 0) + len(zlib.decompress(packed)) // array("I").itemsize
        yield from counts.items()

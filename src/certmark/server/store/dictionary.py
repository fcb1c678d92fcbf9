"""The dictionary of tests: each (name, id) has a number, for ever; outcomes of a run are a vector over the numbers."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from certmark.server.numbering import MOST_KNOWN, KnownTest
from certmark.server.store.database import Database, Transaction
from certmark.server.store.schema import tests
from certmark.server.store.statements import Row, SqlStatement

_COLUMNS = (tests.c.number, tests.c.name, tests.c.uuid)
_ADD = SqlStatement(
    "tests.add",
    insert(tests)
    .values(name=bindparam("name"), uuid=bindparam("uuid"))
    .on_conflict_do_nothing(index_elements=["name", "uuid"]),
)
_FIND = SqlStatement(
    "tests.find",
    select(*_COLUMNS).where(tests.c.name == bindparam("name"), tests.c.uuid == bindparam("uuid")),
)
_NUMBERED = SqlStatement("tests.numbered", select(*_COLUMNS).where(tests.c.number == bindparam("number")))
_SINCE = SqlStatement(
    "tests.since",
    select(*_COLUMNS).where(tests.c.number > bindparam("number")).order_by(tests.c.number),
)

TestKey = tuple[str, str]
"""A name as it was uploaded, and an id (empty: none)."""


class Dictionary:
    """The numbers, kept in memory as far as they were seen; others' additions are looked up when they are met."""

    def __init__(self, database: Database) -> None:
        self.known: list[KnownTest] = []
        """The first tests, in the order in which they were met here; it only ever grows.

        Later ones are read at the usual price: nobody makes what readers and packings hold large for all.
        """
        self._numbers: dict[TestKey, int] = {}
        self._tests: dict[int, KnownTest] = {}
        self._last = 0
        self._database = database
        self._guard = threading.Lock()

    def numbers(self, transaction: Transaction, found: Sequence[TestKey]) -> list[int]:
        """The number of each; what is new is added in this transaction, and known here after a `refresh`."""
        # In one order, so that two who add the same tests do not wait for one another.
        new = sorted(key for key in found if key not in self._numbers)
        added = {}
        if new:
            transaction.many(_ADD, [{"name": name, "uuid": _bytes(uuid)} for name, uuid in new])
            added = {_key(test): test.number for test in map(_test, transaction.run(_SINCE, number=self._last))}
            for key in new:
                if key not in added:  # another one added it and a later one before it was kept
                    row = transaction.one(_FIND, name=key[0], uuid=_bytes(key[1]))
                    assert row is not None  # noqa: S101 - it is there, or was added a moment ago
                    added[key] = row[0]
        return [added[key] if key in added else self._numbers[key] for key in found]

    def lacks(self, found: Iterable[TestKey]) -> bool:
        """Whether one of them is not known here, or not yet."""
        return any(key not in self._numbers for key in found)

    def tests(self, numbers: Iterable[int]) -> Mapping[int, KnownTest]:
        """What the numbers stand for. Raises KeyError for one that was never given."""
        wanted = tuple(numbers)
        with suppress(KeyError):
            return {number: self._tests[number] for number in wanted}
        self.refresh()
        missing = [number for number in wanted if number not in self._tests]
        if missing:  # kept after a later one was: a refresh does not see it
            with self._database.read() as transaction:
                self._learn(row for number in missing for row in transaction.run(_NUMBERED, number=number))
        return {number: self._tests[number] for number in wanted}

    def refresh(self) -> None:
        """Learn what was added since."""
        with self._database.read() as transaction:
            self._learn(transaction.run(_SINCE, number=self._last))

    def _learn(self, rows: Iterable[Row]) -> None:
        with self._guard:
            for test in map(_test, rows):
                if test.number not in self._tests:
                    self._tests[test.number] = test
                    self._numbers[_key(test)] = test.number
                    self._last = max(self._last, test.number)
                    if test.number < MOST_KNOWN:
                        self.known.append(test)


def _test(row: Row) -> KnownTest:
    uuid = bytes(row[2])
    return KnownTest(int(row[0]), str(row[1]), str(UUID(bytes=uuid)) if uuid else "")


def _key(test: KnownTest) -> TestKey:
    return test.name, test.uuid


def _bytes(uuid: str) -> bytes:
    return UUID(uuid).bytes if uuid else b""


_PAGE = 512
"""Numbers whose outcomes stand together: a run of few tests with high numbers is not larger for that."""


def packed(outcomes: Mapping[int, int]) -> bytes:
    """Outcomes by number as a vector: the pages of it that say something, each with its place, deflated."""
    pages = bytearray()
    for page, numbers in groupby(sorted(outcomes), key=lambda number: number // _PAGE):
        content = bytearray(_PAGE)
        for number in numbers:
            content[number % _PAGE] = outcomes[number]
        pages += page.to_bytes(4, "big") + content
    return zlib.compress(bytes(pages), 1)


def packed_vector(vector: bytes) -> bytes:
    """As `packed`, of a vector that begins with number 0."""
    pages = bytearray()
    for page, start in enumerate(range(0, len(vector), _PAGE)):
        content = vector[start : start + _PAGE].ljust(_PAGE, b"\0")
        if any(content):
            pages += page.to_bytes(4, "big") + content
    return zlib.compress(bytes(pages), 1)


def unpacked(data: bytes) -> dict[int, int]:
    """What was `packed`: outcomes that say something, by number."""
    found: dict[int, int] = {}
    for first, content in pages_of(data):
        found.update((number, outcome) for number, outcome in enumerate(content, first) if outcome)
    return found


def pages_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """What was `packed`, as it stands: the first number of each page, and an outcome for each number of it."""
    pages = zlib.decompress(data)
    for start in range(0, len(pages), _PAGE + 4):
        yield int.from_bytes(pages[start : start + 4], "big") * _PAGE, pages[start + 4 : start + 4 + _PAGE]


def of_some(data: bytes, numbers: Iterable[int]) -> dict[int, int]:
    """As `unpacked`, of these numbers only, at a smaller price."""
    pages = zlib.decompress(data)
    starts = {int.from_bytes(pages[start : start + 4], "big"): start + 4 for start in range(0, len(pages), _PAGE + 4)}
    found = {}
    for number in numbers:
        page, place = divmod(number, _PAGE)
        if page in starts and (outcome := pages[starts[page] + place]):
            found[number] = outcome
    return found

"""The dictionary of tests: each (name, id) has a number, for ever; outcomes of a run are a vector over the numbers."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Database, Transaction
from certmark.server.store.schema import tests
from certmark.server.store.statements import Statement

_ADD = Statement(
    "tests.add",
    insert(tests)
    .values(name=bindparam("name"), uuid=bindparam("uuid"))
    .on_conflict_do_nothing(index_elements=["name", "uuid"]),
)
_FIND = Statement(
    "tests.find",
    select(tests.c.number).where(tests.c.name == bindparam("name"), tests.c.uuid == bindparam("uuid")),
)
_ALL = Statement(
    "tests.since",
    select(tests.c.number, tests.c.name, tests.c.uuid)
    .where(tests.c.number > bindparam("number"))
    .order_by(tests.c.number),
)

TestKey = tuple[str, bytes]
"""A name as it was uploaded, and an id (empty: none)."""


class Dictionary:
    """The numbers, kept in memory as far as they were seen; others' additions are looked up when they are met."""

    def __init__(self, database: Database) -> None:
        self._numbers: dict[TestKey, int] = {}
        self._tests: dict[int, TestKey] = {}
        self._last = 0
        self._database = database

    def numbers(self, transaction: Transaction, found: Sequence[TestKey]) -> list[int]:
        """The number of each; what is new is added in this transaction, and known once it is kept."""
        numbers = [self._numbers.get(key) for key in found]
        new = [key for key, number in zip(found, numbers, strict=True) if number is None]
        if not new:
            return [number for number in numbers if number is not None]
        transaction.many(_ADD, [{"name": name, "uuid": uuid} for name, uuid in new])
        added = {key: self._find(transaction, key) for key in new}
        return [added[key] if number is None else number for key, number in zip(found, numbers, strict=True)]

    @staticmethod
    def _find(transaction: Transaction, key: TestKey) -> int:
        row = transaction.one(_FIND, name=key[0], uuid=key[1])
        assert row is not None  # noqa: S101 - it was added a moment ago
        return int(row[0])

    def tests(self, numbers: Iterable[int]) -> Mapping[int, TestKey]:
        """What the numbers stand for. Raises KeyError for one that was never given."""
        wanted = tuple(numbers)
        if any(number not in self._tests for number in wanted):
            self.refresh()
        return {number: self._tests[number] for number in wanted}

    def refresh(self) -> None:
        """Learn what was added since."""
        with self._database.read() as transaction:
            rows = transaction.run(_ALL, number=self._last)
        for number, name, uuid in rows:
            key = (str(name), bytes(uuid))
            self._tests[number] = key
            self._numbers[key] = number
            self._last = max(self._last, number)


def packed(outcomes: Mapping[int, int]) -> bytes:
    """Outcomes by number as a vector: a byte for each number up to the highest, deflated."""
    vector = bytearray(max(outcomes, default=0) + 1)
    for number, outcome in outcomes.items():
        vector[number] = outcome
    return zlib.compress(bytes(vector), 6)


def unpacked(data: bytes) -> dict[int, int]:
    """What was `packed`: outcomes that say something."""
    return {number: outcome for number, outcome in enumerate(zlib.decompress(data)) if outcome}

"""Uploads are packed with a dictionary of the tests that the server knows: most of an upload are their names.

1. What is packed begins with the number of its dictionary (0: none), so that it can be read for ever.
2. A dictionary never changes; when the server knows some more tests, there is a new one.
3. It has the tests as clients of RefStack write them, so that an upload in that order is little more than its length:
   the first ones that the server knew, as many as there is room for, whatever others send later.
"""

from __future__ import annotations

import json
import threading
from typing import NamedTuple

import zstandard
from sqlalchemy import bindparam, insert, select

from certmark.server.numbering import KnownTest
from certmark.server.store.database import Database, Transaction
from certmark.server.store.dictionary import Dictionary
from certmark.server.store.schema import packings
from certmark.server.store.statements import SqlStatement

_LEVEL = 3
_LARGEST = 1 << 20
"""Bytes of a dictionary."""
_GROWTH = 1.005
_MOST_HELD = 32
"""Dictionaries that are held in memory."""
_FEWEST = 50
"""Tests for which a dictionary is worth it."""
_ADD = SqlStatement(
    "packings.add",
    insert(packings).values(last=bindparam("last"), content=bindparam("content")),
)
_ONE = SqlStatement("packings.one", select(packings.c.content).where(packings.c.number == bindparam("number")))
_NEWEST = SqlStatement(
    "packings.newest",
    select(packings.c.number, packings.c.last, packings.c.content).order_by(packings.c.number.desc()).limit(1),
)


class _Packing(NamedTuple):
    number: int
    last: int
    dictionary: zstandard.ZstdCompressionDict | None


_NONE = _Packing(0, 0, None)


class Packer:
    """Packs and unpacks uploads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest = _NONE
        self._contents: dict[int, zstandard.ZstdCompressionDict | None] = {0: None}
        self._local = threading.local()

    def pack(self, content: bytes) -> bytes:
        """`content`, by the newest dictionary."""
        newest = self._newest
        known: _Packing | None
        compressor: zstandard.ZstdCompressor | None
        known, compressor = getattr(self._local, "compressor", (None, None))
        if compressor is None or known is not newest:
            compressor = zstandard.ZstdCompressor(
                level=_LEVEL, dict_data=newest.dictionary, write_checksum=True, write_dict_id=False
            )
            self._local.compressor = newest, compressor
        return newest.number.to_bytes(4, "big") + compressor.compress(content)

    def unpack(self, data: bytes) -> bytes:
        """What was packed. Raises KeyError or zstandard.ZstdError for what was damaged."""
        dictionary = self._dictionary(int.from_bytes(data[:4], "big"))
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(data[4:])

    def _dictionary(self, number: int) -> zstandard.ZstdCompressionDict | None:
        known = self._contents.get(number)
        if number and known is None:
            with self._database.read() as transaction:
                row = transaction.one(_ONE, number=number)
            if row is None:
                raise KeyError(number)
            if len(self._contents) > _MOST_HELD:
                self._contents = {0: None}
            self._contents[number] = found = _of(row[0])
            return found
        return known

    def renew(self, dictionary: Dictionary) -> None:
        """Rule 2: take the newest dictionary, or make one where there are enough new tests."""
        known = list(dictionary.known)
        last = max((test.number for test in known), default=0)
        if len(known) < _FEWEST or last < self._newest.last * _GROWTH:
            return
        with self._database.write() as transaction:
            newest = self._taken(transaction)
            if last >= newest.last * _GROWTH:
                text = _text(known)
                if newest.dictionary is None or newest.dictionary.as_bytes() != text:
                    transaction.run(_ADD, last=last, content=zstandard.compress(text, 19))
                    newest = self._taken(transaction)
        self._newest = newest._replace(last=max(last, newest.last))

    def refresh(self) -> None:
        """Take the newest dictionary."""
        with self._database.read() as transaction:
            self._newest = self._taken(transaction)

    def _taken(self, transaction: Transaction) -> _Packing:
        row = transaction.one(_NEWEST)
        return _NONE if row is None else _Packing(row[0], row[1], _of(row[2]))


def _of(content: bytes) -> zstandard.ZstdCompressionDict:
    found = zstandard.ZstdCompressionDict(
        zstandard.decompress(content, max_output_size=_LARGEST), dict_type=zstandard.DICT_TYPE_RAWCONTENT
    )
    found.precompute_compress(level=_LEVEL)
    return found


def _text(known: list[KnownTest]) -> bytes:
    """Rule 3: the tests by name, so that those of a class stand together."""
    room, first = _LARGEST, []
    for test in sorted(known):
        entry = json.dumps({"name": test.name, "uuid": test.uuid} if test.uuid else {"name": test.name})
        room -= len(entry) + 2
        if room < 0:
            break
        first.append((test.name, test.uuid, entry))
    return f"[{', '.join(entry for *_, entry in sorted(first))}]".encode()

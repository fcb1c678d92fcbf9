"""The log in the database: entries, hashes of complete subtrees, every checkpoint that was signed.

1. What is added is put aside first, and kept in one transaction with the receipts that come of it: nothing is
   signed and forgotten, and no entry stands there without its receipt.
2. A place is taken once. Of two processes that write at once one is refused (Conflict), and begins again; what it
   signed was never shown to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, insert, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import log_checkpoints, log_entries, log_restorations
from certmark.server.store.statements import SqlStatement, Value
from certmark.trust.errors import LogDamaged
from certmark.trust.log.checkpoints import unverified_checkpoint
from certmark.trust.log.log import NewEntry
from certmark.trust.log.merkle import HASH_SIZE, leaf_hash

_MOST_KNOWN = 10_000
"""Entries that are held, since proofs beside each other need the same ones."""
_SIZE = SqlStatement("log.size", select(func.max(log_entries.c.place)))
_ENTRY = SqlStatement(
    "log.entry", select(log_entries.c.content, log_entries.c.hashes).where(log_entries.c.place == bindparam("at"))
)
_ENTRIES = SqlStatement(
    "log.entries",
    select(log_entries.c.content)
    .where(log_entries.c.place >= bindparam("first"), log_entries.c.place < bindparam("behind"))
    .order_by(log_entries.c.place),
)
_ADD = SqlStatement("log.add", insert(log_entries))
_LAST = SqlStatement(
    "log.last",
    select(log_checkpoints.c.note, log_checkpoints.c.key).order_by(log_checkpoints.c.size.desc()).limit(1),
)
_SIGNED = SqlStatement(
    "log.signed", select(log_checkpoints.c.note).where(log_checkpoints.c.size == bindparam("entries"))
)
_SIZES = SqlStatement(
    "log.sizes",
    select(log_checkpoints.c.size)
    .where(log_checkpoints.c.size < bindparam("before"))
    .order_by(log_checkpoints.c.size.desc())
    .limit(bindparam("most")),
)
_KEEP = SqlStatement("log.keep", insert(log_checkpoints))
_RESTORED = SqlStatement(
    "log.restored", select(log_restorations.c.moment).where(log_restorations.c.agreed.is_(None)).limit(1)
)
_MARK = SqlStatement("log.mark", insert(log_restorations))
_AGREED = SqlStatement(
    "log.agreed",
    update(log_restorations).where(log_restorations.c.agreed.is_(None)).values(agreed=bindparam("now")),
)


class SignedHead(NamedTuple):
    """The last checkpoint."""

    note: bytes
    key: str
    """The key that signed it, as others name it (NAME+ID+KEY)."""


class _Kept(NamedTuple):
    content: bytes
    hashes: bytes


class StagedLog:
    """The log as a transaction sees it, and what is to be added: a `trust.log.log.LogStore`."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        """In which it is read."""
        last = transaction.one(_SIZE)
        self._kept = 0 if last is None or last[0] is None else int(last[0]) + 1
        self._known: dict[int, _Kept] = {}
        self._new: list[NewEntry] = []
        self._checkpoints: list[bytes] = []
        signed = head(transaction)
        self._signed = None if signed is None else signed.note

    @property
    def size(self) -> int:
        """As the protocol says."""
        return self._kept + len(self._new)

    def entry(self, index: int) -> bytes:
        """As the protocol says; the content is compared with its hash."""
        found = self._at(index)
        if leaf_hash(found.content) != found.hashes[:HASH_SIZE]:
            raise LogDamaged(f"entry {index} of the log is not what was written; bring back a copy of it")
        return found.content

    def hash(self, level: int, index: int) -> bytes:
        """As the protocol says."""
        last = ((index + 1) << max(level, 0)) - 1
        if level < 0 or index < 0 or last >= self.size:
            raise IndexError((level, index))
        found = self._at(last).hashes[level * HASH_SIZE : (level + 1) * HASH_SIZE]
        if len(found) != HASH_SIZE:
            raise LogDamaged(f"entry {last} of the log is not what was written; bring back a copy of it")
        return found

    def append(self, entries: Sequence[NewEntry]) -> None:
        """As the protocol says, but for the disk: that is `keep`."""
        self._new += entries

    def checkpoint(self) -> bytes | None:
        """As the protocol says."""
        return self._signed

    def keep_checkpoint(self, note: bytes) -> None:
        """As the protocol says, but for the disk."""
        self._checkpoints.append(note)
        self._signed = note

    def keep(self, transaction: Transaction, key: str, moment: int) -> None:
        """Write what was put aside; `key` signed it. Raises Conflict where another process wrote meanwhile."""
        rows: list[Mapping[str, Value]] = [
            {"place": place, "content": one.data, "hashes": b"".join(one.hashes)}
            for place, one in enumerate(self._new, self._kept)
        ]
        transaction.many(_ADD, rows)
        for note in self._checkpoints:
            transaction.run(_KEEP, size=unverified_checkpoint(note).size, note=note, key=key, created=moment)

    def _at(self, place: int) -> _Kept:
        if not 0 <= place < self.size:
            raise IndexError(place)
        if place >= self._kept:
            new = self._new[place - self._kept]
            return _Kept(new.data, b"".join(new.hashes))
        found = self._known.get(place)
        if found is None:
            row = self.transaction.one(_ENTRY, at=place)
            if row is None:
                raise LogDamaged(f"entry {place} of the log is not there any more; bring back a copy of it")
            if len(self._known) == _MOST_KNOWN:
                self._known.clear()
            found = self._known[place] = _Kept(bytes(row[0]), bytes(row[1]))
        return found


def head(transaction: Transaction) -> SignedHead | None:
    """The last checkpoint; None: there is no log yet."""
    row = transaction.one(_LAST)
    return None if row is None else SignedHead(bytes(row[0]), row[1])


def signed(transaction: Transaction, size: int) -> bytes | None:
    """The checkpoint that was signed when there were `size` entries, if one was."""
    row = transaction.one(_SIGNED, entries=size)
    return None if row is None else bytes(row[0])


def sizes(transaction: Transaction, before: int, most: int) -> list[int]:
    """How many entries there were when a checkpoint was signed, below `before`, the largest first."""
    return [row[0] for row in transaction.run(_SIZES, before=before, most=most)]


def entries(transaction: Transaction, first: int, behind: int) -> list[bytes]:
    """The entries from number `first` to the one before `behind`."""
    return [bytes(row[0]) for row in transaction.run(_ENTRIES, first=first, behind=behind)]


def is_restored(transaction: Transaction) -> bool:
    """Whether it came from a backup, and nobody compared it since."""
    return transaction.one(_RESTORED) is not None


def mark_restored(transaction: Transaction, moment: int) -> None:
    """That whoever opens it has it from a backup that was written then."""
    transaction.run(_MARK, moment=moment, agreed=None)


def agree(transaction: Transaction, moment: int) -> None:
    """That it was compared with what others keep."""
    transaction.run(_AGREED, now=moment)

"""The log: entries that are only ever appended, and what convinces others of it.

Rules of a log:

1. An entry, once appended, is never changed, moved or removed.
2. Nothing is appended and nothing signed unless the log still begins with what was signed before: by the
   last checkpoint in the store, and by every published one that the opener brings along. The store may be
   an old copy as a whole; what others have seen tells.
3. What is signed is kept before it is handed out: a log that forgets could sign two histories.
4. What came since the last checkpoint is computed again from the entries before it is signed: a hash that
   rotted in the meantime would be signed for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from certmark.trust.errors import LogForked
from certmark.trust.log.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint, unverified_checkpoint
from certmark.trust.log.merkle import (
    EMPTY_ROOT,
    Hashes,
    completed_by,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
)
from certmark.trust.log.notes import NoteKey, NoteSigner

_BATCH = 4096
"""Entries that `append` gives to the store at once."""


class NewEntry(NamedTuple):
    """An entry to be appended."""

    data: bytes
    hashes: tuple[bytes, ...]
    """Of the subtrees that it completes: its leaf first, then level 1, …"""


class LogStore(Protocol):
    """Entries and the hashes of complete subtrees, only ever appended to.

    What was appended is on the disk when `append` returns; where it is interrupted, none of the
    entries or the first of them count. One process writes at a time; others may read meanwhile.
    """

    @property
    def size(self) -> int:
        """How many entries there are."""

    def entry(self, index: int) -> bytes:
        """The content of an entry. Raises IndexError; LogDamaged or OSError where it cannot be read."""

    def hash(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree. Raises IndexError; LogDamaged or OSError."""

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Append in this order. Raises LogBusy, LogDamaged or OSError."""

    def checkpoint(self) -> bytes | None:
        """The last checkpoint that was signed, if any."""

    def keep_checkpoint(self, note: bytes) -> None:
        """Keep a checkpoint before anybody sees it. Raises OSError."""


class Log:
    """A log over whatever keeps it. Errors of the store go through."""

    def __init__(self, origin: str, store: LogStore, published: Sequence[Checkpoint] = ()) -> None:
        """`origin` names the log in checkpoints: a name like `example.com/log` that no other log has.

        `published` are checkpoints of it that others have seen, kept outside of the store: by a witness, by
        whoever got a receipt, by the operator (`log.memory`).
        """
        self.origin = origin
        self._store = store
        self._published = tuple(published)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._store.size

    @property
    def published(self) -> int:
        """How many published checkpoints it is held to."""
        return len(self._published)

    def entry(self, index: int) -> bytes:
        """The content of an entry. Raises IndexError."""
        return self._store.entry(index)

    def append(self, entries: Iterable[bytes]) -> range:
        """Append `entries` and give their places; they are on the disk when this returns.

        Raises LogForked where the log does not continue what was signed before.
        """
        self.check_history()
        first = self._store.size
        batch: list[bytes] = []
        for data in entries:
            batch.append(data)
            if len(batch) == _BATCH:
                self._append(batch)
                batch = []
        if batch:
            self._append(batch)
        return range(first, self._store.size)

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` entries (default: all). Raises IndexError."""
        return root(self._checked(size), self._store.hash)

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that entry `index` is among the first `size` entries. Raises IndexError or ValueError."""
        return inclusion_proof(index, self._checked(size), self._store.hash)

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The proof that the first `old` entries still begin the first `new`. Raises IndexError or ValueError."""
        return consistency_proof(old, self._checked(new), self._store.hash)

    def checkpoint(self, signers: Sequence[NoteSigner], *, time: int = 0, former: Sequence[NoteKey] = ()) -> bytes:
        """Sign the log as it is now; kept, then given. `former` are keys that signed before `signers` did.

        Raises LogForked where the log does not continue what was signed before.
        """
        last = self._store.checkpoint()
        self.check_history()
        before = Checkpoint(self.origin, 0, EMPTY_ROOT)
        if last is not None:
            keys = [*(signer.key for signer in signers), *former]
            before = open_checkpoint(last, keys, name="the last checkpoint").checkpoint
        now = Checkpoint(self.origin, self.size, self.root())
        if last is not None and before == now:
            return last
        # Rule 4.
        if audit(self._store, before.size) != now.root:
            raise LogForked("the root is not that of the entries; nothing is signed")
        note = sign_checkpoint(now, signers, time=time)
        self._store.keep_checkpoint(note)
        return note

    def check_history(self) -> None:
        """Rule 2, whoever signed. Raises LogForked."""
        last = self._store.checkpoint()
        if last is not None:
            self._check_continues(unverified_checkpoint(last, "the last checkpoint"), "were signed before")
        for seen in self._published:
            self._check_continues(seen, "were published")

    def _check_continues(self, before: Checkpoint, how: str) -> None:
        if before.origin != self.origin:
            raise LogForked(f"the folder holds the log {before.origin}, not {self.origin}; name the right one")
        if before.size > self.size:
            raise LogForked(
                f"the log has {self.size:,} entries, and {before.size:,} {how}; "
                "entries were lost, bring back a copy that has them"
            )
        if self.root(before.size) != before.root:
            raise LogForked(
                f"the first {before.size:,} entries are not those that {how}; nothing is appended or signed"
            )

    def _append(self, batch: Sequence[bytes]) -> None:
        known: dict[tuple[int, int], bytes] = {}

        def hashes(level: int, index: int) -> bytes:
            found = known.get((level, index))
            return self._store.hash(level, index) if found is None else found

        new = []
        for index, data in enumerate(batch, self._store.size):
            found = tuple(completed_by(index, leaf_hash(data), hashes))
            known.update(((level, index >> level), node) for level, node in enumerate(found))
            new.append(NewEntry(data, found))
        self._store.append(new)

    def _checked(self, size: int | None) -> int:
        if size is None:
            return self._store.size
        if not 0 <= size <= self._store.size:
            raise IndexError(size)
        return size


def audit(store: LogStore, start: int = 0) -> bytes:
    """The root, computed again from the entries from number `start` on; compares stored hashes on the way.

    Of the entries before `start` the stored hashes are believed. Raises LogForked where a stored hash is not
    that of the entries, LogDamaged where an entry is not.
    """
    frontier = {
        level: store.hash(level, (start >> level) - 1) for level in range(start.bit_length()) if start >> level & 1
    }

    def hashes(level: int, _index: int) -> bytes:
        return frontier[level]

    for index in range(start, store.size):
        completed = tuple(completed_by(index, leaf_hash(store.entry(index)), hashes))
        for level, node in enumerate(completed):
            if store.hash(level, index >> level) != node:
                raise LogForked(f"the stored hash at level {level} over entry {index:,} is not that of the entries")
            frontier[level] = node
    return _root_of(store.size, frontier)


def _root_of(size: int, frontier: dict[int, bytes]) -> bytes:
    """The root, from the last complete subtree of each level; those are all that it needs."""
    needed: Hashes = lambda level, _index: frontier[level]  # noqa: E731 - a one-line reader
    return root(size, needed)


class MemoryStore:
    """A store that forgets when the process ends: for tests, and to try things."""

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._levels: list[list[bytes]] = []
        self._checkpoint: bytes | None = None

    @property
    def size(self) -> int:
        """As the protocol says."""
        return len(self._entries)

    def entry(self, index: int) -> bytes:
        """As the protocol says."""
        return self._entries[_natural(index)]

    def hash(self, level: int, index: int) -> bytes:
        """As the protocol says."""
        return self._levels[_natural(level)][_natural(index)]

    def append(self, entries: Sequence[NewEntry]) -> None:
        """As the protocol says."""
        for entry in entries:
            self._entries.append(entry.data)
            for level, found in enumerate(entry.hashes):
                if level == len(self._levels):
                    self._levels.append([])
                self._levels[level].append(found)

    def checkpoint(self) -> bytes | None:
        """As the protocol says."""
        return self._checkpoint

    def keep_checkpoint(self, note: bytes) -> None:
        """As the protocol says."""
        self._checkpoint = note


def _natural(number: int) -> int:
    if number < 0:
        raise IndexError(number)
    return number

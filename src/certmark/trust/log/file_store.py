"""A log in a folder: three files that only grow, and the last checkpoint.

    entries      the contents, one after the other
    hashes       32 bytes for each complete subtree, in the order in which they became complete
    records      16 bytes an entry: where its content ends, and a check over its number and that end;
                 locked (flock) by the one process that writes
    checkpoint   the last signed checkpoint, replaced as a whole

An entry counts once its record is there: contents and hashes are on the disk (fsync) before the
record is written. What a power cut leaves behind the last sound record is cut off by the next
writer, and not looked at by readers. Of a batch that a power cut interrupts, the first entries may
count.

Damage is no torn tail, and a damaged log is refused, never shortened. These are damage: a sound record
whose content or hashes are missing or differ; fewer sound records than the checkpoint says; entries
without a checkpoint, since the first thing that is written is the checkpoint of the empty log.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from certmark.trust.errors import LogBusy, LogDamaged, UnsoundNote
from certmark.trust.log.checkpoints import unverified_checkpoint
from certmark.trust.log.files import replace_file, sync_folder
from certmark.trust.log.log import NewEntry
from certmark.trust.log.merkle import HASH_SIZE, leaf_hash

FILES: Final = ("entries", "hashes", "records")
"""Those that only grow."""
_RECORD: Final = struct.Struct(">Q8s")
_LARGEST_CHECKPOINT: Final = 1 << 20
_LARGEST_ENTRY: Final = 16 << 20


class FileStore:
    """The log in a folder; a `LogStore`. A context that frees its files, or `close` it."""

    def __init__(self, folder: str, *, writable: bool = False) -> None:
        """Open the log in `folder`; to write, it is made where there is none, and its torn tail is cut off.

        Raises LogBusy, LogDamaged or OSError.
        """
        self._folder = Path(folder)
        self._writable = writable
        self._files: dict[str, int] = {}
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the files, and the lock with them."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files = {}

    @property
    def size(self) -> int:
        """How many entries there are; a reader sees what was there when it opened the log, or refreshed."""
        return self._size

    def refresh(self) -> None:
        """Look for what another process appended. Raises LogDamaged or OSError."""
        # The checkpoint first: a writer writes it last.
        signed = self._signed_size()
        self._size, self._end = self._sound_records(signed)

    def entry(self, index: int) -> bytes:
        """As the protocol says; the content is compared with its hash."""
        if not 0 <= index < self._size:
            raise IndexError(index)
        start = self._end_of(index - 1) if index else 0
        end = self._end_of(index)
        if not 0 <= end - start <= _LARGEST_ENTRY:
            raise self._damaged(index)
        data = os.pread(self._files["entries"], end - start, start)
        if len(data) != end - start or leaf_hash(data) != self.hash(0, index):
            raise self._damaged(index)
        return data

    def hash(self, level: int, index: int) -> bytes:
        """As the protocol says."""
        last = ((index + 1) << max(level, 0)) - 1
        if level < 0 or index < 0 or last >= self._size:
            raise IndexError((level, index))
        found = os.pread(self._files["hashes"], HASH_SIZE, (hashes_of(last) + level) * HASH_SIZE)
        if len(found) != HASH_SIZE:
            raise self._damaged(last)
        return found

    def append(self, entries: Sequence[NewEntry]) -> None:
        """As the protocol says."""
        if not self._writable:
            raise LogBusy(f"the log in {self._folder} was opened for reading only")
        self._check_place()
        if self.checkpoint() is None:
            raise self._lost_checkpoint()
        ends, records = self._end, bytearray()
        for index, entry in enumerate(entries, self._size):
            if len(entry.data) > _LARGEST_ENTRY:
                raise ValueError(f"an entry of a log has at most {_LARGEST_ENTRY >> 20} MiB")
            ends += len(entry.data)
            records += _RECORD.pack(ends, _check(index, ends))
        contents = b"".join(entry.data for entry in entries)
        hashes = b"".join(found for entry in entries for found in entry.hashes)
        self._write("entries", contents, self._end)
        self._write("hashes", hashes, hashes_of(self._size) * HASH_SIZE)
        try:
            self._write("records", bytes(records), self._size * _RECORD.size)
        except OSError:
            os.ftruncate(self._files["records"], self._size * _RECORD.size)
            raise
        self._size, self._end = self._size + len(entries), ends

    def checkpoint(self) -> bytes | None:
        """As the protocol says."""
        try:
            with (self._folder / "checkpoint").open("rb") as file:
                return file.read(_LARGEST_CHECKPOINT)
        except FileNotFoundError:
            return None

    def keep_checkpoint(self, note: bytes) -> None:
        """As the protocol says."""
        self._check_place()
        replace_file(self._folder / "checkpoint", note)

    def _open(self) -> None:
        if self._writable:
            self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT if self._writable else os.O_RDONLY
        for name in FILES:
            self._files[name] = os.open(self._folder / name, flags | os.O_CLOEXEC, 0o644)
        if self._writable:
            self._lock()
        self.refresh()
        if self._writable:
            self._cut_torn_tail()
            sync_folder(self._folder)

    def _lock(self) -> None:
        """On a file that no log can do without: one that was removed would be no lock any more."""
        try:
            fcntl.flock(self._files["records"], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LogBusy(f"another process writes to the log in {self._folder}; wait for it") from None
        self._check_place()

    def _check_place(self) -> None:
        """Raise LogDamaged where the folder has other files by now than those that were opened."""
        for name, descriptor in self._files.items():
            try:
                found = (self._folder / name).stat()
            except OSError:
                found = None
            if found is None or not os.path.samestat(found, os.fstat(descriptor)):
                raise LogDamaged(
                    f"{name} of the log in {self._folder} was removed or replaced while the log was open; "
                    "nothing is written, open it again"
                )

    def _signed_size(self) -> int | None:
        """How many entries the checkpoint covers; None where there is no checkpoint. Who signed it is not looked at."""
        note = self.checkpoint()
        if note is None:
            return None
        try:
            return unverified_checkpoint(note).size
        except UnsoundNote as error:
            raise LogDamaged(
                f"the checkpoint of the log in {self._folder} is damaged; bring back a copy of it"
            ) from error

    def _sound_records(self, signed: int | None) -> tuple[int, int]:
        """How many entries count, and where the last one ends."""
        count = os.fstat(self._files["records"]).st_size // _RECORD.size
        # A torn record was never signed; one in front of a sound record is damage, and shows when it is read.
        while count > (signed or 0) and not self._is_sound(count - 1):
            count -= 1
        if signed is None and count:
            raise self._lost_checkpoint()
        if signed and (count < signed or not self._is_sound(signed - 1)):
            raise LogDamaged(
                f"the log in {self._folder} was signed with {signed:,} entries and does not have them all any more; "
                "bring back a copy of it"
            )
        end = self._end_of(count - 1) if count else 0
        if (
            os.fstat(self._files["entries"]).st_size < end
            or os.fstat(self._files["hashes"]).st_size < hashes_of(count) * HASH_SIZE
        ):
            raise self._damaged(count - 1)
        return count, end

    def _is_sound(self, index: int) -> bool:
        end, check = _RECORD.unpack(os.pread(self._files["records"], _RECORD.size, index * _RECORD.size))
        return bool(check == _check(index, end))

    def _cut_torn_tail(self) -> None:
        sizes = {
            "entries": self._end,
            "hashes": hashes_of(self._size) * HASH_SIZE,
            "records": self._size * _RECORD.size,
        }
        for name, size in sizes.items():
            if os.fstat(self._files[name]).st_size > size:
                os.ftruncate(self._files[name], size)
                os.fsync(self._files[name])

    def _end_of(self, index: int) -> int:
        """Where the content of an entry ends."""
        content = os.pread(self._files["records"], _RECORD.size, index * _RECORD.size)
        if len(content) != _RECORD.size:
            raise self._damaged(index)
        end, check = _RECORD.unpack(content)
        if check != _check(index, end):
            raise self._damaged(index)
        return int(end)

    def _write(self, name: str, content: bytes, place: int) -> None:
        """At its place, whatever an earlier attempt that failed left there."""
        descriptor = self._files[name]
        view = memoryview(content)
        while view:
            written = os.pwrite(descriptor, view, place)
            view, place = view[written:], place + written
        os.fsync(descriptor)

    def _lost_checkpoint(self) -> LogDamaged:
        return LogDamaged(f"the log in {self._folder} has no checkpoint any more; bring back a copy of it")

    def _damaged(self, index: int) -> LogDamaged:
        return LogDamaged(
            f"entry {index} of the log in {self._folder} is not what was written; bring back a copy of it"
        )


def hashes_of(size: int) -> int:
    """How many subtrees are complete in a tree of `size` leaves."""
    return 2 * size - size.bit_count()


def _check(index: int, end: int) -> bytes:
    """Tells a record that was written from what a power cut left; damage by people shows in the hashes."""
    return sha256(struct.pack(">QQ", index, end)).digest()[:8]

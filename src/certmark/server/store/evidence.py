"""The evidence store: bytes by their SHA-256, written before they are named, compared when they are read.

A folder, or a bucket of an S3 service. Two writers of one object write the same bytes, so that nothing is
locked; what decides who may read it stands in the database, never in a key's existence.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from certmark.domain.errors import CannotProceed

STEP = 1 << 20
"""Bytes read or written at once."""


class EvidenceAway(CannotProceed):
    """The evidence store does not answer, or has no room; whoever asks may ask again."""


class DamagedEvidence(CannotProceed):
    """The store gave other bytes than were kept: the operator must restore them."""


class EvidenceStore(Protocol):
    """Objects by digest."""

    def keep(self, content: BinaryIO) -> tuple[bytes, int]:
        """Store all of `content`, durably, and give its digest and size. Raises EvidenceAway."""

    def read(self, digest: bytes) -> Iterator[bytes]:
        """The object in pieces; its digest is compared at the end.

        Raises KeyError where there is none, DamagedEvidence or EvidenceAway.
        """

    def remove(self, digest: bytes) -> None:
        """Forget the object, if it is there. Raises EvidenceAway."""

    def digests(self) -> Iterator[tuple[bytes, float]]:
        """Every object with the time of its writing, in seconds since 1970. Raises EvidenceAway."""


def compared(pieces: Iterator[bytes], digest: bytes) -> Iterator[bytes]:
    """`pieces`, and DamagedEvidence at the end where they are other bytes."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
        yield piece
    if found.digest() != digest:
        raise DamagedEvidence(f"the evidence {digest.hex()} was changed or damaged where it is kept; restore it")


class FolderStore:
    """A folder, `aa/bb/` below it by the first digits; files are read-only and never written over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / "unfinished"
        self._unfinished.mkdir(parents=True, exist_ok=True)

    def keep(self, content: BinaryIO) -> tuple[bytes, int]:
        """On the disk with its folders when this returns."""
        digest, size = hashlib.sha256(), 0
        try:
            with tempfile.NamedTemporaryFile(dir=self._unfinished, delete=False) as file:
                try:
                    while piece := content.read(STEP):
                        digest.update(piece)
                        size += len(piece)
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
                    self._name(Path(file.name), digest.digest())
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(file.name)  # noqa: PTH108 - as `tempfile` names it
        except OSError as error:
            raise EvidenceAway(f"evidence cannot be written: {error.strerror}") from error
        return digest.digest(), size

    def _name(self, unfinished: Path, digest: bytes) -> None:
        path = self._path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.chmod(0o444)
        unfinished.replace(path)
        for folder in (path.parent, path.parent.parent, self._folder):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._folder / name[:2] / name[2:4] / name

    def read(self, digest: bytes) -> Iterator[bytes]:
        """As the store's protocol says."""
        try:
            file = self._path(digest).open("rb")
        except FileNotFoundError:
            raise KeyError(digest.hex()) from None
        except OSError as error:
            raise EvidenceAway(f"evidence cannot be read: {error.strerror}") from error
        return compared(_pieces(file), digest)

    def remove(self, digest: bytes) -> None:
        """As the store's protocol says."""
        try:
            self._path(digest).unlink(missing_ok=True)
        except OSError as error:
            raise EvidenceAway(f"evidence cannot be removed: {error.strerror}") from error

    def digests(self) -> Iterator[tuple[bytes, float]]:
        """As the store's protocol says; what is no object of ours is passed over."""
        for path in self._folder.glob("??/??/*"):
            with suppress(ValueError, FileNotFoundError):
                yield bytes.fromhex(path.name), path.stat().st_mtime


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        try:
            while piece := file.read(STEP):
                yield piece
        except OSError as error:
            raise EvidenceAway(f"evidence cannot be read: {error.strerror}") from error


class S3Store:
    """A bucket of an S3 service, by `obstore`."""

    def __init__(self, store: object, prefix: str = "") -> None:
        self._store = store
        self._prefix = prefix.strip("/")

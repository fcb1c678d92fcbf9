"""The evidence store: bytes by their SHA-256, written before they are named, compared when they are read.

A folder, or a bucket of an S3 service. Two writers of one object write the same bytes, so that nothing is
locked; what decides who may read it stands in the database, never in a key's existence.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from certmark.domain.errors import CannotProceed
from certmark.server.settings import Settings

if TYPE_CHECKING:  # the library is there where S3 is used
    from obstore import GetResult
    from obstore.store import ClientConfig, ObjectStore

STEP = 1 << 20
"""Bytes read or written at once."""
_PART = 8 << 20
"""Bytes of a part of a large object; S3 takes ten thousand of them."""
_CLIENT: ClientConfig = {"connect_timeout": "5s", "read_timeout": "60s", "timeout": "1h"}
"""How long an S3 service may be silent, and how long one object may take."""
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
"""What an S3 service calls an error."""
_RETRIES = 3
_RETRYING = dt.timedelta(seconds=15)
"""Whoever waits for a store that is away is told so, and asks again."""


class EvidenceAway(CannotProceed):
    """The evidence store does not answer, or has no room; whoever asks may ask again."""


class DamagedEvidence(CannotProceed):
    """The store gave other bytes than were kept: the operator must restore them."""


class EvidenceStore(Protocol):
    """Objects by digest."""

    def keep(self, content: BinaryIO, digest: bytes) -> None:
        """Store all of `content`, durably. Raises EvidenceAway, also where it has another digest."""

    def read(self, digest: bytes) -> Iterator[bytes]:
        """The object in pieces; its digest is compared at the end.

        Raises KeyError where there is none, DamagedEvidence or EvidenceAway.
        """

    def has(self, digest: bytes) -> bool:
        """Whether there is such an object. Raises EvidenceAway."""

    def remove(self, digest: bytes) -> None:
        """Forget the object, if it is there. Raises EvidenceAway."""

    def digests(self) -> Iterator[tuple[bytes, float]]:
        """Every object with the time of its writing, in seconds since 1970. Raises EvidenceAway."""

    def remove_unfinished(self, before: float) -> None:
        """Forget what was begun before that time and never became an object. Raises EvidenceAway."""

    def check(self) -> None:
        """Whether it is there, whatever is in it. Raises EvidenceAway."""


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

    def keep(self, content: BinaryIO, digest: bytes) -> None:
        """On the disk with its folders when this returns."""
        if self._is_whole(digest):
            return
        found = hashlib.sha256()
        try:
            with tempfile.NamedTemporaryFile(dir=self._unfinished, delete=False) as file:
                try:
                    while piece := content.read(STEP):
                        found.update(piece)
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
                    if found.digest() != digest:
                        raise EvidenceAway("evidence changed while it was written; send it again")
                    self._name(Path(file.name), digest)
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(file.name)  # noqa: PTH108 - as `tempfile` names it
        except OSError as error:
            raise EvidenceAway(f"evidence cannot be written: {error.strerror}") from error

    def _is_whole(self, digest: bytes) -> bool:
        """What is there already, and was damaged, is mended by whoever sends it again."""
        try:
            with self._path(digest).open("rb") as file:
                return hashlib.file_digest(file, "sha256").digest() == digest
        except OSError:
            return False

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

    def has(self, digest: bytes) -> bool:
        """As the store's protocol says."""
        try:
            return self._path(digest).exists()
        except OSError as error:
            raise EvidenceAway(f"evidence cannot be read: {error.strerror}") from error

    def remove_unfinished(self, before: float) -> None:
        """As the store's protocol says."""
        for path in self._unfinished.glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()

    def check(self) -> None:
        """A folder that is not mounted any more is away, not empty."""
        if not self._unfinished.is_dir():
            raise EvidenceAway(f"evidence cannot be read: {self._folder} is not there")

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
    """A bucket of an S3 service, by `obstore`; keys are digests in hex, so that nothing is ever written over."""

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        self._store = store
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def keep(self, content: BinaryIO, digest: bytes) -> None:
        """Whole in the bucket when this returns; compared by its size, and by its digest whenever it is read."""
        import obstore

        if hashlib.file_digest(content, "sha256").digest() != digest:  # type: ignore[arg-type]  # a file is one
            raise EvidenceAway("evidence changed while it was written; send it again")
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        with _away("written"):
            with suppress(FileNotFoundError):
                if obstore.head(self._store, self._key(digest))["size"] == size:
                    return
            obstore.put(self._store, self._key(digest), content, chunk_size=_PART)
            with suppress(FileNotFoundError):  # somebody collected it meanwhile, and whoever names it looks
                if obstore.head(self._store, self._key(digest))["size"] != size:
                    raise EvidenceAway("evidence was not written whole; send it again")

    def _key(self, digest: bytes) -> str:
        return self._prefix + digest.hex()

    def read(self, digest: bytes) -> Iterator[bytes]:
        """As the store's protocol says."""
        import obstore

        with _away("read"):
            try:
                found = obstore.get(self._store, self._key(digest))
            except FileNotFoundError:
                raise KeyError(digest.hex()) from None
        return compared(_streamed(found), digest)

    def has(self, digest: bytes) -> bool:
        """As the store's protocol says."""
        import obstore

        with _away("read"), suppress(FileNotFoundError):
            obstore.head(self._store, self._key(digest))
            return True
        return False

    def check(self) -> None:
        """Whether the bucket answers; without one a key that is not there looks the same."""
        import obstore

        with _away("read"):
            next(iter(obstore.list(self._store, f"{self._prefix}none")), None)

    def remove_unfinished(self, before: float) -> None:
        """S3 keeps parts of uploads that broke off apart; a rule of the bucket's life cycle ends them."""

    def remove(self, digest: bytes) -> None:
        """As the store's protocol says."""
        import obstore

        with _away("removed"), suppress(FileNotFoundError):
            obstore.delete(self._store, self._key(digest))

    def digests(self) -> Iterator[tuple[bytes, float]]:
        """As the store's protocol says; what is no object of ours is passed over."""
        import obstore

        with _away("listed"):
            for page in obstore.list(self._store, self._prefix or None):
                for found in page:
                    with suppress(ValueError):
                        yield (
                            bytes.fromhex(found["path"].removeprefix(self._prefix)),
                            found["last_modified"].timestamp(),
                        )


def _streamed(found: GetResult) -> Iterator[bytes]:
    with _away("read"):
        for piece in found.stream(STEP):
            yield bytes(piece)


@contextmanager
def _away(what: str) -> Iterator[None]:
    """Errors of the library as ours, without its words: addresses and keys stand in them."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError, PermissionError) as error:
        code = _CODE.search(str(error))
        said = type(error).__name__.removesuffix("Error") if code is None else code[1]
        raise EvidenceAway(f"evidence cannot be {what}: the S3 service says {said}") from None


def open_evidence(settings: Settings) -> EvidenceStore:
    """The store that the settings name. Raises CannotProceed."""
    url = settings.evidence_url
    if url is None or url.startswith("file:///"):
        return FolderStore(settings.data / "evidence" if url is None else Path(url.removeprefix("file://")))
    from obstore.store import S3Store as Bucket

    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    store = Bucket(
        bucket,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key_id=settings.s3_access_key,
        secret_access_key=settings.s3_secret_key,
        client_options={**_CLIENT, "allow_http": (settings.s3_endpoint or "").startswith("http://")},
        retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRYING},
    )
    return S3Store(store, prefix)

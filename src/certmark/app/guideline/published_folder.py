"""The folder from which guidelines are served: what is in it, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from certmark.app.files import write_file
from certmark.authoring.static_site import FEED, PLAIN_INDEX
from certmark.domain.errors import InvalidRequest
from certmark.domain.phrases import some
from certmark.domain.published_revisions import PublishedRevision
from certmark.formats.errors import InvalidGuideline
from certmark.trust.log.files import replace_file
from certmark.trust.publications.documents import INDEX, LARGEST, text_path

_OURS = frozenset({INDEX, PLAIN_INDEX, FEED, "revisions", "log", "log.vkey", "v1", "api"})
_MADE = ("v1", "api")
"""Folders in which everything is made of the index."""
_DIGEST = 64


class PublishedFolder:
    """A folder of published guidelines, or one that is to become one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path / INDEX)
        """Of its index, for messages."""

    def refuse_foreign(self) -> None:
        """Raise InvalidRequest where it is no folder, or somebody else's."""
        if self.path.exists() and not self.path.is_dir():
            raise InvalidRequest(f"{self.path} is no folder; name one for what is published")
        if not self.path.is_dir() or (self.path / INDEX).is_file():
            return
        others = [one.name for one in sorted(self.path.iterdir()) if not _is_ours(one.name)]
        if others:
            raise InvalidRequest(
                f"{self.path} holds something else than published guidelines ({some(others)}); name another folder"
            )

    def index(self) -> bytes | None:
        """The signed index; None: nothing was published. Raises OSError."""
        try:
            with (self.path / INDEX).open("rb") as file:
                return file.read(LARGEST + 1)
        except FileNotFoundError:
            return None

    def text(self, one: PublishedRevision) -> bytes:
        """The text of a revision. Raises InvalidGuideline where it is not there, or was changed."""
        try:
            data = (self.path / text_path(one)).read_bytes()
        except FileNotFoundError:
            data = b""
        if sha256(data).hexdigest() != one.sha256:
            raise InvalidGuideline(
                f"{self.path / text_path(one)} is missing, or is not what was published; bring a copy of it back"
            )
        return data

    def keep(self, path: str, content: bytes) -> None:
        """Write a file that stays, on the disk when this returns; nothing where it is there already. Raises OSError."""
        place = self.path / path
        if not _has(place, content):
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_file(place, content)

    def commit(self, index: bytes) -> None:
        """Put the signed index in the place of the one before: from now on it is published. Raises OSError."""
        replace_file(self.path / INDEX, index)

    def write_derived(self, files: Mapping[str, bytes]) -> None:
        """Write what is made of the index, and remove what is made no longer. Raises CannotProceed or OSError."""
        for path, content in files.items():
            place = self.path / path
            if not _has(place, content):
                place.parent.mkdir(parents=True, exist_ok=True)
                write_file(place, content)
        for path in list(self._made()):
            if path not in files and len(Path(path).name) != _DIGEST:  # texts stay under their digests
                (self.path / path).unlink()

    def _made(self) -> Iterator[str]:
        for folder in _MADE:
            for place in sorted((self.path / folder).rglob("*")):
                if place.is_file():
                    yield place.relative_to(self.path).as_posix()

    def clear_partial(self) -> None:
        """Remove what somebody left who was interrupted while writing. Raises OSError."""
        for place in self.path.rglob("*.partial"):
            place.unlink()
        for folder in (self.path, self.path / "revisions"):
            for place in folder.glob("*.[0-9]*"):
                if place.is_file() and place.suffix[1:].isdigit():
                    place.unlink()


def _is_ours(name: str) -> bool:
    return name in _OURS or name.startswith((".", *(f"{one}." for one in _OURS)))


def _has(place: Path, content: bytes) -> bool:
    return place.is_file() and place.stat().st_size == len(content) and place.read_bytes() == content

"""What was last seen of each log, kept outside of the logs: by whoever signs one, and by witnesses.

A log's own folder may be brought back from a backup as a whole, its checkpoint included. This folder is
another one, on another disk where that can be had, and tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from certmark.trust.errors import LogDamaged, UnsoundNote
from certmark.trust.log.checkpoints import Checkpoint, unverified_checkpoint
from certmark.trust.log.files import held_folder, replace_file

_LARGEST: Final = 1 << 20
_ENDING: Final = ".checkpoint"


class CheckpointMemory:
    """The last checkpoint of each log, in a folder."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is made when there is something to remember."""
        self._folder = folder

    def last(self, origin: str) -> Checkpoint | None:
        """What was last seen of the log; None: nothing. Raises LogDamaged or OSError."""
        path = self._path(origin)
        try:
            with path.open("rb") as file:
                found = unverified_checkpoint(file.read(_LARGEST), path.name)
        except FileNotFoundError:
            return None
        except UnsoundNote as error:
            raise LogDamaged(f"{path} is damaged; bring back a copy of it") from error
        if found.origin != origin:
            raise LogDamaged(f"{path} is of another log; bring back a copy of it")
        return found

    def remember(self, note: bytes) -> None:
        """Keep the checkpoint in `note`, which was verified, in the place of the log's last one. Raises OSError."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        replace_file(self._path(unverified_checkpoint(note).origin), note)

    def all(self) -> Iterator[Checkpoint]:
        """What was last seen of every log. Raises UnsoundNote or OSError."""
        for path in sorted(self._folder.glob(f"*{_ENDING}")):
            with path.open("rb") as file:
                yield unverified_checkpoint(file.read(_LARGEST), path.name)

    @contextmanager
    def held(self) -> Iterator[None]:
        """For whoever compares with the last one and then remembers another: nobody else does meanwhile.

        Raises LogBusy or OSError.
        """
        with held_folder(self._folder):
            yield

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()[:32]}{_ENDING}"

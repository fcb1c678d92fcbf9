"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from certmark.domain.errors import CannotProceed, InvalidRequest

_OF_THE_PLACE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


def write_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write `content` to `path`, whole or not at all.

    Raises InvalidRequest where `path` names no place for a file, CannotProceed where this machine
    does not let it be written (a full disk, missing rights).
    """
    target = Path(path)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        family = InvalidRequest if isinstance(error, _OF_THE_PLACE) else CannotProceed
        raise family(f"{path} cannot be written: {error.strerror}") from error

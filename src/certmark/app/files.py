"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from certmark.domain.errors import CannotProceed, InvalidRequest

_OF_THE_PLACE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


def write_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write `content` to `path`, whole or not at all; a link stays, and what it names is written.

    Who may read and write what was there may do so still. What is there and is no file (a device, a
    pipe) is written into, never replaced. Raises InvalidRequest where `path` names no place for a
    file, CannotProceed where this machine does not let it be written (a full disk, missing rights).
    """
    try:
        if _is_special(path):
            with Path(path).open("wb") as device:
                device.write(content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except OSError as error:
        family = InvalidRequest if isinstance(error, _OF_THE_PLACE) else CannotProceed
        raise family(f"{path} cannot be written: {error.strerror}") from error


def _is_special(path: str | os.PathLike[str]) -> bool:
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _replace(target: Path, content: bytes) -> None:
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except OSError:
        partial.unlink(missing_ok=True)
        raise

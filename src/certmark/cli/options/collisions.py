"""An output that is one of the inputs: what was read would be gone."""

from __future__ import annotations

import dataclasses
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from certmark.domain.errors import InvalidRequest


def check_outputs(options: Any) -> None:
    """Refuse a `-o` that is the same file, by whatever path or link, as another word of the command line.

    A verb whose output may take the place of an input names that field in `replaces`. Raises InvalidRequest.
    """
    replaces = getattr(options, "replaces", ())
    outputs: list[str] = []
    inputs: list[str] = []
    for field in dataclasses.fields(options):
        if field.name in replaces:
            continue
        paths = outputs if "-o" in field.metadata.get("names", ()) else inputs
        paths += _texts(getattr(options, field.name))
    if not outputs:
        return
    taken = {file: path for path in inputs if (file := _file(path)) is not None}
    for path in outputs:
        file = _file(path)
        if file is not None and file in taken:
            also = "" if taken[file] == path else f" ({path} and {taken[file]} are one file)"
            raise InvalidRequest(
                f"{path} is read and would be overwritten{also}; name another file for what is written"
            )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str | os.PathLike):
        yield os.fspath(value)
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)


def _file(path: str) -> tuple[int, int] | None:
    """Which file is there, as the machine tells files apart; None: no file is."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None

"""Where stestr and testr keep their runs: a directory `.stestr` or `.testrepository`.

A run is a file named for its number, a stream of subunit; `next-stream` holds the number that the
next run will get. While a run lasts its stream is `tmp…`; a killed run leaves it behind.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from certmark.domain.phrases import count_of
from certmark.formats.errors import UnreadableResults

_NAMES = (".stestr", ".testrepository")
_PARTIAL = re.compile(r"tmp\w{6,12}\Z")


class Run(NamedTuple):
    """A run in a repository."""

    path: str
    name: str
    """As in `.stestr/5`."""
    is_whole: bool
    remarks: tuple[str, ...]


def last_run(directory: str) -> tuple[Run, ...]:
    """The last run of the repository that `directory` is or contains.

    Several only where a kill left nothing but partial streams. Raises UnreadableResults where
    there is no repository, or no run in it.
    """
    home = _repository(Path(directory))
    shown = home.absolute().name
    entries = sorted(path.name for path in home.iterdir())
    numbers = sorted(int(entry) for entry in entries if re.fullmatch(r"[0-9]{1,9}", entry))
    partial = [entry for entry in entries if _PARTIAL.match(entry) and (home / entry).stat().st_size]
    if numbers:
        number = _latest(home, numbers)
        return (Run(str(home / str(number)), f"{shown}/{number}", True, _remarks(number, numbers, partial)),)
    if partial:
        remark = (
            "the run was killed: only its partial streams are left",
            *_more(len(partial) - 1, "partial stream beside it", "partial streams beside it"),
        )
        return tuple(Run(str(home / entry), f"{shown}/{entry}", False, remark) for entry in partial)
    raise UnreadableResults(f"{shown} has no run in it yet; run the tests, then judge them")


def is_repository(directory: str) -> bool:
    """Whether `directory` is or contains a repository."""
    return _found(Path(directory)) is not None


def _repository(directory: Path) -> Path:
    found = _found(directory)
    if found is None:
        shown = directory.absolute().name
        raise UnreadableResults(
            f"{shown} is a directory without a repository of stestr or a JUnit file; name a file of results in it"
        )
    return found


def _found(directory: Path) -> Path | None:
    if directory.absolute().name in _NAMES or (directory / "next-stream").exists():
        return directory
    return next((directory / name for name in _NAMES if (directory / name).is_dir()), None)


def _latest(home: Path, numbers: list[int]) -> int:
    """The run before `next-stream`, or the highest number where that file does not help."""
    try:
        with (home / "next-stream").open("rb") as stream:
            announced = int(stream.read(20)) - 1
    except (OSError, ValueError):
        return numbers[-1]
    return announced if announced in numbers else numbers[-1]


def _remarks(number: int, numbers: list[int], partial: list[str]) -> tuple[str, ...]:
    earlier = sum(other < number for other in numbers)
    return (
        f"run {number} is the last one of the repository"
        + (f"; it has {count_of(earlier, 'earlier one', 'earlier ones')}" if earlier else ""),
        *_more(
            len(partial), "unfinished or killed run is left beside it", "unfinished or killed runs are left beside it"
        ),
    )


def _more(count: int, one: str, many: str) -> tuple[str, ...]:
    return (count_of(count, one, many),) if count > 0 else ()

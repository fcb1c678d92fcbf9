"""The files that a person means: files, folders of them, and what lies beside to be compared with."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from certmark.authoring.lint.checking import LintInput, NotAGuideline, OpenedGuideline, open_file, unreadable
from certmark.authoring.revisions import read_revision
from certmark.domain.errors import InvalidRequest
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline import shipped
from certmark.formats.guideline.document import MAX_BYTES
from certmark.formats.guideline.shipped import path_of_shipped

MAX_FILES = 5_000
_MAX_BESIDE = 200
_DATED = re.compile(r"((?:[a-z][a-z0-9_-]*\.)?)(\d{4}\.\d{2}|next)\.(?:json|ya?ml)\Z", re.ASCII)
_SOURCE = re.compile(r'"source"\s*:\s*"https?://[^"]*/([\w.-]{1,100}\.json)"')
_KINDS = (".json", ".lst")
STANDARD_INPUT = "-"


class Named(NamedTuple):
    """A file."""

    name: str
    """As the person wrote it, or below the folder that they wrote."""
    path: str
    """Where it is; `-` for standard input."""
    by_itself: bool
    """Whether it was named itself, not its folder."""


class GatheredSources(NamedTuple):
    """What is to be checked."""

    files: tuple[OpenedGuideline, ...]
    """What cannot be read is among them, and its one finding says why."""
    paths: Mapping[str, str]
    """From the name of a file to where it is."""
    beside: tuple[OpenedGuideline, ...]
    passed_over: tuple[str, ...]
    """JSON in folders that is no guideline."""
    refused: tuple[str, ...]
    """The names of those that cannot be read."""

    @property
    def has_standard_input(self) -> bool:
        """Whether standard input is among the files."""
        return STANDARD_INPUT in self.paths.values()


def gather(paths: Sequence[str]) -> GatheredSources:
    """Read all that `paths` name, and dated guidelines that lie beside. Raises InvalidRequest for too many."""
    files: dict[str, OpenedGuideline] = {}
    places: dict[str, str] = {}
    passed_over: list[str] = []
    for named in _named_once(paths):
        try:
            opened = _open(named.name, named.path)
        except NotAGuideline as error:
            if not named.by_itself:
                passed_over.append(named.name)
                continue
            opened = unreadable(named.name, str(error))
        except FileNotFoundError:
            opened = unreadable(named.name, "there is no such file; name a guideline, or a folder of them")
        except OSError as error:
            opened = unreadable(named.name, f"it cannot be read: {error.strerror or error}")
        files[named.name] = opened
        places[named.name] = named.path
    beside = tuple(_beside(files, places))
    refused = tuple(name for name, opened in files.items() if opened.is_unreadable)
    return GatheredSources(tuple(files.values()), places, beside, tuple(passed_over), refused)


def open_predecessor(path: str) -> OpenedGuideline:
    """The guideline to compare with. Raises InvalidRequest, InvalidGuideline or OSError."""
    try:
        opened = _open(path, path)
    except NotAGuideline as error:
        raise InvalidGuideline(f"{path}: {error}") from error
    if opened.sheet is None:
        raise InvalidRequest(f"{path} is no guideline in JSON; it cannot be compared with")
    return opened


def open_revisions(gathered: GatheredSources, revision: str) -> dict[str, OpenedGuideline]:
    """The files of `gathered` as git has them at `revision`, by name; what was not there is left out.

    What was no guideline then is left out, too. Raises InvalidRequest, and NoGit (`authoring.revisions`).
    """
    if gathered.has_standard_input:
        raise InvalidRequest("standard input has no revisions to be compared with; name a file")
    names = {path: name for name, path in gathered.paths.items()}
    opened: dict[str, OpenedGuideline] = {}
    for path, content in read_revision(names, revision, most=MAX_BYTES + 1).items():
        with suppress(InvalidGuideline):
            opened[names[path]] = open_file(LintInput(names[path], content))
    return opened


def _named_once(paths: Sequence[str]) -> Iterator[Named]:
    seen: set[str | Path] = set()
    for named in _all_named(paths):
        real = named.path if named.path == STANDARD_INPUT else Path(named.path).resolve()
        if real not in seen:
            seen.add(real)
            yield named
        if len(seen) > MAX_FILES:
            raise InvalidRequest(f"there are more than {MAX_FILES:,} files; name fewer")


def _all_named(paths: Sequence[str]) -> Iterator[Named]:
    for word in paths:
        path = Path(word)
        if word == STANDARD_INPUT:
            yield Named("standard-input", word, by_itself=True)
        elif word in shipped():
            yield Named(path_of_shipped(word).name, str(path_of_shipped(word)), by_itself=True)
        elif path.is_dir():
            yield from _in_folder(path)
        else:
            yield Named(path.as_posix(), word, by_itself=True)


def _in_folder(folder: Path) -> Iterator[Named]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if (name.lower().endswith(_KINDS) or _DATED.match(name)) and not name.startswith("."):
                path = Path(here, name)
                yield Named(path.as_posix(), str(path), by_itself=False)


def _open(name: str, path: str) -> OpenedGuideline:
    """The file at `path`, called `name`. Raises InvalidGuideline or OSError."""
    if path == STANDARD_INPUT:
        return open_file(LintInput(name, sys.stdin.buffer.read(MAX_BYTES + 1)))
    with Path(path).open("rb") as file:
        return open_file(LintInput(name, file.read(MAX_BYTES + 1)))


def _beside(files: Mapping[str, OpenedGuideline], places: Mapping[str, str]) -> Iterator[OpenedGuideline]:
    """Dated guidelines of the same line in the same folder, and the sources of components there or above."""
    known = {Path(path).resolve() for path in places.values()}
    for path in list(dict.fromkeys(_candidates(files, places)))[:_MAX_BESIDE]:
        real = path.resolve()
        if real in known or not path.is_file():
            continue
        known.add(real)
        with suppress(InvalidGuideline, OSError):  # nobody asked for it
            yield _open(str(path), str(path))


def _candidates(files: Mapping[str, OpenedGuideline], places: Mapping[str, str]) -> Iterable[Path]:
    for name, opened in files.items():
        if places[name] == STANDARD_INPUT:
            continue
        path = Path(places[name])
        dated = _DATED.match(path.name)
        if dated is not None:
            yield from (path.with_name(other) for other in _line(path.parent, dated[1]))
        for source in dict.fromkeys(_SOURCE.findall(opened.text[:MAX_BYTES])):
            yield path.with_name(source)
            yield path.parent / ".." / source


def _line(folder: Path, line: str) -> list[str]:
    """The dated guidelines of a line in `folder`, the newest first."""
    dated = (_DATED.match(path.name) for path in folder.iterdir())
    return sorted((one[0] for one in dated if one is not None and one[1] == line and one[2] != "next"), reverse=True)

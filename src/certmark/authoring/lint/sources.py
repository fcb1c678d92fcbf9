"""The files that a person means: files, folders of them, and what lies beside to be compared with."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from certmark.authoring.lint.checking import LintInput, NotAGuideline, OpenedGuideline, open_file
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline import shipped
from certmark.formats.guideline.document import MAX_BYTES
from certmark.formats.guideline.loading import path_of_shipped

MAX_FILES = 5_000
_MAX_BESIDE = 200
_DATED = re.compile(r"((?:[a-z][a-z0-9-]*\.)?)(\d{4}\.\d{2}|next)\.json\Z", re.ASCII)
_SOURCE = re.compile(r'"source"\s*:\s*"https?://[^"]*/([\w.-]{1,100}\.json)"')
STANDARD_INPUT = "-"


class Named(NamedTuple):
    """A file."""

    shown: str
    """As the person wrote it, or below the folder that they wrote."""
    path: str
    """Where it is; `-` for standard input."""
    by_itself: bool
    """Whether it was named itself, not its folder."""


class GatheredSources(NamedTuple):
    """What is to be checked."""

    files: tuple[OpenedGuideline, ...]
    paths: dict[str, str]
    """From the name of a file to where it is."""
    beside: tuple[OpenedGuideline, ...]
    passed_over: tuple[str, ...]
    """JSON in folders that is no guideline."""
    refused: tuple[str, ...]
    """One sentence for each file that cannot be read."""


def gather(paths: Sequence[str]) -> GatheredSources:
    """Read all that `paths` name, and dated guidelines that lie beside."""
    files: dict[str, OpenedGuideline] = {}
    places: dict[str, str] = {}
    passed_over: list[str] = []
    refused: list[str] = []
    for named in _named(paths, refused):
        try:
            opened = open_file(LintInput(named.shown, _content(named.path)))
        except NotAGuideline as error:
            (refused if named.by_itself else passed_over).append(str(error))
        except InvalidGuideline as error:
            refused.append(str(error))
        except OSError as error:
            refused.append(f"{named.shown} cannot be read: {error.strerror or error}")
        else:
            files[named.shown], places[named.shown] = opened, named.path
    beside = tuple(_beside(files, places))
    return GatheredSources(tuple(files.values()), places, beside, tuple(passed_over), tuple(refused))


def one(path: str) -> OpenedGuideline:
    """The guideline in the file `path`. Raises InvalidGuideline or OSError."""
    return open_file(LintInput(path, _content(path)))


def at_revision(gathered: GatheredSources, revision: str) -> dict[str, OpenedGuideline]:
    """The files of `gathered` as git has them at `revision`, by name; what was not there is left out.

    What was no guideline then is left out, too. Raises NoRevision and NoGit (`authoring.revisions`).
    """
    from certmark.authoring.revisions import committed

    names = {path: name for name, path in gathered.paths.items() if path != STANDARD_INPUT}
    found: dict[str, OpenedGuideline] = {}
    for path, content in committed(names, revision, most=MAX_BYTES + 1).items():
        with suppress(InvalidGuideline):
            found[names[path]] = open_file(LintInput(names[path], content))
    return found


def _named(paths: Sequence[str], refused: list[str]) -> Iterator[Named]:
    seen: set[str] = set()
    for named in _all_named(paths, refused):
        real = os.path.realpath(named.path) if named.path != STANDARD_INPUT else named.path
        if real not in seen:
            seen.add(real)
            yield named
        if len(seen) > MAX_FILES:
            refused.append(f"there are more than {MAX_FILES:,} files; name fewer")
            return


def _all_named(paths: Sequence[str], refused: list[str]) -> Iterator[Named]:
    for path in paths:
        if path == STANDARD_INPUT:
            yield Named("standard-input.json", path, by_itself=True)
        elif os.path.isdir(path):
            yield from _in_folder(path)
        elif not os.path.exists(path) and path in shipped():
            yield Named(f"{path}.json", path_of_shipped(path), by_itself=True)
        elif os.path.isfile(path):
            yield Named(path.replace(os.sep, "/").removeprefix("./"), path, by_itself=True)
        else:
            refused.append(f"there is no file {excerpt(path)}; name a guideline, or a folder of them")


def _in_folder(folder: str) -> Iterator[Named]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(".json") and not name.startswith("."):
                path = os.path.join(here, name)
                yield Named(os.path.normpath(path).replace(os.sep, "/"), path, by_itself=False)


def _content(path: str) -> bytes:
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def _beside(files: dict[str, OpenedGuideline], places: dict[str, str]) -> Iterator[OpenedGuideline]:
    """Dated guidelines of the same line in the same folder, and the sources of components there or above."""
    known = {os.path.realpath(path) for path in places.values()}
    for path in list(dict.fromkeys(_candidates(files, places)))[:_MAX_BESIDE]:
        if os.path.realpath(path) in known or not os.path.isfile(path):
            continue
        known.add(os.path.realpath(path))
        try:
            yield one(path)
        except (InvalidGuideline, OSError):
            continue  # nobody asked for it


def _candidates(files: dict[str, OpenedGuideline], places: dict[str, str]) -> Iterable[str]:
    for shown, opened in files.items():
        folder, name = os.path.split(places[shown])
        dated = _DATED.match(name)
        if places[shown] == STANDARD_INPUT:
            continue
        if dated is not None:
            yield from (os.path.join(folder, other) for other in _line(folder or ".", dated[1]))
        for source in dict.fromkeys(_SOURCE.findall(opened.text[:MAX_BYTES])):
            yield os.path.join(folder, source)
            yield os.path.join(folder, "..", source)


def _line(folder: str, line: str) -> list[str]:
    found = [name for name in os.listdir(folder) if (other := _DATED.match(name)) is not None and other[1] == line]
    return sorted((name for name in found if not name.endswith("next.json")), reverse=True)

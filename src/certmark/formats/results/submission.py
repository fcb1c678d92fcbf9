"""A directory of JUnit files: what a vendor submits to a conformance programme, or what parallel workers wrote.

A submission to Kubernetes' programme is a folder `v1.NN/PRODUCT` with `junit_01.xml`, `e2e.log`,
`PRODUCT.yaml` and `README.md` (https://github.com/cncf/k8s-conformance).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from certmark.formats.errors import UnreadableResults, excerpt

_JUNIT = re.compile(r"(?:.*junit.*|TEST-.*)\.xml(?:\.gz)?", re.IGNORECASE)
_LOG = re.compile(r"e2e\.log(?:\.gz)?")
_PRODUCT = re.compile(r"PRODUCT.*\.ya?ml", re.IGNORECASE)
_MOST_FILES = 1_000
_MOST_ENTRIES = 10_000
_SHOWN = 5


class Submission(NamedTuple):
    """The files of a directory that are read."""

    name: str
    """Of the directory."""
    junit: tuple[Path, ...]
    log: Path | None
    products: tuple[str, ...]
    """Names of files that describe a product."""


def submission_in(directory: str) -> Submission | None:
    """The JUnit files in `directory`; None where there are none.

    Raises UnreadableResults where they are those of several products, one in each folder.
    """
    place = Path(directory)
    files = _files(place)
    junit = tuple(path for path in files if _JUNIT.fullmatch(path.name))
    if not junit:
        _refuse_several(place)
        return None
    if len(junit) > _MOST_FILES:
        raise UnreadableResults(f"{_shown(place)} has more than {_MOST_FILES:,} JUnit files; name those of one run")
    log = next((path for path in files if _LOG.fullmatch(path.name)), None)
    return Submission(_shown(place), junit, log, tuple(path.name for path in files if _PRODUCT.fullmatch(path.name)))


def _shown(place: Path) -> str:
    return place.absolute().name


def _files(place: Path) -> list[Path]:
    """The plain files of a directory, but for the shadows that a Mac's archiver adds."""
    return [path for path in _entries(place) if not path.name.startswith("._") and path.is_file()]


def _entries(place: Path) -> list[Path]:
    found = []
    for path in place.iterdir():
        found.append(path)
        if len(found) > _MOST_ENTRIES:
            raise UnreadableResults(f"{_shown(place)} has more than {_MOST_ENTRIES:,} entries; name the results in it")
    return sorted(found)


def _refuse_several(place: Path) -> None:
    folders = [path for path in _entries(place) if path.is_dir() and not path.name.startswith(".")]
    with_results = [path.name for path in folders if any(_JUNIT.fullmatch(file.name) for file in _files(path))]
    if with_results:
        names = ", ".join(excerpt(name, 40) for name in with_results[:_SHOWN])
        more = ", …" if len(with_results) > _SHOWN else ""
        raise UnreadableResults(f"{_shown(place)} has JUnit files in folders only ({names}{more}); name one of them")

"""Runs among what a person names: found by id, and what they were asked for read from their records."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.formats.guideline import load
from certmark.formats.results.evidence import head_of
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.run_folder import JOURNAL, RunFolder
from certmark.formats.sources import STANDARD_INPUT, source_of

if TYPE_CHECKING:  # a small file of results pays for no run
    from certmark.formats.run_record import RunRecord
    from certmark.runner.journal import RunHistory


def place_of(named: str) -> str:
    """A file or folder as it is named; else the folder of the run of that id. Raises FileNotFoundError."""
    if named == STANDARD_INPUT or os.path.lexists(named):
        return named
    from certmark.runner.folders import find_run  # a door: most results are files

    try:
        return str(find_run(named))
    except InvalidRequest as error:
        why = os.strerror(errno.ENOENT) if os.sep in named else f"no such file, and {error}"
        raise FileNotFoundError(errno.ENOENT, why, named) from error


class RecordedRun(NamedTuple):
    """A run whose record lies with its results."""

    record: RunRecord
    folder: RunFolder | None
    """None: the run came as a bundle, which somebody else may have made."""
    guidelines: tuple[Guideline, ...]
    """The one that it was asked by; none where it does not lie with the results."""
    history: RunHistory | None = None
    """What its journal says, of a run in a folder."""


def recorded_runs(places: Sequence[str]) -> list[RecordedRun]:
    """Those of `places` that are runs, with their records. Raises FormatError or OSError."""
    return list(_recorded_runs(places))


def _recorded_runs(places: Sequence[str]) -> Iterator[RecordedRun]:
    for place in places:
        if Path(place, JOURNAL).is_file():
            yield _in_folder(RunFolder(Path(place)))
        elif Path(place).is_file() and recognise(head_of(source_of(place))) is ResultsKind.BUNDLE:
            yield from _in_bundle(place)


def _in_folder(folder: RunFolder) -> RecordedRun:
    from certmark.runner.journal import Journal

    history = Journal.read(folder.path)
    record = history.record
    path = folder.guideline / PurePath(record.guideline.file or "").name
    return RecordedRun(record, folder, (load(str(path)),) if path.is_file() else (), history)


def _in_bundle(place: str) -> Iterator[RecordedRun]:
    """None in a bundle of results of which no run is on record."""
    from certmark.evidence.bundle.reading import guidelines_of, read
    from certmark.formats.run_record import record_in

    with read(source_of(place), streams=False) as bundle:
        if bundle.manifest.is_recorded:
            return
        record = record_in(bundle.content(JOURNAL) if bundle.has(JOURNAL) else b"")
        asked = [one for one in guidelines_of(bundle) if one.sha256 == record.guideline.sha256]
        yield RecordedRun(record, None, tuple(asked[:1]))

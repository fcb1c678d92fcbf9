"""A run's folder -> results: every stream as evidence, with what only the journal knows.

A stream ends in the middle of a test whose worker died, hung or was interrupted; the journal says
which of them it was. The streams themselves are never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from certmark.domain.identity import class_of, split
from certmark.domain.results import Evidence, Results
from certmark.evidence.results import read_evidence
from certmark.formats.errors import FormatError
from certmark.formats.run_circumstances import under_circumstances
from certmark.formats.run_endings import explained
from certmark.formats.run_folder import STREAMS, written_last
from certmark.formats.run_record import RunRecord
from certmark.runner.journal import Journal, RunHistory

_ENDINGS: Final = (".subunit", ".xml")


class MergeRefused(FormatError):
    """Runs that did not test the same cloud in the same way are not one run."""


class LoadedRun(NamedTuple):
    """What a run's folder holds."""

    record: RunRecord
    history: RunHistory
    results: Results
    unanswered: tuple[str, ...]
    """Full ids that were to be run and of which neither the results nor their class's set-up speak."""


def load_run(folder: str | Path, *, digest: bool = True) -> LoadedRun:
    """The run in `folder`. Raises UnreadableJournal, FormatError, ContradictoryResults or OSError."""
    history = Journal.read(folder)
    results = Results(_evidence(folder, history, "", digest=digest))
    return LoadedRun(history.record, history, results, _unanswered(history.asked, results))


def merge(folders: Sequence[str], *, digest: bool = True) -> Results:
    """The attempts of several runs as one, the runs' ids in the names of the evidence.

    Raises MergeRefused where their configurations differ; else as `load_run`.
    """
    histories = [(folder, Journal.read(folder)) for folder in folders]
    first, *others = (history.record for _, history in histories)
    for other in others:
        if other.fingerprint != first.fingerprint:
            raise MergeRefused(
                f"runs {first.run} and {other.run} used different configurations "
                f"({first.fingerprint[:12]}, {other.fingerprint[:12]}); judge them separately"
            )
    pieces = []
    for folder, history in histories:
        pieces += _evidence(folder, history, f"{history.record.run}/", digest=digest)
    return Results(pieces)


def stream_paths(folder: str | Path) -> list[Path]:
    """The streams of a run that hold anything, in the order in which they were begun."""
    inner = Path(folder, STREAMS)
    found = [path for path in inner.iterdir() if path.name.endswith(_ENDINGS)] if inner.is_dir() else []
    return [path for path in sorted(found, key=written_last) if path.stat().st_size]


def _evidence(folder: str | Path, history: RunHistory, prefix: str, *, digest: bool) -> list[Evidence]:
    pieces = [
        piece._replace(name=path.name)
        for path in stream_paths(folder)
        for piece in read_evidence(str(path), digest=digest)
    ]
    told = explained(pieces, history.endings, is_whole=history.is_whole)
    found = under_circumstances(told, history.lines, history.record)
    return [piece._replace(name=f"{prefix}{piece.name}") for piece in found]


def _unanswered(asked: Iterable[str], results: Results) -> tuple[str, ...]:
    silent = []
    for full in asked:
        name = split(full).name
        if not results.attempts(name) and not results.set_up_of(class_of(name)):
            silent.append(full)
    return tuple(silent)

"""What is known of a run, from its folder or out of a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.app.inputs.runs import RecordedRun
from certmark.domain.run_summary import RunSummary
from certmark.formats.run_folder import RunFolder
from certmark.formats.run_record import RunRecord

if TYPE_CHECKING:  # a small file of results pays for no run
    from certmark.runner.journal import RunHistory


def facts_of_runs(places: Sequence[str], runs: Sequence[RecordedRun]) -> tuple[RunSummary, ...]:
    """Those of `runs`, which were recorded at some of `places`."""
    bundles = {Path(place) for place in places if Path(place).is_file()}
    signed = any(path.with_name(f"{path.name.removesuffix('.tar.gz')}.attestation.json").exists() for path in bundles)
    return tuple(
        _facts(run.record, is_signed=signed and len(bundles) == 1)
        if run.folder is None or run.history is None
        else facts_of_folder(run.folder, run.history)
        for run in runs
    )


def facts_of_folder(folder: RunFolder, history: RunHistory) -> RunSummary:
    """Those of a run that lies here; `history` is what its journal says."""
    from certmark.formats.run_endings import Ending
    from certmark.runner.folders import reference_of

    record = history.record
    ended = (end for end in history.endings if end.ending in {Ending.DIED, Ending.TIMED_OUT})
    return _facts(record, is_signed=folder.is_signed)._replace(
        sessions=history.sessions,
        repeats=max(0, len(history.rounds) - 1),
        killed=tuple(f"{end.group} ({end.ending.value})" for end in ended),
        reference=reference_of(folder, record.run),
    )


def _facts(record: RunRecord, *, is_signed: bool) -> RunSummary:
    return RunSummary(
        run=record.run,
        cloud=record.cloud,
        identity=record.identity.id if record.identity is not None else "",
        suite=record.suite.name,
        version=record.suite.version,
        workers=record.workers,
        is_signed=is_signed,
        selection=record.selection.expression or "",
    )

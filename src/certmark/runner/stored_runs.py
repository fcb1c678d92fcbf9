"""Runs that are stored somewhere: each folder of a run, bundle, repository or file of results is one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.results import ContradictoryResults, Results
from certmark.evidence.results import read_evidence
from certmark.formats.errors import FormatError
from certmark.formats.run_folder import JOURNAL
from certmark.runner.loading import load_run

_MOST = 500
"""Runs that are read; the newest, by their names."""
_DEPTH = 3
"""Folders below the one that is named in which runs are looked for."""
_SIGNS = (JOURNAL, "next-stream", ".stestr")
"""What makes a folder that of one run: a journal, or a repository of stestr."""
_ENDINGS = (".subunit", ".subunit.gz", ".xml", ".xml.gz", ".tar.gz", ".tgz", ".zip")


class StoredRun(NamedTuple):
    """A run, and of what."""

    cloud: str
    """As the run's journal has it; else the name of the file or folder stands for it."""
    results: Results


def runs_below(paths: Sequence[str], listen: Listener = ignore) -> list[StoredRun]:
    """Each run that `paths` name or hold, of a folder the newest first; what is none is told and left out.

    A path that is named itself must be results. Raises FormatError, ContradictoryResults or OSError.
    """
    runs: list[StoredRun] = []
    unread: list[str] = []
    for path in map(Path, paths):
        if not path.is_dir() or is_run(path):
            runs.append(_load(path))
            continue
        for inner in sorted(_below(path), reverse=True)[:_MOST]:
            try:
                runs.append(_load(inner))
            except (FormatError, ContradictoryResults, OSError):
                unread.append(str(inner.relative_to(path)))
    runs = [run for run in runs if any(True for _ in run.results.names)]
    if unread:
        listen(Remark(f"{len(unread)} in the stored runs cannot be read as results: {', '.join(unread[:5])}"))
    if not runs:
        listen(Remark("there are no results in the stored runs"))
    return runs


def is_run(folder: Path) -> bool:
    """Whether `folder` is that of one run."""
    return any((folder / sign).exists() for sign in _SIGNS)


def _load(path: Path) -> StoredRun:
    if (path / JOURNAL).is_file():
        run = load_run(str(path), digest=False)
        return StoredRun(run.record.cloud, run.results)
    return StoredRun(path.name or str(path), Results(read_evidence(str(path), digest=False)))


def _below(folder: Path) -> Iterator[Path]:
    """Runs and files of results below `folder`."""
    for root, folders, names in os.walk(folder):
        here = Path(root)
        if here != folder and is_run(here):
            folders.clear()
            yield here
            continue
        if len(here.relative_to(folder).parts) >= _DEPTH:
            folders.clear()
        yield from (here / name for name in names if name.endswith(_ENDINGS))

"""Runs that are stored somewhere: each folder of a run, bundle, repository or file of results is one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from certmark.app.inputs.results import results_of
from certmark.cli.console import Console
from certmark.domain.results import ContradictoryResults, Results
from certmark.formats.errors import FormatError

_MOST = 500
"""Runs that are read; the newest, by their names."""
_SIGNS = ("journal.jsonl", "next-stream", ".stestr")
"""What makes a folder that of one run: a journal, or a repository of stestr."""


class StoredRun(NamedTuple):
    """A run, and of what."""

    cloud: str
    """As the run's journal has it; else the name of the file or folder stands for it."""
    results: Results


def runs_below(paths: Sequence[str], console: Console) -> list[StoredRun]:
    """Each run that `paths` name or hold, of a folder the newest first; what is none is said and left out.

    A path that is named itself must be results. Raises FormatError, ContradictoryResults or OSError.
    """
    found, unread = [], []
    for path in paths:
        if not os.path.isdir(path) or _is_run(path):
            found.append(_stored(path))
            continue
        for inner in sorted(_below(path), reverse=True)[:_MOST]:
            try:
                found.append(_stored(inner))
            except (FormatError, ContradictoryResults, OSError):
                unread.append(os.path.relpath(inner, path))
    read = [run for run in found if next(iter(run.results.names), None) is not None]
    if unread:
        console.remark(f"{len(unread)} in the stored runs cannot be read as results: {', '.join(unread[:5])}")
    if not read:
        console.remark("there are no results in the stored runs")
    return read


def _stored(path: str) -> StoredRun:
    return StoredRun(_cloud_of(path), results_of([path], digest=False))


def _cloud_of(path: str) -> str:
    if os.path.exists(os.path.join(path, _SIGNS[0])):
        from certmark.runner.journal import Journal

        return Journal.read(path).record.cloud
    return os.path.basename(path.rstrip("/"))


def _is_run(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, sign)) for sign in _SIGNS)


_ENDINGS = (".subunit", ".subunit.gz", ".xml", ".xml.gz", ".tar.gz", ".tgz", ".zip")


def _below(folder: str) -> Iterator[str]:
    """Runs and files of results below `folder`, three folders deep at most."""
    for root, folders, names in os.walk(folder):
        depth = os.path.relpath(root, folder).count(os.sep)
        if root != folder and _is_run(root):
            folders.clear()
            yield root
            continue
        if depth > 1:
            folders.clear()
        yield from (os.path.join(root, name) for name in names if name.endswith(_ENDINGS))

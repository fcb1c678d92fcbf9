"""The shared runs as Parquet, for engines that count over more than one machine holds: docs/reference/parquet.md.

1. It has what everybody sees, as a stranger is shown it, at one moment; nothing of a private run is ever in it.
2. The folder is there when all of it is written, or not at all.
3. Outcomes are written a segment of runs at a time, sorted by test: what is in memory beside the history is bounded.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from certmark.corpus.bits import Indices, flags_of, indices_of
from certmark.corpus.history import Part, Snapshot
from certmark.corpus.segments import STATES
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.queries.tree import Word
from certmark.server import ids
from certmark.server.asking import STRANGER
from certmark.server.services.context import Services
from certmark.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = 1
WORDS = ("passed", "failed", "skipped", "set-up-error", "unfinished")
"""Outcomes, as queries call them, in the order of `corpus.segments.STATES`."""
_NAMES = (Word.CLOUD, Word.VENDOR, Word.PRODUCT, Word.RELEASE, Word.REGION, Word.PROGRAM, Word.GUIDELINE)
_RUNS, _TESTS = 1 << 16, 16
"""Runs, and tests, that are written together."""


class WrittenCorpus(NamedTuple):
    """What was written."""

    runs: int
    tests: int
    outcomes: int


def write_parquet(services: Services, target: Path) -> WrittenCorpus:
    """Write the shared runs into the new folder `target`.

    Raises InvalidRequest where it is there, NotPermitted where shared runs are not shown to everybody, CannotProceed
    or OSError.
    """
    try:
        import pyarrow.parquet  # noqa: F401 - a door: nothing else needs it
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise CannotProceed(
            "Parquet is written by pyarrow, which is not installed; install certmark[parquet]"
        ) from None
    if target.exists():
        raise InvalidRequest(f"{target} is there already; name a new folder")
    snapshot = services.history.caught_up(STRANGER)
    target.absolute().parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
    try:
        written = _write(snapshot, partial)
        partial.chmod(0o755)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return written


def _write(snapshot: Snapshot, folder: Path) -> WrittenCorpus:
    is_there = flags_of(snapshot.everything, snapshot.runs)
    numbers = np.cumsum(is_there, dtype=np.int64) - 1
    tests = _write_tests(snapshot, folder)
    runs = _write_runs(snapshot, folder)
    (folder / "outcomes").mkdir()
    outcomes = sum(
        _write_outcomes(part, numbers, tests, folder / "outcomes" / f"{number:05}.parquet")
        for number, part in enumerate(snapshot.parts())
    )
    about = {"format": "certmark-corpus", "version": VERSION, "certmark": __version__}
    about |= {"runs": runs, "tests": tests, "outcomes": outcomes}
    (folder / "corpus.json").write_text(json.dumps(about, indent=2) + "\n")
    return WrittenCorpus(runs, tests, outcomes)


def _write_tests(snapshot: Snapshot, folder: Path) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    keys = list(snapshot.tests.keys)
    columns = {
        "test": pa.array(range(len(keys)), pa.int32()),
        "name": pa.array([name for name, _ in keys], pa.string()),
        "uuid": pa.array([uuid for _, uuid in keys], pa.string()),
    }
    parquet.write_table(pa.table(columns), folder / "tests.parquet", compression="zstd")
    return len(keys)


def _write_runs(snapshot: Snapshot, folder: Path) -> int:
    from pyarrow import parquet

    runs, tags = indices_of(snapshot.everything), _tags(snapshot)
    schema = _run_schema()
    with parquet.ParquetWriter(folder / "runs.parquet", schema, compression="zstd") as writer:
        for first in range(0, len(runs), _RUNS):
            writer.write_batch(_batch(snapshot, schema, runs[first : first + _RUNS], first, tags))
    return len(runs)


def _run_schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [
            ("run", pa.int32()),
            ("id", pa.string()),
            ("received", pa.timestamp("us", "UTC")),
            ("standing", pa.string()),
            ("names_passed_only", pa.bool_()),
            ("is_damaged", pa.bool_()),
            *((word.value, pa.string()) for word in _NAMES),
            ("tags", pa.map_(pa.string(), pa.string())),
        ]
    )


def _batch(
    snapshot: Snapshot, schema: pa.Schema, runs: Indices, first: int, tags: dict[int, list[tuple[str, str]]]
) -> pa.RecordBatch:
    import pyarrow as pa

    facts = [snapshot.facts_of(run) for run in runs.tolist()]
    columns: dict[str, Any] = {
        "run": range(first, first + len(facts)),
        "id": [ids.written(one.id) for one in facts],
        "received": [one.created for one in facts],
        "standing": [None if one.standing is None else one.standing.value for one in facts],
        "names_passed_only": [one.passes_only for one in facts],
        "is_damaged": [one.is_damaged for one in facts],
        "tags": [tags.get(run, []) for run in runs.tolist()],
    }
    columns |= {word.value: [getattr(one, word.value) or None for one in facts] for word in _NAMES}
    return pa.record_batch([pa.array(columns[name], schema.field(name).type) for name in schema.names], schema)


def _tags(snapshot: Snapshot) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for label in sorted(snapshot.labels()):
        if label[0]:
            for run in indices_of(snapshot.labelled(label)).tolist():
                found.setdefault(run, []).append(label)
    return found


def _write_outcomes(part: Part, numbers: Indices, tests: int, path: Path) -> int:
    """Those of a segment; how many."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([("test", pa.int32()), ("run", pa.int32()), ("outcome", pa.dictionary(pa.int8(), pa.string()))])
    first, count = part.first << 6, 0
    own = numbers[first : first + part.runs]
    with parquet.ParquetWriter(path, schema, compression="zstd", use_dictionary=["test", "outcome"]) as writer:
        for start in range(0, tests, _TESTS):
            found = list(_columns(part, range(start, min(start + _TESTS, tests))))
            if not found:
                continue
            test = np.repeat([column for column, _, _ in found], [len(runs) for _, runs, _ in found]).astype(np.int32)
            run = np.concatenate([own[runs] for _, runs, _ in found]).astype(np.int32)
            code = np.concatenate([codes for _, _, codes in found])
            outcome = pa.DictionaryArray.from_arrays(pa.array(code), pa.array(WORDS))
            writer.write_table(pa.table([pa.array(test), pa.array(run), outcome], schema=schema))
            count += len(test)
    return count


def _columns(part: Part, tests: range) -> Iterator[tuple[int, Indices, np.ndarray[tuple[int], np.dtype[np.int8]]]]:
    """Each test of which something is said: the runs of the part, and what each says, as a place in WORDS."""
    for test in tests:
        codes = np.full(part.runs, -1, np.int8)
        for code, state in enumerate(STATES):
            words = part.column(state, test)
            if words is not None:
                codes[flags_of(words & part.within, part.runs)] = code
        runs = np.flatnonzero(codes >= 0)
        if len(runs):
            yield test, runs, codes[runs]

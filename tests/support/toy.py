"""A small suite with every trouble there is, run by this checkout's own interpreter."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from certmark.domain.results import Attempt
from certmark.evidence.results import read_evidence
from certmark.formats.run_record import RecordedGuideline, RecordedSuite, RunRecord
from certmark.runner import events
from certmark.runner.loading import stream_paths
from certmark.runner.plan import Group, plan_groups
from certmark.runner.run import RunEnd
from certmark.runner.timings import Timings

SUITES = Path(__file__).resolve().parent.parent / "runner" / "suites"


class ToyRun(NamedTuple):
    """What a run of the small suite came to."""

    folder: Path
    end: RunEnd
    events: list[events.Event]

    def of(self, kind: type) -> list[Any]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def attempts(self) -> list[Attempt]:
        """What stands in the streams."""
        return attempts_in(self.folder)


def attempts_in(folder: Path) -> list[Attempt]:
    """What stands in the streams of a run's folder."""
    pieces = [piece for path in stream_paths(str(folder)) for piece in read_evidence(str(path), digest=False)]
    return [attempt for piece in pieces for attempt in piece.attempts]


def toy_record(**changes: Any) -> RunRecord:
    """The record of a run of the small suite."""
    record = RunRecord(
        run="20261121-203000-toy-0000",
        cloud="local",
        guideline=RecordedGuideline(id="g", sha256="0", program="p", levels=("required",)),
        suite=RecordedSuite(name="toy", version="1"),
        fingerprint="f",
        workers=2,
    )
    return replace(record, **changes)


def toy_environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of its processes."""
    return {**os.environ, "PYTHONPATH": str(SUITES), "TOY_PIDS": str(folder / "pids"), **more}


def toy_groups(names: Iterable[str]) -> tuple[Group, ...]:
    """The groups of tests of the small suite."""
    return plan_groups([f"toy.{name}" for name in names], Timings({}))

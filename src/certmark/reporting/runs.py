"""Runs on this machine: a list of them, one of them, and what became of those that were to go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certmark.domain.advice import Action, Advice, Words
from certmark.domain.phrases import counted
from certmark.domain.sentences import WORDS
from certmark.formats.run_record import RunRecord
from certmark.reporting.blocks import Block, Cell, Sentence, Table
from certmark.reporting.documents import Document
from certmark.reporting.verdict.wording import TONES
from certmark.reporting.views import View
from certmark.runner.known_runs import KnownRun, RunState

_COLUMNS = ("Run", "Verdict", "Began (UTC)", "Program", "Cloud")
_ADVICE = {RunState.STOPPED: Action.RESUME, RunState.NOT_JUDGED: Action.RESUME}


class RunsView(View):
    """Runs, the newest first."""

    title = "Runs"

    def __init__(self, runs: Sequence[KnownRun], folder: str = "") -> None:
        """`folder` is where they lie; empty: not said."""
        self._runs = runs
        self._folder = folder

    def blocks(self) -> Iterator[Block]:
        """A row for each."""
        if self._runs:
            yield Table(_COLUMNS, tuple(_row(run) for run in self._runs))
        if self._folder:
            yield Sentence(f"{counted(len(self._runs), 'run')} in {self._folder}")

    def document(self) -> Document:
        """Everything that is known of each; `folder` is where it lies."""
        return Document("certmark-runs", 1, {"runs": [describe(run) for run in self._runs]})


class RunView(View):
    """One run."""

    def __init__(self, run: KnownRun, advise: Words = str) -> None:
        """`advise` words what may be done next."""
        self.title = f"Run {run.id}"
        self._run = run
        self._advise = advise

    def blocks(self) -> Iterator[Block]:
        """A line for each thing that is known."""
        run = self._run
        if run.judgement is not None:
            yield Sentence(run.judgement.sentence, TONES[run.judgement.standing])
        for name, value in _facts(run):
            if value:
                yield Sentence(f"{name:<9}  {value}", is_line=True)
        if run.state in _ADVICE:
            yield Sentence(f"next: {self._advise(Advice(_ADVICE[run.state], run.reference))}")

    def document(self) -> Document:
        """The same for programs."""
        return Document("certmark-run", 1, describe(self._run))


class RunRemovalView(View):
    """What became of runs that were to go."""

    title = "Runs, removed"

    def __init__(self, removed: Sequence[KnownRun], kept: Sequence[KnownRun]) -> None:
        self._removed = removed
        self._kept = kept

    def blocks(self) -> Iterator[Block]:
        """How many."""
        stay = f"; {counted(len(self._kept), 'stays', 'stay')}" if self._kept else ""
        yield Sentence(f"{counted(len(self._removed), 'run')} removed{stay}")

    def document(self) -> Document:
        """Their ids."""
        body = {"removed": [run.id for run in self._removed], "kept": [run.id for run in self._kept]}
        return Document("certmark-runs-removal", 1, body)


def describe(run: KnownRun) -> dict[str, object]:
    """A run for programs; what nobody can tell is null."""
    record, judgement = run.record, run.judgement
    return {
        "id": run.id,
        "folder": str(run.folder),
        "state": run.state.value,
        "began": None if run.began is None else run.began.isoformat(),
        "cloud": None if record is None else record.cloud,
        "identity": None if record is None or record.identity is None else record.identity.id,
        "guideline": None if record is None else record.guideline.id,
        "programs": [] if record is None else _programs(record),
        "suite": None if record is None else f"{record.suite.name} {record.suite.version}",
        "classes_left": run.left,
        "standing": None if judgement is None else judgement.standing.value,
        "sentence": None if judgement is None else judgement.sentence,
        "is_signed": run.is_signed,
        "problem": run.problem or None,
    }


def _row(run: KnownRun) -> tuple[Cell, ...]:
    record = run.record
    return (
        Cell(run.id),  # first, for that column is never broken: a person copies it
        _verdict(run),
        Cell("" if run.began is None else f"{run.began:%Y-%m-%d %H:%M}"),
        Cell("" if record is None else ", ".join(_programs(record))),
        Cell("" if record is None else record.cloud),
    )


def _programs(record: RunRecord) -> list[str]:
    return [name for name in (record.guideline.program, *record.guideline.also) if name]


def _verdict(run: KnownRun) -> Cell:
    if run.state is RunState.JUDGED and run.standing is not None:
        return Cell(WORDS[run.standing] + (", signed" if run.is_signed else ""), TONES[run.standing])
    return Cell(_state(run))


def _state(run: KnownRun) -> str:
    left = f", {counted(run.left, 'class', 'classes')} left" if run.left else ""
    return f"{run.state.value}{left}"


def _facts(run: KnownRun) -> Iterator[tuple[str, str]]:
    record = run.record
    yield "run", run.id
    yield "state", _state(run) + (f": {run.problem}" if run.problem else "")
    yield "began", "" if run.began is None else f"{run.began:%Y-%m-%d %H:%M:%S} UTC"
    if record is not None:
        yield "cloud", record.cloud
        yield "identity", "" if record.identity is None else record.identity.id
        yield "program", ", ".join(_programs(record))
        yield "guideline", record.guideline.id
        yield "suite", f"{record.suite.name} {record.suite.version}".strip()
    yield "signed", "yes, an attestation lies with it" if run.is_signed else ""
    yield "folder", str(run.folder)

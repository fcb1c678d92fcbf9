"""Suites for machines that reach no package index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from certmark.app.inputs.guidelines import asked_tests, levels_of, program_of
from certmark.domain.guidelines import Guideline
from certmark.domain.programs import AskedTest, asked_at
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.guideline import DEFAULT, load
from certmark.runner.environments import InstallProgress
from certmark.runner.suites import fetch, load_suite, plugins_for


@dataclass(frozen=True, kw_only=True)
class FetchRequest:
    """Which suite, for which tests, and where its wheels go."""

    folder: Path
    suite: str = "tempest"
    """The name of a suite that ships along, or the file of a description."""
    version: str | None = None
    """None: the description's."""
    guideline: str | None = None
    """A file, or the id of one that ships along; None: the newest of those."""
    program: str | None = None
    """Whose tests need plugins; None: those of all programs."""
    levels: str = "required"
    flagged: bool = False


def fetch_suite(request: FetchRequest, listen: Listener = ignore) -> int:
    """Download wheels, and give how many there are. Raises InvalidRequest, FormatError, SuiteError or OSError."""
    suite = load_suite(request.suite)
    guideline = load(request.guideline or DEFAULT)
    names = {test.name for test in _wanted(guideline, request)}

    def tell(progress: InstallProgress) -> None:
        listen(Remark(progress.sentence))

    fetch(suite, request.version, request.folder, on_event=tell, plugins=plugins_for(suite, sorted(names)))
    return sum(1 for _ in request.folder.glob("*.whl"))


def _wanted(guideline: Guideline, request: FetchRequest) -> Iterator[AskedTest]:
    """The tests that need plugins; of all programs one may ask for none."""
    if request.program is not None:
        program = program_of(guideline, request.program)
        yield from asked_tests(guideline, program, request.levels, flagged=request.flagged)
        return
    levels = levels_of(request.levels)
    for program in guideline.programs:
        yield from asked_at(guideline, program, levels, flagged=request.flagged)

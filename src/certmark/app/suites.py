"""Suites for machines that reach no package index."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from certmark.app.inputs.guidelines import asked_tests, program_of
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
    programs = guideline.programs if request.program is None else (program_of(guideline, request.program),)
    names = {
        test.name
        for program in programs
        for test in asked_tests(guideline, program, request.levels, flagged=request.flagged)
    }

    def tell(progress: InstallProgress) -> None:
        listen(Remark(progress.sentence))

    fetch(suite, request.version, request.folder, on_event=tell, plugins=plugins_for(suite, sorted(names)))
    return sum(1 for _ in request.folder.glob("*.whl"))

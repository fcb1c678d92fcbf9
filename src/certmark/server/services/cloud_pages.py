"""One cloud: its last runs, how many of the required tests each passed, what flips on it, and its other regions."""

from __future__ import annotations

from typing import NamedTuple

from certmark.corpus.boards import BoardCell, board_of
from certmark.corpus.flakes import FlakyTest, flakes
from certmark.corpus.judging import Judge
from certmark.domain.errors import InvalidRequest
from certmark.server.asking import Asker
from certmark.server.services.cloud_runs import LastRuns, last_runs
from certmark.server.services.clouds import clouds_of
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.yardsticks import yardstick_named


class CloudPage(NamedTuple):
    """What is known of a cloud."""

    runs: LastRuns
    guideline: str
    program: str
    """By which all of its runs are judged for `cells`."""
    programs: list[str]
    """Those of the guideline."""
    cells: tuple[BoardCell, ...]
    """Of the runs, in their order."""
    flaky: tuple[FlakyTest, ...]
    regions: list[str]


def show(services: Services, asker: Asker, subject: str, guideline: str, program: str) -> CloudPage:
    """Judged by what is named, else as its newest run was. Raises NotFound, FormatError or NoSuchProgram."""
    runs = last_runs(services, asker, subject)
    named = guideline, program
    if not guideline and not program and runs.rows:
        newest = runs.snapshot.facts_of(0)
        named = newest.guideline, newest.program
    try:
        revision, yardstick = yardstick_named(services, *named)
    except (NotFound, InvalidRequest):
        if guideline or program:
            raise
        revision, yardstick = yardstick_named(services, "", "")
    cells = board_of(Judge(runs.snapshot, yardstick)).program if runs.rows else ()
    return CloudPage(
        runs,
        revision.id,
        yardstick.program.name,
        [one.name for one in yardstick.guideline.programs],
        cells,
        flakes(runs.snapshot).tests,
        _regions(services, asker, subject),
    )


def _regions(services: Services, asker: Asker, subject: str) -> list[str]:
    """Clouds of the same identity, of which there are shared runs."""
    cloud, _, region = subject.partition("/")
    if not region or not cloud.startswith("cloud:"):
        return []
    names = clouds_of(services.history.caught_up(asker)).places
    return [name for name in names if name.startswith(f"{cloud}/") and name != subject]

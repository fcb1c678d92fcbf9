"""The results of a run under names that are the same everywhere, for whoever collects them: CI systems, pods, hosts.

Nothing in it is secret. What an earlier run left under these names is gone before a run begins, and until there is
a verdict `summary.txt` says that there is none: nobody takes yesterday's results for today's.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from certmark.app.files import write_file
from certmark.cli.errors import sentence_of
from certmark.domain.errors import InvalidRequest
from certmark.domain.programs import slug
from certmark.domain.verdict_values import Standing, Verdict
from certmark.formats.run_folder import BUNDLE, PAGE, REPORT
from certmark.reporting.text import plain
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form, render
from certmark.runner.events import Event, as_json
from certmark.version import __version__

if TYPE_CHECKING:
    from certmark.app.run.execute import Display
    from certmark.app.run.finish import JudgedRun

REPORTS: Final = {
    REPORT: Form.JSON,
    PAGE: Form.HTML,
    "report.md": Form.MARKDOWN,
    "junit.xml": Form.JUNIT,
}
"""A name for each form of a report; of several programs `report-NAME.json` and so on, for each but the first."""
SUMMARY: Final = "summary.txt"
"""The sentence of each verdict, or why there is none."""
OF_A_FLEET: Final = {REPORT: Form.JSON, PAGE: Form.HTML, "report.md": Form.MARKDOWN, SUMMARY: Form.TEXT}
"""The reports on many clouds; each of these has a folder of its own beside them."""
EVENTS: Final = "events.jsonl"
BADGE: Final = "badge.json"
"""For https://shields.io/badges/endpoint-badge."""
NAMES: Final = (*REPORTS, SUMMARY, EVENTS, BADGE, BUNDLE)

_COLOURS = {Standing.PASS: "brightgreen", Standing.FAIL: "red"}


class ResultsFolder:
    """One folder of results."""

    def __init__(self, folder: Path) -> None:
        """Make the folder and say in it that there is no verdict yet. Raises InvalidRequest or CannotProceed."""
        self.folder = made(folder)
        self._said: list[str] = []
        self._remove_earlier()
        self._say("no verdict: the run did not come to its end")

    def _remove_earlier(self) -> None:
        """Only what is ours: names with a program in them where an earlier run left its summary."""
        is_ours = (self.folder / SUMMARY).is_file()
        for path in map(Path, NAMES):
            more = self.folder.glob(f"{path.stem}-*{path.suffix}") if is_ours else ()
            for old in (self.folder / path, *more):
                old.unlink(missing_ok=True)

    def _say(self, *sentences: str) -> None:
        write_file(self.folder / SUMMARY, "".join(f"{plain(one)}\n" for one in sentences).encode())

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Where the block ends by a refusal, the summary says why."""
        try:
            yield
        except KeyboardInterrupt:
            self._say(*self._said or ["no verdict: it was stopped before its first test"])
            raise
        except Exception as error:
            self._say(*self._said or ["no verdict:"], sentence_of(error))
            raise

    def keep(self, run: JudgedRun) -> None:
        """The reports of a run, its bundle, and a badge. Raises what `write_file` raises."""
        for verdict in run.verdicts:
            view = VerdictView(verdict, evaluator=__version__, runs=(run.facts,))
            for name, form in REPORTS.items():
                write_file(self._place(name, verdict, run), render(view, form))
            write_file(self._place(BADGE, verdict, run), badge(verdict))
        self._said = [VerdictView(verdict, evaluator=__version__).headline for verdict in run.verdicts]
        self._say(*self._said)
        if run.folder.bundle.is_file():
            shutil.copyfile(run.folder.bundle, self.folder / BUNDLE)

    def keep_stopped(self, run: JudgedRun) -> None:
        """The same of a run that was stopped, whose verdict is on what it has so far."""
        self.keep(run)
        self._said = ["stopped before its end; of what was run until then:", *self._said]
        self._say(*self._said)

    def _place(self, name: str, verdict: Verdict, run: JudgedRun) -> Path:
        path = self.folder / name
        return path if verdict is run.verdict else path.with_name(f"{path.stem}-{slug(verdict.program)}{path.suffix}")

    @contextmanager
    def following(self, display: Display) -> Iterator[Callable[[Event], None]]:
        """`display`, beside which every event is kept as a line of JSON."""
        with (self.folder / EVENTS).open("w", encoding="utf-8") as lines, display as hear:

            def both(event: Event) -> None:
                lines.write(json.dumps(as_json(event)) + "\n")
                lines.flush()
                hear(event)

            yield both


def made(folder: Path) -> Path:
    """The folder, which is there now. Raises InvalidRequest."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidRequest(f"the folder {folder} cannot be made: {error.strerror}") from error
    return folder


def badge(verdict: Verdict) -> bytes:
    """The verdict in two words, for a page that shows badges."""
    colour = _COLOURS.get(verdict.standing, "yellow")
    words = {
        "schemaVersion": 1,
        "label": plain(verdict.program.name),
        "message": verdict.standing.value,
        "color": colour,
    }
    return json.dumps(words).encode() + b"\n"

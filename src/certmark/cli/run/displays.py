"""What a person, or a program, sees of a run: while it goes on, and when it has its verdict."""

from __future__ import annotations

import errno
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from certmark.cli.advice import worded
from certmark.cli.console import Console, printable
from certmark.cli.display import near_home, write
from certmark.cli.errors import listener
from certmark.cli.examination import watching
from certmark.cli.exits import Exit, of_verdict, worst
from certmark.cli.options.run import RunReportOptions
from certmark.cli.run.results_folder import ResultsFolder
from certmark.cli.streams import is_abandoned
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed
from certmark.domain.phrases import count_of
from certmark.domain.programs import slug
from certmark.reporting.progress.run import RunTally, duration, ending_line, progress_line, trouble, verdict_event
from certmark.reporting.verdict.view import VerdictView
from certmark.runner.events import Event, OutageBegan, OutageEnded, RunEnded, Stopping, as_json
from certmark.runner.signals import ended_by_signals
from certmark.version import __version__

if TYPE_CHECKING:
    from certmark.app.run.execute import Display
    from certmark.app.run.finish import FinishedRun, JudgedRun, RunListeners, StoppedRun
    from certmark.cli.options.output import Output
    from certmark.domain.verdict_values import Verdict


_CAUTIONS = (Stopping, OutageBegan, OutageEnded)
"""Events that are no failure."""


def display_for(console: Console, *, events: str | None) -> Display:
    """JSON lines on standard output if asked for; else on standard error what suits the reader there."""
    if events == "json":
        return JsonLines()
    if console.quiet:
        return Silence()
    if sys.stderr.isatty():
        return Live(colour=console.colour)
    return PlainLines()


@contextmanager
def listening(options: RunReportOptions, console: Console) -> Iterator[RunListeners]:
    """Whoever shows a run as `options` say; whether somebody still looks never weighs on the run.

    A signal that asks for an end ends it gently, also while it is prepared or judged. Raises InvalidRequest: outputs
    are checked before the run.
    """
    from certmark.app.run.finish import RunListeners

    results = None if options.results is None else ResultsFolder(Path(options.results))
    display = display_for(console, events=options.events)
    with nullcontext() if results is None else results.explained():
        show = _verdict_shown(options, options.outputs(), console)
        with watching(console) as watch, ended_by_signals():
            yield RunListeners(
                remark=listener(console),
                examination=watch,
                display=display if results is None else results.following(display),
                words=worded,
                verdict=show if results is None else _both(results.keep, show),
                stopped=None if results is None else results.keep_stopped,
            )


def _both(first: Callable[[JudgedRun], None], second: Callable[[JudgedRun], None]) -> Callable[[JudgedRun], None]:
    def listen(run: JudgedRun) -> None:
        first(run)
        second(run)

    return listen


def _verdict_shown(
    options: RunReportOptions, outputs: Sequence[Output], console: Console
) -> Callable[[JudgedRun], None]:
    def show(run: JudgedRun) -> None:
        for verdict in run.verdicts:
            files = outputs if len(run.verdicts) == 1 else [_of_program(output, verdict) for output in outputs]
            if options.events == "json":
                write_event(verdict_event(run.record, verdict, run.unanswered, str(run.folder)))
                files = [output for output in files if output.path is not None]
            write(VerdictView(verdict, evaluator=__version__, full=options.full, runs=(run.facts,)), files, console)
        _tell_next(run, console)

    return show


def _tell_next(run: JudgedRun, console: Console) -> None:
    from certmark.reporting.verdict.next_steps import next_steps
    from certmark.runner.folders import reference_of

    is_part = run.record.selection.expression is not None
    for advice in next_steps(run.verdicts, reference_of(run.folder, run.record.run), is_part=is_part):
        console.remark(f"next: {worded(advice)}")
    console.remark(f"everything is in {near_home(run.folder.path)}; the report for people is {run.folder.page.name}")


def _of_program(output: Output, verdict: Verdict) -> Output:
    """Where the verdict of one of several programs goes: `r.json` becomes `r-compute.json`."""
    if output.path is None:
        return output
    path = Path(output.path)
    return output._replace(path=str(path.with_name(f"{path.stem}-{slug(verdict.program)}{path.suffix}")))


def status_of(came_to: StoppedRun | FinishedRun, options: RunReportOptions, console: Console) -> Exit:
    """The exit status of a run; of one that was stopped it is said how to go on."""
    from certmark.app.run.finish import StoppedRun

    if isinstance(came_to, StoppedRun):
        left = count_of(came_to.left, "class is", "classes are")
        console.refuse(f"stopped, {left} left; {worded(Advice(Action.RESUME, came_to.reference))}")
        return Exit.INTERRUPTED
    if came_to.by_hand:
        console.remark(f"one failed test by itself: {shlex.join(came_to.by_hand)}")
    if options.fail_on_leftovers and not came_to.is_clean:
        return Exit.FAIL
    return worst(of_verdict(verdict.standing) for verdict in came_to.judged.verdicts)


def write_event(words: Mapping[str, object]) -> None:
    """One event as a line of JSON, at once. Raises CannotProceed where nobody takes it."""
    try:
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()
        if is_abandoned(sys.stdout):
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
    except OSError as error:
        # What the reader did not take must not be tried again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CannotProceed(f"events cannot be written: {error.strerror}", Advice(Action.RESUME_LATER)) from error


class _Plain:
    """A display that needs no clean-up."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to clean up."""


class Silence(_Plain):
    """Shows nothing."""

    def __call__(self, event: Event) -> None:
        """Nothing."""


class JsonLines(_Plain):
    """One object a line, on standard output, at once."""

    def __call__(self, event: Event) -> None:
        """A line."""
        write_event(as_json(event))


class PlainLines(_Plain):
    """A line for each class and each failure, on standard error."""

    def __init__(self) -> None:
        self._tally = RunTally()

    def __call__(self, event: Event) -> None:
        """A line, if it is worth one."""
        self._tally.hear(event)
        line = progress_line(event, self._tally)
        if line:
            sys.stderr.write(printable(line) + "\n")
            sys.stderr.flush()


class Live:
    """A bar, the running classes and the time left, redrawn in place; failures scroll above as they happen."""

    def __init__(self, *, colour: bool) -> None:
        from rich.console import Console as Screen
        from rich.live import Live as Redrawn

        self._tally = RunTally()
        self._screen = Screen(stderr=True, no_color=not colour, highlight=False)
        self._live = Redrawn(console=self._screen, get_renderable=self._picture, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._tally = RunTally()
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def __call__(self, event: Event) -> None:
        """Count it; what went wrong scrolls above."""
        self._tally.hear(event)
        line = trouble(event, self._tally)
        if line:
            self._print(line, "yellow" if isinstance(event, _CAUTIONS) else "red")
        if isinstance(event, RunEnded):
            self._print(ending_line(event, self._tally), "" if event.is_whole else "yellow")

    def _print(self, line: str, style: str) -> None:
        from rich.text import Text

        for one in line.split("\n"):
            self._screen.print(Text(printable(one), style=style))

    def _picture(self) -> Any:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        tally = self._tally
        head = Table.grid(padding=(0, 1), expand=False)
        head.add_row(
            ProgressBar(
                total=max(1, tally.asked),
                completed=tally.done,
                width=30,
                complete_style="red" if tally.failed or tally.unfit else "green",
                finished_style="red" if tally.failed or tally.unfit else "green",
            ),
            f"{tally.done}/{tally.asked}",
            tally.counts(),
            f"{duration(tally.seconds)}, {duration(tally.time_left)} left",
        )
        rows = Table.grid(padding=(0, 1))
        for running in tally.running:
            name = Text(running.group, style="bold")
            rows.add_row(f"  {running.worker}", name, printable(running.test), duration(running.seconds))
        return Group(head, rows)

"""What a person, or a program, sees while a run goes on: a live display, plain lines, or JSON lines."""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Protocol, Self

from certmark.cli.console import Console, printable
from certmark.domain.identity import fixture_of, split
from certmark.runner.events import (
    CaseBegan,
    CaseEnded,
    Event,
    GroupBegan,
    GroupEnded,
    RunBegan,
    RunEnded,
    Stopping,
    TimedOut,
    WorkerDied,
    as_json,
)

_BAD = {"fail": "failed", "uxsuccess": "passed unexpectedly", "xfail": "failed as expected"}


class RunDisplay(Protocol):
    """Listens to a run. A context: what it draws is gone, or final, after it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, event: Event) -> None:
        """Show `event`."""


def display_for(console: Console, *, events: str | None) -> RunDisplay:
    """JSON lines on standard output if asked for; else on standard error what suits the reader there."""
    if events == "json":
        return JsonLines()
    if console.quiet:
        return Silence()
    if sys.stderr.isatty():
        return Live(colour=console.colour)
    return PlainLines()


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
        sys.stdout.write(json.dumps(as_json(event)) + "\n")
        sys.stdout.flush()


class RunTally:
    """What a display counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.groups = 0
        self.ended_groups = 0
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.left = 0.0
        self.looked = time.monotonic()
        self.running: dict[int, tuple[str, str, float]] = {}
        """Worker: class, test, when the class began."""
        self._counted: dict[str, int] = {}

    @property
    def done(self) -> int:
        """Tests that are settled."""
        return min(self.asked, sum(self._counted.values()))

    @property
    def time_left(self) -> float:
        """Seconds, as far as one can tell."""
        return max(0.0, self.left - (time.monotonic() - self.looked))

    def hear(self, event: Event) -> None:
        """Count `event`."""
        match event:
            case RunBegan():
                self.asked, self.groups = event.tests, event.groups
                self._look(event.expected)
            case GroupBegan():
                self.running[event.worker] = (event.group, "", time.monotonic())
                self._counted[event.group] = 0
                self._asked_of = {**getattr(self, "_asked_of", {}), event.group: event.tests}
            case CaseBegan():
                group, _, began = self.running.get(event.worker, (event.group, "", time.monotonic()))
                self.running[event.worker] = (group, event.test, began)
            case CaseEnded():
                self._count(event)
            case GroupEnded():
                self.running.pop(event.worker, None)
                self.ended_groups += 1
                self._counted[event.group] = self._asked_of.get(event.group, 0)
                self._look(event.left)
            case _:
                pass

    def _count(self, event: CaseEnded) -> None:
        if fixture_of(event.test) is None:
            self._counted[event.group] = self._counted.get(event.group, 0) + 1
        self.passed += event.outcome == "success"
        self.skipped += event.outcome == "skip"
        self.failed += event.outcome in _BAD

    def _look(self, left: float) -> None:
        self.left, self.looked = left, time.monotonic()

    def counts(self) -> str:
        """`12 passed, 1 failed`."""
        parts = [f"{self.passed} passed"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        return ", ".join(parts)


class PlainLines(_Plain):
    """A line for each class and each failure, on standard error."""

    def __init__(self) -> None:
        self._tally = RunTally()

    def __call__(self, event: Event) -> None:
        """A line, if it is worth one."""
        self._tally.hear(event)
        line = self._line(event)
        if line:
            sys.stderr.write(printable(line) + "\n")
            sys.stderr.flush()

    def _line(self, event: Event) -> str:
        match event:
            case RunBegan():
                return (
                    f"{event.tests} tests in {event.groups} classes, {event.workers} at a time; "
                    f"about {duration(event.expected)}"
                )
            case GroupEnded():
                return (
                    f"[{self._tally.done:>4}/{self._tally.asked}] {event.group} {event.ending.value} in "
                    f"{event.seconds:.1f} s; {self._tally.counts()}; {duration(event.left)} left"
                )
            case _:
                return trouble(event)


def trouble(event: Event) -> str:
    """The line for something that went wrong; empty for anything else."""
    match event:
        case CaseEnded() if event.outcome in _BAD:
            return f"  {_BAD[event.outcome]}: {split(event.test).name}: {event.why or 'no reason given'}"
        case WorkerDied():
            return f"  died: {event.group}: its worker ended with {event.how}" + _in(event.test)
        case TimedOut():
            return f"  timed out: {event.group}: more than {event.limit:g} s" + _in(event.test)
        case Stopping():
            return "stopping after the running tests; Ctrl-C again stops at once"
        case _:
            return ""


def _in(test: str | None) -> str:
    return "" if test is None else f", in {split(test).name}"


def duration(seconds: float) -> str:
    """`42 s`, `3 min`, `2 h 05`."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    if whole < 3600:
        return f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02}"


class Live:
    """A bar, the running classes and the time left, redrawn in place; failures scroll above as they happen."""

    def __init__(self, *, colour: bool) -> None:
        from rich.console import Console as Screen
        from rich.live import Live as Redrawn

        self._tally = RunTally()
        self._began = time.monotonic()
        self._screen = Screen(stderr=True, no_color=not colour, highlight=False)
        self._live = Redrawn(console=self._screen, get_renderable=self._picture, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, *what: Any) -> None:  # noqa: PYI036 - handed on to rich
        self._live.__exit__(*what)

    def __call__(self, event: Event) -> None:
        """Count it; what went wrong scrolls above."""
        from rich.text import Text

        self._tally.hear(event)
        line = trouble(event)
        if line:
            self._screen.print(Text(printable(line), style="red" if not isinstance(event, Stopping) else "yellow"))
        if isinstance(event, RunEnded):
            self._screen.print(
                Text(f"{self._tally.counts()} in {duration(event.seconds)}", style="" if event.is_whole else "yellow")
            )

    def _picture(self) -> Any:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        tally = self._tally
        head = Table.grid(padding=(0, 1), expand=False)
        head.add_row(
            ProgressBar(total=max(1, tally.asked), completed=tally.done, width=30),
            f"{tally.done}/{tally.asked}",
            tally.counts(),
            f"{duration(time.monotonic() - self._began)}, {duration(tally.time_left)} left",
        )
        rows = Table.grid(padding=(0, 1))
        for worker, (group, test, began) in sorted(tally.running.items()):
            method = split(test).name.rpartition(".")[2] if test else "setting up"
            seconds = duration(time.monotonic() - began)
            rows.add_row(f"  {worker}", Text(group.rpartition(".")[2], style="bold"), _shown(method), seconds)
        return Group(head, rows)


def _shown(method: str) -> str:
    return printable(method)[:60]

"""What a person, or a program, sees while a fleet is tested: a line for each cloud."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import Any, Protocol, Self

from certmark.cli.console import Console, printable
from certmark.cli.run.displays import write_event
from certmark.reporting.blocks import Tone
from certmark.reporting.fleet import TONES
from certmark.reporting.progress.fleet import STOPPING, FleetTally, as_json, result_of
from certmark.reporting.progress.run import duration
from certmark.runner.events import FleetBegan, FleetEvent

_STYLES = {Tone.GOOD: "green", Tone.BAD: "bold red", Tone.GAP: "yellow", Tone.QUIET: "dim"}
_SIGNS = {Tone.GOOD: "✔", Tone.BAD: "✘", Tone.GAP: "▲", Tone.QUIET: "-"}


class FleetDisplay(Protocol):
    """Listens to a fleet. A context: what it draws is gone, or final, after it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, event: FleetEvent) -> None:
        """Show what happens."""


def fleet_display(console: Console, *, events: str | None) -> FleetDisplay:
    """JSON lines on standard output if asked for; else on standard error what suits the reader there."""
    if events == "json":
        return _JsonLines()
    if console.quiet:
        return _Silence()
    if sys.stderr.isatty():
        return _Live(colour=console.colour)
    return _Lines()


class _Silence:
    """Shows nothing, and needs no clean-up."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to clean up."""

    def __call__(self, event: FleetEvent) -> None:
        """Nothing."""


class _JsonLines(_Silence):
    """One object a line, on standard output, at once."""

    def __call__(self, event: FleetEvent) -> None:
        """A line."""
        words = as_json(event)
        if words is not None:
            write_event(words)


class _Lines(_Silence):
    """Plain lines, on standard error: when a member begins, at each quarter, when it ends."""

    def __init__(self) -> None:
        self._tally = FleetTally()

    def __call__(self, event: FleetEvent) -> None:
        """A line, if it is worth one."""
        line = self._tally.hear(event)
        if line:
            sys.stderr.write(printable(line) + "\n")
            sys.stderr.flush()


class _Live:
    """A line for each member, redrawn in place from the beginning of the fleet on."""

    def __init__(self, *, colour: bool) -> None:
        from rich.console import Console as Screen

        self._tally = FleetTally()
        self._screen = Screen(stderr=True, no_color=not colour, highlight=False)
        self._drawing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._drawing.close()

    def __call__(self, event: FleetEvent) -> None:
        """Keep it for the next picture."""
        from rich.live import Live

        self._tally.hear(event)
        if isinstance(event, FleetBegan):
            live = Live(console=self._screen, get_renderable=self._picture, refresh_per_second=4, transient=True)
            self._drawing.enter_context(live)

    def _picture(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        rows = Table.grid(padding=(0, 1))
        for key in self._keys_in_view():
            rows.add_row(*self._row(key))
        ended = f"{len(self._tally.settled)} of {len(self._tally.keys)} are at their end"
        return Group(rows, Text(STOPPING if self._tally.is_stopping else ended, style="dim"))

    def _keys_in_view(self) -> list[str]:
        """What fits: running ones first where there are more than the window has lines."""
        keys, tally = list(self._tally.keys), self._tally
        room = max(3, self._screen.height - 3)
        if len(keys) <= room:
            return keys
        return sorted(keys, key=lambda key: (key in tally.settled, key not in tally.running))[:room]

    def _row(self, key: str) -> tuple[Any, ...]:
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        settled, tally = self._tally.settled.get(key), self._tally.running.get(key)
        if settled is not None:
            tone = TONES[settled.progress]
            result = Text(printable(result_of(settled)))
            return Text(_SIGNS[tone], style=_STYLES[tone]), Text(printable(key)), "", result
        if tally is None:
            return "", Text(printable(key), style="dim"), "", Text("waiting", style="dim")
        bar = ProgressBar(total=max(1, tally.asked), completed=tally.done, width=20, complete_style="green")
        state = str(tally) if tally.asked else "getting ready"
        return "▸", Text(printable(key), style="bold"), bar, f"{state}, {duration(time.monotonic() - tally.began)}"

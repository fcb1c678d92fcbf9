"""What a person, or a program, sees while a fleet is tested: a line for each cloud."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol, Self

from certmark.cli.console import Console, printable
from certmark.domain.fleets import MemberProgress, MemberStanding
from certmark.reporting.blocks import Tone
from certmark.reporting.fleet.summary import TONES
from certmark.reporting.progress.run import duration
from certmark.runner.fleet.jobs import FleetEvent, FleetStopping, MemberBegan, MemberMessage

_BAD = frozenset({"fail", "uxsuccess", "xfail"})
_STYLES = {Tone.GOOD: "green", Tone.BAD: "bold red", Tone.GAP: "yellow", Tone.QUIET: "dim"}
_SIGNS = {Tone.GOOD: "✔", Tone.BAD: "✘", Tone.GAP: "▲", Tone.QUIET: "-"}


class FleetDisplay(Protocol):
    """Listens to a fleet. A context: what it draws is gone, or final, after it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def hear(self, event: FleetEvent) -> None:
        """Show what happens."""

    def ended(self, standing: MemberStanding) -> None:
        """Show what a member came to."""


def fleet_display(console: Console, keys: list[str], *, events: str | None) -> FleetDisplay:
    """JSON lines on standard output if asked for; else on standard error what suits the reader there."""
    if events == "json":
        return _JsonLines()
    if console.quiet:
        return _Silence()
    if sys.stderr.isatty():
        return _Live(keys, colour=console.colour)
    return _Lines(max(map(len, keys), default=0))


class _Silence:
    """Shows nothing, and needs no clean-up."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to clean up."""

    def hear(self, event: FleetEvent) -> None:
        """Nothing."""

    def ended(self, standing: MemberStanding) -> None:
        """Nothing."""


class _JsonLines(_Silence):
    """The events of every run, with the member's name, and an event for each member's beginning and end."""

    def hear(self, event: FleetEvent) -> None:
        """A line."""
        match event:
            case MemberBegan():
                _line({"event": "member-began", "member": event.key})
            case MemberMessage():
                _line({**event.event, "member": event.key})
            case FleetStopping():
                _line({"event": "fleet-stopping", "running": list(event.running)})
            case _:
                pass

    def ended(self, standing: MemberStanding) -> None:
        """A line."""
        _line(
            {
                "event": "member-ended",
                "member": standing.member.key,
                "standing": standing.progress.value,
                "reason": standing.reason,
                "folder": standing.folder,
            }
        )


def _line(words: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class _Tally:
    """How far a run is, from its events; events of another version count for nothing."""

    def __init__(self) -> None:
        self.asked = 0
        self.ended: dict[str, str] = {}
        self.began = time.monotonic()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Count."""
        if event.get("event") == "run-began" and isinstance(event.get("tests"), int):
            self.asked = event["tests"]
        if event.get("event") == "test-ended" and isinstance(event.get("test"), str):
            self.ended[event["test"]] = str(event.get("outcome"))

    @property
    def done(self) -> int:
        """Tests that ended, no more than were asked for."""
        return min(self.asked, len(self.ended))

    @property
    def share(self) -> int:
        """Quarters that are done."""
        return 4 * self.done // self.asked if self.asked else 0

    def __str__(self) -> str:
        failed = sum(outcome in _BAD for outcome in self.ended.values())
        return f"{self.done} of {self.asked} tests" + (f", {failed} failed" if failed else "")


class _Lines(_Silence):
    """Plain lines, on standard error: when a member begins, at each quarter, when it ends."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._tallies: dict[str, _Tally] = {}

    def hear(self, event: FleetEvent) -> None:
        """A line, if it is worth one."""
        match event:
            case MemberBegan():
                self._tallies[event.key] = _Tally()
                self._say(event.key, "begins")
            case MemberMessage():
                tally = self._tallies.setdefault(event.key, _Tally())
                before = tally.share
                tally.hear(event.event)
                if before < tally.share < 4:
                    self._say(event.key, str(tally))
            case FleetStopping():
                sys.stderr.write(STOPPING + "\n")
            case _:
                pass

    def ended(self, standing: MemberStanding) -> None:
        """A line."""
        self._say(standing.member.key, _told(standing))

    def _say(self, key: str, what: str) -> None:
        sys.stderr.write(printable(f"{key.ljust(self._width)}  {what}") + "\n")
        sys.stderr.flush()


STOPPING = "stopping: runs end after their running tests; Ctrl-C again ends them at once"


def _told(standing: MemberStanding) -> str:
    parts = [standing.progress.value]
    parts += [f"{standing.told} passed"] if standing.told else []
    parts += [standing.reason] if standing.reason and standing.progress is not MemberProgress.PASS else []
    return "; ".join(parts)


class _Live:
    """A line for each member, redrawn in place."""

    def __init__(self, keys: list[str], *, colour: bool) -> None:
        from rich.console import Console as Screen
        from rich.live import Live as Redrawn

        self._keys = keys
        self._tallies: dict[str, _Tally] = {}
        self._ended: dict[str, MemberStanding] = {}
        self._stopping = False
        screen = Screen(stderr=True, no_color=not colour, highlight=False)
        self._live = Redrawn(console=screen, get_renderable=self._picture, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, *what: Any) -> None:  # noqa: PYI036 - handed on to rich
        self._live.__exit__(*what)

    def hear(self, event: FleetEvent) -> None:
        """Keep it for the next picture."""
        match event:
            case MemberBegan():
                self._tallies[event.key] = _Tally()
            case MemberMessage():
                self._tallies.setdefault(event.key, _Tally()).hear(event.event)
            case FleetStopping():
                self._stopping = True
            case _:
                pass

    def ended(self, standing: MemberStanding) -> None:
        """Likewise."""
        self._ended[standing.member.key] = standing

    def _picture(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        rows = Table.grid(padding=(0, 1))
        for key in self._shown():
            rows.add_row(*self._row(key))
        note = STOPPING if self._stopping else f"{len(self._ended)} of {len(self._keys)} are at their end"
        return Group(rows, Text(note, style="dim"))

    def _shown(self) -> list[str]:
        """What fits: running ones first where there are more than the window has lines."""
        room = max(3, self._live.console.height - 3)
        if len(self._keys) <= room:
            return self._keys
        ranked = sorted(self._keys, key=lambda key: (key in self._ended, key not in self._tallies))
        return ranked[:room]

    def _row(self, key: str) -> tuple[Any, ...]:
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        ended, tally = self._ended.get(key), self._tallies.get(key)
        if ended is not None:
            tone = TONES[ended.progress]
            return Text(_SIGNS[tone], style=_STYLES[tone]), Text(printable(key)), "", Text(printable(_told(ended)))
        if tally is None:
            return "", Text(printable(key), style="dim"), "", Text("waiting", style="dim")
        bar = ProgressBar(total=max(1, tally.asked), completed=tally.done, width=20)
        state = str(tally) if tally.asked else "getting ready"
        return "▸", Text(printable(key), style="bold"), bar, f"{state}, {duration(time.monotonic() - tally.began)}"

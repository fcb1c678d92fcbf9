"""How far a fleet is, for a person and for a program: values from its events."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from certmark.domain.fleets import MemberProgress, MemberStanding
from certmark.runner.events import FleetBegan, FleetEvent, FleetStopping, MemberBegan, MemberMessage, MemberSettled

STOPPING = "stopping: runs end after their running tests; Ctrl-C again ends them at once"
_BAD = frozenset({"fail", "uxsuccess", "xfail"})


class MemberTally:
    """How far a run is, from its events; events of another version count for nothing."""

    def __init__(self) -> None:
        self.asked = 0
        self.began = time.monotonic()
        self._outcomes: dict[str, str] = {}

    def hear(self, event: Mapping[str, Any]) -> None:
        """Count."""
        if event.get("event") == "run-began" and isinstance(event.get("tests"), int):
            self.asked = event["tests"]
        if event.get("event") == "test-ended" and isinstance(event.get("test"), str):
            self._outcomes[event["test"]] = str(event.get("outcome"))

    @property
    def done(self) -> int:
        """Tests that ended, no more than were asked for."""
        return min(self.asked, len(self._outcomes))

    @property
    def quarters(self) -> int:
        """Quarters that are done."""
        return 4 * self.done // self.asked if self.asked else 0

    def __str__(self) -> str:
        failed = sum(outcome in _BAD for outcome in self._outcomes.values())
        return f"{self.done} of {self.asked} tests" + (f", {failed} failed" if failed else "")


class FleetTally:
    """How far each member is."""

    def __init__(self) -> None:
        self.keys: tuple[str, ...] = ()
        self.running: dict[str, MemberTally] = {}
        """Members that have begun, also those that are at their end."""
        self.settled: dict[str, MemberStanding] = {}
        self.is_stopping = False

    def hear(self, event: FleetEvent) -> str:
        """Count `event`; the line that it is worth, empty where it is worth none.

        Worth a line are the beginning, each quarter and the end of a run.
        """
        match event:
            case FleetBegan():
                self.keys = event.keys
            case MemberBegan():
                self.running[event.key] = MemberTally()
                return self._line(event.key, "begins")
            case MemberMessage():
                return self._message(event)
            case MemberSettled():
                self.settled[event.standing.member.key] = event.standing
                return self._line(event.standing.member.key, result_of(event.standing))
            case FleetStopping():
                self.is_stopping = True
                return STOPPING
        return ""

    def _message(self, event: MemberMessage) -> str:
        tally = self.running.setdefault(event.key, MemberTally())
        before = tally.quarters
        tally.hear(event.event)
        return self._line(event.key, str(tally)) if before < tally.quarters < 4 else ""

    def _line(self, key: str, what: str) -> str:
        return f"{key.ljust(max(map(len, self.keys), default=0))}  {what}"


def result_of(standing: MemberStanding) -> str:
    """What a member came to, on one line."""
    parts = [standing.progress.value]
    parts += [f"{standing.passed} passed"] if standing.passed else []
    parts += [standing.reason] if standing.reason and standing.progress is not MemberProgress.PASS else []
    return "; ".join(parts)


def as_json(event: FleetEvent) -> dict[str, Any] | None:
    """An event as programs read it: those of every run with the member's name; None for one that they do not."""
    match event:
        case MemberBegan():
            return {"event": "member-began", "member": event.key}
        case MemberMessage():
            return {**event.event, "member": event.key}
        case FleetStopping():
            return {"event": "fleet-stopping", "running": list(event.running)}
        case MemberSettled(standing):
            return {
                "event": "member-ended",
                "member": standing.member.key,
                "standing": standing.progress.value,
                "reason": standing.reason,
                "folder": standing.folder,
            }
        case FleetBegan():
            return None

"""What a run was asked and how far it came: one JSON object a line, only ever appended to.

A line counts once it ends with a newline; a torn last line (power loss, a full disk) is as if it
had never been written, and the next writer cuts it off. What was written is on the disk (fsync) when
a method returns. Lines are: `run` (first: `formats.run_record`), `plan` (the groups of a round),
`began`, `ended`, `session` (somebody went on with the run), `outage`, `outage-over` and `circumstance`
(`formats.run_circumstances`).

A round is the first run through all groups, or one `rerun`, which adds attempts.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.domain.outages import Outage
from certmark.formats.errors import FormatError
from certmark.formats.run_circumstances import (
    InvalidCircumstances,
    circumstance_line,
    outage_line,
    outage_over_line,
    outages_in,
)
from certmark.formats.run_endings import TO_BE_RUN, EndedGroup, Ending, endings_in, left_in
from certmark.formats.run_folder import JOURNAL, STREAMS
from certmark.formats.run_record import InvalidRunRecord, RunRecord, read_run_record
from certmark.runner.plan import Group
from certmark.runner.workers import DiskProblem

_LARGEST: Final = 256 << 20
_Line = dict[str, Any]


class UnreadableJournal(FormatError):
    """The folder is not a run's, or its journal was changed by something else."""


class GroupState(NamedTuple):
    """How far a group of a round came."""

    group: Group
    began: int
    """How often a worker began it."""
    ending: Ending | None
    """None: it is still to be run."""


class Journal:
    """The journal of one run, open for appending."""

    def __init__(self, path: Path, lines: list[_Line]) -> None:
        """Use `create` or `open`."""
        self._streams = path.parent / STREAMS
        self._lines = lines
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @classmethod
    def create(cls, folder: str | Path, record: RunRecord, groups: Iterable[Group]) -> Journal:
        """Begin the journal of a new run in `folder`, record and first round at once, or not at all.

        Raises DiskProblem; FileExistsError if there is one already.
        """
        path = Path(folder, JOURNAL)
        draft = path.with_name(f"{JOURNAL}.{os.getpid()}")
        journal = cls(draft, [])
        try:
            journal._append(record.document())
            journal.plan(groups)
            path.hardlink_to(draft)
        except BaseException:
            journal.close()
            raise
        finally:
            draft.unlink()
        _sync(path.parent)
        return journal

    @classmethod
    def open(cls, folder: str | Path) -> Journal:
        """Go on with the run in `folder`; a torn last line is cut off. Raises UnreadableJournal or OSError."""
        path = Path(folder, JOURNAL)
        lines, sound = _read(path)
        try:
            if path.stat().st_size > sound:
                os.truncate(path, sound)
            journal = cls(path, lines)
        except OSError as error:
            raise DiskProblem(
                f"the journal of the run cannot be written ({error.strerror})", Advice(Action.MAKE_ROOM_AND_RESUME)
            ) from error
        journal._append({"what": "session", "pid": os.getpid()})
        return journal

    @classmethod
    def read(cls, folder: str | Path) -> RunHistory:
        """What the journal of `folder` says, without touching it. Raises UnreadableJournal or OSError."""
        return RunHistory(_read(Path(folder, JOURNAL))[0])

    @property
    def history(self) -> RunHistory:
        """What it says so far."""
        return RunHistory(self._lines)

    def plan(self, groups: Iterable[Group]) -> None:
        """Begin a round."""
        self._append({"what": "plan", "groups": [[group.name, list(group.tests), group.expected] for group in groups]})

    def began(self, group: str, worker: int, stream: str) -> None:
        """A worker is about to begin a group; its results go to `stream`."""
        self._append({"what": "began", "group": group, "worker": worker, "stream": stream}, durable=False)

    def ended(self, end: EndedGroup) -> None:
        """A group came to its end; its stream is on the disk before that is said."""
        _sync(self._streams / end.stream)
        words = {"group": end.group, "stream": end.stream, "ending": end.ending.value, "seconds": end.seconds}
        self._append({"what": "ended", **words, "reason": end.reason, "lost": list(end.lost)})

    def outage(self, outage: Outage) -> None:
        """The cloud is away; the classes that it touched are to be run again."""
        self._append(outage_line(outage))

    def outage_over(self, until: float, *, answers: bool) -> None:
        """It answers again, or is given up."""
        self._append(outage_over_line(until, answers=answers))

    def circumstance(self, text: str, *, until_resumed: bool = False) -> None:
        """Something that a reviewer of the run should know; `until_resumed`: which holds until the run goes on."""
        self._append(circumstance_line(text, until_resumed=until_resumed))

    def close(self) -> None:
        """Close the file; nothing is held back."""
        os.close(self._file)

    def _append(self, line: _Line, *, durable: bool = True) -> None:
        # What a reader gives back is what was written, tuples as lists.
        text = json.dumps({**line, "at": round(time.time(), 3)})
        try:
            content = text.encode() + b"\n"
            while content:
                content = content[os.write(self._file, content) :]
            if durable:
                os.fsync(self._file)
        except OSError as error:
            raise DiskProblem(
                f"the journal of the run cannot be written ({error.strerror})", Advice(Action.MAKE_ROOM_AND_RESUME)
            ) from error
        self._lines.append(json.loads(text))


class RunHistory:
    """What a journal says."""

    def __init__(self, lines: list[_Line]) -> None:
        """`lines` as read. Raises UnreadableJournal."""
        self._lines = lines
        try:
            self.record = read_run_record(lines[0])
            self.rounds = _rounds(lines)
            self.outages = outages_in(lines)
        except (InvalidRunRecord, InvalidCircumstances, KeyError, TypeError, ValueError, IndexError) as error:
            raise UnreadableJournal("the journal of the run was changed by something else; begin a new run") from error

    @property
    def groups(self) -> tuple[GroupState, ...]:
        """The groups of the last round."""
        return tuple(self.rounds[-1].values()) if self.rounds else ()

    @property
    def to_run(self) -> tuple[Group, ...]:
        """The groups of the last round that did not come to an end."""
        return tuple(state.group for state in self.groups if state.ending is None)

    @property
    def asked(self) -> tuple[str, ...]:
        """The full ids that the first round was to run."""
        first = self.rounds[0].values() if self.rounds else ()
        return tuple(test for state in first for test in state.group.tests)

    @property
    def is_whole(self) -> bool:
        """Whether every group of every round came to an end."""
        return left_in(self._lines) == []

    @property
    def endings(self) -> tuple[EndedGroup, ...]:
        """Every record of a group's end, interruptions included, in order."""
        return tuple(endings_in(self._lines))

    @property
    def began(self) -> float:
        """When the run began, in seconds since 1970; 0 where it does not tell."""
        at = self._lines[0].get("at")
        return float(at) if isinstance(at, int | float) else 0.0

    @property
    def last_end(self) -> float:
        """When the last class came to its end, in seconds since 1970; 0 where none did."""
        return max((float(line.get("at", 0)) for line in self._lines if line["what"] == "ended"), default=0.0)

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """As they stand there."""
        return self._lines

    @property
    def sessions(self) -> int:
        """How often somebody went on with the run."""
        return sum(line["what"] == "session" for line in self._lines)


def _sync(path: Path) -> None:
    """What is in the file or folder is on the disk; nothing to do where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rounds(lines: list[_Line]) -> list[dict[str, GroupState]]:
    rounds: list[dict[str, GroupState]] = []
    for line in lines[1:]:
        match line["what"]:
            case "plan":
                rounds.append({group.name: GroupState(group, 0, None) for group in map(_group, line["groups"])})
            case "began":
                state = rounds[-1][str(line["group"])]
                rounds[-1][state.group.name] = state._replace(began=state.began + 1)
            case "ended":
                state = rounds[-1][str(line["group"])]
                ending = Ending(line["ending"])
                rounds[-1][state.group.name] = state._replace(ending=None if ending in TO_BE_RUN else ending)
            case "outage":
                for entry in line["classes"]:
                    if (state_ := rounds[-1].get(str(entry["class"]))) is not None:
                        rounds[-1][state_.group.name] = state_._replace(ending=None)
            case _:
                pass
    return rounds


def _group(entry: Any) -> Group:
    name, tests, expected = entry
    return Group(str(name), tuple(tests), float(expected))


def _read(path: Path) -> tuple[list[_Line], int]:
    """The whole lines of a journal, and how many bytes they are."""
    with path.open("rb") as file:
        content = file.read(_LARGEST)
    sound = content.rfind(b"\n") + 1
    lines = []
    for number, line in enumerate(content[:sound].splitlines()):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise UnreadableJournal(
                f"line {number + 1} of the journal of the run is damaged; judge its streams, or begin a new run"
            ) from error
        if isinstance(entry, dict):
            lines.append(entry)
    if not lines:
        raise UnreadableJournal("the journal of the run is empty: it was stopped before it began; begin a new run")
    return lines, sound

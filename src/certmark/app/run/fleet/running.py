"""A fleet of clouds, tested: what is asked, then a session in which its runs go on side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.run.fleet.session import MemberCommand, Session, now
from certmark.domain.errors import InvalidRequest
from certmark.domain.fleets import Fleet, FleetMember, MemberStanding, members_of
from certmark.domain.remarks import Listener, Remark
from certmark.formats.fleet_record import EarlierFleet, FleetSummary, read_record
from certmark.formats.fleets import LARGEST, read_fleet
from certmark.runner.events import FleetListener
from certmark.runner.folders import FLEET_RECORD, find_fleet, make_fleet_folder, new_id
from certmark.runner.locks import locked


@dataclass(frozen=True, kw_only=True)
class FleetRequest:
    """Which clouds are tested, and how."""

    file: str | None = None
    """The list of clouds; None: that of the fleet that is taken up."""
    earlier: str | None = None
    """The fleet that is taken up, by its id or folder; None: a new one begins."""
    folder: str | None = None
    """Of a new fleet; None: one with its id among the others."""
    only: Sequence[str] = ()
    """Clouds, groups, labels or lists of the file; empty: all, or what was asked for before."""
    options: Mapping[str, tuple[str, ...]]
    """What holds for every run: an option such as `class-timeout` -> its values; none for a switch."""
    command: MemberCommand
    """How its runs are begun."""
    clouds_at_once: int = 2
    alive_timeout: float = 10.0
    """Seconds in which a cloud must answer before its run begins."""
    ignore_dead: bool = False
    """Whether clouds that do not answer do not weigh."""


class FleetResult(NamedTuple):
    """What a session of a fleet came to."""

    folder: Path
    summary: FleetSummary


def run_clouds(request: FleetRequest, listen: Listener, hear: FleetListener) -> FleetResult:
    """Test every cloud that is to be tested, and put it on record.

    Ctrl-C and SIGTERM let the runs end after their running tests; the result then says what is left.
    Raises InvalidRequest, InvalidFleet, LockHeld or OSError.
    """
    folder = None if request.earlier is None else find_fleet(request.earlier)
    known = _merged(EarlierFleet("", "", "") if folder is None else _earlier(folder), request)
    fleet = _read(Path(request.file or known.source))
    standings = [MemberStanding(_with_program(member, known)) for member in members_of(fleet, known.only)]
    if folder is None:
        known = known._replace(id=new_id(fleet.name), source=str(Path(request.file or "").absolute()), began=now())
        folder = make_fleet_folder(known.id, request.folder)
    session = Session(folder, known, fleet.name, standings, request.command, ignore_dead=request.ignore_dead)
    with locked(folder / "lock", f"the fleet {known.id}"):
        session.take_up(listen)
        listen(Remark(f"fleet {known.id}, in {folder}"))
        is_whole = session.run(request.clouds_at_once, request.alive_timeout, hear)
        return FleetResult(folder, session.finish(is_whole=is_whole))


def _merged(known: EarlierFleet, request: FleetRequest) -> EarlierFleet:
    """What is asked now stands over what was asked before."""
    if request.earlier is not None and request.folder is not None:
        raise InvalidRequest("a fleet that is taken up goes on in its own folder; name no other")
    options = {**known.options, **request.options}
    return known._replace(options=options, only=tuple(request.only) or known.only)


def _earlier(folder: Path) -> EarlierFleet:
    return read_record((folder / FLEET_RECORD).read_bytes(), FLEET_RECORD, folder)


def _read(path: Path) -> Fleet:
    with path.open("rb") as file:
        return read_fleet(file.read(LARGEST + 1), path.name, path.absolute().parent)


def _with_program(member: FleetMember, known: EarlierFleet) -> FleetMember:
    """A program that holds for every run holds for clouds that name none."""
    shared = known.options.get("program")
    return member._replace(program=shared[-1]) if member.program is None and shared else member

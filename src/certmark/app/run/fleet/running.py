"""The work of `certmark run --all-clouds`: what is asked, then a sitting of the fleet."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from certmark.app.run.fleet.session import Session, now
from certmark.cli.console import Console
from certmark.cli.outputs import outputs_of
from certmark.cli.run.fleet_argv import handed_on
from certmark.domain.errors import InvalidRequest
from certmark.domain.fleets import Fleet, FleetMember, MemberStanding, NoSuchMember, members_of
from certmark.formats.fleet_record import Earlier, read_record
from certmark.formats.fleets import LARGEST, read_fleet
from certmark.runner.fleet.folders import RECORD, find_fleet, make_fleet_folder
from certmark.runner.folders import new_id
from certmark.runner.locks import locked


def run_fleet(args: argparse.Namespace, parser: argparse.ArgumentParser, console: Console) -> int:
    """Do the whole job; `parser` is the one that `args` come from."""
    _check(args)
    outputs = outputs_of(args.format, args.output)
    folder = find_fleet(args.going_on) if args.going_on is not None else None
    known = _known(folder)
    fleet = _read(args.all_clouds or known.source)
    known = known._replace(options={**known.options, **handed_on(args, parser)}, only=tuple(args.only) or known.only)
    standings = _standings(fleet, known)
    if folder is None:
        known = known._replace(id=new_id(fleet.name), source=os.path.abspath(args.all_clouds), began=now())
        folder = make_fleet_folder(known.id, args.folder)
    session = Session(folder, known, fleet, standings, args)
    with locked(os.path.join(folder, "lock"), f"the fleet {known.id}"):
        session.take_up(console)
        console.remark(f"fleet {known.id}, in {folder}")
        undisturbed = session.run(console)
        return session.finish(outputs, console, interrupted=not undisturbed)


def _check(args: argparse.Namespace) -> None:
    for name, said in (("os_cloud", "--os-cloud"), ("tempest_conf", "--tempest-conf"), ("region", "--region")):
        if getattr(args, name, None) is not None:
            raise InvalidRequest(f"{said} names one cloud and --all-clouds many; say it in the file of the fleet")
    if getattr(args, "cloud_identity", None) is not None:
        raise InvalidRequest("--cloud-identity names one cloud and --all-clouds many; say it in clouds.yaml")
    if args.accounts is not None:
        raise InvalidRequest("--accounts are one cloud's; say them in the file of the fleet")
    if args.going_on is not None and args.folder is not None:
        raise InvalidRequest("--continue goes on in the folder of its fleet; drop --folder")


def _known(folder: str | None) -> Earlier:
    """What the fleet in `folder` is known by; nothing where there is none yet."""
    if folder is None:
        return Earlier("", "", "")
    with open(os.path.join(folder, RECORD), "rb") as file:
        return read_record(file.read(), RECORD, folder)


def _read(path: str) -> Fleet:
    with open(path, "rb") as file:
        return read_fleet(file.read(LARGEST + 1), os.path.basename(path), os.path.dirname(os.path.abspath(path)))


def _standings(fleet: Fleet, known: Earlier) -> dict[str, MemberStanding]:
    try:
        members = members_of(fleet, known.only)
    except NoSuchMember as error:
        raise InvalidRequest(str(error)) from error
    named = [_with_program(member, known.options) for member in members]
    return {member.key: MemberStanding(member) for member in named}


def _with_program(member: FleetMember, handed: Mapping[str, tuple[str, ...]]) -> FleetMember:
    """A program on the command line holds for clouds that name none."""
    return member._replace(program=handed["program"][1]) if member.program is None and "program" in handed else member

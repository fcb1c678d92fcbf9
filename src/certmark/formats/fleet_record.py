"""What a fleet came to, as JSON: for machines, and for the fleet itself to go on from.

docs/reference/fleet.md lists the keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from certmark.domain.fleets import GroupStanding, MemberProgress, MemberStanding, groups_of
from certmark.formats.fleets import InvalidFleet
from certmark.formats.run_folder import RunFolder

FORMAT = "certmark-fleet"
VERSION = 1
_LARGEST = 64 << 20


class FleetSummary(NamedTuple):
    """A fleet, as far as it came."""

    id: str
    name: str
    source: str
    """The path of its file."""
    began: str
    ended: str | None
    """None: it goes on, or was stopped."""
    whole: MemberProgress
    exit_status: int
    """Of the command that tested it."""
    standings: tuple[MemberStanding, ...]
    only: tuple[str, ...] = ()
    """The clouds, groups, labels or lists that were asked for; empty: all."""
    options: Mapping[str, tuple[str, ...]] = {}
    """What holds for every run: an option such as `class-timeout` -> its values; none for a switch."""


class EarlierMember(NamedTuple):
    """What an earlier session of a fleet knew of a member."""

    progress: MemberProgress
    reason: str
    program: str
    counts: Mapping[str, int]
    seconds: float
    folder: str | None
    request: Mapping[str, Any]
    """What was asked of its run: only the same can be gone on with."""


class EarlierFleet(NamedTuple):
    """What the record of a fleet says to whoever goes on with it."""

    id: str
    source: str
    began: str
    only: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = {}
    members: Mapping[str, EarlierMember] = {}


def request_of(standing: MemberStanding) -> dict[str, Any]:
    """What a member's run is asked, for JSON."""
    member = standing.member
    return {
        "os_cloud": member.cloud.os_cloud,
        "region": member.region,
        "program": member.program,
        "options": dict(member.cloud.options),
    }


def write_record(summary: FleetSummary, folder: Path) -> bytes:
    """The summary as JSON; paths are relative to `folder` where they lie in it."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "fleet": summary.id,
        "name": summary.name,
        "source": summary.source,
        "began": summary.began,
        "ended": summary.ended,
        "standing": summary.whole.value,
        "exit_status": summary.exit_status,
        "only": list(summary.only),
        "options": {name: list(values) for name, values in summary.options.items()},
        "members": [_member(standing, folder) for standing in summary.standings],
        "groups": [_group(group) for group in groups_of(summary.standings)],
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def _member(standing: MemberStanding, folder: Path) -> dict[str, Any]:
    member, report = standing.member, report_of(standing)
    return {
        "member": member.key,
        "cloud": member.cloud.name,
        "region": member.region,
        "program": standing.program or member.program,
        "group": member.group,
        "labels": list(member.cloud.labels),
        "owner": member.cloud.owner,
        "standing": standing.progress.value,
        "reason": standing.reason,
        "counts": dict(standing.counts),
        "seconds": round(standing.seconds, 1),
        "folder": None if standing.folder is None else _near(Path(standing.folder), folder),
        "report": None if report is None else _near(report, folder),
        "asked": request_of(standing),
    }


def _group(group: GroupStanding) -> dict[str, Any]:
    return {
        "name": group.name,
        "program": group.program,
        "progress": group.progress.value,
        "members": list(group.members),
    }


def report_of(standing: MemberStanding) -> Path | None:
    """The report for people; None where there is no verdict."""
    return RunFolder(Path(standing.folder)).page if standing.folder and standing.progress.is_tested else None


def _near(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def read_record(data: bytes, name: str, folder: Path) -> EarlierFleet:
    """What the JSON of a fleet says, which lies in `folder`. Raises InvalidFleet."""
    from certmark.formats.documents.parsing import parse_json

    document = parse_json(data[:_LARGEST], name, InvalidFleet)
    try:
        if document.get("format") != FORMAT and "schema" not in document:
            raise InvalidFleet(f"{name} is no record of a fleet; name the folder or the id of one")
        if document.get("version") != VERSION:
            raise InvalidFleet(f"{name} is of another version of Certmark; begin the fleet anew")
        return EarlierFleet(
            str(document["fleet"]),
            str(document["source"]),
            str(document["began"]),
            tuple(map(str, document["only"])),
            {str(option): tuple(map(str, values)) for option, values in document["options"].items()},
            {str(entry["member"]): _earlier(entry, folder) for entry in document["members"]},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, InvalidFleet):
            raise
        raise InvalidFleet(f"{name} is no record of a fleet; name the folder or the id of one") from error


def _earlier(entry: Mapping[str, Any], folder: Path) -> EarlierMember:
    counts = {str(key): int(value) for key, value in entry["counts"].items()}
    where = entry["folder"]
    return EarlierMember(
        MemberProgress(entry["standing"]),
        str(entry["reason"]),
        str(entry["program"] or ""),
        counts,
        float(entry["seconds"]),
        None if where is None else str(folder / str(where)),
        dict(entry["asked"]),
    )

"""What a fleet came to, as JSON: for machines, and for the fleet itself to go on from.

The form (`certmark-fleet/1`) is docs/reference/fleet.md's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from certmark.domain.fleets import MemberProgress, MemberStanding, groups_of
from certmark.formats.fleets import InvalidFleet

SCHEMA = "certmark-fleet/1"
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
    standings: tuple[MemberStanding, ...]
    only: tuple[str, ...] = ()
    """The clouds, groups, labels or lists that were asked for; empty: all."""
    options: Mapping[str, tuple[str, ...]] = {}
    """What of the command line holds for every run."""


class KeptFleet(NamedTuple):
    """What an earlier session of a fleet knew of a member."""

    progress: MemberProgress
    reason: str
    program: str
    counts: Mapping[str, int]
    seconds: float
    folder: str | None
    asked: Mapping[str, Any]
    """What was asked of its run: only the same can be gone on with."""


class Earlier(NamedTuple):
    """What the record of a fleet says to whoever goes on with it."""

    id: str
    source: str
    began: str
    only: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = {}
    members: Mapping[str, KeptFleet] = {}


def asked_of(standing: MemberStanding) -> dict[str, Any]:
    """What a member's run is asked, for JSON."""
    member = standing.member
    return {"os_cloud": member.cloud.os_cloud, "region": member.region, "program": member.program} | {
        "options": dict(member.cloud.asked)
    }


def write_json(summary: FleetSummary, folder: str) -> bytes:
    """The summary as JSON; paths are relative to `folder` where they lie in it."""
    members = [_member(standing, folder) for standing in summary.standings]
    groups = [group._asdict() | {"progress": group.progress.value} for group in groups_of(summary.standings)]
    document = {
        "schema": SCHEMA,
        "fleet": summary.id,
        "name": summary.name,
        "source": summary.source,
        "began": summary.began,
        "ended": summary.ended,
        "standing": summary.whole.value,
        "exit_status": summary.exit_status,
        "only": list(summary.only),
        "options": {name: list(words) for name, words in summary.options.items()},
        "members": members,
        "groups": groups,
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def _member(standing: MemberStanding, folder: str) -> dict[str, Any]:
    member = standing.member
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
        "folder": None if standing.folder is None else _near(standing.folder, folder),
        "report": None if not standing.progress.is_tested else _near(report_of(standing), folder),
        "asked": asked_of(standing),
    }


def report_of(standing: MemberStanding) -> str:
    """The path of the report for people; empty where there is no verdict."""
    return os.path.join(standing.folder, "report.html") if standing.folder and standing.progress.is_tested else ""


def _near(path: str, folder: str) -> str:
    return os.path.relpath(path, folder) if path.startswith(folder + os.sep) else path


def read_record(data: bytes, name: str, folder: str) -> Earlier:
    """What the JSON of a fleet says, which lies in `folder`. Raises InvalidFleet."""
    from certmark.formats.documents.parsing import parse_json

    document = parse_json(data[:_LARGEST], name, InvalidFleet)
    try:
        if document["schema"] != SCHEMA:
            raise InvalidFleet(f"{name} is of another version of Certmark; begin the fleet anew")
        return Earlier(
            str(document["fleet"]),
            str(document["source"]),
            str(document["began"]),
            tuple(map(str, document["only"])),
            {str(option): tuple(map(str, words)) for option, words in document["options"].items()},
            {str(entry["member"]): _kept(entry, folder) for entry in document["members"]},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, InvalidFleet):
            raise
        raise InvalidFleet(f"{name} is no record of a fleet; name the folder or the id of one") from error


def _kept(entry: Mapping[str, Any], folder: str) -> KeptFleet:
    counts = {str(key): int(value) for key, value in entry["counts"].items()}
    where = entry["folder"]
    return KeptFleet(
        MemberProgress(entry["standing"]),
        str(entry["reason"]),
        str(entry["program"] or ""),
        counts,
        float(entry["seconds"]),
        None if where is None else os.path.join(folder, str(where)),
        dict(entry["asked"]),
    )

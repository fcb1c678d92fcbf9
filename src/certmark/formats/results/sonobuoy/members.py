"""Where things lie in Sonobuoy's tarball (https://sonobuoy.io/docs/main/snapshot/).

`plugins/PLUGIN/results/NODE/…` holds what a plugin reported (`global` for NODE: one for the whole
cluster; releases before 0.11 had no such folder), `plugins/PLUGIN/errors/NODE/error.json` what
Sonobuoy notes instead, `plugins/PLUGIN/sonobuoy_results.yaml` its own summary.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from certmark.formats.tar import TarMember

_PLUGIN = re.compile(r"(?:\./)?plugins/([^/]+)/(.+)", re.DOTALL)
_GLOBAL = "global"


class MemberRole(Enum):
    """What a member of the archive is for."""

    XML = "xml"
    """It may be JUnit, and is if its name says so."""
    ERROR = "error"
    LOG = "log"
    """What the conformance suite printed."""
    SUMMARY = "summary"
    """`sonobuoy_results.yaml`."""
    OTHER = "other"


class MemberPlace(NamedTuple):
    """What a path in the archive says."""

    role: MemberRole
    plugin: str
    node: str | None
    """None: the whole cluster."""
    is_junit: bool = False
    """Whether its name says that it is."""


def climbs(path: str) -> bool:
    """Whether a path leads out of the archive."""
    return path.startswith("/") or ".." in path.split("/")


def place_of(path: str) -> MemberPlace | None:
    """What `path` says; None for what belongs to no plugin, and for the shadows that a Mac's archiver adds."""
    matched = _PLUGIN.fullmatch(path)
    parts = path.split("/")
    if matched is None or parts[-1].startswith("._") or "__MACOSX" in parts:
        return None
    plugin, rest = matched[1], matched[2].split("/")
    folder, name = rest[0], rest[-1].lower()
    node = rest[1] if len(rest) > 2 and rest[1] != _GLOBAL else None
    if folder == "results" and len(rest) > 1:
        if name.endswith(".xml"):
            return MemberPlace(MemberRole.XML, plugin, node, "junit" in name)
        return MemberPlace(MemberRole.LOG if name == "e2e.log" else MemberRole.OTHER, plugin, node)
    if folder == "errors" and len(rest) > 1:
        # Before 0.11: errors/NODE.json.
        flat = rest[-1].rpartition(".")[0] or rest[-1]
        return MemberPlace(MemberRole.ERROR, plugin, node if len(rest) > 2 or flat == _GLOBAL else flat)
    return MemberPlace(MemberRole.SUMMARY if rest == ["sonobuoy_results.yaml"] else MemberRole.OTHER, plugin, None)


def read_up_to(member: TarMember, limit: int) -> bytes:
    """The first `limit` bytes of a member."""
    found = bytearray()
    while len(found) < limit and (block := member.content.read(limit - len(found))):
        found += block
    return bytes(found)

"""The command lines of a fleet's runs: what a member asks, over what holds for all of them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certmark.app.run.fleet.session import MemberCommand
from certmark.cli.exits import Exit
from certmark.cli.options.fleet import FleetOptions
from certmark.domain.fleets import FleetMember, MemberProgress

if TYPE_CHECKING:
    from certmark.cli.run.run import Options

_CERTMARK = (sys.executable, "-m", "certmark")
_EVENTS = ("--events", "json")
_OF_THE_FLEET = frozenset(
    {"os_cloud", "region", "folder", "events", "format", "output", "json", "full", "quiet"}
    | {field.name for field in dataclasses.fields(FleetOptions)}
)
"""Options that the fleet takes for itself, or gives to each of its runs anew."""
_PATHS = frozenset({"guideline", "policy", "suite", "tempest", "waivers", "waiver_signers", "wheels"})
"""Options whose value may be a file or a folder."""

OF_FLEET = {
    MemberProgress.PASS: Exit.OK,
    MemberProgress.FAIL: Exit.FAIL,
    MemberProgress.INCOMPLETE: Exit.INCOMPLETE,
    MemberProgress.NOT_TESTED: Exit.ENVIRONMENT,
    MemberProgress.INTERRUPTED: Exit.INTERRUPTED,
}
"""The exit status of a fleet, and of each of its runs."""


def shared_options(options: Options) -> dict[str, tuple[str, ...]]:
    """What of the command line holds for every run: an option as a fleet's file names it -> its values.

    Defaults are left out; files that are there become absolute, for runs begin in any folder.
    """
    found = {}
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if field.name not in _OF_THE_FLEET and value != field.default:
            found[field.name.replace("_", "-")] = tuple(_values(value, is_path=field.name in _PATHS))
    return found


def _values(value: Any, *, is_path: bool) -> Iterator[str]:
    """The words of a value; a switch has none."""
    if value is not True:
        for one in value if isinstance(value, tuple) else (value,):
            yield str(Path(one).absolute() if is_path and Path(one).exists() else one)


def command_of(options: type[Options]) -> MemberCommand:
    """How `certmark run`, with these options, begins a member's run, and what its exit status says."""

    def begin(member: FleetMember, shared: Mapping[str, tuple[str, ...]], folder: Path) -> Sequence[str]:
        return *_CERTMARK, "run", *run_words(options, member, shared), "--folder", str(folder), *_EVENTS

    def resume(folder: Path) -> Sequence[str]:
        return *_CERTMARK, "resume", str(folder), *_EVENTS

    return MemberCommand(begin, resume, OF_FLEET)


def run_words(options: type[Options], member: FleetMember, shared: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The options of a member's run; what its entry says stands over what holds for all."""
    flags = {field.name: field.metadata["names"][0] for field in dataclasses.fields(options) if field.metadata["names"]}
    asked = {**shared, **_asked_of(member)}
    return [word for name, values in asked.items() for word in _words(flags[name.replace("-", "_")], values)]


def _asked_of(member: FleetMember) -> dict[str, tuple[str, ...]]:
    cloud = None if "tempest-conf" in member.cloud.options else member.cloud.os_cloud
    asked = {"os-cloud": cloud, "region": member.region, "program": member.program, **member.cloud.options}
    return {name: (value,) for name, value in asked.items() if value is not None}


def _words(flag: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (flag, value)] if values else [flag]

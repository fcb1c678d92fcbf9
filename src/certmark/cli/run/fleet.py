"""`certmark run` on many clouds: its options, what is shown while it goes on, and its exit status."""

from __future__ import annotations

import dataclasses
import os.path  # pathlib finds the way up (`walk_up`) from Python 3.12 on only
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certmark.app.run.fleet.running import FleetRequest, FleetResult, run_clouds
from certmark.app.run.fleet.session import MemberCommand
from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options.fleet import FleetOptions
from certmark.cli.options.output import Output
from certmark.cli.run.displays import write_event
from certmark.cli.run.fleet_displays import fleet_display
from certmark.cli.run.results_folder import OF_A_FLEET, made
from certmark.domain.errors import InvalidRequest
from certmark.domain.fleets import FleetMember, MemberProgress
from certmark.reporting.fleet import FleetView

if TYPE_CHECKING:
    from certmark.cli.options.run import RunOptions

_OF_ONE_CLOUD = {
    "os_cloud": "--os-cloud names one cloud and --all-clouds many; say it in the file of the fleet",
    "tempest_conf": "--tempest-conf names one cloud and --all-clouds many; say it in the file of the fleet",
    "region": "--region names one cloud and --all-clouds many; say it in the file of the fleet",
    "cloud_identity": "--cloud-identity names one cloud and --all-clouds many; say it in clouds.yaml",
    "accounts": "--accounts are one cloud's; say them in the file of the fleet",
}


def run_fleet(options: RunOptions, console: Console) -> Exit:
    """Test many clouds, and write what was asked for."""
    _check(options)
    outputs = [*options.outputs(FleetView.forms), *_of_results(options.results)]
    with fleet_display(console, events=options.events) as display:
        result = run_clouds(_request_of(options), listener(console), display)
    _write(result, outputs, console, events=options.events)
    if result.summary.whole is MemberProgress.INTERRUPTED:
        console.refuse(f"stopped; take up what is left with: certmark run --continue {_reference(result)}")
    else:
        console.remark(f"everything is in {result.folder}")
    return OF_FLEET[result.summary.whole]


def _check(options: RunOptions) -> None:
    for name, sentence in _OF_ONE_CLOUD.items():
        if getattr(options, name) is not None:
            raise InvalidRequest(sentence)
    if len(options.program) > 1:
        raise InvalidRequest("several programs in one run are for one cloud; say in the file which cloud is for which")
    if options.dry_run or options.list_tests:
        raise InvalidRequest("one cloud at a time can be planned; name it with --os-cloud")
    if options.fleet is not None and options.folder is not None:
        raise InvalidRequest("--continue goes on in the folder of its fleet; drop --folder")


def _request_of(options: RunOptions) -> FleetRequest:
    return FleetRequest(
        file=options.all_clouds,
        earlier=options.fleet,
        folder=options.folder,
        only=options.only,
        options=shared_options(options),
        command=command_of(type(options), options.results),
        clouds_at_once=options.clouds_at_once,
        alive_timeout=options.alive_timeout,
        ignore_dead=options.ignore_dead,
    )


def _write(result: FleetResult, outputs: list[Output], console: Console, *, events: str | None) -> None:
    """Write the reports; paths in them begin where each one lies. Events have standard output for themselves."""
    for output in outputs:
        if output.path is not None:
            write(FleetView(result.summary, Path(output.path).absolute().parent), [output], console)
        elif events is None:
            write(FleetView(result.summary, result.folder), [output], console)
    if events is not None:
        last = {
            "event": "fleet-ended",
            "fleet": result.summary.id,
            "standing": result.summary.whole.value,
            "folder": str(result.folder),
        }
        write_event(last)


def _of_results(folder: str | None) -> list[Output]:
    """The reports on the whole fleet in a folder of results; made here, so that what is wrong with it is said first."""
    if folder is None:
        return []
    return [Output(form, str(made(Path(folder)) / name)) for name, form in OF_A_FLEET.items()]


def _reference(result: FleetResult) -> str:
    """How a person names the fleet: by its id where it lies among the others, else by its folder."""
    return result.summary.id if result.folder.name == result.summary.id else os.path.relpath(result.folder)


CERTMARK = (sys.executable, "-m", "certmark")


_EVENTS = ("--events", "json")


_OF_THE_FLEET = frozenset(
    {"os_cloud", "region", "folder", "events", "format", "output", "json", "full", "quiet", "results"}
    | {field.name for field in dataclasses.fields(FleetOptions)}
)
"""Options that the fleet takes for itself, or gives to each of its runs anew."""


_PATHS = frozenset(
    {
        *("guideline", "policy", "suite", "tempest", "waivers", "waiver_signers", "wheels"),
        *("token_file", "ca_file", "client_certificate"),
    }
)
"""Options whose value may be a file or a folder."""


OF_FLEET = {
    MemberProgress.PASS: Exit.OK,
    MemberProgress.FAIL: Exit.FAIL,
    MemberProgress.INCOMPLETE: Exit.INCOMPLETE,
    MemberProgress.NOT_TESTED: Exit.ENVIRONMENT,
    MemberProgress.INTERRUPTED: Exit.INTERRUPTED,
}
"""The exit status of a fleet, and of each of its runs."""


def shared_options(options: RunOptions) -> dict[str, tuple[str, ...]]:
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


def command_of(options: type[RunOptions], results: str | None = None) -> MemberCommand:
    """How `certmark run`, with these options, begins a member's run, and what its exit status says.

    Each run has a folder in `results` that is called as that of the run itself.
    """

    def kept(folder: Path) -> Sequence[str]:
        return () if results is None else ("--results", str(Path(results).absolute() / folder.name))

    def begin(member: FleetMember, shared: Mapping[str, tuple[str, ...]], folder: Path) -> Sequence[str]:
        return *CERTMARK, "run", *run_words(options, member, shared), "--folder", str(folder), *kept(folder), *_EVENTS

    def resume(folder: Path) -> Sequence[str]:
        return *CERTMARK, "resume", str(folder), *kept(folder), *_EVENTS

    return MemberCommand(begin, resume, OF_FLEET)


def run_words(options: type[RunOptions], member: FleetMember, shared: Mapping[str, tuple[str, ...]]) -> list[str]:
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

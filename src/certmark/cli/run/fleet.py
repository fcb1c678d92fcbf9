"""`certmark run` on many clouds: its options, what is shown while it goes on, and its exit status."""

from __future__ import annotations

import os.path  # pathlib finds the way up (`walk_up`) from Python 3.12 on only
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.app.run.fleet.running import FleetRequest, FleetResult, run_clouds
from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.run.displays import write_event
from certmark.cli.run.fleet_argv import OF_FLEET, command_of, shared_options
from certmark.cli.run.fleet_displays import fleet_display
from certmark.domain.errors import InvalidRequest
from certmark.domain.fleets import MemberProgress
from certmark.reporting.fleet import FleetView

if TYPE_CHECKING:
    from certmark.cli.outputs import Output
    from certmark.cli.run.run import Options

_OF_ONE_CLOUD = {
    "os_cloud": "--os-cloud names one cloud and --all-clouds many; say it in the file of the fleet",
    "tempest_conf": "--tempest-conf names one cloud and --all-clouds many; say it in the file of the fleet",
    "region": "--region names one cloud and --all-clouds many; say it in the file of the fleet",
    "cloud_identity": "--cloud-identity names one cloud and --all-clouds many; say it in clouds.yaml",
    "accounts": "--accounts are one cloud's; say them in the file of the fleet",
}


def run_fleet(options: Options, console: Console) -> Exit:
    """Test many clouds, and write what was asked for."""
    _check(options)
    outputs = options.outputs()
    with fleet_display(console, events=options.events) as display:
        result = run_clouds(_request_of(options), listener(console), display)
    _write(result, outputs, console, events=options.events)
    if result.summary.whole is MemberProgress.INTERRUPTED:
        console.refuse(f"stopped; take up what is left with: certmark run --continue {_reference(result)}")
    else:
        console.remark(f"everything is in {result.folder}")
    return OF_FLEET[result.summary.whole]


def _check(options: Options) -> None:
    for name, sentence in _OF_ONE_CLOUD.items():
        if getattr(options, name) is not None:
            raise InvalidRequest(sentence)
    if options.fleet is not None and options.folder is not None:
        raise InvalidRequest("--continue goes on in the folder of its fleet; drop --folder")


def _request_of(options: Options) -> FleetRequest:
    return FleetRequest(
        file=options.all_clouds,
        earlier=options.fleet,
        folder=options.folder,
        only=options.only,
        options=shared_options(options),
        command=command_of(type(options)),
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


def _reference(result: FleetResult) -> str:
    """How a person names the fleet: by its id where it lies among the others, else by its folder."""
    return result.summary.id if result.folder.name == result.summary.id else os.path.relpath(result.folder)

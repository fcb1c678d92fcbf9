"""Test a cloud and say whether it meets a program: the suite is installed, run, judged and put on record.

The run has a folder with everything in it: what was asked, raw results, report, evidence bundle.
Ctrl-C ends it after the running tests; certmark resume goes on, whatever stopped it.

exit status: 0 pass, 1 fail, 2 usage, 3 unreadable input, 4 incomplete or not applicable,
5 the cloud, the suite or this machine does not let the run begin or go on, 130 interrupted;
of many clouds the worst decides: 1 some fail, then 5 some could not be tested, 4 some incomplete, 0 all pass
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from certmark.cli.console import Console
from certmark.cli.options import option
from certmark.cli.options.fleet import FleetOptions
from certmark.cli.options.guideline import POLICY_HELP, PROGRAM_HELP
from certmark.cli.options.output import VERDICT_FORMS, format_option
from certmark.cli.options.run import positive_seconds
from certmark.cli.outputs import Output, outputs_of

_CLOUD, _ASKED, _SUITE, _HOW, _OUT = "the cloud", "what is asked", "the suite", "how", "what comes out"


@dataclass(frozen=True, kw_only=True)
class Options(FleetOptions):
    """The options of the verb."""

    os_cloud: str | None = option(
        "--os-cloud", metavar="NAME", help="an entry of clouds.yaml (default: $OS_CLOUD, or OS_*)", group=_CLOUD
    )
    region: str | None = option(
        "--region", metavar="NAME", help="a region of it (default: its entry's, or $OS_REGION_NAME)", group=_CLOUD
    )
    tempest_conf: str | None = option(
        "--tempest-conf", metavar="FILE", help="a configuration of your own, used as it is", group=_CLOUD
    )
    accounts: str | None = option(
        "--accounts", metavar="FILE", help="users for the tests, in Tempest's form", group=_CLOUD
    )
    cloud_identity: str | None = option(
        "--cloud-identity",
        metavar="ID",
        help="which cloud it is, as its operator publishes (default: as kept or made)",
        group=_CLOUD,
    )
    guideline: str | None = option(
        "--guideline", "-g", help="a file, or a shipped id (default: the newest that ships along)", group=_ASKED
    )
    program: str | None = option("--program", "-p", help=PROGRAM_HELP, group=_ASKED)
    level: str = option(
        "--level",
        default="required",
        metavar="LEVELS",
        help="whose tests: required,advisory,… (default: required)",
        group=_ASKED,
    )
    flagged: bool = option("--flagged", action="store_true", help="flagged tests, too; they never count", group=_ASKED)
    policy: str | None = option("--policy", help=POLICY_HELP, group=_ASKED)
    waivers: str | None = option(
        "--waivers", metavar="FILE", help="dated exceptions of one product, signed or not", group=_ASKED
    )
    waiver_signers: str | None = option(
        "--waiver-signers",
        metavar="FILE",
        help="who may approve waivers (allowed signers); others are refused",
        group=_ASKED,
    )
    suite: str = option(
        "--suite", default="tempest", metavar="FILE", help="a description of another suite", group=_SUITE
    )
    tempest: str | None = option(
        "--tempest",
        metavar="VERSION|PATH",
        help="of the suite: a version, a source tree, or an environment that has it",
        group=_SUITE,
    )
    wheels: str | None = option(
        "--wheels", metavar="DIR", help="install from these wheels, without an index", group=_SUITE
    )
    workers: str = option("-j", default="auto", metavar="N|auto", help="classes at a time (default: auto)", group=_HOW)
    class_timeout: float | None = option(
        "--class-timeout",
        type=positive_seconds,
        metavar="S",
        help="seconds for a class (default: ten times what is expected, at least 900)",
        group=_HOW,
    )
    folder: str | None = option(
        "--folder",
        metavar="DIR",
        help="the run's folder (default: one with the run's id among the others)",
        group=_HOW,
    )
    no_doctor: bool = option(
        "--no-doctor",
        action="store_true",
        help="do not examine the cloud before (certmark cloud doctor)",
        group=_HOW,
    )
    despite: tuple[str, ...] = option(
        "--despite", action="append", metavar="ID", help="go on although the doctor finds this", group=_HOW
    )
    events: str | None = option(
        "--events", choices=("json",), help="every event as a line of JSON on standard output", group=_OUT
    )
    format: tuple[str, ...] = format_option(VERDICT_FORMS, group=_OUT)
    output: tuple[str, ...] = option(
        "--output",
        "-o",
        action="append",
        metavar="FILE",
        help="write a report; the ending tells its form",
        group=_OUT,
    )
    full: bool = option("--full", action="store_true", help="list everything, also what passes", group=_OUT)
    fail_on_leftovers: bool = option(
        "--fail-on-leftovers",
        action="store_true",
        help="exit status 1 if the run leaves anything in its projects",
        group=_OUT,
    )
    quiet: bool = option("--quiet", "-q", action="store_true", help="no progress and no remarks", group=_OUT)

    def outputs(self, known: Any = VERDICT_FORMS) -> list[Output]:
        """Where the reports go. Raises InvalidRequest."""
        return outputs_of(self.format, self.output, known)


def run(options: Options, console: Console) -> int:
    """Test one cloud, or many."""
    if options.is_fleet:
        from certmark.cli.run.fleet import run_fleet

        return run_fleet(options, console)
    from argparse import Namespace

    from certmark.app.run.prepare import run_cloud
    from certmark.cli.options.cloud import take_region

    args = Namespace(**vars(options))
    take_region(args)
    return run_cloud(args, console)

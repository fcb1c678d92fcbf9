"""Test a cloud and say whether it meets a program: the suite is installed, run, judged and put on record.

The run has a folder with everything in it: what was asked, raw results, report, evidence bundle.
Ctrl-C ends it after the running tests; certmark resume goes on, whatever stopped it.

exit status: 0 pass, 1 fail, 2 usage, 3 unreadable input, 4 incomplete or not applicable,
5 the cloud, the suite or this machine does not let the run begin or go on, 130 interrupted;
of many clouds the worst decides: 1 some fail, then 5 some could not be tested, 4 some incomplete, 0 all pass
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import checked, option
from certmark.cli.options.cloud import TESTS, AskedOptions, ConfiguredCloudOptions, number_of_classes
from certmark.cli.options.fleet import FleetOptions
from certmark.cli.options.guideline import POLICY_HELP, WaiverOptions
from certmark.cli.options.run import RunReportOptions, positive_seconds

if TYPE_CHECKING:
    from certmark.app.run.requests import RunRequest

_SUITE, _HOW = "the suite", "how"


@dataclass(frozen=True, kw_only=True)
class Options(ConfiguredCloudOptions, AskedOptions, WaiverOptions, FleetOptions, RunReportOptions):
    """The options of the verb."""

    cloud_identity: str | None = option(
        "--cloud-identity",
        metavar="ID",
        help="which cloud it is, as its operator publishes (default: as kept or made)",
        group="the cloud",
    )
    policy: str | None = option("--policy", help=POLICY_HELP, group=TESTS)
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
    workers: int | None = option(
        "-j",
        type=checked(number_of_classes, "a number of classes, or auto"),
        metavar="N|auto",
        help="classes at a time (default: auto)",
        group=_HOW,
    )
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

    def request(self) -> RunRequest:
        """What is asked of the application."""
        from certmark.app.run.requests import RunRequest

        return RunRequest(
            os_cloud=self.os_cloud,
            tempest_conf=self.tempest_conf,
            accounts=self.accounts,
            cloud_identity=self.cloud_identity,
            guideline=self.guideline,
            program=self.program,
            levels=self.level,
            flagged=self.flagged,
            policy=self.policy,
            waivers=self.waivers,
            waiver_signers=self.waiver_signers,
            suite=self.suite,
            suite_version=self.tempest,
            wheels=self.wheels,
            workers=self.workers,
            class_timeout=self.class_timeout,
            folder=self.folder,
            is_examined=not self.no_doctor,
            ignored=self.despite,
        )


def run(options: Options, console: Console) -> Exit:
    """Test one cloud, or many."""
    if options.is_fleet:
        from certmark.cli.run.fleet import run_fleet

        return run_fleet(options, console)
    from certmark.app.run.prepare import run_cloud
    from certmark.cli.run.displays import listening, status_of

    options.demand_one_cloud()
    with listening(options, console) as listeners:
        options.take_region()
        return status_of(run_cloud(options.request(), listeners), options, console)

"""Find what would make a run fail on this cloud, before anything runs; nothing is made or changed.

Looks at signing in, the catalogue, the services, every account and its project, quotas for the
workers, images and flavors, the network outside, certificates and clocks, this machine and the
suite. What the tests need is read from the tests themselves. Each finding says what, where, why it
matters and what to do; docs/reference/doctor.md lists all of them.

exit status: 0 nothing fatal, 2 usage, 3 unreadable input, 5 something fatal, 130 interrupted
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import checked, option
from certmark.cli.options.cloud import TESTS, AskedOptions, ConfiguredCloudOptions, number_of_classes
from certmark.cli.options.guideline import PROGRAM_HELP
from certmark.cli.options.output import VERDICT_FORMS, ReportOptions, format_option
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.cloud.preflight.doctor import DoctorRequest

_tests, _suite = (partial(option, group=group) for group in (TESTS, "the suite"))


@dataclass(frozen=True, kw_only=True)
class Options(AskedOptions, ConfiguredCloudOptions, ReportOptions):
    """The options of the verb."""

    program: str | None = _tests(
        "--program", "-p", help=f"{PROGRAM_HELP} (default: every one for which the catalogue has the services)"
    )
    workers: int | None = _tests(
        "-j",
        type=checked(number_of_classes, "a number of classes, or auto"),
        metavar="N|auto",
        help="classes at a time (default: auto)",
    )
    tempest: str | None = _suite(
        "--tempest", metavar="VERSION|PATH", help="a version, a source tree, or an environment that has it"
    )
    wheels: str | None = _suite("--wheels", metavar="DIR", help="install from these wheels, without an index")
    offline_suite: bool = _suite(
        "--offline-suite", action="store_true", help="use the suite if it is installed, else go by names"
    )
    no_suite: bool = _suite(
        "--no-suite", action="store_true", help="leave the suite alone; go by the names of the tests"
    )
    format: tuple[str, ...] = format_option(VERDICT_FORMS)

    def request(self) -> DoctorRequest:
        """What is asked of the application. Raises InvalidRequest."""
        from certmark.app.cloud.preflight.doctor import DoctorRequest, SuiteUse

        self.demand_one_cloud()
        if self.offline_suite and self.no_suite:
            raise InvalidRequest("--offline-suite and --no-suite exclude each other; keep one of them")
        installs = SuiteUse.IF_THERE if self.offline_suite else SuiteUse.INSTALL
        return DoctorRequest(
            os_cloud=self.os_cloud,
            tempest_conf=self.tempest_conf,
            accounts=self.accounts,
            guideline=self.guideline,
            program=self.program,
            levels=self.level,
            flagged=self.flagged,
            workers=self.workers,
            tempest=self.tempest,
            wheels=self.wheels,
            suite_use=SuiteUse.NEVER if self.no_suite else installs,
        )


def run(options: Options, console: Console) -> Exit:
    """Examine, and write what was asked for."""
    from certmark.app.cloud.preflight.doctor import examine_cloud
    from certmark.cli.advice import worded
    from certmark.cli.examination import watching
    from certmark.reporting.cloud.doctor import DiagnosisView

    outputs = options.outputs(VERDICT_FORMS)
    request = options.request()
    options.prepare_sign_in()
    with watching(console) as watch:
        diagnosis = examine_cloud(request, listener(console), watch)
    write(DiagnosisView(diagnosis, full=options.full, worded=worded), outputs, console)
    return Exit.ENVIRONMENT if diagnosis.health.is_fatal else Exit.OK

"""What `run`, `resume` and `rerun` share: which run, what is shown while it goes on, and what is written at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.options import checked, option
from certmark.cli.options.cloud import OUT, TESTS, AskedTestsOptions, ConfiguredCloudOptions, number_of_classes
from certmark.cli.options.fleet import FleetOptions
from certmark.cli.options.guideline import POLICY_HELP, PROGRAM_HELP, WaiverOptions
from certmark.cli.options.output import VERDICT_FORMS, Output, QuietOption, format_option, outputs_of
from certmark.cli.options.server import SERVER, SubmissionOptions
from certmark.reporting.views import Form

if TYPE_CHECKING:
    from certmark.app.remote import SubmitRequest
    from certmark.app.run.requests import RunRequest

_SUITE, _HOW = "the suite", "how"


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


def _failures(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(text)
    return int(text)


positive_seconds = checked(_seconds, "a number of seconds above 0")
"""For argparse."""


@dataclass(frozen=True, kw_only=True)
class RunReportOptions(QuietOption):
    """What is shown while a run goes on, and written at its end."""

    events: str | None = option(
        "--events", choices=("json",), help="every event as a line of JSON on standard output", group=OUT
    )
    format: tuple[str, ...] = format_option(VERDICT_FORMS, OUT)
    output: tuple[str, ...] = option(
        "--output", "-o", action="append", metavar="FILE", help="write a report; the ending tells its form", group=OUT
    )
    results: str | None = option(
        "--results",
        metavar="DIR",
        help="all reports, the bundle and the events into this folder, by names that never change",
        group=OUT,
    )
    full: bool = option("--full", action="store_true", help="list everything, also what passes", group=OUT)
    fail_on_leftovers: bool = option(
        "--fail-on-leftovers",
        action="store_true",
        help="exit status 1 if the run leaves anything in its projects",
        group=OUT,
    )
    quiet: bool = option(
        "--quiet",
        "-q",
        action="store_true",
        help="no progress, no remarks, the sentence only",
        group=OUT,
    )

    def outputs(self, known: Sequence[Form] = VERDICT_FORMS) -> list[Output]:
        """Where the reports go. Raises InvalidRequest."""
        return outputs_of(self.format, self.output, known)


@dataclass(frozen=True, kw_only=True)
class EarlierRunOptions(RunReportOptions):
    """Which run goes on."""

    run: str | None = option(metavar="RUN", nargs="?", help="its id or folder (default: the last one)")
    keep_leftovers: bool = option(
        "--keep-leftovers",
        action="store_true",
        help="do not remove what the run has left in its projects",
    )


@dataclass(frozen=True, kw_only=True)
class RunOptions(
    ConfiguredCloudOptions, AskedTestsOptions, WaiverOptions, FleetOptions, SubmissionOptions, RunReportOptions
):
    """What `run` takes: of one cloud, or of many."""

    cloud_identity: str | None = option(
        "--cloud-identity",
        metavar="ID",
        help="which cloud it is, as its operator publishes (default: as kept or made)",
        group="the cloud",
    )
    program: tuple[str, ...] = option(
        "--program", "-p", action="append", help=f"{PROGRAM_HELP}; again for more, each judged by itself", group=TESTS
    )
    test_list: str | None = option(
        "--test-list",
        metavar="FILE|URL",
        help="a list in the place of a guideline: all must pass",
        group=TESTS,
    )
    expression: str | None = option(
        "-k", metavar="EXPR", help="only tests with names that it fits, such as: container and not acl", group=TESTS
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
        "--concurrency",
        type=checked(number_of_classes, "a number of classes, or auto"),
        metavar="N|auto",
        help="classes at a time (default: auto)",
        group=_HOW,
    )
    maxfail: int | None = option(
        "--maxfail",
        type=checked(_failures, "a number of failures above 0"),
        metavar="N",
        help="end the run after so many failures, and judge it",
        group=_HOW,
    )
    dry_run: bool = option(
        "--dry-run",
        "-n",
        action="store_true",
        help="say what would be run, and how long, and end",
        group=_HOW,
    )
    list_tests: bool = option(
        "--list", action="store_true", help="list the tests that would be run, a line each, and end", group=_HOW
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

    submit: bool = option("--submit", action="store_true", help="send its bundle there when it has ended", group=SERVER)
    live: bool = option("--live", action="store_true", help="say there how far it is while it goes on", group=SERVER)

    def submission(self) -> SubmitRequest | None:
        """What is sent at its end, and said of it before; None: nothing. Raises InvalidRequest or OSError."""
        if not (self.submit or self.live):
            return None
        return self.submit_request(program=self.program[0] if self.program else None, region=self.region)

    def request(self) -> RunRequest:
        """What is asked of the application."""
        from certmark.app.run.requests import RunRequest

        return RunRequest(
            os_cloud=self.os_cloud,
            tempest_conf=self.tempest_conf,
            accounts=self.accounts,
            cloud_identity=self.cloud_identity,
            guideline=self.guideline,
            program=self.program[0] if self.program else None,
            more_programs=self.program[1:],
            test_list=self.test_list,
            expression=self.expression,
            most_failures=self.maxfail,
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

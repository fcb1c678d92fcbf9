"""Compare a guideline with a suite as it is today: what exists, moved, vanished, asks for more, is in no guideline.

GUIDELINE is a file, - for standard input, or the id of a shipped guideline. The suite is installed in an
environment of its own, as certmark run does, and its code is read once, without a cloud; what was read is
kept. --list takes a saved survey (--save), or the output of stestr list or tempest run --list-tests instead.

For each test: whether the suite still has it, whom it acts as and when it skips, and what the process allows
to be done: aliases and flags in an approved guideline, new keys in a draft, nothing in a superseded one. With
--before, an older survey, only what was added since is a matter. --apply does what nobody has to weigh.

exit status: 0 nothing to do, 1 something to do, 2 usage, 3 unreadable input, 5 the suite cannot be installed or read
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.editing import finish, today
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.guideline import guideline_argument
from certmark.cli.options.output import ReportOptions
from certmark.domain.covered_tests import CoverageFindingKind, CoverageStage
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.guideline.coverage import CoverageRequest
    from certmark.app.inputs.suites import SuiteRequest

_SUITE, _LOOK = "the suite", "what is looked at"
_MATTERS = tuple(kind.value for kind in CoverageFindingKind)
_STAGES = tuple(stage.value for stage in CoverageStage)


@dataclass(frozen=True, kw_only=True)
class Options(ReportOptions):
    """The options of the verb."""

    guideline: str | None = guideline_argument()
    suite: str = option(
        "--suite",
        default="tempest",
        metavar="NAME[==VERSION]",
        group=_SUITE,
        help="a shipped suite or a suite file (tempest)",
    )
    tempest: str | None = option(
        "--tempest",
        metavar="PATH",
        group=_SUITE,
        help="a source tree, wheel, environment or version of the suite instead",
    )
    plugin: tuple[str, ...] = option(
        "--plugin",
        action="append",
        metavar="NAME[==VERSION]",
        group=_SUITE,
        help="install along: dns, orchestration … or a package (default: those that GUIDELINE's tests need)",
    )
    wheels: str | None = option(
        "--wheels", metavar="DIRECTORY", group=_SUITE, help="install from this folder of wheels, without a network"
    )
    list: str | None = option(
        "--list", metavar="FILE", group=_SUITE, help="a saved survey or a listing, instead of a suite"
    )
    save: str | None = option(
        "--save", metavar="FILE", group=_SUITE, help="write the survey, gzipped if it ends in .gz, for --list"
    )
    before: str | None = option(
        "--before",
        metavar="FILE",
        group=_LOOK,
        help="a saved survey of an older suite: only what was added since is a matter",
    )
    accept: tuple[str, ...] = option(
        "--accept", action="append", choices=_MATTERS, group=_LOOK, help="a matter that needs nothing done; repeatable"
    )
    stage: str | None = option(
        "--as",
        choices=_STAGES,
        group=_LOOK,
        help="take GUIDELINE for one of this stage: an approved one as the draft of the next",
    )
    gaps: bool = option(
        "--gaps", action="store_true", group=_LOOK, help="also tests that no guideline tracks, as candidates"
    )
    tracked: tuple[str, ...] = option(
        "--tracked",
        action="append",
        metavar="PATH",
        group=_LOOK,
        help="a guideline or a folder of them, for --gaps (default: the shipped ones); GUIDELINE always counts",
    )
    runs: tuple[str, ...] = option(
        "--runs",
        action="append",
        metavar="PATH",
        group=_LOOK,
        help="results, a run's folder, or a folder of those: the record of each candidate's tests",
    )
    apply: bool = option(
        "--apply", action="store_true", help="change GUIDELINE's file where only one remedy is left, then compare again"
    )
    dry_run: bool = option(
        "--dry-run", "-n", action="store_true", help="with --apply: show the change as a diff instead"
    )
    full: bool = option("--full", action="store_true", help="list every test")

    def request(self) -> CoverageRequest:
        """What is asked of the application. Raises InvalidRequest."""
        from certmark.app.guideline.coverage import CoverageRequest, GapsRequest

        if (self.tracked or self.runs) and not self.gaps:
            raise InvalidRequest("--tracked and --runs are for --gaps; add it, or leave them out")
        return CoverageRequest(
            guideline=self.guideline,
            suite=self._suite_request() if self.list is None else self._listing(self.list),
            before=self.before,
            accept=tuple(map(CoverageFindingKind, self.accept)),
            stage=None if self.stage is None else CoverageStage(self.stage),
            gaps=GapsRequest(tracked=self.tracked, runs=self.runs) if self.gaps else None,
            save=self.save,
        )

    def _listing(self, path: str) -> str:
        if self.plugin or self.tempest is not None or self.suite != "tempest":
            raise InvalidRequest("--list takes the place of a suite; leave --suite, --tempest and --plugin out")
        return path

    def _suite_request(self) -> SuiteRequest:
        from certmark.app.inputs.suites import SuiteRequest

        name, _, version = self.suite.partition("==")
        if self.tempest is not None and version:
            both = f"--suite {self.suite} and --tempest {self.tempest}"
            raise InvalidRequest(f"{both} both say which version; leave one out")
        return SuiteRequest(name=name, version=self.tempest or version or None, plugins=self.plugin, wheels=self.wheels)


def run(options: Options, console: Console) -> Exit:
    """Compare, and write what was asked for; FAIL where there is something to do."""
    from certmark.app.guideline.coverage import cover_guideline
    from certmark.cli.advice import worded
    from certmark.reporting.coverage.view import CoverageView

    outputs = options.outputs()
    if options.dry_run and not options.apply:
        raise InvalidRequest("--dry-run goes with --apply")
    coverage, gaps = cover_guideline(options.request(), listener(console))
    if options.apply:
        from certmark.app.guideline.coverage import apply_coverage

        result = apply_coverage(options.guideline, coverage, today(), listener(console), dry_run=options.dry_run)
        status = finish(result, console, dry_run=options.dry_run)
        if options.dry_run or status is not Exit.OK:
            return status
        coverage, gaps = cover_guideline(options.request())
    write(CoverageView(coverage, gaps, full=options.full, words=worded), outputs, console)
    return Exit.FAIL if coverage.open else Exit.OK

"""Say what is wrong with guideline files, at file and line.

PATH is a guideline of any schema, a plain list of tests, a folder (all guidelines and .lst lists below it), the
id of a shipped guideline, or - for standard input. Guidelines are compared with their predecessors:
among what is named, and among the dated guidelines that lie beside it. Every rule has an id (`ids/prefix`);
--explain tells what it means and whom it follows.

--since REV finds what may not change after approval, in a hook or in CI: tests, ids, flags, levels, programs,
the cut-off, weights, designated sections. --accept keeps a finding by a decision on record.

exit status: 0 nothing at or above the severity, 1 findings, 2 usage, 3 a file is unreadable or no guideline,
5 there is no git for --since
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.advice import worded
from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import ReportOptions, format_option
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import Severity
from certmark.domain.phrases import counted
from certmark.reporting.views import Form
from certmark.version import __version__

if TYPE_CHECKING:
    from certmark.authoring.lint.acceptance import AcceptRequest

_FORMS = (Form.TEXT, Form.JSON, Form.SARIF, Form.JUNIT, Form.GITHUB, Form.HTML, Form.MARKDOWN)
_DECIDE = "decisions"
_SEVERITIES = tuple(severity.value for severity in Severity)


@dataclass(frozen=True, kw_only=True)
class Options(ReportOptions):
    """The options of the verb."""

    paths: tuple[str, ...] = argument(
        nargs="*", metavar="PATH", help="a guideline, a folder of them, a shipped id, or -"
    )
    severity: str = option(
        "--severity",
        choices=_SEVERITIES,
        default="warning",
        help="the least that is told and weighs (default: warning)",
    )
    select: tuple[str, ...] = option(
        "--select", action="append", metavar="RULE", help="only these rules or groups (a,b; repeatable)"
    )
    ignore: tuple[str, ...] = option("--ignore", action="append", metavar="RULE", help="not these rules or groups")
    predecessor: str | None = option(
        "--predecessor", metavar="FILE", help="compare with this guideline, or with an earlier revision of the same"
    )
    since: str | None = option(
        "--since", metavar="REV", help="compare each file with its revision in git, too (origin/main, HEAD, v1)"
    )
    baseline: str | None = option("--baseline", metavar="FILE", help="known findings, which do not weigh")
    write_baseline: str | None = option("--write-baseline", metavar="FILE", help="put what is found on record as known")
    fix: bool = option("--fix", action="store_true", help="mend what is safe to mend, and tell the rest")
    dry_run: bool = option("--dry-run", action="store_true", help="with --fix: show the changes and write nothing")
    explain: tuple[str, ...] = option(
        "--explain", action="append", metavar="RULE", help="what a rule or a group of rules means; all: all"
    )
    survey: str | None = option(
        "--survey", metavar="FILE", help="a saved survey or a listing of the suite: each test is looked for in it"
    )
    accept: tuple[str, ...] = option(
        "--accept",
        nargs=2,
        default=(),
        metavar=("RULE", "PLACE"),
        group=_DECIDE,
        help="keep a finding, by a decision in NAME.decisions.yaml; PLACE: a pointer, a capability, a test, or *",
    )
    reason: str | None = option("--reason", metavar="TEXT", group=_DECIDE, help="with --accept: why it stays")
    by: str | None = option("--by", metavar="NAME", group=_DECIDE, help="with --accept: who decided")
    format: tuple[str, ...] = format_option(_FORMS)
    full: bool = option("--full", action="store_true", help="list every finding, however many there are")

    def decision(self) -> AcceptRequest | None:
        """What is accepted, and why. Raises InvalidRequest."""
        from certmark.authoring.lint.acceptance import AcceptRequest

        if not self.accept and self.reason is None and self.by is None:
            return None
        if not self.accept or self.reason is None or self.by is None:
            raise InvalidRequest("--accept RULE PLACE, --reason TEXT and --by NAME go together")
        rule, place = self.accept
        return AcceptRequest(rule, place, self.reason, self.by)


def run(options: Options, console: Console) -> Exit:
    """Check, and write what was asked for; or say what rules mean."""
    return _explain(options, console) if options.explain else _lint(options, console)


def _lint(options: Options, console: Console) -> Exit:
    from certmark.app.guideline.linting import lint_guidelines
    from certmark.authoring.lint.checks import LintOptions
    from certmark.reporting.lint.view import LintView

    outputs = options.outputs(_FORMS)
    if options.dry_run and not options.fix:
        raise InvalidRequest("--dry-run goes with --fix")
    how = LintOptions(
        select=options.select,
        ignore=options.ignore,
        severity=Severity(options.severity),
        predecessor=options.predecessor,
        since=options.since,
        mend=options.fix,
        baseline=options.baseline,
        new_baseline=options.write_baseline,
        survey=options.survey,
        accept=options.decision(),
    )
    report = lint_guidelines(options.paths, how, listener(console), dry_run=options.dry_run)
    if options.dry_run:
        console.data("".join(file.difference for file in report.mended))
        count = sum(file.repairs for file in report.mended)
        console.remark(f"{count} would be mended in {counted(len(report.mended), 'file')}")
    elif report.files or options.format or options.json or options.output:
        write(LintView(report, evaluator=__version__, full=options.full, words=worded), outputs, console)
    failed = report.mended if options.dry_run else report.weighing
    return Exit.UNREADABLE if not report.is_complete else Exit.FAIL if failed else Exit.OK


def _explain(options: Options, console: Console) -> Exit:
    from certmark.authoring.lint.rules import RULES, find_rules
    from certmark.reporting.lint.blocks import rule_lines

    wanted = frozenset(RULES) if "all" in options.explain else find_rules(options.explain)
    rules = (rule for rule in RULES.values() if rule.id in wanted)
    console.data("\n".join(rule_lines(rules, worded)))
    return Exit.OK

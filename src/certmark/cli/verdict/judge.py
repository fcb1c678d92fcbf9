"""Say whether results meet a program of a guideline, capability by capability, and why not.

RESULT is a file of results (subunit v1 or v2, JUnit XML, a Sonobuoy tarball, a RefStack upload, a
Certmark report; any of them gzipped), a .stestr directory, a directory of JUnit files, a run (its id,
the beginning of its id, last, its folder or its bundle), or - for standard input. Several are taken
together as attempts of one run; runs only if they tested in the same way.
What is not named of guideline and program is what the run was asked.
-f github writes annotations for GitHub Actions, and the report to the summary of the job.

exit status: 0 pass, 1 fail, 2 usage, 3 unreadable or contradictory input, 4 incomplete or not applicable
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit, of_verdict
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import JudgingOptions
from certmark.cli.options.output import JUDGE_FORMS, ReportOptions, format_option
from certmark.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certmark.domain.run_summary import RunSummary
    from certmark.domain.verdict_values import Verdict


@dataclass(frozen=True, kw_only=True)
class Options(JudgingOptions, ReportOptions):
    """The options of the verb."""

    results: tuple[str, ...] = argument(nargs="+", metavar="RESULT", help="a file or directory of results, a run, or -")
    explain: tuple[str, ...] = option(
        "--explain", action="append", metavar="TEST", help="how a test was found and counted"
    )
    product: str | None = option(
        "--product",
        metavar="NAME",
        help="whose results they are; waivers of another one are refused, and --format scs names it as its subject",
    )
    format: tuple[str, ...] = format_option(JUDGE_FORMS)


def run(options: Options, console: Console) -> Exit:
    """Judge, and write what was asked for."""
    from certmark.app.verdict.judging import judge_results
    from certmark.cli.advice import SHOW_ALL
    from certmark.reporting.verdict.view import WITH_DIGESTS, VerdictView

    outputs = options.outputs(JUDGE_FORMS)
    digests = any(output.form in WITH_DIGESTS for output in outputs)
    judged = judge_results(options.judging(options.results, digests=digests), listener(console))
    verdict, runs = judged.verdict, judged.runs
    if options.explain:
        from certmark.reporting.verdict.explain import explain

        for test in options.explain:
            console.data(explain(verdict, test))
    else:
        view = VerdictView(
            verdict,
            evaluator=__version__,
            full=options.full,
            hint=SHOW_ALL,
            subject=options.product,
            runs=runs,
            steps=_steps(verdict, runs),
        )
        write(view, outputs, console)
    return of_verdict(verdict.standing)


def _steps(verdict: Verdict, runs: Sequence[RunSummary]) -> list[str]:
    """What may be done next with the one run that lies here, if it is one."""
    if len(runs) != 1 or not runs[0].reference:
        return []
    from certmark.cli.advice import worded
    from certmark.reporting.verdict.next_steps import next_steps

    return [worded(advice) for advice in next_steps([verdict], runs[0].reference, is_part=bool(runs[0].selection))]

"""Make a bundle of results that exist already: somebody's stream, a tarball of Sonobuoy, JUnit files.

RESULT is a file, gzipped or not; several are attempts of one run. They are judged, and go into the bundle as
they are, with the report and the guideline. No run is on record in it: it lacks a journal and the configuration,
and whoever verifies it is told so. Runs of certmark have a bundle of their own.

exit status: 0 pass, 1 fail, 2 usage, 3 unreadable or contradictory input, or a secret would leave the machine,
4 incomplete or not applicable; the bundle is written for 0, 1 and 4
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit, of_verdict
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import JudgingOptions
from certmark.cli.options.output import JsonOption

if TYPE_CHECKING:
    from certmark.app.recorded_results import BundleRequest


@dataclass(frozen=True, kw_only=True)
class Options(JudgingOptions, JsonOption):
    """The options of the verb."""

    results: tuple[str, ...] = argument(nargs="+", metavar="RESULT", help="a file of results")
    subject: str | None = option(
        "--subject",
        metavar="ID",
        help="what was tested: its identity (cloud:… or cluster:…), or the word cloud or cluster for a new one "
        "(default: the cluster that a tarball of Sonobuoy is of)",
    )
    output: str = option(
        "--output", "-o", metavar="FILE", default="bundle.certmark.tar.gz", help="(default: bundle.certmark.tar.gz)"
    )

    def request(self) -> BundleRequest:
        """What is asked of the application."""
        from certmark.app.recorded_results import BundleRequest

        judging = self.judging(self.results, digests=True)
        return BundleRequest(judging=judging, subject=self.subject, output=self.output)


def run(options: Options, console: Console) -> Exit:
    """Judge and bundle."""
    from certmark.app.recorded_results import bundle_results
    from certmark.reporting.bundles import RecordedBundleView

    made = bundle_results(options.request(), listener(console))
    show(RecordedBundleView(made.path, made.manifest, made.sentence), console, as_json=options.json)
    return of_verdict(made.standing)

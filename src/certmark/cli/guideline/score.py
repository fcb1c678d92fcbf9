"""Score capabilities against the weighted criteria, hold scorings side by side, ask "what if".

SCORES is a worksheet of the working group (text), its table (CSV), a document of marks (JSON, with
evidence, scorer and date), or a guideline: a file or a shipped id, whose achievements are its marks.
With several, the others are held against the first. What contradicts itself is said, never settled:
totals that the marks do not give, required capabilities below the cut-off, weights that do not add up.

--evidence proposes marks from what can be computed: the last guideline and the history of
guidelines, a survey of the suite, stored runs, people's votes and answers, a cloud's catalogue,
the API reference, what clients and tools call.

exit status: 0 nothing contradicts, or marks were written; 1 something contradicts, 2 usage,
3 unreadable scores, 5 the cloud
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from certmark.app.files import write_file
from certmark.cli.console import Console
from certmark.cli.display import show, write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import ReportOptions, format_option
from certmark.cli.options.scores import EVIDENCE, EvidenceOptions
from certmark.domain.errors import InvalidRequest
from certmark.reporting.views import Form

if TYPE_CHECKING:
    from certmark.app.guideline.scoring import ScoreRequest
    from certmark.authoring.scores import ScoreReport

_FORMS = (Form.TEXT, Form.JSON, Form.MARKDOWN, Form.HTML, Form.CSV, Form.SHEET, Form.MARKS)
_CRITERIA = "the criteria"


@dataclass(frozen=True, kw_only=True)
class Options(EvidenceOptions, ReportOptions):
    """The options of the verb."""

    replaces: ClassVar[tuple[str, ...]] = ("into",)
    scores: tuple[str, ...] = argument(
        nargs="*", metavar="SCORES", help="a worksheet, CSV, document of marks or guideline"
    )
    criteria: str | None = option(
        "--criteria",
        metavar="SET",
        group=_CRITERIA,
        help="a shipped set, or a guideline (default: the scores' own, else what fits)",
    )
    list_criteria: bool = option(
        "--list-criteria", action="store_true", group=_CRITERIA, help="the sets that ship along"
    )
    what_if: tuple[str, ...] = option(
        "--what-if",
        action="append",
        metavar="X=V",
        group=_CRITERIA,
        help="complete=10, cutoff=70 or CAPABILITY.deployed=1: what changes sides? (may be repeated)",
    )
    evidence: bool = option(
        "--evidence", action="store_true", group=EVIDENCE, help="propose marks from the sources below"
    )
    fill: bool = option("--fill", action="store_true", group=EVIDENCE, help="put proposals in the place of open marks")
    into: str | None = option(
        "--into", metavar="GUIDELINE", help="write this guideline with the marks as its achievements"
    )
    scorer: str = option("--scorer", default="", metavar="NAME", help="who stands behind marks that have no scorer yet")
    format: tuple[str, ...] = format_option(_FORMS)
    full: bool = option("--full", action="store_true", help="every capability")

    def request(self) -> ScoreRequest:
        """What is asked of the application. Raises InvalidRequest."""
        from certmark.app.guideline.scoring import ScoreRequest

        sources = (self.last, self.history, self.survey, self.runs, self.opinions, self.os_cloud)
        if self.evidence and not any(sources) and self.api_use is None:
            raise InvalidRequest(
                "--evidence needs a source: --last, --history, --survey, --runs, --opinions, --os-cloud or --api-use"
            )
        if self.api_reference and not self.survey:
            raise InvalidRequest("--api-reference needs --survey FILE: only a survey says which calls the tests make")
        return ScoreRequest(
            scores=self.scores,
            criteria=self.criteria,
            what_if=self.what_if,
            evidence=self.sources() if self.evidence else None,
            fill=self.fill,
            scorer=self.scorer,
        )


def run(options: Options, console: Console) -> Exit:
    """Read, look, and write what was asked for."""
    from certmark.app.guideline.scoring import score_capabilities
    from certmark.cli.advice import worded
    from certmark.formats.scores.document import shipped_criteria
    from certmark.reporting.scores.view import CONVERSIONS, CriteriaView, ScoreView

    if options.list_criteria:
        show(CriteriaView(list(shipped_criteria().values())), console, as_json=options.json)
        return Exit.OK
    outputs = options.outputs(_FORMS) if options.into is None else []
    report, sheet = score_capabilities(options.request(), listener(console))
    if options.into is not None:
        return _write_into(options.into, report, options.output, console)
    write(ScoreView(report, sheet, full=options.full, words=worded), outputs, console)
    converted = any(output.form in CONVERSIONS for output in outputs)
    return Exit.FAIL if report.contradictions and not converted else Exit.OK


def _write_into(guideline: str, report: ScoreReport, paths: tuple[str, ...], console: Console) -> Exit:
    """The guideline with new achievements, into each of `paths`, else to standard output."""
    from certmark.app.guideline.scoring import write_achievements

    content = write_achievements(report, guideline, listener(console))
    for path in paths:
        write_file(path, content)
        console.remark(f"wrote {path}")
    if not paths:
        console.data_bytes(content)
    return Exit.OK

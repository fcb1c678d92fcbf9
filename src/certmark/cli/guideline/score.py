"""Score capabilities against the weighted criteria, hold scorings side by side, ask "what if".

SCORES is a worksheet of the working group (text), its table (CSV), a document of marks (JSON, with
evidence, scorer and date), or a guideline: a file or a shipped id, whose achievements are its marks.
With several, the others are held against the first. What contradicts itself is said, never settled:
totals that the marks do not give, required capabilities below the cut-off, weights that do not add up.

--evidence proposes marks from what can be computed: the last guideline and the history of
guidelines, a survey of the suite, stored runs, a cloud's catalogue, the API reference.

exit status: 0 nothing contradicts, or marks were written; 1 something contradicts, 2 usage,
3 unreadable scores, 5 the cloud
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console

FORMATS = ("text", "json", "markdown", "html", "csv", "sheet", "marks")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("scores", nargs="*", metavar="SCORES", help="a worksheet, CSV, document of marks or guideline")
    criteria = parser.add_argument_group("the criteria")
    criteria.add_argument(
        "--criteria", metavar="SET", help="a shipped set, or a guideline (default: the scores' own, else what fits)"
    )
    criteria.add_argument("--list-criteria", action="store_true", help="the sets that ship along")
    criteria.add_argument(
        "--what-if",
        action="append",
        default=[],
        metavar="X=V",
        help="complete=10, cutoff=70 or CAPABILITY.deployed=1: what changes sides? (may be repeated)",
    )
    evidence = parser.add_argument_group("evidence")
    evidence.add_argument("--evidence", action="store_true", help="propose marks from the sources below")
    evidence.add_argument("--last", metavar="GUIDELINE", help="the last guideline (sticky)")
    evidence.add_argument(
        "--history", action="append", default=[], metavar="DIR", help="earlier guidelines (stable); may be repeated"
    )
    evidence.add_argument("--survey", metavar="FILE", help="a survey of the suite (atomic, complete, doc)")
    evidence.add_argument(
        "--runs", action="append", default=[], metavar="PATH", help="results, or a folder of runs (deployed, stable)"
    )
    evidence.add_argument("--os-cloud", metavar="NAME", help="ask this cloud's catalogue and versions (discover)")
    evidence.add_argument("--api-reference", metavar="DIR", help="API reference as HTML, RST or Markdown (doc)")
    evidence.add_argument("--fill", action="store_true", help="put proposals in the place of open marks")
    out = parser.add_argument_group("what comes out")
    out.add_argument("--into", metavar="GUIDELINE", help="write this guideline with the marks as its achievements")
    out.add_argument("--scorer", default="", metavar="NAME", help="who stands behind marks that have no scorer yet")
    out.add_argument("--format", "-f", choices=FORMATS, help="marks: our document (default: text, or by the ending)")
    out.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    out.add_argument("--output", "-o", metavar="FILE", help="write it there")
    out.add_argument("--full", action="store_true", help="every capability")
    out.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> int:
    """See the module `guideline_scoring`."""
    from certmark.app.guideline.scoring import score_guideline

    console.quiet = args.quiet
    return score_guideline(args, console)

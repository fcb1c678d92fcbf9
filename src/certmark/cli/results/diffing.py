"""The work of `certmark results diff`."""

from __future__ import annotations

import argparse
import json

from certmark.app.inputs.results import remark_on, results_of
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.domain.comparisons import OutcomeChange, RunDifference, Side, compare, counted
from certmark.domain.results import Results
from certmark.reporting.results import difference_blocks


def diff_results(args: argparse.Namespace, console: Console) -> Exit:
    """Read both, compare, show."""
    before, after = (_results(path, console) for path in (args.before, args.after))
    differences = compare(before, after)
    if args.json:
        console.data(json.dumps(_document(differences), indent=1))
    else:
        show_blocks(difference_blocks(differences, full=args.full), console)
    return Exit.FAIL if counted(differences)[OutcomeChange.NEWLY_FAILING] else Exit.OK


def _results(path: str, console: Console) -> Results:
    results = results_of([path], digest=False)
    remark_on(results.evidence, listener(console))
    return results


def _document(differences: tuple[RunDifference, ...]) -> dict[str, object]:
    told = [item for item in differences if item.change is not OutcomeChange.UNCHANGED or item.renamed or item.unstable]
    return {
        "counts": {change.value: count for change, count in counted(differences).items()},
        "tests": [
            {
                "name": item.name,
                "change": item.change.value,
                "renamed": item.renamed,
                "unstable": item.unstable,
                "before": _side(item.before),
                "after": _side(item.after),
            }
            for item in told
        ],
    }


def _side(side: Side | None) -> dict[str, object] | None:
    if side is None:
        return None
    return {
        "name": side.name,
        "state": side.state.value,
        "attempts": [attempt.outcome.value for attempt in side.attempts],
        "reason": side.attempts[-1].reason,
    }

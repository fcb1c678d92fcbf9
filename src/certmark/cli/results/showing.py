"""The work of `certmark results show`."""

from __future__ import annotations

import argparse
import json

from certmark.app.inputs.results import remark_on, results_of
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.domain.results import Attempt, Results
from certmark.domain.summaries import FailureCause, ResultsSummary, summarise
from certmark.reporting.results import summary_blocks


def show_results(args: argparse.Namespace, console: Console) -> Exit:
    """Read, summarise, show."""
    results = results_of(args.files, digest=args.json)
    remark_on(results.evidence, listener(console))
    summary = summarise(results)
    if args.json:
        console.data(json.dumps(_document(summary, results), indent=1))
    else:
        show_blocks(summary_blocks(summary, results.evidence, slowest=args.slowest, full=args.full), console)
    return Exit.OK


def _document(summary: ResultsSummary, results: Results) -> dict[str, object]:
    return {
        "evidence": [
            {
                "name": file.name,
                "format": file.format,
                "size": file.size,
                "sha256": file.sha256,
                "truncated": file.truncated,
                "passes_only": file.passes_only,
                "remarks": list(file.remarks),
            }
            for file in results.evidence
        ],
        "tests": summary.tests,
        "seconds": summary.seconds,
        "busy_seconds": summary.busy,
        "workers": list(summary.workers),
        "outcomes": {outcome.value: count for outcome, count in summary.outcomes.items()},
        "failures": [_cause(cause) for cause in summary.failures],
        "skips": [_cause(cause) for cause in summary.skips],
        "set_ups": [_attempt(attempt) for attempt in summary.set_ups],
        "tear_downs": [_attempt(attempt) for attempt in summary.tear_downs],
        "tried_more_than_once": [[_attempt(attempt) for attempt in attempts] for attempts in summary.unstable],
        "classes": [time._asdict() for time in summary.slowest],
    }


def _cause(cause: FailureCause) -> dict[str, object]:
    return {"cause": cause.text, "attempts": [_attempt(attempt) for attempt in cause.attempts]}


def _attempt(attempt: Attempt) -> dict[str, object]:
    requests = attempt.detail.requests if attempt.detail is not None else ()
    return {
        "name": attempt.name,
        "uuid": attempt.uuid,
        "outcome": attempt.outcome.value,
        "seconds": attempt.seconds,
        "worker": attempt.worker,
        "reason": attempt.reason,
        "requests": [request._asdict() for request in requests],
    }

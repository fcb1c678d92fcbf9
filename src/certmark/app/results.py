"""The work of `certmark results convert`."""

from __future__ import annotations

import argparse
import io

from certmark.app.files import write_file
from certmark.app.inputs.results import evidence_of, remark_on
from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.domain.errors import InvalidRequest
from certmark.domain.results import Attempt, Evidence, Outcome
from certmark.version import __version__


def convert_results(args: argparse.Namespace, console: Console) -> Exit:
    """Read, write in another form."""
    if args.to == "subunit" and args.output is None and console.is_terminal:
        raise InvalidRequest("subunit is binary; name a file with -o or send it down a pipe")
    evidence = evidence_of(args.files, digest=args.to == "report")
    remark_on(evidence, listener(console))
    content = _content(args, evidence, console)
    if args.output is None:
        console.data_bytes(content)
    else:
        write_file(args.output, content)
    return Exit.OK


def _content(args: argparse.Namespace, evidence: list[Evidence], console: Console) -> bytes:
    attempts = [attempt for item in evidence for attempt in item.attempts]
    out = io.BytesIO()
    match args.to:
        case "report":
            from certmark.formats.results.report.document import write_report

            return write_report(None, tuple(evidence), evaluator=__version__)
        case "junit":
            from certmark.formats.results.junit import write_junit

            write_junit(attempts, out, title=", ".join(item.name for item in evidence))
        case "subunit":
            from certmark.formats.results.subunit import write_v2

            write_v2(attempts, out)
        case _:
            _write_refstack(attempts, args.cpid, out, console)
    return out.getvalue()


def _write_refstack(attempts: list[Attempt], cpid: str, out: io.BytesIO, console: Console) -> None:
    from certmark.formats.results.refstack import write_upload

    lost = sum(attempt.outcome is not Outcome.PASSED for attempt in attempts)
    if lost:
        console.remark(f"{lost} attempts did not pass and are not in it; RefStack's form has no word for them")
    starts = [attempt.started for attempt in attempts if attempt.started is not None]
    stops = [attempt.stopped for attempt in attempts if attempt.stopped is not None]
    seconds = round((max(stops) - min(starts)) / 1e9) if starts and stops else 0
    write_upload(attempts, out, cpid=cpid, duration_seconds=seconds)

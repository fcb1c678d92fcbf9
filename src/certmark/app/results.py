"""Results in another form."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from certmark.app.inputs.results import evidence_of, remark_on
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.results import Attempt, Outcome
from certmark.version import __version__


class ResultsForm(Enum):
    """A form in which results are written; the value is the word for it."""

    REPORT = "report"
    """Certmark's, without a verdict."""
    JUNIT = "junit"
    SUBUNIT = "subunit"
    """Version 2; binary."""
    REFSTACK = "refstack"
    """An upload: passed tests only."""


@dataclass(frozen=True, kw_only=True)
class ConvertRequest:
    """What is converted, and to what."""

    results: Sequence[str]
    """Files and directories of results, folders of runs, bundles, `-`: attempts of one run."""
    form: ResultsForm
    cpid: str = ""
    """The cloud's id, for RefStack's form."""


def convert_results(request: ConvertRequest, listen: Listener = ignore) -> bytes:
    """The results in the other form; what is odd in them, and what is lost, is told.

    Raises FormatError, ContradictoryResults or OSError.
    """
    evidence = evidence_of(request.results, digest=request.form is ResultsForm.REPORT)
    remark_on(evidence, listen)
    attempts = [attempt for item in evidence for attempt in item.attempts]
    out = io.BytesIO()
    match request.form:
        case ResultsForm.REPORT:
            from certmark.formats.results.report.document import write_report

            return write_report(None, tuple(evidence), evaluator=__version__)
        case ResultsForm.JUNIT:
            from certmark.formats.results.junit import write_junit

            write_junit(attempts, out, title=", ".join(item.name for item in evidence))
        case ResultsForm.SUBUNIT:
            from certmark.formats.results.subunit import write_v2

            write_v2(attempts, out)
        case ResultsForm.REFSTACK:
            _write_refstack(attempts, request.cpid, out, listen)
        case _:
            assert_never(request.form)
    return out.getvalue()


def _write_refstack(attempts: Sequence[Attempt], cpid: str, out: io.BytesIO, listen: Listener) -> None:
    from certmark.formats.results.refstack import write_upload

    lost = sum(attempt.outcome is not Outcome.PASSED for attempt in attempts)
    if lost:
        listen(Remark(f"{lost} attempts did not pass and are not in it; RefStack's form has no word for them"))
    starts = [attempt.started for attempt in attempts if attempt.started is not None]
    stops = [attempt.stopped for attempt in attempts if attempt.stopped is not None]
    seconds = round((max(stops) - min(starts)) / 1e9) if starts and stops else 0
    write_upload(attempts, out, cpid=cpid, duration_seconds=seconds)

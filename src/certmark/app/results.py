"""Results in another form."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO, assert_never, cast

from certmark.app.inputs.results import evidence_of, remark_on
from certmark.domain.attempts import decide
from certmark.domain.conversions import compare
from certmark.domain.errors import InvalidRequest
from certmark.domain.phrases import count_of
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.results import Attempt, Evidence, Outcome, Results, TroubleKind
from certmark.domain.verdict_values import State
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
    seconds: int | None = None
    """How long the tests took, for RefStack's form; None: from the first beginning to the last end in the results."""


def convert_results(request: ConvertRequest, listen: Listener = ignore) -> bytes:
    """The results in the other form; what is odd in them, and what is lost, is told.

    What was written is read back: a form in which they could be judged otherwise is refused. Raises
    InvalidRequest, FormatError, ContradictoryResults or OSError.
    """
    evidence = tuple(evidence_of(request.results, digest=request.form is ResultsForm.REPORT))
    remark_on(evidence, listen)
    if request.form is ResultsForm.REFSTACK:
        return _refstack(evidence, request, listen)
    written = _written(evidence, request.form)
    conversion = compare(evidence, _read_back(written))
    if conversion.changed is not None:
        raise InvalidRequest(
            f"the results cannot be written as {request.form.value} without being changed: {conversion.changed}; "
            "use the form report, or convert one file at a time"
        )
    for loss in conversion.losses:
        listen(Remark(f"{loss} cannot be written as {request.form.value}"))
    return written


def _written(evidence: tuple[Evidence, ...], form: ResultsForm) -> bytes:
    attempts = [attempt for piece in evidence for attempt in piece.attempts]
    troubles = tuple(trouble for piece in evidence for trouble in piece.troubles)
    truncated = any(piece.truncated for piece in evidence)
    out = io.BytesIO()
    match form:
        case ResultsForm.REPORT:
            from certmark.formats.results.report.document import write_report

            return write_report(None, evidence, evaluator=__version__)
        case ResultsForm.JUNIT:
            from certmark.formats.results.junit import write_junit

            cut = ["the results stop in the middle"] if truncated else []
            wrong = [trouble.sentence for trouble in troubles if trouble.kind is not TroubleKind.TEAR_DOWN]
            write_junit(attempts, out, title=", ".join(piece.name for piece in evidence), errors=[*cut, *wrong])
        case ResultsForm.SUBUNIT:
            from certmark.formats.results.subunit import write_v2
            from certmark.formats.results.subunit.own_fields import StreamRecord

            passes_only = any(piece.passes_only for piece in evidence)
            write_v2(attempts, out, StreamRecord(truncated, passes_only, troubles))
        case ResultsForm.REFSTACK:
            raise AssertionError("an upload has a writer of its own")
        case _:
            assert_never(form)
    return out.getvalue()


def _read_back(content: bytes) -> tuple[Evidence, ...]:
    from certmark.formats.results.evidence import evidence_of as read
    from certmark.formats.sources import FileSource

    return read(FileSource("the converted results", lambda: cast("BinaryIO", io.BytesIO(content))), digest=False)


def _refstack(evidence: Sequence[Evidence], request: ConvertRequest, listen: Listener) -> bytes:
    """An upload, which says nothing of what did not pass, nor of what went wrong."""
    from certmark.formats.results.refstack import write_upload

    attempts = [attempt for piece in evidence for attempt in piece.attempts]
    wrong = _what_went_wrong(evidence)
    if wrong is not None:
        raise InvalidRequest(f"RefStack's form has no word for this: {wrong}; use another form, or run the rest again")
    passed = [attempt._replace(outcome=Outcome.PASSED) for attempt in _passed(evidence)]
    lost = sum(attempt.outcome is not Outcome.PASSED for attempt in attempts)
    if lost:
        listen(Remark(f"{lost} attempts did not pass and are not in it; RefStack's form has no word for them"))
    doubtful = len({attempt.name for attempt in attempts if attempt.outcome is Outcome.PASSED}) - len(
        {attempt.name for attempt in passed}
    )
    if doubtful:
        tests = count_of(doubtful, "test that passed and failed is", "tests that passed and failed are")
        listen(Remark(f"{tests} not in it: an upload names what passed for certain"))
    seconds = _seconds(attempts) if request.seconds is None else request.seconds
    out = io.BytesIO()
    write_upload(passed, out, cpid=request.cpid, duration_seconds=seconds)
    return out.getvalue()


def _seconds(attempts: Sequence[Attempt]) -> int:
    starts = [attempt.started for attempt in attempts if attempt.started is not None]
    stops = [attempt.stopped for attempt in attempts if attempt.stopped is not None]
    return round((max(stops) - min(starts)) / 1e9) if starts and stops else 0


def _what_went_wrong(evidence: Sequence[Evidence]) -> str | None:
    for piece in evidence:
        if piece.truncated:
            return f"{piece.name} stops in the middle"
        for trouble in piece.troubles:
            if trouble.kind is not TroubleKind.TEAR_DOWN:
                return f"{piece.name}: {trouble.sentence}"
    return None


def _passed(evidence: Sequence[Evidence]) -> list[Attempt]:
    """The attempts of the tests that passed for certain."""
    results = Results(evidence)
    return [
        attempt
        for name in results.names
        for attempt in results.attempts(name)[-1:]
        if decide(results.attempts(name)).state is State.PASSED
    ]

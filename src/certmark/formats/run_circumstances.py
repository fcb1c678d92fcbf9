"""What a journal says of the circumstances of its run: how it was prepared, when its cloud was away, what was unclean.

Beside the results, by whoever reads them: a run's folder and its bundle give the same verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from certmark.domain.outages import Outage, TouchedClass, without_outages
from certmark.domain.phrases import counted, some
from certmark.domain.results import Evidence
from certmark.formats.documents.fields import Fields
from certmark.formats.errors import FormatError
from certmark.formats.run_endings import endings_in, explained, left_in
from certmark.formats.run_record import RecordedExamination, RecordedSelection, RunRecord, read_run_record

OUTAGE: Final = "outage"
OUTAGE_OVER: Final = "outage-over"
CIRCUMSTANCE: Final = "circumstance"
_GOES_ON: Final = frozenset({"session", "plan"})
_ENDS_OUTAGE: Final = frozenset({OUTAGE_OVER, *_GOES_ON})
"""Lines after which an outage is past; a process that was killed meanwhile wrote no end of it."""
_SHOWN: Final = 5
_Line = Mapping[str, Any]


class InvalidCircumstances(FormatError):
    """A line of a journal is not what this Certmark writes; something else changed it."""


def outages_in(lines: Sequence[_Line]) -> tuple[Outage, ...]:
    """The outages of a run, in their order. Raises InvalidCircumstances."""
    found: list[Outage] = []
    for line in lines:
        what = line.get("what")
        if what == OUTAGE:
            found.append(_outage(Fields(line, "an outage in the journal", InvalidCircumstances)))
        elif what in _ENDS_OUTAGE and found and found[-1].until is None:
            fields = Fields(line, "the end of an outage in the journal", InvalidCircumstances)
            until = fields.maybe_decimal("until" if what == OUTAGE_OVER else "at")
            is_over = what == OUTAGE_OVER and fields.truth("answers")
            found[-1] = found[-1]._replace(until=until, is_over=is_over)
    return tuple(found)


def circumstances_in(lines: Sequence[_Line], record: RunRecord) -> tuple[str, ...]:
    """A sentence for each thing that a reviewer should know of the run. Raises InvalidCircumstances."""
    return (
        *_of_selection(record.selection),
        *_of_preparation(record),
        *(outage.sentence for outage in outages_in(lines)),
        *(str(line.get("text", "")) for line in circumstances_told(lines)),
    )


def circumstances_told(lines: Sequence[_Line]) -> Iterator[_Line]:
    """The lines of circumstances that still hold at the end."""
    last = max((place for place, line in enumerate(lines) if line.get("what") in _GOES_ON), default=-1)
    for place, line in enumerate(lines):
        if line.get("what") == CIRCUMSTANCE and (place > last or not line.get("until_resumed")):
            yield line


def _of_selection(selection: RecordedSelection) -> Iterator[str]:
    if selection.expression is not None:
        tests = counted(selection.left_out, "test")
        yield f"only a part was run: tests with names that {selection.expression!r} fits, {tests} left out"


def under_circumstances(pieces: Iterable[Evidence], lines: Sequence[_Line], record: RunRecord) -> list[Evidence]:
    """The evidence of a run as its journal lets it be read; the first piece says the circumstances.

    Raises InvalidCircumstances.
    """
    outages = outages_in(lines)
    found = [without_outages(piece, outages) for piece in pieces]
    if found:
        found[0] = found[0]._replace(circumstances=circumstances_in(lines, record))
    return found


def journal_lines(journal: bytes) -> list[_Line]:
    """The whole lines of a journal. Raises InvalidCircumstances."""
    try:
        whole = journal.rpartition(b"\n")[0]
        lines = [json.loads(line.decode(), object_pairs_hook=_members) for line in whole.split(b"\n") if line]
    except (ValueError, RecursionError) as error:
        raise InvalidCircumstances("a line of the journal is no JSON; something else changed it") from error
    return [line for line in lines if isinstance(line, dict)]


def evidence_of_journal(pieces: Iterable[Evidence], journal: bytes) -> list[Evidence]:
    """The streams of a run as the bytes of its journal let them be read. Raises FormatError."""
    lines = journal_lines(journal)
    try:
        told = explained(pieces, tuple(endings_in(lines)), is_whole=left_in(lines) == [])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InvalidCircumstances("a line of the journal is not what Certmark writes") from error
    return under_circumstances(told, lines, read_run_record(lines[0] if lines else None))


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands twice is read otherwise by other readers."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _outage(fields: Fields) -> Outage:
    classes = tuple(
        TouchedClass(one.text("class", may_be_empty=True), one.text("stream", may_be_empty=True))
        for one in fields.items("classes")
    )
    return Outage(fields.maybe_decimal("since") or 0.0, fields.text("why", "", may_be_empty=True), classes)


def outage_line(outage: Outage) -> dict[str, Any]:
    """The line with which an outage begins."""
    classes = [{"class": one.name, "stream": one.stream} for one in outage.classes]
    return {"what": OUTAGE, "since": round(outage.since, 3), "why": outage.why, "classes": classes}


def outage_over_line(until: float, *, answers: bool) -> dict[str, Any]:
    """The line with which it ends; `answers`: the cloud is there again, else it was given up."""
    return {"what": OUTAGE_OVER, "until": round(until, 3), "answers": answers}


def circumstance_line(text: str, *, until_resumed: bool = False) -> dict[str, Any]:
    """The line of something that a reviewer should know; `until_resumed`: which holds until the run goes on."""
    return {"what": CIRCUMSTANCE, "text": text, **({"until_resumed": True} if until_resumed else {})}


def _of_preparation(record: RunRecord) -> Iterator[str]:
    if record.examination is not None:
        yield from _of_examination(record.examination)
    if record.unknown_before is not None:
        yield f"what the run's projects held before is not known: {record.unknown_before}"


def _of_examination(examination: RecordedExamination) -> Iterator[str]:
    if not examination.is_done:
        yield "the cloud was not examined before the run, as a person wanted it"
        return
    despite = [finding.id for finding in examination.findings if finding.despite]
    if despite:
        yield f"the run was begun despite what would have stopped it: {some(despite, _SHOWN)}"
    for finding in examination.findings:
        yield f"the examination before the run found [{finding.id}]: {finding.text}"

"""The journal as a bundle has it: only what a reader can hold against the results, the report and the manifest.

How a run was carried out (its workers, its patience, what each class took) stays in the run's folder: nobody else can
check it, and no verdict rests on it. `of_bundle` is its own fixed point: what it would write otherwise, we did not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from certmark.formats.run_circumstances import (
    CIRCUMSTANCE,
    OUTAGE,
    circumstance_line,
    circumstances_told,
    outage_line,
    outage_over_line,
    outages_in,
)
from certmark.formats.run_endings import CUT_SHORT, Ending, ending_of
from certmark.formats.run_record import KIND, VERSION_OF_BUNDLES, RunRecord, read_run_record

_Line = Mapping[str, Any]


def of_bundle(lines: Sequence[_Line], streams: Collection[str]) -> list[dict[str, Any]]:
    """The lines of a bundle's journal, by those of the run's; `streams` are the names of those that hold anything.

    The journal of an early run, of version 1, stays as it is. Raises FormatError, KeyError, TypeError or ValueError
    where the lines are not what a run writes.
    """
    return [dict(line) for line in lines] if lines[0].get("version", 1) == 1 else list(_of_bundle(lines, streams))


def is_of_bundle(lines: Sequence[_Line]) -> bool:
    """Whether a bundle's journal is of this form; those of early bundles are the run's own."""
    return bool(lines) and lines[0].get("version") == VERSION_OF_BUNDLES


def _of_bundle(lines: Sequence[_Line], streams: Collection[str]) -> Iterator[dict[str, Any]]:
    yield _record(read_run_record(lines[0]))
    outages = iter(outages_in(lines))
    outage = None
    told = list(circumstances_told(lines))
    for line in lines[1:]:
        what = line["what"]
        if outage is not None and outage.until is not None and what != CIRCUMSTANCE and _ends_outage(line):
            yield outage_over_line(outage.until, answers=outage.is_over)
            outage = None
        if what == "plan":
            groups = [[str(group[0]), [str(test) for test in group[1]]] for group in line["groups"]]
            yield {"what": "plan", "groups": groups}
        elif what == "ended" and ending_of(line) is not Ending.OUTAGE:  # of which the outage tells
            yield _ended(line, streams)
        elif what == OUTAGE:
            outage = next(outages)
            shown = outage_line(outage)
            classes = [one | {"stream": one["stream"] if one["stream"] in streams else ""} for one in shown["classes"]]
            yield shown | {"classes": classes}
        elif what == CIRCUMSTANCE and line in told:
            told.remove(line)
            yield circumstance_line(str(line["text"]))


def _ends_outage(line: _Line) -> bool:
    return line["what"] in {"outage-over", "session", "plan"}


def _ended(line: _Line, streams: Collection[str]) -> dict[str, Any]:
    """That a class came to its end; how, only where that adds to what its stream tells."""
    ending, stream = ending_of(line), str(line.get("stream", ""))
    found: dict[str, Any] = {"what": "ended", "group": str(line["group"])}
    if ending not in CUT_SHORT:
        return found
    found |= {"stream": stream if stream in streams else "", "ending": ending.value}
    if ending is Ending.INTERRUPTED:
        return found | {"seconds": round(float(line["seconds"]))}
    return found | {"reason": str(line.get("reason", ""))}


def _record(record: RunRecord) -> dict[str, Any]:
    guideline, judging, suite = record.guideline, record.judging, record.suite
    return {
        "what": KIND,
        "version": VERSION_OF_BUNDLES,
        "run": record.run,
        "identity": None
        if record.identity is None
        else {"id": record.identity.id, "catalog_id": record.identity.catalog_id},
        "guideline": {
            "id": guideline.id,
            "sha256": guideline.sha256,
            "file": guideline.file,
            "program": guideline.program,
        },
        "selection": None
        if record.selection.expression is None
        else {"expression": record.selection.expression, "left_out": record.selection.left_out},
        "judging": {
            "policy": judging.policy,
            "policy_file": judging.policy_file,
            "waivers_file": judging.waivers_file,
            "waiver_signers_file": judging.waiver_signers_file,
        },
        "suite": {"name": suite.name, "version": suite.version, "distributions": dict(suite.distributions)},
        "fingerprint": record.fingerprint,
        "examination": _examination(record),
        "unknown_before": record.unknown_before,
    }


def _examination(record: RunRecord) -> dict[str, Any] | None:
    """Only where there is anything to tell of it."""
    examination = record.examination
    if examination is None or (examination.is_done and not examination.findings):
        return None
    findings = examination.findings if examination.is_done else ()
    return {
        "is_done": examination.is_done,
        "findings": [{"id": one.id, "text": one.text, "despite": one.despite} for one in findings],
    }

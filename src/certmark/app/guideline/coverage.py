"""A guideline, compared with a suite as it is today."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.guidelines import guideline_of, guidelines_in
from certmark.app.inputs.suites import SuiteRequest, survey_of
from certmark.domain.coverage import cover, places_of, rule_of
from certmark.domain.covered_tests import Coverage, CoverageFindingKind, CoverageStage
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import AcceptedFinding
from certmark.domain.gaps import Gaps, find_gaps
from certmark.domain.guidelines import Guideline
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.surveys import Survey
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline import DEFAULT, load
from certmark.formats.guideline.decisions import decisions_in, load_decisions
from certmark.formats.guideline.plain import SCHEMA as LIST
from certmark.formats.guideline.shipped import shipped
from certmark.formats.surveys import load_survey, survey_bytes

if TYPE_CHECKING:
    from certmark.app.guideline.editing import EditResult


@dataclass(frozen=True, kw_only=True)
class GapsRequest:
    """What is looked for beside the guideline's own tests."""

    tracked: Sequence[str] = ()
    """Guidelines, or folders of them, whose tests are no gap; none: those that ship along."""
    runs: Sequence[str] = ()
    """Results, or folders of runs, in which candidates have a record."""


@dataclass(frozen=True, kw_only=True)
class CoverageRequest:
    """What is compared, and with what."""

    guideline: str | None = None
    """A file, `-` or a shipped id; None: the default that ships along."""
    suite: SuiteRequest | str
    """A suite, or the file of a saved survey or listing."""
    before: str | None = None
    """An older survey: only what was added since is a matter."""
    accept: Sequence[CoverageFindingKind] = ()
    """Matters that need nothing done."""
    stage: CoverageStage | None = None
    """The stage of the process for which the guideline is taken; None: its own."""
    gaps: GapsRequest | None = None
    save: str | None = None
    """Where the survey is written; gzipped if it ends in `.gz`."""


class CoverageResult(NamedTuple):
    """A coverage, and what no guideline tracks where that was asked for."""

    coverage: Coverage
    gaps: Gaps | None


def cover_guideline(request: CoverageRequest, listen: Listener = ignore) -> CoverageResult:
    """Compare. Raises InvalidRequest, FormatError, ContradictoryResults, CannotProceed or OSError."""
    guideline = guideline_of(request.guideline, None, listen)
    survey = survey_of(request.suite, guideline, listen)
    if request.save is not None:
        _save(survey, request.save, listen)
    before = load_survey(request.before) if request.before is not None else None
    decisions = _decisions(request.guideline or DEFAULT, guideline)
    coverage = cover(guideline, survey, before=before, accept=request.accept, decisions=decisions, stage=request.stage)
    _tell_stale(decisions, coverage, listen)
    gaps = None if request.gaps is None else _gaps(request.gaps, guideline, survey, listen)
    return CoverageResult(coverage, gaps)


def apply_coverage(
    path: str | None, coverage: Coverage, day: dt.date, listen: Listener = ignore, *, dry_run: bool = False
) -> EditResult:
    """Do to the guideline's file what `coverage` leaves one remedy for; `day` is that of flags.

    Raises InvalidRequest, FormatError, CannotProceed or OSError.
    """
    if path is None or path == "-":
        raise InvalidRequest("name the guideline's file: what ships along and standard input are not changed")
    # A door: who only compares pays for nothing that edits.
    from certmark.app.guideline.editing import EditRequest, edit_guidelines
    from certmark.authoring.changes.from_coverage import ApplyCoverage

    change = ApplyCoverage(coverage=coverage, date=day)
    return edit_guidelines(EditRequest(files=[path], change=change, dry_run=dry_run), listen)


def _decisions(named: str, guideline: Guideline) -> tuple[AcceptedFinding, ...]:
    """What was accepted, in the guideline or beside it."""
    beside = load_decisions(named) if named != "-" else ()
    found = (one.accepted for one in (*decisions_in(guideline.document), *beside))
    return tuple(one for one in found if one is not None and one.rule.startswith("coverage/"))


def _tell_stale(decisions: Sequence[AcceptedFinding], coverage: Coverage, listen: Listener) -> None:
    places = {
        (rule_of(finding.matter), place)
        for test in coverage.tests
        for finding in test.findings
        for place in places_of(test)
    }
    told = coverage.survey.is_described
    unseen = {place for test in coverage.tests if test.surveyed is None or not told for place in places_of(test)}
    for decision in decisions:
        is_unseen = any(decision.covers(decision.rule, place) for place in unseen)
        if not is_unseen and not any(decision.covers(rule, place) for rule, place in places):
            where = decision.place or "the whole document"
            listen(Remark(f"{decision.by} accepted {decision.rule} at {where}, which is found no longer"))


def _save(survey: Survey, path: str, listen: Listener) -> None:
    data = survey_bytes(survey)
    write_file(path, gzip.compress(data, 9, mtime=0) if path.endswith(".gz") else data)
    listen(Remark(f"wrote {path}: {len(survey.tests)} tests"))


def _gaps(request: GapsRequest, guideline: Guideline, survey: Survey, listen: Listener) -> Gaps:
    tracked = {item.data: item for item in _tracked(request.tracked, listen)}
    tracked.setdefault(guideline.data, guideline)
    runs = []
    if request.runs:
        from certmark.runner.stored_runs import runs_below

        runs = [run.results for run in runs_below(request.runs, listen)]
    return find_gaps(survey, list(tracked.values()), guideline=guideline, runs=runs)


def _tracked(paths: Sequence[str], listen: Listener) -> list[Guideline]:
    # A plain list is another programme's: what it asks for is no less a candidate of a guideline.
    known = () if paths else map(load, shipped())
    guidelines = [guideline for guideline in known if guideline.schema != LIST]
    for path in paths:
        if not Path(path).exists():
            raise InvalidGuideline(f"there is no file or folder {path}; name a guideline, or a folder of them")
        guidelines += guidelines_in(path, listen, deep=True) if Path(path).is_dir() else [load(path)]
    return guidelines

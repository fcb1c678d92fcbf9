"""Old evidence, judged again: what was judged then, what is judged now, and why one may differ from the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from certmark.app.inputs.guidelines import Remarks, guideline_of, hosts_of, policy_of, program_of
from certmark.app.inputs.results import remark_on
from certmark.app.inputs.waivers import waivers_of
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.policies import REFSTACK_2020
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.domain.remarks import Listener, ignore
from certmark.domain.replays import (
    Circumstances,
    ComparableVerdict,
    NoSuchGuideline,
    Replay,
    compare_judgements,
    doubts_about,
    guideline_meant,
    judgement_of,
)
from certmark.domain.results import Evidence, Results
from certmark.evidence.bundle import NAME, read_bundle
from certmark.evidence.bundle.layout import REPORT
from certmark.evidence.bundle.reading import guidelines_of
from certmark.evidence.rejudging import JudgementTerms, guidelines_in, judge_again, terms_of
from certmark.formats.errors import UnreadableResults
from certmark.formats.guideline import load, shipped
from certmark.formats.results.evidence import head_of
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.results.report.parsing import MAX_SIZE, read_judged
from certmark.formats.results.report.reading import Judgement, read_judgement, read_report
from certmark.formats.run_folder import GUIDELINE
from certmark.formats.sources import read_whole, source_of
from certmark.runner.folders import folder_of
from certmark.version import __version__


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """What is judged again, and what shall be otherwise than then; what is None stays as it was."""

    evidence: str
    """A report that was judged, a bundle, or a run's id or folder."""
    guideline: str | None = None
    """A file, or the id of one that ships along; its own policy judges unless another is named."""
    program: str | None = None
    policy: str | None = None
    waivers: str | None = None
    waiver_signers: str | None = None
    """A file of those who may approve waivers."""
    without_waivers: bool = False
    """Whether the waivers of then are left out."""
    as_of: dt.date | None = None


class _Then(NamedTuple):
    """What is at hand of an old judgement."""

    report: bytes
    judgement: Judgement
    evidence: tuple[Evidence, ...]
    guidelines: tuple[Guideline, ...]
    """Those that lie with the evidence."""


def replay(request: ReplayRequest, listen: Listener = ignore) -> Replay:
    """The judgement of then and the one of now, compared; what is odd in the evidence is told.

    Raises InvalidRequest (GuidelineMissing and NoSuchProgram among them), FormatError, ContradictoryResults,
    InvalidPolicy, TrustError or OSError.
    """
    if request.without_waivers and request.waivers is not None:
        raise InvalidRequest("waivers are named, and are to be left out; keep one of them")
    then = _read(request.evidence)
    remark_on(then.evidence, listen)
    results = Results(then.evidence)
    named = _named(request, listen)
    old = _guideline_of_then(then, named)
    at_hand = tuple(guideline for guideline in (named, old, *then.guidelines) if guideline is not None)
    terms = _terms(request, then, named or old)
    if named is not None:
        at_hand += hosts_of(find_program(named, terms.program), request.guideline, listen=listen)
    if not then.evidence:
        raise UnreadableResults("there is no evidence in it; nothing can be judged")
    now = judgement_of(judge_again(results, terms, at_hand))
    told = read_judged(then.report)
    known = Circumstances(results.passes_only, results.truncated, then.judgement.evaluator, __version__)
    return compare_judgements(told, now, tuple(doubts_about(told, _again(then, results, at_hand), known)))


def _named(request: ReplayRequest, listen: Listener) -> Guideline | None:
    if request.guideline is None:
        return None
    as_refstack = request.policy == REFSTACK_2020.name  # it read a key that stands twice
    return guideline_of(request.guideline, request.program, listen, remarks=Remarks.NONE, last_counts=as_refstack)


def _guideline_of_then(then: _Then, named: Guideline | None) -> Guideline | None:
    """Named, beside the evidence, or one of those that ship along, if it is just that."""
    candidates: Iterator[Guideline] = chain(() if named is None else (named,), then.guidelines, map(load, shipped()))
    try:
        return guideline_meant(then.judgement.guideline, then.judgement.guideline_sha256, candidates)
    except NoSuchGuideline:
        return None


def _terms(request: ReplayRequest, then: _Then, guideline: Guideline | None) -> JudgementTerms:
    """By what is judged now: what was asked for, and for the rest what was then."""
    terms = terms_of(then.judgement)
    if guideline is None:
        raise NoSuchGuideline(terms.guideline, terms.guideline_sha256)
    policy = policy_of(request.policy)
    if policy is None and request.guideline is None:
        policy = terms.policy
    waivers = terms.waivers
    if request.without_waivers or request.waivers is not None:
        waivers = waivers_of(request.waivers, request.waiver_signers)
    return terms._replace(
        guideline=guideline.id,
        guideline_sha256=guideline.sha256,
        program=_program(guideline, request.program, terms.program),
        policy=policy,
        waivers=waivers,
        as_of=request.as_of or terms.as_of,
    )


def _program(guideline: Guideline, wanted: str | None, then: str) -> str:
    if wanted is not None or len(guideline.programs) == 1:
        return program_of(guideline, wanted).name
    try:
        return find_program(guideline, then).name
    except NoSuchProgram:
        return program_of(guideline, None).name  # says which there are


def _again(then: _Then, results: Results, guidelines: tuple[Guideline, ...]) -> ComparableVerdict | str:
    """The judgement of then made again, or why it cannot be."""
    try:
        return judgement_of(judge_again(results, terms_of(then.judgement), guidelines))
    except NoSuchGuideline as error:
        return error.doubt
    except ValueError as error:  # no such program, a policy that RefStack did not have
        return f"the judgement of then cannot be made again: {error}"


def _read(named: str) -> _Then:
    """A report, a bundle, or a run that a person names."""
    path = Path(named)
    if not path.exists() or path.is_dir():
        return _of_run(named)
    if recognise(head_of(source_of(named))) is ResultsKind.BUNDLE:
        return _of_bundle(path)
    return _of_report(path, ())


def _of_run(wanted: str) -> _Then:
    folder = folder_of(wanted)
    if (folder / NAME).is_file():
        return _of_bundle(folder / NAME)
    if not (folder / REPORT).is_file():
        raise InvalidRequest(f"{wanted} has neither a bundle nor a report", Advice(Action.FINISH_RUN))
    return _of_report(folder / REPORT, guidelines_in(folder / GUIDELINE))


def _of_bundle(path: Path) -> _Then:
    with read_bundle(str(path)) as bundle:
        if not bundle.has(REPORT):
            raise UnreadableResults(f"{path.name} was never judged", Advice(Action.JUDGE))
        report = bundle.content(REPORT)
        return _Then(report, _judgement(report), bundle.evidence(), guidelines_of(bundle))


def _of_report(path: Path, guidelines: tuple[Guideline, ...]) -> _Then:
    report = read_whole(source_of(str(path)), MAX_SIZE)
    return _Then(report, _judgement(report), read_report(report), guidelines)


def _judgement(report: bytes) -> Judgement:
    judgement = read_judgement(report)
    if judgement is None:
        raise UnreadableResults("this report was never judged", Advice(Action.JUDGE))
    return judgement

"""By what results are judged: what a person names, and for the rest what their run was asked.

1. What a person names holds: guideline, program, policy, waivers.
2. The guideline and the program that are not named are those of the run; of several, if they were asked alike.
3. Policy and waivers that are not named are those with which the run began, if it is one, lies here as a folder
   and is judged by its own guideline. Those in a bundle were put there by whoever made it, and are never taken unasked.
4. A guideline out of a bundle that is not one of those that ship along is told: its sender chose the text.
5. That a run was for another program is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from certmark.app.inputs.guidelines import Remarks, guideline_of, policy_of, program_of
from certmark.app.inputs.runs import RecordedRun
from certmark.app.inputs.waivers import waivers_of
from certmark.app.verdict.requests import JudgeRequest
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.policies import REFSTACK_2020, Policy
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.domain.remarks import Listener, Remark
from certmark.domain.waivers import Waiver
from certmark.formats.guideline import load, shipped


class JudgingTerms(NamedTuple):
    """By what results are judged."""

    guideline: Guideline
    place: str | None
    """What the guideline was called, or where it lies: guidelines of hosts may lie beside it."""
    program: Program
    policy: Policy | None
    """None: the guideline's."""
    waivers: tuple[Waiver, ...]


def terms_for(request: JudgeRequest, runs: Sequence[RecordedRun], listen: Listener) -> JudgingTerms:
    """What `request` names and, for the rest, what `runs` were asked; what is taken from there is told.

    Raises InvalidRequest, FormatError, InvalidPolicy, TrustError or OSError.
    """
    run = _first(runs, request)
    guideline, place = _guideline(request, run, listen)
    program = _program(guideline, request, run)
    for one in runs:
        _tell_other_program(one, program, listen)
    if run is None or len(runs) > 1 or request.guideline is not None:
        return JudgingTerms(guideline, place, program, policy_of(request.policy), _waivers(request))
    policy, waivers = _as_begun(request, run, listen)
    return JudgingTerms(guideline, place, program, policy, waivers)


def _first(runs: Sequence[RecordedRun], request: JudgeRequest) -> RecordedRun | None:
    """The run that speaks for all, unless they were asked otherwise and nobody says by what to judge."""
    if request.guideline is None and len({run.record.guideline.sha256 for run in runs}) > 1:
        raise InvalidRequest("these runs were not asked by the same guideline", Advice(Action.NAME_GUIDELINE))
    programs = sorted({run.record.guideline.program for run in runs})
    if request.program is None and len(programs) > 1:
        raise InvalidRequest("these runs were for different programs", Advice(Action.NAME_PROGRAM, ", ".join(programs)))
    return runs[0] if runs else None


def _guideline(request: JudgeRequest, run: RecordedRun | None, listen: Listener) -> tuple[Guideline, str | None]:
    if request.guideline is not None:
        as_refstack = request.policy == REFSTACK_2020.name  # it read a key that stands twice
        guideline = guideline_of(
            request.guideline, request.program, listen, remarks=Remarks.NONE, last_counts=as_refstack
        )
        return guideline, request.guideline
    if run is None or not run.guidelines:
        return guideline_of(None, request.program, listen, remarks=Remarks.NONE), None
    guideline = run.guidelines[0]
    if run.folder is not None:
        return guideline, str(run.folder.guideline / PurePath(run.record.guideline.file or "").name)
    if not _ships_along(guideline):  # Rule 4.
        text = f"{guideline.id} is the text that came in the bundle of run {run.record.run}, and does not ship along"
        listen(Remark(text, Advice(Action.NAME_GUIDELINE_COPY), is_important=True))
    return guideline, None


def _ships_along(guideline: Guideline) -> bool:
    return guideline.id in shipped() and load(guideline.id).sha256 == guideline.sha256


def _program(guideline: Guideline, request: JudgeRequest, run: RecordedRun | None) -> Program:
    if request.program is None and run is not None:
        try:
            return find_program(guideline, run.record.guideline.program)
        except NoSuchProgram:
            pass  # an old record, or another guideline: whoever asks must name one
    return program_of(guideline, request.program)


def _tell_other_program(run: RecordedRun, program: Program, listen: Listener) -> None:
    """Rule 5."""
    meant = run.record.guideline.program
    if meant and program.name not in {meant, *run.record.guideline.also}:
        text = f'run {run.record.run} was for "{meant}": what only "{program.name}" asks for was not run'
        listen(Remark(text, is_important=True))


def _as_begun(request: JudgeRequest, run: RecordedRun, listen: Listener) -> tuple[Policy | None, tuple[Waiver, ...]]:
    """Rule 3."""
    judging, folder = run.record.judging, run.folder
    if folder is None:
        if judging.waivers_file is not None and request.waivers is None:
            listen(Remark("the waivers in the bundle are not used", Advice(Action.NAME_WAIVERS)))
        return policy_of(request.policy), _waivers(request)
    copies = folder.judging_copies(judging)
    if request.waivers is not None:
        found = _waivers(request)
    else:
        found = waivers_of(copies.waivers, copies.waiver_signers, request.product)
    if copies.waivers is not None and request.waivers is None:
        listen(Remark(f"the waivers with which run {run.record.run} began are used"))
    return policy_of(request.policy or copies.policy or judging.policy), found


def _waivers(request: JudgeRequest) -> tuple[Waiver, ...]:
    return waivers_of(request.waivers, request.waiver_signers, request.product)

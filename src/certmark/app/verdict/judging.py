"""Results, judged: what a person names is read, and one verdict comes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from certmark.app.inputs.guidelines import Remarks, guideline_of, hosts_of, policy_of, program_of
from certmark.app.inputs.results import remark_on, results_of
from certmark.app.inputs.waivers import waivers_of
from certmark.domain.policies import Method
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge


@dataclass(frozen=True, kw_only=True)
class JudgeRequest:
    """What is judged, and by what."""

    results: Sequence[str]
    """Files and directories of results, folders of runs, bundles, `-`: attempts of one run."""
    guideline: str | None = None
    """A file, or the id of one that ships along; None: the shipped one that has the program."""
    program: str | None = None
    """Its name or a part of it; None: the only one."""
    policy: str | None = None
    """A name, or a JSON file; None: the guideline's."""
    waivers: str | None = None
    waiver_signers: str | None = None
    """A file of those who may approve waivers."""
    product: str | None = None
    """Whose results they are; waivers of another one are refused."""
    host_guidelines: Sequence[str] = ()
    """Of an add-on's host; none: those that it names, if they lie beside."""
    as_of: dt.date | None = None
    """None: today, in UTC."""
    digests: bool = False
    """Whether the verdict's evidence shall name its SHA-256 sums."""


def judge_results(request: JudgeRequest, listen: Listener = ignore) -> Verdict:
    """The verdict; what is odd in the input is told.

    Raises InvalidRequest, FormatError, ContradictoryResults, InvalidPolicy or OSError.
    """
    guideline = guideline_of(request.guideline, request.program, listen, remarks=Remarks.NONE)
    program = program_of(guideline, request.program)
    policy = policy_of(request.policy)
    waivers = waivers_of(request.waivers, request.waiver_signers, request.product)
    results = results_of(request.results, digest=request.digests)
    verdict = judge(
        guideline,
        program,
        results,
        waivers,
        as_of=request.as_of or dt.datetime.now(dt.UTC).date(),
        policy=policy,
        hosts=hosts_of(program, request.guideline, request.host_guidelines, listen),
    )
    remark_on(verdict.results.evidence, listen)
    if waivers and verdict.policy.method is Method.REFSTACK_2020:
        listen(Remark("RefStack knew no waivers; they were not used"))
    return verdict

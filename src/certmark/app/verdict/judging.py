"""Results, judged: what a person names is read, and one verdict comes out."""

from __future__ import annotations

import datetime as dt

from certmark.app.inputs.guidelines import hosts_of
from certmark.app.inputs.results import remark_on, results_of
from certmark.app.inputs.runs import place_of, recorded_runs
from certmark.app.verdict.requests import JudgeRequest
from certmark.app.verdict.terms import terms_for
from certmark.domain.policies import Method
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge


def judge_results(request: JudgeRequest, listen: Listener = ignore) -> Verdict:
    """The verdict; what is odd in the input is told.

    Raises InvalidRequest, FormatError, ContradictoryResults, InvalidPolicy or OSError.
    """
    places = [place_of(path) for path in request.results]
    terms = terms_for(request, recorded_runs(places), listen)
    results = results_of(places, digest=request.digests)
    verdict = judge(
        terms.guideline,
        terms.program,
        results,
        terms.waivers,
        as_of=request.as_of or dt.datetime.now(dt.UTC).date(),
        policy=terms.policy,
        hosts=hosts_of(terms.program, terms.place, request.host_guidelines, listen),
    )
    remark_on(verdict.results.evidence, listen)
    if terms.waivers and verdict.policy.method is Method.REFSTACK_2020:
        listen(Remark("RefStack knew no waivers; they were not used"))
    return verdict

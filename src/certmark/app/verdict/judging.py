"""Results, judged: what a person names is read, and one verdict comes out."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from certmark.app.inputs.guidelines import hosts_of
from certmark.app.inputs.results import remark_on, results_of
from certmark.app.inputs.run_facts import facts_of_runs
from certmark.app.inputs.runs import place_of, recorded_runs
from certmark.app.verdict.requests import JudgeRequest
from certmark.app.verdict.terms import terms_for
from certmark.domain.guidelines import Guideline
from certmark.domain.policies import Method
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.run_summary import RunSummary
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge


class JudgedResults(NamedTuple):
    """A verdict, and the runs behind it."""

    verdict: Verdict
    runs: tuple[RunSummary, ...]
    """Of those results that came as runs."""
    hosts: tuple[Guideline, ...] = ()
    """The guidelines at hand of an add-on's hosts."""


def judge_results(request: JudgeRequest, listen: Listener = ignore) -> JudgedResults:
    """The verdict; what is odd in the input is told.

    Raises InvalidRequest, FormatError, ContradictoryResults, InvalidPolicy or OSError.
    """
    places = [place_of(path) for path in request.results]
    runs = recorded_runs(places)
    terms = terms_for(request, runs, listen)
    results = results_of(places, digest=request.digests)
    hosts = hosts_of(terms.program, terms.place, request.host_guidelines, listen)
    verdict = judge(
        terms.guideline,
        terms.program,
        results,
        terms.waivers,
        as_of=request.as_of or dt.datetime.now(dt.UTC).date(),
        policy=terms.policy,
        hosts=hosts,
    )
    remark_on(verdict.results.evidence, listen)
    if terms.waivers and verdict.policy.method is Method.REFSTACK_2020:
        listen(Remark("RefStack knew no waivers; they were not used"))
    return JudgedResults(verdict, facts_of_runs(places, runs) if runs else (), hosts)

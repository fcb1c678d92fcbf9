"""Judging again: the one place where what is on record of a judgement becomes what `judge` is told.

1. The guideline is the one with the digest on record, wherever it comes from.
2. Whatever else is at hand may be a guideline of an add-on's hosts; those that judged the hosts come first.
3. Program, waivers, day and policy are those on record. A policy that is the guideline's own is not imposed on hosts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from certmark.domain.guidelines import Guideline
from certmark.domain.policies import Policy
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.domain.replays import NoSuchGuideline, guideline_meant
from certmark.domain.results import ContradictoryResults, Results
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Waiver
from certmark.formats.errors import FormatError, excerpt
from certmark.formats.guideline import load
from certmark.formats.results.report.document import judgement_document
from certmark.formats.results.report.reading import Judgement, read_judgement, read_report

_LAST = 1 << 20


class JudgementTerms(NamedTuple):
    """By what results were judged, or are to be: as it stands on record, in a report or in a run's journal."""

    guideline: str
    """Its id."""
    guideline_sha256: str
    program: str
    """Its name, or another word for it."""
    waivers: tuple[Waiver, ...]
    as_of: date
    policy: Policy | None
    """None: the guideline's own."""
    hosts: tuple[str, ...] = ()
    """The ids of the guidelines under which an add-on's hosts were judged, in their order, if they are on record."""


def terms_of(judgement: Judgement) -> JudgementTerms:
    """The terms that a report names."""
    return JudgementTerms(
        judgement.guideline,
        judgement.guideline_sha256,
        judgement.program,
        judgement.waivers,
        judgement.as_of,
        judgement.policy,
        judgement.hosts,
    )


def judge_again(results: Results, terms: JudgementTerms, guidelines: Iterable[Guideline]) -> Verdict:
    """The verdict on `results` by `terms`; `guidelines` are those at hand: the one that judges, and those of hosts.

    For a run: what `guidelines_in` finds in its folder, and terms from its journal. Raises
    GuidelineMissing, NoSuchProgram or ContradictoryResults.
    """
    at_hand = tuple(guidelines)
    guideline = guideline_meant(terms.guideline, terms.guideline_sha256, at_hand)
    others = [other for other in at_hand if other.sha256 != guideline.sha256]
    return judge(
        guideline,
        find_program(guideline, terms.program),
        results,
        terms.waivers,
        as_of=terms.as_of,
        policy=None if terms.policy == guideline.policy else terms.policy,
        hosts=sorted(others, key=lambda other: terms.hosts.index(other.id) if other.id in terms.hosts else _LAST),
    )


def guidelines_in(folder: Path) -> tuple[Guideline, ...]:
    """The guidelines in a folder; what else lies beside them (a policy, waivers) is passed over. Raises OSError."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            found.append(load(str(path)))
        except FormatError:
            continue
    return tuple(found)


def contradiction(told: Mapping[str, Any], verdict: Verdict, guidelines: Iterable[Guideline]) -> str | None:
    """In which part the judgement `told` by a report is not the one that came out again; None: in none.

    All of it is compared, each word that a reader may see; of the hosts, those judged under one of `guidelines`.
    Raises KeyError or TypeError where `told` has another shape than ours.
    """
    again = judgement_document(verdict)
    # What a judge was given and never looked at (`refstack-2020`) is in no verdict.
    again["waivers"] += [one for one in told["waivers"] if one["use"] == "not looked at"]
    ids = {guideline.id for guideline in guidelines}
    if any(host["guideline"] is not None and host["guideline"] not in ids for host in told["hosts"]):
        told, again = _without_strange_hosts(told, ids), _without_strange_hosts(again, ids)
    differing = first_difference(told, again)
    return None if differing is None else f"judged again, its {differing} is not what the report says"


def first_difference(told: Mapping[str, Any], again: Mapping[str, Any]) -> str | None:
    """The first part of `told` that `again` does not have alike; what is left out (by early versions) says nothing."""
    return next((key for key in told if key not in again or not _agrees(told[key], again[key])), None)


def _agrees(told: Any, again: Any) -> bool:
    """Whether they are alike to the type: 1, 1.0 and true are three values."""
    if isinstance(told, dict) and isinstance(again, dict):
        return first_difference(told, again) is None
    if isinstance(told, list) and isinstance(again, list):
        return len(told) == len(again) and all(map(_agrees, told, again))
    return type(told) is type(again) and bool(told == again)


def _without_strange_hosts(judgement: Mapping[str, Any], ids: Collection[str]) -> dict[str, Any]:
    """The judgement; hosts under guidelines that are not at hand cannot be judged again, so that they are left out."""
    return {**judgement, "hosts": [host for host in judgement["hosts"] if host["guideline"] in ids]}


def problem_of(report: bytes, guidelines: Sequence[Guideline]) -> str | None:
    """Why the report's results, judged as it says, do not give its verdict; None if they do.

    `guidelines` are the one that judged it, and those of its hosts as far as they are at hand.
    """
    try:
        judgement = read_judgement(report)
        if judgement is None:
            return "the report has no verdict"
        verdict = judge_again(Results(read_report(report)), terms_of(judgement), guidelines)
        return contradiction(json.loads(report)["judgement"], verdict, guidelines)
    except (FormatError, ContradictoryResults, NoSuchProgram, NoSuchGuideline) as error:
        return str(error)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return f"the report has another shape than one of Certmark ({excerpt(type(error).__name__)})"

"""Judging again: the one place where what is on record of a judgement becomes what `judge` is told.

1. The guideline is the one with the digest on record, wherever it comes from.
2. Whatever else is at hand may be a guideline of an add-on's hosts; those that judged the hosts come first.
3. Program, waivers, day and policy are those on record. A policy that is the guideline's own is not imposed on hosts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from certmark.domain.guidelines import Guideline
from certmark.domain.policies import Policy
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.domain.replays import NoSuchGuideline, guideline_meant
from certmark.domain.results import ContradictoryResults, Evidence, Results
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Waiver
from certmark.evidence.times import TimeSpan, span_of
from certmark.formats.documents.comparison import DocumentForm, first_difference
from certmark.formats.errors import FormatError, excerpt
from certmark.formats.guideline import load
from certmark.formats.results.report.document import judgement_document
from certmark.formats.results.report.forms import form_of
from certmark.formats.results.report.reading import Judgement, evidence_in, judgement_in

_LAST = 1 << 20
_PLAIN = re.compile(r"[a-z0-9_.]{1,100}\Z")
"""The name of a part of a report as we write it."""


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
    """The guidelines in the folder of a run; what else lies there (a policy, waivers) is passed over. Raises OSError.

    Of a key that stands twice the last one counts, as in `bundle.reading.guidelines_of`.
    """
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            found.append(load(str(path), last_counts=True))
        except FormatError:
            continue
    return tuple(found)


class Computed(NamedTuple):
    """What was computed from the raw results: all that may be shown of a verdict."""

    verdict: Verdict
    evidence: tuple[Evidence, ...]

    @property
    def span(self) -> TimeSpan:
        """When the first test began and the last one ended."""
        return span_of(self.evidence)

    @property
    def formats(self) -> tuple[str, ...]:
        """Of the raw results, each once."""
        return tuple(dict.fromkeys(piece.format for piece in self.evidence))


class Rejudged(NamedTuple):
    """What came out when a report's judgement was made again."""

    verdict: Verdict | None
    """None where it could not be made."""
    problem: str | None
    """Why the report does not say the same; None where it does."""


def rejudged(
    report: Mapping[str, Any], results: Results, guidelines: Sequence[Guideline], form: DocumentForm | None = None
) -> Rejudged:
    """The judgement in `report`, a parsed one, made again on `results` and compared with it to the last word.

    `guidelines` are the one that judged it, and those of its hosts as far as they are at hand: hosts that were
    judged under others cannot be compared. `form` is the report's, where more is known of it than it tells itself.
    Never raises for what is in the report.
    """
    try:
        judgement = judgement_in(report)
        if judgement is None:
            return Rejudged(None, "the report has no verdict")
        verdict = judge_again(results, terms_of(judgement), guidelines)
        problem = _contradiction(report, judgement, verdict, guidelines, form or form_of(report))
        return Rejudged(verdict, problem)
    except (FormatError, ContradictoryResults, NoSuchProgram, NoSuchGuideline) as error:
        return Rejudged(None, str(error))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return Rejudged(None, f"the report has another shape than one of Certmark ({excerpt(type(error).__name__)})")


def _contradiction(
    report: Mapping[str, Any],
    judgement: Judgement,
    verdict: Verdict,
    guidelines: Iterable[Guideline],
    form: DocumentForm,
) -> str | None:
    told = report["judgement"]
    again = judgement_document(verdict, judgement.waivers)
    ids = {guideline.id for guideline in guidelines}
    if any(host["guideline"] is not None and host["guideline"] not in ids for host in told["hosts"]):
        told, again = _without_strange_hosts(told, ids), _without_strange_hosts(again, ids)
    differing = first_difference({"judgement": told}, {"judgement": again}, form)
    if differing is None:
        return None
    part = differing.removeprefix("judgement.")
    return f"judged again, its {part if _PLAIN.match(part) else excerpt(part)} is not what the report says"


def _without_strange_hosts(judgement: Mapping[str, Any], ids: Collection[str]) -> dict[str, Any]:
    """The judgement; hosts under guidelines that are not at hand cannot be judged again, so that they are left out."""
    return {**judgement, "hosts": [host for host in judgement["hosts"] if host["guideline"] in ids]}


def rejudged_listed(report: Mapping[str, Any], guidelines: Sequence[Guideline]) -> Rejudged:
    """`rejudged`, on the results that the report itself lists, under those of `guidelines` that judged it then."""
    try:
        judgement = judgement_in(report)
        hosts = () if judgement is None else judgement.hosts
        # A host that was not judged then is not judged now, even if its guideline is at hand.
        known = set() if judgement is None else {judgement.guideline_sha256}
        of_then = [one for one in guidelines if one.sha256 in known or one.id in hosts]
        return rejudged(report, Results(evidence_in(report)), of_then)
    except (FormatError, ContradictoryResults) as error:
        return Rejudged(None, str(error))

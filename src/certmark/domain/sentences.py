"""The verdict in one sentence: what a person reads first, and what a report carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from certmark.domain.circumstances import renamed_words
from certmark.domain.guidelines import Guideline, Level, ProgramKind
from certmark.domain.phrases import are, counted
from certmark.domain.policies import STRICT, Policy
from certmark.domain.programs import Demand
from certmark.domain.releases import other_release
from certmark.domain.titles import judged_subject
from certmark.domain.verdict_values import Circumstance, CircumstanceKind, Standing, Totals, Verdict, WaiverUse

if TYPE_CHECKING:  # whoever judges one file needs no masks
    from certmark.domain.masks import CountedVerdict

WORDS = {
    Standing.PASS: "PASS",
    Standing.INCOMPLETE: "INCOMPLETE",
    Standing.FAIL: "FAIL",
    Standing.NOT_JUDGED: "NOT JUDGED",
    Standing.NOT_APPLICABLE: "NOT APPLICABLE",
}


def sentence(verdict: Verdict) -> str:
    """The verdict in one sentence."""
    head = f"{judged_subject(verdict.guideline, verdict.program)}: {_word(verdict)}"
    standings = [capability.standing for capability in verdict.capabilities if capability.level is Level.REQUIRED]
    return _joined(head, _capabilities(standings), *_tests(verdict.totals), *_circumstances(verdict))


def sentence_of_passes(guideline: Guideline, demand: Demand, policy: Policy, found: CountedVerdict) -> str | None:
    """What `sentence` says of a run that names passed tests only, from its counts; None where they do not say it.

    Nobody waived anything, and nothing is odd in the run.
    """
    if demand.program.kind is ProgramKind.LIST:  # it may be of another release, which the tests themselves tell
        return None
    head = f"{judged_subject(guideline, demand.program)}: {WORDS[found.standing]}"
    renamed = [renamed_words(found.renamed, len(demand.tests))] if found.renamed else []
    told = (*_of_policy(policy, demand), PASSES_ONLY, *renamed)
    return _joined(head, _capabilities(found.capabilities), *_tests(found.totals), *told)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part) + "."


def _word(verdict: Verdict) -> str:
    """What it came to; a pass that needed waivers says so at once."""
    word = WORDS[verdict.standing]
    used = _used(verdict)
    return f"{word} with {counted(used, 'waiver')}" if used and verdict.standing is Standing.PASS else word


def _used(verdict: Verdict) -> int:
    return sum(record.use is WaiverUse.USED for record in verdict.waivers)


def _capabilities(standings: Sequence[Standing]) -> str:
    if not standings:
        return "it requires no capability"
    count = {standing: standings.count(standing) for standing in set(standings)}
    failed, incomplete = count.get(Standing.FAIL, 0), count.get(Standing.INCOMPLETE, 0)
    required = f"of {counted(len(standings), 'required capability', 'required capabilities')}"
    if failed:
        rest = f", {counted(incomplete, 'is', 'are')} incomplete" if incomplete else ""
        return f"{failed} {required} failed{rest}"
    if incomplete:
        return f"{incomplete} {required} {are(incomplete)} incomplete"
    unjudged = count.get(Standing.NOT_JUDGED, 0)
    rest = f", {unjudged} with nothing to count" if unjudged else ""
    return f"{count.get(Standing.PASS, 0)} {required} passed{rest}"


def _tests(totals: Totals) -> list[str]:
    said = f"{totals.passed} of {counted(totals.counted, 'counted test')} passed"
    if totals.failed:
        said += f", {totals.failed} failed"
    if totals.missing:
        said += f", {totals.missing} left a gap"
    aside = [
        f"{count} {word}"
        for count, word in ((totals.flagged, "flagged"), (totals.waived, "waived"), (totals.ignored, "set aside"))
        if count
    ]
    return [said, f"not counted: {', '.join(aside)}"] if aside else [said]


def _circumstances(verdict: Verdict) -> list[str]:
    used = 0 if verdict.standing is Standing.PASS else _used(verdict)
    waived = [f"with {counted(used, 'waiver')}"] if used else []
    passes_only = [PASSES_ONLY] if verdict.results.passes_only else []
    other = other_release(verdict)
    return [
        *waived,
        *_of_policy(verdict.policy, verdict.demand),
        *passes_only,
        *([other] if other else []),
        *_short(verdict.circumstances),
    ]


PASSES_ONLY = "the evidence names passed tests only"


def _of_policy(policy: Policy, demand: Demand) -> Iterator[str]:
    if policy != STRICT:
        yield f"under the policy {policy.name}"
    if demand.missing_components:
        yield f"the guideline does not define {', '.join(demand.missing_components)}"


def _short(circumstances: Iterable[Circumstance]) -> Iterator[str]:
    """Each kind once: of several pieces of evidence, how many."""
    by_kind: dict[CircumstanceKind, list[Circumstance]] = {}
    for one in circumstances:
        if one.is_short:
            by_kind.setdefault(one.kind, []).append(one)
    for kind, found in by_kind.items():
        yield found[0].words if len(found) == 1 else f"{len(found)} pieces of evidence {_SEVERAL[kind]}"


_SEVERAL = {
    CircumstanceKind.TRUNCATED: "stop in the middle",
    CircumstanceKind.CONTRADICTION: "contradict themselves",
    CircumstanceKind.ERROR: "tell of errors outside of their tests",
}

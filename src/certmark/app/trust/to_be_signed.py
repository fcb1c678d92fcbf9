"""What is to be signed, verified whole and told to whoever signs, before a key is used."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from certmark.domain.guidelines import Guideline
from certmark.domain.remarks import Remark
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import Verdict
from certmark.evidence.artifacts import OpenedArtifact
from certmark.evidence.rejudging import guidelines_in, rejudged_listed
from certmark.evidence.secrets.search import find_leaks
from certmark.evidence.times import TimeSpan, span_of
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.guideline.reading import read
from certmark.formats.guideline.shipped import path_of_shipped, shipped_text
from certmark.formats.results.report.forms import is_early
from certmark.formats.results.report.reading import judgement_in
from certmark.formats.run_folder import RunFolder
from certmark.trust.attestations.predicates import Facts, Product, facts_of_bundle, facts_of_report
from certmark.trust.verification.terms import problem_of_day
from certmark.trust.verification.waivers import waivers_used

_EARLY = "its report was written by an early Certmark, in words that cannot be compared; judge its results again"


class ToBeSigned(NamedTuple):
    """Something that was verified, and may be signed."""

    facts: Facts
    report: Mapping[str, Any]
    """Its document."""
    verdict: Verdict
    """As it was judged again here."""
    span: TimeSpan
    formats: tuple[str, ...]
    """Of the raw results; none where only a report is at hand."""


def look_at(found: OpenedArtifact, path: Path, moment: datetime) -> ToBeSigned | str:
    """What was `found` in the file at `path`, verified; or why it must not be signed. Raises FormatError or OSError."""
    seen = _bundle(found) if found.bundle is not None else _report_alone(found, path)
    if isinstance(seen, str):
        return seen
    return problem_of_day(seen.verdict.as_of, seen.span.ended, moment) or seen


def _bundle(found: OpenedArtifact) -> ToBeSigned | str:
    from certmark.evidence.bundle.verification import verify  # a door: a report pays for no bundle

    assert found.bundle is not None  # noqa: S101 - for the type checker
    verification = verify(found.bundle)
    problem = next((f"{one.name}: {one.problem}" for one in verification.checks if one.problem is not None), None)
    if problem is not None or verification.computed is None:
        return problem or "its results could not be judged again"
    if is_early(found.bundle.report):
        return _EARLY
    facts, computed = facts_of_bundle(found.bundle, found.target), verification.computed
    return ToBeSigned(facts, found.bundle.report, computed.verdict, computed.span, computed.formats)


def _report_alone(found: OpenedArtifact, path: Path) -> ToBeSigned | str:
    if found.report is None:
        raise UnreadableResults(f"{found.target.name} is neither a bundle nor a report; name one of them, or a run")
    secrets = find_leaks(io.BytesIO(found.report.data), found.target.name, {})
    if secrets:
        return f"{secrets[0].what} stands in it; remove what the suite wrote there"
    facts = facts_of_report(found.report, found.target.name)
    parsed = found.report.parsed
    judgement = judgement_in(parsed)
    if judgement is None:
        return "it was never judged"
    guidelines = _guidelines_for(judgement.guideline, path)
    if judgement.guideline_sha256 not in {guideline.sha256 for guideline in guidelines}:
        return f"the guideline {excerpt(judgement.guideline, 40)} that judged it is not at hand; sign the run's bundle"
    again = rejudged_listed(parsed, guidelines)
    if again.verdict is not None and is_early(parsed):
        return _EARLY
    if again.problem is not None or again.verdict is None:
        return again.problem or "its results could not be judged again"
    return ToBeSigned(facts, parsed, again.verdict, span_of(again.verdict.results.evidence), ())


def _guidelines_for(identity: str, path: Path) -> tuple[Guideline, ...]:
    """The shipped one, and those of the run in whose folder the report lies."""
    text = shipped_text(identity)
    shipped = () if text is None else (read(text, path_of_shipped(identity).name),)
    return (*shipped, *guidelines_in(RunFolder(path.resolve().parent).guideline))


def told_before(signed: ToBeSigned, product: Product | Mapping[str, Any] | None) -> Iterator[Remark]:
    """What a person signs, one sentence for each thing."""
    yield Remark(f"to be signed: {sentence(signed.verdict)}")
    yield Remark(f"of {_product(product)}, on {_cloud(signed.facts)}")
    yield _policy(signed.verdict)
    yield _times(signed.span)
    used = waivers_used(signed.verdict)
    waivers = ", ".join(f"{one.scope.value} {excerpt(one.target)} (granted by {excerpt(one.grantor)})" for one in used)
    yield Remark(f"waivers in use: {waivers or 'none'}")
    if not signed.formats:
        yield Remark("its raw results are not at hand, so that nobody can verify more of it than its list")
    else:
        yield Remark(f"judged again from the raw results ({', '.join(signed.formats)})")


def _product(product: Product | Mapping[str, Any] | None) -> str:
    if product is None:
        return "no product that is named"
    fields = product._asdict() if isinstance(product, Product) else product
    return ", ".join(excerpt(str(fields[key]), 200) for key in ("vendor", "name", "version") if fields.get(key))


def _cloud(facts: Facts) -> str:
    cloud = facts["cloud"]
    return "no cloud that is named" if cloud is None else f"the cloud {excerpt(str(cloud['identity']), 200)}"


def _policy(verdict: Verdict) -> Remark:
    own = verdict.policy == verdict.guideline.policy
    name = excerpt(verdict.policy.name, 40)
    if own:
        return Remark(f"policy {name}, the guideline's own; judged as of {verdict.as_of}")
    sentence_ = f"policy {name}, which is not the guideline's own; judged as of {verdict.as_of}"
    return Remark(sentence_, is_important=True)


def _times(span: TimeSpan) -> Remark:
    if span.began is None or span.ended is None:
        return Remark("its results do not tell when the tests ran")
    return Remark(f"tests ran from {span.began:%Y-%m-%d %H:%M} to {span.ended:%Y-%m-%d %H:%M} UTC")

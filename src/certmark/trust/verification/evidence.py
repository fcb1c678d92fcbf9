"""What is at hand against what was signed: the digests, the guideline, and the verdict judged again.

What comes of it is computed here: whoever shows a verdict, its times or its waivers takes them from `EvidenceFindings`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.domain.members import homes_of
from certmark.domain.sentences import sentence
from certmark.evidence.artifacts import Artifact, OpenedArtifact, OpenedReport, SignedTarget
from certmark.evidence.rejudging import Computed, rejudged_listed
from certmark.evidence.times import TimeSpan, span_of
from certmark.formats.errors import FormatError, excerpt
from certmark.formats.guideline.reading import read
from certmark.formats.guideline.shipped import path_of_shipped, shipped_text
from certmark.trust.attestations.predicates import (
    OF_THE_SIGNER,
    OF_THE_VERDICT,
    facts_of_bundle,
    facts_of_report,
)
from certmark.trust.attestations.statements import TEST_RESULT, Statement
from certmark.trust.verification import terms
from certmark.trust.verification.findings import (
    Fault,
    StepOutcome,
    StepResult,
    VerificationStep,
    done_without,
    failed,
    not_checked,
    ok,
)
from certmark.trust.verification.requests import TrustPolicy

if TYPE_CHECKING:
    from certmark.domain.guidelines import Guideline
    from certmark.domain.verdict_values import Verdict
    from certmark.evidence.bundle.reading import Bundle
    from certmark.trust.programme.documents import VouchedGuideline

_SHORT = 12


class EvidenceFindings(NamedTuple):
    """What was found of the evidence at hand."""

    steps: tuple[StepResult, ...]
    computed: Computed | None = None
    """The verdict and its times, from raw results; None where there are none, or nobody judged them again."""


def examine(statement: Statement, artifact: Artifact | None, trust: TrustPolicy) -> EvidenceFindings:
    """The steps from the digests to the verdict. Raises OSError where the person's file cannot be read."""
    if artifact is None:
        digests = not_checked(
            VerificationStep.DIGESTS, "what it speaks of is not at hand; name the bundle or the report"
        )
        return _without_evidence(statement, digests, "there is no evidence at hand", trust)
    stranger = _stranger(statement, artifact.target)
    if stranger is not None:
        digests = failed(VerificationStep.DIGESTS, Fault.DIGEST, stranger)
        return _without_evidence(statement, digests, "the evidence at hand is not what was signed", trust)
    try:
        with artifact.open(streams=VerificationStep.VERDICT not in trust.without) as found:
            return _of_opened(statement, found, trust)
    except FormatError as error:
        digests = failed(VerificationStep.DIGESTS, Fault.DIGEST, str(error))
        return _without_evidence(statement, digests, "the evidence at hand cannot be read", trust)


def _without_evidence(statement: Statement, digests: StepResult, why: str, trust: TrustPolicy) -> EvidenceFindings:
    verdict = not_checked(VerificationStep.VERDICT, why)
    return EvidenceFindings((digests, _guideline(statement, trust), verdict))


def _stranger(statement: Statement, target: SignedTarget) -> str | None:
    """Why the file is none of those that were signed; None if it is one."""
    known = {subject.sha256: subject.name for subject in statement.subjects}
    evidence = statement.predicate.get("evidence")
    for item in evidence if isinstance(evidence, list) else ():
        if isinstance(item, dict):
            known[str(item.get("sha256"))] = str(item.get("path"))
    if target.sha256 in known:
        return None
    wanted = ", ".join(f"{one.name} {one.sha256[:_SHORT]}…" for one in statement.subjects[:2])
    found = f"{target.name} (SHA-256 {target.sha256[:_SHORT]}…)"
    return f"{found} is not what was signed ({wanted}): changed, or another one"


def _of_opened(statement: Statement, found: OpenedArtifact, trust: TrustPolicy) -> EvidenceFindings:
    if statement.predicate_type == TEST_RESULT:
        return _of_test_result(found)
    if found.bundle is None and found.report is None:
        digests = ok(VerificationStep.DIGESTS, f"{found.target.name} is one file of the evidence that was signed")
        return _without_evidence(statement, digests, "one file of the evidence is not all of it", trust)
    facts = facts_of_bundle(found.bundle, found.target) if found.bundle is not None else None
    if facts is None and found.report is not None:
        facts = _facts_in_common(statement, found.report)
    differing = list(_differences(statement.predicate, facts or {}))
    first = [_digests(statement, found, differing), *_run(found, trust)]
    guideline = _guideline(statement, trust)
    if VerificationStep.VERDICT in trust.without:
        # Policy, day and waivers are parts of it.
        return EvidenceFindings((*first, guideline, done_without(VerificationStep.VERDICT)))
    meant = _guideline_meant(statement, trust, found.bundle)
    judged = _judged_again(found, meant, trust)
    steps = [*first, _with_hosts(guideline, judged.computed, found.bundle, trust)]
    steps.append(terms.check_policy(statement, meant, _with_policy_of_programme(statement, trust)))
    steps.append(terms.check_day(statement, judged.span.ended, trust))
    if judged.verdict is not None and judged.problem is None:
        from certmark.trust.verification.waivers import check_waivers

        waivers = check_waivers(statement, judged.verdict, found, trust)
        steps += [] if waivers is None else [waivers]
    steps.append(_verdict(judged, differing))
    return EvidenceFindings(tuple(steps), judged.computed)


def _run(found: OpenedArtifact, trust: TrustPolicy) -> Iterator[StepResult]:
    """Results that somebody had already are results; how they came about is on no record."""
    if found.bundle is None or not found.bundle.manifest.is_recorded:
        return
    if VerificationStep.RUN in trust.without:
        yield done_without(VerificationStep.RUN)
        return
    from certmark.evidence.bundle.verification import RECORDED

    yield not_checked(VerificationStep.RUN, RECORDED, Advice(Action.DO_WITHOUT_RUN))


def _with_policy_of_programme(statement: Statement, trust: TrustPolicy) -> TrustPolicy:
    """A programme may say by which policy a guideline of it is judged."""
    digest = statement.predicate["guideline"]["sha256"]
    policy = next((one.policy for one in trust.guidelines or () if one.sha256 == digest), None)
    return trust if policy is None else trust._replace(verdict_policy=policy)


def _of_test_result(found: OpenedArtifact) -> EvidenceFindings:
    return EvidenceFindings(
        (
            ok(VerificationStep.DIGESTS, f"{found.target.name} is the file that was signed"),
            not_checked(
                VerificationStep.GUIDELINE, "a test result names no guideline; verify the verdict's attestation"
            ),
            not_checked(VerificationStep.VERDICT, "a test result claims no verdict; verify the verdict's attestation"),
        )
    )


def _facts_in_common(statement: Statement, report: OpenedReport) -> Mapping[str, Any]:
    """What a report alone tells of the facts that were signed of a bundle."""
    facts = facts_of_report(report)
    if statement.predicate["bundle"] is None:
        return facts
    return {key: facts[key] for key in ("report", "evaluator", *OF_THE_VERDICT)}


def _differences(predicate: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[str]:
    """The fields whose signed value does not follow from the bytes; also those that nobody could derive."""
    for key, value in facts.items():
        if _exactly(predicate.get(key)) != _exactly(value):
            yield key


def _exactly(value: Any) -> str:
    """For comparing: 1, 1.0 and true are three values."""
    return json.dumps(value, sort_keys=True)


def _digests(statement: Statement, found: OpenedArtifact, differing: list[str]) -> StepResult:
    wrong = [key for key in differing if key not in OF_THE_VERDICT]
    if wrong:
        return failed(
            VerificationStep.DIGESTS,
            Fault.DIGEST,
            f"what was signed of {', '.join(wrong)} is not what {found.target.name} says",
        )
    bundle, report = (statement.predicate[key] for key in ("bundle", "report"))
    meant = {one["sha256"] for one in (bundle, report) if one is not None}
    others = [subject for subject in statement.subjects if subject.sha256 not in meant]
    if others or len(statement.subjects) > len(meant):
        name = (others or statement.subjects)[0].name
        sentence_ = f"it speaks of further files, {excerpt(name, 60)} among them, and says nothing of them"
        return failed(VerificationStep.DIGESTS, Fault.DIGEST, sentence_)
    unknown = set(statement.predicate) - {*OF_THE_SIGNER, *OF_THE_VERDICT, *facts_names()}
    remark = f"; {len(unknown)} fields of a newer Certmark were not looked at" if unknown else ""
    count = len(statement.predicate["evidence"])
    if found.bundle is not None:
        overruled = len(found.bundle.manifest.accepted)
        said = f"; what looks like a secret in it {overruled} times is none, says its operator" if overruled else ""
        sentence_ = f"{found.target.name} and its {count} members are those that were signed{said}{remark}"
        return ok(VerificationStep.DIGESTS, sentence_)
    alone = statement.predicate["bundle"] is None
    rest = "" if alone else f"; the {count} members of the bundle are not at hand"
    return ok(VerificationStep.DIGESTS, f"{found.target.name} is the one that was signed{rest}{remark}")


def facts_names() -> tuple[str, ...]:
    """The fields that version 1 derives beside those of the verdict."""
    return ("cloud", "run", "suite", "configuration", "bundle", "report", "evidence", "evaluator")


def _guideline(statement: Statement, trust: TrustPolicy) -> StepResult:
    if VerificationStep.GUIDELINE in trust.without:
        return done_without(VerificationStep.GUIDELINE)
    claimed = statement.predicate.get("guideline")
    if not isinstance(claimed, dict):
        return not_checked(VerificationStep.GUIDELINE, "it names none")
    identity = excerpt(str(claimed.get("id")), 40)
    if trust.guidelines is not None:
        return _in_programme(claimed, trust.guidelines)
    if trust.guideline is not None:
        return _same(claimed, trust.guideline.sha256, "that was named here")
    data = shipped_text(str(claimed.get("id")))
    if data is None:
        return not_checked(
            VerificationStep.GUIDELINE, f"{identity} does not ship with Certmark", Advice(Action.NAME_GUIDELINE_COPY)
        )
    return _same(claimed, hashlib.sha256(data).hexdigest(), "that ships with Certmark")


def _with_hosts(
    guideline: StepResult, computed: Computed | None, bundle: Bundle | None, trust: TrustPolicy
) -> StepResult:
    """`guideline`, unless members or hosts were judged by another one that nobody here vouches for."""
    if guideline.outcome is not StepOutcome.OK or computed is None or bundle is None:
        return guideline
    from certmark.evidence.bundle.reading import guidelines_of

    verdict = computed.verdict
    others = [one for one in guidelines_of(bundle) if one.sha256 != verdict.guideline.sha256]
    for home, is_pinned in homes_of(verdict.guideline, verdict.program, others):
        known = _known_texts(home.id, trust)
        if is_pinned or home.sha256 in known:
            continue
        what = f"hosts or members of it were judged by {excerpt(home.id, 40)} ({home.sha256[:_SHORT]}…)"
        if known:
            problem = f"{what}, which is another text than the one known here"
            return failed(VerificationStep.GUIDELINE, Fault.GUIDELINE, problem)
        advice = Advice(Action.NAME_GUIDELINE_OF_HOST) if trust.guidelines is None else None
        return not_checked(VerificationStep.GUIDELINE, f"{what}, which nobody here vouches for", advice)
    return guideline


def _known_texts(identity: str, trust: TrustPolicy) -> set[str]:
    """The digests of the guideline of this id that somebody here vouches for."""
    if trust.guidelines is not None:
        return {one.sha256 for one in trust.guidelines if one.id == identity}
    beside = {one.sha256 for one in trust.hosts if one.id == identity}
    shipped = shipped_text(identity)
    return beside or (set() if shipped is None else {hashlib.sha256(shipped).hexdigest()})


def _in_programme(claimed: Mapping[str, Any], guidelines: Sequence[VouchedGuideline]) -> StepResult:
    identity, digest = str(claimed.get("id")), str(claimed.get("sha256"))
    if any(one.id == identity and one.sha256 == digest for one in guidelines):
        return ok(VerificationStep.GUIDELINE, f"{excerpt(identity, 40)} is one of the programme's ({digest[:_SHORT]}…)")
    what = "another text of it" if any(one.id == identity for one in guidelines) else "none of the programme's"
    return failed(
        VerificationStep.GUIDELINE,
        Fault.GUIDELINE,
        f"it was judged by {excerpt(identity, 40)} ({digest[:_SHORT]}…), which is {what}",
    )


def _same(claimed: Mapping[str, Any], known: str, which: str) -> StepResult:
    identity, digest = excerpt(str(claimed.get("id")), 40), str(claimed.get("sha256"))
    if digest == known:
        return ok(VerificationStep.GUIDELINE, f"{identity} is the one {which} ({digest[:_SHORT]}…)")
    return failed(
        VerificationStep.GUIDELINE,
        Fault.GUIDELINE,
        f"it was judged by another text of {identity} ({digest[:_SHORT]}…) than the one {which} ({known[:_SHORT]}…)",
    )


class _Judged(NamedTuple):
    """The results at hand, judged again."""

    verdict: Verdict | None
    span: TimeSpan
    problem: str | None = None
    """Why it is not what the report says."""
    unsure: str | None = None
    """Why the results are no record of a run."""
    advice: Advice | None = None
    computed: Computed | None = None
    """Where they are raw ones."""


def _judged_again(found: OpenedArtifact, guideline: Guideline | None, trust: TrustPolicy) -> _Judged:
    if found.report is not None:
        return _listed_judged_again(found.report.parsed, guideline, trust)
    assert found.bundle is not None  # noqa: S101 - for the type checker
    from certmark.evidence.bundle.verification import verify

    verification = verify(found.bundle, without=("secrets",))
    problem = next((f"{one.name}: {one.problem}" for one in verification.checks if one.problem is not None), None)
    computed = verification.computed
    if computed is None:
        return _Judged(None, TimeSpan(None, None), problem)
    lists = [piece for piece in computed.evidence if piece.passes_only]
    unsure = f"{excerpt(lists[0].name, 60)} is a list of names and no record of a run" if lists else None
    return _Judged(computed.verdict, computed.span, problem, unsure, computed=computed)


def _listed_judged_again(report: Mapping[str, Any], guideline: Guideline | None, trust: TrustPolicy) -> _Judged:
    """The results that a report lists: whoever wrote it may have typed them."""
    nothing = TimeSpan(None, None)
    if guideline is None:
        return _Judged(None, nothing, unsure="the guideline that it was judged by is not at hand")
    found = rejudged_listed(report, [guideline, *trust.hosts])
    if found.verdict is None:
        return _Judged(None, nothing, found.problem)
    unsure = "it follows from the results that the report lists, and the raw ones are not at hand"
    span = span_of(found.verdict.results.evidence)
    return _Judged(found.verdict, span, found.problem, unsure, Advice(Action.NAME_BUNDLE))


def _verdict(judged: _Judged, differing: list[str]) -> StepResult:
    step = VerificationStep.VERDICT
    wrong = [key for key in differing if key in OF_THE_VERDICT]
    if wrong:
        return failed(step, Fault.VERDICT, f"the {' and the '.join(wrong)} that was signed is not the report's")
    if judged.problem is not None:
        return failed(step, Fault.VERDICT, judged.problem)
    said = "" if judged.verdict is None else f": {sentence(judged.verdict)}"
    if judged.unsure is not None or judged.computed is None:
        return not_checked(step, f"{judged.unsure}{said}", judged.advice)
    formats = ", ".join(excerpt(one, 40).strip('"') for one in judged.computed.formats)
    return ok(step, f"judged again from the raw results ({formats}){said}")


def _guideline_meant(statement: Statement, trust: TrustPolicy, bundle: Bundle | None = None) -> Guideline | None:
    """The guideline that judged, if it is at hand and one that somebody here vouches for."""
    claimed = statement.predicate["guideline"]
    guideline = trust.guideline or _shipped_guideline(str(claimed["id"]))
    if trust.guidelines is not None and (guideline is None or guideline.sha256 != claimed["sha256"]):
        vouched = any(one.sha256 == claimed["sha256"] for one in trust.guidelines)
        guideline = _guideline_in(bundle, str(claimed["sha256"])) if vouched and bundle is not None else None
    return guideline if guideline is not None and guideline.sha256 == claimed["sha256"] else None


def _guideline_in(bundle: Bundle, sha256: str) -> Guideline | None:
    """The guideline with this digest in a bundle; its name there is its sender's word, its bytes are not."""
    from certmark.evidence.bundle.layout import MemberKind

    for member in bundle.manifest.of(MemberKind.GUIDELINE):
        if member.sha256 == sha256:
            try:
                return read(bundle.content(member.path), member.path.rpartition("/")[2])
            except FormatError:
                return None
    return None


def _shipped_guideline(identity: str) -> Guideline | None:
    data = shipped_text(identity)
    return None if data is None else read(data, path_of_shipped(identity).name)

"""Whether a certificate holds, step by step, for a person who trusts some keys.

1. Envelope, signature, receipt, signer and revocation are looked at as those of an attestation
   (`trust.verification`); the one who must be allowed to speak is the programme's, in the place of a vendor.
2. The verdict is computed here, from the outcomes that the certificate publishes, by the guideline of the digest
   that it names, wherever that text comes from: the signature covers the digest. That the outcomes follow from the
   raw evidence is the programme's word.
3. What has become of it since is told by a status list alone, whose signature is looked at in the same way and which
   is in date. One that cannot be relied on tells nothing: *not checked*, never *certified*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.domain.certification.certificates import CertifiedRun, PublicCertificate
from certmark.domain.certification.status_lists import (
    CertifiedAnswer,
    CertifiedStanding,
    PublicStatusList,
    StatusRow,
    standing_by_list,
)
from certmark.domain.guidelines import Guideline
from certmark.domain.programs import NoSuchProgram
from certmark.domain.replays import NoSuchGuideline
from certmark.domain.results import ContradictoryResults, Results
from certmark.domain.verdict_values import Standing, Verdict
from certmark.evidence.rejudging import JudgementTerms, judge_again
from certmark.formats.errors import FormatError, excerpt
from certmark.trust.certificates.envelopes import NAMESPACE, opened_certificate, opened_status_list
from certmark.trust.envelopes import Envelope
from certmark.trust.errors import InvalidKey
from certmark.trust.keys.keys import PublicKey, public_from_line
from certmark.trust.signers.signers import Claim
from certmark.trust.verification.findings import (
    Fault,
    StepOutcome,
    StepResult,
    VerificationStep,
    VerificationSteps,
    done_without,
    failed,
    not_checked,
    ok,
)
from certmark.trust.verification.receipts import check_receipts
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.verification import check_signatures, check_trust

STEPS = (
    VerificationStep.ENVELOPE,
    VerificationStep.SIGNATURE,
    VerificationStep.RECEIPT,
    VerificationStep.SIGNER,
    VerificationStep.REVOCATION,
    VerificationStep.GUIDELINE,
    VerificationStep.VERDICT,
    VerificationStep.STATUS,
)
"""What is looked at, in this order."""
_SHORT = 12


class CertificateRequest(NamedTuple):
    """Does this certificate hold?"""

    name: str
    certificate: bytes
    trust: TrustPolicy
    """Its signers are those who may sign certificates."""
    receipts: tuple[bytes, ...] = ()
    statuses: bytes | None = None
    """A status list, where one is at hand."""
    guidelines: tuple[Guideline, ...] = ()
    """Texts that are at hand, wherever they come from."""


class CertificateResult(NamedTuple):
    """What was found."""

    findings: VerificationSteps
    certificate: PublicCertificate | None
    """None where it cannot be read."""
    signed_by: tuple[PublicKey, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    """Computed here, one for each run."""
    statuses: PublicStatusList | None = None
    """The list that counts: signed by who may. It may be stale."""
    standing: CertifiedStanding | None = None
    programme: str | None = None
    """By which edition of whose trust document it was looked at, as a sentence; None: the person named files."""

    @property
    def row(self) -> StatusRow | None:
        """What the list says of it."""
        if self.statuses is None or self.certificate is None:
            return None
        return self.statuses.rows.get(self.certificate.number)


def verify_certificate(question: CertificateRequest) -> CertificateResult:
    """Look at everything that is at hand. Never raises for what the sender did."""
    trust = question.trust
    try:
        envelope, certificate = opened_certificate(question.certificate, question.name)
    except (FormatError, RecursionError) as error:
        first = failed(VerificationStep.ENVELOPE, Fault.SIGNATURE, str(error) or "it is nested too deeply")
        rest = (not_checked(step, "there is no certificate to go by") for step in STEPS[1:])
        return CertificateResult(VerificationSteps((first, *rest), trust.without), None)
    steps = [ok(VerificationStep.ENVELOPE, f"certificate {certificate.number}, in a DSSE envelope")]
    signature, signed_by = _signature(envelope, certificate.signer, trust)
    existed = ((certificate.decision.decided, "it was decided"),)
    asked = VerificationRequest(question.name, question.certificate, trust, receipts=question.receipts)
    receipt, moment = check_receipts(asked, existed)
    steps += [signature, receipt, *_trusted(trust, signed_by, certificate, moment)]
    steps.append(guideline_step(certificate, question.guidelines, trust))
    verdict, verdicts = _verdict(certificate, question.guidelines, trust)
    standing, statuses = _standing(question, certificate)
    steps += [verdict, _status(standing)]
    findings = VerificationSteps(tuple(steps), trust.without)
    return CertificateResult(findings, certificate, signed_by, verdicts, statuses, standing)


def _signature(envelope: Envelope, line: str, trust: TrustPolicy) -> tuple[StepResult, tuple[PublicKey, ...]]:
    """Rule 2 of `trust.verification`: by a key that the person trusts, or the one that the payload names."""
    keys = {key.id: key for key in _named(line)} | {
        key.id: key for key in (trust.signers.keys if trust.signers is not None else ())
    }
    found, signed_by = check_signatures(envelope, keys)
    if signed_by and not any(key.id == named.id for key in signed_by for named in _named(line)):
        sentence = "it names another signer than the one who signed it"
        return failed(VerificationStep.SIGNATURE, Fault.SIGNATURE, sentence), ()
    return found, signed_by


def _named(line: str) -> tuple[PublicKey, ...]:
    try:
        return (public_from_line(line, "the key in it"),) if line else ()
    except InvalidKey:
        return ()  # a key that cannot be used is one that is not known


def _trusted(
    trust: TrustPolicy, signed_by: tuple[PublicKey, ...], certificate: PublicCertificate, moment: datetime
) -> Iterator[StepResult]:
    """Whether they may sign certificates of the programme; the greatest age of runs is a rule for attestations."""
    matter = Claim(certificate.programme, product=certificate.subject.product, namespace=NAMESPACE)
    ageless = trust
    if trust.signers is not None:
        ageless = trust._replace(signers=trust.signers._replace(max_age_days=None))
    return check_trust(ageless, signed_by, matter, moment, None, None)


def guideline_step(certificate: PublicCertificate, guidelines: Iterable[Guideline], trust: TrustPolicy) -> StepResult:
    """Whether the text that it was judged by is at hand."""
    step, wanted = VerificationStep.GUIDELINE, certificate.terms.guideline
    if step in trust.without:
        return done_without(step)
    what = f"{excerpt(wanted.id, 40)} ({wanted.sha256[:_SHORT]}…)"
    if trust.guideline is not None and trust.guideline.sha256 != wanted.sha256:
        return failed(step, Fault.GUIDELINE, f"it was judged by {what}, which is another text than the one named here")
    if trust.guideline is None and all(one.sha256 != wanted.sha256 for one in guidelines):
        return not_checked(step, f"the text of {what} is not at hand", Advice(Action.NAME_GUIDELINE_COPY))
    return ok(step, f"the text at hand is that of {what}")


def _verdict(
    certificate: PublicCertificate, guidelines: tuple[Guideline, ...], trust: TrustPolicy
) -> tuple[StepResult, tuple[Verdict, ...]]:
    step, terms = VerificationStep.VERDICT, certificate.terms
    if step in trust.without:
        return done_without(step), ()
    if not certificate.runs:
        return failed(step, Fault.VERDICT, "it publishes no outcomes: nothing was judged"), ()
    at_hand = guidelines if trust.guideline is None else (trust.guideline, *guidelines)
    if all(one.sha256 != terms.guideline.sha256 for one in at_hand):
        return not_checked(step, "the guideline that it was judged by is not at hand"), ()
    try:
        verdicts = tuple(recomputed(certificate, at_hand))
    except (FormatError, ContradictoryResults, NoSuchProgram, NoSuchGuideline) as error:
        return failed(step, Fault.VERDICT, f"its outcomes cannot be judged: {error}"), ()
    for run, verdict in zip(certificate.runs, verdicts, strict=True):
        problem = _contradiction(run, verdict)
        if problem is not None:
            return failed(step, Fault.VERDICT, problem), verdicts
    return ok(step, f"computed here from the published outcomes of {_count(verdicts)}: {_tests(verdicts)}"), verdicts


def recomputed(certificate: PublicCertificate, guidelines: tuple[Guideline, ...]) -> Iterator[Verdict]:
    """The verdict on each run, from the outcomes that are published. Raises what `judge_again` raises."""
    terms = certificate.terms
    told = JudgementTerms(
        terms.guideline.id,
        terms.guideline.sha256,
        terms.program,
        terms.waivers,
        terms.as_of,
        terms.policy,
        terms.hosts,
    )
    return (judge_again(Results(run.evidence), told, guidelines) for run in certificate.runs)


def _contradiction(run: CertifiedRun, verdict: Verdict) -> str | None:
    name = excerpt(run.id, 40)
    if verdict.standing is not run.standing:
        return f"judged here, the outcomes of {name} come to {verdict.standing.value}, not to {run.standing.value}"
    if verdict.totals != run.totals:
        return f"judged here, the outcomes of {name} give other counts of tests than it says"
    if verdict.standing is not Standing.PASS:
        return f"the outcomes of {name} come to {verdict.standing.value}, which nobody certifies"
    return None


def _count(verdicts: tuple[Verdict, ...]) -> str:
    return "one run" if len(verdicts) == 1 else f"{len(verdicts)} runs"


def _tests(verdicts: tuple[Verdict, ...]) -> str:
    passed, counted = (sum(getattr(one.totals, key) for one in verdicts) for key in ("passed", "counted"))
    return f"pass, {passed:,} of {counted:,} required tests that count"


def _standing(
    question: CertificateRequest, certificate: PublicCertificate
) -> tuple[CertifiedStanding, PublicStatusList | None]:
    """What holds now, by the list at hand (rule 3)."""
    moment = question.trust.moment
    if question.statuses is None:
        return standing_by_list(certificate, None, moment), None
    try:
        envelope, listed = opened_status_list(question.statuses, "the status list")
        problem = _unreliable(envelope, listed, certificate, question.trust)
    except FormatError as error:
        return _without_list(certificate, moment, str(error)), None
    if problem is not None:
        return _without_list(certificate, moment, f"the status list cannot be relied on: {problem}"), None
    return standing_by_list(certificate, listed, moment), listed


def _without_list(certificate: PublicCertificate, moment: datetime, why: str) -> CertifiedStanding:
    found = standing_by_list(certificate, None, moment)
    return found._replace(sentence=why) if found.answer is CertifiedAnswer.UNKNOWN else found


def _unreliable(
    envelope: Envelope, listed: PublicStatusList, certificate: PublicCertificate, trust: TrustPolicy
) -> str | None:
    """Why the list tells nothing: who signed it may not speak for the programme now. It has no receipt."""
    signature, signed_by = _signature(envelope, listed.signer, trust)
    if signature.outcome is not StepOutcome.OK:
        return signature.sentence
    if listed.issuer != certificate.issuer:
        return f"it is of {excerpt(listed.issuer, 60)}, and the certificate of {excerpt(certificate.issuer, 60)}"
    if trust.signers is None and VerificationStep.SIGNER not in trust.without:
        return "nobody said who may sign"
    for step in _trusted(trust, signed_by, certificate, trust.moment):
        if step.outcome is StepOutcome.FAILED:
            return step.sentence
    return None


def _status(standing: CertifiedStanding) -> StepResult:
    step = VerificationStep.STATUS
    match standing.answer:
        case CertifiedAnswer.YES:
            return ok(step, standing.sentence)
        case CertifiedAnswer.NO:
            return failed(step, Fault.ENDED, standing.sentence)
        case CertifiedAnswer.UNKNOWN:
            advice = Advice(Action.NAME_STATUS_LIST)
            return not_checked(step, standing.sentence, advice)

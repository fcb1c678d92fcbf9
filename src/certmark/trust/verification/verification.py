"""Whether something signed is so: steps, each with an answer of its own (`findings.Step`).

1. The envelope is read, and its statement understood; nothing else is believed before the signature is sound.
2. A signature is sound if a key made it over exactly these bytes: one that the person trusts, or the one that the
   statement names. The key's id in the envelope is a hint (DSSE); where it helps nothing, every such key is tried.
   A signature that is not sound does not count, and spoils no other.
3. A receipt gives the time that counts (`receipts`); without one it is the time of the check. The signer's word
   for it never counts.
4. Who may speak for whom is asked apart from 2, and a sound signature of a stranger is told as such.
5. Nothing that is not at hand is taken to be right: the step says *not checked*, and the whole does not hold,
   unless the step is one that a programme need not have, or the person does without it by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.evidence.rejudging import Computed
from certmark.formats.errors import FormatError, excerpt
from certmark.trust.attestations.statements import TEST_RESULT, VERDICT, Statement, read_statement
from certmark.trust.envelopes import Envelope, read_envelope
from certmark.trust.errors import InvalidEnvelope, InvalidKey
from certmark.trust.keys.keys import PublicKey, public_from_line
from certmark.trust.signers.signers import Claim, permission
from certmark.trust.sound_signatures import MOST_TRIES, sound_signatures
from certmark.trust.verification.evidence import EvidenceFindings, examine
from certmark.trust.verification.findings import (
    OF_CERTIFICATES,
    Fault,
    StepResult,
    VerificationStep,
    VerificationSteps,
    done_without,
    failed,
    not_checked,
    ok,
)
from certmark.trust.verification.receipts import check_receipts, times_before
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.revocation import withdrawn
from certmark.trust.verification.terms import TOLERANCE

if TYPE_CHECKING:
    from certmark.trust.signers.policy import Revocation


_SIGNED = "%Y-%m-%dT%H:%M:%SZ"
"""How a statement writes the time of its signature."""
_ONLY_OF_VERDICTS = OF_CERTIFICATES | {VerificationStep.POLICY, VerificationStep.DAY, VerificationStep.WAIVERS}
"""Steps that are taken where a verdict and what it rests on, or a certificate, are at hand."""


class VerificationResult(NamedTuple):
    """What was found, and what was signed if it could be read."""

    findings: VerificationSteps
    statement: Statement | None
    signed_by: tuple[PublicKey, ...]
    """Those whose signatures are sound; whether they may sign is another finding."""
    computed: Computed | None = None
    """The verdict and its times, computed here from the raw results; None where that could not be."""
    unused_lines: tuple[str, ...] = ()
    """Lines of the person's lists of signers that were of no use here, each as a sentence."""
    programme: str | None = None
    """By which edition of whose trust document it was looked at, as a sentence; None: the person named files."""

    @property
    def standing(self) -> str | None:
        """The verdict in a word, as it was computed here; else as it is claimed, None where none is."""
        if self.computed is not None:
            return self.computed.verdict.standing.value
        if self.statement is None:
            return None
        verdict, result = (self.statement.predicate.get(key) for key in ("verdict", "result"))
        if isinstance(verdict, dict):
            return str(verdict.get("standing"))
        return None if result is None else {"PASSED": "pass", "WARNED": "pass"}.get(str(result), "fail")


def verify(question: VerificationRequest) -> VerificationResult:
    """Look at everything that is at hand. Never raises for what the sender did; OSError for files of the person."""
    try:
        envelope = read_envelope(question.attestation, question.name)
        statement = read_statement(envelope, question.name)
        check_shape(statement, question.name)
    except (FormatError, RecursionError) as error:
        first = failed(VerificationStep.ENVELOPE, Fault.SIGNATURE, str(error) or "it is nested too deeply")
        rest = [
            not_checked(step, "there is no envelope to go by")
            for step in VerificationStep
            if step not in {VerificationStep.ENVELOPE, *_ONLY_OF_VERDICTS}
        ]
        return VerificationResult(VerificationSteps((first, *rest), question.trust.without), None, ())
    kind = {VERDICT: "a verdict", TEST_RESULT: "a test result"}[statement.predicate_type]
    steps = [ok(VerificationStep.ENVELOPE, f"{kind}, as a statement of in-toto in a DSSE envelope")]
    signature, signed_by = check_signatures(envelope, known_keys(question.trust, statement))
    signature = _by_its_signer(signature, statement, signed_by)
    steps.append(signature)
    receipt, moment = check_receipts(question, times_before(statement))
    steps.append(_received_after(receipt, statement, moment))
    examined = _examined(statement, question, moment)
    matter = matter_of(statement, question.trust)
    steps += check_trust(question.trust, signed_by, matter, moment, statement, ended_of(examined))
    steps += examined.steps
    found = VerificationSteps(tuple(steps), question.trust.without)
    return VerificationResult(found, statement, signed_by, examined.computed)


def _examined(statement: Statement, question: VerificationRequest, moment: datetime) -> EvidenceFindings:
    evidence_steps = (VerificationStep.DIGESTS, VerificationStep.GUIDELINE, VerificationStep.VERDICT)
    if question.trust.without.issuperset(evidence_steps):
        return EvidenceFindings(tuple(done_without(step) for step in evidence_steps))
    return examine(statement, question.artifact, question.trust._replace(moment=moment))


def ended_of(examined: EvidenceFindings) -> datetime | None:
    """When the last test ended, as the raw results tell; None where they do not."""
    return None if examined.computed is None else examined.computed.span.ended


def check_signatures(envelope: Envelope, keys: dict[str, PublicKey]) -> tuple[StepResult, tuple[PublicKey, ...]]:
    """Rule 2: the finding, and the keys whose signatures are sound."""
    found = sound_signatures(envelope, keys.values())
    if not found.keys and found.broken:
        sentence = (
            f"the signature is not that of {found.broken[0].id} over these bytes; it was changed since, or never signed"
        )
        return failed(VerificationStep.SIGNATURE, Fault.SIGNATURE, sentence), ()
    if not found.keys:
        word = excerpt(envelope.signatures[0].keyid, 60) if envelope.signatures[0].keyid else "no key at all"
        count = f"none of the {len(keys)} keys that are known here made it"
        if found.untried:
            count = f"the first {MOST_TRIES:,} tries of the {len(keys):,} keys known here did not find who made it"
        return failed(VerificationStep.SIGNATURE, Fault.SIGNATURE, f"it names {word}, and {count}"), ()
    told = ", ".join(f"{key.id} ({key.algorithm.value})" for key in found.keys)
    strangers = found.strangers + found.untried
    more = f"; {strangers} more by keys that are not known here" if strangers else ""
    more += f"; one that names {found.broken[0].id} is not sound and does not count" if found.broken else ""
    return ok(VerificationStep.SIGNATURE, f"sound, made by {told}{more}"), found.keys


def _by_its_signer(signature: StepResult, statement: Statement, signed_by: tuple[PublicKey, ...]) -> StepResult:
    """`signature`, unless the statement names another signer than any who signed."""
    if statement.predicate_type != VERDICT or not signed_by:
        return signature
    named = statement.predicate["signer"]
    keys = {key.id: key._replace(comment="").line for key in signed_by}
    if named in [{"keyid": keyid, "key": line} for keyid, line in keys.items()]:
        return signature
    sentence = f"it names {excerpt(str(named.get('keyid')), 60)} as its signer, which did not sign it"
    return failed(VerificationStep.SIGNATURE, Fault.SIGNATURE, sentence)


def _received_after(receipt: StepResult, statement: Statement, moment: datetime) -> StepResult:
    """`receipt`, unless the statement says that it was signed after the time that counts."""
    told = statement.predicate.get("signed")
    if statement.predicate_type != VERDICT:
        return receipt
    signed = datetime.strptime(str(told), _SIGNED).replace(tzinfo=UTC)
    if signed <= moment + TOLERANCE:
        return receipt
    sentence = f"it says that it was signed on {signed:%Y-%m-%d}, and that is after {moment:%Y-%m-%d}"
    return failed(VerificationStep.RECEIPT, Fault.RECEIPT, sentence)


def check_trust(
    trust: TrustPolicy,
    signed_by: tuple[PublicKey, ...],
    matter: Claim,
    moment: datetime,
    statement: Statement | None,
    ended: datetime | None,
) -> Iterator[StepResult]:
    """Rule 4: may they say this, and was it revoked. `ended` is the last test's end, as the raw results tell."""
    counting = trust.unrevoked(signed_by, moment)
    if len(counting) < len(signed_by) and not _enough(trust, counting, matter, moment):
        counting = signed_by  # the revoked ones are needed; that is another step's failure
    yield _signer(trust, counting, matter, moment, statement, ended)
    yield _revocation(trust, counting, signed_by, moment, statement)


def _enough(trust: TrustPolicy, keys: tuple[PublicKey, ...], matter: Claim, moment: datetime) -> bool:
    """Whether the signatures of `keys` alone would do."""
    return trust.signers is not None and bool(keys) and permission(trust.signers, keys, matter, moment).allowed


def _signer(  # noqa: PLR0911 - one answer for each thing that may be missing
    trust: TrustPolicy,
    signed_by: tuple[PublicKey, ...],
    matter: Claim,
    moment: datetime,
    statement: Statement | None,
    ended: datetime | None,
) -> StepResult:
    if VerificationStep.SIGNER in trust.without:
        return done_without(VerificationStep.SIGNER)
    if not signed_by:
        return not_checked(VerificationStep.SIGNER, "there is no sound signature to ask about")
    if trust.signers is None:
        return not_checked(
            VerificationStep.SIGNER,
            "nobody said who may sign",
            Advice(Action.NAME_SIGNERS),
        )
    product = statement.predicate.get("product") if statement is not None else None
    vendor = product.get("vendor") if isinstance(product, dict) else None
    if trust.principal is not None and vendor is not None and str(vendor).casefold() != trust.principal.casefold():
        sentence = f"it is signed for {excerpt(str(vendor), 60)}, not for {excerpt(trust.principal, 60)}"
        return failed(VerificationStep.SIGNER, Fault.SIGNER, sentence)
    answer = permission(trust.signers, signed_by, matter, moment)
    if not answer.allowed:
        fault = Fault.EXPIRED if answer.expired else Fault.SIGNER
        return failed(VerificationStep.SIGNER, fault, answer.sentence, answer.advice)
    limit = trust.signers.max_age_days
    if limit is not None and ended is None:
        wish = f"{trust.signers.source} asks for tests of the last {limit} days"
        return not_checked(VerificationStep.SIGNER, f"{wish}, and no raw results tell when they ran")
    if limit is not None and ended is not None and trust.moment - ended > timedelta(days=limit):
        sentence = f"the tests ran on {ended:%Y-%m-%d}; {trust.signers.source} asks for at most {limit} days"
        return failed(VerificationStep.SIGNER, Fault.EXPIRED, sentence)
    return ok(VerificationStep.SIGNER, answer.sentence)


def _revocation(
    trust: TrustPolicy,
    counting: tuple[PublicKey, ...],
    signed_by: tuple[PublicKey, ...],
    moment: datetime,
    statement: Statement | None,
) -> StepResult:
    """A revoked key is a failure, unless those that count are enough without it."""
    listed = trust.revocations
    if listed is None:
        return not_checked(VerificationStep.REVOCATION, "no list of revocations was given")
    told = {
        key.id: _how_revoked(key, found) for key in signed_by if (found := trust.revocation_of(key, moment)) is not None
    }
    for key in counting:
        if key.id in told:
            return failed(VerificationStep.REVOCATION, Fault.REVOKED, told[key.id])
    gone = withdrawn(listed, statement, moment) if statement is not None else None
    if gone is not None:
        return failed(VerificationStep.REVOCATION, Fault.REVOKED, gone)
    rest = f"{'; '.join(told.values())}; it does not count, and the others are enough" if told else ""
    if listed.unchecked is not None:
        what = f"{listed.source} cannot be relied on ({listed.unchecked})"
        return not_checked(VerificationStep.REVOCATION, f"{what}: {rest}" if rest else what)
    return ok(VerificationStep.REVOCATION, rest or f"nothing of it is in {listed.source}")


def _how_revoked(key: PublicKey, found: Revocation) -> str:
    since = f" on {found.since:%Y-%m-%d}" if found.since else ""
    return f"the key {key.id} was revoked{since}: {excerpt(found.reason)}"


def known_keys(trust: TrustPolicy, statement: Statement) -> dict[str, PublicKey]:
    """The person's keys, and the one that the statement names: enough to see that its owner made the signature."""
    keys: dict[str, PublicKey] = {}
    signer = statement.predicate.get("signer")
    if isinstance(signer, dict) and isinstance(signer.get("key"), str):
        try:
            key = public_from_line(signer["key"], "the key in the statement")
            keys[key.id] = key
        except InvalidKey:
            pass  # a key that cannot be used is one that is not known
    return keys | {key.id: key for key in (trust.signers.keys if trust.signers else ())}


def matter_of(statement: Statement, trust: TrustPolicy) -> Claim:
    """Who would have to be allowed to say it."""
    product, cloud = (statement.predicate.get(key) for key in ("product", "cloud"))
    vendor = product.get("vendor") if isinstance(product, dict) else None
    name = product.get("name") if isinstance(product, dict) else None
    identity = cloud.get("identity") if isinstance(cloud, dict) else None
    return Claim(_text(vendor) or trust.principal, _text(identity), _text(name))  # one that is named must be the other


def _text(value: Any) -> str | None:
    return value[:1_000] if isinstance(value, str) else None


_SHAPE: dict[str, tuple[type, ...]] = {
    "product": (dict, type(None)),
    "cloud": (dict, type(None)),
    "run": (dict,),
    "suite": (dict, type(None)),
    "configuration": (dict, type(None)),
    "guideline": (dict,),
    "policy": (dict,),
    "waivers": (list,),
    "verdict": (dict,),
    "bundle": (dict, type(None)),
    "report": (dict,),
    "evidence": (list,),
    "evaluator": (dict,),
    "signed": (str,),
    "signer": (dict,),
}


def check_shape(statement: Statement, name: str) -> None:
    """Raise InvalidEnvelope unless the statement says what a statement of its kind says."""
    if statement.predicate_type == TEST_RESULT:
        return
    if statement.predicate_type != VERDICT:
        raise InvalidEnvelope(
            f"{name} says {excerpt(statement.predicate_type)}, which this Certmark does not know; "
            "verify it with the software that made it, or a newer one"
        )
    for key, types in _SHAPE.items():
        if key not in statement.predicate or not isinstance(statement.predicate[key], types):
            raise InvalidEnvelope(f'{name}: its statement has no sound "{key}"; ask its signer for another')
    for key, inner in (("verdict", "standing"), ("verdict", "sentence"), ("guideline", "id"), ("guideline", "sha256")):
        if not isinstance(statement.predicate[key].get(inner), str):
            raise InvalidEnvelope(
                f'{name}: its statement has no sound "{inner}" of the {key}; ask its signer for another'
            )
    _check_product(statement.predicate["product"], name)
    try:
        datetime.strptime(statement.predicate["signed"], _SIGNED)  # noqa: DTZ007 - the Z is part of it
    except ValueError as error:
        raise InvalidEnvelope(f'{name}: "signed" in its statement is no time; ask its signer for another') from error


def _check_product(product: Any, name: str) -> None:
    if product is None:
        return
    optional = (str, type(None))
    is_sound = isinstance(product, dict) and product.keys() == {"vendor", "name", "version"}
    if not is_sound or not all(isinstance(product[key], str) for key in ("vendor", "name")):
        raise InvalidEnvelope(f"{name}: its statement does not name its product as Certmark does; ask its signer")
    if not isinstance(product["version"], optional):
        raise InvalidEnvelope(f"{name}: the version of the product in its statement is no text; ask its signer")

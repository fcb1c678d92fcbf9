"""Receipts in a verification: the time that counts, and what no receipt can do for a key that was revoked or expired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from certmark.evidence.artifacts import artifact_of
from certmark.trust.log.checkpoints import WitnessPolicy, cosign
from certmark.trust.log.log import Log, MemoryStore
from certmark.trust.log.notes import NoteKind
from certmark.trust.log.receipts import issue_receipts, renew_receipt
from certmark.trust.signers.policy import Revocation, Revocations
from certmark.trust.verification.findings import Fault, StepOutcome
from certmark.trust.verification.receipts import times_before
from certmark.trust.verification.requests import VerificationRequest
from certmark.trust.verification.verification import VerificationResult, verify
from support.log_keys import signer_of
from support.signed import KEY, NOW, Signed

LOG = signer_of("example.org/log")
WITNESSES = [signer_of(f"w{number}.example", 20 + number, NoteKind.COSIGNATURE) for number in range(2)]
DAY = timedelta(days=1)
LATER = NOW + 30 * DAY


def receipt_of(attestation: bytes, received: datetime, *cosigned: datetime) -> bytes:
    log = Log("example.org/log", MemoryStore())
    (receipt,) = issue_receipts(log, [attestation], received, [LOG])
    note = log.checkpoint([LOG])
    for witness, moment in zip(WITNESSES, cosigned, strict=False):
        note = cosign(note, [LOG.key], None, (), witness, time=int(moment.timestamp()))
    return renew_receipt(log, receipt, note)


def ask(signed: Signed, attestation: bytes, receipt: bytes, since: datetime, quorum: int = 0) -> VerificationResult:
    """A month later, by somebody who knows that KEY was revoked since a day, and asks for a quorum of witnesses."""
    listed = Revocations("list", {KEY.keyid: Revocation("stolen", since)}, {})
    witnesses = WitnessPolicy(tuple(one.key for one in WITNESSES), quorum)
    trust = signed.trust(moment=LATER, revocations=listed, log_keys=(LOG.key,), witnesses=witnesses)
    return verify(VerificationRequest("it", attestation, trust, artifact_of(signed.bundle), (receipt,)))


def failures(answer: VerificationResult) -> dict[str, Fault | None]:
    return {step.step.value: step.fault for step in answer.findings.steps if step.outcome is StepOutcome.FAILED}


def test_a_receipt_of_before_the_revocation_spares_the_key(signed: Signed) -> None:
    attestation = signed.attestation()
    assert failures(ask(signed, attestation, receipt_of(attestation, NOW), NOW + DAY)) == {}
    assert failures(ask(signed, attestation, receipt_of(attestation, NOW + 2 * DAY), NOW + DAY)) == {
        "revocation": Fault.REVOKED
    }


@pytest.mark.parametrize("years", [1, 55])
def test_a_receipt_of_before_the_run_is_refused_and_revives_no_key(signed: Signed, years: int) -> None:
    attestation = signed.attestation()
    ended = min(moment for moment, _ in times_before(signed.statement()))
    answer = ask(signed, attestation, receipt_of(attestation, ended - 365 * years * DAY), ended - DAY)
    assert failures(answer) == {"receipt": Fault.RECEIPT, "revocation": Fault.REVOKED}


def test_a_receipt_of_before_it_says_that_it_was_signed_is_refused(signed: Signed) -> None:
    attestation = signed.attestation(signed=f"{NOW + 2 * DAY:%Y-%m-%dT%H:%M:%SZ}")
    answer = ask(signed, attestation, receipt_of(attestation, NOW), NOW + DAY)
    assert failures(answer) == {"receipt": Fault.RECEIPT, "revocation": Fault.REVOKED}
    (sentence,) = (step.sentence for step in answer.findings.steps if step.fault is Fault.RECEIPT)
    assert sentence.endswith("and it was signed on 2026-11-24 12:00 UTC; it cannot have come before that")


def test_a_receipt_of_after_the_check_is_refused(signed: Signed) -> None:
    attestation = signed.attestation()
    answer = ask(signed, attestation, receipt_of(attestation, LATER + DAY), LATER + DAY)
    assert failures(answer) == {"receipt": Fault.RECEIPT}


def test_where_witnesses_are_asked_for_the_logs_word_spares_no_key(signed: Signed) -> None:
    """The log says a day before the revocation; the second of two witnesses saw it the day after."""
    attestation = signed.attestation()
    receipt = receipt_of(attestation, NOW, NOW + timedelta(hours=2), NOW + 2 * DAY)
    assert failures(ask(signed, attestation, receipt, NOW + DAY)) == {}
    assert failures(ask(signed, attestation, receipt, NOW + DAY, quorum=1)) == {}
    assert failures(ask(signed, attestation, receipt, NOW + DAY, quorum=2)) == {"revocation": Fault.REVOKED}


def test_an_earlier_end_of_the_run_than_the_results_tell_is_found_whatever_the_receipt_says(signed: Signed) -> None:
    ended = min(moment for moment, _ in times_before(signed.statement()))
    early = (ended - 400 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    attestation = signed.attestation(run={"ended": early}, signed=early)
    answer = ask(signed, attestation, receipt_of(attestation, ended - 300 * DAY), ended - DAY)
    assert failures(answer) == {"digests": Fault.DIGEST, "day": Fault.VERDICT}


def test_the_step_says_by_when_enough_witnesses_had_seen_it(signed: Signed) -> None:
    attestation = signed.attestation()
    receipt = receipt_of(attestation, NOW, NOW + timedelta(hours=2), NOW + DAY)
    answer = ask(signed, attestation, receipt, LATER, quorum=2)
    (sentence,) = (step.sentence for step in answer.findings.steps if step.step.value == "receipt")
    assert sentence == (
        "entry 0 of example.org/log, received 2026-11-22 12:00 UTC, "
        "seen by w0.example and w1.example, enough of them by 2026-11-23 12:00 UTC"
    )


def test_times_that_no_calendar_has_bound_nothing(signed: Signed) -> None:
    statement = signed.statement()
    odd = statement._replace(predicate={**statement.predicate, "signed": "yesterday", "run": {"ended": "soon"}})
    assert times_before(odd) == ()
    assert times_before(statement)[-1] == (NOW.astimezone(UTC), "it was signed")

"""What receipts say of the time: by when an attestation was on record.

1. A receipt counts if the log's key signed it, its entry is in the log and it is of exactly this attestation.
2. Where witnesses are asked for, the time that counts is the one by which a quorum of them had seen it in the log,
   not the log's word.
3. It cannot have come before the run ended or before it says that it was signed, nor after the check: a receipt that
   says so is refused, and what depends on it (a key that was revoked or has expired since) is asked about as if
   there were none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from certmark.domain.advice import Action, Advice
from certmark.trust.errors import TrustError
from certmark.trust.verification.findings import Fault, StepResult, VerificationStep, failed, not_checked, ok

if TYPE_CHECKING:
    from certmark.trust.attestations.statements import Statement
    from certmark.trust.log.receipts import Receipt
    from certmark.trust.verification.requests import VerificationRequest


def check_receipts(
    question: VerificationRequest, existed: Sequence[tuple[datetime, str]]
) -> tuple[StepResult, datetime]:
    """The finding, and the time that counts: the earliest of the receipts, else that of the check.

    `existed` are times before which no log can have had it, and what happened then.
    """
    step, now = VerificationStep.RECEIPT, question.trust.moment
    if not question.receipts:
        return not_checked(step, "none was given"), now
    if not question.trust.log_keys:
        return not_checked(step, "no key of a log was given", Advice(Action.NAME_LOG_KEY)), now
    from certmark.trust.log.checkpoints import WitnessPolicy
    from certmark.trust.log.receipts import check_receipt, time_of

    found = []
    witnesses = question.trust.witnesses or WitnessPolicy()
    for data in question.receipts:
        try:
            receipt = check_receipt(data, question.attestation, question.trust.log_keys, witnesses)
            found.append((time_of(receipt, now, existed), receipt))
        except TrustError as error:
            return failed(step, Fault.RECEIPT, str(error)), now
    sentences = (_sentence(receipt) for _, receipt in found)
    return ok(step, "; ".join(sentences)), min(now, *(moment for moment, _ in found))


def times_before(statement: Statement) -> tuple[tuple[datetime, str], ...]:
    """Times in a statement before which no log can have had it.

    They are its signer's word, which the later steps compare with the results; to say an earlier time gains nothing.
    """
    run = statement.predicate.get("run")
    ended = _time(run.get("ended")) if isinstance(run, dict) else None
    signed = _time(statement.predicate.get("signed"))
    found = ((ended, "the tests ended"), (signed, "it was signed"))
    return tuple((moment, what) for moment, what in found if moment is not None)


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None


def _sentence(receipt: Receipt) -> str:
    seen = " and ".join(dict.fromkeys(one.name for one in receipt.witnessed))
    if receipt.cosigned is not None:
        seen = f"{seen}, enough of them by {receipt.cosigned:%Y-%m-%d %H:%M} UTC"
    words = f"entry {receipt.place:,} of {receipt.log}, received {receipt.received:%Y-%m-%d %H:%M} UTC"
    return f"{words}, seen by {seen}" if receipt.witnessed else words

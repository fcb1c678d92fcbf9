"""Whether a published guideline may be believed: its index first, then the text and what was signed of it.

1. The index is signed by somebody who may speak for the publisher that it names, by a key that was not revoked. Nothing
   of it is looked at before its signature is sound.
2. It is in date, no older than the one that was last seen of this publisher, and keeps every revision of that one.
3. The text is the one that the index names, whole.
4. Somebody who may speak for the publisher signed the statement on it, which says what the index says.
5. Where a receipt is there and the key of a log is known, the log has the statement.
6. A programme that names the guidelines that count is asked whether this text is among them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from certmark.domain.editions import why_not_instead, why_outdated
from certmark.domain.published_revisions import PublishedRevision, why_rewritten
from certmark.formats.errors import FormatError
from certmark.trust.envelopes import Envelope, read_envelope
from certmark.trust.errors import TrustError
from certmark.trust.keys.keys import PublicKey
from certmark.trust.log.checkpoints import WitnessPolicy
from certmark.trust.log.receipts import check_receipt, time_of
from certmark.trust.publications.documents import (
    NAMESPACE,
    GuidelineIndex,
    check_statement,
    open_index,
    read_index,
    stamp,
)
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
from certmark.trust.verification.requests import TrustPolicy
from certmark.trust.verification.verification import check_signatures, check_trust

_Step = VerificationStep


class CheckedIndex(NamedTuple):
    """An index, and what was found of it."""

    contents: GuidelineIndex | None
    """None: it cannot be read, or nobody known signed it."""
    steps: VerificationSteps
    envelope: bytes


class RevisionParts(NamedTuple):
    """What came of a published revision."""

    text: bytes | None
    """None: it is not there; likewise of the others."""
    statement: bytes | None
    receipt: bytes | None


Recall = Callable[[str], bytes | None]
"""The index that was last believed of a publisher, by its name; None: none was seen before."""


def check_index(data: bytes, name: str, trust: TrustPolicy, recall: Recall = lambda _: None) -> CheckedIndex:
    """Rules 1 and 2. Never raises for what came; what is recalled was written here, and raises InvalidEnvelope."""
    try:
        envelope = open_index(data, name)
    except FormatError as error:
        return _unreadable(data, _Step.ENVELOPE, str(error), trust)
    signature, keys = _signatures(envelope, "index", trust)
    if signature.outcome is StepOutcome.FAILED:
        return CheckedIndex(None, VerificationSteps((signature,), trust.without), data)
    try:
        index = read_index(envelope, name)
    except FormatError as error:
        return _unreadable(data, _Step.ENVELOPE, str(error), trust)
    told = ok(_Step.ENVELOPE, f"edition {index.number} of the index of {index.name}, of {stamp(index.issued)}")
    steps = (told, signature, *_trusted(trust, keys, index.name), _fresh(index, keys, trust, recall(index.name)))
    return CheckedIndex(index, VerificationSteps(steps, _waived(trust)), data)


def _unreadable(data: bytes, step: VerificationStep, sentence: str, trust: TrustPolicy) -> CheckedIndex:
    return CheckedIndex(None, VerificationSteps((failed(step, Fault.SIGNATURE, sentence),), trust.without), data)


def _signatures(envelope: Envelope, what: str, trust: TrustPolicy) -> tuple[StepResult, tuple[PublicKey, ...]]:
    """Whose signatures are sound; where nobody was named, nothing can be told of them."""
    if trust.signers is None:
        if _Step.SIGNER in trust.without:
            return done_without(_Step.SIGNATURE), ()
        return not_checked(_Step.SIGNATURE, "no key was named by which it could be checked"), ()
    found, keys = check_signatures(envelope, {key.id: key for key in trust.signers.keys})
    return found._replace(sentence=f"of the {what}: {found.sentence}"), keys


def _waived(trust: TrustPolicy) -> frozenset[VerificationStep]:
    """Whoever does without asking who signed names no key, and without one nothing can be told of a signature."""
    is_blind = trust.signers is None and _Step.SIGNER in trust.without
    return trust.without | ({_Step.SIGNATURE} if is_blind else frozenset())


def _trusted(trust: TrustPolicy, keys: tuple[PublicKey, ...], publisher: str) -> Iterator[StepResult]:
    signers = None if trust.signers is None else trust.signers._replace(max_age_days=None)  # that is of test runs
    asked = trust._replace(signers=signers, principal=None)
    if trust.principal is not None and trust.principal != publisher:
        sentence = f"it is of {publisher}, not of {trust.principal}"
        yield failed(_Step.SIGNER, Fault.SIGNER, sentence)
        return
    yield from check_trust(asked, keys, Claim(publisher, namespace=NAMESPACE), trust.moment, None, None)


def _fresh(index: GuidelineIndex, keys: tuple[PublicKey, ...], trust: TrustPolicy, seen: bytes | None) -> StepResult:
    """Rule 2."""
    if _Step.DAY in trust.without:
        return done_without(_Step.DAY)
    ids = {key.id for key in keys} or {"nobody was asked"}  # whose it is, another step says
    edition = index.edition(ids)
    problem = why_outdated(edition, trust.moment)
    if problem is not None:
        return failed(_Step.DAY, Fault.EXPIRED, f"the index cannot be used: {problem}")
    if seen is None:
        return ok(_Step.DAY, f"it holds until {stamp(index.expires)}; none was seen here before")
    before = read_index(open_index(seen, "the index that was last seen"), "the index that was last seen")
    problem = why_not_instead(before.edition(ids), edition) or why_rewritten(before.revisions, index.revisions)
    if problem is not None:
        return failed(_Step.DAY, Fault.DIGEST, f"the index is not what follows edition {before.number}: {problem}")
    return ok(_Step.DAY, f"it holds until {stamp(index.expires)}, and edition {before.number} was seen before")


def check_revision(
    index: GuidelineIndex, one: PublishedRevision, parts: RevisionParts, trust: TrustPolicy
) -> VerificationSteps:
    """Rules 3 to 6. Never raises for what came."""
    steps = [_text(one, parts.text), *_statement(index, one, parts, trust)]
    return VerificationSteps((*steps, _vouched(one, trust)), _waived(trust))


def _text(one: PublishedRevision, text: bytes | None) -> StepResult:
    """Rule 3."""
    if text is None:
        return failed(_Step.DIGESTS, Fault.DIGEST, f"the text of {one.name}, is not where the index says")
    if len(text) < one.size and sha256(text).hexdigest() != one.sha256:
        sentence = f"{len(text):,} of {one.size:,} bytes of {one.name}, came; the rest broke off"
        return failed(_Step.DIGESTS, Fault.DIGEST, sentence)
    if sha256(text).hexdigest() != one.sha256 or len(text) != one.size:
        return failed(_Step.DIGESTS, Fault.DIGEST, f"the bytes are not those of {one.name}: they were changed")
    return ok(_Step.DIGESTS, f"the text is that of {one.name}, SHA-256 {one.sha256}")


def _statement(
    index: GuidelineIndex, one: PublishedRevision, parts: RevisionParts, trust: TrustPolicy
) -> Iterator[StepResult]:
    """Rules 4 and 5; what holds is told by the index's own step already."""
    if parts.statement is None:
        yield failed(_Step.SIGNATURE, Fault.SIGNATURE, f"{one.name}, is not signed: there is no statement on it")
        return
    try:
        envelope = read_envelope(parts.statement, f"the statement on {one.name},")
        check_statement(envelope, index.name, one, f"the statement on {one.name},")
    except FormatError as error:
        yield failed(_Step.SIGNATURE, Fault.SIGNATURE, str(error))
        return
    signature, keys = _signatures(envelope, "text", trust)
    yield signature
    receipt, moment = _receipt(one, parts, trust)
    signed = trust._replace(moment=moment)
    yield from (step for step in _trusted(signed, keys, index.name) if step.outcome is StepOutcome.FAILED)
    yield receipt


def _receipt(one: PublishedRevision, parts: RevisionParts, trust: TrustPolicy) -> tuple[StepResult, dt.datetime]:
    """Rule 5, and the time that counts for the keys that signed it."""
    if parts.receipt is None:
        return not_checked(_Step.RECEIPT, "there is none"), trust.moment
    if not trust.log_keys:
        return not_checked(_Step.RECEIPT, "no key of a log was given"), trust.moment
    try:
        found = check_receipt(parts.receipt, parts.statement or b"", trust.log_keys, trust.witnesses or WitnessPolicy())
        moment = time_of(found, trust.moment, [(one.published, "it was published")])
    except TrustError as error:
        return failed(_Step.RECEIPT, Fault.RECEIPT, str(error)), trust.moment
    sentence = f"entry {found.place:,} of {found.log}, received {found.received:%Y-%m-%d %H:%M} UTC"
    return ok(_Step.RECEIPT, sentence), moment


def _vouched(one: PublishedRevision, trust: TrustPolicy) -> StepResult:
    """Rule 6."""
    if _Step.GUIDELINE in trust.without:
        return done_without(_Step.GUIDELINE)
    if trust.guidelines is None:
        return ok(_Step.GUIDELINE, f"{one.name}; nobody here limits which guidelines count")
    if any(vouched.sha256 == one.sha256 for vouched in trust.guidelines):
        return ok(_Step.GUIDELINE, f"{one.name}, is one of those that the programme names")
    return failed(_Step.GUIDELINE, Fault.GUIDELINE, f"{one.name}, is none of those that the programme names")


def joined(parts: Sequence[VerificationSteps]) -> VerificationSteps:
    """What several looks found, as one."""
    waived = frozenset(step for part in parts for step in part.waived)
    return VerificationSteps(tuple(step for part in parts for step in part.steps), waived)

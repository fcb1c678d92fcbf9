"""An attestation, verified against the bytes that it speaks of, as `certmark verify` does: nothing is believed.

1. No step may have failed; envelope, signature and digests must hold.
2. Whoever wrote a signature into it must have made it, as far as the key is known here: an envelope with one that is
   not sound is refused, though `verify` would pass over it, since what is countersigned stands in the log for ever.
3. The guideline, and those of hosts, are among the server's wherever it has one of that id.
4. Who may speak for a vendor is not known here: the signers are named, and nobody is believed for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from certmark.evidence.artifacts import Artifact
from certmark.formats.sources import FileSource
from certmark.server.reading.claims import facts_in
from certmark.server.reading.messages import AttestationRequest, KnownGuideline, ReadAttestation
from certmark.trust.attestations.statements import TEST_RESULT, Statement, read_statement
from certmark.trust.envelopes import LARGEST, read_envelope
from certmark.trust.errors import InvalidEnvelope
from certmark.trust.programme.documents import VouchedGuideline
from certmark.trust.sound_signatures import sound_signatures
from certmark.trust.verification.findings import StepOutcome, VerificationStep
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.verification import VerificationResult, known_keys, verify

_NEEDED: Final = (VerificationStep.ENVELOPE, VerificationStep.SIGNATURE, VerificationStep.DIGESTS)
_ANOTHERS: Final = frozenset({VerificationStep.RECEIPT, VerificationStep.REVOCATION})
"""Steps that are not the server's: it gives the receipt."""


def verified(request: AttestationRequest, source: FileSource) -> ReadAttestation:
    """What an envelope says of `source`, where all of it holds. Raises InvalidEnvelope, or OSError."""
    with Path(request.path).open("rb") as file:
        data = file.read(LARGEST + 1)
    envelope = read_envelope(data, request.name)
    statement = read_statement(envelope, request.name)
    artifact = Artifact(source)
    if statement.predicate_type == TEST_RESULT:
        raise InvalidEnvelope(f"{request.name} is a test result, which claims no verdict; send the verdict's")
    if artifact.target.sha256 not in {subject.sha256 for subject in statement.subjects}:
        raise InvalidEnvelope(
            f"{request.name} speaks of other bytes than those of {artifact.name}, whose SHA-256 is "
            f"{artifact.target.sha256}; send that of these"
        )
    moment = dt.datetime.fromisoformat(request.moment)
    trust = TrustPolicy(moment, guidelines=_vouched(statement, request.at_hand))
    found = verify(VerificationRequest(request.name, data, trust, artifact))
    _check(found, request.name)
    sound = sound_signatures(envelope, known_keys(trust, statement).values())
    if sound.broken:
        raise InvalidEnvelope(f"{request.name} has a signature that names {sound.broken[0].id}, which did not make it")
    return ReadAttestation(
        signers=tuple(key.id for key in sound.keys),
        unchecked=tuple(
            one.step.value
            for one in found.findings.steps
            if one.outcome is StepOutcome.NOT_CHECKED and one.step not in _ANOTHERS
        ),
        facts=facts_in(statement.predicate),
    )


def _vouched(statement: Statement, at_hand: Sequence[KnownGuideline]) -> tuple[VouchedGuideline, ...] | None:
    """Rule 3; None: the server has none of this id, and those that ship along are looked at."""
    claimed = statement.predicate.get("guideline")
    named = claimed.get("id") if isinstance(claimed, dict) else None
    if all(one.id != named for one in at_hand):
        return None
    return tuple(VouchedGuideline(one.id, one.sha256) for one in at_hand)


def _check(found: VerificationResult, name: str) -> None:
    """Rule 1."""
    for one in found.findings.steps:
        is_missing = one.step in _NEEDED and one.outcome is not StepOutcome.OK
        if one.outcome is StepOutcome.FAILED or is_missing:
            raise InvalidEnvelope(f"{name} does not hold ({one.step.value}): {one.sentence}")

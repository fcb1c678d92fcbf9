"""A bundle, keys, and attestations of it, made without a cloud."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from certmark.evidence.artifacts import artifact_of
from certmark.evidence.bundle import write_bundle
from certmark.evidence.bundle.reading import read
from certmark.formats.guideline import load
from certmark.formats.sources import source_of
from certmark.trust.attestations.predicates import Product, facts_of_bundle, verdict_statement
from certmark.trust.attestations.statements import PAYLOAD_TYPE, Statement, write_statement
from certmark.trust.envelopes import seal, write_envelope
from certmark.trust.keys.files import FileSigner, new_key
from certmark.trust.keys.keys import Algorithm
from certmark.trust.signers.signers import any_key
from certmark.trust.verification.findings import StepOutcome, StepResult
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.verification import VerificationResult, verify
from support.recorded_run import record_run

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = new_key(Algorithm.ED25519, "ops@acme.example")
OTHER = new_key(Algorithm.ED25519, "somebody@else.example")
PRODUCT = Product("Acme", "Acme Cloud", "12")
ALL_OK = dict.fromkeys(("envelope", "signature", "signer", "digests", "guideline", "policy", "day", "verdict"), "ok")

UNJUDGED = {key: word for key, word in ALL_OK.items() if key not in {"policy", "day"}}
"""The steps where no verdict is claimed."""


class Signed:
    """A bundle in a folder, and how to sign it."""

    def __init__(self, folder: Path) -> None:
        self.run = record_run(folder / "run")
        self.bundle = write_bundle(self.run)
        self.guideline = load(str(self.run / "guideline" / "list.txt"))

    def statement(self, product: Product | None = PRODUCT, signer: FileSigner = KEY) -> Statement:
        """What a signer says of the bundle."""
        target = artifact_of(self.bundle).target
        with read(source_of(self.bundle)) as bundle:
            facts = facts_of_bundle(bundle, target)
        return verdict_statement(facts, target, product, signer.public, NOW)

    def attestation(self, *signers: FileSigner, **changes: Any) -> bytes:
        """The envelope, signed by `signers` (default: KEY); `changes` replace fields of the predicate."""
        statement = self.statement(signer=(signers or (KEY,))[0])
        statement = statement._replace(predicate=changed(statement.predicate, changes))
        return write_envelope(seal(PAYLOAD_TYPE, write_statement(statement), signers or (KEY,)))

    def trust(self, **given: Any) -> TrustPolicy:
        """A person who trusts KEY and this guideline."""
        usual: dict[str, Any] = {"moment": NOW, "signers": any_key([KEY.public]), "guideline": self.guideline}
        return TrustPolicy(**{**usual, **given})

    def ask(self, attestation: bytes, target: str | None = None, **given: Any) -> VerificationResult:
        """Verify `attestation` of the bundle."""
        return verify(
            VerificationRequest(
                "it.attestation.json", attestation, self.trust(**given), artifact_of(target or self.bundle)
            )
        )


def changed(predicate: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`predicate` with fields replaced; a mapping is merged into the field, None stays None."""
    found = dict(predicate)
    for key, value in changes.items():
        old = found.get(key)
        found[key] = {**old, **value} if isinstance(value, dict) and isinstance(old, dict) else value
    return found


def outcomes(answer: VerificationResult) -> dict[str, str]:
    """The outcome of each step, but for the two that need something that is seldom given."""
    return {
        found.step.value: found.outcome.value
        for found in answer.findings.steps
        if found.step.value not in {"receipt", "revocation"}
    }


def failure(answer: VerificationResult) -> StepResult:
    """The one step that failed."""
    (found,) = (found for found in answer.findings.steps if found.outcome is StepOutcome.FAILED)
    return found

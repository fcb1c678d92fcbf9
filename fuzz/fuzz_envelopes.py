"""Any bytes are an attestation, a signature, a key or a list of signers, or get one sentence."""

# ruff: noqa: E402 - a script, which must begin to watch before it imports

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import driver

driver.watch(
    "certmark.trust.signers.openssh",
    "certmark.trust.envelopes",
    "certmark.trust.keys.files",
    "certmark.trust.keys.keys",
    "certmark.trust.signers.policy",
    "certmark.trust.keys.signatures",
    "certmark.trust.verification.verification",
)

from certmark.formats.errors import FormatError
from certmark.trust.keys.files import load_private, load_public
from certmark.trust.keys.signatures import read_ssh_signature
from certmark.trust.signers.openssh import read_allowed_signers
from certmark.trust.signers.policy import read_revocations, read_signers
from certmark.trust.verification.findings import VerificationStep
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.verification import verify

_V1 = Path(__file__).resolve().parent.parent / "tests" / "assets" / "trust" / "v1"
_TRUST = TrustPolicy(
    datetime(2026, 11, 22, tzinfo=UTC),
    read_allowed_signers((_V1 / "allowed_signers").read_bytes(), "allowed"),
    without=frozenset({VerificationStep.DIGESTS, VerificationStep.VERDICT}),
)


def target(data: bytes) -> None:
    """Raises if reading `data` as anything that is trusted ends in anything but a value or a refusal in one line."""
    answer = verify(VerificationRequest("it", data, _TRUST))
    for found in answer.findings.steps:
        driver.demand_sentence(found.sentence, 2_000)
    for read in (
        load_private,
        load_public,
        read_ssh_signature,
        lambda content: read_allowed_signers(content, "it"),
        lambda content: read_signers(content, "it"),
        lambda content: read_revocations(content, "it"),
    ):
        try:
            read(data)
        except FormatError as refusal:
            driver.demand_sentence(str(refusal), 2_000)


if __name__ == "__main__":
    sys.exit(driver.main(target, [path.read_bytes() for path in sorted(_V1.rglob("*")) if path.is_file()]))

"""What a person brings to a verification: something signed, what it is about, and whom they trust."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from certmark.trust.keys.keys import PublicKey
from certmark.trust.verification.findings import VerificationStep

if TYPE_CHECKING:
    from certmark.domain.guidelines import Guideline
    from certmark.domain.policies import Policy
    from certmark.evidence.artifacts import Artifact
    from certmark.trust.log.checkpoints import WitnessPolicy
    from certmark.trust.log.notes import NoteKey
    from certmark.trust.programme.documents import VouchedGuideline
    from certmark.trust.signers.policy import Revocation, Revocations
    from certmark.trust.signers.signers import Signers


class TrustPolicy(NamedTuple):
    """Whom and what the person trusts."""

    moment: datetime
    """The time of the check, unless a receipt tells a better one."""
    signers: Signers | None = None
    approvers: Signers | None = None
    """Who may approve waivers, where the person says so."""
    principal: str | None = None
    """Who should have signed, where the person says so; else the vendor that the attestation names."""
    revocations: Revocations | None = None
    log_keys: tuple[NoteKey, ...] = ()
    witnesses: WitnessPolicy | None = None
    """Whose cosignatures of a log's checkpoint count, and how many must be there; None: nobody's are asked for."""
    guideline: Guideline | None = None
    """The guideline that the person vouches for; None: those that ship along."""
    without: frozenset[VerificationStep] = frozenset()
    verdict_policy: Policy | None = None
    """By which the person wants it judged; None: by the guideline's own."""
    hosts: tuple[Guideline, ...] = ()
    """Where the guideline is an add-on's: the guidelines of its hosts, as far as they are at hand."""
    guidelines: tuple[VouchedGuideline, ...] | None = None
    """Those of the programme, where the person goes by its trust document; no other counts then."""

    def unrevoked(self, keys: tuple[PublicKey, ...], moment: datetime) -> tuple[PublicKey, ...]:
        """Those of `keys` that are not on the person's list of revocations."""
        return tuple(key for key in keys if self.revocation_of(key, moment) is None)

    def revocation_of(self, key: PublicKey, moment: datetime) -> Revocation | None:
        """How the key was revoked; None if it was not, or only after `moment`.

        Without a receipt the moment is that of the check, so an older signature cannot be told from a newer one.
        """
        found = self.revocations.keys.get(key.id) if self.revocations is not None else None
        return found if found is not None and (found.since is None or moment >= found.since) else None


class VerificationRequest(NamedTuple):
    """Is this so?"""

    name: str
    """Of the attestation, for messages."""
    attestation: bytes
    trust: TrustPolicy
    artifact: Artifact | None = None
    """What it is about, as far as it is at hand: a bundle, a report, a file of the evidence."""
    receipts: tuple[bytes, ...] = ()

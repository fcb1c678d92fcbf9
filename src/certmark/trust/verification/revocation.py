"""Which keys a person's list of revocations takes out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from certmark.trust.keys.keys import PublicKey
from certmark.trust.verification.requests import TrustPolicy

if TYPE_CHECKING:
    from certmark.trust.signers.policy import Revocation


def unrevoked(trust: TrustPolicy, keys: tuple[PublicKey, ...], moment: datetime) -> tuple[PublicKey, ...]:
    """Those of `keys` that are not on the person's list of revocations."""
    return tuple(key for key in keys if revocation_of(trust, key, moment) is None)


def revocation_of(trust: TrustPolicy, key: PublicKey, moment: datetime) -> Revocation | None:
    """How the key was revoked; None if it was not, or only after `moment`.

    Without a receipt the moment is that of the check, so an older signature cannot be told from a newer one.
    """
    found = trust.revocations.keys.get(key.id) if trust.revocations is not None else None
    return found if found is not None and (found.since is None or moment >= found.since) else None

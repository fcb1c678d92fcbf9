"""From the edition that is known to the newest one, step by step (the rules are those of `domain.editions`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from certmark.domain.editions import why_no_successor, why_not_instead, why_outdated, why_unsigned
from certmark.formats.errors import excerpt
from certmark.trust.errors import OutdatedTrust, UntrustedEdition
from certmark.trust.programme.documents import RevocationTerms, TrustDocument, read_trust
from certmark.trust.programme.envelopes import fingerprint_of
from certmark.trust.programme.revocations import RevocationList, read_revocation_list

MOST_STEPS: Final = 500
"""Editions that are followed at a time."""

Take = Callable[[int], bytes | None]
"""The bytes of the edition of a number; None: there is none."""


def begin(data: bytes, name: str, fingerprint: str | None) -> TrustDocument:
    """The edition with which somebody begins (rule 1); `fingerprint` None: they name a file of theirs.

    Raises InvalidEnvelope, InvalidSigners or UntrustedEdition.
    """
    found = read_trust(data, name)
    said = fingerprint_of(found.envelope.payload)
    if fingerprint is not None and said != fingerprint:
        raise UntrustedEdition(f"{name} has the fingerprint {said}, not {excerpt(fingerprint, 60)}; do not trust it")
    problem = why_unsigned(found.edition)
    if problem is not None:
        raise UntrustedEdition(f"{name} is not to be trusted: {problem}")
    return found


def follow(known: TrustDocument, take: Take) -> TrustDocument:
    """The newest edition after `known`. Raises UntrustedEdition, InvalidEnvelope or InvalidSigners."""
    same = take(known.number)
    if same is not None:
        again = read_trust(same, f"edition {known.number}")
        problem = why_not_instead(known.edition, again.edition)
        if problem is not None:
            raise UntrustedEdition(f"edition {known.number} of {excerpt(known.programme)} was changed: {problem}")
    for _ in range(MOST_STEPS):
        data = take(known.number + 1)
        if data is None:
            return known
        name = f"edition {known.number + 1}"
        new = read_trust(data, name)
        problem = why_no_successor(known.edition, new.edition_for(known.ring.keys))
        if problem is not None:
            raise UntrustedEdition(f"{name} of {excerpt(known.programme)} is not to be trusted: {problem}")
        known = new
    raise UntrustedEdition(f"{excerpt(known.programme)} has more than {MOST_STEPS} editions after the one known here")


def check_date(found: TrustDocument, moment: datetime) -> None:
    """Raise OutdatedTrust unless it holds at `moment` (rule 4)."""
    problem = why_outdated(found.edition, moment)
    if problem is not None:
        raise OutdatedTrust(f"the trust document of {excerpt(found.programme)} cannot be used: {problem}")


def next_list(
    known: RevocationList | None, data: bytes, terms: RevocationTerms, trust: TrustDocument, moment: datetime
) -> RevocationList:
    """The list in `data` in the place of `known`. Raises UntrustedEdition, InvalidEnvelope or InvalidSigners."""
    name = f"the list of revocations of {excerpt(trust.programme)}"
    found = read_revocation_list(data, name)
    edition = found.edition(terms.ring)
    before = None if known is None else known.edition(terms.ring)
    problem = why_not_instead(before, edition) or why_outdated(edition, moment)
    if found.programme != trust.programme:
        problem = "it is of another programme"
    if problem is not None:
        raise UntrustedEdition(f"{name} is not to be trusted: {problem}")
    return found

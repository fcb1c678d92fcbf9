"""Whether an edition of a programme's trust document, or of its list of revocations, may be believed.

1. Who begins with a programme believes one edition, by its fingerprint. It bears the signatures of its own office.
2. The next edition of a trust document is that of the same programme, its number is one more, and it bears the
   signatures of the office before it and of its own: as many keys as each office asks. So an office can change all
   of its keys, and nobody else can.
3. An edition with a number that is known is that edition, byte for byte; a lower number never takes its place.
4. What is used has not expired; an edition between two others may have.
5. A key counts once. An office without keys, or one that asks for none, vouches for nothing.
6. A list of revocations bears the signatures that the trust document asks for it. Its number may grow by any step:
   each list is whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

TOLERANCE = timedelta(minutes=10)
"""Between the clock of an office and that of whoever reads."""


class Office(NamedTuple):
    """Those who sign for a programme."""

    keys: frozenset[str]
    """The ids of their keys."""
    threshold: int
    """How many of the keys must have signed."""

    def missing(self, signed_by: frozenset[str]) -> int:
        """How many more signatures it takes (rule 5)."""
        needed = max(self.threshold, 1)
        return max(needed - len(self.keys & signed_by), 0)


class Edition(NamedTuple):
    """One numbered issue, as far as it matters for whether it is believed."""

    programme: str
    number: int
    issued: datetime | None
    """None: it does not say, as a trust document."""
    expires: datetime
    """The first moment at which it holds no longer."""
    office: Office
    """Who must sign it."""
    sha256: str
    """Of the bytes that were signed."""
    signed_by: frozenset[str]
    """The ids of the keys whose signatures are sound."""


def why_unsigned(edition: Edition) -> str | None:
    """Why its own office does not vouch for it (rules 1 and 6); None: it does."""
    missing = edition.office.missing(edition.signed_by)
    if not missing:
        return None
    there = len(edition.office.keys & edition.signed_by)
    return f"{there} of the {edition.office.threshold} signatures that it needs are there and sound"


def why_no_successor(known: Edition, new: Edition) -> str | None:
    """Why `new` is not the trust document that follows `known` (rule 2); None: it is."""
    if new.programme != known.programme:
        return f"it is of another programme than edition {known.number}"
    if new.number != known.number + 1:
        return f"it is edition {new.number}, and after edition {known.number} comes {known.number + 1}"
    if known.office.missing(new.signed_by):
        there = len(known.office.keys & new.signed_by)
        return f"{there} of the {known.office.threshold} signatures are there that edition {known.number} asks for"
    return why_unsigned(new)


def why_not_instead(known: Edition | None, new: Edition) -> str | None:
    """Why `new` does not take the place of the list `known` (rules 3 and 6); None: it does, or is the same."""
    problem = why_unsigned(new)
    if problem is not None or known is None:
        return problem
    if new.programme != known.programme:
        return "it is of another programme"
    if new.number < known.number:
        return f"it is edition {new.number}, and edition {known.number} is known: an old one was brought back"
    if new.number == known.number and new.sha256 != known.sha256:
        return f"there are two different editions {known.number} of it"
    return None


def why_outdated(edition: Edition, moment: datetime) -> str | None:
    """Why it does not hold at `moment` (rule 4); None: it does."""
    if edition.issued is not None and edition.issued > moment + TOLERANCE:
        return f"edition {edition.number} is of {edition.issued:%Y-%m-%d %H:%M} UTC, which is still to come"
    if edition.expires <= moment:
        return f"edition {edition.number} expired on {edition.expires:%Y-%m-%d %H:%M} UTC"
    return None

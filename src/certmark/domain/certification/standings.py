"""What a certificate is worth at a moment: computed whenever somebody asks, never kept.

1. A decision weighs more than a day: what is revoked, withdrawn, superseded or suspended is that, whatever the day.
2. A certificate is in force up to and with its last day, which ends at 24:00 UTC.
3. After that it has expired; while a complete renewal that was submitted before its end is being decided, its page
   says so for the rulebook's days of grace, and the mark may be used that long.
4. Where runs that should come by themselves do not come, it is stale: that is told, and changes nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

A_DAY = 86_400_000_000
"""Microseconds."""


class StandingFacts(NamedTuple):
    """All that a standing is made of; moments in microseconds since 1970."""

    state: str
    """Of the machine: active, suspended, withdrawn, superseded, revoked, expired."""
    valid_from: int
    valid_until: int
    """The first moment at which it is not in force any more."""
    changed: int
    """When it came into `state`."""
    code: str = ""
    """Why it is suspended or revoked, as everybody reads it."""
    invalid_from: int | None = None
    """Of one that is revoked; it may lie before the revocation."""
    renewal_submitted: int | None = None
    """When a complete renewal was submitted that is not decided."""
    is_stale: bool = False
    successor: str = ""
    """The number of the certificate that took its place."""


class CertificateStanding(NamedTuple):
    """What a certificate is worth at a moment."""

    word: str
    """certified, due, grace, suspended, expired, withdrawn, superseded, revoked."""
    sentence: str
    is_in_force: bool
    mark_may_be_used: bool
    since: int
    """When this standing began."""
    until: int | None
    """When it ends by itself; None: never."""
    reason: str = ""
    is_stale: bool = False


def day_of(moment: int) -> str:
    """The day of a moment in UTC, as in 2026-11-29."""
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=moment)).date().isoformat()


def last_day(until: int) -> str:
    """The last day on which something holds that ends at `until`."""
    return day_of(until - 1)


def standing(facts: StandingFacts, moment: int, due_days: int, grace_days: int) -> CertificateStanding:
    """What it is worth at `moment`, by the rulebook's numbers of days."""
    decided = _decided(facts)
    if decided is not None:
        return decided
    if moment >= facts.valid_until or facts.state == "expired":
        return _ended(facts, moment, grace_days)
    if facts.state == "suspended":
        return _suspended(facts)
    opens = facts.valid_until - due_days * A_DAY
    is_due = moment >= opens
    return CertificateStanding(
        "due" if is_due else "certified",
        f"certified until {last_day(facts.valid_until)}",
        is_in_force=True,
        mark_may_be_used=True,
        since=opens if is_due else facts.valid_from,
        until=facts.valid_until,
        is_stale=facts.is_stale,
    )


def _decided(facts: StandingFacts) -> CertificateStanding | None:
    """Rule 1, of what is final."""
    was = f"was certified from {day_of(facts.valid_from)}"
    if facts.state == "revoked":
        invalid = facts.changed if facts.invalid_from is None else facts.invalid_from
        sentence = f"revoked on {day_of(facts.changed)}, invalid from {day_of(invalid)}: {facts.code or 'other'}"
        return CertificateStanding("revoked", sentence, False, False, facts.changed, None, facts.code)
    if facts.state == "withdrawn":
        sentence = f"{was} until {day_of(facts.changed)}, when its holder gave it back"
        return CertificateStanding("withdrawn", sentence, False, False, facts.changed, None)
    if facts.state == "superseded":
        sentence = f"{was} until {day_of(facts.changed)}, when {facts.successor or 'a renewal'} took its place"
        return CertificateStanding("superseded", sentence, False, False, facts.changed, None)
    return None


def _suspended(facts: StandingFacts) -> CertificateStanding:
    why = f": {facts.code}" if facts.code else ""
    sentence = f"suspended since {day_of(facts.changed)}{why}"
    return CertificateStanding("suspended", sentence, False, False, facts.changed, facts.valid_until, facts.code)


def _ended(facts: StandingFacts, moment: int, grace_days: int) -> CertificateStanding:
    """Rules 2 and 3."""
    over, last = facts.valid_until + grace_days * A_DAY, last_day(facts.valid_until)
    renewed = facts.renewal_submitted
    if renewed is not None and renewed < facts.valid_until and moment < over and facts.state != "suspended":
        sentence = f"expired on {last}; a renewal is being reviewed"
        return CertificateStanding("grace", sentence, False, True, facts.valid_until, over)
    sentence = f"was certified from {day_of(facts.valid_from)} until {last}"
    return CertificateStanding("expired", sentence, False, False, facts.valid_until, None)

"""What has become of certificates, as a programme says in its status list; and what that tells of one of them.

1. A certificate is in force from its first day until its last one, both included, in UTC.
2. A list tells something from when it was issued until its next update is due; after that it is stale.
3. That a certificate is *not* suspended or revoked is told by a list alone that is not stale. What is final
   (revoked, withdrawn, superseded, expired) stays so, however old the list is that says it.
4. A certificate that a list in date does not name is not in force, unless it was issued after the list.
5. A list can extend or shorten the time in which a certificate is in force; a certificate cannot speak of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from certmark.domain.certification.certificates import PublicCertificate

TOLERANCE = timedelta(minutes=10)
"""Between the programme's clock and that of whoever reads."""


class ListedState(Enum):
    """What a list says of a certificate."""

    ACTIVE = "active"
    GRACE = "grace"
    """Its last day is past, and a renewal that was asked for in time is being reviewed."""
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


FINAL = frozenset({ListedState.EXPIRED, ListedState.WITHDRAWN, ListedState.SUPERSEDED, ListedState.REVOKED})
"""States that no later list takes back."""


class StatusRow(NamedTuple):
    """What a list says of one certificate."""

    number: str
    state: ListedState
    since: datetime
    reason: str | None = None
    """A public code."""
    effective: datetime | None = None
    """From when it counts, where that is another time: a revocation may reach back to the first day."""
    until: date | None = None
    """The last day, where it is another one than the certificate's (rule 5)."""
    regions: tuple[str, ...] | None = None
    """The identities of the clouds that it covers now; None: those of the certificate."""
    successor: str | None = None


class PublicStatusList(NamedTuple):
    """One edition of the list; each is whole."""

    issuer: str
    number: int
    """Of the edition; a lower one never takes the place of a higher one."""
    issued: datetime
    next_update: datetime
    rows: Mapping[str, StatusRow]
    """By the number of the certificate."""
    signer: str = ""
    """The public key of whoever signs, on one line."""


class CertifiedAnswer(Enum):
    """The three answers to: is it certified now?"""

    YES = "certified"
    NO = "not certified"
    UNKNOWN = "not checked"


class CertifiedStanding(NamedTuple):
    """What holds of a certificate at a moment, as far as a list tells."""

    answer: CertifiedAnswer
    word: str
    """A state, `not yet in force`, `not listed` or `not checked`."""
    sentence: str


def standing_by_list(  # noqa: PLR0911 - one answer for each rule
    certificate: PublicCertificate, listed: PublicStatusList | None, moment: datetime
) -> CertifiedStanding:
    """What holds of `certificate` at `moment`; `listed` is a list whose signature was found good."""
    row = None if listed is None else listed.rows.get(certificate.number)
    if row is not None and row.state in FINAL and listed is not None and _is_issued(listed, moment):  # Rule 3
        return CertifiedStanding(CertifiedAnswer.NO, row.state.value, _told(row, listed))
    last = certificate.valid_until if row is None or row.until is None else row.until
    today = moment.astimezone(UTC).date()
    if today < certificate.valid_from:  # Rule 1
        sentence = f"it is in force from {certificate.valid_from} on, which is still to come"
        return CertifiedStanding(CertifiedAnswer.NO, "not yet in force", sentence)
    if today > last and (row is None or row.state is not ListedState.GRACE):
        return CertifiedStanding(CertifiedAnswer.NO, ListedState.EXPIRED.value, f"it was in force until {last}")
    if listed is None:
        return _unknown("no status list is at hand")
    problem = why_silent(listed, moment)
    if problem is not None:
        return _unknown(problem)
    if row is None:
        return _unlisted(certificate, listed)
    answer = CertifiedAnswer.YES if row.state is ListedState.ACTIVE else CertifiedAnswer.NO
    return CertifiedStanding(answer, row.state.value, _told(row, listed, last) + _covered(certificate, row))


def why_silent(listed: PublicStatusList, moment: datetime) -> str | None:
    """Why the list tells nothing at `moment` (rule 2); None: it does."""
    when = f"the status list of {_shown(listed.issued)}"
    if not _is_issued(listed, moment):
        return f"{when} is still to come"
    if listed.next_update <= moment:
        return f"{when} is stale: the next one was due {_shown(listed.next_update)}"
    return None


def _unlisted(certificate: PublicCertificate, listed: PublicStatusList) -> CertifiedStanding:
    """Rule 4."""
    when = f"the status list of {_shown(listed.issued)}"
    if certificate.issued > listed.issued:
        return _unknown(f"{when} is older than the certificate; take the next one")
    return CertifiedStanding(CertifiedAnswer.NO, "not listed", f"{when} does not name it")


def _unknown(sentence: str) -> CertifiedStanding:
    return CertifiedStanding(CertifiedAnswer.UNKNOWN, "not checked", sentence)


def _told(row: StatusRow, listed: PublicStatusList, last: date | None = None) -> str:
    told = f"{row.state.value} since {_shown(row.since)}"
    if row.state is ListedState.ACTIVE and last is not None:
        told = f"active, until {last}"
    if row.effective is not None and row.effective != row.since:
        told += f", invalid from {_shown(row.effective)} on"
    told += f" (reason: {row.reason})" if row.reason else ""
    told += f"; {row.successor} is in its place" if row.successor else ""
    return f"{told}, says status list {listed.number} of {_shown(listed.issued)}"


def _covered(certificate: PublicCertificate, row: StatusRow) -> str:
    """What a certificate that was narrowed still covers; empty where it was not."""
    known = {cloud.identity for cloud in certificate.subject.clouds}
    if row.regions is None or known.issubset(row.regions):
        return ""
    return f"; for {', '.join(one for one in row.regions if one in known) or 'no cloud'} only"


def _is_issued(listed: PublicStatusList, moment: datetime) -> bool:
    return listed.issued <= moment + TOLERANCE


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"

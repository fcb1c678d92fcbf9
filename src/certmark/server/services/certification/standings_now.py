"""How certificates stand, computed from their rows at the moment of asking."""

from __future__ import annotations

from certmark.domain.certification.standings import CertificateStanding, StandingFacts, last_day, standing
from certmark.domain.certification.status_lists import ListedState, StatusRow
from certmark.server.services.certification.granted import granted, maybe_moment
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.moments import moment_of
from certmark.server.services.programmes import rulebook_cited
from certmark.server.store.certification import proofs
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.database import Transaction

_DUE_DAYS, _GRACE_DAYS = 90, 30
"""Where the server has the rulebook no more that a certificate cites."""
_STATES = {"certified": ListedState.ACTIVE, "due": ListedState.ACTIVE}
"""All others have their own word."""


def standing_now(services: Services, transaction: Transaction, row: CertificateRow) -> CertificateStanding:
    """What it is worth now."""
    successor = proofs.successor_of(transaction, row.id) if row.state == "superseded" else None
    facts = StandingFacts(
        row.state,
        row.valid_from,
        row.valid_until,
        row.since,
        str(row.content.get("code") or ""),
        maybe_moment(row, "invalid_from"),
        maybe_moment(row, "renewal_submitted"),
        row.content.get("is_stale") is True,
        successor or "",
    )
    try:
        rulebook = rulebook_cited(services, row.programme, row.rulebook)
        days = rulebook.renewal_opens_days, rulebook.grace_days
    except NotFound:
        days = _DUE_DAYS, _GRACE_DAYS
    return standing(facts, services.clock(), *days)


def status_row(services: Services, transaction: Transaction, row: CertificateRow) -> StatusRow:
    """What a status list says of it now."""
    found = standing_now(services, transaction, row)
    content = granted(row)
    state = _STATES.get(found.word) or ListedState(found.word)
    invalid = maybe_moment(row, "invalid_from") if state is ListedState.REVOKED else None
    is_open = state in {ListedState.ACTIVE, ListedState.SUSPENDED, ListedState.GRACE}
    return StatusRow(
        row.number,
        state,
        moment_of(row.valid_from if state is ListedState.ACTIVE else found.since).replace(microsecond=0),
        found.reason or None,
        None if invalid is None else moment_of(invalid).replace(microsecond=0),
        moment_of(row.valid_until - 1).date() if is_open else None,
        content.regions if content.is_narrowed else None,
        proofs.successor_of(transaction, row.id) if state is ListedState.SUPERSEDED else None,
    )


def last_day_of(row: CertificateRow) -> str:
    """The last day on which it is in force, unless something ends it before."""
    return last_day(row.valid_until)

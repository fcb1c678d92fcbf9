"""What a status list says of a certificate, computed from its row at the moment of asking."""

from __future__ import annotations

from certmark.domain.certification.status_lists import ListedState, StatusRow
from certmark.server.services.certification.certificates import standing_in
from certmark.server.services.certification.granted import clouds_of
from certmark.server.services.context import Services
from certmark.server.services.moments import moment_of
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.database import Transaction

_STATES = {"certified": ListedState.ACTIVE, "due": ListedState.ACTIVE}
"""All others have their own word."""
_OPEN = {ListedState.ACTIVE, ListedState.SUSPENDED, ListedState.GRACE}


def status_row(services: Services, transaction: Transaction, row: CertificateRow) -> StatusRow:
    """How it stands now."""
    found = standing_in(services, transaction, row, services.clock())
    state = _STATES.get(found.word) or ListedState(found.word)
    invalid = row.content.get("invalid_from") if state is ListedState.REVOKED else None
    since = row.valid_from if state is ListedState.ACTIVE else found.since
    is_open = state in _OPEN
    return StatusRow(
        row.number,
        state,
        moment_of(since).replace(microsecond=0),
        found.reason or None,
        None if invalid is None else moment_of(invalid).replace(microsecond=0),
        moment_of(row.valid_until - 1).date() if is_open else None,
        tuple(cloud.identity for cloud in clouds_of(row)) if is_open else None,
        str(row.content.get("successor") or "") or None,
    )

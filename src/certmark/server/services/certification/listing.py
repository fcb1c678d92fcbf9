"""The status list: how all certificates of this server stand, signed, whole in every edition.

1. An edition is made when a certificate changed, and by the clock, before the last one is due to be replaced.
2. Whoever reads one knows until when it tells something; whoever is given an old one sees that it is stale.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from certmark.domain.certification.status_lists import PublicStatusList, StatusRow
from certmark.domain.errors import InvalidInput
from certmark.server.services.certification.listed_status import status_row
from certmark.server.services.context import Services
from certmark.server.services.countersigning import signer_of
from certmark.server.services.moments import moment_of
from certmark.server.store.certification import certificates as stored
from certmark.server.store.certification import events, proofs
from certmark.server.store.database import Transaction
from certmark.trust.certificates.envelopes import opened_status_list, seal_status_list
from certmark.trust.envelopes import write_envelope

ALL: Final = ""
"""In the place of a programme: the list of all of them."""
EVERY: Final = 900.0
"""Seconds between two looks whether another edition is due."""
LIFE: Final = timedelta(days=1)
"""After which an edition is stale."""
_RENEWED: Final = LIFE / 4
"""After which there is another one, though nothing changed."""


def renew(services: Services) -> bool:
    """Another edition, if one is due; whether one was made. Raises CannotProceed."""
    settings = services.settings
    if settings.certificate_key is None or settings.certificate_issuer is None:
        return False
    signer, now = signer_of(settings.certificate_key), moment_of(services.clock()).replace(microsecond=0)
    with services.database.write() as transaction:
        rows = _rows(services, transaction)
        known = newest(transaction)
        is_new = known is not None and known.signer == signer.public._replace(comment="").line
        if known is not None and is_new and known.rows == rows and now - known.issued < _RENEWED:
            return False
        number = events.next_number(transaction, "status list")
        listed = PublicStatusList(settings.certificate_issuer, number, now, now + LIFE, rows)
        envelope = write_envelope(seal_status_list(listed, signer))
        stored.add_list(transaction, ALL, services.clock(), envelope)
        return True


def newest(transaction: Transaction) -> PublicStatusList | None:
    """The last edition; None: there is none."""
    found = stored.newest_list(transaction, ALL)
    if found is None:
        return None
    try:
        return opened_status_list(found.envelope, "the last status list")[1]
    except InvalidInput:
        return None  # of a later version of this server: it is made anew


def newest_bytes(services: Services) -> bytes | None:
    """The last edition in its envelope; None: nothing is signed here, or not yet."""
    with services.database.read() as transaction:
        found = stored.newest_list(transaction, ALL)
    return None if found is None else found.envelope


def _rows(services: Services, transaction: Transaction) -> dict[str, StatusRow]:
    found: dict[str, StatusRow] = {}
    behind = b""
    while rows := proofs.after(transaction, behind):
        found |= {row.number: status_row(services, transaction, row) for row in rows}
        behind = rows[-1].id
    return found

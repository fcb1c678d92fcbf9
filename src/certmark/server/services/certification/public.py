"""What everybody may see of one certificate: the signed document, its results judged again, what happened to it.

1. What is shown of the decision is the signed document; how it stands is computed from the row when somebody asks.
2. Before it is signed there is nothing to check, and that is said.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from certmark.domain.certification.certificates import PublicCertificate
from certmark.domain.certification.standings import CertificateStanding
from certmark.domain.certification.status_lists import StatusRow
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.verdict_values import Verdict
from certmark.server.asking import Asker
from certmark.server.services import read_guidelines
from certmark.server.services.certification import certificates, listed_status
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store.certification import cases, events, proofs
from certmark.server.store.certification.cases import CaseRow
from certmark.server.store.certification.certificates import TABLE, CertificateRow
from certmark.server.store.certification.events import CertificationEvent
from certmark.trust.certificates.envelopes import opened_certificate
from certmark.trust.certificates.verification import recomputed

_CASES = 50


class PublishedDossier(NamedTuple):
    """A certificate, and all that everybody may see of it."""

    row: CertificateRow
    standing: CertificateStanding
    document: PublicCertificate | None
    """Rule 1; None: it is not signed yet, or not by this server."""
    has_receipt: bool
    events: list[CertificationEvent]
    """That are public, the oldest first; who acted is told by the role alone."""
    cases: list[CaseRow]
    """Public challenges and other cases, the newest first."""


def found(services: Services, asker: Asker, number: str) -> CertificateRow:
    """The certificate of this number. Raises NotFound."""
    with services.database.read() as transaction:
        row = TABLE.numbered(transaction, asker, number[:100])
    if row is None:
        raise NotFound(f"there is no certificate {number[:100]!r} here; look it up in the register")
    return row


def standing_of(services: Services, row: CertificateRow) -> CertificateStanding:
    """What it is worth now."""
    with services.database.read() as transaction:
        return certificates.standing_in(services, transaction, row, services.clock())


def status_of(services: Services, row: CertificateRow) -> StatusRow:
    """What a status list that is made now says of it."""
    with services.database.read() as transaction:
        return listed_status.status_row(services, transaction, row)


def receipt_of(services: Services, row: CertificateRow) -> bytes | None:
    """The log's receipt; None: there is none, or not yet."""
    with services.database.read() as transaction:
        return proofs.receipt_of(transaction, row.id)


def show(services: Services, asker: Asker, number: str) -> PublishedDossier:
    """All of it. Raises NotFound."""
    row = found(services, asker, number)
    with services.database.read() as transaction:
        standing = certificates.standing_in(services, transaction, row, services.clock())
        happened = [one for one in events.of(transaction, row.id) if one.is_public]
        open_cases = cases.TABLE.page(transaction, asker, ("of_certificate", row.id), most=_CASES)
        has_receipt = proofs.receipt_of(transaction, row.id) is not None
    told = [one for one in open_cases if one.is_public]
    return PublishedDossier(row, standing, document_of(row), has_receipt, happened, told)


def document_of(row: CertificateRow) -> PublicCertificate | None:
    """What was signed; None: nothing was, or a later version of this server did."""
    if row.envelope is None:
        return None
    try:
        return opened_certificate(row.envelope, f"the certificate {row.number}")[1]
    except InvalidInput:
        return None


def verdicts_of(services: Services, row: CertificateRow, document: PublicCertificate) -> tuple[Verdict, ...]:
    """The verdict on each run, from the outcomes that are published; none where the guideline cannot be read."""
    key = "certificate", row.envelope
    known: Any = services.sealed.get(key)
    if known is not None:
        return tuple(known)
    try:
        _, guideline = read_guidelines.guideline_of(services, document.terms.guideline.sha256)
        verdicts = tuple(recomputed(document, (guideline,)))
    except (NotFound, InvalidInput, InvalidRequest, CannotProceed):
        return ()
    services.sealed.keep(key, verdicts, len(row.envelope or b""))
    return verdicts

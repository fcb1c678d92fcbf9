"""The signed document of a certificate: made in the transaction that grants or changes it."""

from __future__ import annotations

from certmark.server.services.context import Services
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.database import Transaction


def certify(services: Services, transaction: Transaction, certificate: CertificateRow, event: str) -> None:
    """That a certificate is new (`grant`), or that `event` changed it: sign it, and list its status anew."""

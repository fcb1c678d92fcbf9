"""The signed document of a certificate and the status list: asked for in the transaction that grants or changes one."""

from __future__ import annotations

from certmark.server.services import jobs
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.database import Transaction

GRANT = "grant"


def certify(services: Services, transaction: Transaction, certificate: CertificateRow, event: str) -> None:
    """That a certificate is new (`grant`), or that `event` changed it: it is signed, and its status listed anew.

    A job does both once `transaction` is kept, where this server signs certificates.
    """
    if services.settings.certificate_key is None:
        return
    if event == GRANT:
        jobs.ask(services, transaction, JobKind.CERTIFY, certificate.id.hex())
    jobs.ask(services, transaction, JobKind.RELIST)

"""What tests of a certified cloud that come by themselves say of its certificates.

1. It is about the certificates of that program of versions of products that name the cloud, by its identity. What a
   vendor's own order says is about that vendor's: nobody else's certificates are in doubt by it.
2. One that did not pass, or did not come, raises a concern; one that passed settles those that are open.
3. The certificate stays as it is: people decide (SCS-0004 8).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from certmark.server import ids
from certmark.server.services.certification import cases
from certmark.server.services.context import Services
from certmark.server.store import runs
from certmark.server.store.certification import certificates
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.database import Transaction

_CONCERNED = {"active", "suspended"}


class CloudUnderTest(NamedTuple):
    """What was tested, for whom."""

    run: bytes
    """The last one that there is of it."""
    program: str
    vendor: bytes
    """Whose order it was; empty: the programme's."""


def heed(
    services: Services, transaction: Transaction, tested: CloudUnderTest, sentence: str, *, has_passed: bool
) -> int:
    """Rule 2; how many certificates it is about."""
    subject = runs.subject_of(transaction, tested.run)
    found = [] if subject is None else list(_certified(transaction, subject, tested))
    for certificate in found:
        if has_passed:
            cases.settle_concerns(services, transaction, certificate.id)
        else:
            cases.raise_concern(services, transaction, certificate, sentence, ids.written(tested.run))
    return len(found)


def _certified(transaction: Transaction, subject: str, tested: CloudUnderTest) -> Iterator[CertificateRow]:
    """Rule 1."""
    for version in certificates.versions_at(transaction, subject):
        for row in certificates.TABLE.every(transaction, "of_version", version):
            is_theirs = tested.vendor in {b"", row.vendor}
            if is_theirs and row.program == tested.program and row.state in _CONCERNED:
                yield row

"""Certificates in the database: everybody sees them who may see the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, text

from certmark.domain.permissions import Right
from certmark.server.asking import Asker
from certmark.server.store.certification.dossiers import Content, DossierTable, Filter
from certmark.server.store.database import Transaction
from certmark.server.store.schema import certificates, status_lists, version_clouds
from certmark.server.store.statements import SqlStatement, Value


class CertificateRow(NamedTuple):
    """A certificate as it is kept."""

    id: bytes
    number: str
    """Like `OSP-2026-0042`."""
    application: bytes
    vendor: bytes
    product: bytes
    version: bytes
    programme: str
    program: str
    guideline: str
    rulebook: str
    valid_from: int
    valid_until: int
    """The first moment at which it is not in force any more."""
    state: str
    revision: int
    since: int
    """When it came into its state."""
    due: int | None
    """When the clock looks at it next; None: it does not."""
    created: int
    content: Content
    envelope: bytes | None = None
    """The signed document; None: it is not signed yet."""
    predecessor: bytes | None = None
    """The certificate in whose place it came."""


class StatusList(NamedTuple):
    """How the certificates of a programme stood, signed."""

    number: int
    programme: str
    moment: int
    envelope: bytes


SEES_CERTIFICATE = bindparam("open_register", type_=certificates.c.revision.type) == text("1")
"""Of a row of `certificates`."""


def certificate_values(asker: Asker) -> Mapping[str, Value]:
    """What SEES_CERTIFICATE takes."""
    return {"open_register": int(asker.has(Right.SEE_REGISTER))}


TABLE = DossierTable(
    certificates,
    CertificateRow,
    SEES_CERTIFICATE,
    certificate_values,
    (
        Filter("of_vendor", certificates.c.vendor == bindparam("of")),
        Filter("of_product", certificates.c.product == bindparam("of")),
        Filter("of_version", certificates.c.version == bindparam("of")),
        Filter("of_programme", certificates.c.programme == bindparam("of")),
        Filter("of_application", certificates.c.application == bindparam("of")),
        Filter("after", certificates.c.predecessor == bindparam("of")),
    ),
    ("active", "suspended"),
    "state <> ''",
)
_MOST_VERSIONS = 100
_VERSIONS = SqlStatement(
    "certificates.versions_at",
    select(version_clouds.c.version).where(version_clouds.c.subject == bindparam("cloud")).limit(_MOST_VERSIONS),
)
_GIVEN = ("programme", "moment", "envelope")
_ADD_LIST = SqlStatement("status_lists.add", insert(status_lists).values({name: bindparam(name) for name in _GIVEN}))
_NEWEST_LIST = SqlStatement(
    "status_lists.newest",
    select(*(status_lists.c[name] for name in StatusList._fields))
    .where(status_lists.c.programme == bindparam("of"))
    .order_by(status_lists.c.programme.desc(), status_lists.c.number.desc())
    .limit(1),
)


def versions_at(transaction: Transaction, subject: str) -> list[bytes]:
    """Versions of products that name a cloud by its identity; a hundred at most."""
    return [bytes(row[0]) for row in transaction.run(_VERSIONS, cloud=subject)]


def add_list(transaction: Transaction, programme: str, moment: int, envelope: bytes) -> None:
    """Another list, behind those that are there."""
    transaction.run(_ADD_LIST, programme=programme, moment=moment, envelope=envelope)


def newest_list(transaction: Transaction, programme: str) -> StatusList | None:
    """The last one of a programme."""
    row = transaction.one(_NEWEST_LIST, of=programme)
    return None if row is None else StatusList(int(row[0]), str(row[1]), int(row[2]), bytes(row[3]))

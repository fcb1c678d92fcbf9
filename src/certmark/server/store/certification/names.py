"""What a version of a product is called, whoever may see it: for what is written down when something is decided."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import (
    applications,
    cases,
    certificates,
    members,
    offices,
    product_versions,
    products,
    vendors,
)
from certmark.server.store.statements import SqlStatement


class SubjectNames(NamedTuple):
    """What is certified, by its names."""

    vendor: str
    product: str
    version: str
    kind: str


_NAMES = SqlStatement(
    "names.of_version",
    select(vendors.c.name, products.c.name, product_versions.c.name, products.c.kind)
    .select_from(
        product_versions.join(products, products.c.id == product_versions.c.product).join(
            vendors, vendors.c.id == products.c.vendor
        )
    )
    .where(product_versions.c.id == bindparam("version")),
)
_ORGANISATION = SqlStatement(
    "names.organisation", select(offices.c.organisation, offices.c.roles).where(offices.c.identity == bindparam("who"))
)
_VENDORS = SqlStatement(
    "names.vendors_of",
    select(vendors.c.id, vendors.c.name, vendors.c.merged_into)
    .select_from(members.join(vendors, vendors.c.id == members.c.vendor))
    .where(members.c.identity == bindparam("who"))
    .order_by(members.c.identity, members.c.vendor),
)
_VENDOR = SqlStatement(
    "names.vendor", select(vendors.c.name, vendors.c.merged_into).where(vendors.c.id == bindparam("vendor"))
)


_MOVE = [
    SqlStatement(
        f"{table.name}.move",
        update(table).where(table.c.vendor == bindparam("before")).values(vendor=bindparam("after")),
    )
    for table in (applications, certificates, cases)
]


def move(transaction: Transaction, before: bytes, after: bytes) -> None:
    """Applications, certificates and cases of one vendor are another's; what was certified is called as before."""
    for statement in _MOVE:
        transaction.run(statement, before=before, after=after)


def of_version(transaction: Transaction, version: bytes) -> SubjectNames:
    """Raises KeyError."""
    row = transaction.one(_NAMES, version=version)
    if row is None:
        raise KeyError(version.hex())
    return SubjectNames(*(str(value) for value in row))


def office_of(transaction: Transaction, identity: bytes) -> tuple[str, int]:
    """For which organisation somebody acts in the programme, and their roles in it as bits."""
    row = transaction.one(_ORGANISATION, who=identity)
    return ("", 0) if row is None else (str(row[0]), int(row[1]))


def vendors_of(transaction: Transaction, identity: bytes) -> list[tuple[bytes, str, bytes | None]]:
    """The vendors of which somebody is a member: id, name, and into which it was merged."""
    rows = transaction.run(_VENDORS, who=identity)
    return [(bytes(row[0]), str(row[1]), None if row[2] is None else bytes(row[2])) for row in rows]


def vendor(transaction: Transaction, identity: bytes) -> tuple[str, bytes | None]:
    """The name of a vendor, and into which it was merged. Raises KeyError."""
    row = transaction.one(_VENDOR, vendor=identity)
    if row is None:
        raise KeyError(identity.hex())
    return str(row[0]), None if row[1] is None else bytes(row[1])

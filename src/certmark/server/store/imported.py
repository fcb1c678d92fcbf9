"""What was taken from a RefStack server: by which id it is known here, and what it was there when it was taken."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.products import ProductRow, StoredVersion, VersionRow
from certmark.server.store.schema import (
    attachments,
    imported,
    product_versions,
    products,
    refstack_runs,
    runs,
    vendors,
    verifications,
    version_clouds,
)
from certmark.server.store.statements import Row, SqlStatement
from certmark.server.store.vendors import VendorRow, VendorState


class Kind(Enum):
    """What something was there."""

    PERSON = "person"
    """Known by the SHA-256 of their OpenID: who is deleted here is not to be read from this table."""
    VENDOR = "vendor"
    PRODUCT = "product"
    VERSION = "version"
    RUN = "run"
    KEY = "key"


class Imported(NamedTuple):
    """Something that was taken."""

    kind: Kind
    old: str
    """Its id there, in small letters, as everything there was found by an id in capitals, too."""
    id: bytes
    """Its id here."""
    taken: str
    """What it was there when it was last taken, as JSON."""


_FIND = SqlStatement(
    "imported.find",
    select(imported.c.id).where(imported.c.kind == bindparam("word"), imported.c.old == bindparam("named")),
)
_ONE = SqlStatement(
    "imported.one",
    select(imported.c.id, imported.c.taken).where(
        imported.c.kind == bindparam("word"), imported.c.old == bindparam("named")
    ),
)
_OLD = SqlStatement("imported.old", select(imported.c.old).where(imported.c.id == bindparam("here")))
_PUT = SqlStatement(
    "imported.put",
    (new := insert(imported)).on_conflict_do_update(
        index_elements=["kind", "old"], set_={"id": new.excluded.id, "taken": new.excluded.taken}
    ),
)
_VENDOR = SqlStatement(
    "imported.vendor", select(*(vendors.c[name] for name in VendorRow._fields)).where(vendors.c.id == bindparam("here"))
)
_APPROVED = SqlStatement(
    "imported.approved_vendor",
    select(vendors.c.id).where(
        vendors.c.folded == bindparam("called"), vendors.c.state == text(str(int(VendorState.APPROVED)))
    ),
)
_PRODUCT = SqlStatement(
    "imported.product",
    select(*(products.c[name] for name in ProductRow._fields)).where(products.c.id == bindparam("here")),
)
_PRODUCT_CALLED = SqlStatement(
    "imported.product_called",
    select(products.c.id).where(products.c.vendor == bindparam("of"), products.c.folded == bindparam("called")),
)
_VERSION = SqlStatement(
    "imported.version",
    select(*(product_versions.c[name] for name in VersionRow._fields)).where(
        product_versions.c.id == bindparam("here")
    ),
)
_CLOUDS = SqlStatement(
    "imported.clouds",
    select(version_clouds.c.subject).where(version_clouds.c.version == bindparam("here")),
)
_SAID = SqlStatement(
    "imported.said_of",
    select(refstack_runs.c.guideline, refstack_runs.c.target, attachments.c.version, verifications.c.moment)
    .select_from(
        runs.outerjoin(refstack_runs, refstack_runs.c.run == runs.c.id)
        .outerjoin(attachments, attachments.c.run == runs.c.id)
        .outerjoin(verifications, verifications.c.run == runs.c.id)
    )
    .where(runs.c.id == bindparam("here")),
)
_VERSION_CALLED = SqlStatement(
    "imported.version_called",
    select(product_versions.c.id).where(
        product_versions.c.product == bindparam("of"), product_versions.c.name == bindparam("called")
    ),
)


def find(transaction: Transaction, kind: Kind, old: str) -> bytes | None:
    """The id here of what had the id `old` there; None: nothing that was taken had it."""
    row = transaction.one(_FIND, word=kind.value, named=old.lower())
    return None if row is None else bytes(row[0])


def old_id(transaction: Transaction, identity: bytes) -> str | None:
    """The id that something had there; None: it is not from there."""
    row = transaction.one(_OLD, here=identity)
    return None if row is None else str(row[0])


def one(transaction: Transaction, kind: Kind, old: str) -> Imported | None:
    """What had the id `old` there, as it was taken."""
    row = transaction.one(_ONE, word=kind.value, named=old.lower())
    return None if row is None else Imported(kind, old.lower(), bytes(row[0]), str(row[1]))


def put(transaction: Transaction, taken: Iterable[Imported]) -> None:
    """Remember that these were taken, in the place of what was remembered of them."""
    transaction.many(_PUT, [one._asdict() | {"kind": one.kind.value} for one in taken])


def vendor(transaction: Transaction, identity: bytes) -> VendorRow | None:
    """A vendor, whoever asks: an import is the operator's."""
    row = transaction.one(_VENDOR, here=identity)
    if row is None:
        return None
    found = VendorRow(*row)
    return found._replace(
        state=VendorState(found.state), is_public=bool(found.is_public), is_programme=bool(found.is_programme)
    )


def approved_vendor(transaction: Transaction, folded: str) -> bytes | None:
    """The approved vendor that is found by this name."""
    return _id(transaction.one(_APPROVED, called=folded))


def product(transaction: Transaction, identity: bytes) -> ProductRow | None:
    """A product, likewise."""
    row = transaction.one(_PRODUCT, here=identity)
    if row is None:
        return None
    found = ProductRow(*row)
    return found._replace(vendor=bytes(found.vendor), is_public=bool(found.is_public))


def product_called(transaction: Transaction, of: bytes, folded: str) -> bytes | None:
    """The product of a vendor that is found by this name."""
    return _id(transaction.one(_PRODUCT_CALLED, of=of, called=folded))


def version(transaction: Transaction, identity: bytes) -> StoredVersion | None:
    """A version of a product, likewise."""
    row = transaction.one(_VERSION, here=identity)
    clouds = tuple(sorted(str(one[0]) for one in transaction.run(_CLOUDS, here=identity)))
    return None if row is None else StoredVersion(VersionRow(*row), clouds)


def version_called(transaction: Transaction, of: bytes, name: str) -> bytes | None:
    """The version of a product with this name."""
    return _id(transaction.one(_VERSION_CALLED, of=of, called=name))


class SaidOfRun(NamedTuple):
    """What is said of a run by now, beside its tests."""

    guideline: str | None = None
    target: str | None = None
    version: bytes | None = None
    is_verified: bool = False


def said_of(transaction: Transaction, run: bytes) -> SaidOfRun:
    """What is said of a run by now, whoever asks."""
    row = transaction.one(_SAID, here=run)
    if row is None:
        return SaidOfRun()
    return SaidOfRun(row[0], row[1], None if row[2] is None else bytes(row[2]), row[3] is not None)


def _id(row: Row | None) -> bytes | None:
    return None if row is None else bytes(row[0])

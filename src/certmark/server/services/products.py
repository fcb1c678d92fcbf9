"""Products of vendors, their versions, and the clouds at which a version can be tested.

1. A product is seen by everybody where it and its vendor are public, which only an approved vendor is.
2. A version names the clouds and clusters, region by region, of which its vendor says that they run it.
3. What runs belong to is not forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from certmark.domain.permissions import Right
from certmark.domain.products import ProductKind
from certmark.domain.subject_identities import parse_subject
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services.changes import changed, changing, check_revision, require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, Taken, WrongState
from certmark.server.services.vendors import living
from certmark.server.services.vendors import seen as vendor_seen
from certmark.server.store import access, history, products, vendors
from certmark.server.store.database import Transaction
from certmark.server.store.products import ProductRow, ProductVersionRow, StoredVersion
from certmark.server.store.vendors import VendorState

_TAKEN = "this vendor has a product of this name already"
_VERSION_TAKEN = "this product has a version of this name already"
_NEEDED = "it has versions; forget those first"
_VERSION_NEEDED = "runs belong to this version, or applications rest on it; it stays while there are any"


class ProductChange(NamedTuple):
    """What of a product is to be otherwise; None: as it is."""

    name: str | None = None
    kind: ProductKind | None = None
    description: str | None = None
    is_public: bool | None = None
    properties: str | None = None
    """An object of JSON, or empty."""


class ShownProduct(NamedTuple):
    """A product as somebody sees it."""

    row: ProductRow
    former: list[str]
    """What it was called before."""
    sees_all: bool
    """Whether who asks may know more of it than everybody."""


def listed(
    services: Services, asker: Asker, *, kind: ProductKind | None, behind: tuple[str, bytes], most: int
) -> tuple[list[ProductRow], tuple[str, bytes] | None]:
    """A page of the products that they may see, by name, and where the next one begins."""
    word = None if kind is None else kind.value
    with services.database.read() as transaction:
        found = products.every(transaction, asker, kind=word, behind=behind, most=most + 1)
    return found[:most], (found[most - 1].folded, found[most - 1].id) if len(found) > most else None


def of_vendor(services: Services, asker: Asker, vendor: bytes) -> list[ProductRow]:
    """The products of a vendor that they may see, by name. Raises NotFound."""
    with services.database.read() as transaction:
        vendor_seen(transaction, asker, vendor)
        return products.of_vendor(transaction, asker, vendor)


def show(services: Services, asker: Asker, product: bytes) -> ShownProduct:
    """The product. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(transaction, asker, product)


def _shown(transaction: Transaction, asker: Asker, product: bytes) -> ShownProduct:
    row = _seen(transaction, asker, product)
    sees_all = asker.has(Right.SEE_PRODUCT, access.roles(transaction, asker, row.vendor))
    return ShownProduct(row, vendors.former(transaction, product), sees_all)


def _seen(transaction: Transaction, asker: Asker, product: bytes) -> ProductRow:
    found = products.one(transaction, asker, product)
    if found is None:
        raise NotFound(f"there is no product {ids.written(product)} that you may see")
    return found


def _to_edit(transaction: Transaction, asker: Asker, product: bytes, expected: int | None) -> ProductRow:
    found = _seen(transaction, asker, product)
    require(transaction, asker, Right.EDIT_PRODUCT, found.vendor)
    check_revision(expected, found.revision)
    return found


def add(
    services: Services,
    asker: Asker,
    vendor: bytes,
    *,
    name: str,
    kind: ProductKind,
    description: str,
    version: str | None = None,
) -> ShownProduct:
    """A new product of a vendor, private, with a version of this name. Raises NotFound, NotPermitted or WrongState."""
    now = services.clock()
    row = ProductRow(
        id=ids.new_id(now),
        vendor=vendor,
        name=name,
        folded=vendors.folded(name),
        kind=kind.value,
        description=description,
        is_public=False,
        revision=1,
        created=now,
    )
    with changing(services, _TAKEN, Taken) as transaction:
        living(transaction, asker, vendor, Right.EDIT_PRODUCT)
        products.add(transaction, row)
        history.note(transaction, asker, "product.add", row.id, now, detail={"name": name, "kind": kind.value})
        history.note(transaction, asker, "product.add", vendor, now, detail={"product": ids.written(row.id)})
        if version is not None:
            first = StoredVersion(ProductVersionRow(ids.new_id(now), row.id, version, 1, now), ())
            _add_version(services, transaction, asker, first)
    return ShownProduct(row, [], sees_all=True)


def edit(services: Services, asker: Asker, product: bytes, change: ProductChange, expected: int | None) -> ShownProduct:
    """Another name, kind, description or publicity. Raises NotFound, NotPermitted, WrongState or Outdated."""
    now = services.clock()
    with changing(services, _TAKEN, Taken) as transaction:
        found = _to_edit(transaction, asker, product, expected)
        vendor = vendors.one(transaction, asker, found.vendor)
        if change.is_public and (vendor is None or vendor.state is not VendorState.APPROVED):
            raise WrongState("its vendor is not approved yet; only then can a product be public")
        name = found.name if change.name is None else change.name
        if name != found.name:
            vendors.keep_name(transaction, product, found.name, now)
        new = found._replace(
            name=name,
            folded=vendors.folded(name),
            kind=found.kind if change.kind is None else change.kind.value,
            description=found.description if change.description is None else change.description,
            is_public=found.is_public if change.is_public is None else change.is_public,
            properties=found.properties if change.properties is None else change.properties,
        )
        changed(products.change(transaction, new))
        detail = {key: value for key, value in change._asdict().items() if value is not None}
        if change.kind is not None:
            detail["kind"] = change.kind.value
        history.note(transaction, asker, "product.edit", product, now, detail=detail)
        return _shown(transaction, asker, product)


def remove(
    services: Services, asker: Asker, product: bytes, expected: int | None, *, with_versions: bool = False
) -> None:
    """Forget a product without versions, or with none to which runs belong.

    Raises NotFound, NotPermitted, WrongState or Outdated.
    """
    with changing(services, _VERSION_NEEDED if with_versions else _NEEDED) as transaction:
        found = _to_edit(transaction, asker, product, expected)
        if with_versions:
            products.remove_versions(transaction, product)
        if not products.remove(transaction, found):
            changed(None)
        detail = {"product": ids.written(product), "name": found.name}
        for subject in (product, found.vendor):
            history.note(transaction, asker, "product.remove", subject, services.clock(), detail=detail)


def past(services: Services, asker: Asker, product: bytes, *, before: int | None, most: int) -> list[history.Deed]:
    """What was done to a product, the newest first. Raises NotFound or NotPermitted."""
    with services.database.read() as transaction:
        found = _seen(transaction, asker, product)
        require(transaction, asker, Right.SEE_HISTORY, found.vendor)
        return history.of(transaction, product, before=before, most=most)


def versions(services: Services, asker: Asker, product: bytes) -> list[StoredVersion]:
    """The versions of a product, by name. Raises NotFound."""
    with services.database.read() as transaction:
        _seen(transaction, asker, product)
        return products.versions(transaction, product)


def version(services: Services, asker: Asker, identity: bytes) -> StoredVersion:
    """A version. Raises NotFound."""
    with services.database.read() as transaction:
        return version_seen(transaction, asker, identity)[0]


def version_seen(transaction: Transaction, asker: Asker, identity: bytes) -> tuple[StoredVersion, ProductRow]:
    """A version and its product, for what else is done in a transaction. Raises NotFound."""
    found = products.version(transaction, asker, identity)
    if found is None:
        raise NotFound(f"there is no version {ids.written(identity)} that you may see")
    return found


def add_version(
    services: Services, asker: Asker, product: bytes, name: str, clouds: Sequence[str], cpid: str = ""
) -> StoredVersion:
    """A new version. Raises NotFound, NotPermitted, WrongState or InvalidSubjectIdentity."""
    now = services.clock()
    new = StoredVersion(ProductVersionRow(ids.new_id(now), product, name, 1, now, cpid), _identities(clouds))
    with changing(services, _VERSION_TAKEN, Taken) as transaction:
        _to_edit(transaction, asker, product, None)
        _add_version(services, transaction, asker, new)
    return new


def _add_version(services: Services, transaction: Transaction, asker: Asker, new: StoredVersion) -> None:
    products.add_version(transaction, new)
    for subject in (new.row.product, new.row.id):
        history.note(transaction, asker, "version.add", subject, services.clock(), detail=_told(new))


def _told(found: StoredVersion) -> dict[str, object]:
    """What history says of a version."""
    cpid = {"cpid": found.row.cpid} if found.row.cpid else {}
    return {"version": ids.written(found.row.id), "name": found.row.name, "clouds": list(found.clouds), **cpid}


def edit_version(
    services: Services,
    asker: Asker,
    identity: bytes,
    expected: int | None,
    *,
    name: str | None = None,
    clouds: Sequence[str] | None = None,
    cpid: str | None = None,
) -> StoredVersion:
    """Another name, other clouds or another cpid.

    Raises NotFound, NotPermitted, WrongState, Outdated or InvalidSubjectIdentity.
    """
    with changing(services, _VERSION_TAKEN, Taken) as transaction:
        found, product = version_seen(transaction, asker, identity)
        require(transaction, asker, Right.EDIT_PRODUCT, product.vendor)
        check_revision(expected, found.row.revision)
        row = found.row._replace(
            name=found.row.name if name is None else name, cpid=found.row.cpid if cpid is None else cpid
        )
        new = StoredVersion(row, found.clouds if clouds is None else _identities(clouds))
        revision = changed(products.change_version(transaction, new))
        for subject in (product.id, identity):
            history.note(transaction, asker, "version.edit", subject, services.clock(), detail=_told(new))
    return new._replace(row=row._replace(revision=revision))


def remove_version(services: Services, asker: Asker, identity: bytes, expected: int | None) -> None:
    """Forget a version to which no run belongs. Raises NotFound, NotPermitted, WrongState or Outdated."""
    with changing(services, _VERSION_NEEDED) as transaction:
        found, product = version_seen(transaction, asker, identity)
        require(transaction, asker, Right.EDIT_PRODUCT, product.vendor)
        check_revision(expected, found.row.revision)
        if not products.remove_version(transaction, found.row):
            changed(None)
        detail = {"version": ids.written(identity), "name": found.row.name}
        for subject in (product.id, identity):
            history.note(transaction, asker, "version.remove", subject, services.clock(), detail=detail)


def _identities(clouds: Sequence[str]) -> tuple[str, ...]:
    """Each as it is written, once. Raises InvalidSubjectIdentity."""
    return tuple(sorted({str(parse_subject(one)) for one in clouds}))

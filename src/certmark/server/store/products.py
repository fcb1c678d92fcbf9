"""Products and their versions in the database, as whoever asks may see them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, insert, or_, select, text, update

from certmark.server.asking import Asker
from certmark.server.store.access import SEES_PRODUCT, product_values
from certmark.server.store.database import Transaction
from certmark.server.store.schema import attachments, product_versions, products, vendors, version_clouds
from certmark.server.store.statements import Row, SqlStatement


class ProductRow(NamedTuple):
    """A product as it is kept."""

    id: bytes
    vendor: bytes
    name: str
    folded: str
    """The name by which it is found."""
    kind: str
    description: str
    is_public: bool
    revision: int
    """Grows with every change."""
    created: int
    properties: str = ""
    """What clients of RefStack's API keep there, as JSON; empty: nothing."""


class VersionRow(NamedTuple):
    """A version of a product as it is kept."""

    id: bytes
    product: bytes
    name: str
    """Empty: it stands for the product, whatever its version is."""
    revision: int
    created: int
    cpid: str = ""
    """What RefStack's client calls the cloud that runs it; empty: that is not known."""


class StoredVersion(NamedTuple):
    """A version of a product, and what stands beside it."""

    row: VersionRow
    clouds: tuple[str, ...]
    """Identities at which it can be tested."""


_COLUMNS = tuple(products.c[name] for name in ProductRow._fields)
_VERSION = tuple(product_versions.c[name] for name in VersionRow._fields)
_SOLD = products.join(vendors, vendors.c.id == products.c.vendor)
_ORDER = (products.c.folded, products.c.id)


def _seen(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    return select(*_COLUMNS).select_from(_SOLD).where(*conditions, SEES_PRODUCT)


_ONE = SqlStatement("products.one", _seen(products.c.id == bindparam("product")))
_NEXT = and_(
    or_(
        products.c.folded > bindparam("behind_name"),
        and_(products.c.folded == bindparam("behind_name"), products.c.id > bindparam("behind")),
    ),
    products.c.folded >= bindparam("behind_name"),
)
_ALL = SqlStatement("products.all", _seen(_NEXT).order_by(*_ORDER).limit(bindparam("most")))
_OF_KIND = SqlStatement(
    "products.of_kind",
    _seen(_NEXT, products.c.kind == bindparam("its_kind")).order_by(*_ORDER).limit(bindparam("most")),
)
_OF_VENDOR = SqlStatement(
    "products.of_vendor",
    _seen(products.c.vendor == bindparam("of")).order_by(products.c.vendor, products.c.folded),
)
_ADD = SqlStatement("products.add", insert(products))
_CHANGE = SqlStatement(
    "products.change",
    update(products)
    .where(products.c.id == bindparam("product"), products.c.revision == bindparam("its_revision"))
    .values(
        name=bindparam("new_name"),
        folded=bindparam("new_folded"),
        kind=bindparam("new_kind"),
        description=bindparam("new_description"),
        is_public=bindparam("new_public"),
        properties=bindparam("new_properties"),
        revision=products.c.revision + text("1"),
    )
    .returning(products.c.revision),
)
_REMOVE = SqlStatement(
    "products.remove",
    delete(products)
    .where(products.c.id == bindparam("product"), products.c.revision == bindparam("its_revision"))
    .returning(products.c.id),
)
_MOVE = SqlStatement(
    "products.move",
    update(products)
    .where(products.c.vendor == bindparam("before"))
    .values(vendor=bindparam("after"), revision=products.c.revision + text("1")),
)
_MOVE_RUNS = SqlStatement(
    "attachments.move",
    update(attachments).where(attachments.c.vendor == bindparam("before")).values(vendor=bindparam("after")),
)
_VERSION_ONE = SqlStatement(
    "versions.one",
    select(*_VERSION, *_COLUMNS)
    .select_from(
        product_versions.join(products, products.c.id == product_versions.c.product).join(
            vendors, vendors.c.id == products.c.vendor
        )
    )
    .where(product_versions.c.id == bindparam("version"), SEES_PRODUCT),
)
_VERSIONS = SqlStatement(
    "versions.of",
    select(*_VERSION)
    .where(product_versions.c.product == bindparam("of"))
    .order_by(product_versions.c.product, product_versions.c.name),
)
_CLOUDS = SqlStatement(
    "clouds.of_product",
    select(version_clouds.c.version, version_clouds.c.subject)
    .select_from(product_versions.join(version_clouds, version_clouds.c.version == product_versions.c.id))
    .where(product_versions.c.product == bindparam("of")),
)
_ADD_VERSION = SqlStatement("versions.add", insert(product_versions))
_CHANGE_VERSION = SqlStatement(
    "versions.change",
    update(product_versions)
    .where(product_versions.c.id == bindparam("version"), product_versions.c.revision == bindparam("its_revision"))
    .values(
        name=bindparam("new_name"),
        cpid=bindparam("new_cpid"),
        revision=product_versions.c.revision + text("1"),
    )
    .returning(product_versions.c.revision),
)
_REMOVE_VERSION = SqlStatement(
    "versions.remove",
    delete(product_versions)
    .where(product_versions.c.id == bindparam("version"), product_versions.c.revision == bindparam("its_revision"))
    .returning(product_versions.c.id),
)
_REMOVE_VERSIONS = SqlStatement(
    "versions.remove_all", delete(product_versions).where(product_versions.c.product == bindparam("of"))
)
_REMOVE_ALL = SqlStatement("products.remove_all", delete(products).where(products.c.vendor == bindparam("of")))
_REMOVE_ALL_VERSIONS = SqlStatement(
    "versions.remove_all_of_vendor",
    delete(product_versions).where(
        product_versions.c.product.in_(select(products.c.id).where(products.c.vendor == bindparam("of")))
    ),
)
_ADD_CLOUD = SqlStatement("version_clouds.add", insert(version_clouds))
_REMOVE_CLOUDS = SqlStatement(
    "version_clouds.remove", delete(version_clouds).where(version_clouds.c.version == bindparam("of"))
)


def one(transaction: Transaction, asker: Asker, product: bytes) -> ProductRow | None:
    """The product, if whoever asks may see it."""
    row = transaction.one(_ONE, product=product, **product_values(asker))
    return None if row is None else _product(row)


def every(
    transaction: Transaction, asker: Asker, *, kind: str | None, behind: tuple[str, bytes], most: int
) -> list[ProductRow]:
    """Products that whoever asks may see, by name, from the one `behind` on."""
    values = {**product_values(asker), "behind_name": behind[0], "behind": behind[1], "most": most}
    rows = transaction.run(_ALL, **values) if kind is None else transaction.run(_OF_KIND, **values, its_kind=kind)
    return [_product(row) for row in rows]


def of_vendor(transaction: Transaction, asker: Asker, vendor: bytes) -> list[ProductRow]:
    """The products of a vendor that whoever asks may see, by name."""
    return [_product(row) for row in transaction.run(_OF_VENDOR, of=vendor, **product_values(asker))]


def add(transaction: Transaction, product: ProductRow) -> None:
    """A new product. Raises Conflict where the vendor has one of this name."""
    transaction.run(_ADD, **product._asdict() | {"is_public": int(product.is_public)})


def change(transaction: Transaction, product: ProductRow) -> int | None:
    """Keep `product` in the place of what it is now; its new revision, or None: somebody else changed it.

    Raises Conflict where the vendor has another one of this name.
    """
    row = transaction.one(
        _CHANGE,
        product=product.id,
        its_revision=product.revision,
        new_name=product.name,
        new_folded=product.folded,
        new_kind=product.kind,
        new_description=product.description,
        new_public=int(product.is_public),
        new_properties=product.properties,
    )
    return None if row is None else int(row[0])


def remove(transaction: Transaction, product: ProductRow) -> bool:
    """Forget a product; False: somebody else changed it. Raises Conflict where it has versions."""
    return transaction.one(_REMOVE, product=product.id, its_revision=product.revision) is not None


def move(transaction: Transaction, before: bytes, after: bytes) -> None:
    """All products of one vendor are another's, with their runs. Raises Conflict where a name is there twice."""
    transaction.run(_MOVE, before=before, after=after)
    transaction.run(_MOVE_RUNS, before=before, after=after)


def version(transaction: Transaction, asker: Asker, identity: bytes) -> tuple[StoredVersion, ProductRow] | None:
    """The version and its product, if whoever asks may see it."""
    row = transaction.one(_VERSION_ONE, version=identity, **product_values(asker))
    if row is None:
        return None
    found, product = VersionRow(*row[: len(_VERSION)]), _product(row[len(_VERSION) :])
    return StoredVersion(found, _clouds(transaction, product.id).get(found.id, ())), product


def versions(transaction: Transaction, product: bytes) -> list[StoredVersion]:
    """The versions of a product that somebody may see, by name."""
    clouds = _clouds(transaction, product)
    rows = [VersionRow(*row) for row in transaction.run(_VERSIONS, of=product)]
    return [StoredVersion(row, clouds.get(row.id, ())) for row in rows]


def add_version(transaction: Transaction, found: StoredVersion) -> None:
    """A new version. Raises Conflict where the product has one of this name."""
    transaction.run(_ADD_VERSION, **found.row._asdict())
    _add_clouds(transaction, found)


def change_version(transaction: Transaction, found: StoredVersion) -> int | None:
    """Keep `found` in the place of what it is now; its new revision, or None: somebody else changed it.

    Raises Conflict where the product has another one of this name.
    """
    row = transaction.one(
        _CHANGE_VERSION,
        version=found.row.id,
        its_revision=found.row.revision,
        new_name=found.row.name,
        new_cpid=found.row.cpid,
    )
    if row is None:
        return None
    transaction.run(_REMOVE_CLOUDS, of=found.row.id)
    _add_clouds(transaction, found)
    return int(row[0])


def remove_version(transaction: Transaction, row: VersionRow) -> bool:
    """Forget a version; False: somebody else changed it. Raises Conflict where runs belong to it."""
    return transaction.one(_REMOVE_VERSION, version=row.id, its_revision=row.revision) is not None


def remove_versions(transaction: Transaction, product: bytes) -> None:
    """Forget the versions of a product. Raises Conflict where runs belong to one."""
    transaction.run(_REMOVE_VERSIONS, of=product)


def remove_all(transaction: Transaction, vendor: bytes) -> None:
    """Forget the products of a vendor with their versions. Raises Conflict where runs belong to one."""
    transaction.run(_REMOVE_ALL_VERSIONS, of=vendor)
    transaction.run(_REMOVE_ALL, of=vendor)


def _add_clouds(transaction: Transaction, found: StoredVersion) -> None:
    transaction.many(_ADD_CLOUD, [{"version": found.row.id, "subject": subject} for subject in found.clouds])


def _clouds(transaction: Transaction, product: bytes) -> dict[bytes, tuple[str, ...]]:
    found: dict[bytes, tuple[str, ...]] = {}
    for row in sorted(transaction.run(_CLOUDS, of=product)):
        found[bytes(row[0])] = (*found.get(bytes(row[0]), ()), str(row[1]))
    return found


def _product(row: Row) -> ProductRow:
    found = ProductRow(*row)
    return found._replace(is_public=bool(found.is_public))

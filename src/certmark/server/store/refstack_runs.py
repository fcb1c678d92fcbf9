"""Runs as RefStack's API lists and shows them, by numbered pages; and what only that API knows of them.

1. A page costs what its number says, however many runs there are: ids are found by an index, in its order, and only
   those of the page are joined with what is shown. Of runs behind the page so many are counted and no more.
2. Whose runs: everybody's that are shared, those of who asks, or those of a product that they may see.
"""

from __future__ import annotations

import threading
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    LargeBinary,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    text,
    union,
)
from sqlalchemy.dialects.postgresql import insert

from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.store.access import (
    IS_OWNERS,
    SEES_PRODUCT,
    SEES_RUN,
    is_senders,
    product_values,
    run_values,
    shared_runs_are_open,
)
from certmark.server.store.database import Transaction
from certmark.server.store.runs import COLUMNS, RunRow, run_of
from certmark.server.store.schema import (
    accounts,
    attachments,
    guidelines,
    identities,
    product_versions,
    products,
    refstack_runs,
    runs,
    vendors,
    verifications,
    version_clouds,
)
from certmark.server.store.statements import Row, SqlStatement, Value

COUNTED = 2000
"""Runs behind a page that are counted (rule 1)."""
_SECOND = 1_000_000
_NEWEST, _OLDEST = b"\xff" * 16, b"\0" * 16
_GUARD = threading.Lock()


class RefstackWords(NamedTuple):
    """What only RefStack's API knows of a run."""

    duration: int | None = None
    """Seconds, as the sender says."""
    guideline: str | None = None
    """The name of the file, as somebody put it."""
    target: str | None = None


class ListedProduct(NamedTuple):
    """The version of a product that a run belongs to."""

    version: bytes
    version_name: str
    cpid: str
    product: bytes
    product_name: str
    vendor: bytes
    is_public: bool


class ListedRun(NamedTuple):
    """A run as RefStack's API shows it."""

    run: RunRow
    words: RefstackWords
    guideline: str | None
    """The id of the guideline by which it is judged."""
    is_verified: bool
    is_mine: bool
    """It is theirs who ask, or their vendor's."""
    owner: tuple[str | None, str | None, str]
    """Issuer and subject of the account, where there is one; the name."""
    product: ListedProduct | None
    """None as well where who asks may not see it."""


class RefstackFilter(NamedTuple):
    """Which runs; None: whichever."""

    is_own: bool = False
    """Those of who asks; else shared ones, unless `product` says otherwise."""
    product: bytes | None = None
    vendor: bytes | None = None
    """Of the product."""
    is_shared: bool = True
    """Of a product: only those that are shared."""
    cpid: str | None = None
    is_verified: bool | None = None
    since: int | None = None
    until: int | None = None
    """Up to the end of this second."""


_WORDS = tuple(refstack_runs.c[name] for name in RefstackWords._fields)
_PRODUCT = (
    product_versions.c.id,
    product_versions.c.name,
    product_versions.c.cpid,
    products.c.id,
    products.c.name,
    products.c.vendor,
    case((and_(products.c.is_public == text("1"), vendors.c.is_public == text("1")), 1), else_=0),
)
_SHOWN = (
    *COLUMNS,
    *_WORDS,
    guidelines.c.id,
    case((verifications.c.run.is_not(None), 1), else_=0),
    case((IS_OWNERS, 1), else_=0),
    accounts.c.issuer,
    accounts.c.subject,
    identities.c.name,
    *_PRODUCT,
    case((SEES_PRODUCT, 1), else_=0),
)


def _with_all(tables: FromClause) -> FromClause:
    """`tables`, in which are `runs`, with what is shown of each: in this order, which PostgreSQL keeps of so many."""
    return (
        tables.join(identities, identities.c.id == runs.c.owner)
        .outerjoin(accounts, accounts.c.identity == runs.c.owner)
        .outerjoin(refstack_runs, refstack_runs.c.run == runs.c.id)
        .outerjoin(guidelines, guidelines.c.digest == runs.c.guideline)
        .outerjoin(verifications, verifications.c.run == runs.c.id)
        .outerjoin(attachments, attachments.c.run == runs.c.id)
        .outerjoin(product_versions, product_versions.c.id == attachments.c.version)
        .outerjoin(products, products.c.id == product_versions.c.product)
        .outerjoin(vendors, vendors.c.id == products.c.vendor)
    )


_ONE = SqlStatement(
    "refstack.one", select(*_SHOWN).select_from(_with_all(runs)).where(runs.c.id == bindparam("run"), SEES_RUN)
)
_GIVEN = insert(refstack_runs)
_PUT = SqlStatement(
    "refstack.put",
    _GIVEN.on_conflict_do_update(
        index_elements=["run"], set_={name: _GIVEN.excluded[name] for name in RefstackWords._fields}
    ),
)
_LOCK = SqlStatement(
    "refstack.lock",
    _GIVEN.on_conflict_do_update(index_elements=["run"], set_={"run": _GIVEN.excluded.run}).returning(*_WORDS),
)
_OF_PRODUCTS = product_versions.join(products, products.c.id == product_versions.c.product)
_CALLED = select(product_versions.c.id, products.c.vendor)
_VERSIONS = SqlStatement(
    "refstack.versions_of_cloud",
    union(
        _CALLED.select_from(_OF_PRODUCTS).where(
            product_versions.c.cpid == bindparam("cpid"), product_versions.c.cpid != text("''")
        ),
        _CALLED.select_from(_OF_PRODUCTS.join(version_clouds, version_clouds.c.version == product_versions.c.id)).where(
            version_clouds.c.subject == bindparam("cpid")
        ),
    ).limit(bindparam("most")),
)


class _Statements(NamedTuple):
    page: SqlStatement
    counted: SqlStatement


@cache
def statements(whose: str, has_cpid: bool, is_verified: bool | None) -> _Statements:
    """`whose` is one of WHOSE."""
    found = _ids(whose, has_cpid, is_verified)
    verified = {None: "", True: "_verified", False: "_unverified"}[is_verified]
    title = f"{whose}{'_cpid' if has_cpid else ''}{verified}"
    place = found.selected_columns[0]
    page = found.order_by(place.desc()).limit(bindparam("most")).offset(bindparam("skipped")).subquery("page")
    shown = select(*_SHOWN).select_from(_with_all(page.join(runs, runs.c.id == page.c.id)))
    counted = select(func.count()).select_from(found.limit(bindparam("counted")).subquery("counted"))
    return _Statements(SqlStatement(f"refstack.page {title}", shown), SqlStatement(f"refstack.count {title}", counted))


_SHARED = and_(runs.c.is_public == text("1"), shared_runs_are_open())
_OWN = and_(runs.c.owner == bindparam("asker"), is_senders(runs))
WHOSE = {
    "shared": (_SHARED,),
    "own": (_OWN,),
    "product": (SEES_RUN,),
    "product_shared": (_SHARED,),
    "product_own": (_OWN,),
}
"""Rule 2."""
_held = attachments.alias("held_by")


def _ids(whose: str, has_cpid: bool, is_verified: bool | None) -> Select[Any]:
    """Verified runs are few: they are found first, where there is no product."""
    conditions = [*WHOSE[whose], *([runs.c.subject == bindparam("cpid")] if has_cpid else [])]
    place: ColumnElement[bytes] = runs.c.id
    tables: FromClause = runs
    is_in = exists(select(text("1")).where(verifications.c.run == runs.c.id))
    if whose.startswith("product"):
        place, tables = _held.c.run, _held.join(runs, runs.c.id == _held.c.run)
        of_product = select(text("1")).where(
            product_versions.c.id == _held.c.version, product_versions.c.product == bindparam("product")
        )
        conditions += [_held.c.vendor == bindparam("vendor"), exists(of_product)]
        conditions += [] if is_verified is None else [is_in if is_verified else ~is_in]
    elif is_verified:
        place, tables = verifications.c.run, verifications
        conditions = [exists(select(text("1")).where(runs.c.id == verifications.c.run, *conditions))]
    elif is_verified is False:
        conditions.append(~is_in)
    between = (place < bindparam("before"), place >= bindparam("floor", type_=LargeBinary))
    return select(place.label("id")).select_from(tables).where(*conditions, *between)


def page(
    transaction: Transaction, asker: Asker, wanted: RefstackFilter, *, skipped: int, most: int
) -> tuple[list[ListedRun], int]:
    """At most so many runs, the newest first, behind those that are `skipped`; and how many there are altogether.

    Where there are COUNTED more than these or still more, it is just so many.
    """
    whose = "own" if wanted.is_own else "shared" if wanted.is_shared else ""
    if wanted.product is not None:
        whose = "product" + (f"_{whose}" if whose else "")
    with _GUARD:  # a statement is made once, whoever asks first
        asked = statements(whose, wanted.cpid is not None, wanted.is_verified)
    values = _values(asker, wanted)
    counted = transaction.one(asked.counted, **values, counted=skipped + most + COUNTED)
    rows = transaction.run(asked.page, **values, most=most, skipped=skipped)
    found = sorted((_listed(row) for row in rows), key=lambda one: one.run.id, reverse=True)
    return found, 0 if counted is None else int(counted[0])


def _values(asker: Asker, wanted: RefstackFilter) -> dict[str, Value]:
    before = _NEWEST if wanted.until is None else ids.first_of(wanted.until + _SECOND)
    floor = _OLDEST if wanted.since is None else ids.first_of(wanted.since)
    values: dict[str, Value] = {"before": before, "floor": floor, **run_values(asker), **product_values(asker)}
    if wanted.cpid is not None:
        values["cpid"] = wanted.cpid
    if wanted.product is not None:
        values |= {"product": wanted.product, "vendor": wanted.vendor}
    return values


def one(transaction: Transaction, asker: Asker, run: bytes) -> ListedRun | None:
    """The run, if whoever asks may see it."""
    row = transaction.one(_ONE, run=run, **{**run_values(asker), **product_values(asker)})
    return None if row is None else _listed(row)


def put(transaction: Transaction, run: bytes, words: RefstackWords) -> None:
    """What RefStack's API knows of a run, in the place of what it knew."""
    transaction.run(_PUT, run=run, **words._asdict())


def words_of(transaction: Transaction, run: bytes) -> RefstackWords:
    """What it knows of a run that somebody may see; nobody else changes it until the transaction ends."""
    row = transaction.one(_LOCK, run=run, duration=None, guideline=None, target=None)
    return RefstackWords() if row is None else RefstackWords(*row)


def versions_of_cloud(transaction: Transaction, cpid: str, most: int) -> list[tuple[bytes, bytes]]:
    """Versions of products that can be tested at a cloud, by its cpid or its identity, each with its vendor.

    Of very many the first ones.
    """
    return [(bytes(row[0]), bytes(row[1])) for row in transaction.run(_VERSIONS, cpid=cpid, most=most)]


def _listed(row: Row) -> ListedRun:
    columns = iter(row)
    run = run_of(tuple(islice(columns, len(COLUMNS))))
    words = RefstackWords(*islice(columns, len(_WORDS)))
    guideline, is_verified, is_mine = islice(columns, 3)
    owner = tuple(islice(columns, 3))
    product = tuple(islice(columns, len(_PRODUCT)))
    sees_product = next(columns)
    found = None
    if product[0] is not None and sees_product:
        version, version_name, cpid, identity, name, vendor, is_public = product
        found = ListedProduct(bytes(version), version_name, cpid, bytes(identity), name, bytes(vendor), bool(is_public))
    return ListedRun(run, words, guideline, bool(is_verified), bool(is_mine), owner, found)

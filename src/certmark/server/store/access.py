"""Who may see, as conditions of statements; and the roles that somebody has, where services decide.

The rules (`domain.permissions`) are not in the statements: each takes the roles that have a right as a number, a
bit for each, so that one text of SQL serves whatever an operator overrides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, or_, select, text, union_all

from certmark.domain.permissions import Right, Role, roles_of
from certmark.server.asking import Asker
from certmark.server.store.database import Transaction
from certmark.server.store.schema import attachments, members, offices, products, runs, vendors
from certmark.server.store.statements import SqlStatement, Value

# Tables of their own in each condition: none is mixed up with one of the statement around it.
_mine, _offices, _held = members.alias("mine"), offices.alias("in_office"), attachments.alias("held")


def in_vendor(vendor: ColumnElement[bytes], bits: str) -> ColumnElement[bool]:
    """Whether who asks has one of the roles `bits` in a vendor."""
    return exists(
        select(text("1")).where(
            _mine.c.vendor == vendor,
            _mine.c.identity == bindparam("asker"),
            _mine.c.roles.bitwise_and(bindparam(bits, type_=members.c.roles.type)) != text("0"),
        )
    )


def in_programme(bits: str) -> ColumnElement[bool]:
    """Whether who asks has one of the roles `bits` in the programme."""
    return exists(
        select(text("1")).where(
            _offices.c.identity == bindparam("asker"),
            _offices.c.roles.bitwise_and(bindparam(bits, type_=offices.c.roles.type)) != text("0"),
        )
    )


def _open(name: str) -> ColumnElement[bool]:
    return bindparam(name, type_=runs.c.is_public.type) == text("1")


SEES_VENDOR = or_(
    and_(vendors.c.is_public == text("1"), _open("open_vendors")),
    in_vendor(vendors.c.id, "vendor_roles"),
    in_programme("vendor_roles"),
)
"""Of a row of `vendors`."""
SEES_PRODUCT = or_(
    and_(products.c.is_public == text("1"), vendors.c.is_public == text("1"), _open("open_products")),
    in_vendor(products.c.vendor, "product_roles"),
    in_programme("product_roles"),
)
"""Of a row of `products` joined with its vendor."""
_ATTACHED = exists(select(text("1")).where(_held.c.run == runs.c.id))
OWNS_RUN = and_(runs.c.owner == bindparam("asker"), _open("open_own"), ~_ATTACHED)
"""Of a row of `runs`: sent by who asks, and of no vendor."""
OF_OWN_VENDOR = in_vendor(runs.c.owner, "run_roles")
"""Of a row of `runs`: a vendor sent it, by its own id, of which who asks is a member."""
SEES_RUN = or_(
    and_(runs.c.is_public == text("1"), _open("open_runs")),
    OWNS_RUN,
    OF_OWN_VENDOR,
    exists(
        select(text("1")).where(
            _held.c.run == runs.c.id,
            or_(
                in_vendor(_held.c.vendor, "run_roles"),
                and_(_held.c.official.is_not(None), in_programme("official_roles")),
            ),
        )
    ),
)
"""Of a row of `runs`."""


IS_OWNERS = or_(
    OWNS_RUN,
    exists(select(text("1")).where(_held.c.run == runs.c.id, in_vendor(_held.c.vendor, "run_roles"))),
)
"""Of a row of `runs`: theirs who ask, or their vendor's."""


def is_senders(table: Any) -> ColumnElement[bool]:
    """Of a row of `table`, which is `runs`: whether who sent it may see it still, now that it belongs to a vendor.

    A value and no EXISTS: PostgreSQL would make a join of that, and find the least of an index no more.
    """
    member = case((in_vendor(_held.c.vendor, "run_roles"), 1), else_=0)
    held = select(member).where(_held.c.run == table.c.id).scalar_subquery()
    return and_(func.coalesce(held, 1) == text("1"), _open("open_own"))


def is_unattached(table: Any) -> ColumnElement[bool]:
    """Of a row of `table`, which is `runs`: whether it belongs to no version of a product; a value, likewise."""
    return select(_held.c.run).where(_held.c.run == table.c.id).scalar_subquery().is_(None)


def shared_runs_are_open() -> ColumnElement[bool]:
    """Whether who asks may see what is shared."""
    return _open("open_runs")


def vendor_values(asker: Asker) -> Mapping[str, Value]:
    """What SEES_VENDOR takes."""
    return {
        "asker": asker.identity or b"",
        "open_vendors": int(asker.has(Right.SEE_PUBLIC_VENDOR)),
        "vendor_roles": asker.rules.bits(Right.SEE_VENDOR),
    }


def product_values(asker: Asker) -> Mapping[str, Value]:
    """What SEES_PRODUCT takes."""
    return {
        "asker": asker.identity or b"",
        "open_products": int(asker.has(Right.SEE_PUBLIC_PRODUCT)),
        "product_roles": asker.rules.bits(Right.SEE_PRODUCT),
    }


def own_run_values(asker: Asker) -> Mapping[str, Value]:
    """What OWNS_RUN takes."""
    return {"asker": asker.identity or b"", "open_own": int(asker.has(Right.SEE_OWN_RUN, {Role.OWNER}))}


def run_values(asker: Asker) -> Mapping[str, Value]:
    """What SEES_RUN takes."""
    return {
        **own_run_values(asker),
        "open_runs": int(asker.has(Right.SEE_SHARED_RUN)),
        "run_roles": asker.rules.bits(Right.SEE_VENDOR_RUN),
        "official_roles": asker.rules.bits(Right.SEE_OFFICIAL_RUN),
    }


_ROLES = SqlStatement(
    "access.roles",
    union_all(
        select(members.c.roles).where(members.c.vendor == bindparam("vendor"), members.c.identity == bindparam("who")),
        select(offices.c.roles).where(offices.c.identity == bindparam("who")),
    ),
)


def roles(transaction: Transaction, asker: Asker, vendor: bytes | None) -> frozenset[Role]:
    """The roles of who asks in the programme, and in `vendor`."""
    if asker.identity is None:
        return frozenset()
    found = transaction.run(_ROLES, vendor=vendor or b"", who=asker.identity)
    return frozenset().union(*(roles_of(int(row[0])) for row in found))

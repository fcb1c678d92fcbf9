"""Standing orders."""

from __future__ import annotations

import json
from typing import NamedTuple

from sqlalchemy import bindparam, insert, null, select, update

from certmark.domain.orders.terms import OrderState, OrderTerms
from certmark.domain.permissions import Role, bits_of
from certmark.server.store.database import Transaction
from certmark.server.store.schema import accounts, members, offices, orders
from certmark.server.store.statements import Row, SqlStatement

PROGRAMME = b""
"""Whose orders are the programme's own."""


class StoredOrder(NamedTuple):
    """A standing order."""

    id: bytes
    vendor: bytes
    """Or `PROGRAMME`."""
    terms: OrderTerms
    schedule: str
    window: int
    """Minutes."""
    state: OrderState
    next: int | None
    """When it is due; None: not by itself."""
    aside: str | None
    """Why its cloud is not tested."""
    aside_until: int | None
    """The last day on which that holds, in days since 1970; None: until somebody says otherwise."""
    created: int
    revision: int


COLUMNS = [orders.c[{"terms": "content"}.get(name, name)] for name in StoredOrder._fields]
_ADD = SqlStatement("orders.add", insert(orders))
_ONE = SqlStatement("orders.one", select(*COLUMNS).where(orders.c.id == bindparam("named")))
_OF = SqlStatement(
    "orders.of",
    select(*COLUMNS)
    .where(orders.c.vendor == bindparam("whose"), orders.c.id < bindparam("before"))
    .order_by(orders.c.vendor.desc(), orders.c.id.desc())
    .limit(bindparam("most")),
)
_WAITING = SqlStatement(
    "orders.waiting",
    select(*COLUMNS)
    .where(orders.c.next.is_not(None), orders.c.next <= bindparam("now"))
    .order_by(orders.c.next, orders.c.id)
    .limit(bindparam("most")),
)
_SET = SqlStatement(
    "orders.set",
    update(orders)
    .where(orders.c.id == bindparam("named"), orders.c.revision == bindparam("before"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("content", "schedule", "window", "state", "next", "aside", "aside_until")
        }
    )
    .values(revision=orders.c.revision + 1)
    .returning(orders.c.revision),
)
_NEXT = SqlStatement(
    "orders.next",
    update(orders)
    .where(orders.c.id == bindparam("named"), orders.c.next == bindparam("before"))
    .values(next=bindparam("new_next"))
    .returning(orders.c.id),
)
_END = SqlStatement(
    "orders.end_all",
    update(orders)
    .where(orders.c.vendor == bindparam("whose"))
    .values(state=OrderState.ENDED.value, next=null(), revision=orders.c.revision + 1),
)
_LEADS = bits_of({Role.ADMINISTRATOR})
_MAILS_OF_VENDOR = SqlStatement(
    "orders.mails_of_vendor",
    select(accounts.c.email)
    .select_from(members.join(accounts, accounts.c.identity == members.c.identity))
    .where(
        members.c.vendor == bindparam("whose"),
        members.c.roles.bitwise_and(bindparam("leads", type_=members.c.roles.type)) != 0,
        accounts.c.email.is_not(None),
    ),
)
_MAILS_OF_OFFICE = SqlStatement(
    "orders.mails_of_office",
    select(accounts.c.email)
    .select_from(offices.join(accounts, accounts.c.identity == offices.c.identity))
    .where(
        offices.c.roles.bitwise_and(bindparam("leads", type_=offices.c.roles.type)) != 0,
        accounts.c.email.is_not(None),
    ),
)
NEWEST = b"\xff" * 16


def add(transaction: Transaction, new: StoredOrder) -> None:
    """A new one."""
    values = new._asdict() | {"content": _content(new.terms), "state": new.state.value}
    del values["terms"]
    transaction.run(_ADD, **values)


def one(transaction: Transaction, order: bytes) -> StoredOrder | None:
    """The one of this id."""
    row = transaction.one(_ONE, named=order)
    return None if row is None else order_of(row)


def of(transaction: Transaction, vendor: bytes, before: bytes, most: int) -> list[StoredOrder]:
    """A vendor's or the programme's before one of them, the newest first."""
    return [order_of(row) for row in transaction.run(_OF, whose=vendor, before=before, most=most)]


def waiting(transaction: Transaction, now: int, most: int) -> list[StoredOrder]:
    """Those whose time has come."""
    return [order_of(row) for row in transaction.run(_WAITING, now=now, most=most)]


def change(transaction: Transaction, new: StoredOrder) -> int | None:
    """Its new revision; None: somebody else was quicker."""
    row = transaction.one(
        _SET,
        named=new.id,
        before=new.revision,
        new_content=_content(new.terms),
        new_schedule=new.schedule,
        new_window=new.window,
        new_state=new.state.value,
        new_next=new.next,
        new_aside=new.aside,
        new_aside_until=new.aside_until,
    )
    return None if row is None else int(row[0])


def pass_on(transaction: Transaction, order: StoredOrder, following: int | None) -> bool:
    """Its time is another one; False: somebody else was quicker."""
    return transaction.one(_NEXT, named=order.id, before=order.next, new_next=following) is not None


def end_all(transaction: Transaction, vendor: bytes) -> None:
    """A vendor's end."""
    transaction.run(_END, whose=vendor)


def mails(transaction: Transaction, vendor: bytes) -> list[str]:
    """Where those are reached who look after orders."""
    if vendor == PROGRAMME:
        rows = transaction.run(_MAILS_OF_OFFICE, leads=Role.OFFICE.bit)
    else:
        rows = transaction.run(_MAILS_OF_VENDOR, whose=vendor, leads=_LEADS)
    return sorted({str(row[0]) for row in rows})


def _content(terms: OrderTerms) -> str:
    return json.dumps(terms._asdict(), sort_keys=True)


def order_of(row: Row) -> StoredOrder:
    """As a row has it."""
    found = StoredOrder(*row)
    content = json.loads(str(found.terms))
    content["labels"] = tuple(content["labels"])
    return found._replace(
        id=bytes(found.id), vendor=bytes(found.vendor), terms=OrderTerms(**content), state=OrderState(found.state)
    )

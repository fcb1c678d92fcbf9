"""Each time that a standing order was due, and what became of it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, text, update

from certmark.domain.orders.assignments import GRACE, AssignmentResult, AssignmentState, OrderAssignment
from certmark.server.store.database import Transaction
from certmark.server.store.orders import COLUMNS as OF_ORDER
from certmark.server.store.orders import StoredOrder, order_of
from certmark.server.store.schema import assignments, orders
from certmark.server.store.statements import Row, SqlStatement, Value

_NAMES = tuple("standing_order" if name == "order" else name for name in OrderAssignment._fields)
_COLUMNS = [assignments.c[name] for name in _NAMES]
_CHANGING = ("state", "attempt", "runner", "lease", "ended", "is_cancelled", "result", "run", "reason", "progress")
_ADD = SqlStatement("assignments.add", insert(assignments))
_ONE = SqlStatement("assignments.one", select(*_COLUMNS).where(assignments.c.id == bindparam("named")))
_OPEN = SqlStatement(
    "assignments.open",
    select(*_COLUMNS).where(assignments.c.standing_order == bindparam("of"), assignments.c.ended.is_(None)),
)
_OF = SqlStatement(
    "assignments.of",
    select(*_COLUMNS)
    .where(assignments.c.standing_order == bindparam("of"), assignments.c.id < bindparam("before"))
    .order_by(assignments.c.standing_order.desc(), assignments.c.id.desc())
    .limit(bindparam("most")),
)
_WITH_ORDERS = select(*_COLUMNS, *OF_ORDER).select_from(
    assignments.join(orders, orders.c.id == assignments.c.standing_order)
)
_DUE = SqlStatement(
    "assignments.due",
    _WITH_ORDERS.where(
        assignments.c.vendor == bindparam("whose"),
        assignments.c.state == text("'due'"),
        assignments.c.due <= bindparam("now"),
    )
    .order_by(assignments.c.vendor, assignments.c.due, assignments.c.id)
    .limit(bindparam("most")),
)
_AT_WORK = SqlStatement(
    "assignments.at_work",
    _WITH_ORDERS.where(assignments.c.vendor == bindparam("whose"), assignments.c.lease.is_not(None)).order_by(
        assignments.c.vendor, assignments.c.cloud
    ),
)
_OVERDUE = SqlStatement(
    "assignments.overdue",
    select(*_COLUMNS)
    .where(assignments.c.ended.is_(None), assignments.c.lease.is_(None), assignments.c.until <= bindparam("now"))
    .order_by(assignments.c.until, assignments.c.id)
    .limit(bindparam("most")),
)
_ABANDONED = SqlStatement(
    "assignments.abandoned",
    select(*_COLUMNS)
    .where(assignments.c.lease > text("0"), assignments.c.lease <= bindparam("gone"))
    .order_by(assignments.c.lease)
    .limit(bindparam("most")),
)
_SET = SqlStatement(
    "assignments.set",
    update(assignments)
    .where(assignments.c.id == bindparam("named"), assignments.c.revision == bindparam("before"))
    .values({name: bindparam(f"new_{name}") for name in (*_CHANGING, "revision")})
    .returning(assignments.c.id),
)


class OrderedAssignment(NamedTuple):
    """An assignment, and what its order says."""

    assignment: OrderAssignment
    order: StoredOrder


def add(transaction: Transaction, new: OrderAssignment) -> None:
    """A new one. Raises Conflict where one of its order is open."""
    transaction.run(_ADD, standing_order=new.order, **{k: v for k, v in _values(new).items() if k != "order"})


def one(transaction: Transaction, assignment: bytes) -> OrderAssignment | None:
    """The one of this id."""
    row = transaction.one(_ONE, named=assignment)
    return None if row is None else _assignment(row)


def open_of(transaction: Transaction, order: bytes) -> OrderAssignment | None:
    """The one of an order that is not at its end."""
    row = transaction.one(_OPEN, of=order)
    return None if row is None else _assignment(row)


def of(transaction: Transaction, order: bytes, before: bytes, most: int) -> list[OrderAssignment]:
    """Those of an order before one of them, the newest first."""
    return [_assignment(row) for row in transaction.run(_OF, of=order, before=before, most=most)]


def due(transaction: Transaction, vendor: bytes, now: int, most: int) -> list[OrderedAssignment]:
    """A vendor's that nobody has, the one that waits longest first."""
    return [_ordered(row) for row in transaction.run(_DUE, whose=vendor, now=now, most=most)]


def at_work(transaction: Transaction, vendor: bytes) -> list[OrderedAssignment]:
    """A vendor's that somebody has, or had until their lease ended: one for each cloud."""
    return [_ordered(row) for row in transaction.run(_AT_WORK, whose=vendor)]


def lapsed(transaction: Transaction, now: int, most: int) -> list[OrderAssignment]:
    """Those of which the clock may make something."""
    found = transaction.run(_OVERDUE, now=now, most=most) + transaction.run(_ABANDONED, gone=now - GRACE, most=most)
    return [_assignment(row) for row in found]


def change(transaction: Transaction, new: OrderAssignment) -> bool:
    """As it is now; False: somebody else was quicker. Raises Conflict where its cloud is at work."""
    values = {f"new_{name}": _values(new)[name] for name in (*_CHANGING, "revision")}
    return transaction.one(_SET, named=new.id, before=new.revision - 1, **values) is not None


def _values(new: OrderAssignment) -> dict[str, Value]:
    result = None if new.result is None else new.result.value
    return {**new._asdict(), "state": new.state.value, "result": result, "is_cancelled": int(new.is_cancelled)}


def _ordered(row: Row) -> OrderedAssignment:
    return OrderedAssignment(_assignment(row[: len(_COLUMNS)]), order_of(row[len(_COLUMNS) :]))


def _assignment(row: Row) -> OrderAssignment:
    found = OrderAssignment(*row)
    return found._replace(
        id=bytes(found.id),
        order=bytes(found.order),
        vendor=bytes(found.vendor),
        state=AssignmentState(found.state),
        runner=None if found.runner is None else bytes(found.runner),
        is_cancelled=bool(found.is_cancelled),
        result=None if found.result is None else AssignmentResult(found.result),
        run=None if found.run is None else bytes(found.run),
    )

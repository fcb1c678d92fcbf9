"""Standing orders: given, changed, started, paused, cancelled and ended by who looks after them.

1. An order belongs to a vendor, or to the programme; who looks after that gives it, and its members see it.
2. When its time comes it becomes an assignment, unless its last one is open still; what was missed is not made up for.
3. A cloud that its owner set aside is skipped with that reason; an order that is paused or ended is not due.
4. What does not pass, or could not be tested, is told to who looks after it; a concern never changes anything else.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import NamedTuple

from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.fleets import Availability
from certmark.domain.orders.assignments import AssignmentState, OrderAssignment, cancelled, lapsed
from certmark.domain.orders.schedules import LONGEST_WINDOW, read_schedule, window_end
from certmark.domain.orders.terms import CONCERN_DAYS, OrderHealth, OrderState, OrderTerms, check_terms, health_of
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.asking import WORKER, Asker
from certmark.server.services import notices
from certmark.server.services.certification.concerns import CloudUnderTest, heed
from certmark.server.services.changes import changed, changing, check_revision, require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown, NotPermitted, OverQuota, WrongState
from certmark.server.services.moments import moment_of
from certmark.server.services.vendors import living
from certmark.server.services.vendors import seen as vendor_seen
from certmark.server.store import assignments, history, orders
from certmark.server.store.database import Transaction
from certmark.server.store.orders import PROGRAMME, StoredOrder

MOST = 500
"""Orders of a vendor or of the programme that are not at their end."""
SHOWN = 50
"""Assignments of an order that are shown at once."""
EVERY = 30.0
"""Seconds between two looks at the clock."""
_AT_ONCE = 100
_AGAIN = "somebody else changed what becomes of it at the same time; look again"
_DAY = 86_400_000_000


class ShownOrder(NamedTuple):
    """An order with its newest assignments."""

    order: StoredOrder
    assignments: list[OrderAssignment]
    health: OrderHealth


class OrderChange(NamedTuple):
    """What of an order is to be otherwise; None: as it is."""

    terms: OrderTerms | None = None
    schedule: str | None = None
    window: int | None = None
    state: OrderState | None = None
    aside: str | None = None
    """Why its cloud is not tested; empty: it is."""
    aside_until: dt.date | None = None


def listed(services: Services, asker: Asker, vendor: bytes, before: bytes | None, most: int) -> list[StoredOrder]:
    """A vendor's orders, or the programme's, the newest first. Raises NotFound or NotPermitted."""
    with services.database.read() as transaction:
        may(transaction, asker, Right.SEE_ORDER, vendor)
        return orders.of(transaction, vendor, before or orders.NEWEST, most)


def show(services: Services, asker: Asker, order: bytes) -> ShownOrder:
    """One. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(transaction, _seen(transaction, asker, order))


def past(services: Services, asker: Asker, order: bytes, before: bytes | None, most: int) -> list[OrderAssignment]:
    """What became of it each time, the newest first. Raises NotFound."""
    with services.database.read() as transaction:
        _seen(transaction, asker, order)
        return assignments.of(transaction, order, before or orders.NEWEST, most)


def add(services: Services, asker: Asker, vendor: bytes, terms: OrderTerms, schedule: str, window: int) -> ShownOrder:
    """Give one. Raises InvalidInput, NotFound, NotPermitted, WrongState or OverQuota."""
    now = services.clock()
    check_terms(terms)
    _check_window(window)
    following = read_schedule(schedule).next_after(now)
    new = StoredOrder(
        ids.new_id(now), vendor, terms, schedule, window, OrderState.ACTIVE, following, None, None, now, 0
    )
    with services.database.write() as transaction:
        may_change(transaction, asker, vendor)
        there = orders.of(transaction, vendor, orders.NEWEST, MOST)
        if len([one for one in there if one.state is not OrderState.ENDED]) >= MOST:
            raise OverQuota(f"there are {MOST} orders already; end one of them")
        orders.add(transaction, new)
        history.note(transaction, asker, "order.add", new.id, now, detail={"cloud": terms.cloud})
        return _shown(transaction, new)


def edit(services: Services, asker: Asker, order: bytes, change: OrderChange, expected: int | None) -> ShownOrder:
    """Change, pause, end it, or set its cloud aside. Raises InvalidInput, NotFound, Outdated, WrongState."""
    now = services.clock()
    with changing(services, _AGAIN) as transaction:
        found = _owned(transaction, asker, order, expected)
        new = _changed(found, change, now)
        changed(orders.change(transaction, new))
        if new.state is not OrderState.ACTIVE:
            _cancel(transaction, order, now, f"the order was {new.state.value}", is_ended=new.state is OrderState.ENDED)
        detail = {name: True for name, value in change._asdict().items() if value is not None}
        action = "edit" if new.state is found.state else new.state.value
        history.note(transaction, asker, f"order.{action}", order, now, detail=detail, reason=change.aside or "")
        return _shown(transaction, new._replace(revision=found.revision + 1))


def _changed(found: StoredOrder, change: OrderChange, now: int) -> StoredOrder:
    terms, window = change.terms or found.terms, change.window or found.window
    check_terms(terms)
    _check_window(window)
    state = change.state or found.state
    schedule = change.schedule or found.schedule
    following = read_schedule(schedule).next_after(now) if state is OrderState.ACTIVE else None
    new = found._replace(terms=terms, window=window, state=state, schedule=schedule, next=following)
    if change.aside is None:
        return new
    if len(change.aside) > 500 or (change.aside and not change.aside.isprintable()):
        raise InvalidInput("a reason is a line of at most 500 signs")
    until = None if change.aside_until is None else (change.aside_until - dt.date(1970, 1, 1)).days
    return new._replace(aside=change.aside or None, aside_until=until if change.aside else None)


def _check_window(minutes: int) -> None:
    if not 1 <= minutes <= LONGEST_WINDOW:
        raise InvalidInput(f"a window has 1 to {LONGEST_WINDOW} minutes")


def start(services: Services, asker: Asker, order: bytes) -> ShownOrder:
    """Have it done now. Raises NotFound, NotPermitted or WrongState."""
    now = services.clock()
    with changing(services, "it is due, or at work, already") as transaction:
        found = _owned(transaction, asker, order, None)
        if found.state is OrderState.PAUSED:
            raise WrongState("the order is paused; let it go on first")
        if assignments.open_of(transaction, order) is not None:
            raise WrongState("it is due, or at work, already")
        _make_due(services, transaction, found, now)
        history.note(transaction, asker, "order.start", order, now)
        return _shown(transaction, found)


def cancel(services: Services, asker: Asker, order: bytes, reason: str) -> ShownOrder:
    """End what is open of it; its runner is told when it is heard next. Raises NotFound, NotPermitted or WrongState."""
    now = services.clock()
    with changing(services, _AGAIN) as transaction:
        found = _owned(transaction, asker, order, None)
        if not _cancel(transaction, order, now, reason or "cancelled by a person"):
            raise WrongState("nothing of it is due or at work")
        history.note(transaction, asker, "order.cancel", order, now, reason=reason)
        return _shown(transaction, found)


def _cancel(transaction: Transaction, order: bytes, now: int, reason: str, *, is_ended: bool = True) -> bool:
    """Whether something was open; what is at work only where `is_ended`."""
    one = assignments.open_of(transaction, order)
    if one is not None and one.state.is_at_work and not is_ended:
        return False
    if one is not None and not assignments.change(transaction, cancelled(one, now, reason)):
        changed(None)
    return one is not None


def tick(services: Services) -> int:
    """What the clock makes of orders and assignments; how many changed."""
    with services.database.write() as transaction:
        return make_due(services, transaction) + _lapse(services, transaction)


def make_due(services: Services, transaction: Transaction) -> int:
    """Rule 2, of all orders whose time has come."""
    now, count = services.clock(), 0
    for order in orders.waiting(transaction, now, _AT_ONCE):
        moment = order.next or now
        is_mine = orders.pass_on(transaction, order, read_schedule(order.schedule).next_after(now))
        is_late = window_end(moment, order.window) <= now
        if is_mine and not is_late and assignments.open_of(transaction, order.id) is None:
            _make_due(services, transaction, order, moment)
            count += 1
    return count


def _make_due(services: Services, transaction: Transaction, order: StoredOrder, due: int) -> None:
    """Rules 2 and 3."""
    now, terms = services.clock(), order.terms
    until = window_end(due, order.window)
    new = OrderAssignment(ids.new_id(now), order.id, order.vendor, terms.cloud, terms.program, due, until)
    if order.aside is not None:
        last = None if order.aside_until is None else dt.date(1970, 1, 1) + dt.timedelta(order.aside_until)
        holds = Availability(available=False, reason=order.aside, until=last)
        if not holds.holds_on(moment_of(now).date()):
            new = new._replace(state=AssignmentState.SKIPPED, ended=now, reason=holds.sentence)
    assignments.add(transaction, new)


def _lapse(services: Services, transaction: Transaction) -> int:
    now, count = services.clock(), 0
    for before in assignments.lapsed(transaction, now, _AT_ONCE):
        after = lapsed(before, now)
        if after is not before and assignments.change(transaction, after):
            count += 1
            order = orders.one(transaction, after.order)
            if order is not None:
                tell_end(services, transaction, WORKER, order, after)
    return count


def tell_end(
    services: Services, transaction: Transaction, asker: Asker, order: StoredOrder, one: OrderAssignment
) -> None:
    """Rule 4: what came of an assignment, on record, and told where somebody should look."""
    detail = {"assignment": ids.written(one.id), "state": one.state.value}
    detail |= {} if one.result is None else {"result": one.result.value}
    history.note(transaction, asker, "order.done", order.id, services.clock(), reason=one.reason, detail=detail)
    has_passed = one.result is not None and one.result.value == "pass"
    if one.state not in {AssignmentState.DONE, AssignmentState.OVERDUE}:
        return
    before = assignments.of(transaction, order.id, orders.NEWEST, SHOWN)
    last = next((run for run in (one.run, *(other.run for other in before)) if run is not None), None)
    if last is not None:
        what = one.reason or (one.state.value if one.result is None else one.result.value)
        sentence = f"the standing order {order.terms.name} came to: {what}"
        tested = CloudUnderTest(last, order.terms.program, order.vendor)
        heed(services, transaction, tested, sentence, has_passed=has_passed)
    if not has_passed:
        raise_concern(services, transaction, order, one)


def raise_concern(services: Services, transaction: Transaction, order: StoredOrder, one: OrderAssignment) -> None:
    """That a cloud's own test did not pass: told to who looks after it, private for 14 days (workflow 3.3).

    It never suspends or revokes anything by itself.
    """
    now = services.clock()
    what = one.result.value if one.result is not None else one.state.value
    until = moment_of(now + CONCERN_DAYS * _DAY).date()
    history.note(transaction, WORKER, "order.concern", order.id, now, reason=one.reason, detail={"until": f"{until}"})
    if not order.terms.attention:
        return
    subject = f"{order.terms.cloud}: {what} ({order.terms.program})"[:200]
    body = (
        f"The standing order {order.terms.name} came to: {what}.\n{one.reason}\n\n"
        f"Cloud: {order.terms.cloud}\nProgram: {order.terms.program}\n"
        f"Only you and the programme see this until {until}. Nothing is suspended or revoked by it.\n"
        f"{services.settings.public_url or ''}/orders/{ids.written(order.id)}\n"
    )
    for address in orders.mails(transaction, order.vendor):
        with suppress(InvalidRequest):  # what a provider says that is no address of anybody
            notices.write(services, transaction, address, subject, body, key=f"order {one.id.hex()} {what}")


def _shown(transaction: Transaction, order: StoredOrder) -> ShownOrder:
    found = assignments.of(transaction, order.id, orders.NEWEST, SHOWN)
    return ShownOrder(order, found, health_of(found))


def may(transaction: Transaction, asker: Asker, right: Right, vendor: bytes) -> None:
    """Whether who asks has a right to a vendor's orders or to the programme's. Raises NotFound or NotPermitted."""
    if asker.identity == vendor and right in _OF_TOKENS:
        return
    if vendor != PROGRAMME:
        vendor_seen(transaction, asker, vendor)
    require(transaction, asker, right, vendor or None)


_OF_TOKENS = {Right.SEE_ORDER, Right.RUN_ORDER}
"""What a vendor's own token may: whoever looks after the vendor made it, for that."""


def may_change(transaction: Transaction, asker: Asker, vendor: bytes) -> None:
    """Likewise, to change them; of a vendor that lives. Raises NotFound, NotPermitted or WrongState."""
    if vendor == PROGRAMME:
        require(transaction, asker, Right.EDIT_ORDER)
    else:
        living(transaction, asker, vendor, Right.EDIT_ORDER)


def _seen(transaction: Transaction, asker: Asker, order: bytes) -> StoredOrder:
    """Raises NotFound, whether it is there or not."""
    found = orders.one(transaction, order)
    if found is None:
        raise NotFound(f"there is no order {ids.written(order)} that you may see")
    try:
        may(transaction, asker, Right.SEE_ORDER, found.vendor)
    except NotKnown:
        raise
    except NotPermitted as error:
        raise NotFound(f"there is no order {ids.written(order)} that you may see") from error
    return found


def _owned(transaction: Transaction, asker: Asker, order: bytes, expected: int | None) -> StoredOrder:
    found = _seen(transaction, asker, order)
    may_change(transaction, asker, found.vendor)
    check_revision(expected, found.revision)
    if found.state is OrderState.ENDED:
        raise WrongState("the order is at its end; give a new one")
    return found

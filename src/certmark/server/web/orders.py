"""Standing orders of a vendor or of the programme, what came of them, and the runners that carry them out: to look at.

One set of pages for both: the path says whose they are, and the services decide who may.
"""

from __future__ import annotations

import msgspec

from certmark.domain.orders.assignments import OrderAssignment
from certmark.domain.orders.terms import OrderState
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.orders import day_of
from certmark.server.services import orders, runners
from certmark.server.services.context import Services
from certmark.server.store.orders import PROGRAMME, StoredOrder
from certmark.server.web.desk import (
    identity_in,
    own_page,
    rights_towards,
    vendor_in,
)
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_MOST = 100


class AssignmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """A time that an order was due."""

    id: str
    due: int
    ended: int | None
    word: str
    """What came of it, else how far it is."""
    run: str | None
    attempt: int
    says: str
    """Why, or how far."""


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """A standing order in a list."""

    id: str
    name: str
    cloud: str
    program: str
    schedule: str
    state: str
    next: int | None
    aside: str | None


class RunnerLine(msgspec.Struct, frozen=True, kw_only=True):
    """A runner."""

    id: str
    name: str
    labels: list[str]
    clouds: list[str]
    seen: int
    is_away: bool
    is_drained: bool


class OrdersPage(msgspec.Struct, frozen=True, kw_only=True):
    """The orders and runners of a vendor, or of the programme."""

    base: str
    trail: list[tuple[str, str]]
    orders: list[OrderLine]
    has_more: bool
    runners: list[RunnerLine]
    may_edit: bool


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """One order."""

    trail: list[tuple[str, str]]
    order: OrderLine
    guideline: str | None
    region: str | None
    suite: str | None
    suite_version: str | None
    workers: int | None
    labels: list[str]
    window: int
    aside_until: str | None
    last_pass: AssignmentLine | None
    missed: int
    is_stale: bool
    is_open: bool
    """Whether something of it is due or at work."""
    assignments: list[AssignmentLine]
    may_edit: bool


def owner_in(services: Services, asked: PageRequest) -> tuple[bytes, str, list[tuple[str, str]]]:
    """Whose orders a path means, where their pages are, and the way there."""
    if "vendor" not in asked.request.path_params:
        return PROGRAMME, "/office/orders", [("/my", "My work"), ("/office", "Programme office")]
    row = vendor_in(services, asked).row
    at = f"/vendors/{ids.written(row.id)}"
    return row.id, f"{at}/orders", [("/vendors", "Vendors"), (at, row.name)]


def base_of(order: StoredOrder) -> str:
    """Where the orders of its owner are."""
    return f"/vendors/{ids.written(order.vendor)}/orders" if order.vendor else "/office/orders"


def _may_edit(services: Services, asked: PageRequest, vendor: bytes) -> bool:
    return Right.EDIT_ORDER.value in rights_towards(services, asked, vendor)


def _list(services: Services, asked: PageRequest) -> Shown:
    vendor, base, trail = owner_in(services, asked)
    found = orders.listed(services, asked.asker, vendor, None, _MOST + 1)
    data = OrdersPage(
        base=base,
        trail=trail,
        orders=[_line(one) for one in found[:_MOST]],
        has_more=len(found) > _MOST,
        runners=[
            RunnerLine(
                id=ids.written(one.id),
                name=one.name,
                labels=list(one.labels),
                clouds=list(one.clouds),
                seen=one.seen,
                is_away=services.clock() - one.seen > runners.SILENT,
                is_drained=one.is_drained,
            )
            for one in runners.listed(services, asked.asker, vendor)
        ],
        may_edit=_may_edit(services, asked, vendor),
    )
    return _private("orders/list.html.j2", "Standing orders", data)


def _line(one: StoredOrder) -> OrderLine:
    return OrderLine(
        id=ids.written(one.id),
        name=one.terms.name,
        cloud=one.terms.cloud,
        program=one.terms.program,
        schedule=one.schedule,
        state=one.state.value,
        next=one.next,
        aside=one.aside,
    )


def _assignment(one: OrderAssignment) -> AssignmentLine:
    return AssignmentLine(
        id=ids.written(one.id),
        due=one.due,
        ended=one.ended,
        word=one.state.value if one.result is None else one.result.value,
        run=None if one.run is None else ids.written(one.run),
        attempt=one.attempt,
        says=one.progress if one.ended is None else one.reason,
    )


def _show(services: Services, asked: PageRequest) -> Shown:
    found = orders.show(services, asked.asker, identity_in(asked, "order"))
    order, terms = found.order, found.order.terms
    last = found.health.last_pass
    data = OrderPage(
        trail=[("/my", "My work"), (base_of(order), "Standing orders")],
        order=_line(order),
        guideline=terms.guideline,
        region=terms.region,
        suite=terms.suite,
        suite_version=terms.suite_version,
        workers=terms.workers,
        labels=list(terms.labels),
        window=order.window,
        aside_until=day_of(order.aside_until),
        last_pass=None if last is None else _assignment(last),
        missed=found.health.missed,
        is_stale=found.health.is_stale,
        is_open=any(one.ended is None for one in found.assignments),
        assignments=[_assignment(one) for one in found.assignments],
        may_edit=order.state is not OrderState.ENDED and _may_edit(services, asked, order.vendor),
    )
    return _private("orders/one.html.j2", terms.name, data)


def _private(template: str, title: str, data: msgspec.Struct) -> Shown:
    return Shown(template, title, data, section="my", freshness=Freshness.PRIVATE)


PAGES: tuple[PageRoute, ...] = (
    *(own_page(base, _list) for base in ("/office/orders", "/vendors/{vendor}/orders")),
    own_page("/orders/{order}", _show),
)

"""Standing orders of a vendor or of the programme, what came of them, and the runners that carry them out.

One set of pages for both: the path says whose they are, and the services decide who may.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.orders.assignments import OrderAssignment
from certmark.domain.orders.schedules import LONGEST_WINDOW, InvalidSchedule
from certmark.domain.orders.terms import InvalidOrder, OrderState, OrderTerms
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.api.orders import Sentence, day_of
from certmark.server.services import orders, runners
from certmark.server.services.context import Services
from certmark.server.services.orders import OrderChange
from certmark.server.store.orders import PROGRAMME, StoredOrder
from certmark.server.web.desk import (
    asks,
    carried_out,
    confirmed,
    form_page,
    identity_in,
    own_page,
    rights_towards,
    sent,
    vendor_in,
)
from certmark.server.web.forms import Field, FormOption, WebForm, done
from certmark.server.web.handling import check_form
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_MOST = 100
_ENDS = ("It is never due again, and what of it is due or at work ends.", "What came of it stays to be looked at.")
_CANCELS = ("What of it is due or at work ends; its runner is told within some seconds.", "The order itself goes on.")
_DAYS = {
    "daily": "every day",
    "mon": "on Mondays",
    "sat": "on Saturdays",
    "mon wed fri": "on Mondays, Wednesdays and Fridays",
    "monthly": "on the first day of each month",
    "quarterly": "on the first day of each quarter",
    "yearly": "on the first day of each year",
    "by hand": "only when somebody starts it",
}


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


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    name: Word
    cloud: Word
    program: Word
    guideline: Annotated[str, Meta(max_length=100)] = ""
    region: Annotated[str, Meta(max_length=100)] = ""
    workers: Annotated[int, Meta(ge=1, le=256)] | None = None
    labels: Annotated[str, Meta(max_length=2000)] = ""
    days: Literal["daily", "mon", "sat", "mon wed fri", "monthly", "quarterly", "yearly", "by hand"]
    at: Annotated[str, Meta(max_length=5)] = "02:00"
    window: Annotated[int, Meta(ge=1, le=LONGEST_WINDOW)] = 240
    attention: str = ""


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """Why a cloud is not tested, and until when."""

    reason: Sentence = ""
    until: dt.date | None = None


def _owner(services: Services, asked: PageRequest) -> tuple[bytes, str, list[tuple[str, str]]]:
    """Whose, where their pages are, and the way there."""
    if "vendor" not in asked.request.path_params:
        return PROGRAMME, "/office/orders", [("/my", "My work"), ("/office", "Programme office")]
    row = vendor_in(services, asked).row
    at = f"/vendors/{ids.written(row.id)}"
    return row.id, f"{at}/orders", [("/vendors", "Vendors"), (at, row.name)]


def _base(order: StoredOrder) -> str:
    return f"/vendors/{ids.written(order.vendor)}/orders" if order.vendor else "/office/orders"


def _may_edit(services: Services, asked: PageRequest, vendor: bytes) -> bool:
    return Right.EDIT_ORDER.value in rights_towards(services, asked, vendor)


def _list(services: Services, asked: PageRequest) -> Shown:
    vendor, base, trail = _owner(services, asked)
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
        trail=[("/my", "My work"), (_base(order), "Standing orders")],
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


def _new(services: Services, asked: PageRequest) -> Shown:
    _, base, trail = _owner(services, asked)
    lead = (
        "A runner tests the cloud and sends the evidence; its credentials of the cloud stay with it.",
        "The cloud is named as the runner calls it: an entry of its clouds.yaml, or of its fleet's file.",
    )
    return form_page("Give a standing order", _form(base), lead=lead, trail=(*trail, (base, "Standing orders")))


def _form(base: str) -> WebForm:
    days = tuple(FormOption(*one) for one in _DAYS.items())
    mail = "Mail to who looks after it, where it does not pass"
    return WebForm(
        path=f"{base}/new",
        button="Give it",
        fields=(
            Field(name="name", label="What you call it", hint="Such as: north, every night"),
            Field(name="cloud", label="Cloud", hint="As the runner calls it."),
            Field(name="region", label="Region", is_optional=True),
            Field(name="program", label="Program of the guideline"),
            Field(name="guideline", label="Guideline", hint="Its id, such as 2026.11.", is_optional=True),
            Field(name="days", label="When", kind="choice", options=days, value="daily"),
            Field(name="at", label="Time of day, UTC", value="02:00"),
            Field(name="window", label="Minutes in which it may begin", value="240"),
            Field(name="workers", label="Classes of tests at a time", is_optional=True),
            Field(name="labels", label="Labels that its runner must have", hint="Words.", is_optional=True),
            Field(name="attention", label=mail, kind="check", value="yes", is_optional=True),
        ),
        back=base,
    )


def _add(services: Services, asked: PageRequest) -> Shown | Response:
    vendor, _, _ = _owner(services, asked)

    def act(new: NewOrder, _: int | None) -> Response:
        terms = OrderTerms(
            name=new.name,
            cloud=new.cloud,
            program=new.program,
            guideline=new.guideline or None,
            region=new.region or None,
            workers=new.workers,
            labels=tuple(new.labels.replace(",", " ").split()),
            attention=bool(new.attention),
        )
        schedule = new.days if new.days == "by hand" else f"{new.days} {new.at}"
        found = orders.add(services, asked.asker, vendor, terms, schedule, new.window)
        return done(asked, f"/orders/{ids.written(found.order.id)}", "saved")

    at: dict[type[Exception], str] = {InvalidSchedule: "at", InvalidOrder: "cloud"}
    return sent(asked, _new(services, asked), act, NewOrder, at)


def _ask(services: Services, asked: PageRequest, word: str, title: str, says: tuple[str, ...]) -> Shown:
    found = orders.show(services, asked.asker, identity_in(asked, "order"))
    path = f"/orders/{ids.written(found.order.id)}"
    form = confirmed(f"{path}/{word}", title.rstrip("?"), path)
    trail = ((_base(found.order), "Standing orders"), (path, found.order.terms.name))
    return form_page(title, form, consequences=says, trail=trail)


def _ask_cancel(services: Services, asked: PageRequest) -> Shown:
    return _ask(services, asked, "cancel", "Cancel what is at work?", _CANCELS)


def _cancel(services: Services, asked: PageRequest) -> Shown | Response:
    order = identity_in(asked, "order")
    then = f"/orders/{ids.written(order)}"
    page = _ask_cancel(services, asked)
    return carried_out(asked, page, lambda _: orders.cancel(services, asked.asker, order, ""), then, "saved")


def _ask_end(services: Services, asked: PageRequest) -> Shown:
    return _ask(services, asked, "end", "End this order?", _ENDS)


def _end(services: Services, asked: PageRequest) -> Shown | Response:
    order, change = identity_in(asked, "order"), OrderChange(state=OrderState.ENDED)
    then = f"/orders/{ids.written(order)}"
    page = _ask_end(services, asked)
    return carried_out(asked, page, lambda _: orders.edit(services, asked.asker, order, change, None), then, "saved")


def _ask_aside(services: Services, asked: PageRequest) -> Shown:
    order = orders.show(services, asked.asker, identity_in(asked, "order")).order
    path = f"/orders/{ids.written(order.id)}"
    form = WebForm(
        path=f"{path}/aside",
        button="Keep it",
        fields=(
            Field(name="reason", label="Why it is not tested", hint="Empty: it is tested again.", is_optional=True),
            Field(name="until", label="The last such day", hint="YYYY-MM-DD", is_optional=True),
        ),
        back=path,
    )
    lead = ("A cloud that its owner set aside is skipped with this reason; that is never a failure.",)
    filled = form.of(reason=order.aside or "", until=day_of(order.aside_until) or "")
    trail = ((_base(order), "Standing orders"), (path, order.terms.name))
    return form_page("Set the cloud aside", filled, lead=lead, trail=trail)


def _aside(services: Services, asked: PageRequest) -> Shown | Response:
    order = identity_in(asked, "order")

    def act(new: Aside, _: int | None) -> Response:
        change = OrderChange(aside=new.reason, aside_until=new.until)
        orders.edit(services, asked.asker, order, change, None)
        return done(asked, f"/orders/{ids.written(order)}", "saved")

    return sent(asked, _ask_aside(services, asked), act, Aside)


def _start(services: Services, asked: PageRequest) -> Response:
    check_form(asked)
    order = identity_in(asked, "order")
    orders.start(services, asked.asker, order)
    return done(asked, f"/orders/{ids.written(order)}", "saved")


def _pause(services: Services, asked: PageRequest) -> Response:
    return _set(services, asked, OrderState.PAUSED)


def _resume(services: Services, asked: PageRequest) -> Response:
    return _set(services, asked, OrderState.ACTIVE)


def _set(services: Services, asked: PageRequest, state: OrderState) -> Response:
    check_form(asked)
    order = identity_in(asked, "order")
    orders.edit(services, asked.asker, order, OrderChange(state=state), None)
    return done(asked, f"/orders/{ids.written(order)}", "saved")


def _drain(services: Services, asked: PageRequest) -> Response:
    return _drained(services, asked, is_drained=True)


def _undrain(services: Services, asked: PageRequest) -> Response:
    return _drained(services, asked, is_drained=False)


def _drained(services: Services, asked: PageRequest, *, is_drained: bool) -> Response:
    check_form(asked)
    found = runners.drain(services, asked.asker, identity_in(asked, "runner"), is_drained=is_drained)
    base = f"/vendors/{ids.written(found.vendor)}/orders" if found.vendor else "/office/orders"
    return done(asked, base, "saved")


def _private(template: str, title: str, data: msgspec.Struct) -> Shown:
    return Shown(template, title, data, section="my", freshness=Freshness.PRIVATE)


_ORDER, _RUNNER = "/orders/{order}", "/runners/{runner}"
_POSTED = (
    (f"{_ORDER}/start", _start),
    (f"{_ORDER}/pause", _pause),
    (f"{_ORDER}/resume", _resume),
    (f"{_RUNNER}/drain", _drain),
    (f"{_RUNNER}/resume", _undrain),
)
PAGES: tuple[PageRoute, ...] = (
    *(own_page(base, _list) for base in ("/office/orders", "/vendors/{vendor}/orders")),
    *(one for base in ("/office/orders", "/vendors/{vendor}/orders") for one in asks(f"{base}/new", _new, _add)),
    own_page(_ORDER, _show),
    *asks(f"{_ORDER}/cancel", _ask_cancel, _cancel),
    *asks(f"{_ORDER}/end", _ask_end, _end),
    *asks(f"{_ORDER}/aside", _ask_aside, _aside),
    *(own_page(path, handler, "POST") for path, handler in _POSTED),
)

"""What is done with standing orders on pages: given, started, paused, cancelled, ended, set aside; runners drained."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.orders.schedules import LONGEST_WINDOW, InvalidSchedule
from certmark.domain.orders.terms import InvalidOrder, OrderState, OrderTerms
from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.api.orders import Sentence, day_of
from certmark.server.services import orders, runners
from certmark.server.services.context import Services
from certmark.server.services.orders import OrderChange
from certmark.server.web.desk import asks, carried_out, confirmed, form_page, identity_in, own_page, sent
from certmark.server.web.forms import Field, FormOption, WebForm, done
from certmark.server.web.handling import check_form
from certmark.server.web.orders import base_of, owner_in
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

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


def _new(services: Services, asked: PageRequest) -> Shown:
    _, base, trail = owner_in(services, asked)
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
    vendor, _, _ = owner_in(services, asked)

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
    trail = ((base_of(found.order), "Standing orders"), (path, found.order.terms.name))
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
    trail = ((base_of(order), "Standing orders"), (path, order.terms.name))
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


_ORDER, _RUNNER = "/orders/{order}", "/runners/{runner}"
_POSTED = (
    (f"{_ORDER}/start", _start),
    (f"{_ORDER}/pause", _pause),
    (f"{_ORDER}/resume", _resume),
    (f"{_RUNNER}/drain", _drain),
    (f"{_RUNNER}/resume", _undrain),
)
PAGES: tuple[PageRoute, ...] = (
    *(one for base in ("/office/orders", "/vendors/{vendor}/orders") for one in asks(f"{base}/new", _new, _add)),
    *asks(f"{_ORDER}/cancel", _ask_cancel, _cancel),
    *asks(f"{_ORDER}/end", _ask_end, _end),
    *asks(f"{_ORDER}/aside", _ask_aside, _aside),
    *(own_page(path, handler, "POST") for path, handler in _POSTED),
)

"""Standing orders: given, changed, started, cancelled, and what came of them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.domain.orders.terms import OrderState
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import END, RunId
from certmark.server.api.orders import (
    Assignments,
    EditedOrder,
    Given,
    NewOrder,
    Orders,
    ShownOrderBody,
    assignment_body,
    order_body,
    shown_order_body,
    terms_of,
)
from certmark.server.api.routes import Answer, Route
from certmark.server.api.v2.words import IfMatch, Limit, revision_of
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import orders
from certmark.server.services.context import Services
from certmark.server.services.orders import OrderChange, ShownOrder
from certmark.server.store.orders import PROGRAMME

IdCursor = Annotated[str, Meta(pattern=rf"^[0-9a-f]{{32}}{END}")]
"""As a page gave it in `next`."""


class OfOwner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose."""

    vendor: RunId | None = None
    """Left out: the programme's; of a runner with a vendor's token, that vendor's."""


class WantedOrders(OfOwner, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which orders."""

    cursor: IdCursor | None = None
    limit: Limit = 50


class OfOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which order."""

    order: RunId


class ChangeOfOrder(OfOrder, frozen=True, kw_only=True):
    """Which order, as it was when you looked at it."""

    if_match: IfMatch | None = None


class WantedAssignments(OfOrder, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of its assignments."""

    cursor: IdCursor | None = None
    limit: Limit = 50


def _owner(vendor: str | None) -> bytes:
    return PROGRAMME if vendor is None else ids.read(vendor)


def _behind(cursor: str | None) -> bytes | None:
    return None if cursor is None else bytes.fromhex(cursor)


def _answer(shown: ShownOrder, headers: dict[str, str] | None = None) -> Answer:
    return Answer(shown_order_body(shown), headers=headers or {}, revision=shown.order.revision)


def _list(services: Services, asker: Asker, asked: WantedOrders) -> Orders:
    found = orders.listed(services, asker, _owner(asked.vendor), _behind(asked.cursor), asked.limit + 1)
    more = found[asked.limit - 1].id.hex() if len(found) > asked.limit else None
    return Orders(orders=[order_body(one) for one in found[: asked.limit]], next=more)


def _add(services: Services, asker: Asker, asked: OfOwner, new: NewOrder) -> Answer:
    shown = orders.add(services, asker, _owner(asked.vendor), terms_of(new.terms), new.schedule, new.window)
    return _answer(shown, {"Location": f"/api/v2/orders/{ids.written(shown.order.id)}"})


def _show(services: Services, asker: Asker, asked: OfOrder) -> Answer:
    return _answer(orders.show(services, asker, ids.read(asked.order)))


def _edit(services: Services, asker: Asker, asked: ChangeOfOrder, edited: EditedOrder) -> Answer:
    change = OrderChange(
        terms=None if edited.terms is None else terms_of(edited.terms),
        schedule=edited.schedule,
        window=edited.window,
        state=None if edited.state is None else OrderState(edited.state),
        aside=edited.aside,
        aside_until=edited.aside_until,
    )
    return _answer(orders.edit(services, asker, ids.read(asked.order), change, revision_of(asked.if_match)))


def _start(services: Services, asker: Asker, asked: OfOrder) -> Answer:
    return _answer(orders.start(services, asker, ids.read(asked.order)))


def _cancel(services: Services, asker: Asker, asked: OfOrder, given: Given) -> Answer:
    return _answer(orders.cancel(services, asker, ids.read(asked.order), given.reason))


def _past(services: Services, asker: Asker, asked: WantedAssignments) -> Assignments:
    found = orders.past(services, asker, ids.read(asked.order), _behind(asked.cursor), asked.limit + 1)
    more = found[asked.limit - 1].id.hex() if len(found) > asked.limit else None
    return Assignments(assignments=[assignment_body(one) for one in found[: asked.limit]], next=more)


_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.UNPROCESSABLE_ENTITY)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_SEES, _EDITS = (Right.SEE_ORDER,), (Right.EDIT_ORDER,)
ROUTES = (
    Route(
        method="GET",
        path="/orders",
        name="list_orders",
        summary="The standing orders of a vendor, or of the programme.",
        handler=_list,
        parameters=WantedOrders,
        answer=Orders,
        scope=TokenScope.READ,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/orders",
        name="add_order",
        summary="Have a cloud tested again and again.",
        handler=_add,
        parameters=OfOwner,
        body=NewOrder,
        answer=ShownOrderBody,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(*_GONE, *_BODY),
    ),
    Route(
        method="GET",
        path="/orders/{order}",
        name="show_order",
        summary="A standing order, and what came of it.",
        handler=_show,
        parameters=OfOrder,
        answer=ShownOrderBody,
        scope=TokenScope.READ,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path="/orders/{order}",
        name="edit_order",
        summary="Change a standing order, pause it, let it go on, end it, or set its cloud aside.",
        handler=_edit,
        parameters=ChangeOfOrder,
        body=EditedOrder,
        answer=ShownOrderBody,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(*_GONE, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED, *_BODY),
    ),
    Route(
        method="POST",
        path="/orders/{order}/start",
        name="start_order",
        summary="Have it done now.",
        handler=_start,
        parameters=OfOrder,
        answer=ShownOrderBody,
        status=HTTPStatus.ACCEPTED,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=_GONE,
    ),
    Route(
        method="POST",
        path="/orders/{order}/cancel",
        name="cancel_order",
        summary="End what of it is due or at work; the order goes on.",
        handler=_cancel,
        parameters=OfOrder,
        body=Given,
        answer=ShownOrderBody,
        status=HTTPStatus.ACCEPTED,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(*_GONE, HTTPStatus.PRECONDITION_FAILED, *_BODY),
    ),
    Route(
        method="GET",
        path="/orders/{order}/assignments",
        name="list_assignments",
        summary="What became of an order each time that it was due.",
        handler=_past,
        parameters=WantedAssignments,
        answer=Assignments,
        scope=TokenScope.READ,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)

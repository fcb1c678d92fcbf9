"""Standing orders, and what runners say of them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.domain.orders.assignments import LEASE, AssignmentEnd, AssignmentResult, AssignmentState, OrderAssignment
from certmark.domain.orders.terms import OrderState
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import END, RunId
from certmark.server.api.orders import (
    Assignments,
    Claimed,
    ClaimingRunner,
    EditedOrder,
    EditedRunner,
    EndOfAssignment,
    Given,
    Heard,
    NewOrder,
    Orders,
    ProgressOfAssignment,
    RunnerBody,
    Runners,
    ShownOrderBody,
    assignment_body,
    claimed_body,
    order_body,
    runner_body,
    shown_order_body,
    terms_of,
)
from certmark.server.api.routes import Answer, Route
from certmark.server.api.v2.words import IfMatch, Limit, revision_of
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import orders, runners
from certmark.server.services.context import Services
from certmark.server.services.orders import OrderChange, ShownOrder
from certmark.server.services.runners import AboutRunner
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


class OfAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """Which assignment."""

    assignment: RunId


class OfRunner(msgspec.Struct, frozen=True, kw_only=True):
    """Which runner."""

    runner: RunId


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


def _claim(services: Services, asker: Asker, asked: OfOwner, said: ClaimingRunner) -> Claimed:
    about = AboutRunner(said.name, tuple(said.labels), tuple(said.clouds), said.software, said.draining)
    return claimed_body(runners.claim(services, asker, None if asked.vendor is None else ids.read(asked.vendor), about))


def _progress(services: Services, asker: Asker, asked: OfAssignment, said: ProgressOfAssignment) -> Heard:
    return _heard(runners.tell(services, asker, ids.read(asked.assignment), said.attempt, said.progress))


def _end(services: Services, asker: Asker, asked: OfAssignment, said: EndOfAssignment) -> Heard:
    end = AssignmentEnd(
        AssignmentState(said.state),
        None if said.result is None else AssignmentResult(said.result),
        None if said.run is None else ids.read(said.run),
        said.reason,
    )
    return _heard(runners.end(services, asker, ids.read(asked.assignment), said.attempt, end))


def _heard(one: OrderAssignment) -> Heard:
    return Heard(cancelled=one.is_cancelled, lease=LEASE / 1e6)


def _runners(services: Services, asker: Asker, asked: OfOwner) -> Runners:
    found = runners.listed(services, asker, _owner(asked.vendor))
    return Runners(runners=[runner_body(one) for one in found])


def _drain(services: Services, asker: Asker, asked: OfRunner, edited: EditedRunner) -> RunnerBody:
    return runner_body(runners.drain(services, asker, ids.read(asked.runner), is_drained=edited.drained))


def _remove(services: Services, asker: Asker, asked: OfRunner) -> None:
    runners.remove(services, asker, ids.read(asked.runner))


_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.UNPROCESSABLE_ENTITY)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_SEES, _EDITS, _RUNS = (Right.SEE_ORDER,), (Right.EDIT_ORDER,), (Right.RUN_ORDER,)
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
    Route(
        method="GET",
        path="/runners",
        name="list_runners",
        summary="The machines that carry out a vendor's orders, or the programme's.",
        handler=_runners,
        parameters=OfOwner,
        answer=Runners,
        scope=TokenScope.READ,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/runners/claim",
        name="claim_assignment",
        summary="A runner asks for something to do.",
        handler=_claim,
        parameters=OfOwner,
        body=ClaimingRunner,
        answer=Claimed,
        scope=TokenScope.RUN,
        may=_RUNS,
        errors=(HTTPStatus.NOT_FOUND, *_BODY),
    ),
    Route(
        method="PATCH",
        path="/runners/{runner}",
        name="edit_runner",
        summary="Give a runner nothing more, or again.",
        handler=_drain,
        parameters=OfRunner,
        body=EditedRunner,
        answer=RunnerBody,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(HTTPStatus.NOT_FOUND, *_BODY),
    ),
    Route(
        method="DELETE",
        path="/runners/{runner}",
        name="remove_runner",
        summary="Forget a runner that is gone.",
        handler=_remove,
        parameters=OfRunner,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PUT",
        path="/assignments/{assignment}/progress",
        name="put_progress_of_assignment",
        summary="A runner says that it is alive, and how far it is; its lease begins anew.",
        handler=_progress,
        parameters=OfAssignment,
        body=ProgressOfAssignment,
        answer=Heard,
        scope=TokenScope.RUN,
        may=_RUNS,
        errors=(*_GONE, *_BODY),
    ),
    Route(
        method="PUT",
        path="/assignments/{assignment}/end",
        name="end_assignment",
        summary="A runner says what came of it.",
        handler=_end,
        parameters=OfAssignment,
        body=EndOfAssignment,
        answer=Heard,
        scope=TokenScope.RUN,
        may=_RUNS,
        errors=(*_GONE, *_BODY),
    ),
)

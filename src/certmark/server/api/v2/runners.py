"""What runners say and are told, and what people see of runners."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from certmark.domain.orders.assignments import LEASE, AssignmentEnd, AssignmentResult, AssignmentState, OrderAssignment
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import RunId
from certmark.server.api.orders import (
    Claimed,
    ClaimingRunner,
    EditedRunner,
    EndOfAssignment,
    Heard,
    ProgressOfAssignment,
    RunnerBody,
    Runners,
    claimed_body,
    runner_body,
)
from certmark.server.api.routes import Route
from certmark.server.api.v2.orders import OfOwner
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import runners
from certmark.server.services.context import Services
from certmark.server.services.runners import AboutRunner
from certmark.server.store.orders import PROGRAMME


class OfAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """Which assignment."""

    assignment: RunId


class OfRunner(msgspec.Struct, frozen=True, kw_only=True):
    """Which runner."""

    runner: RunId


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
    found = runners.listed(services, asker, PROGRAMME if asked.vendor is None else ids.read(asked.vendor))
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

"""Runs that go on elsewhere."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from certmark.server import ids
from certmark.server.api.bodies import LiveRun, LiveRuns, Progress, RunId, Word, live_body
from certmark.server.api.routes import Answer, Nothing, Route
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import live
from certmark.server.services.context import Services


class NewLiveRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a run that begins."""

    program: Word | None = None
    vendor: Word | None = None
    product: Word | None = None
    region: Word | None = None
    public: bool = False
    """Whether everybody may look."""


class OfLiveRun(msgspec.Struct, frozen=True, kw_only=True):
    """Which run."""

    live: RunId


def _begin(services: Services, asker: Asker, asked: NewLiveRun) -> Answer:
    about = {name: getattr(asked, name) for name in ("program", "vendor", "product", "region")}
    run = live.begin(services, asker, about, is_public=asked.public)
    return Answer(live_body(run, services.clock()), headers={"Location": f"/api/v2/live/{ids.written(run.id)}"})


def _list(services: Services, asker: Asker, asked: Nothing) -> LiveRuns:  # noqa: ARG001 - every handler takes these
    return LiveRuns(live=[live_body(run, services.clock()) for run in live.own(services, asker)])


def _show(services: Services, asker: Asker, asked: OfLiveRun) -> LiveRun:
    return live_body(live.show(services, asker, ids.read(asked.live)), services.clock())


def _progress(services: Services, asker: Asker, asked: OfLiveRun, progress: Progress) -> LiveRun:
    content = msgspec.json.encode(progress).decode()
    return live_body(live.progress(services, asker, ids.read(asked.live), content), services.clock())


def _end(services: Services, asker: Asker, asked: OfLiveRun) -> None:
    live.end(services, asker, ids.read(asked.live))


ROUTES = (
    Route(
        method="POST",
        path="/live",
        name="begin_live",
        summary="Say that a run begins elsewhere.",
        handler=_begin,
        parameters=NewLiveRun,
        answer=LiveRun,
        status=HTTPStatus.CREATED,
        scope=TokenScope.SUBMIT,
    ),
    Route(
        method="GET",
        path="/live",
        name="list_live",
        summary="Your runs that go on elsewhere, of which something was heard within a day.",
        handler=_list,
        answer=LiveRuns,
        scope=TokenScope.READ,
    ),
    Route(
        method="GET",
        path="/live/{live}",
        name="show_live",
        summary="How far a run is that goes on elsewhere.",
        handler=_show,
        parameters=OfLiveRun,
        answer=LiveRun,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PUT",
        path="/live/{live}",
        name="put_progress",
        summary="Say how far a run of yours is.",
        handler=_progress,
        parameters=OfLiveRun,
        body=Progress,
        answer=LiveRun,
        scope=TokenScope.SUBMIT,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT),
    ),
    Route(
        method="DELETE",
        path="/live/{live}",
        name="end_live",
        summary="A run of yours does not go on any more: forget it.",
        handler=_end,
        parameters=OfLiveRun,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.SUBMIT,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)

"""Large evidence in pieces: begin, send pieces, finish."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.server import ids
from certmark.server.api.bodies import Run, RunId, Upload, Uploads, upload_body
from certmark.server.api.routes import Answer, Nothing, Route
from certmark.server.api.v2.runs import NewRun, about_of, created
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import runs, uploads
from certmark.server.services.context import Services

Size = Annotated[int, Meta(ge=0, le=2**53)]


class NewUpload(NewRun, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sender says of what it is going to send."""

    size: Size
    """All its bytes."""


class OfUpload(msgspec.Struct, frozen=True, kw_only=True):
    """Which upload."""

    upload: RunId


class Piece(OfUpload, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a piece belongs."""

    offset: Size
    """Where it begins: so many bytes are there before it."""


def _begin(services: Services, asker: Asker, asked: NewUpload) -> Answer:
    upload = uploads.begin(services, asker, about_of(asked), asked.size)
    return Answer(upload_body(upload), headers={"Location": f"/api/v2/uploads/{ids.written(upload.id)}"})


def _list(services: Services, asker: Asker, asked: Nothing) -> Uploads:  # noqa: ARG001 - every handler takes these
    return Uploads(uploads=[upload_body(one) for one in uploads.own(services, asker)])


def _show(services: Services, asker: Asker, asked: OfUpload) -> Upload:
    return upload_body(uploads.show(services, asker, ids.read(asked.upload)))


def _add(services: Services, asker: Asker, asked: Piece, piece: Path) -> Upload:
    return upload_body(uploads.add(services, asker, ids.read(asked.upload), asked.offset, piece))


def _finish(services: Services, asker: Asker, asked: OfUpload) -> Answer:
    run = uploads.finish(services, asker, ids.read(asked.upload))
    return created(*runs.show(services, asker, run.id))


def _delete(services: Services, asker: Asker, asked: OfUpload) -> None:
    uploads.delete(services, asker, ids.read(asked.upload))


ROUTES = (
    Route(
        method="POST",
        path="/uploads",
        name="begin_upload",
        summary="Begin to send results or a bundle in pieces, or find what is here of it by its key.",
        handler=_begin,
        parameters=NewUpload,
        answer=Upload,
        status=HTTPStatus.CREATED,
        scope=TokenScope.SUBMIT,
        errors=(
            HTTPStatus.NOT_FOUND,
            HTTPStatus.CONFLICT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.TOO_MANY_REQUESTS,
        ),
    ),
    Route(
        method="GET",
        path="/uploads",
        name="list_uploads",
        summary="Your uploads that are not runs yet.",
        handler=_list,
        answer=Uploads,
        scope=TokenScope.SUBMIT,
    ),
    Route(
        method="GET",
        path="/uploads/{upload}",
        name="show_upload",
        summary="How much of an upload is here.",
        handler=_show,
        parameters=OfUpload,
        answer=Upload,
        scope=TokenScope.SUBMIT,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path="/uploads/{upload}",
        name="send_piece",
        summary="Send the next piece; one that breaks off changes nothing.",
        handler=_add,
        parameters=Piece,
        answer=Upload,
        scope=TokenScope.SUBMIT,
        takes_body=True,
        errors=(
            HTTPStatus.NOT_FOUND,
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.CONFLICT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ),
    ),
    Route(
        method="POST",
        path="/uploads/{upload}/run",
        name="finish_upload",
        summary="All is sent: keep, read and judge it; asked again, the answer is the same run.",
        handler=_finish,
        parameters=OfUpload,
        answer=Run,
        status=HTTPStatus.CREATED,
        may_be_later=True,
        scope=TokenScope.SUBMIT,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="DELETE",
        path="/uploads/{upload}",
        name="delete_upload",
        summary="Forget an upload of yours.",
        handler=_delete,
        parameters=OfUpload,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.SUBMIT,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)

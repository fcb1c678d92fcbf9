"""The table of version 2: every route, in the order of the reference."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.server import ids
from certmark.server.api.bodies import (
    Guidelines,
    Results,
    Run,
    RunId,
    Runs,
    Word,
    guideline_body,
    result_body,
    run_body,
)
from certmark.server.api.routes import Content, Nothing, Route
from certmark.server.asking import Asker, Scope
from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun, VerdictRequest
from certmark.server.store import guidelines


class OfRun(msgspec.Struct, frozen=True, kw_only=True):
    """Which run."""

    run: RunId


class PageOfRuns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    before: RunId | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class NewRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sender says of what it sends."""

    name: Word
    """What the file is called."""
    guideline: Word | None = None
    """By which guideline it is judged: an id, or the SHA-256 of a text."""
    program: Word | None = None
    subject: Word | None = None
    """The identity of the cloud or cluster."""
    vendor: Word | None = None
    product: Word | None = None
    version: Word | None = None
    region: Word | None = None
    public: bool = False
    tag: list[Word] = []
    """KEY=VALUE, any number."""
    key: Word | None = None
    """The same key is the same request (the header Idempotency-Key)."""


class WantedVerdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what a run is judged, and how the verdict is shown."""

    run: RunId
    guideline: Word | None = None
    """An id, or the SHA-256 of a text; none: what its sender named."""
    program: Word | None = None
    as_of: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    form: Literal["text", "json", "markdown", "html", "junit"] = "json"


def _receive(services: Services, asker: Asker, asked: NewRun, file: Path) -> Run:
    tags = dict(word.partition("=")[::2] for word in asked.tag)
    about = AboutRun(
        name=asked.name,
        guideline=asked.guideline,
        program=asked.program,
        subject=asked.subject,
        vendor=asked.vendor,
        product=asked.product,
        version=asked.version,
        region=asked.region,
        is_public=asked.public,
        tags=tags,
        key=asked.key,
    )
    return run_body(runs.receive(services, asker, file, about), tags)


def _show(services: Services, asker: Asker, asked: OfRun) -> Run:
    return run_body(*runs.show(services, asker, ids.read(asked.run)))


def _list(services: Services, asker: Asker, asked: PageOfRuns) -> Runs:
    before = None if asked.before is None else ids.read(asked.before)
    found = runs.own(services, asker, before=before, most=asked.limit + 1)
    shown = found[: asked.limit]
    more = ids.written(shown[-1].id) if len(found) > asked.limit else None
    return Runs(runs=[run_body(run, {}) for run in shown], next=more)


def _results(services: Services, asker: Asker, asked: OfRun) -> Results:
    return Results(results=[result_body(one) for one in runs.results(services, asker, ids.read(asked.run))])


def _evidence(services: Services, asker: Asker, asked: OfRun) -> Content:
    with runs.received(services, asker, ids.read(asked.run)) as (_, file):
        return Content(file.read_bytes(), "application/octet-stream")


_MEDIA = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "markdown": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "junit": "application/xml",
}


def _verdict(services: Services, asker: Asker, asked: WantedVerdict) -> Content:
    wanted = VerdictRequest(guideline=asked.guideline, program=asked.program, as_of=asked.as_of, form=asked.form)
    found = runs.verdict(services, asker, ids.read(asked.run), wanted)
    return Content(found.rendered, _MEDIA[asked.form], {"Certmark-Standing": found.standing})


def _delete(services: Services, asker: Asker, asked: OfRun) -> None:
    runs.delete(services, asker, ids.read(asked.run))


def _guidelines(services: Services, asker: Asker, asked: Nothing) -> Guidelines:  # noqa: ARG001 - every handler takes these
    with services.database.read() as transaction:
        return Guidelines(guidelines=[guideline_body(one) for one in guidelines.every(transaction)])


ROUTES = (
    Route(
        method="POST",
        path="/runs",
        name="submit_run",
        summary="Send results or a bundle: they are kept, read and judged.",
        handler=_receive,
        parameters=NewRun,
        answer=Run,
        status=HTTPStatus.CREATED,
        scope=Scope.SUBMIT,
        takes_body=True,
        errors=(HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="GET",
        path="/runs",
        name="list_runs",
        summary="Your runs, the newest first.",
        handler=_list,
        parameters=PageOfRuns,
        answer=Runs,
        scope=Scope.READ,
    ),
    Route(
        method="GET",
        path="/runs/{run}",
        name="show_run",
        summary="A run, with its verdict in short.",
        handler=_show,
        parameters=OfRun,
        answer=Run,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/runs/{run}/results",
        name="show_results",
        summary="Every test of a run and what became of it.",
        handler=_results,
        parameters=OfRun,
        answer=Results,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/runs/{run}/verdict",
        name="show_verdict",
        summary="The verdict of a run under any guideline, judged now.",
        handler=_verdict,
        parameters=WantedVerdict,
        answer=None,
        media="application/octet-stream",
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="GET",
        path="/runs/{run}/evidence",
        name="get_evidence",
        summary="The bytes of a run as they were received.",
        handler=_evidence,
        parameters=OfRun,
        answer=None,
        media="application/octet-stream",
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="DELETE",
        path="/runs/{run}",
        name="delete_run",
        summary="Forget a run of yours.",
        handler=_delete,
        parameters=OfRun,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=Scope.SUBMIT,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/guidelines",
        name="list_guidelines",
        summary="The revisions of guidelines that this server judges by.",
        handler=_guidelines,
        answer=Guidelines,
    ),
)

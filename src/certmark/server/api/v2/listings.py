"""Lists: runs, clouds, one test through runs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.server import ids
from certmark.server.api.bodies import (
    WORD_PATTERN,
    Clouds,
    Digest,
    History,
    Runs,
    Word,
    cloud_body,
    moment_body,
    run_body,
)
from certmark.server.api.routes import Answer, Route
from certmark.server.api.v2.runs import Tag
from certmark.server.api.v2.words import Cursor, Limit, Time, Whose, cursor_of, cursor_text, microseconds
from certmark.server.asking import Asker
from certmark.server.services import listings
from certmark.server.services.context import Services
from certmark.server.store.listings import RunFilter


class WantedRuns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which runs."""

    of: Whose | None = None
    """Yours, or what everybody sees; none: yours if it is known who you are."""
    id: Annotated[str, Meta(pattern=r"^[0-9a-f][0-9a-f-]{3,35}$")] | None = None
    """The beginning of its id."""
    subject: Word | None = None
    vendor: Word | None = None
    product: Word | None = None
    version: Word | None = None
    region: Word | None = None
    program: Word | None = None
    """A part of its name, in any case."""
    standing: Word | None = None
    """pass, fail, incomplete or not applicable."""
    guideline: Digest | None = None
    """The SHA-256 of its text. Runs that were judged by it, as their senders asked or since it came; so they stand."""
    tag: Tag | None = None
    """KEY=VALUE."""
    since: Time | None = None
    """Received then or later."""
    until: Time | None = None
    """Received before then."""
    partial: bool | None = None
    """Whether tests are missing in it that its program asks for; not judged is neither."""
    cursor: Cursor | None = None
    limit: Limit = 50


class WantedHistory(WantedRuns, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which test, and in which runs."""

    test: Annotated[str, Meta(min_length=1, max_length=4000, pattern=WORD_PATTERN)]
    """Its name, or its id."""


class WantedClouds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which clouds."""

    of: Whose | None = None
    """Those of your runs, or of what everybody sees; none: yours if it is known who you are."""
    behind: Word | None = None
    """As a page gave it in `next`."""
    limit: Limit = 50


def _is_public(asker: Asker, of: str | None) -> bool:
    return asker.identity is None if of is None else of == "public"


def _filter(asker: Asker, asked: WantedRuns) -> RunFilter:
    key, _, value = (asked.tag or "").partition("=")
    return RunFilter(
        is_public=_is_public(asker, asked.of),
        subject=asked.subject,
        vendor=asked.vendor,
        product=asked.product,
        version=asked.version,
        region=asked.region,
        program=asked.program,
        standing=asked.standing,
        guideline=None if asked.guideline is None else bytes.fromhex(asked.guideline),
        tag=None if asked.tag is None else (key, value),
        since=microseconds(asked.since),
        until=microseconds(asked.until),
        ids=None if asked.id is None else ids.beginning(asked.id),
        is_whole=None if asked.partial is None else not asked.partial,
    )


def _runs(services: Services, asker: Asker, asked: WantedRuns) -> Answer:
    wanted = _filter(asker, asked)
    page = listings.runs_like(services, asker, wanted, behind=cursor_of(asked.cursor), most=asked.limit)
    body = Runs(runs=[run_body(run, {}) for run in page.runs], next=cursor_text(page.behind))
    return Answer(body, wanted.is_public)


def _clouds(services: Services, asker: Asker, asked: WantedClouds) -> Answer:
    is_public = _is_public(asker, asked.of)
    found, behind = listings.clouds(services, asker, is_public=is_public, behind=asked.behind or "", most=asked.limit)
    return Answer(Clouds(clouds=[cloud_body(one) for one in found], next=behind), is_public)


def _history(services: Services, asker: Asker, asked: WantedHistory) -> Answer:
    wanted = _filter(asker, asked)
    found = listings.history_of_test(
        services, asker, asked.test, wanted, behind=cursor_of(asked.cursor), most=asked.limit
    )
    body = History(moments=[moment_body(one) for one in found.moments], next=cursor_text(found.behind))
    return Answer(body, wanted.is_public)


ROUTES = (
    Route(
        method="GET",
        path="/runs",
        name="list_runs",
        summary="Runs, the newest first.",
        handler=_runs,
        parameters=WantedRuns,
        answer=Runs,
        errors=(HTTPStatus.UNAUTHORIZED,),
    ),
    Route(
        method="GET",
        path="/clouds",
        name="list_clouds",
        summary="Clouds of which there are runs, by their identity.",
        handler=_clouds,
        parameters=WantedClouds,
        answer=Clouds,
        errors=(HTTPStatus.UNAUTHORIZED,),
    ),
    Route(
        method="GET",
        path="/tests/history",
        name="show_history",
        summary="What became of one test, run by run, across its renames.",
        handler=_history,
        parameters=WantedHistory,
        answer=History,
        errors=(HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND),
    ),
)

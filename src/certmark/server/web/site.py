"""Pages of the site: a typed context and a template each; the context, as JSON, at the same address.

1. A handler says what is on a page (`Shown`); how it is answered is decided here: as a page, as JSON, CSV, Atom or
   plain text, whichever the address's suffix or the Accept header asks for and the page has.
2. Everything on a page that the asker's browser may keep has an ETag; pages of somebody's own are not kept.
3. What comes from outside is escaped by the template engine and printable; nothing on a page runs or is styled but
   our own files, by policy.
4. Only pages that have no form of somebody's session are compressed.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from certmark.server.api.tables import csv_of
from certmark.server.services.errors import NotFound
from certmark.server.web.bodies import BODIES, Body
from certmark.server.web.feeds import Feed, atom
from certmark.server.web.requests import PageRequest
from certmark.server.web.templates import rendered

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_SMALLEST_COMPRESSED = 1000


class Freshness(Enum):
    """How long an answer may be kept; the value is said to caches."""

    PRIVATE = "no-store"
    """It is somebody's own, or has a form of theirs."""
    PUBLIC = "max-age=60"
    SEALED = "max-age=3600"
    """It changes only with what its tag is made of."""


class Shown(NamedTuple):
    """What a page says."""

    template: str
    title: str
    """What it is about: the heading, and the first part of the window's title."""
    data: msgspec.Struct
    """In the template `page`; as JSON the same page for programs."""
    section: str = ""
    """Which part of the site it belongs to (`frame.html.j2`)."""
    csv: tuple[Sequence[str], Iterable[Sequence[object]]] | None = None
    """The names of columns, and rows."""
    text: str | None = None
    feed: Feed | None = None
    status: HTTPStatus = HTTPStatus.OK
    freshness: Freshness = Freshness.PUBLIC
    tag: str | None = None
    """What `PageRequest.unless_known` gave; None: the ETag is that of the content."""


class PageRoute(NamedTuple):
    """A page and where it is."""

    path: str
    handler: Callable[..., Any]
    """Of (Services, PageRequest); gives a `Shown` or a Response."""
    method: str = "GET"
    forms: tuple[str, ...] = ("json",)
    """Suffixes of the path under which it has other forms: json, csv, atom, txt."""


_MEDIA = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "atom": "application/atom+xml; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


def answered(shown: Shown, asked: PageRequest) -> Response:
    """A page as whoever asks wants it (rules 1, 2)."""
    form = asked.form_wanted
    content = _content(shown, asked, form)
    freshness = Freshness.PRIVATE if asked.request.method == "POST" else shown.freshness
    headers = {**HEADERS, "Cache-Control": _cached(freshness, asked), "Vary": "Accept, Accept-Encoding, Cookie"}
    if form == "csv":
        headers["Content-Disposition"] = f'attachment; filename="{_file_name(asked)}.csv"'
    if freshness is Freshness.PRIVATE or shown.status != HTTPStatus.OK:
        return Response(content, shown.status, headers, _MEDIA[form])
    tag = shown.tag or f'W/"{hashlib.sha256(content).hexdigest()[:24]}"'
    return _kept_answer(Body(content, form, tag, headers), asked.request, is_shared=shown.tag is not None)


def known(tag: str, body: Body | None, request: Request) -> Response:
    """What is there already: at the asker's (RFC 9110, 13.1.2), or here."""
    if body is None:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={**HEADERS, "ETag": tag})
    return _sent(body, request)


def _kept_answer(body: Body, request: Request, *, is_shared: bool) -> Response:
    if body.tag in request.headers.get("if-none-match", ""):
        return known(body.tag, None, request)
    if is_shared:
        BODIES.put(body)
    return _sent(body, request)


def _sent(body: Body, request: Request) -> Response:
    headers = {**body.headers, "ETag": body.tag}
    content = body.content
    if "gzip" in request.headers.get("accept-encoding", "") and len(content) >= _SMALLEST_COMPRESSED:
        content = _compressed(body)
        headers["Content-Encoding"] = "gzip"
    return Response(content, HTTPStatus.OK, headers, _MEDIA[body.form])


def _compressed(body: Body) -> bytes:
    return gzip.compress(body.content, compresslevel=5, mtime=0)


def _content(shown: Shown, asked: PageRequest, form: str) -> bytes:
    if form == "json":
        return msgspec.json.encode(shown.data)
    if form == "csv" and shown.csv is not None:
        return csv_of(*shown.csv)
    if form == "atom" and shown.feed is not None:
        return atom(shown.feed, asked.absolute)
    if form == "txt" and shown.text is not None:
        return shown.text.encode()
    if form != "html":
        raise NotFound(f"{asked.path[:200]} has no such form, as it is asked for")
    return rendered(shown.template, asked, title=shown.title, section=shown.section, page=shown.data)


def _cached(freshness: Freshness, asked: PageRequest) -> str:
    if freshness is Freshness.PRIVATE:
        return str(freshness.value)
    return f"public, {freshness.value}" if asked.is_stranger else "private, no-cache"


def _file_name(asked: PageRequest) -> str:
    last = asked.request.url.path.rstrip("/").rpartition("/")[2].removesuffix(".csv")
    return "".join(sign for sign in last if sign.isascii() and (sign.isalnum() or sign in "._-")) or "table"

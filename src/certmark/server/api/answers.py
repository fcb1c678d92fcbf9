"""What a handler gave as HTTP says it: conditional requests, parts, and who may keep an answer.

An answer is made first, for whoever asks; only then is it compared with what they have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from certmark.server.api.errors import MEDIA, Problem
from certmark.server.api.ranges import Unsatisfiable, part_asked
from certmark.server.api.routes import Answer, Content, Route, Stream
from certmark.server.services.evidence import part

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Vary": "Authorization, Cookie",
}
_PUBLIC, _FINAL = "public, max-age=60", "public, max-age=31536000, immutable"
_encode = msgspec.json.Encoder().encode


def refusal(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem in the one shape."""
    found = {**HEADERS, **(headers or {})}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        found["WWW-Authenticate"] = "Bearer"
    return Response(_encode(problem), status_code=problem.status, media_type=MEDIA, headers=found)


def response(route: Route, answer: Any, request: Request) -> Response:
    """Whatever a handler gave."""
    if answer is None:
        return Response(status_code=route.status, headers=HEADERS)
    if isinstance(answer, Stream):
        return _streamed(answer, request)
    if isinstance(answer, msgspec.Struct):
        answer = Answer(answer)
    return _whole(route, content_of(answer) if isinstance(answer, Answer) else answer, request)


def content_of(answer: Answer) -> Content:
    """A value as bytes."""
    return Content(
        _encode(answer.body),
        "application/json",
        answer.headers,
        answer.is_public,
        answer.is_final,
        answer.is_later,
        answer.revision,
    )


def tag_of(answer: Content) -> str:
    """Its ETag; of what has a revision that is its beginning."""
    beginning = "" if answer.revision is None else f"{answer.revision}-"
    return f'"{beginning}{hashlib.sha256(answer.data).hexdigest()[:32]}"'


def _whole(route: Route, answer: Content, request: Request) -> Response:
    headers = {**HEADERS, **answer.headers, "Cache-Control": _kept(answer)}
    is_read = request.method in {"GET", "HEAD"}
    if is_read or answer.revision is not None:
        headers["ETag"] = tag_of(answer)
    if is_read and _has(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    status = HTTPStatus.ACCEPTED if answer.is_later else route.status
    return Response(answer.data, status_code=status, media_type=answer.media, headers=headers)


def _kept(answer: Content | Stream) -> str:
    if isinstance(answer, Content) and answer.is_final:
        return _FINAL
    return _PUBLIC if answer.is_public else "no-store"


def _has(request: Request, tag: str) -> bool:
    """Whether whoever asks has this answer already (RFC 9110 13.1.2; weak and strong are alike here)."""
    named = request.headers.get("if-none-match", "")
    return "*" in named.split(",") or tag in {one.strip().removeprefix("W/") for one in named.split(",")}


def _streamed(answer: Stream, request: Request) -> Response:
    tag = f'"{answer.digest.hex()}"'
    headers = {
        **HEADERS,
        **answer.headers,
        "Cache-Control": _kept(answer),
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Type": answer.media,
    }
    if _has(request, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    is_same = request.headers.get("if-range", tag) == tag
    try:
        asked = part_asked(request.headers.get("range"), answer.size) if is_same else None
    except Unsatisfiable:
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        detail = f"there are {answer.size:,} bytes, and the range begins behind them"
        return refusal(
            Problem(title=status.phrase, status=status, detail=detail, pointer="Range"),
            {"Content-Range": f"bytes */{answer.size}"},
        )
    if asked is None:
        return _bytes(request, answer.pieces, answer.size, headers, HTTPStatus.OK)
    first, size = asked
    headers["Content-Range"] = f"bytes {first}-{first + size - 1}/{answer.size}"
    return _bytes(request, part(answer.pieces, first, size), size, headers, HTTPStatus.PARTIAL_CONTENT)


def _bytes(
    request: Request, pieces: Iterator[bytes], size: int, headers: Mapping[str, str], status: HTTPStatus
) -> Response:
    headers = {**headers, "Content-Length": str(size)}
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(pieces, status_code=status, headers=headers)

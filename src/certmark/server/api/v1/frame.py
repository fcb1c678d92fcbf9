"""RefStack's API, version 1: its requests to handlers, what they give and why they refuse in its forms.

1. Routes are data, the same kind as those of version 2; a handler takes (services, asker, parameters), and the file or
   the value of a body. What it gives is JSON of any form, or Content; nothing with 204.
2. It answers at `/v1` and at `/api/v1`, with and without a slash at the end, doubled slashes too; it never redirects.
3. Parameters that it does not know are ignored. A body of JSON may be a form as well.
4. Limits, turns, ids of requests, metrics and the audit are those of version 2.
"""

from __future__ import annotations

import logging
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.routing import Route as StarletteRoute
from starlette.types import Receive, Scope, Send

from certmark.server.api.answers import HEADERS
from certmark.server.api.receiving import BY_REFSTACK, Identify, Turns, allowed, read_json, spool, whole
from certmark.server.api.routes import Content, Route
from certmark.server.api.v1 import ROUTES
from certmark.server.api.v1.refusals import Refused, refusal, refused
from certmark.server.api.v1.words import IN_HEADERS
from certmark.server.asking import STRANGER, Asker
from certmark.server.observing.logs import REQUEST
from certmark.server.services import offices
from certmark.server.services.context import Services
from certmark.server.services.errors import NotKnown

ROOT = "/v1"
_PATH = re.compile(r"(?:/api)?(/v1(?:/.*)?)\Z", re.DOTALL)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_LOG = logging.getLogger("certmark.server")
_encode = msgspec.json.Encoder().encode
Endpoint = Callable[[Request], Any]


def first_version(services: Services, identify: Identify, turns: Turns) -> BaseRoute:
    """RefStack's API as a part of an application."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for route in ROUTES:
        by_path.setdefault(route.path, {})[route.method] = _endpoint(route, services, identify, turns)
    routes = [
        StarletteRoute(ROOT + path, _any_method(endpoints), methods=_METHODS) for path, endpoints in by_path.items()
    ]
    handlers: dict[Any, Any] = {404: _not_here, 405: _not_so}
    inner = Starlette(routes=routes, exception_handlers=handlers)
    inner.router.redirect_slashes = False
    return _Below(inner)


class _Below(BaseRoute):
    """Rule 2."""

    def __init__(self, inner: Starlette) -> None:
        self._inner = inner

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is one of RefStack's."""
        path = re.sub("/{2,}", "/", scope["path"])
        found = _PATH.match(path) if scope["type"] == "http" else None
        if found is None:
            return Match.NONE, {}
        return Match.FULL, {"path": found[1].rstrip("/"), BY_REFSTACK: True}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it."""
        await self._inner(scope, receive, send)


async def _not_here(request: Request, error: Exception) -> Response:  # noqa: ARG001 - as Starlette calls it
    return refusal(HTTPStatus.NOT_FOUND, f"there is nothing at {request.url.path[:200]}", is_abort=True)


async def _not_so(request: Request, error: Any) -> Response:
    return _not_taken(request, error.headers)


def _not_taken(request: Request, headers: Mapping[str, str]) -> Response:
    sentence = f"{request.url.path[:200]} does not take {request.method[:20]}"
    return refusal(HTTPStatus.METHOD_NOT_ALLOWED, sentence, headers)


def _any_method(endpoints: Mapping[str, Endpoint]) -> Endpoint:
    methods = {*endpoints, "OPTIONS", *(("HEAD",) if "GET" in endpoints else ())}
    there = {"Allow": ", ".join(sorted(methods))}

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={**HEADERS, **there})
        found = endpoints.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            return _not_taken(request, there)
        answer: Response = await found(request)
        return answer

    return endpoint


def _endpoint(route: Route, services: Services, identify: Identify, turns: Turns) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        name = REQUEST.get() or secrets.token_hex(8)
        try:
            asker = allowed(route, await run_in_threadpool(_known, identify, request))
            asker = asker._replace(request=name, rules=services.rules)
            if not any(asker.has(right) for right in route.may):
                await run_in_threadpool(offices.check, services, asker, route.may)
            asked = _parameters(route, request)
            async with turns.of(asker, request):
                found = await _given(route, services, asker, asked, request)
            return _answer(route, found)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:  # noqa: BLE001 - whatever happens, the sender gets an answer and the log the rest
            answer = refused(error)
            if answer is None:
                _LOG.exception("request %s failed", name)
                return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
            return answer

    return endpoint


def _known(identify: Identify, request: Request) -> Asker:
    """Who asks; a session that has ended is nobody's. Raises Refused (400, as RefStack did) for a bad token."""
    try:
        return identify(request)
    except NotKnown as error:
        if "authorization" not in request.headers:
            return STRANGER
        raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error


def _parameters(route: Route, request: Request) -> Any:
    """Rule 3: from path, query and headers. Raises msgspec.ValidationError."""
    found: dict[str, Any] = dict(request.path_params)
    for name in route.parameters.__struct_fields__:
        is_header = name in IN_HEADERS
        values = request.headers.getlist(IN_HEADERS[name]) if is_header else request.query_params.getlist(name)
        if len(values) > 1:
            raise msgspec.ValidationError(f"is there {len(values)} times, and means one thing - at `$.{name}`")
        if values and name not in found:
            found[name] = values[0]
    return msgspec.convert(found, route.parameters, strict=False)


async def _given(route: Route, services: Services, asker: Asker, asked: Any, request: Request) -> Any:
    if route.body is not None:
        body = _body(route, await read_json(request, services), request.headers.get("content-type", ""))
        return await run_in_threadpool(route.handler, services, asker, asked, body)
    if not route.takes_body:
        return await run_in_threadpool(route.handler, services, asker, asked)
    with tempfile.NamedTemporaryFile(dir=services.scratch) as file:
        await spool(request, file, services)
        return await run_in_threadpool(route.handler, services, asker, asked, Path(file.name))


def _body(route: Route, content: bytes, media: str) -> Any:
    """JSON, whatever its type is said to be; else a form that says so. Raises Refused or msgspec.ValidationError."""
    assert route.body is not None  # noqa: S101 - whoever calls looked
    if media.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        form = dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100))
        return msgspec.convert(form, route.body, strict=False)
    try:
        found = whole(msgspec.json.decode(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "Malformed request: the body is no JSON") from error
    return msgspec.convert(found, route.body)


def _answer(route: Route, found: Any) -> Response:
    """Rule 1."""
    if isinstance(found, Content):
        headers = {**HEADERS, **found.headers}
        return Response(found.data, status_code=route.status, media_type=found.media, headers=headers)
    if route.status is HTTPStatus.NO_CONTENT:
        return Response(status_code=route.status, headers=HEADERS)
    return Response(_encode(found), status_code=route.status, media_type="application/json", headers=HEADERS)

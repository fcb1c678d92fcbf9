"""The ASGI application: requests to handlers, answers and refusals to HTTP.

Handlers run in threads, where a database may be waited for. A body is written to a file as it comes, bounded,
and never held whole.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import tempfile
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from certmark.server.api.errors import MEDIA, Problem, problem_of
from certmark.server.api.openapi import document_of
from certmark.server.api.routes import Content, Route
from certmark.server.api.v2 import ROUTES
from certmark.server.asking import Asker
from certmark.server.observing.logs import REQUEST
from certmark.server.services.context import Services
from certmark.server.services.errors import NotAllowed, TooMuch, TooOften

ROOT = "/api/v2"
_LOG = logging.getLogger("certmark.server")
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}
_encode = msgspec.json.Encoder().encode

Identify = Callable[[Request], Asker]
"""Who is asking, from a request. Raises NotAllowed."""


def application(services: Services, identify: Identify) -> Starlette:
    """The whole API."""
    routes = [
        StarletteRoute(ROOT + route.path, _endpoint(route, services, identify), methods=[route.method])
        for route in ROUTES
    ]
    document = msgspec.json.encode(document_of(ROUTES, services.settings.public_url))

    async def openapi(request: Request) -> Response:  # noqa: ARG001 - as Starlette calls it
        return Response(document, media_type="application/json", headers=_HEADERS)

    async def alive(request: Request) -> Response:  # noqa: ARG001 - likewise
        return Response(b"alive\n", media_type="text/plain", headers=_HEADERS)

    routes += [StarletteRoute(f"{ROOT}/openapi.json", openapi), StarletteRoute("/healthz", alive)]
    handlers: dict[Any, Any] = {404: _not_here, 405: _not_so}
    return Starlette(routes=routes, exception_handlers=handlers)


async def _not_here(request: Request, error: Exception) -> Response:  # noqa: ARG001 - as Starlette calls it
    status = HTTPStatus.NOT_FOUND
    return _refusal(Problem(title=status.phrase, status=status, detail=f"there is nothing at {request.url.path[:200]}"))


async def _not_so(request: Request, error: Any) -> Response:
    status = HTTPStatus.METHOD_NOT_ALLOWED
    detail = f"{request.url.path[:200]} does not take {request.method}"
    response = _refusal(Problem(title=status.phrase, status=status, detail=detail))
    response.headers.update(error.headers or {})
    return response


def _endpoint(route: Route, services: Services, identify: Identify) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        name = REQUEST.get() or secrets.token_hex(8)
        try:
            asker = _allowed(route, identify(request))
            asked = _parameters(route, request)
            return _response(route, await _answer(route, services, asker, asked, request))
        except msgspec.ValidationError as error:
            status = HTTPStatus.BAD_REQUEST
            return _refusal(Problem(title=status.phrase, status=status, detail=str(error), request=name))
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:  # noqa: BLE001 - whatever happens, the sender gets an answer and the log the rest
            problem = problem_of(error)
            if problem is None:
                _LOG.exception("request %s failed", name)
                status = HTTPStatus.INTERNAL_SERVER_ERROR
                problem = Problem(title=status.phrase, status=status, detail="a fault of the server; its log says more")
            refusal = _refusal(msgspec.structs.replace(problem, request=name))
            if isinstance(error, TooOften):
                refusal.headers["Retry-After"] = str(error.seconds)
            return refusal

    return endpoint


def _allowed(route: Route, asker: Asker) -> Asker:
    if route.scope is not None and not asker.may(route.scope):
        raise NotAllowed(f"that asks for the right to {route.scope.value}")
    return asker


def _parameters(route: Route, request: Request) -> Any:
    """From path, query and headers; a field that is a list takes every value."""
    found: dict[str, Any] = dict(request.path_params)
    for field in msgspec.structs.fields(route.parameters):
        values = request.query_params.getlist(field.name)
        if values:
            is_list = getattr(field.type, "__origin__", None) is list
            found[field.name] = values if is_list else values[-1]
    unknown = set(request.query_params) - {field.name for field in msgspec.structs.fields(route.parameters)}
    if unknown:
        raise msgspec.ValidationError(f"there is no parameter {min(unknown)[:100]!r}")
    if "key" in {field.name for field in msgspec.structs.fields(route.parameters)}:
        key = request.headers.get("idempotency-key")
        found |= {} if key is None else {"key": key}
    return msgspec.convert(found, route.parameters, strict=False)


async def _answer(route: Route, services: Services, asker: Asker, asked: Any, request: Request) -> Any:
    if not route.takes_body:
        return await run_in_threadpool(route.handler, services, asker, asked)
    with tempfile.NamedTemporaryFile(prefix="certmark-upload-") as file:
        await _spool(request, file, services)
        return await run_in_threadpool(route.handler, services, asker, asked, Path(file.name))


async def _spool(request: Request, file: Any, services: Services) -> None:
    """The body into a file. Raises TooMuch, or ClientDisconnect where it breaks off or stands still too long."""
    settings = services.settings
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > settings.largest_upload:
        raise TooMuch(f"an upload may have {settings.largest_upload:,} bytes")
    size = 0
    pieces = request.stream()
    while True:
        try:
            piece = await asyncio.wait_for(anext(pieces), settings.slowest_upload)
        except StopAsyncIteration:
            break
        except TimeoutError:
            raise ClientDisconnect from None
        size += len(piece)
        if size > settings.largest_upload:
            raise TooMuch(f"an upload may have {settings.largest_upload:,} bytes")
        file.write(piece)
    file.flush()


def _response(route: Route, answer: Any) -> Response:
    if answer is None:
        return Response(status_code=route.status, headers=_HEADERS)
    if isinstance(answer, Content):
        headers = {**_HEADERS, **answer.headers}
        return Response(answer.data, status_code=route.status, media_type=answer.media, headers=headers)
    return Response(_encode(answer), status_code=route.status, media_type="application/json", headers=_HEADERS)


def _refusal(problem: Problem) -> Response:
    return Response(_encode(problem), status_code=problem.status, media_type=MEDIA, headers=_HEADERS)

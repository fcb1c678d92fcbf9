"""The ASGI application: requests to handlers, answers and refusals to HTTP.

Handlers run in threads, where a database may be waited for. A body is written to a file as it comes, bounded,
and never held whole.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from certmark.domain.permissions import Role
from certmark.server.api.answers import HEADERS, refusal, response
from certmark.server.api.current import now_of
from certmark.server.api.errors import Problem, of_validation, problem_of, retry_after
from certmark.server.api.openapi import document_of
from certmark.server.api.receiving import Identify, Turns, allowed, read_json, spool, whole
from certmark.server.api.routes import IN_HEADERS, Answer, Content, Route, Stream
from certmark.server.api.v1.frame import first_version
from certmark.server.api.v2 import ROUTES
from certmark.server.asking import Asker
from certmark.server.observing.logs import REQUEST
from certmark.server.services import offices
from certmark.server.services.context import Services
from certmark.server.services.errors import Outdated

ROOT = "/api/v2"
_LOG = logging.getLogger("certmark.server")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

Endpoint = Callable[[Request], Any]


NotHere = Callable[[Request], Response | None]
"""What a browser is shown where nothing is; None: whoever asks is none."""


def application(
    services: Services,
    identify: Identify,
    pages: Sequence[StarletteRoute] = (),
    not_here: NotHere = lambda request: None,  # noqa: ARG005 - nobody looks at pages
) -> Starlette:
    """The whole API, and pages beside it."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    turns = Turns()
    for route in ROUTES:
        by_path.setdefault(route.path, {})[route.method] = _endpoint(route, services, identify, turns)
    routes = [
        StarletteRoute(ROOT + path, _any_method(endpoints), methods=_METHODS) for path, endpoints in by_path.items()
    ]
    document = msgspec.json.encode(document_of(ROUTES, services.settings.public_url))
    public = {**HEADERS, "Cache-Control": "public, max-age=60"}

    async def openapi(request: Request) -> Response:  # noqa: ARG001 - as Starlette calls it
        return Response(document, media_type="application/json", headers=public)

    async def alive(request: Request) -> Response:  # noqa: ARG001 - likewise
        return Response(b"alive\n", media_type="text/plain", headers=HEADERS)

    routes += [StarletteRoute(f"{ROOT}/openapi.json", openapi), StarletteRoute("/healthz", alive), *pages]

    async def nothing(request: Request, error: Exception) -> Response:
        return not_here(request) or await _not_here(request, error)

    handlers: dict[Any, Any] = {404: nothing, 405: _not_so}
    found = Starlette(routes=[*routes, first_version(services, identify, turns)], exception_handlers=handlers)
    found.router.redirect_slashes = False  # it would lead to whatever host the request names
    return found


async def _not_here(request: Request, error: Exception) -> Response:  # noqa: ARG001 - as Starlette calls it
    return _refused(HTTPStatus.NOT_FOUND, f"there is nothing at {request.url.path[:200]}")


async def _not_so(request: Request, error: Any) -> Response:
    detail = f"{request.url.path[:200]} does not take {request.method[:20]}"
    return _refused(HTTPStatus.METHOD_NOT_ALLOWED, detail, error.headers)


def _refused(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    return refusal(Problem(title=status.phrase, status=status, detail=detail, **more), headers)


def _any_method(endpoints: Mapping[str, Endpoint]) -> Endpoint:
    """HEAD is GET without its body; OPTIONS says what there is, to whoever asks."""
    methods = {*endpoints, "OPTIONS", *(("HEAD",) if "GET" in endpoints else ())}
    allowed = {"Allow": ", ".join(sorted(methods))}

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={**HEADERS, **allowed})
        found = endpoints.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            detail = f"{request.url.path[:200]} does not take {request.method[:20]}"
            return _refused(HTTPStatus.METHOD_NOT_ALLOWED, detail, allowed)
        answer: Response = await found(request)
        return answer

    return endpoint


def _endpoint(route: Route, services: Services, identify: Identify, turns: Turns) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        name = REQUEST.get() or secrets.token_hex(8)
        try:
            asker = allowed(route, await run_in_threadpool(identify, request))
            asker = asker._replace(request=name, rules=services.rules)
            if not any(asker.has(right) for right in route.may):
                await run_in_threadpool(offices.check, services, asker, route.may)
            asked = _parameters(route, request)
            turn = turns.of(asker, request)
            answer = _for_some(route, services, await _answer(route, services, asker, asked, request, turn))
            return _linked(response(route, answer, request), services.settings.public_url or "")
        except msgspec.DecodeError as error:
            problem = of_validation(error, is_body=isinstance(error, _BodyError))
            return refusal(msgspec.structs.replace(problem, request=name))
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:  # noqa: BLE001 - whatever happens, the sender gets an answer and the log the rest
            found = problem_of(error)
            if found is None:
                _LOG.exception("request %s failed", name)
                detail = "a fault of the server; its log says more"
                return _refused(HTTPStatus.INTERNAL_SERVER_ERROR, detail, request=name)
            now, tag = None, dict[str, str]()
            if isinstance(error, Outdated):
                now, tag = await run_in_threadpool(now_of, services, asker, request.path_params)
            return refusal(msgspec.structs.replace(found, request=name, now=now), {**retry_after(found, error), **tag})

    return endpoint


def _for_some(route: Route, services: Services, answer: Any) -> Any:
    """An answer that not everybody would get, whatever its handler says: the rules may be overridden."""
    if not isinstance(answer, Answer | Content | Stream) or not answer.is_public:
        return answer
    if any(services.rules.allow(right, {Role.ANONYMOUS}) for right in route.may):
        return answer
    if isinstance(answer, Stream):
        return answer._replace(is_public=False)
    return answer._replace(is_public=False, is_final=False)


def _linked(answer: Response, root: str) -> Response:
    """Links are made of the public address, never of what a request says."""
    if "location" in answer.headers:
        answer.headers["location"] = root + answer.headers["location"]
    return answer


def _parameters(route: Route, request: Request) -> Any:
    """From path, query and headers; a field that is a list takes every value."""
    found: dict[str, Any] = dict(request.path_params)
    names = {field.name: field for field in msgspec.structs.fields(route.parameters)}
    unknown = [name for name in request.query_params if name not in names or name in IN_HEADERS or name in found]
    if unknown:
        raise msgspec.ValidationError(f"there is no such parameter - at `$.{unknown[0][:100]}`")
    for name, field in names.items():
        values = request.query_params.getlist(name)
        is_list = getattr(field.type, "__origin__", None) is list
        if len(values) > 1 and not is_list:
            raise msgspec.ValidationError(f"is there {len(values)} times, and means one thing - at `$.{name}`")
        if values:
            found[name] = values if is_list else values[0]
        headers = request.headers.getlist(IN_HEADERS[name]) if name in IN_HEADERS else []
        if len(headers) > 1:
            raise msgspec.ValidationError(f"is there {len(headers)} times, and means one thing - at `$.{name}`")
        if headers:
            found[name] = headers[0]
    asked = msgspec.convert(found, route.parameters, strict=False)
    for name in found:
        if getattr(asked, name) is None:  # `null` is a word like any other in a URL
            raise msgspec.ValidationError(f"has no such value - at `$.{name}`")
    return asked


class _BodyError(msgspec.DecodeError):
    """What is wrong stands in the body."""


async def _answer(
    route: Route, services: Services, asker: Asker, asked: Any, request: Request, turn: asyncio.Semaphore
) -> Any:
    async def work(*body: Any) -> Any:
        async with turn:
            return await run_in_threadpool(route.handler, services, asker, asked, *body)

    if route.body is not None:
        try:
            body = msgspec.convert(whole(msgspec.json.decode(await read_json(request, services))), route.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _BodyError(str(error)) from error
        return await work(body)
    if not route.takes_body:
        return await work()
    with tempfile.NamedTemporaryFile(dir=services.scratch) as file:
        await spool(request, file, services)
        return await work(Path(file.name))

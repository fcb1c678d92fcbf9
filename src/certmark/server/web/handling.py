"""How a request of a browser becomes what its handler takes, and what becomes of a refusal: a page with a sentence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from hmac import compare_digest
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from certmark.server.api.errors import problem_of
from certmark.server.api.receiving import Identify
from certmark.server.asking import STRANGER, Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import NotKnown, NotPermitted, TooMuch
from certmark.server.services.sessions import form_token
from certmark.server.web.cookies import SESSION, check_origin, read
from certmark.server.web.pages import Link, WebPage, drawn

LARGEST_FORM = 32 << 10
_LOG = logging.getLogger("certmark.server")


class PageRequest(NamedTuple):
    """What a handler is told of a request."""

    request: Request
    asker: Asker
    session: str | None
    """The word in the cookie, where it is one of a session that holds."""
    form: Mapping[str, str]


Handler = Callable[[Services, PageRequest], Response]


def route(path: str, method: str, handler: Handler, services: Services, identify: Identify) -> Route:
    """A page, or what a form of one does."""

    async def endpoint(request: Request) -> Response:
        try:
            form = await form_of(request) if method == "POST" else {}
            asked = await run_in_threadpool(_asked, services, identify, request, form)
            return await run_in_threadpool(handler, services, asked)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:  # noqa: BLE001 - whatever happens, a person gets a page and the log the rest
            return drawn(_refusal(services, error))

    return Route(path, endpoint, methods=[method])


def address(services: Services, path: str) -> str:
    """Of a page of ours, made of the settings and of nothing that a request says."""
    return f"{services.settings.public_url or ''}{path}"


def check_form(asked: PageRequest) -> str:
    """The second line: the form was drawn for this session; the session's word. Raises NotKnown or NotPermitted."""
    if asked.session is None:
        raise NotKnown("you are not signed in here, or not any more; sign in again")
    if not compare_digest(asked.form.get("form", "").encode(), form_token(asked.session).encode()):
        raise NotPermitted("that form was not made for you here; go back, and try again")
    return asked.session


async def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form, each once. Raises TooMuch or NotPermitted."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST_FORM:
            raise TooMuch(f"a form may have {LARGEST_FORM:,} bytes here")
    pairs = parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotPermitted("a field of the form is there twice")
    return found


def _asked(services: Services, identify: Identify, request: Request, form: Mapping[str, str]) -> PageRequest:
    """Somebody whose session has ended is a stranger to a page: it is where they sign in again."""
    if request.method == "POST" and "cookie" in request.headers:
        check_origin(request, services.settings)
    word = read(request, SESSION, services.settings)
    try:
        asker = identify(request)
    except NotKnown:
        asker, word = STRANGER, None
    if "authorization" in request.headers:
        word = None
    return PageRequest(request, asker, word if asker.identity is not None else None, form)


def _refusal(services: Services, error: Exception) -> WebPage:
    problem = problem_of(error)
    if problem is None:
        _LOG.exception("a page failed", exc_info=error)
        sentence, status = "A fault of the server; its log says more.", HTTPStatus.INTERNAL_SERVER_ERROR
    else:
        text = problem.detail
        sentence, status = f"{text[:1].upper()}{text[1:]}.", HTTPStatus(problem.status)
    return WebPage("That did not work", (sentence,), (Link(address(services, "/sign-in"), "Sign in"),), status=status)

"""How a request of a browser becomes what its handler takes, and what becomes of a refusal: a page with a sentence."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import parse_qsl

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from certmark.server.api.answers import refusal
from certmark.server.api.errors import Problem, problem_of, retry_after
from certmark.server.api.receiving import Identify
from certmark.server.asking import STRANGER
from certmark.server.observing.logs import REQUEST
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown, NotPermitted, TooMuch
from certmark.server.services.sessions import form_token
from certmark.server.web.cookies import SESSION, check_origin, read
from certmark.server.web.requests import Known, PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown, answered, known

LARGEST_FORM = 32 << 10
_LOCAL_WORD = secrets.token_urlsafe(32)
"""In the place of a session's on a local server, where nobody signs in: no other page knows it."""
_LOG = logging.getLogger("certmark.server")


Handler = Callable[[Services, PageRequest], Response | Shown]


def pages(table: Iterable[PageRoute], services: Services, identify: Identify) -> list[Route]:
    """The pages of a table, each also under the suffixes of its forms."""
    found = []
    for page in table:
        if page.path != "/":
            found += [
                route(f"{page.path}.{form}", page.method, page.handler, services, identify, form)
                for form in page.forms
                if page.method == "GET"
            ]
        found.append(route(page.path, page.method, page.handler, services, identify, offered=page.forms))
    return found


def route(
    path: str,
    method: str,
    handler: Handler,
    services: Services,
    identify: Identify,
    form: str = "html",
    offered: Sequence[str] = (),
) -> Route:
    """A page, or what a form of one does; in `form`, else in one of those `offered` that the browser would rather."""

    async def endpoint(request: Request) -> Response:
        wanted = form if form != "html" else preferred(request.headers.get("accept", ""), offered)
        try:
            sent = await form_of(request) if method == "POST" else {}
            asked = await run_in_threadpool(_asked, services, identify, request, sent, wanted)
            return await run_in_threadpool(_answer, handler, services, asked)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Known as error:
            return known(error.tag, error.body, request)
        except Exception as error:  # noqa: BLE001 - whatever happens, a person gets a page and the log the rest
            return _refusal(services, request, error, wanted)

    return Route(path, endpoint, methods=[method])


def _answer(handler: Handler, services: Services, asked: PageRequest) -> Response:
    found = handler(services, asked)
    return answered(found, asked) if isinstance(found, Shown) else found


def preferred(accept: str, offered: Sequence[str]) -> str:
    """The form of a page without a suffix: JSON where it is asked for and a page is not."""
    return "json" if "json" in offered and "application/json" in accept and "text/html" not in accept else "html"


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


def _asked(
    services: Services, identify: Identify, request: Request, form: Mapping[str, str], wanted: str
) -> PageRequest:
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
    if services.settings.is_local:
        word = _LOCAL_WORD
    asker = asker._replace(request=REQUEST.get() or "", rules=services.rules)
    root = services.settings.public_url or ""
    return PageRequest(request, asker, word if asker.identity is not None else None, form, root, wanted)


def not_here(services: Services, request: Request) -> Response | None:
    """What stands where nothing is, for a browser; None: whoever asks is none."""
    if "text/html" not in request.headers.get("accept", "") or request.url.path.startswith(("/api/", "/v1/")):
        return None
    return _refusal(services, request, NotFound(f"there is nothing at {request.url.path[:200]}"), "html")


def _refusal(services: Services, request: Request, error: Exception, form: str) -> Response:
    problem = problem_of(error)
    if problem is None:
        _LOG.exception("a page failed", exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        problem = Problem(title=status.phrase, status=status, detail="a fault of the server; its log says more")
    problem = msgspec.structs.replace(problem, request=REQUEST.get())
    if form != "html":
        return refusal(problem, retry_after(problem, error))
    asked = PageRequest(request, STRANGER, None, {}, services.settings.public_url or "")
    title = _TITLES.get(HTTPStatus(problem.status), "That did not work")
    shown = Shown("refusal.html.j2", title, problem, status=HTTPStatus(problem.status), freshness=Freshness.PRIVATE)
    response = answered(shown, asked)
    response.headers.update(retry_after(problem, error))
    return response


_TITLES = {
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.UNAUTHORIZED: "Sign in first",
    HTTPStatus.FORBIDDEN: "That is not yours to do",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not now",
}

"""A page of signing in: a title, sentences, links and perhaps a form; stricter than other pages of the site."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from starlette.responses import HTMLResponse, RedirectResponse, Response

from certmark.server.web.requests import PageRequest
from certmark.server.web.templates import rendered

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""No address of such a page goes to another site, since it may have words in it that are nobody else's."""


class Link(NamedTuple):
    """Somewhere to go."""

    address: str
    words: str


class PageForm(NamedTuple):
    """What is decided by a press on a button."""

    address: str
    token: str
    buttons: tuple[tuple[str, str], ...]
    """What each decides, and says."""
    hidden: Mapping[str, str] = {}


class WebPage(NamedTuple):
    """What somebody sees."""

    title: str
    sentences: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    form: PageForm | None = None
    question: tuple[str, str, str] | None = None
    """Where an answer goes by a GET, its name, and what is asked."""
    status: HTTPStatus = HTTPStatus.OK


def drawn(page: WebPage, asked: PageRequest) -> Response:
    """As a browser gets it: in the frame of the site, without a script, and nothing of it leaves by a Referer."""
    content = rendered("signing_in.html.j2", asked, title=page.title, section="my", page=page)
    return HTMLResponse(content, status_code=page.status, headers=HEADERS)


def elsewhere(address: str) -> Response:
    """The browser goes on by a GET."""
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER, headers=HEADERS)

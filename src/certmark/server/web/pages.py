"""A page: a title, sentences, links and perhaps a form; one template, which escapes what it is given."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import HTMLResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from jinja2 import Template

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:#1b1b1b;background:#fff}"
    "main{max-width:34rem;margin:3rem auto;padding:0 1rem}"
    "a,button,input{font:inherit}li{margin:.5rem 0}label{display:block}"
    "button{padding:.4rem 1rem;margin:1rem .5rem 0 0}input{padding:.4rem}"
    ":focus-visible{outline:3px solid #1a5fb4}"
)


def _digest(text: str) -> str:
    """As a policy names what stands in a page."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src '{_digest(_STYLE)}'; "
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
    script: str = ""
    """Of our own, without anything of the request: it runs by its digest."""
    status: HTTPStatus = HTTPStatus.OK


def drawn(page: WebPage) -> Response:
    """As a browser gets it."""
    headers = HEADERS
    if page.script:
        policy = f"{HEADERS['Content-Security-Policy']}; script-src '{_digest(page.script)}'"
        headers = {**HEADERS, "Content-Security-Policy": policy}
    return HTMLResponse(_template().render(page=page, style=_STYLE), status_code=page.status, headers=headers)


def elsewhere(address: str) -> Response:
    """The browser goes on by a GET."""
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER, headers=HEADERS)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("certmark.server.web", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("page.html.j2")

"""Addresses of a RefStack site, and the first page of this one.

1. Where something is now is worked out here (`place_of`), of the old address and nothing else; it is always on this
   server, and nothing of an old address is shown on a page.
2. What stands behind # is known to the browser only: a small script asks for the place; who has none pastes it.
3. Where a run is shown to people stands in one place, `run_path`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files

from starlette.responses import Response
from starlette.routing import Route

from certmark.server import ids
from certmark.server.api.receiving import Identify
from certmark.server.api.v1.words import run_path
from certmark.server.services import refstack_results
from certmark.server.services.context import Services
from certmark.server.web.handling import address, route
from certmark.server.web.pages import Link, WebPage, drawn, elsewhere
from certmark.server.web.requests import PageRequest

_ROOT, _OLD = "/", "/old-address"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OF_THING = re.compile(rf"/(results|vendor|cloud|distro)/({_UUID})\Z")
_LONGEST = 2000


_THINGS: Mapping[str, Callable[[str], str]] = {
    "results": run_path,
    "vendor": "/api/v2/vendors/{}".format,
    "cloud": "/api/v2/products/{}".format,
    "distro": "/api/v2/products/{}".format,
}
_OF_SIGNING_IN = frozenset({"/sign-in", "/signed-out"})
"""A local server has no such pages."""
_PLACES = {
    "": _ROOT,
    "/about": _ROOT,
    "/guidelines": "/api/v2/guidelines",
    "/community_results": "/runs?of=public",
    "/user_results": "/runs?of=mine",
    "/profile": "/sign-in",
    "/user_vendors": "/api/v2/vendors?mine=true",
    "/public_vendors": "/api/v2/vendors",
    "/user_products": "/api/v2/products",
    "/public_products": "/api/v2/products",
    "/auth_failure": "/sign-in",
    "/logout": "/signed-out",
}


def place_of(old: str) -> str | None:
    """Where that is now which had an old address, whole or from # on; None: nothing had it."""
    before, mark, behind = old.strip()[:_LONGEST].partition("#")
    path = behind if mark else re.sub(r"^[a-z]+://[^/]*", "", before, flags=re.IGNORECASE)
    path = re.split("[?#]", path)[0].rstrip("/").lower()
    found = _OF_THING.match(path)
    return _THINGS[found[1]](found[2]) if found is not None else _PLACES.get(path)


def routes(services: Services, identify: Identify) -> list[Route]:
    """The first page, the way from an old address, and old addresses without #."""
    by_path = (*(f"/{word}/{{id}}" for word in _THINGS), *filter(None, _PLACES))
    table = [(_ROOT, _first), (_OLD, _led), *((path, _led_by_path) for path in by_path)]
    return [route(path, "GET", handler, services, identify) for path, handler in table]


def _first(services: Services, asked: PageRequest) -> Response:  # noqa: ARG001 - every handler takes these
    sentences = ("This server receives results of clouds, and judges them by the guidelines of its programme.",)
    links = [Link(address(services, place), words) for place, words in _links(services)]
    return drawn(WebPage("Certmark", sentences, tuple(links), question=_question(services), script=_script()))


def _links(services: Services) -> list[tuple[str, str]]:
    found = [("/api/v2/guidelines", "Guidelines"), ("/runs?of=public", "Shared runs")]
    return found if services.settings.is_local else [("/sign-in", "Sign in"), *found]


def _led(services: Services, asked: PageRequest) -> Response:
    return _to(services, asked.request.query_params.get("address", ""))


def _led_by_path(services: Services, asked: PageRequest) -> Response:
    return _to(services, asked.request.url.path)


def _to(services: Services, old: str) -> Response:
    place = place_of(old)
    if place is not None and place.startswith(run_path("")):
        # A run that was imported has another id now.
        place = run_path(ids.written(refstack_results.named(services, place.removeprefix(run_path("")))))
    if place is not None:
        is_there = not services.settings.is_local or place not in _OF_SIGNING_IN
        return elsewhere(address(services, place if is_there else _ROOT))
    sentence = "No page of a RefStack site had this address, or it has no place here. Look whether it is whole."
    page = WebPage("Not found", (sentence,), question=_question(services), status=HTTPStatus.NOT_FOUND)
    return drawn(page)


def _question(services: Services) -> tuple[str, str, str]:
    return address(services, _OLD), "address", "An address of a RefStack site, such as /#/results/…"


@cache
def _script() -> str:
    return files("certmark.server.web").joinpath("static/old_address.js").read_text(encoding="utf-8")

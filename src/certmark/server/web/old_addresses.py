"""Addresses of a RefStack site lead to pages of this one.

1. Where something is now is worked out here (`place_of`), of the old address and nothing else; it is always on this
   server, and nothing of an old address is shown on a page.
2. What stands behind # is known to the browser only: a small script asks for the place; who has none pastes it.
3. Where a run is shown to people stands in one place, `run_path`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from certmark.server import ids
from certmark.server.api.receiving import Identify
from certmark.server.api.v1.words import run_path
from certmark.server.services import refstack_results
from certmark.server.services.context import Services
from certmark.server.web.handling import address, route
from certmark.server.web.pages import WebPage, drawn, elsewhere
from certmark.server.web.requests import PageRequest

_ROOT, _OLD = "/", "/old-address"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OF_THING = re.compile(rf"/(results|vendor|cloud|distro)/({_UUID})\Z")
_LONGEST = 2000


_THINGS: Mapping[str, Callable[[str], str]] = {
    "results": run_path,
    "vendor": "/vendors/{}".format,
    "cloud": "/products/{}".format,
    "distro": "/products/{}".format,
}
_OF_SIGNING_IN = frozenset({"/sign-in", "/signed-out"})
"""A local server has no such pages."""
_PLACES = {
    "": _ROOT,
    "/about": "/about",
    "/guidelines": "/guidelines",
    "/community_results": "/runs",
    "/user_results": "/my/runs",
    "/profile": "/my/account",
    "/user_vendors": "/vendors?mine=yes",
    "/public_vendors": "/vendors",
    "/user_products": "/vendors?mine=yes",
    "/public_products": "/vendors",
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
    """The way from an old address, and old addresses without #, where no page of today has the same."""
    by_path = (*(f"/{word}/{{id}}" for word in _THINGS), *(path for path in _PLACES if path and _PLACES[path] != path))
    table = [(_OLD, _led), *((path, _led_by_path) for path in by_path)]
    return [route(path, "GET", handler, services, identify) for path, handler in table]


def _led(services: Services, asked: PageRequest) -> Response:
    return _to(services, asked, asked.request.query_params.get("address", ""))


def _led_by_path(services: Services, asked: PageRequest) -> Response:
    return _to(services, asked, asked.request.url.path)


def _to(services: Services, asked: PageRequest, old: str) -> Response:
    place = place_of(old)
    if place is not None and place.startswith(run_path("")):
        # A run that was imported has another id now.
        place = run_path(ids.written(refstack_results.named(services, place.removeprefix(run_path("")))))
    if place is not None:
        is_there = not services.settings.is_local or place not in _OF_SIGNING_IN
        return elsewhere(address(services, place if is_there else _ROOT))
    sentence = "No page of a RefStack site had this address, or it has no place here. Look whether it is whole."
    page = WebPage("Not found", (sentence,), question=_question(services), status=HTTPStatus.NOT_FOUND)
    return drawn(page, asked)


def _question(services: Services) -> tuple[str, str, str]:
    return address(services, _OLD), "address", "An address of a RefStack site, such as /#/results/…"

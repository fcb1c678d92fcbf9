"""A page with every part of which pages are made, for whoever looks at them: served by tests only."""

from __future__ import annotations

from pathlib import Path

import msgspec
from starlette.responses import HTMLResponse, Response

from certmark.reporting.marks import MARKS
from certmark.server.services.context import Services
from certmark.server.web import templates
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import HEADERS, PageRoute
from certmark.server.web.static_files import files
from support.stories import HOSTILE_NAMES

TEMPLATE = Path(__file__).parents[1] / "web" / "parts.html.j2"


class Nothing(msgspec.Struct, frozen=True):
    """Of the page."""


def _parts(services: Services, asked: PageRequest) -> Response:  # noqa: ARG001 - as every handler
    page = templates._environment().from_string(TEMPLATE.read_text())  # noqa: SLF001 - a template of tests
    text = page.render(
        title="Parts of pages",
        section="runs",
        page=Nothing(),
        words=list(MARKS),
        foreign=HOSTILE_NAMES[1] + HOSTILE_NAMES[3],
        url=asked.url,
        here=asked.here,
        asked=asked,
        static=lambda name: asked.url(files().address(name)),
    )
    return HTMLResponse(text, headers=HEADERS)


PAGES = (PageRoute("/parts", _parts, forms=()),)

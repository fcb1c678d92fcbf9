"""The site's own style sheet and scripts: read once, at addresses that name their content, kept for ever."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from certmark.reporting.pages import style_of_pages

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


class _File(NamedTuple):
    content: bytes
    packed: bytes
    type: str
    digest: str


class StaticFiles(NamedTuple):
    """All of them."""

    by_name: Mapping[str, _File]

    def address(self, name: str) -> str:
        """The path of a file; it is another one as soon as a byte of it is. Raises KeyError."""
        return f"/static/{self.by_name[name].digest}/{name}"


@cache
def files() -> StaticFiles:
    """`site.css` is the style of all pages and every part of it; scripts are by their names."""
    parts = sorted((_FOLDER / "css").glob("*.css"), key=lambda path: (path.name != "site.css", path.name))
    style = "\n".join([style_of_pages(), *(path.read_text(encoding="utf-8") for path in parts)])
    found = {"site.css": _file("site.css", style.encode())}
    found |= {path.name: _file(path.name, path.read_bytes()) for path in sorted((_FOLDER / "js").glob("*.js"))}
    found |= {path.name: _file(path.name, path.read_bytes()) for path in sorted(_FOLDER.glob("*.svg"))}
    return StaticFiles(found)


def _file(name: str, content: bytes) -> _File:
    digest = hashlib.sha256(content).hexdigest()[:16]
    return _File(content, gzip.compress(content, mtime=0), _TYPES[Path(name).suffix], digest)


def static_route() -> Route:
    """Where they are; an address of an earlier version leads to the file of this one, which is not kept."""

    async def endpoint(request: Request) -> Response:
        found = files().by_name.get(request.path_params["name"])
        if found is None:
            return Response(b"there is no such file\n", HTTPStatus.NOT_FOUND, media_type="text/plain")
        is_this = request.path_params["digest"] == found.digest
        headers = _HEADERS if is_this else {**_HEADERS, "Cache-Control": "no-cache"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.type)
        return Response(found.content, headers=dict(headers), media_type=found.type)

    return Route("/static/{digest}/{name}", endpoint)

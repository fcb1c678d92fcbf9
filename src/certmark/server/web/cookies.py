"""The two cookies of a server, and where a request that bears one comes from.

1. A cookie is out of reach of scripts (HttpOnly), of other sites' requests (SameSite=Lax), and, on https, of clear text
   and of other hosts of the same domain (`__Host-`).
2. What changes something by a cookie is refused unless the browser says that a page of ours asked (Sec-Fetch-Site, or
   Origin where that is not said). A browser that says neither is refused as well.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from certmark.server.services.errors import NotPermitted
from certmark.server.settings import Settings

SESSION, SIGN_IN = "certmark-session", "certmark-sign-in"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def read(request: Request, name: str, settings: Settings) -> str | None:
    """The word in a cookie of ours."""
    found = request.cookies.get(_called(name, settings))
    return found if found and len(found) < 100 else None


def give(response: Response, name: str, word: str, settings: Settings, seconds: float) -> None:
    """Rule 1."""
    response.set_cookie(
        _called(name, settings),
        word,
        max_age=int(seconds),
        path="/",
        secure=_is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def take(response: Response, name: str, settings: Settings) -> None:
    """The browser forgets it."""
    give(response, name, "", settings, 0)


def check_origin(request: Request, settings: Settings) -> None:
    """Rule 2. Raises NotPermitted."""
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        is_own = site == "same-origin"
    else:
        is_own = origin is not None and origin == _origin(settings.public_url or "")
    if not is_own:
        raise NotPermitted("a page of another site asked for that, or one that does not say whose it is; use our own")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_secure(settings: Settings) -> bool:
    return (settings.public_url or "").startswith("https:")


def _called(name: str, settings: Settings) -> str:
    return f"__Host-{name}" if _is_secure(settings) else name

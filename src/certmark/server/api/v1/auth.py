"""Where RefStack's clients were led to sign in: they are led to the pages on which one signs in here.

Nothing changes by these requests: whoever follows a link on another site is neither signed in nor out.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from certmark.server.api.routes import Content, Nothing, Route
from certmark.server.asking import Asker
from certmark.server.services.context import Services

_HERE = "/"
_OLD_ANSWER = "This server does not sign people in by OpenID 2.0; sign in again."


def _signin(services: Services, asker: Asker, asked: Nothing) -> Content:  # noqa: ARG001 - every handler takes these
    """Whoever is signed in is there already; others come back after it."""
    return _led(services, _HERE if asker.identity is not None else f"/sign-in?next={quote(_HERE, safe='')}")


def _signin_return(services: Services, asker: Asker, asked: Nothing) -> Content:  # noqa: ARG001 - likewise
    """No provider answers here: what is said in such an address is believed by nobody."""
    return _led(services, f"/#/auth_failure?message={quote(_OLD_ANSWER)}")


def _signout(services: Services, asker: Asker, asked: Nothing) -> Content:  # noqa: ARG001 - likewise
    """To the page with the button that does it."""
    return _led(services, "/signed-out" if asker.identity is None else "/sign-in")


def _led(services: Services, path: str) -> Content:
    path = _HERE if services.settings.is_local else path
    return Content(b"", "text/plain", {"Location": f"{services.settings.public_url or ''}{path}"})


_TABLE = (
    ("signin", _signin, "To the page on which one signs in, and back to the first page."),
    ("signin_return", _signin_return, "To the page that says that nobody was signed in."),
    ("signout", _signout, "To the page on which one signs out."),
)
ROUTES = tuple(
    Route(
        method="GET",
        path=f"/auth/{word}",
        name=word,
        summary=summary,
        handler=handler,
        answer=None,
        status=HTTPStatus.FOUND,
    )
    for word, handler, summary in _TABLE
)

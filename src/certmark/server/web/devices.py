"""The page on which somebody lets a program in that has no browser."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from certmark.server.api.receiving import Identify
from certmark.server.services import devices
from certmark.server.services.context import Services
from certmark.server.services.limits import Buckets
from certmark.server.services.sessions import form_token
from certmark.server.web.handling import PageRequest, address, check_form, route
from certmark.server.web.pages import PageForm, WebPage, drawn, elsewhere

PLACE = "/device"
_GUESSES = 10
"""Codes that one person may try in a minute."""
_WARNING = (
    "Let it in only if you began this yourself, just now, on a machine of yours. "
    "Whoever sent you this code could send results in your name."
)


def routes(services: Services, identify: Identify) -> list[Route]:
    """Asking for the code, and deciding."""
    guesses = Buckets(_GUESSES, _GUESSES)

    def shown(services: Services, asked: PageRequest) -> Response:
        return _shown(services, asked, guesses)

    return [
        route(PLACE, "GET", shown, services, identify),
        route(PLACE, "POST", _decided, services, identify),
    ]


def _shown(services: Services, asked: PageRequest, guesses: Buckets) -> Response:
    code = asked.request.query_params.get("user_code", "")[:100]
    if asked.session is None:
        wanted = f"{PLACE}?user_code={quote(code, safe='')}" if code else PLACE
        return elsewhere(address(services, f"/sign-in?next={quote(wanted, safe='')}"))
    if not code:
        return drawn(WebPage("Let a program in", ("Which code does the program show?",), question=_question(services)))
    guesses.take(asked.asker.identity or b"", is_upload=False)
    found = devices.look(services, code)
    form = PageForm(
        address(services, PLACE),
        form_token(asked.session),
        (("yes", "Let it in"), ("no", "Do not")),
        {"user_code": code},
    )
    what = f"A program that calls itself “{found.label or 'nothing'}”, from the address {found.network}, shows {code}."
    may = f"It would read and send results in your name for {devices.DAYS} days."
    return drawn(WebPage("Let a program in?", (what, may, _WARNING), form=form))


def _question(services: Services) -> tuple[str, str, str]:
    return address(services, PLACE), "user_code", "Code"


def _decided(services: Services, asked: PageRequest) -> Response:
    check_form(asked)
    is_let_in = asked.form.get("decision") == "yes"
    devices.decide(services, asked.asker, asked.form.get("user_code", ""), is_let_in=is_let_in)
    sentence = "The program is let in; go back to it." if is_let_in else "The program is not let in."
    return drawn(WebPage("Done", (sentence,)))

"""The page on which somebody lets a program in that has no browser."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from certmark.server.api.receiving import Identify
from certmark.server.asking import Asker
from certmark.server.services import devices
from certmark.server.services.context import Services
from certmark.server.services.errors import TooOften
from certmark.server.services.limits import Buckets, Seldom
from certmark.server.services.sessions import form_token
from certmark.server.services.tokens import note_guessing
from certmark.server.web.handling import address, check_form, route
from certmark.server.web.pages import PageForm, WebPage, drawn, elsewhere
from certmark.server.web.requests import PageRequest

PLACE = "/device"
_GUESSES = 20
"""Codes that one person may name in a minute: each is named when it is looked at, and when it is decided on."""
_WARNING = (
    "Let it in only if you began this yourself, just now, on a machine of yours. "
    "Whoever sent you this code could send results in your name."
)


def routes(services: Services, identify: Identify) -> list[Route]:
    """Asking for the code, and deciding."""
    guesses, seldom = Buckets(_GUESSES, _GUESSES), Seldom()

    def guessed(asker: Asker) -> None:
        try:
            guesses.take(asker.identity or b"", is_upload=False)
        except TooOften:
            if seldom.is_due(asker.identity or b""):
                note_guessing(services, asker, "device")
            raise

    def shown(services: Services, asked: PageRequest) -> Response:
        return _shown(services, asked, guessed)

    def decided(services: Services, asked: PageRequest) -> Response:
        return _decided(services, asked, guessed)

    return [
        route(PLACE, "GET", shown, services, identify),
        route(PLACE, "POST", decided, services, identify),
    ]


def _shown(services: Services, asked: PageRequest, guessed: Callable[[Asker], None]) -> Response:
    code = asked.request.query_params.get("user_code", "")[:100]
    if asked.session is None:
        wanted = f"{PLACE}?user_code={quote(code, safe='')}" if code else PLACE
        return elsewhere(address(services, f"/sign-in?next={quote(wanted, safe='')}"))
    if not code:
        return drawn(
            WebPage("Let a program in", ("Which code does the program show?",), question=_question(services)), asked
        )
    guessed(asked.asker)
    found = devices.look(services, code)
    form = PageForm(
        address(services, PLACE),
        form_token(asked.session),
        (("yes", "Let it in"), ("no", "Do not")),
        {"user_code": code},
    )
    what = f"A program that calls itself “{found.label or 'nothing'}”, from the address {found.network}, shows {code}."
    may = f"It would read and send results in your name for {devices.DAYS} days."
    return drawn(WebPage("Let a program in?", (what, may, _WARNING), form=form), asked)


def _question(services: Services) -> tuple[str, str, str]:
    return address(services, PLACE), "user_code", "Code"


def _decided(services: Services, asked: PageRequest, guessed: Callable[[Asker], None]) -> Response:
    check_form(asked)
    guessed(asked.asker)
    is_let_in = asked.form.get("decision") == "yes"
    devices.decide(services, asked.asker, asked.form.get("user_code", ""), is_let_in=is_let_in)
    sentence = "The program is let in; go back to it." if is_let_in else "The program is not let in."
    return drawn(WebPage("Done", (sentence,)), asked)

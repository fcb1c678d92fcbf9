"""The pages of signing in and out."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from certmark.server.api.receiving import Identify
from certmark.server.services import sessions, signing_in
from certmark.server.services.context import Services
from certmark.server.services.signing_in import HOME, own_path
from certmark.server.web.cookies import SESSION, SIGN_IN, give, read, take
from certmark.server.web.handling import address, check_form, route
from certmark.server.web.pages import Link, PageForm, WebPage, drawn, elsewhere
from certmark.server.web.requests import PageRequest

_PATIENCE = 600.0


def routes(services: Services, identify: Identify) -> list[Route]:
    """All of them."""
    table = (
        (HOME, "GET", _choose),
        ("/sign-in/{provider}", "GET", _begin),
        ("/sign-in/{provider}/callback", "GET", _finish),
        ("/sign-out", "POST", _sign_out),
        ("/signed-out", "GET", _signed_out),
    )
    return [route(path, method, handler, services, identify) for path, method, handler in table]


def _choose(services: Services, asked: PageRequest) -> Response:
    then = own_path(asked.request.query_params.get("next"))
    if asked.session is not None:
        return _here(services, asked, asked.session, then)
    links = tuple(
        Link(address(services, f"{HOME}/{one.id}?next={quote(then, safe='')}"), one.shown)
        for one in services.settings.providers
    )
    sentence = (
        "With whom do you have an account?" if links else "Nobody can sign in here: the operator named no provider."
    )
    return drawn(WebPage("Sign in", (sentence,), links), asked)


def _here(services: Services, asked: PageRequest, word: str, then: str) -> Response:
    if then != HOME:
        return elsewhere(address(services, then))
    account = signing_in.account_of(services, asked.asker)
    shown = asked.asker.name if account is None else f"{account.name} ({account.issuer})"
    form = PageForm(address(services, "/sign-out"), sessions.form_token(word), (("out", "Sign out"),))
    return drawn(WebPage("Signed in", (f"You are signed in as {shown}.",), form=form), asked)


def _begin(services: Services, asked: PageRequest) -> Response:
    provider, then = asked.request.path_params["provider"], asked.request.query_params.get("next")
    away = signing_in.begin(services, provider, then, read(asked.request, SIGN_IN, services.settings))
    response = elsewhere(away.url)
    give(response, SIGN_IN, away.browser, services.settings, _PATIENCE)
    return response


def _finish(services: Services, asked: PageRequest) -> Response:
    request, settings = asked.request, services.settings
    said = {name: request.query_params.getlist(name) for name in request.query_params}
    once = {name: values[0] for name, values in said.items() if len(values) == 1}
    before = (read(request, SESSION, settings), request.headers.get("user-agent", ""))
    browser = read(request, SIGN_IN, settings)
    found = signing_in.finish(services, request.path_params["provider"], once, browser, before)
    response = elsewhere(address(services, found.destination))
    give(response, SESSION, found.word, settings, settings.session_longest)
    take(response, SIGN_IN, settings)
    return response


def _sign_out(services: Services, asked: PageRequest) -> Response:
    """Here, and by one more step with the provider: a form must not lead to another site."""
    asker, session = sessions.asker_of(services, check_form(asked))
    there = signing_in.end_with_provider(services, session)
    sessions.end_by(services, asker, session)
    links = () if there is None else (Link(there, "Sign out of your account with the provider, too"),)
    response = drawn(WebPage("Signed out", ("You are signed out here.",), links), asked)
    take(response, SESSION, services.settings)
    return response


def _signed_out(services: Services, asked: PageRequest) -> Response:
    return drawn(WebPage("Signed out", ("You are signed out.",), (Link(address(services, HOME), "Sign in"),)), asked)

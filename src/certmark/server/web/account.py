"""How somebody is known here: their account, where they are signed in, all that is kept of them, and its end."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.errors import InvalidRequest
from certmark.server import ids
from certmark.server.asking import TokenScope
from certmark.server.services import members, people, sessions, signing_in, vendors
from certmark.server.services.context import Services
from certmark.server.web.cookies import SESSION, take
from certmark.server.web.desk import asks, carried_out, confirmed, form_page, identity_in, own_page, sent
from certmark.server.web.forms import Field, Form
from certmark.server.web.pages import elsewhere
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_MINE = ("/my", "My work")
_WORD = "erase"


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor of theirs."""

    vendor: str
    name: str
    roles: list[str]


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    id: str
    name: str
    email: str | None
    issuer: str | None
    subject: str | None
    roles: list[str]
    """In the programme."""
    vendors: list[Membership]
    is_local: bool


class SessionLine(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is signed in."""

    id: str
    provider: str
    agent: str
    created: int
    used: int
    is_this: bool


class SessionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Where they are signed in, the newest first."""

    sessions: list[SessionLine]


class OwnData(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept of somebody."""

    name: str
    kept: dict[str, list[dict[str, Any]]]


class DataPage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what is kept of somebody."""

    name: str
    rows: dict[str, int]
    """By table and the column that names them."""


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """A word that nobody types by mistake."""

    word: Annotated[str, Meta(min_length=1, max_length=100)]


class _WrongWord(InvalidRequest):
    """What was typed is not what was asked for."""


def _account(services: Services, asked: PageRequest) -> Shown:
    account, asker = signing_in.account_of(services, asked.asker), asked.asker
    roles = members.own_roles(services, asker)
    data = AccountPage(
        id=ids.written(asker.identity or bytes(16)),
        name=asker.name if account is None else account.name,
        email=None if account is None else account.email,
        issuer=None if account is None else account.issuer,
        subject=None if account is None else account.subject,
        roles=sorted(role.value for role in roles.in_programme),
        vendors=[
            Membership(
                vendor=ids.written(one.id),
                name=one.name,
                roles=sorted(role.value for role in roles.in_vendors.get(one.id, ())),
            )
            for one in vendors.own(services, asker)
        ],
        is_local=services.settings.is_local,
    )
    return _private("my/account.html.j2", "My account", data)


def _sessions(services: Services, asked: PageRequest) -> Shown:
    now = None if asked.session is None else sessions.digest_of(asked.session)
    lines = [
        SessionLine(
            id=ids.written(one.id),
            provider=one.provider,
            agent=one.agent,
            created=one.created,
            used=one.touched,
            is_this=one.digest == now,
        )
        for one in sessions.own(services, asked.asker)
    ]
    return _private("my/sessions.html.j2", "Where I am signed in", SessionsPage(sessions=lines))


def _ask_session(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - every handler takes these
    identity = ids.written(identity_in(asked, "session"))
    form = confirmed(f"/my/sessions/{identity}/end", "Sign it out", "/my/sessions")
    ends = ("The browser that has this session is signed out at once.",)
    return form_page("Sign this browser out?", form, consequences=ends, trail=(_MINE, ("/my/sessions", "Sessions")))


def _end_session(services: Services, asked: PageRequest) -> Shown | Response:
    def act(_: int | None) -> None:
        sessions.end(services, asked.asker, identity_in(asked, "session"))

    return carried_out(asked, _ask_session(services, asked), act, "/my/sessions", "ended")


def _data(services: Services, asked: PageRequest) -> Shown:
    """The page says how much; as JSON it is all of it."""
    name, kept = people.own_data(services, asked.asker)
    if asked.form_wanted == "json":
        return _private("my/data.html.j2", "What is kept of me", OwnData(name=name, kept=kept))
    rows = {table: len(found) for table, found in sorted(kept.items()) if found}
    return _private("my/data.html.j2", "What is kept of me", DataPage(name=name, rows=rows))


def _ask_erase(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - likewise
    form = Form(
        path="/my/account/erase",
        button="Erase my data",
        fields=(Field(name="word", label=f"Type {_WORD} to go on"),),
        is_destructive=True,
        back="/my/account",
    )
    ends = (
        "Your account, tokens, keys and sessions end, and your memberships in vendors.",
        "Runs that belong to no vendor are deleted, with their evidence.",
        "What belongs to a vendor or the programme stays, and names you no more.",
        "Nobody can bring it back.",
    )
    trail = (_MINE, ("/my/account", "My account"))
    lead = ("Get a copy of everything first, if you want one: /my/data.json.",)
    return form_page("Erase my data?", form, consequences=ends, lead=lead, trail=trail)


def _erase(services: Services, asked: PageRequest) -> Shown | Response:
    def act(typed: Typed, _: int | None) -> Response:
        if typed.word.strip().lower() != _WORD:
            raise _WrongWord(f"that is another word; type {_WORD}, or go back")
        people.erase(services, asked.asker)
        response = elsewhere(asked.url("/signed-out" if not services.settings.is_local else "/"))
        take(response, SESSION, services.settings)
        return response

    return sent(asked, _ask_erase(services, asked), act, Typed, {_WrongWord: "word"})


def _private(template: str, title: str, data: msgspec.Struct) -> Shown:
    return Shown(template, title, data, section="my", freshness=Freshness.PRIVATE)


_ACCOUNT = TokenScope.ACCOUNT
PAGES: tuple[PageRoute, ...] = (
    own_page("/my/account", _account),
    own_page("/my/data", _data),
    own_page("/my/sessions", _sessions),
    *asks("/my/sessions/{session}/end", _ask_session, _end_session, _ACCOUNT),
    *asks("/my/account/erase", _ask_erase, _erase, _ACCOUNT),
)

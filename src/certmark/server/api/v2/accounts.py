"""How whoever is signed in is known here: account, tokens, sessions."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.accounts import (
    Account,
    MadeToken,
    NewToken,
    Sessions,
    Tokens,
    account_body,
    session_body,
    token_body,
)
from certmark.server.api.bodies import Digest, RunId
from certmark.server.api.routes import Answer, Nothing, Route
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import sessions, signing_in, tokens
from certmark.server.services.context import Services
from certmark.server.services.tokens import A_DAY


class OfToken(msgspec.Struct, frozen=True, kw_only=True):
    """Which token."""

    token: Digest


class OfSession(msgspec.Struct, frozen=True, kw_only=True):
    """Which session."""

    session: RunId


def _show(services: Services, asker: Asker, asked: Nothing) -> Account:  # noqa: ARG001 - every handler takes these
    return account_body(asker.identity or b"", asker.name, signing_in.account_of(services, asker))


def _list_tokens(services: Services, asker: Asker, asked: Nothing) -> Tokens:  # noqa: ARG001 - likewise
    return Tokens(tokens=[token_body(one) for one in tokens.own(services, asker)])


def _make_token(services: Services, asker: Asker, asked: Nothing, new: NewToken) -> Answer:  # noqa: ARG001 - likewise
    scopes = [TokenScope(one) for one in new.scopes]
    text, token = tokens.make(services, asker, new.label, new.days * A_DAY, scopes)
    return Answer(
        MadeToken(id=token.digest.hex(), token=text, about=token_body(token)),
        headers={"Location": f"/api/v2/account/tokens/{token.digest.hex()}"},
    )


def _revoke_token(services: Services, asker: Asker, asked: OfToken) -> None:
    tokens.revoke_own(services, asker, bytes.fromhex(asked.token))


def _list_sessions(services: Services, asker: Asker, asked: Nothing) -> Sessions:  # noqa: ARG001 - likewise
    return Sessions(sessions=[session_body(one) for one in sessions.own(services, asker)])


def _end_session(services: Services, asker: Asker, asked: OfSession) -> None:
    sessions.end(services, asker, ids.read(asked.session))


_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
ROUTES = (
    Route(
        method="GET",
        path="/account",
        name="show_account",
        summary="Who you are here.",
        handler=_show,
        answer=Account,
        scope=TokenScope.READ,
        may=(Right.SEE_OWN_DATA,),
    ),
    Route(
        method="GET",
        path="/account/tokens",
        name="list_tokens",
        summary="Your tokens that nobody ended.",
        handler=_list_tokens,
        answer=Tokens,
        scope=TokenScope.ACCOUNT,
        may=(Right.SEE_OWN_DATA,),
    ),
    Route(
        method="POST",
        path="/account/tokens",
        name="make_token",
        summary="Make a token that stands for you; it is shown only now.",
        handler=_make_token,
        body=NewToken,
        answer=MadeToken,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=(Right.MANAGE_OWN_ACCESS,),
        errors=_BODY,
    ),
    Route(
        method="DELETE",
        path="/account/tokens/{token}",
        name="revoke_token",
        summary="End a token of yours, from the next request on.",
        handler=_revoke_token,
        parameters=OfToken,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=(Right.MANAGE_OWN_ACCESS,),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/account/sessions",
        name="list_sessions",
        summary="Where you are signed in.",
        handler=_list_sessions,
        answer=Sessions,
        scope=TokenScope.ACCOUNT,
        may=(Right.SEE_OWN_DATA,),
    ),
    Route(
        method="DELETE",
        path="/account/sessions/{session}",
        name="end_session",
        summary="Sign a session of yours out, wherever it is used.",
        handler=_end_session,
        parameters=OfSession,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=(Right.MANAGE_OWN_ACCESS,),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)

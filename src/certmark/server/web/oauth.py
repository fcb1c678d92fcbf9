"""What programs ask in OAuth's words: to be let in (RFC 8628), or a token for the one that their CI gave (RFC 8693).

Providers say so in them that somebody signed out (OpenID Connect Back-Channel Logout 1.0).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.server.api.answers import HEADERS
from certmark.server.api.receiving import Identify
from certmark.server.openid.errors import NotBelieved
from certmark.server.services import devices, publishing, signing_out
from certmark.server.services.context import Services
from certmark.server.services.devices import NotYet
from certmark.server.services.errors import NotKnown, TooOften
from certmark.server.web.devices import PLACE
from certmark.server.web.handling import address, form_of

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
CLIENT = "certmark"
"""Every program calls itself so: it proves nothing, and nothing rests on it."""
_LOG = logging.getLogger("certmark.server")

Fields = Mapping[str, str]


def routes(services: Services, identify: Identify) -> list[Route]:
    """All endpoints."""
    return [
        *(_signing_out(services, identify, one.id) for one in services.settings.providers),
        _route("/oauth/device_authorization", _device_authorization, services, identify),
        _route("/oauth/token", _token, services, identify),
    ]


def _route(
    path: str, handler: Callable[[Services, Fields, str], Mapping[str, Any]], services: Services, identify: Identify
) -> Route:
    def answered(request: Request, form: Fields) -> Mapping[str, Any]:
        if "cookie" not in request.headers:  # a browser asks nothing here
            identify(request)
        else:
            raise NotYet("invalid_request", "a program asks that, without cookies")
        return handler(services, form, request.client.host if request.client else "")

    async def endpoint(request: Request) -> Response:
        try:
            form = await form_of(request)
            return JSONResponse(await run_in_threadpool(answered, request, form), headers=HEADERS)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:  # noqa: BLE001 - whatever happens, a program gets an answer and the log the rest
            return _refusal(error)

    return Route(path, endpoint, methods=["POST"])


def _signing_out(services: Services, identify: Identify, provider: str) -> Route:
    def handler(services: Services, form: Fields, network: str) -> Mapping[str, Any]:  # noqa: ARG001 - as the others
        try:
            return {"ended": signing_out.sign_out(services, provider, form.get("logout_token", ""))}
        except NotBelieved as error:
            raise NotYet("invalid_request", str(error)) from error

    return _route(f"/sign-in/{provider}/sign-out", handler, services, identify)


def _refusal(error: Exception) -> Response:
    status, word, more = HTTPStatus.BAD_REQUEST, "invalid_request", {}
    if isinstance(error, NotYet):
        word = error.word
    elif isinstance(error, TooOften):
        status, word, more = HTTPStatus.TOO_MANY_REQUESTS, "slow_down", {"Retry-After": str(error.seconds)}
    elif isinstance(error, NotKnown):
        status, word = HTTPStatus.UNAUTHORIZED, "invalid_client"
    elif isinstance(error, CannotProceed):
        status, word, more = HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable", {"Retry-After": "10"}
    elif isinstance(error, InvalidInput):
        word = "invalid_grant"
    elif not isinstance(error, InvalidRequest):
        _LOG.exception("a request for a token failed", exc_info=error)
        return JSONResponse({"error": "server_error"}, HTTPStatus.INTERNAL_SERVER_ERROR, HEADERS)
    return JSONResponse({"error": word, "error_description": str(error)}, status, {**HEADERS, **more})


def _device_authorization(services: Services, form: Fields, network: str) -> Mapping[str, Any]:
    if form.get("client_id") != CLIENT:
        raise NotYet("invalid_client", f"the client_id is {CLIENT}")
    if not services.settings.providers:
        raise NotYet("unauthorized_client", "nobody signs in here with a browser: the operator named no provider")
    codes, page = devices.begin(services, form.get("label", ""), network), address(services, PLACE)
    return {
        "device_code": codes.device,
        "user_code": codes.user,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={codes.user}",
        "expires_in": devices.PATIENCE,
        "interval": devices.INTERVAL,
    }


def _token(services: Services, form: Fields, network: str) -> Mapping[str, Any]:  # noqa: ARG001 - as the other one
    match form.get("grant_type"):
        case str(grant) if grant == DEVICE:
            return _bearer(devices.ask(services, form.get("device_code", "")), devices.DAYS * 86_400, "read submit")
        case str(grant) if grant == EXCHANGE:
            if form.get("subject_token_type") != ID_TOKEN:
                raise NotYet("invalid_request", f"the subject_token_type is {ID_TOKEN}")
            text = publishing.exchange(services, form.get("subject_token", ""), form.get("resource", ""))
            found = _bearer(text, publishing.LIFETIME, "read submit")
            return {**found, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}
        case _:
            raise NotYet("unsupported_grant_type", f"a grant_type is {DEVICE} or {EXCHANGE}")


def _bearer(token: str, seconds: int, scope: str) -> Mapping[str, Any]:
    return {"access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": scope}

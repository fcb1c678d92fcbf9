"""How a person lets this program in at a server: a code that they type there (RFC 8628)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from certmark.client.connection import ServerAway, ServerConnection, ServerRefused, member, short
from certmark.domain.advice import Action, Advice

_CLIENT = "certmark"
_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_LONGEST, _SLOWEST = 1800, 60
"""Seconds."""


class Invitation(NamedTuple):
    """What a person is shown."""

    page: str
    code: str
    whole: str
    """The page with the code in it."""


def let_in(
    connection: ServerConnection,
    label: str,
    show: Callable[[Invitation], None],
    wait: Callable[[float], None] = time.sleep,
) -> str:
    """A token, once somebody let this program in. Raises ServerRefused or ServerAway."""
    status, begun = _asked(connection, "device_authorization", {"client_id": _CLIENT, "label": label})
    if status == 404 or (isinstance(begun, dict) and begun.get("error") == "unauthorized_client"):
        raise ServerRefused("nobody signs in at this server with a browser", Advice(Action.USE_TOKEN))
    if status != 200:
        raise ServerRefused(_sentence(begun))
    code, page = member(begun, "device_code", str), member(begun, "verification_uri", str)
    pause = min(max(member(begun, "interval", int), 1), _SLOWEST)
    show(Invitation(page, member(begun, "user_code", str), str(begun.get("verification_uri_complete", page))))
    end = time.monotonic() + min(member(begun, "expires_in", int), _LONGEST)
    while time.monotonic() < end:
        wait(pause)
        status, answer = _asked(connection, "token", {"grant_type": _GRANT, "device_code": code, "client_id": _CLIENT})
        if status == 200:
            return member(answer, "access_token", str)
        match answer.get("error") if isinstance(answer, dict) else None:
            case "authorization_pending" | "temporarily_unavailable":
                continue
            case "slow_down":
                pause = min(pause + 5, _SLOWEST)
            case _:
                raise ServerRefused(_sentence(answer))
    raise ServerRefused("nobody let this program in; begin anew")


def _asked(connection: ServerConnection, what: str, form: dict[str, str]) -> tuple[int, Any]:
    import requests

    try:
        answer = connection.post_form(f"/oauth/{what}", form)
        return answer.status_code, {} if answer.status_code == 404 else answer.json()
    except requests.exceptions.JSONDecodeError as error:
        raise ServerAway("what answers there is no server of Certmark: it does not speak JSON") from error
    except requests.RequestException as error:
        raise ServerAway(f"the server does not answer: {short(error)}") from error


def _sentence(answer: Any) -> str:
    found = answer.get("error_description") or answer.get("error") if isinstance(answer, dict) else None
    return str(found or "the server does not let this program in")[:500]

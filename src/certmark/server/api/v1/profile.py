"""Who somebody is to RefStack's clients, and their keys, proven by the old signature over a word that never changes."""

from __future__ import annotations

import binascii
from http import HTTPStatus
from typing import Any

import msgspec

from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.routes import Nothing, Route
from certmark.server.api.v1.refusals import Refused
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import keys, members, signing_in
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.origins import openid_of_identity
from certmark.server.store.keys import StoredKey
from certmark.trust.errors import BadSignature, InvalidKey
from certmark.trust.keys.keys import Algorithm, PublicKey, public_from_line

_SCHEMA = {
    "type": "object",
    "properties": {"raw_key": {"type": "string"}, "self_signature": {"type": "string"}},
    "required": ["raw_key", "self_signature"],
    "additionalProperties": False,
}


class OfKey(msgspec.Struct, frozen=True, kw_only=True):
    """Which key."""

    key: str


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to be added."""

    raw_key: str
    self_signature: str


def _show(services: Services, asker: Asker, asked: Nothing) -> dict[str, Any]:  # noqa: ARG001 - every handler takes these
    account = signing_in.account_of(services, asker)
    roles = members.own_roles(services, asker).in_programme
    return {
        "openid": _openid(services, asker),
        "email": None if account is None else account.email,
        "fullname": asker.name if account is None else account.name,
        "is_admin": asker.has(Right.DECIDE_ON_VENDOR, roles),
    }


def _openid(services: Services, asker: Asker) -> str:
    with services.database.read() as transaction:
        return openid_of_identity(transaction, asker.identity or b"") or asker.name


def _list(services: Services, asker: Asker, asked: Nothing) -> list[dict[str, str]]:  # noqa: ARG001 - likewise
    openid = _openid(services, asker)
    return [_record(one, openid) for one in keys.own(services, asker)]


def _record(key: StoredKey, openid: str) -> dict[str, str]:
    form, pubkey, comment = (*key.line.split(" ", 2), "")[:3]
    return {"id": _id(key), "openid": openid, "format": form, "pubkey": pubkey, "comment": comment}


def _id(key: StoredKey) -> str:
    """Half of the digest, as ids are written."""
    return ids.written(key.digest[:16])


def _add(services: Services, asker: Asker, asked: Nothing, new: NewKey) -> str:  # noqa: ARG001 - likewise
    key = _checked(new)
    if keys.owner_of(services, key, is_old_api=True) is not None:
        raise Refused(HTTPStatus.CONFLICT, "Public key already exists.")
    try:
        return _id(keys.add_old(services, asker, key.line, new.self_signature.strip()))
    except BadSignature as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"Signature verification failed: {error}") from error


def _checked(new: NewKey) -> PublicKey:
    """The key, if it is of the kind that the old signature is made with. Raises Refused."""
    if not new.raw_key.split() or new.raw_key.split()[0] != Algorithm.RSA.ssh:
        raise Refused(HTTPStatus.BAD_REQUEST, "Public key has unsupported format; this signature needs an ssh-rsa key")
    try:
        binascii.a2b_hex(new.self_signature.strip())
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "Malformed signature: it is written in hexadecimal digits") from None
    try:
        return public_from_line(new.raw_key.strip())
    except InvalidKey as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"Malformed public key: {error}") from error


def _remove(services: Services, asker: Asker, asked: OfKey) -> None:
    found = next((one for one in keys.own(services, asker) if _id(one) == asked.key.lower()), None)
    if found is None:
        raise NotFound("you have no such key")
    keys.remove(services, asker, found.digest)


def _schema(services: Services, asker: Asker, asked: Nothing) -> dict[str, Any]:  # noqa: ARG001 - likewise
    return _SCHEMA


_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
ROUTES = (
    Route(
        method="GET",
        path="/profile",
        name="show_profile",
        summary="Who you are here.",
        handler=_show,
        answer=None,
        scope=TokenScope.READ,
        may=(Right.SEE_OWN_DATA,),
        errors=_DENIED[:2],
    ),
    Route(
        method="GET",
        path="/profile/pubkeys",
        name="list_pubkeys",
        summary="Your public keys.",
        handler=_list,
        answer=None,
        scope=TokenScope.READ,
        may=(Right.SEE_OWN_DATA,),
        errors=_DENIED[:2],
    ),
    Route(
        method="POST",
        path="/profile/pubkeys",
        name="add_pubkey",
        summary="Add a key by RefStack's self-signature; by it results are uploaded to this API, and nothing else.",
        handler=_add,
        body=NewKey,
        answer=None,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=(Right.SEE_OWN_DATA,),
        errors=(*_DENIED[:2], HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/profile/pubkeys/schema",
        name="show_pubkey_schema",
        summary="The JSON schema of a key to be added.",
        handler=_schema,
        answer=None,
    ),
    Route(
        method="DELETE",
        path="/profile/pubkeys/{key}",
        name="remove_pubkey",
        summary="Remove a key of yours.",
        handler=_remove,
        parameters=OfKey,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=(Right.SEE_OWN_DATA,),
        errors=_DENIED,
    ),
)

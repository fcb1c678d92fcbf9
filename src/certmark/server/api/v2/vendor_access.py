"""Tokens and keys of a vendor, and jobs of a CI that publish for it: its administrators make and end them."""

from __future__ import annotations

from http import HTTPStatus

from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.accounts import (
    Challenge,
    Key,
    Keys,
    MadeToken,
    NewKey,
    NewPublisher,
    NewToken,
    Publisher,
    Publishers,
    Tokens,
    key_body,
    proof_of,
    publisher_body,
    token_body,
)
from certmark.server.api.bodies import Digest, RunId
from certmark.server.api.routes import Answer, Route
from certmark.server.api.v2.vendors import OfVendor
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import keys, publishing, tokens
from certmark.server.services.context import Services
from certmark.server.services.publishing import Jobs
from certmark.server.services.tokens import A_DAY


class OfVendorToken(OfVendor, frozen=True, kw_only=True):
    """Which token of a vendor."""

    token: Digest


class OfVendorKey(OfVendor, frozen=True, kw_only=True):
    """Which key of a vendor."""

    key: Digest


class OfVendorPublisher(OfVendor, frozen=True, kw_only=True):
    """Which publisher of a vendor."""

    publisher: RunId


def _at(vendor: str, rest: str) -> dict[str, str]:
    return {"Location": f"/api/v2/vendors/{vendor}/{rest}"}


def _list_tokens(services: Services, asker: Asker, asked: OfVendor) -> Tokens:
    return Tokens(tokens=[token_body(one) for one in tokens.own(services, asker, ids.read(asked.vendor))])


def _make_token(services: Services, asker: Asker, asked: OfVendor, new: NewToken) -> Answer:
    scopes = [TokenScope(one) for one in new.scopes]
    text, token = tokens.make(services, asker, new.label, new.days * A_DAY, scopes, ids.read(asked.vendor))
    made = MadeToken(id=token.digest.hex(), token=text, about=token_body(token))
    return Answer(made, headers=_at(asked.vendor, f"tokens/{made.id}"))


def _revoke_token(services: Services, asker: Asker, asked: OfVendorToken) -> None:
    tokens.revoke_own(services, asker, bytes.fromhex(asked.token), ids.read(asked.vendor))


def _challenge(services: Services, asker: Asker, asked: OfVendor) -> Challenge:
    return Challenge(challenge=keys.challenge(services, asker, ids.read(asked.vendor)), namespace=keys.NAMESPACE)


def _list_keys(services: Services, asker: Asker, asked: OfVendor) -> Keys:
    return Keys(keys=[key_body(one) for one in keys.own(services, asker, ids.read(asked.vendor))])


def _add_key(services: Services, asker: Asker, asked: OfVendor, new: NewKey) -> Answer:
    found = key_body(keys.add(services, asker, proof_of(new), ids.read(asked.vendor)))
    return Answer(found, headers=_at(asked.vendor, f"keys/{found.id}"))


def _remove_key(services: Services, asker: Asker, asked: OfVendorKey) -> None:
    keys.remove(services, asker, bytes.fromhex(asked.key), ids.read(asked.vendor))


def _list_publishers(services: Services, asker: Asker, asked: OfVendor) -> Publishers:
    found = publishing.own(services, asker, ids.read(asked.vendor))
    return Publishers(publishers=[publisher_body(one) for one in found])


def _add_publisher(services: Services, asker: Asker, asked: OfVendor, new: NewPublisher) -> Answer:
    jobs = Jobs(new.ci, new.claims, new.label)
    found = publisher_body(publishing.add(services, asker, jobs, ids.read(asked.vendor)))
    return Answer(found, headers=_at(asked.vendor, f"publishers/{found.id}"))


def _remove_publisher(services: Services, asker: Asker, asked: OfVendorPublisher) -> None:
    publishing.remove(services, asker, ids.read(asked.publisher), ids.read(asked.vendor))


_MAY = (Right.MANAGE_VENDOR_ACCESS,)
_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
_CHANGED = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
ROUTES = (
    Route(
        method="GET",
        path="/vendors/{vendor}/tokens",
        name="list_vendor_tokens",
        summary="Tokens of a vendor that nobody ended.",
        handler=_list_tokens,
        parameters=OfVendor,
        answer=Tokens,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=_CHANGED,
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/tokens",
        name="make_vendor_token",
        summary="Make a token that stands for a vendor: what is sent with it is the vendor's. It is shown only now.",
        handler=_make_token,
        parameters=OfVendor,
        body=NewToken,
        answer=MadeToken,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=(*_BODY, *_CHANGED),
    ),
    Route(
        method="DELETE",
        path="/vendors/{vendor}/tokens/{token}",
        name="revoke_vendor_token",
        summary="End a token of a vendor, from the next request on.",
        handler=_revoke_token,
        parameters=OfVendorToken,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=_CHANGED,
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/challenges",
        name="challenge_vendor_key",
        summary="Get what is to be signed to prove that a key is a vendor's.",
        handler=_challenge,
        parameters=OfVendor,
        answer=Challenge,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=_CHANGED,
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}/keys",
        name="list_vendor_keys",
        summary="Public keys of a vendor.",
        handler=_list_keys,
        parameters=OfVendor,
        answer=Keys,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=_CHANGED,
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/keys",
        name="add_vendor_key",
        summary="Add a public key that is a vendor's.",
        handler=_add_key,
        parameters=OfVendor,
        body=NewKey,
        answer=Key,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=(*_BODY, *_CHANGED, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="DELETE",
        path="/vendors/{vendor}/keys/{key}",
        name="remove_vendor_key",
        summary="Remove a public key of a vendor.",
        handler=_remove_key,
        parameters=OfVendorKey,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=_CHANGED,
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}/publishers",
        name="list_vendor_publishers",
        summary="Jobs of a CI that send results in a vendor's name.",
        handler=_list_publishers,
        parameters=OfVendor,
        answer=Publishers,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=_CHANGED,
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/publishers",
        name="add_vendor_publisher",
        summary="Let jobs of a CI send results in a vendor's name, without a stored secret.",
        handler=_add_publisher,
        parameters=OfVendor,
        body=NewPublisher,
        answer=Publisher,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=(*_BODY, *_CHANGED),
    ),
    Route(
        method="DELETE",
        path="/vendors/{vendor}/publishers/{publisher}",
        name="remove_vendor_publisher",
        summary="Such jobs send nothing in a vendor's name any more.",
        handler=_remove_publisher,
        parameters=OfVendorPublisher,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=_CHANGED,
    ),
)

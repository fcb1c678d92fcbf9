"""Keys of whoever is signed in, and jobs of a CI that publish for them."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.accounts import (
    Challenge,
    Key,
    Keys,
    NewKey,
    NewPublisher,
    Publisher,
    Publishers,
    TakenOver,
    key_body,
    proof_of,
    publisher_body,
)
from certmark.server.api.bodies import Digest, RunId
from certmark.server.api.routes import Answer, Nothing, Route
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import joining, keys, publishing
from certmark.server.services.context import Services
from certmark.server.services.publishing import Jobs


class OfKey(msgspec.Struct, frozen=True, kw_only=True):
    """Which key."""

    key: Digest


class OfPublisher(msgspec.Struct, frozen=True, kw_only=True):
    """Which publisher."""

    publisher: RunId


def _challenge(services: Services, asker: Asker, asked: Nothing) -> Challenge:  # noqa: ARG001 - every handler takes these
    return Challenge(challenge=keys.challenge(services, asker), namespace=keys.NAMESPACE)


def _add_key(services: Services, asker: Asker, asked: Nothing, new: NewKey) -> Answer:  # noqa: ARG001 - likewise
    found = key_body(keys.add(services, asker, proof_of(new)))
    return Answer(found, headers={"Location": f"/api/v2/account/keys/{found.id}"})


def _take_over(services: Services, asker: Asker, asked: Nothing, new: NewKey) -> TakenOver:  # noqa: ARG001 - likewise
    old = joining.take_over(services, asker, proof_of(new))
    return TakenOver(issuer=old.issuer, subject=old.subject)


def _list_keys(services: Services, asker: Asker, asked: Nothing) -> Keys:  # noqa: ARG001 - likewise
    return Keys(keys=[key_body(one) for one in keys.own(services, asker)])


def _remove_key(services: Services, asker: Asker, asked: OfKey) -> None:
    keys.remove(services, asker, bytes.fromhex(asked.key))


def _add_publisher(services: Services, asker: Asker, asked: Nothing, new: NewPublisher) -> Answer:  # noqa: ARG001 - likewise
    found = publisher_body(publishing.add(services, asker, Jobs(new.ci, new.claims, new.label)))
    return Answer(found, headers={"Location": f"/api/v2/account/publishers/{found.id}"})


def _list_publishers(services: Services, asker: Asker, asked: Nothing) -> Publishers:  # noqa: ARG001 - likewise
    return Publishers(publishers=[publisher_body(one) for one in publishing.own(services, asker)])


def _remove_publisher(services: Services, asker: Asker, asked: OfPublisher) -> None:
    publishing.remove(services, asker, ids.read(asked.publisher))


_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
ROUTES = (
    Route(
        method="POST",
        path="/account/challenges",
        name="challenge_key",
        summary="Get what is to be signed to prove that a key is yours.",
        handler=_challenge,
        answer=Challenge,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=(Right.MANAGE_OWN_ACCESS,),
    ),
    Route(
        method="GET",
        path="/account/keys",
        name="list_keys",
        summary="Your public keys.",
        handler=_list_keys,
        answer=Keys,
        scope=TokenScope.ACCOUNT,
        may=(Right.SEE_OWN_DATA,),
    ),
    Route(
        method="POST",
        path="/account/keys",
        name="add_key",
        summary="Add a public key that is yours.",
        handler=_add_key,
        body=NewKey,
        answer=Key,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=(Right.MANAGE_OWN_ACCESS,),
        errors=(*_BODY, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="POST",
        path="/account/takeover",
        name="take_over_account",
        summary="Have what belongs to the account of RefStack's that has a key of yours: its runs, memberships, keys.",
        handler=_take_over,
        body=NewKey,
        answer=TakenOver,
        scope=TokenScope.ACCOUNT,
        may=(Right.MANAGE_OWN_ACCESS,),
        errors=(*_BODY, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="DELETE",
        path="/account/keys/{key}",
        name="remove_key",
        summary="Remove a public key of yours.",
        handler=_remove_key,
        parameters=OfKey,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=(Right.MANAGE_OWN_ACCESS,),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/account/publishers",
        name="list_publishers",
        summary="Jobs of a CI that send results in your name.",
        handler=_list_publishers,
        answer=Publishers,
        scope=TokenScope.ACCOUNT,
        may=(Right.SEE_OWN_DATA,),
    ),
    Route(
        method="POST",
        path="/account/publishers",
        name="add_publisher",
        summary="Let jobs of a CI send results in your name, without a stored secret.",
        handler=_add_publisher,
        body=NewPublisher,
        answer=Publisher,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=(Right.MANAGE_OWN_ACCESS,),
        errors=_BODY,
    ),
    Route(
        method="DELETE",
        path="/account/publishers/{publisher}",
        name="remove_publisher",
        summary="Such jobs send nothing in your name any more.",
        handler=_remove_publisher,
        parameters=OfPublisher,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=(Right.MANAGE_OWN_ACCESS,),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)

"""Vendors as RefStack's clients ask for them, and their users by base64 of the OpenID."""

from __future__ import annotations

import binascii
from base64 import b64decode
from http import HTTPStatus
from typing import Any

import msgspec

from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.api.ownership import Prose
from certmark.server.api.routes import Nothing, Route
from certmark.server.api.v1.catalogue import (
    FOUNDATION,
    REASON,
    Properties,
    kept_properties,
    refusing_state,
    type_of,
    vendor_details,
    vendor_record,
)
from certmark.server.api.v1.refusals import Refused
from certmark.server.api.v1.words import id_of
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import members, openids, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.services.vendors import ShownVendor, VendorChange
from certmark.server.store.vendors import VendorRow, VendorState

_AT_ONCE = 1000
_WORDS = ("register", "cancel", "approve", "deny")


class OfVendor(msgspec.Struct, frozen=True, kw_only=True):
    """Which vendor."""

    vendor: str


class OfUser(OfVendor, frozen=True, kw_only=True):
    """Which user of it."""

    openid: str
    """In base64."""


class NewVendor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vendor to be registered."""

    name: Word
    description: Prose | None = None


class EditedVendor(msgspec.Struct, frozen=True, kw_only=True):
    """What of it is to be otherwise; what is left out stays."""

    name: Word | msgspec.UnsetType = msgspec.UNSET
    description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    properties: Properties | msgspec.UnsetType = msgspec.UNSET


class VendorAction(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done: one of these, with any value."""

    register: Any = msgspec.UNSET
    cancel: Any = msgspec.UNSET
    approve: Any = msgspec.UNSET
    deny: Any = msgspec.UNSET
    registration_decline_reason: Prose | None = None


def every(services: Services, asker: Asker) -> list[VendorRow]:
    """All vendors that they may see, by name, without those that are part of another one now."""
    found: list[VendorRow] = []
    behind: tuple[str, bytes] | None = ("", b"")
    while behind is not None:
        rows, behind = vendors.listed(services, asker, state=None, behind=behind, most=_AT_ONCE)
        found += [row for row in rows if row.state is not VendorState.MERGED]
    return found


def _record(services: Services, asker: Asker, shown: ShownVendor) -> dict[str, Any]:
    found = vendor_record(shown.row, asker, members.own_roles(services, asker))
    return found | vendor_details(services, shown.row) if shown.sees_reason else found


def _list(services: Services, asker: Asker, asked: Nothing) -> dict[str, Any]:  # noqa: ARG001 - every handler takes these
    roles = members.own_roles(services, asker)
    return {"vendors": [vendor_record(row, asker, roles) for row in every(services, asker)]}


def _show(services: Services, asker: Asker, asked: OfVendor) -> dict[str, Any]:
    return _record(services, asker, vendors.show(services, asker, id_of(asked.vendor)))


def _register(services: Services, asker: Asker, asked: Nothing, new: NewVendor) -> dict[str, str]:  # noqa: ARG001 - likewise
    shown = vendors.register(services, asker, new.name, new.description or "")
    return {"id": ids.written(shown.row.id)}


def _edit(services: Services, asker: Asker, asked: OfVendor, edited: EditedVendor) -> dict[str, Any]:
    shown = vendors.show(services, asker, id_of(asked.vendor))
    change = VendorChange(
        name=None if edited.name is msgspec.UNSET else edited.name,
        description=None if edited.description is msgspec.UNSET else edited.description or "",
        properties=kept_properties(edited.properties, {REASON: shown.row.reason}),
    )
    with refusing_state():
        return _record(services, asker, vendors.edit(services, asker, shown.row.id, change, None))


def _act(services: Services, asker: Asker, asked: OfVendor, action: VendorAction) -> None:
    words = [word for word in _WORDS if getattr(action, word) is not msgspec.UNSET]
    if len(words) != 1:
        raise Refused(HTTPStatus.BAD_REQUEST, f"Invalid actions in the body: {words}; one of {', '.join(_WORDS)}")
    vendor, (word,), reason = id_of(asked.vendor), words, action.registration_decline_reason or ""
    if type_of(vendors.show(services, asker, vendor).row) == FOUNDATION:
        raise NotPermitted("that is the programme's own organisation; nobody decides on it")
    with refusing_state():
        if word in {"register", "cancel"}:
            vendors.ask(services, asker, vendor, None, is_asked=word == "register")
        elif word == "deny" and not reason.strip():
            raise Refused(HTTPStatus.BAD_REQUEST, f"{REASON} is missing: say why")
        else:
            is_approved = word == "approve"
            vendors.decide(services, asker, vendor, None, is_approved=is_approved, reason=reason, is_public=is_approved)


def _remove(services: Services, asker: Asker, asked: OfVendor) -> None:
    shown = vendors.show(services, asker, id_of(asked.vendor))
    if type_of(shown.row) == FOUNDATION:
        raise NotPermitted("that is the programme's own organisation; it is not deleted")
    with refusing_state():
        vendors.remove(services, asker, shown.row.id, None, with_products=True)


def _users(services: Services, asker: Asker, asked: OfVendor) -> list[dict[str, str | None]] | None:
    """Addresses are told to who manages the members, as everybody did in RefStack, and to whose they are."""
    vendor = id_of(asked.vendor)
    try:
        found = members.people(services, asker, vendor)
    except (NotFound, NotPermitted):
        return None
    sees_mail = asker.has(Right.MANAGE_MEMBERS, members.own_roles(services, asker).towards(vendor))
    return [
        {
            "openid": openids.openid_of(one.issuer, one.subject, one.name),
            "fullname": one.fullname or one.name,
            "email": one.email if sees_mail or one.identity == asker.identity else None,
        }
        for one in found
    ]


def _add_user(services: Services, asker: Asker, asked: OfUser) -> None:
    with refusing_state():
        members.add(services, asker, id_of(asked.vendor), _person(services, asked.openid))


def _remove_user(services: Services, asker: Asker, asked: OfUser) -> None:
    """Whether somebody is known here is told to nobody who asks for a member."""
    person = _person(services, asked.openid)
    try:
        with refusing_state():
            members.remove(services, asker, id_of(asked.vendor), person or bytes(16))
    except NotFound:
        raise NotFound("there is no such vendor that you may see, or no such member of it") from None


def _person(services: Services, word: str) -> bytes | None:
    """Who is meant; None: nobody here. Raises Refused."""
    try:
        openid = b64decode(word.replace("-", "+").replace("_", "/"), validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refused(HTTPStatus.BAD_REQUEST, "a user is named by base64 of their openid, and this is none") from None
    with services.database.read() as transaction:
        return openids.identity_called(transaction, openid)


_SEES = (Right.SEE_PUBLIC_VENDOR, Right.SEE_VENDOR)
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
ROUTES = (
    Route(
        method="GET",
        path="/vendors",
        name="list_vendors",
        summary="Every vendor that you may see.",
        handler=_list,
        answer=None,
        may=_SEES,
    ),
    Route(
        method="POST",
        path="/vendors",
        name="register_vendor",
        summary="Register a vendor; you are its administrator.",
        handler=_register,
        body=NewVendor,
        answer=None,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=(Right.REGISTER_VENDOR,),
        errors=_DENIED[:2],
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}",
        name="show_vendor",
        summary="A vendor; its members and the programme office see all of it.",
        handler=_show,
        parameters=OfVendor,
        answer=None,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PUT",
        path="/vendors/{vendor}",
        name="edit_vendor",
        summary="Change a vendor's name, description or properties.",
        handler=_edit,
        parameters=OfVendor,
        body=EditedVendor,
        answer=None,
        scope=TokenScope.MANAGE,
        may=(Right.EDIT_VENDOR,),
        errors=(*_DENIED, HTTPStatus.CONFLICT),
    ),
    Route(
        method="DELETE",
        path="/vendors/{vendor}",
        name="remove_vendor",
        summary="Forget a vendor that was not approved, with its products, where no run belongs to them.",
        handler=_remove,
        parameters=OfVendor,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=(Right.EDIT_VENDOR,),
        errors=_DENIED,
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/action",
        name="act_on_vendor",
        summary="Ask for approval (register, cancel), or decide on that (approve, deny).",
        handler=_act,
        parameters=OfVendor,
        body=VendorAction,
        answer=None,
        scope=TokenScope.MANAGE,
        may=(Right.ASK_FOR_APPROVAL, Right.DECIDE_ON_VENDOR),
        errors=(*_DENIED, HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}/users",
        name="list_users",
        summary="Its members; null for those who may not know them.",
        handler=_users,
        parameters=OfVendor,
        answer=None,
        scope=TokenScope.READ,
        may=(Right.SEE_MEMBERS,),
        errors=_DENIED[:2],
    ),
    Route(
        method="PUT",
        path="/vendors/{vendor}/users/{openid:path}",
        name="add_user",
        summary="Make somebody a member, for the programme office; others invite people.",
        handler=_add_user,
        parameters=OfUser,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=(Right.MANAGE_MEMBERS,),
        errors=_DENIED,
    ),
    Route(
        method="DELETE",
        path="/vendors/{vendor}/users/{openid:path}",
        name="remove_user",
        summary="Take a member away, or leave.",
        handler=_remove_user,
        parameters=OfUser,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=(Right.MANAGE_MEMBERS,),
        errors=_DENIED,
    ),
)

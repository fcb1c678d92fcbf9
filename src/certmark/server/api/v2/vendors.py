"""Vendors: registered, approved, changed, merged; their members, invitations and agreements."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.domain.permissions import Right, Role
from certmark.server import ids
from certmark.server.api.bodies import Digest, Word
from certmark.server.api.ownership import (
    Acceptances,
    Agreement,
    Agreements,
    HistoryEntries,
    Id,
    Invitations,
    MadeInvitation,
    Member,
    Members,
    Prose,
    Reason,
    Vendor,
    Vendors,
    acceptance_body,
    agreement_body,
    entries_body,
    invitation_body,
    made_invitation_body,
    member_body,
    shown_vendor_body,
    vendor_body,
)
from certmark.server.api.routes import Answer, Content, Nothing, Route
from certmark.server.api.v2.words import (
    IfMatch,
    Limit,
    NameCursor,
    name_cursor_of,
    name_cursor_text,
    revision_of,
)
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import members, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import TooMuch
from certmark.server.services.members import LONGEST
from certmark.server.services.vendors import ShownVendor, VendorChange
from certmark.server.store.vendors import VendorState

_LARGEST_AGREEMENT = 1 << 20


class WantedVendors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which vendors."""

    name: Word | None = None
    """That are called so, or were."""
    state: Literal["registered", "pending", "refused", "approved", "merged"] | None = None
    mine: bool = False
    """Of which you are a member."""
    cursor: NameCursor | None = None
    limit: Limit = 50


class OfVendor(msgspec.Struct, frozen=True, kw_only=True):
    """Which vendor."""

    vendor: Id


class ChangeOfVendor(OfVendor, frozen=True, kw_only=True):
    """Which vendor, as it was when you looked at it."""

    if_match: IfMatch | None = None


class WantedVendorHistory(OfVendor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of its history."""

    before: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    """As a page gave it in `next`."""
    limit: Limit = 50


class OfMember(OfVendor, frozen=True, kw_only=True):
    """Which member."""

    person: Id


class OfInvitation(OfVendor, frozen=True, kw_only=True):
    """Which invitation."""

    invitation: Digest


class OfAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """Which agreement."""

    agreement: Digest


class NewAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agreement is called."""

    name: Word
    version: Word


class NewVendor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vendor to be registered."""

    name: Word
    description: Prose = ""


class EditedVendor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of it is to be otherwise; what is left out or null stays."""

    name: Word | None = None
    description: Prose | None = None
    is_public: bool | None = None


class VendorDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was decided on it."""

    approve: bool
    reason: Reason


class Merger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which vendor it is a part from now on."""

    into: Id
    reason: Reason


class MemberRoles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member may do."""

    administrator: bool


class Handover(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is the only administrator from now on."""

    to: Id


class Appointment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who commits the company."""

    role: Literal["designate", "deputy"]
    person: Id | None = None
    """null: nobody any more."""
    reason: Reason


class InvitationTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an invitation is for."""

    administrator: bool = False
    days: Annotated[int, Meta(ge=1, le=LONGEST)] = 7


class InvitationWord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes an invitation one; it stands in no URL, so that no log has it."""

    word: Word


class AcceptedAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which text is accepted."""

    sha256: Digest


def _vendor(shown: ShownVendor, headers: dict[str, str] | None = None) -> Answer:
    return Answer(shown_vendor_body(shown), headers=headers or {}, revision=shown.row.revision)


def _list(services: Services, asker: Asker, asked: WantedVendors) -> Vendors:
    if asked.name is not None or asked.mine:
        found = vendors.own(services, asker) if asked.mine else vendors.named(services, asker, asked.name or "")
        return Vendors(vendors=[vendor_body(row) for row in found], next=None)
    state = None if asked.state is None else VendorState[asked.state.upper()]
    rows, behind = vendors.listed(services, asker, state=state, behind=name_cursor_of(asked.cursor), most=asked.limit)
    return Vendors(vendors=[vendor_body(row) for row in rows], next=name_cursor_text(behind))


def _register(services: Services, asker: Asker, asked: Nothing, new: NewVendor) -> Answer:  # noqa: ARG001 - every handler takes these
    shown = vendors.register(services, asker, new.name, new.description)
    return _vendor(shown, {"Location": f"/api/v2/vendors/{ids.written(shown.row.id)}"})


def _show(services: Services, asker: Asker, asked: OfVendor) -> Answer:
    return _vendor(vendors.show(services, asker, ids.read(asked.vendor)))


def _edit(services: Services, asker: Asker, asked: ChangeOfVendor, edited: EditedVendor) -> Answer:
    change = VendorChange(edited.name, edited.description, edited.is_public)
    return _vendor(vendors.edit(services, asker, ids.read(asked.vendor), change, revision_of(asked.if_match)))


def _remove(services: Services, asker: Asker, asked: ChangeOfVendor) -> None:
    vendors.remove(services, asker, ids.read(asked.vendor), revision_of(asked.if_match))


def _ask(services: Services, asker: Asker, asked: ChangeOfVendor) -> Answer:
    expected = revision_of(asked.if_match)
    return _vendor(vendors.ask(services, asker, ids.read(asked.vendor), expected, is_asked=True))


def _ask_no_more(services: Services, asker: Asker, asked: ChangeOfVendor) -> Answer:
    expected = revision_of(asked.if_match)
    return _vendor(vendors.ask(services, asker, ids.read(asked.vendor), expected, is_asked=False))


def _decide(services: Services, asker: Asker, asked: ChangeOfVendor, decision: VendorDecision) -> Answer:
    expected, vendor = revision_of(asked.if_match), ids.read(asked.vendor)
    return _vendor(
        vendors.decide(services, asker, vendor, expected, is_approved=decision.approve, reason=decision.reason)
    )


def _merge(services: Services, asker: Asker, asked: ChangeOfVendor, merger: Merger) -> Answer:
    expected, vendor = revision_of(asked.if_match), ids.read(asked.vendor)
    return _vendor(vendors.merge(services, asker, vendor, ids.read(merger.into), expected, reason=merger.reason))


def _history(services: Services, asker: Asker, asked: WantedVendorHistory) -> HistoryEntries:
    found = vendors.past(services, asker, ids.read(asked.vendor), before=asked.before, most=asked.limit + 1)
    return entries_body(found, asked.limit)


def _members(services: Services, asker: Asker, asked: OfVendor) -> Members:
    return Members(members=[member_body(one) for one in members.listed(services, asker, ids.read(asked.vendor))])


def _put_member(services: Services, asker: Asker, asked: OfMember, roles: MemberRoles) -> Member:
    vendor, person = ids.read(asked.vendor), ids.read(asked.person)
    return member_body(members.put(services, asker, vendor, person, is_administrator=roles.administrator))


def _remove_member(services: Services, asker: Asker, asked: OfMember) -> None:
    members.remove(services, asker, ids.read(asked.vendor), ids.read(asked.person))


def _hand_over(services: Services, asker: Asker, asked: OfVendor, handover: Handover) -> Members:
    found = members.hand_over(services, asker, ids.read(asked.vendor), ids.read(handover.to))
    return Members(members=[member_body(one) for one in found])


def _appoint(services: Services, asker: Asker, asked: OfVendor, appointment: Appointment) -> Members:
    person = None if appointment.person is None else ids.read(appointment.person)
    vendor, role = ids.read(asked.vendor), Role(appointment.role)
    found = members.appoint(services, asker, vendor, role, person, reason=appointment.reason)
    return Members(members=[member_body(one) for one in found])


def _invite(services: Services, asker: Asker, asked: OfVendor, terms: InvitationTerms) -> MadeInvitation:
    made = members.invite(
        services, asker, ids.read(asked.vendor), is_administrator=terms.administrator, days=terms.days
    )
    return made_invitation_body(made)


def _invitations(services: Services, asker: Asker, asked: OfVendor) -> Invitations:
    found = members.invitations(services, asker, ids.read(asked.vendor))
    return Invitations(invitations=[invitation_body(one) for one in found])


def _withdraw(services: Services, asker: Asker, asked: OfInvitation) -> None:
    members.withdraw(services, asker, ids.read(asked.vendor), bytes.fromhex(asked.invitation))


def _join(services: Services, asker: Asker, asked: Nothing, invitation: InvitationWord) -> Answer:  # noqa: ARG001 - likewise
    return _vendor(vendors.show(services, asker, members.accept(services, asker, invitation.word)))


def _agreements(services: Services, asker: Asker, asked: Nothing) -> Agreements:  # noqa: ARG001 - likewise
    return Agreements(agreements=[agreement_body(one) for one in vendors.every_agreement(services, asker)])


def _agreement(services: Services, asker: Asker, asked: OfAgreement) -> Content:
    _, content = vendors.agreement(services, asker, bytes.fromhex(asked.agreement))
    return Content(content, "application/octet-stream")


def _publish(services: Services, asker: Asker, asked: NewAgreement, file: Path) -> Agreement:
    if file.stat().st_size > _LARGEST_AGREEMENT:
        raise TooMuch(f"an agreement may have {_LARGEST_AGREEMENT:,} bytes")
    return agreement_body(vendors.publish_agreement(services, asker, asked.name, asked.version, file.read_bytes()))


def _accept(services: Services, asker: Asker, asked: OfVendor, accepted: AcceptedAgreement) -> Acceptances:
    found = vendors.accept(services, asker, ids.read(asked.vendor), bytes.fromhex(accepted.sha256))
    return Acceptances(acceptances=[acceptance_body(one) for one in found])


def _accepted(services: Services, asker: Asker, asked: OfVendor) -> Acceptances:
    found = vendors.accepted(services, asker, ids.read(asked.vendor))
    return Acceptances(acceptances=[acceptance_body(one) for one in found])


_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
_CHANGED = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.PRECONDITION_REQUIRED,
)
_SEEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_AMONG = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_SEES = (Right.SEE_PUBLIC_VENDOR, Right.SEE_VENDOR)
ROUTES = (
    Route(
        method="GET",
        path="/vendors",
        name="list_vendors",
        summary="Vendors that you may see, by name; those you are a member of; or those of one name, former ones too.",
        handler=_list,
        parameters=WantedVendors,
        answer=Vendors,
        may=_SEES,
    ),
    Route(
        method="POST",
        path="/vendors",
        name="register_vendor",
        summary="Register a vendor; you are its administrator, and nobody else sees it but the programme office.",
        handler=_register,
        body=NewVendor,
        answer=Vendor,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=(Right.REGISTER_VENDOR,),
        errors=_BODY,
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}",
        name="show_vendor",
        summary="A vendor.",
        handler=_show,
        parameters=OfVendor,
        answer=Vendor,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path="/vendors/{vendor}",
        name="edit_vendor",
        summary="Change a vendor's name, description or publicity; only the programme office renames an approved one.",
        handler=_edit,
        parameters=ChangeOfVendor,
        body=EditedVendor,
        answer=Vendor,
        scope=TokenScope.MANAGE,
        may=(Right.EDIT_VENDOR,),
        errors=(*_CHANGED, *_BODY),
    ),
    Route(
        method="DELETE",
        path="/vendors/{vendor}",
        name="remove_vendor",
        summary="Forget a vendor that was never approved and has no products.",
        handler=_remove,
        parameters=ChangeOfVendor,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=(Right.EDIT_VENDOR,),
        errors=_CHANGED,
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/approval",
        name="ask_for_approval",
        summary="Ask the programme office to approve a vendor.",
        handler=_ask,
        parameters=ChangeOfVendor,
        answer=Vendor,
        scope=TokenScope.MANAGE,
        may=(Right.ASK_FOR_APPROVAL,),
        errors=_CHANGED,
    ),
    Route(
        method="DELETE",
        path="/vendors/{vendor}/approval",
        name="ask_no_more",
        summary="Do not ask for approval any more.",
        handler=_ask_no_more,
        parameters=ChangeOfVendor,
        answer=Vendor,
        scope=TokenScope.MANAGE,
        may=(Right.ASK_FOR_APPROVAL,),
        errors=_CHANGED,
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/decision",
        name="decide_on_vendor",
        summary="Approve a vendor that asks for it, or refuse it, with the reason.",
        handler=_decide,
        parameters=ChangeOfVendor,
        body=VendorDecision,
        answer=Vendor,
        scope=TokenScope.MANAGE,
        may=(Right.DECIDE_ON_VENDOR,),
        errors=(*_CHANGED, *_BODY),
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/merger",
        name="merge_vendor",
        summary="Make a vendor a part of another one: products, runs and members go there; its name finds it.",
        handler=_merge,
        parameters=ChangeOfVendor,
        body=Merger,
        answer=Vendor,
        scope=TokenScope.MANAGE,
        may=(Right.MERGE_VENDORS,),
        errors=(*_CHANGED, *_BODY),
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}/history",
        name="show_vendor_history",
        summary="What was done to a vendor, by whom and why.",
        handler=_history,
        parameters=WantedVendorHistory,
        answer=HistoryEntries,
        may=(Right.SEE_HISTORY,),
        errors=_SEEN,
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}/members",
        name="list_members",
        summary="The members of a vendor, and their roles.",
        handler=_members,
        parameters=OfVendor,
        answer=Members,
        may=(Right.SEE_MEMBERS,),
        errors=_SEEN,
    ),
    Route(
        method="PUT",
        path="/vendors/{vendor}/members/{person}",
        name="put_member",
        summary="Make a member an administrator, or not any more; the last one stays.",
        handler=_put_member,
        parameters=OfMember,
        body=MemberRoles,
        answer=Member,
        scope=TokenScope.MANAGE,
        may=(Right.MANAGE_MEMBERS,),
        errors=(*_AMONG, *_BODY),
    ),
    Route(
        method="DELETE",
        path="/vendors/{vendor}/members/{person}",
        name="remove_member",
        summary="Take a member away, or leave; the last administrator stays, and whoever commits the company.",
        handler=_remove_member,
        parameters=OfMember,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=(Right.MANAGE_MEMBERS,),
        errors=_AMONG,
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/handover",
        name="hand_over_vendor",
        summary="Make a member the only administrator.",
        handler=_hand_over,
        parameters=OfVendor,
        body=Handover,
        answer=Members,
        scope=TokenScope.MANAGE,
        may=(Right.HAND_OVER_VENDOR,),
        errors=(*_AMONG, *_BODY),
    ),
    Route(
        method="PUT",
        path="/vendors/{vendor}/designate",
        name="appoint_designate",
        summary="Appoint the member who commits the company, or the deputy, with the reason.",
        handler=_appoint,
        parameters=OfVendor,
        body=Appointment,
        answer=Members,
        scope=TokenScope.MANAGE,
        may=(Right.APPOINT_DESIGNATE,),
        errors=(*_AMONG, *_BODY),
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/invitations",
        name="invite_member",
        summary="Make a link by which one person becomes a member, once.",
        handler=_invite,
        parameters=OfVendor,
        body=InvitationTerms,
        answer=MadeInvitation,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=(Right.MANAGE_MEMBERS,),
        errors=(*_AMONG, *_BODY),
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}/invitations",
        name="list_invitations",
        summary="The links of a vendor that hold.",
        handler=_invitations,
        parameters=OfVendor,
        answer=Invitations,
        may=(Right.MANAGE_MEMBERS,),
        errors=_SEEN,
    ),
    Route(
        method="DELETE",
        path="/vendors/{vendor}/invitations/{invitation}",
        name="withdraw_invitation",
        summary="Take a link back.",
        handler=_withdraw,
        parameters=OfInvitation,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=(Right.MANAGE_MEMBERS,),
        errors=_AMONG,
    ),
    Route(
        method="POST",
        path="/invitations",
        name="accept_invitation",
        summary="Become a member by a link that you were given.",
        handler=_join,
        body=InvitationWord,
        answer=Vendor,
        scope=TokenScope.MANAGE,
        may=(Right.SEE_OWN_DATA,),
        errors=(*_AMONG, *_BODY),
    ),
    Route(
        method="GET",
        path="/agreements",
        name="list_agreements",
        summary="The agreements of the programme, in all versions.",
        handler=_agreements,
        answer=Agreements,
        may=(Right.SEE_AGREEMENT,),
        errors=(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
    ),
    Route(
        method="POST",
        path="/agreements",
        name="publish_agreement",
        summary="Publish a version of an agreement; its text is the body, and never changes.",
        handler=_publish,
        parameters=NewAgreement,
        answer=Agreement,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=(Right.PUBLISH_AGREEMENT,),
        takes_body=True,
        errors=(HTTPStatus.CONFLICT, *_BODY),
    ),
    Route(
        method="GET",
        path="/agreements/{agreement}",
        name="get_agreement",
        summary="The text of an agreement.",
        handler=_agreement,
        parameters=OfAgreement,
        answer=None,
        media=("application/octet-stream",),
        may=(Right.SEE_AGREEMENT,),
        errors=_SEEN,
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}/agreements",
        name="list_acceptances",
        summary="Which agreements a vendor accepted, when, by whom.",
        handler=_accepted,
        parameters=OfVendor,
        answer=Acceptances,
        may=(Right.SEE_MEMBERS,),
        errors=_SEEN,
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/agreements",
        name="accept_agreement",
        summary="Accept an agreement for the company, by the SHA-256 of its text.",
        handler=_accept,
        parameters=OfVendor,
        body=AcceptedAgreement,
        answer=Acceptances,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=(Right.ACCEPT_AGREEMENT,),
        errors=(*_AMONG, *_BODY),
    ),
)

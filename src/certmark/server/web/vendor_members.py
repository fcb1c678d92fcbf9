"""Members of a vendor: who they are, invitations, roles, leaving; and its agreements."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.permissions import Right, Role
from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.api.ownership import Id, Reason
from certmark.server.services import members, vendors
from certmark.server.services.context import Services
from certmark.server.services.members import LONGEST
from certmark.server.store.membership import StoredMember
from certmark.server.store.vendors import VendorRow
from certmark.server.web.desk import (
    asks,
    carried_out,
    confirmed,
    digest_in,
    form_page,
    identity_in,
    rights_towards,
    sent,
    vendor_in,
)
from certmark.server.web.forms import Field, Form, Option, done
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown
from certmark.server.web.vendors import base_of, trail_of


class MemberLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who belongs to a vendor."""

    id: str
    name: str
    roles: list[str]
    since: int
    is_you: bool


class InvitationLine(msgspec.Struct, frozen=True, kw_only=True):
    """A link that holds, without what makes it one."""

    id: str
    roles: list[str]
    created: int
    expires: int


class MembersPage(msgspec.Struct, frozen=True, kw_only=True):
    """The members of a vendor."""

    vendor: str
    base: str
    members: list[MemberLine]
    invitations: list[InvitationLine]
    rights: list[str]


class MadeInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """A link, the only time that it is shown."""

    vendor: str
    base: str
    link: str
    expires: int


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What an invitation is for."""

    days: Annotated[int, Meta(ge=1, le=LONGEST)]
    administrator: bool = False


class Appointment(msgspec.Struct, frozen=True, kw_only=True):
    """Who commits the company; nobody: any more."""

    role: Literal["designate", "deputy"]
    reason: Reason
    person: Id | None = None


class Joining(msgspec.Struct, frozen=True, kw_only=True):
    """The word of an invitation."""

    word: Word


class AgreementLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an agreement, and whether the vendor accepted it."""

    sha256: str
    name: str
    version: str
    published: int
    accepted: int | None
    accepted_by: str | None


class AgreementsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The agreements of the programme, as a vendor has them."""

    vendor: str
    base: str
    agreements: list[AgreementLine]
    can_accept: bool


class AgreementPage(msgspec.Struct, frozen=True, kw_only=True):
    """The text of an agreement."""

    sha256: str
    name: str
    version: str
    published: int
    text: str | None
    """None: it is no text; get its bytes."""


def _roles(roles: frozenset[Role]) -> list[str]:
    return [role.value for role in Role if role in roles]


def _list(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    rights = list(rights_towards(services, asked, row.id))
    links = members.invitations(services, asked.asker, row.id) if Right.MANAGE_MEMBERS.value in rights else []
    data = MembersPage(
        vendor=row.name,
        base=base_of(row),
        members=[
            MemberLine(
                id=ids.written(one.identity),
                name=one.name,
                roles=_roles(one.roles),
                since=one.since,
                is_you=one.identity == asked.asker.identity,
            )
            for one in members.listed(services, asked.asker, row.id)
        ],
        invitations=[
            InvitationLine(id=one.digest.hex(), roles=_roles(one.roles), created=one.created, expires=one.expires)
            for one in links
        ],
        rights=rights,
    )
    return _private("vendors/members.html.j2", f"Members of {row.name}", data)


def _invite(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    days = tuple(Option(str(one), f"{one} day{'s' if one > 1 else ''}") for one in (1, 7, 14, LONGEST))
    form = Form(
        path=f"{base_of(row)}/members/invite",
        button="Make the link",
        fields=(
            Field(name="days", label="For how long it holds", kind="choice", options=days, value="7"),
            Field(name="administrator", label="Make them an administrator", kind="check"),
        ),
        back=f"{base_of(row)}/members",
    )
    lead = ("Whoever opens the link first becomes a member. It is shown once; send it to one person.",)
    return form_page(f"Invite somebody to {row.name}", form, lead=lead, trail=_trail(row), section="vendors")


def _invited(services: Services, asked: PageRequest) -> Shown | Response:
    row = vendor_in(services, asked).row

    def act(new: Invitation, _: int | None) -> Shown:
        made = members.invite(services, asked.asker, row.id, is_administrator=new.administrator, days=new.days)
        data = MadeInvitation(vendor=row.name, base=base_of(row), link=made.link, expires=made.invitation.expires)
        return _private("vendors/invited.html.j2", "Your invitation", data)

    return sent(asked, _invite(services, asked), act, Invitation)


def _ask_withdrawal(services: Services, asked: PageRequest) -> Shown:
    row, digest = vendor_in(services, asked).row, digest_in(asked, "invitation").hex()
    form = confirmed(f"{base_of(row)}/invitations/{digest}/end", "Take it back", f"{base_of(row)}/members")
    ends = ("Nobody joins by this link any more.",)
    return form_page("Take this invitation back?", form, consequences=ends, trail=_trail(row), section="vendors")


def _withdraw(services: Services, asked: PageRequest) -> Shown | Response:
    row = vendor_in(services, asked).row

    def act(_: int | None) -> None:
        members.withdraw(services, asked.asker, row.id, digest_in(asked, "invitation"))

    return carried_out(asked, _ask_withdrawal(services, asked), act, f"{base_of(row)}/members", "ended")


def _member(services: Services, asked: PageRequest, vendor: bytes) -> StoredMember | None:
    person = identity_in(asked, "person")
    found = members.listed(services, asked.asker, vendor)
    return next((one for one in found if one.identity == person), None)


def _named(services: Services, asked: PageRequest, vendor: bytes) -> str:
    found = _member(services, asked, vendor)
    return "this person" if found is None else found.name


def _ask_roles(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    found, person = _member(services, asked, row.id), ids.written(identity_in(asked, "person"))
    is_one = found is not None and Role.ADMINISTRATOR in found.roles
    name = _named(services, asked, row.id)
    button = "Make them a member only" if is_one else "Make them an administrator"
    ends = (
        ("They look after members, products and tokens no more.",)
        if is_one
        else ("They look after members, products, tokens and keys, as you do.",)
    )
    form = Form(
        path=f"{base_of(row)}/members/{person}/role",
        button=button,
        fields=(Field(name="administrator", label="", kind="hidden", value="no" if is_one else "yes"),),
        back=f"{base_of(row)}/members",
    )
    return form_page(f"The role of {name}", form, consequences=ends, trail=_trail(row), section="vendors")


class NewRole(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody looks after the vendor."""

    administrator: Literal["yes", "no"]


def _put_roles(services: Services, asked: PageRequest) -> Shown | Response:
    row, person = vendor_in(services, asked).row, identity_in(asked, "person")

    def act(new: NewRole, _: int | None) -> Response:
        members.put(services, asked.asker, row.id, person, is_administrator=new.administrator == "yes")
        return done(asked, f"{base_of(row)}/members", "saved")

    return sent(asked, _ask_roles(services, asked), act, NewRole)


def _ask_removal(services: Services, asked: PageRequest) -> Shown:
    row, person = vendor_in(services, asked).row, identity_in(asked, "person")
    is_you = person == asked.asker.identity
    title = f"Leave {row.name}?" if is_you else f"Remove {_named(services, asked, row.id)}?"
    who = "You see" if is_you else "They see"
    form = confirmed(
        f"{base_of(row)}/members/{ids.written(person)}/remove",
        "Leave" if is_you else "Remove them",
        base_of(row) if is_you else f"{base_of(row)}/members",
    )
    ends = (f"{who} what is the vendor's no more; what was done in its name stays.",)
    return form_page(title, form, consequences=ends, trail=_trail(row), section="vendors")


def _remove(services: Services, asked: PageRequest) -> Shown | Response:
    row, person = vendor_in(services, asked).row, identity_in(asked, "person")

    def act(_: int | None) -> None:
        members.remove(services, asked.asker, row.id, person)

    then = "/my" if person == asked.asker.identity else f"{base_of(row)}/members"
    return carried_out(asked, _ask_removal(services, asked), act, then, "removed")


def _ask_handover(services: Services, asked: PageRequest) -> Shown:
    row, person = vendor_in(services, asked).row, ids.written(identity_in(asked, "person"))
    form = confirmed(f"{base_of(row)}/members/{person}/handover", "Hand it over", f"{base_of(row)}/members")
    name = _named(services, asked, row.id)
    ends = (f"{name} is its only administrator then.", "All others stay members.")
    return form_page(f"Hand {row.name} over?", form, consequences=ends, trail=_trail(row), section="vendors")


def _hand_over(services: Services, asked: PageRequest) -> Shown | Response:
    row, person = vendor_in(services, asked).row, identity_in(asked, "person")

    def act(_: int | None) -> object:
        return members.hand_over(services, asked.asker, row.id, person)

    return carried_out(asked, _ask_handover(services, asked), act, f"{base_of(row)}/members", "saved")


def _appoint(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    people = members.listed(services, asked.asker, row.id)
    options = (Option("", "nobody any more"), *(Option(ids.written(one.identity), one.name) for one in people))
    roles = (Option("designate", "the corporate designate"), Option("deputy", "their deputy"))
    form = Form(
        path=f"{base_of(row)}/members/appoint",
        button="Appoint",
        fields=(
            Field(name="role", label="As what", kind="choice", options=roles, value="designate"),
            Field(name="person", label="Who", kind="choice", options=options, is_optional=True),
            Field(name="reason", label="Reason", hint="It stands in the vendor's history.", kind="text"),
        ),
        back=f"{base_of(row)}/members",
    )
    lead = (
        "The designate commits the company: makes results official, and accepts agreements. The other one is released.",
    )
    return form_page(f"Appoint for {row.name}", form, lead=lead, trail=_trail(row), section="vendors")


def _appointed(services: Services, asked: PageRequest) -> Shown | Response:
    row = vendor_in(services, asked).row

    def act(new: Appointment, _: int | None) -> Response:
        person = None if new.person is None else ids.read(new.person)
        members.appoint(services, asked.asker, row.id, Role(new.role), person, reason=new.reason)
        return done(asked, f"{base_of(row)}/members", "saved")

    return sent(asked, _appoint(services, asked), act, Appointment)


def _join(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - every handler takes these
    """What stands behind # in a link is known to the browser only: a script fills it in, else it is pasted."""
    form = Form(
        path="/join",
        button="Join",
        fields=(Field(name="word", label="Invitation", hint="What stands behind # in the link: cmi_…"),),
        back="/my",
    )
    lead = ("Whoever invited you sees your name. You see what is the vendor's, and can leave at any time.",)
    shown = form_page("Join a vendor", form, lead=lead)
    return shown._replace(template="vendors/join.html.j2")


def _joined(services: Services, asked: PageRequest) -> Shown | Response:
    def act(new: Joining, _: int | None) -> Response:
        vendor = members.accept(services, asked.asker, new.word.rpartition("#")[2])
        return done(asked, f"/vendors/{ids.written(vendor)}", "joined")

    return sent(asked, _join(services, asked), act, Joining)


def _agreements(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    rights = rights_towards(services, asked, row.id)
    accepted = {one.agreement.digest: one for one in vendors.accepted(services, asked.asker, row.id)}
    lines = [
        AgreementLine(
            sha256=one.digest.hex(),
            name=one.name,
            version=one.version,
            published=one.created,
            accepted=None if one.digest not in accepted else accepted[one.digest].moment,
            accepted_by=None if one.digest not in accepted else accepted[one.digest].who,
        )
        for one in vendors.every_agreement(services, asked.asker)
    ]
    can_accept = Right.ACCEPT_AGREEMENT.value in rights
    data = AgreementsPage(vendor=row.name, base=base_of(row), agreements=lines, can_accept=can_accept)
    return _private("vendors/agreements.html.j2", f"Agreements of {row.name}", data)


def _agreement(services: Services, asked: PageRequest) -> Shown:
    found, content = vendors.agreement(services, asked.asker, digest_in(asked, "agreement"))
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = None
    data = AgreementPage(
        sha256=found.digest.hex(), name=found.name, version=found.version, published=found.created, text=text
    )
    return Shown("vendors/agreement.html.j2", f"{found.name} {found.version}", data, section="vendors")


def _ask_acceptance(services: Services, asked: PageRequest) -> Shown:
    row, digest = vendor_in(services, asked).row, digest_in(asked, "agreement")
    found, _ = vendors.agreement(services, asked.asker, digest)
    path = f"{base_of(row)}/agreements/{digest.hex()}/accept"
    form = Form(path=path, button=f"Accept for {row.name}", back=f"{base_of(row)}/agreements")
    consequences = (
        f"{row.name} accepts {found.name} {found.version}, by the text whose SHA-256 is {digest.hex()}.",
        "Your name and the moment are kept with it; it cannot be taken back here.",
    )
    title = f"Accept {found.name} {found.version}?"
    return form_page(title, form, consequences=consequences, trail=_trail(row), section="vendors")


def _accept(services: Services, asked: PageRequest) -> Shown | Response:
    row, digest = vendor_in(services, asked).row, digest_in(asked, "agreement")

    def act(_: int | None) -> object:
        return vendors.accept(services, asked.asker, row.id, digest)

    return carried_out(asked, _ask_acceptance(services, asked), act, f"{base_of(row)}/agreements", "accepted")


def _trail(row: VendorRow) -> tuple[tuple[str, str], ...]:
    return (*trail_of(row), (f"{base_of(row)}/members", "Members"))


def _private(template: str, title: str, data: msgspec.Struct) -> Shown:
    return Shown(template, title, data, section="vendors", freshness=Freshness.PRIVATE)


_OF = "/vendors/{vendor}"
PAGES: tuple[PageRoute, ...] = (
    PageRoute(f"{_OF}/members", _list),
    *asks(f"{_OF}/members/invite", _invite, _invited),
    *asks(f"{_OF}/members/appoint", _appoint, _appointed),
    *asks(f"{_OF}/invitations/{{invitation}}/end", _ask_withdrawal, _withdraw),
    *asks(f"{_OF}/members/{{person}}/role", _ask_roles, _put_roles),
    *asks(f"{_OF}/members/{{person}}/remove", _ask_removal, _remove),
    *asks(f"{_OF}/members/{{person}}/handover", _ask_handover, _hand_over),
    *asks("/join", _join, _joined),
    PageRoute(f"{_OF}/agreements", _agreements),
    *asks(f"{_OF}/agreements/{{agreement}}/accept", _ask_acceptance, _accept),
    PageRoute("/agreements/{agreement}", _agreement),
)

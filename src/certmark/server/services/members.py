"""Members of vendors: invited by a link, administrators among them, one designate and one deputy.

1. A link makes one person a member, once, and ends after some days; only its digest is kept.
2. A vendor always has an administrator: the last one goes only when another one is there.
3. Designate and deputy are appointed and released by the programme office, with a reason; until then they stay members.
4. Whoever is a member may leave.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from certmark.domain.permissions import Right, Role
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services.changes import changing, require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted, WrongState
from certmark.server.services.vendors import living, seen
from certmark.server.store import access, history, membership, vendors
from certmark.server.store.database import Transaction
from certmark.server.store.membership import PersonOfVendor, StoredInvitation, StoredMember

LONGEST = 30
"""Days that an invitation may hold."""
_BEGINNING = "cmi_"
_BYTES = 24
_A_DAY = 86_400_000_000
_COMMITS = frozenset({Role.DESIGNATE, Role.DEPUTY})
_TOGETHER = "somebody else changed the members at the same time; look again"


class NewInvitation(NamedTuple):
    """A link that was made, shown once."""

    word: str
    link: str
    invitation: StoredInvitation


class OwnRoles(NamedTuple):
    """The roles of somebody."""

    in_programme: frozenset[Role]
    in_vendors: Mapping[bytes, frozenset[Role]]

    def towards(self, vendor: bytes) -> frozenset[Role]:
        """Those that count for what is a vendor's."""
        return self.in_programme | self.in_vendors.get(vendor, frozenset())


def listed(services: Services, asker: Asker, vendor: bytes) -> list[StoredMember]:
    """The members of a vendor. Raises NotFound or NotPermitted."""
    with services.database.read() as transaction:
        seen(transaction, asker, vendor)
        require(transaction, asker, Right.SEE_MEMBERS, vendor)
        return membership.of(transaction, vendor)


def people(services: Services, asker: Asker, vendor: bytes) -> list[PersonOfVendor]:
    """The members of a vendor, and how they sign in. Raises NotFound or NotPermitted."""
    with services.database.read() as transaction:
        seen(transaction, asker, vendor)
        require(transaction, asker, Right.SEE_MEMBERS, vendor)
        return membership.people_of(transaction, vendor)


def own_roles(services: Services, asker: Asker) -> OwnRoles:
    """What they are, everywhere."""
    if asker.identity is None:
        return OwnRoles(frozenset(), {})
    with services.database.read() as transaction:
        in_vendors = membership.vendors_of(transaction, asker.identity)
        return OwnRoles(access.roles(transaction, asker, None), in_vendors)


def member_named(services: Services, asker: Asker, vendor: bytes, name: str) -> bytes:
    """The id of the member of this name. Raises NotFound or NotPermitted."""
    found = next((one.identity for one in listed(services, asker, vendor) if one.name == name), None)
    if found is None:
        raise NotFound(f"no member of this vendor is called {name[:200]!r}; invite them first")
    return found


def _member(members: Iterable[StoredMember], person: bytes) -> StoredMember:
    found = next((one for one in members if one.identity == person), None)
    if found is None:
        raise NotFound(f"{ids.written(person)} is no member of this vendor; invite them first")
    return found


def _check_administrator(transaction: Transaction, vendor: bytes) -> None:
    """Rule 2."""
    if not any(Role.ADMINISTRATOR in one.roles for one in membership.of(transaction, vendor)):
        raise WrongState("that is the last administrator of this vendor; make somebody else one first")


def _locked(transaction: Transaction, asker: Asker, vendor: bytes, right: Right) -> None:
    """Nobody else changes the members until the transaction ends; who lost the right meanwhile has it no more."""
    living(transaction, asker, vendor, right)
    vendors.touch(transaction, vendor)
    require(transaction, asker, right, vendor)


def put(services: Services, asker: Asker, vendor: bytes, person: bytes, *, is_administrator: bool) -> StoredMember:
    """Make a member an administrator, or not any more. Raises NotFound, NotPermitted or WrongState."""
    with changing(services, _TOGETHER) as transaction:
        _locked(transaction, asker, vendor, Right.MANAGE_MEMBERS)
        member = _member(membership.of(transaction, vendor), person)
        roles = member.roles - {Role.ADMINISTRATOR} | ({Role.ADMINISTRATOR} if is_administrator else set())
        membership.put(transaction, vendor, person, roles)
        _check_administrator(transaction, vendor)
        detail = {"person": ids.written(person), "administrator": is_administrator}
        history.note(transaction, asker, "member.put", vendor, services.clock(), detail=detail)
        return member._replace(roles=roles)


def add(services: Services, asker: Asker, vendor: bytes, person: bytes | None) -> None:
    """Make somebody a member without an invitation: the programme office may; who is one stays as they are.

    Others invite people, who agree: what a member sends can become the vendor's. None is somebody who is not known
    here, of which others are not told. Raises NotFound, NotPermitted or WrongState.
    """
    now = services.clock()
    with changing(services, _TOGETHER) as transaction:
        _locked(transaction, asker, vendor, Right.MANAGE_MEMBERS)
        if any(one.identity == person for one in membership.of(transaction, vendor)):
            return
        if not asker.has(Right.APPOINT_DESIGNATE, access.roles(transaction, asker, vendor)):
            raise NotPermitted("whoever joins a vendor must agree; invite them by a link")
        if person is None:
            raise NotFound("nobody here is called so; they must sign in once")
        membership.add(transaction, vendor, person, frozenset({Role.MEMBER}), now)
        history.note(transaction, asker, "member.add", vendor, now, detail={"person": ids.written(person)})


def remove(services: Services, asker: Asker, vendor: bytes, person: bytes) -> None:
    """Take a member away, or leave. Raises NotFound, NotPermitted or WrongState."""
    with changing(services, _TOGETHER) as transaction:
        seen(transaction, asker, vendor)
        if person != asker.identity:
            require(transaction, asker, Right.MANAGE_MEMBERS, vendor)
        vendors.touch(transaction, vendor)
        if person != asker.identity:
            require(transaction, asker, Right.MANAGE_MEMBERS, vendor)
        member = _member(membership.of(transaction, vendor), person)
        if member.roles & _COMMITS:
            raise WrongState("they are designate or deputy; the programme office must release them first")
        membership.remove(transaction, vendor, person)
        _check_administrator(transaction, vendor)
        history.note(
            transaction, asker, "member.remove", vendor, services.clock(), detail={"person": ids.written(person)}
        )


def hand_over(services: Services, asker: Asker, vendor: bytes, person: bytes) -> list[StoredMember]:
    """Make a member the only administrator of a vendor. Raises NotFound, NotPermitted or WrongState."""
    with changing(services, _TOGETHER) as transaction:
        _locked(transaction, asker, vendor, Right.HAND_OVER_VENDOR)
        members = membership.of(transaction, vendor)
        _member(members, person)
        for one in members:
            roles = one.roles - {Role.ADMINISTRATOR} | ({Role.ADMINISTRATOR} if one.identity == person else set())
            membership.put(transaction, vendor, one.identity, roles)
        detail = {"to": ids.written(person)}
        history.note(transaction, asker, "vendor.hand_over", vendor, services.clock(), detail=detail)
        return membership.of(transaction, vendor)


def appoint(
    services: Services, asker: Asker, vendor: bytes, role: Role, person: bytes | None, *, reason: str
) -> list[StoredMember]:
    """Make a member the designate or the deputy, in the place of another one; None: nobody.

    Raises NotFound, NotPermitted or WrongState.
    """
    with changing(services, _TOGETHER) as transaction:
        _locked(transaction, asker, vendor, Right.APPOINT_DESIGNATE)
        members = membership.of(transaction, vendor)
        if person is not None:
            other = _member(members, person).roles & _COMMITS - {role}
            if other:
                raise WrongState("one person is not both designate and deputy; release them from the other first")
        for one in members:
            if role in one.roles:
                membership.put(transaction, vendor, one.identity, one.roles - {role})
        if person is not None:
            membership.put(transaction, vendor, person, _member(members, person).roles | {role})
        detail = {"role": role.value, "person": None if person is None else ids.written(person)}
        history.note(transaction, asker, "designate.appoint", vendor, services.clock(), reason=reason, detail=detail)
        return membership.of(transaction, vendor)


def invite(services: Services, asker: Asker, vendor: bytes, *, is_administrator: bool, days: int) -> NewInvitation:
    """A link by which one person becomes a member. Raises NotFound, NotPermitted or WrongState."""
    now, word = services.clock(), f"{_BEGINNING}{secrets.token_urlsafe(_BYTES)}"
    roles = frozenset({Role.MEMBER} | ({Role.ADMINISTRATOR} if is_administrator else set()))
    with services.database.write() as transaction:
        living(transaction, asker, vendor, Right.MANAGE_MEMBERS)
        assert asker.identity is not None  # noqa: S101 - who is not known has no such right
        invitation = StoredInvitation(_digest(word), vendor, roles, asker.identity, now, now + days * _A_DAY)
        membership.invite(transaction, invitation)
        history.note(transaction, asker, "member.invite", vendor, now, detail={"administrator": is_administrator})
    base = services.settings.public_url or services.settings.listen.url
    # What stands behind # is not sent by browsers: no log and no Referer has it.
    return NewInvitation(word, f"{base}/join#{word}", invitation)


def invitations(services: Services, asker: Asker, vendor: bytes) -> list[StoredInvitation]:
    """The links of a vendor that hold. Raises NotFound or NotPermitted."""
    with services.database.read() as transaction:
        seen(transaction, asker, vendor)
        require(transaction, asker, Right.MANAGE_MEMBERS, vendor)
        return membership.invitations_of(transaction, vendor, services.clock())


def withdraw(services: Services, asker: Asker, vendor: bytes, digest: bytes) -> None:
    """Take a link back. Raises NotFound or NotPermitted."""
    with services.database.write() as transaction:
        seen(transaction, asker, vendor)
        require(transaction, asker, Right.MANAGE_MEMBERS, vendor)
        found = membership.take(transaction, digest)
        if found is None or found.vendor != vendor:
            raise NotFound("there is no such invitation; it may have been used")
        history.note(transaction, asker, "member.invite_no_more", vendor, services.clock())


def accept(services: Services, asker: Asker, word: str) -> bytes:
    """Become a member by a link; of which vendor. Raises NotFound or WrongState."""
    now = services.clock()
    assert asker.identity is not None  # noqa: S101 - who is not known does not come here
    with changing(services, "you are a member of this vendor already") as transaction:
        found = membership.take(transaction, _digest(word))
        if found is None or found.expires <= now:
            raise NotFound("this invitation does not hold: it was used, taken back or has ended; ask for another one")
        vendors.touch(transaction, found.vendor)
        membership.add(transaction, found.vendor, asker.identity, found.roles, now)
        detail = {"person": ids.written(asker.identity), "invited_by": ids.written(found.author)}
        history.note(transaction, asker, "member.join", found.vendor, now, detail=detail)
    return found.vendor


def _digest(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()

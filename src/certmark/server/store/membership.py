"""Who belongs to a vendor, in which roles; invitations; roles in the programme."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from certmark.domain.permissions import Role, bits_of, roles_of
from certmark.server.store.database import Transaction
from certmark.server.store.schema import accounts, identities, invitations, members, offices
from certmark.server.store.statements import Row, SqlStatement


class StoredMember(NamedTuple):
    """Somebody who belongs to a vendor."""

    identity: bytes
    name: str
    roles: frozenset[Role]
    since: int


class PersonOfVendor(NamedTuple):
    """Somebody who belongs to a vendor, and how they sign in."""

    identity: bytes
    name: str
    issuer: str | None
    """None: they do not sign in."""
    subject: str | None
    fullname: str | None
    """What their provider says that they are called."""
    email: str | None


class StoredInvitation(NamedTuple):
    """A link by which somebody becomes a member, without what makes it one."""

    digest: bytes
    vendor: bytes
    roles: frozenset[Role]
    author: bytes
    created: int
    expires: int


class OfficeHolder(NamedTuple):
    """Somebody with roles in the programme."""

    identity: bytes
    name: str
    roles: frozenset[Role]
    organisation: str
    since: int


_KEYS = (members.c.vendor == bindparam("of"), members.c.identity == bindparam("who"))
_MEMBERS = SqlStatement(
    "members.of",
    select(members.c.identity, identities.c.name, members.c.roles, members.c.since)
    .select_from(members.join(identities, identities.c.id == members.c.identity))
    .where(members.c.vendor == bindparam("of"))
    .order_by(members.c.identity),
)
_PEOPLE = SqlStatement(
    "members.people",
    select(
        members.c.identity,
        identities.c.name,
        accounts.c.issuer,
        accounts.c.subject,
        accounts.c.name,
        accounts.c.email,
    )
    .select_from(
        members.join(identities, identities.c.id == members.c.identity).outerjoin(
            accounts, accounts.c.identity == members.c.identity
        )
    )
    .where(members.c.vendor == bindparam("of"))
    .order_by(members.c.identity),
)
_VENDORS = SqlStatement(
    "members.vendors", select(members.c.vendor, members.c.roles).where(members.c.identity == bindparam("whose"))
)
_ADD = SqlStatement("members.add", insert(members))
_SET = SqlStatement("members.set", update(members).where(*_KEYS).values(roles=bindparam("new_roles")))
_REMOVE = SqlStatement("members.remove", delete(members).where(*_KEYS))
_ADD_INVITATION = SqlStatement("invitations.add", insert(invitations))
_INVITATIONS = SqlStatement(
    "invitations.of",
    select(*invitations.c)
    .where(invitations.c.vendor == bindparam("of"), invitations.c.expires > bindparam("now"))
    .order_by(invitations.c.vendor, invitations.c.created),
)
_TAKE = SqlStatement(
    "invitations.take",
    delete(invitations).where(invitations.c.digest == bindparam("of")).returning(*invitations.c),
)
_OFFICES = SqlStatement(
    "offices.all",
    select(offices.c.identity, identities.c.name, offices.c.roles, offices.c.organisation, offices.c.since)
    .select_from(offices.join(identities, identities.c.id == offices.c.identity))
    .order_by(offices.c.identity),
)
_ADD_OFFICE = SqlStatement("offices.add", insert(offices))
_REMOVE_OFFICE = SqlStatement("offices.remove", delete(offices).where(offices.c.identity == bindparam("who")))


def of(transaction: Transaction, vendor: bytes) -> list[StoredMember]:
    """The members of a vendor that somebody may see."""
    rows = transaction.run(_MEMBERS, of=vendor)
    return [StoredMember(bytes(row[0]), str(row[1]), roles_of(int(row[2])), int(row[3])) for row in rows]


def people_of(transaction: Transaction, vendor: bytes) -> list[PersonOfVendor]:
    """The members of a vendor, with what their providers say of them."""
    return [PersonOfVendor(bytes(row[0]), *row[1:]) for row in transaction.run(_PEOPLE, of=vendor)]


def vendors_of(transaction: Transaction, identity: bytes) -> dict[bytes, frozenset[Role]]:
    """The roles that somebody has in vendors."""
    return {bytes(row[0]): roles_of(int(row[1])) for row in transaction.run(_VENDORS, whose=identity)}


def add(transaction: Transaction, vendor: bytes, identity: bytes, roles: frozenset[Role], moment: int) -> None:
    """A new member. Raises Conflict where they are one."""
    transaction.run(_ADD, vendor=vendor, identity=identity, roles=bits_of(roles), since=moment)


def put(transaction: Transaction, vendor: bytes, identity: bytes, roles: frozenset[Role]) -> None:
    """Other roles of a member. Raises Conflict where another one is designate."""
    transaction.run(_SET, of=vendor, who=identity, new_roles=bits_of(roles))


def remove(transaction: Transaction, vendor: bytes, identity: bytes) -> None:
    """A member no more."""
    transaction.run(_REMOVE, of=vendor, who=identity)


def invite(transaction: Transaction, invitation: StoredInvitation) -> None:
    """A new link."""
    row = {name: getattr(invitation, name) for name in ("digest", "vendor", "created", "expires")}
    transaction.run(_ADD_INVITATION, **row, roles=bits_of(invitation.roles), identity=invitation.author)


def invitations_of(transaction: Transaction, vendor: bytes, now: int) -> list[StoredInvitation]:
    """The links of a vendor that hold."""
    return [_invitation(row) for row in transaction.run(_INVITATIONS, of=vendor, now=now)]


def take(transaction: Transaction, digest: bytes) -> StoredInvitation | None:
    """The link with this digest, which is gone then: of two who use it at once, one gets it."""
    row = transaction.one(_TAKE, of=digest)
    return None if row is None else _invitation(row)


def office_holders(transaction: Transaction) -> list[OfficeHolder]:
    """Everybody with roles in the programme."""
    rows = transaction.run(_OFFICES)
    return [OfficeHolder(bytes(row[0]), str(row[1]), roles_of(int(row[2])), str(row[3]), int(row[4])) for row in rows]


def put_office(transaction: Transaction, holder: OfficeHolder) -> None:
    """Just these roles in the programme; without any: none."""
    transaction.run(_REMOVE_OFFICE, who=holder.identity)
    if holder.roles:
        transaction.run(
            _ADD_OFFICE,
            identity=holder.identity,
            roles=bits_of(holder.roles),
            organisation=holder.organisation,
            since=holder.since,
        )


def _invitation(row: Row) -> StoredInvitation:
    found = dict(zip(invitations.c.keys(), row, strict=True))
    return StoredInvitation(
        digest=bytes(found["digest"]),
        vendor=bytes(found["vendor"]),
        roles=roles_of(int(found["roles"])),
        author=bytes(found["identity"]),
        created=int(found["created"]),
        expires=int(found["expires"]),
    )

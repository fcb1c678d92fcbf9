"""Vendors in the database, as whoever asks may see them; their former names."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from sqlalchemy import and_, bindparam, delete, insert, or_, select, text, union_all, update

from certmark.server.asking import Asker
from certmark.server.store.access import SEES_VENDOR, vendor_values
from certmark.server.store.database import Transaction
from certmark.server.store.schema import former_names, invitations, members, vendors
from certmark.server.store.statements import Row, SqlStatement


class VendorState(IntEnum):
    """How far a vendor has come."""

    REGISTERED = 0
    """Somebody wrote it down; nobody decided on it."""
    PENDING = 1
    """It asks for approval."""
    REFUSED = 2
    """`reason` says why; it may ask again."""
    APPROVED = 3
    MERGED = 4
    """It is part of another one now."""


class VendorRow(NamedTuple):
    """A vendor as it is kept."""

    id: bytes
    name: str
    folded: str
    """The name by which it is found."""
    description: str
    state: VendorState
    reason: str
    """Of the last decision on it."""
    is_public: bool
    merged_into: bytes | None
    revision: int
    """Grows with every change."""
    created: int
    properties: str = ""
    """What clients of RefStack's API keep there, as JSON; empty: nothing."""
    is_programme: bool = False
    """Whether it is the organisation behind the programme."""


_COLUMNS = tuple(vendors.c[name] for name in VendorRow._fields)
_ONE = SqlStatement("vendors.one", select(*_COLUMNS).where(vendors.c.id == bindparam("vendor"), SEES_VENDOR))
_ADD = SqlStatement("vendors.add", insert(vendors))
_NEXT = and_(
    or_(
        vendors.c.folded > bindparam("behind_name"),
        and_(vendors.c.folded == bindparam("behind_name"), vendors.c.id > bindparam("behind")),
    ),
    vendors.c.folded >= bindparam("behind_name"),
)
_ORDER = (vendors.c.folded, vendors.c.id)
_ALL = SqlStatement(
    "vendors.all", select(*_COLUMNS).where(_NEXT, SEES_VENDOR).order_by(*_ORDER).limit(bindparam("most"))
)
_IN_STATE = SqlStatement(
    "vendors.in_state",
    select(*_COLUMNS)
    .where(_NEXT, vendors.c.state == bindparam("its_state"), SEES_VENDOR)
    .order_by(*_ORDER)
    .limit(bindparam("most")),
)
_OWN = SqlStatement(
    "vendors.own",
    select(*_COLUMNS)
    .select_from(members.join(vendors, vendors.c.id == members.c.vendor))
    .where(members.c.identity == bindparam("asker"))
    .order_by(members.c.vendor)
    .limit(bindparam("most")),
)
_also = vendors.alias("also")
_NAMED = SqlStatement(
    "vendors.named",
    select(*_COLUMNS).where(
        # Both by their index; an OR would look through all vendors.
        vendors.c.id.in_(
            union_all(
                select(_also.c.id).where(_also.c.folded == bindparam("called")),
                select(former_names.c.subject).where(former_names.c.folded == bindparam("called")),
            )
        ),
        SEES_VENDOR,
    ),
)
_CHANGE = SqlStatement(
    "vendors.change",
    update(vendors)
    .where(vendors.c.id == bindparam("vendor"), vendors.c.revision == bindparam("its_revision"))
    .values(
        name=bindparam("new_name"),
        folded=bindparam("new_folded"),
        description=bindparam("new_description"),
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        is_public=bindparam("new_public"),
        merged_into=bindparam("new_merged_into"),
        properties=bindparam("new_properties"),
        revision=vendors.c.revision + text("1"),
    )
    .returning(vendors.c.revision),
)
_TOUCH = SqlStatement(
    "vendors.touch",
    update(vendors)
    .where(vendors.c.id == bindparam("vendor"))
    .values(revision=vendors.c.revision + text("1"))
    .returning(vendors.c.revision),
)
_REMOVE = SqlStatement(
    "vendors.remove",
    delete(vendors)
    .where(vendors.c.id == bindparam("vendor"), vendors.c.revision == bindparam("its_revision"))
    .returning(vendors.c.id),
)
_REMOVE_MEMBERS = SqlStatement("members.remove_all", delete(members).where(members.c.vendor == bindparam("of")))
_REMOVE_LINKS = SqlStatement(
    "invitations.remove_all", delete(invitations).where(invitations.c.vendor == bindparam("of"))
)
_ADD_NAME = SqlStatement(
    "former_names.add",
    insert(former_names).values({name: bindparam(name) for name in ("subject", "name", "folded", "until")}),
)
_NAMES = SqlStatement(
    "former_names.of",
    select(former_names.c.name)
    .where(former_names.c.subject == bindparam("of"))
    .order_by(former_names.c.subject, former_names.c.number),
)
_MOST_OWN = 1000


def folded(name: str) -> str:
    """The name by which something is found: of any case, with single blanks."""
    return " ".join(name.casefold().split())


def one(transaction: Transaction, asker: Asker, vendor: bytes) -> VendorRow | None:
    """The vendor, if whoever asks may see it."""
    row = transaction.one(_ONE, vendor=vendor, **vendor_values(asker))
    return None if row is None else _vendor(row)


def add(transaction: Transaction, vendor: VendorRow) -> None:
    """A new vendor."""
    numbers = {name: int(getattr(vendor, name)) for name in ("state", "is_public", "is_programme")}
    transaction.run(_ADD, **vendor._asdict() | numbers)


def every(
    transaction: Transaction, asker: Asker, *, state: VendorState | None, behind: tuple[str, bytes], most: int
) -> list[VendorRow]:
    """Vendors that whoever asks may see, by name, from the one `behind` on."""
    values = {**vendor_values(asker), "behind_name": behind[0], "behind": behind[1], "most": most}
    found = (
        transaction.run(_ALL, **values) if state is None else transaction.run(_IN_STATE, **values, its_state=int(state))
    )
    return [_vendor(row) for row in found]


def own(transaction: Transaction, asker: Asker) -> list[VendorRow]:
    """Vendors of which whoever asks is a member."""
    return [_vendor(row) for row in transaction.run(_OWN, asker=asker.identity or b"", most=_MOST_OWN)]


def named(transaction: Transaction, asker: Asker, name: str) -> list[VendorRow]:
    """Vendors that are called so, or were."""
    return [_vendor(row) for row in transaction.run(_NAMED, called=folded(name), **vendor_values(asker))]


def change(transaction: Transaction, vendor: VendorRow) -> int | None:
    """Keep `vendor` in the place of what it is now; its new revision, or None: somebody else changed it.

    `vendor.revision` is the one that the change began with. Raises Conflict where its name is taken.
    """
    row = transaction.one(
        _CHANGE,
        vendor=vendor.id,
        its_revision=vendor.revision,
        new_name=vendor.name,
        new_folded=vendor.folded,
        new_description=vendor.description,
        new_state=int(vendor.state),
        new_reason=vendor.reason,
        new_public=int(vendor.is_public),
        new_merged_into=vendor.merged_into,
        new_properties=vendor.properties,
    )
    return None if row is None else int(row[0])


def remove(transaction: Transaction, vendor: VendorRow) -> bool:
    """Forget a vendor with its members; False: somebody else changed it. Raises Conflict where it has products."""
    transaction.run(_REMOVE_MEMBERS, of=vendor.id)
    forget_invitations(transaction, vendor.id)
    return transaction.one(_REMOVE, vendor=vendor.id, its_revision=vendor.revision) is not None


def forget_invitations(transaction: Transaction, vendor: bytes) -> None:
    """No link makes anybody a member of it any more."""
    transaction.run(_REMOVE_LINKS, of=vendor)


def touch(transaction: Transaction, vendor: bytes) -> int:
    """That something beside it changes, such as its members: nobody else changes it until the transaction ends."""
    (row,) = transaction.run(_TOUCH, vendor=vendor)
    return int(row[0])


def keep_name(transaction: Transaction, subject: bytes, name: str, moment: int) -> None:
    """That a vendor or a product was called so until now."""
    transaction.run(_ADD_NAME, subject=subject, name=name, folded=folded(name), until=moment)


def former(transaction: Transaction, subject: bytes) -> list[str]:
    """What a vendor or a product was called before, the oldest first."""
    return [str(row[0]) for row in transaction.run(_NAMES, of=subject)]


def _vendor(row: Row) -> VendorRow:
    found = VendorRow(*row)
    return found._replace(
        state=VendorState(found.state), is_public=bool(found.is_public), is_programme=bool(found.is_programme)
    )

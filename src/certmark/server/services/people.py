"""A person's own data: all of it given to them, and erased when they say so.

1. Who goes takes along what was theirs alone: accounts, tokens, memberships, runs that belong to no vendor.
2. What belongs to a vendor or the programme stays, and what history and the audit say of who answered for what stays
   under a number: the law asks for that, and nobody finds the person by it.
3. Who commits a company, or is a vendor's last administrator, hands that over first, unless the vendor was merged.
"""

from __future__ import annotations

from certmark.domain.permissions import Right, Role
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import collecting
from certmark.server.services.changes import changing, require
from certmark.server.services.context import Services
from certmark.server.services.errors import WrongState
from certmark.server.store import history, membership, people, vendors
from certmark.server.store.database import Transaction
from certmark.server.store.vendors import VendorState

_COMMITS = frozenset({Role.DESIGNATE, Role.DEPUTY})


def own_data(services: Services, asker: Asker) -> tuple[str, dict[str, list[dict[str, object]]]]:
    """What they are called, and everything that is kept of them. Raises NotPermitted."""
    assert asker.identity is not None  # noqa: S101 - who is not known does not come here
    with services.database.read() as transaction:
        require(transaction, asker, Right.SEE_OWN_DATA)
        return people.name_of(transaction, asker.identity) or "", people.all_of(transaction, asker.identity)


def erase(services: Services, asker: Asker) -> None:
    """Rules 1 to 3. Raises NotPermitted or WrongState."""
    assert asker.identity is not None  # noqa: S101 - who is not known does not come here
    now = services.clock()
    with changing(services, "something of yours is needed by others; look again") as transaction:
        require(transaction, asker, Right.ERASE_OWN_DATA)
        for vendor in vendors.own(transaction, asker):
            vendors.touch(transaction, vendor.id)
            if vendor.state is not VendorState.MERGED:
                _check_leaving(transaction, vendor.id, vendor.name, asker.identity)
            detail = {"person": ids.written(asker.identity)}
            history.note(transaction, asker, "member.remove", vendor.id, now, reason="erased", detail=detail)
        evidence = people.erase(transaction, asker.identity, f"deleted {ids.written(asker.identity)}")
        history.note(transaction, asker, "person.erase", asker.identity, now)
    for digest in evidence:
        collecting.collect_one(services, digest)


def _check_leaving(transaction: Transaction, vendor: bytes, name: str, person: bytes) -> None:
    """Rule 3."""
    members = membership.of(transaction, vendor)
    mine = next(one.roles for one in members if one.identity == person)
    if mine & _COMMITS:
        raise WrongState(f"you commit {name}; the programme office must release you first")
    if not any(Role.ADMINISTRATOR in one.roles for one in members if one.identity != person):
        raise WrongState(f"you are the last administrator of {name}; hand it over first, or remove it")

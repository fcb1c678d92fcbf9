"""Vendors: registered by anybody, approved by the programme office, merged, renamed; their agreements.

1. A vendor is private until it is approved; its members, the office and the operator see it.
2. Two approved vendors never have one name.
3. What it was called before is kept, and finds it.
4. A merged vendor stays as it was, and says into which it went: products, runs and people go there.
5. Tokens, keys, publishers and standing orders of a vendor end with it.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import OF_VENDOR, Right, Role
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services.changes import changed, changing, check_revision, require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, Taken, WrongState
from certmark.server.store import (
    access,
    agreements,
    history,
    identities,
    keys,
    membership,
    orders,
    products,
    publishers,
    runs,
    vendors,
)
from certmark.server.store.agreements import StoredAcceptance, StoredAgreement
from certmark.server.store.certification import names
from certmark.server.store.database import Transaction
from certmark.server.store.history import Deed
from certmark.server.store.vendors import VendorRow, VendorState

FOUNDER = frozenset({Role.MEMBER, Role.ADMINISTRATOR})
"""The roles of who registers a vendor."""
_TAKEN = "an approved vendor has this name already; take another one, or ask the programme office to merge both"


class VendorChange(NamedTuple):
    """What of a vendor is to be otherwise; None: as it is."""

    name: str | None = None
    description: str | None = None
    is_public: bool | None = None
    properties: str | None = None
    """An object of JSON, or empty."""


class ShownVendor(NamedTuple):
    """A vendor as somebody sees it."""

    row: VendorRow
    former: list[str]
    """What it was called before."""
    roles: frozenset[Role]
    """Of who asks, in it."""
    sees_reason: bool
    """Whether who asks may know why it was approved or refused."""


def listed(
    services: Services, asker: Asker, *, state: VendorState | None, behind: tuple[str, bytes], most: int
) -> tuple[list[VendorRow], tuple[str, bytes] | None]:
    """A page of the vendors that they may see, by name, and where the next one begins."""
    with services.database.read() as transaction:
        found = vendors.every(transaction, asker, state=state, behind=behind, most=most + 1)
    return found[:most], (found[most - 1].folded, found[most - 1].id) if len(found) > most else None


def named(services: Services, asker: Asker, name: str) -> list[VendorRow]:
    """The vendors that they may see which are called so, or were."""
    with services.database.read() as transaction:
        return vendors.named(transaction, asker, name)


def meant(services: Services, asker: Asker, word: str) -> VendorRow:
    """The vendor that they may see with this id, or the one of this name. Raises NotFound or InvalidRequest."""
    with suppress(ValueError):
        return show(services, asker, ids.read(word)).row
    found = named(services, asker, word)
    if not found:
        raise NotFound(f"there is no vendor {word[:200]!r} that you may see")
    if len(found) > 1:
        raise InvalidRequest(f"{len(found)} vendors are called {word[:200]!r} or were; name one by its id")
    return found[0]


def own(services: Services, asker: Asker) -> list[VendorRow]:
    """The vendors of which they are a member."""
    with services.database.read() as transaction:
        return vendors.own(transaction, asker)


def show(services: Services, asker: Asker, vendor: bytes) -> ShownVendor:
    """The vendor. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(transaction, asker, vendor)


def _shown(transaction: Transaction, asker: Asker, vendor: bytes) -> ShownVendor:
    row = seen(transaction, asker, vendor)
    roles = access.roles(transaction, asker, vendor)
    sees_reason = asker.has(Right.SEE_VENDOR, roles)
    return ShownVendor(row, vendors.former(transaction, vendor), roles & OF_VENDOR, sees_reason)


def seen(transaction: Transaction, asker: Asker, vendor: bytes) -> VendorRow:
    """The vendor, for what else is done in a transaction. Raises NotFound."""
    found = vendors.one(transaction, asker, vendor)
    if found is None:
        raise NotFound(f"there is no vendor {ids.written(vendor)} that you may see")
    return found


def living(transaction: Transaction, asker: Asker, vendor: bytes, right: Right) -> VendorRow:
    """The vendor to be changed by who has `right`. Raises NotFound, NotPermitted or WrongState."""
    found = seen(transaction, asker, vendor)
    require(transaction, asker, right, vendor)
    if found.state is VendorState.MERGED and found.merged_into is not None:
        raise WrongState(f"{found.name} was merged into {ids.written(found.merged_into)}; change that one")
    return found


def register(services: Services, asker: Asker, name: str, description: str) -> ShownVendor:
    """A new vendor, of which they are the administrator. Raises NotPermitted."""
    now = services.clock()
    row = VendorRow(
        id=ids.new_id(now),
        name=name,
        folded=vendors.folded(name),
        description=description,
        state=VendorState.REGISTERED,
        reason="",
        is_public=False,
        merged_into=None,
        revision=1,
        created=now,
    )
    with services.database.write() as transaction:
        require(transaction, asker, Right.REGISTER_VENDOR)
        assert asker.identity is not None  # noqa: S101 - who is not known has no such right
        vendors.add(transaction, row)
        membership.add(transaction, row.id, asker.identity, FOUNDER, now)
        history.note(transaction, asker, "vendor.register", row.id, now)
    return ShownVendor(row, [], FOUNDER, sees_reason=True)


def edit(services: Services, asker: Asker, vendor: bytes, change: VendorChange, expected: int | None) -> ShownVendor:
    """Another name, description or publicity. Raises NotFound, NotPermitted, WrongState or Outdated."""
    now = services.clock()
    with changing(services, _TAKEN, Taken) as transaction:
        found = living(transaction, asker, vendor, Right.EDIT_VENDOR)
        is_renamed = change.name is not None and change.name != found.name
        if is_renamed and found.state is VendorState.APPROVED:
            require(transaction, asker, Right.RENAME_APPROVED_VENDOR, vendor)
        check_revision(expected, found.revision)
        if change.is_public and found.state is not VendorState.APPROVED:
            raise WrongState(f"{found.name} is not approved yet; only then can it be public")
        if is_renamed:
            vendors.keep_name(transaction, vendor, found.name, now)
        name = found.name if change.name is None else change.name
        new = found._replace(
            name=name,
            folded=vendors.folded(name),
            description=found.description if change.description is None else change.description,
            is_public=found.is_public if change.is_public is None else change.is_public,
            properties=found.properties if change.properties is None else change.properties,
        )
        changed(vendors.change(transaction, new))
        detail = {key: value for key, value in change._asdict().items() if value is not None}
        history.note(transaction, asker, "vendor.edit", vendor, now, detail=detail)
        return _shown(transaction, asker, vendor)


def ask(services: Services, asker: Asker, vendor: bytes, expected: int | None, *, is_asked: bool) -> ShownVendor:
    """Ask for approval, or not any more. Raises NotFound, NotPermitted, WrongState or Outdated."""
    with changing(services, _TAKEN) as transaction:
        found = living(transaction, asker, vendor, Right.ASK_FOR_APPROVAL)
        check_revision(expected, found.revision)
        before = {VendorState.REGISTERED, VendorState.REFUSED} if is_asked else {VendorState.PENDING}
        if found.state not in before:
            raise WrongState(f"{found.name} is {found.state.name.lower()}; that cannot be asked for now")
        state = VendorState.PENDING if is_asked else VendorState.REGISTERED
        changed(vendors.change(transaction, found._replace(state=state)))
        action = "vendor.ask" if is_asked else "vendor.ask_no_more"
        history.note(transaction, asker, action, vendor, services.clock())
        return _shown(transaction, asker, vendor)


def decide(
    services: Services,
    asker: Asker,
    vendor: bytes,
    expected: int | None,
    *,
    is_approved: bool,
    reason: str,
    is_public: bool = False,
) -> ShownVendor:
    """Approve a vendor that asks for it, from then on seen by everybody where `is_public`, or refuse it.

    Raises NotFound, NotPermitted, WrongState or Outdated.
    """
    with changing(services, _TAKEN, Taken) as transaction:
        found = living(transaction, asker, vendor, Right.DECIDE_ON_VENDOR)
        check_revision(expected, found.revision)
        if found.state is not VendorState.PENDING:
            raise WrongState(f"{found.name} is {found.state.name.lower()}; only one that asks is decided on")
        state = VendorState.APPROVED if is_approved else VendorState.REFUSED
        new = found._replace(state=state, reason=reason, is_public=is_approved and is_public)
        changed(vendors.change(transaction, new))
        action = "vendor.approve" if is_approved else "vendor.refuse"
        history.note(transaction, asker, action, vendor, services.clock(), reason=reason)
        return _shown(transaction, asker, vendor)


def merge(
    services: Services, asker: Asker, vendor: bytes, into: bytes, expected: int | None, *, reason: str
) -> ShownVendor:
    """Rule 4. Raises NotFound, NotPermitted, WrongState or Outdated."""
    now = services.clock()
    conflict = "both have a product of one name; rename one of the two first"
    with changing(services, conflict) as transaction:
        found = living(transaction, asker, vendor, Right.MERGE_VENDORS)
        other = living(transaction, asker, into, Right.MERGE_VENDORS)
        check_revision(expected, found.revision)
        if found.id == other.id or other.state is not VendorState.APPROVED:
            raise WrongState("a vendor is merged into another one, which is approved")
        revisions = {one: vendors.touch(transaction, one) for one in sorted((vendor, into))}
        if revisions[vendor] != found.revision + 1:
            changed(None)
        products.move(transaction, vendor, into)
        names.move(transaction, vendor, into)
        there = {one.identity for one in membership.of(transaction, into)}
        new = {one.identity for one in membership.of(transaction, vendor)} - there
        membership.add_all(transaction, into, sorted(new), now)
        vendors.forget_invitations(transaction, vendor)
        _end_access(transaction, vendor, now)
        if runs.is_any_of(transaction, vendor):
            identities.vendor(transaction, into, now)
            runs.hand_over(transaction, vendor, into)
        vendors.keep_name(transaction, into, found.name, now)
        gone = found._replace(state=VendorState.MERGED, merged_into=into, reason=reason, revision=revisions[vendor])
        changed(vendors.change(transaction, gone))
        for subject, detail in ((vendor, {"into": ids.written(into)}), (into, {"from": ids.written(vendor)})):
            history.note(transaction, asker, "vendor.merge", subject, now, reason=reason, detail=detail)
        return _shown(transaction, asker, vendor)


def remove(
    services: Services, asker: Asker, vendor: bytes, expected: int | None, *, with_products: bool = False
) -> None:
    """Forget a vendor that was never approved and has no products, or none to which runs belong.

    Raises NotFound, NotPermitted, WrongState or Outdated.
    """
    needed = "runs of its products" if with_products else "products"
    with changing(services, f"it has {needed} or accepted agreements; it cannot be forgotten so") as transaction:
        found = living(transaction, asker, vendor, Right.EDIT_VENDOR)
        check_revision(expected, found.revision)
        if found.state is VendorState.APPROVED:
            raise WrongState(f"{found.name} is approved; it can be merged into another vendor, not forgotten")
        if runs.is_any_of(transaction, vendor):
            raise WrongState(f"{found.name} has sent runs; delete them first")
        if with_products:
            products.remove_all(transaction, vendor)
        if not vendors.remove(transaction, found):
            changed(None)
        _end_access(transaction, vendor, services.clock())
        history.note(transaction, asker, "vendor.remove", vendor, services.clock(), detail={"name": found.name})


def _end_access(transaction: Transaction, vendor: bytes, now: int) -> None:
    """Nothing is sent in the name of a vendor any more."""
    identities.revoke_all(transaction, vendor, now)
    keys.remove_all(transaction, vendor)
    publishers.remove_all(transaction, vendor)
    orders.end_all(transaction, vendor)


def past(services: Services, asker: Asker, vendor: bytes, *, before: int | None, most: int) -> list[Deed]:
    """What was done to a vendor, the newest first. Raises NotFound or NotPermitted."""
    with services.database.read() as transaction:
        seen(transaction, asker, vendor)
        require(transaction, asker, Right.SEE_HISTORY, vendor)
        return history.of(transaction, vendor, before=before, most=most)


def every_agreement(services: Services, asker: Asker) -> list[StoredAgreement]:
    """The agreements of the programme, by name, the oldest version first. Raises NotPermitted."""
    with services.database.read() as transaction:
        require(transaction, asker, Right.SEE_AGREEMENT)
        return agreements.every(transaction)


def agreement(services: Services, asker: Asker, digest: bytes) -> tuple[StoredAgreement, bytes]:
    """One of them, and its text. Raises NotFound or NotPermitted."""
    with services.database.read() as transaction:
        require(transaction, asker, Right.SEE_AGREEMENT)
        found = agreements.one(transaction, digest)
    if found is None:
        raise NotFound(f"there is no agreement {digest.hex()}")
    return found


def publish_agreement(services: Services, asker: Asker, name: str, version: str, content: bytes) -> StoredAgreement:
    """A new version of an agreement; the same one again is that one. Raises NotPermitted or WrongState."""
    now, digest = services.clock(), hashlib.sha256(content).digest()
    new = StoredAgreement(digest, name, version, now)
    with changing(services, f"there is another text of {name} {version}; give this one another version") as transaction:
        require(transaction, asker, Right.PUBLISH_AGREEMENT)
        known = agreements.one(transaction, digest)
        if known is not None and known[0][:3] == new[:3]:
            return known[0]
        agreements.add(transaction, new, content)
        detail = {"sha256": digest.hex(), "name": name, "version": version}
        history.note(transaction, asker, "agreement.publish", digest[:16], now, detail=detail)
    return new


def accept(services: Services, asker: Asker, vendor: bytes, digest: bytes) -> list[StoredAcceptance]:
    """That a vendor accepts an agreement, by this very text. Raises NotFound, NotPermitted or WrongState."""
    now = services.clock()
    with changing(services, "it is accepted already") as transaction:
        living(transaction, asker, vendor, Right.ACCEPT_AGREEMENT)
        if agreements.one(transaction, digest) is None:
            raise NotFound(f"there is no agreement {digest.hex()}; accept one by the SHA-256 of its text")
        assert asker.identity is not None  # noqa: S101 - who is not known has no such right
        agreements.accept(transaction, vendor, digest, asker.identity, now)
        history.note(transaction, asker, "agreement.accept", vendor, now, detail={"sha256": digest.hex()})
        return agreements.accepted(transaction, vendor)


def accepted(services: Services, asker: Asker, vendor: bytes) -> list[StoredAcceptance]:
    """What a vendor accepted. Raises NotFound or NotPermitted."""
    with services.database.read() as transaction:
        seen(transaction, asker, vendor)
        require(transaction, asker, Right.SEE_MEMBERS, vendor)
        return agreements.accepted(transaction, vendor)

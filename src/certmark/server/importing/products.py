"""Vendors of a RefStack server with their members, products and versions.

1. A vendor keeps its id. What was official there is approved and public here, what waited for approval waits; what was
   refused says why.
2. RefStack had no roles: every member could do everything. Each becomes a member and an administrator.
3. Here two approved vendors never have one name, nor two products of a vendor: a later one gets the beginning of its
   id behind its name.
4. What changed there since the last import is changed here, unless it was changed here as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from certmark.domain.products import ProductKind
from certmark.server.importing.outcome import Fate, Problem
from certmark.server.importing.people import members_of_groups, office_members
from certmark.server.importing.repairs import canonical_openid, identity_of
from certmark.server.importing.tables import Record, is_deleted, records
from certmark.server.importing.world import TakenVersion, World, difference, remembered
from certmark.server.services.vendors import FOUNDER
from certmark.server.store import history, imported, membership, products, vendors
from certmark.server.store.database import Transaction
from certmark.server.store.imported import Imported, Kind
from certmark.server.store.products import ProductRow, StoredVersion, VersionRow
from certmark.server.store.vendors import VendorRow, VendorState

_FOUNDATION, _PRIVATE, _PENDING, _OFFICIAL = "0", "1", "2", "3"
_STATES = {
    _FOUNDATION: VendorState.APPROVED,
    _PRIVATE: VendorState.REGISTERED,
    _PENDING: VendorState.PENDING,
    _OFFICIAL: VendorState.APPROVED,
}
_KINDS = {"0": ProductKind.DISTRIBUTION, "1": ProductKind.PUBLIC_CLOUD, "2": ProductKind.HOSTED_PRIVATE_CLOUD}
_REASON = "registration_decline_reason"
_IMPORTED = "taken from RefStack"


def take_vendors(world: World, *, appoint_office: bool) -> None:
    """Rules 1 to 4. Raises CannotProceed."""
    members, groups = members_of_groups(world), set[str]()
    for record in records(world.source, "organization", "`created_at`, `id`"):
        if is_deleted(record):
            world.outcome.leave(Problem.DELETED, "organization", record["id"] or "", "it is marked as deleted")
            continue
        group = (record["group_id"] or "").lower()
        groups.add(group)
        _take_vendor(world, record, members.get(group, []))
        if record["type"] == _FOUNDATION:
            office_members(world, members.get(group, []), appoint=appoint_office)
        world.heard("vendors", len(world.vendors), len(world.vendors))
    for group in members.keys() - groups:
        world.outcome.leave(Problem.ORPHAN, "group", group, "it is the group of no vendor")


def _take_vendor(world: World, record: Record, members: list[str]) -> None:
    row = world.id_of("organization", record)
    there = _vendor_there(world, row, record)
    people = _known_members(world, row, members)
    with world.reading() as transaction:
        before = imported.one(transaction, Kind.VENDOR, row)
        identity = identity_of("vendor", row) if before is None else before.id
        here = imported.vendor(transaction, identity)
        there["name"] = _free_name(world, "organization", row, there["name"], _taken_by(transaction, there, identity))
    if before is not None and here is None:
        world.outcome.leave(Problem.GONE_HERE, "organization", row, "the vendor was removed here")
        return
    world.vendors[row.lower()] = identity
    values = there | {"members": sorted(people)}
    if before is None or here is None:
        world.outcome.count("organization", Fate.NEW)
        _write(
            world,
            Kind.VENDOR,
            row,
            identity,
            values,
            lambda to: _add_vendor(world, to, record, identity, there, people),
        )
        return
    with world.reading() as transaction:
        held = membership.of(transaction, identity)
    taken = json.loads(before.taken)
    now = _vendor_here(here) | {"members": taken["members"]}
    found = difference(taken, values, now)
    wanted = {name: value for name, value in found.wanted.items() if name != "members"}
    joined = [one for one in people if one not in taken["members"] and one not in {m.identity.hex() for m in held}]
    left = [
        one.identity
        for one in held
        if one.identity.hex() in taken["members"] and one.identity.hex() not in people and one.roles == FOUNDER
    ]
    _tell_refused(world, "organization", row, found.refused)
    is_changed = bool(wanted or joined or left)
    world.outcome.count("organization", Fate.CHANGED if is_changed else Fate.SAME)

    def change(transaction: Transaction) -> None:
        if wanted:
            new = here._replace(**_vendor_fields(wanted))
            vendors.change(transaction, new._replace(folded=vendors.folded(new.name)))
        elif joined or left:
            vendors.touch(transaction, identity)
        for one in joined:
            membership.add(transaction, identity, bytes.fromhex(one), FOUNDER, world.now)
        for person in left:
            membership.remove(transaction, identity, person)
        if is_changed:
            detail = {**wanted, "joined": joined, "left": [one.hex() for one in left]}
            history.note(
                transaction, world.author(None), "vendor.import", identity, world.now, reason=_IMPORTED, detail=detail
            )

    if values != taken:
        _write(world, Kind.VENDOR, row, identity, values, change)


def _vendor_there(world: World, row: str, record: Record) -> dict[str, Any]:
    """What a vendor is there, in our words."""
    properties, reason = _properties(world, "organization", row, record["properties"])
    state = _STATES.get(record["type"] or "", VendorState.REGISTERED)
    if record["type"] not in _STATES:
        world.outcome.tell(Problem.WRONG_VALUE, "organization", row, f"type is {record['type']!r}; taken as private")
    if state is VendorState.REGISTERED and reason:
        state = VendorState.REFUSED
    return {
        "name": _name(world, "organization", row, record["name"]),
        "description": world.line("organization", row, record["description"], "description"),
        "state": int(state),
        "reason": reason,
        "is_public": state is VendorState.APPROVED,
        "properties": properties,
        "is_programme": record["type"] == _FOUNDATION,
    }


def _vendor_here(row: VendorRow) -> dict[str, Any]:
    names = ("name", "description", "state", "reason", "is_public", "properties", "is_programme")
    return {name: getattr(row, name) for name in names} | {"state": int(row.state)}


def _vendor_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, **({"state": VendorState(values["state"])} if "state" in values else {})}


def _add_vendor(
    world: World, transaction: Transaction, record: Record, identity: bytes, there: Mapping[str, Any], people: list[str]
) -> None:
    created = world.created("organization", record["id"] or "", record)
    row = VendorRow(
        id=identity,
        folded=vendors.folded(there["name"]),
        merged_into=None,
        revision=1,
        created=created,
        **_vendor_fields(there),
    )
    vendors.add(transaction, row)
    for person in people:
        membership.add(transaction, identity, bytes.fromhex(person), FOUNDER, world.now)
    who = world.author(record["created_by_user"])
    history.note(transaction, who, "vendor.import", identity, world.now, reason=_IMPORTED)


def _known_members(world: World, row: str, members: list[str]) -> list[str]:
    found = [world.people.get(canonical_openid(one)) for one in members]
    people = sorted({one.hex() for one in found if one is not None})
    if not people:
        world.outcome.tell(Problem.NO_MEMBERS, "organization", row, "no member of it was taken")
    return people


def _taken_by(transaction: Transaction, there: Mapping[str, Any], identity: bytes) -> bool:
    """Rule 3."""
    other = imported.approved_vendor(transaction, vendors.folded(there["name"]))
    return there["state"] == int(VendorState.APPROVED) and other not in {None, identity}


def take_products(world: World) -> None:
    """Rules 3 and 4. Raises CannotProceed."""
    for record in records(world.source, "product", "`created_at`, `id`"):
        row = record["id"] or ""
        vendor = world.vendors.get((record["organization_id"] or "").lower())
        if is_deleted(record):
            world.outcome.leave(Problem.DELETED, "product", row, "it is marked as deleted")
        elif vendor is None:
            world.outcome.leave(Problem.ORPHAN, "product", row, f"its vendor {record['organization_id']} was not taken")
        else:
            _take_product(world, record, vendor)
            world.heard("products", len(world.products), len(world.products))
    for record in records(world.source, "product_version", "`created_at`, `id`"):
        row = record["id"] or ""
        product = world.products.get((record["product_id"] or "").lower())
        if is_deleted(record):
            world.outcome.leave(Problem.DELETED, "product_version", row, "it is marked as deleted")
        elif product is None:
            missing = f"its product {record['product_id']} was not taken"
            world.outcome.leave(Problem.ORPHAN, "product_version", row, missing)
        else:
            _take_version(world, record, *product)


def _take_product(world: World, record: Record, vendor: bytes) -> None:
    row = world.id_of("product", record)
    there = _product_there(world, row, record)
    with world.reading() as transaction:
        before = imported.one(transaction, Kind.PRODUCT, row)
        identity = identity_of("product", row) if before is None else before.id
        here = imported.product(transaction, identity)
        other = imported.product_called(transaction, vendor, vendors.folded(there["name"]))
        there["name"] = _free_name(world, "product", row, there["name"], other not in {None, identity})
    if before is not None and here is None:
        world.outcome.leave(Problem.GONE_HERE, "product", row, "the product was removed here")
        return
    world.products[row.lower()] = identity, vendor if here is None else here.vendor
    if before is None or here is None:
        created = world.created("product", row, record)
        new = ProductRow(
            id=identity, vendor=vendor, folded=vendors.folded(there["name"]), revision=1, created=created, **there
        )

        def add(transaction: Transaction) -> None:
            products.add(transaction, new)
            who = world.author(record["created_by_user"])
            history.note(transaction, who, "product.import", identity, world.now, reason=_IMPORTED)

        world.outcome.count("product", Fate.NEW)
        _write(world, Kind.PRODUCT, row, identity, there, add)
        return
    taken = json.loads(before.taken)
    found = difference(taken, there, {name: getattr(here, name) for name in there})
    _tell_refused(world, "product", row, found.refused)
    world.outcome.count("product", Fate.CHANGED if found.wanted else Fate.SAME)

    def change(transaction: Transaction) -> None:
        if found.wanted:
            changed = here._replace(**found.wanted)
            products.change(transaction, changed._replace(folded=vendors.folded(changed.name)))
            detail = dict(found.wanted)
            history.note(
                transaction, world.author(None), "product.import", identity, world.now, reason=_IMPORTED, detail=detail
            )

    if there != taken:
        _write(world, Kind.PRODUCT, row, identity, there, change)


def _product_there(world: World, row: str, record: Record) -> dict[str, Any]:
    kind = _KINDS.get(record["product_type"] or "")
    if kind is None:
        kind = ProductKind.PUBLIC_CLOUD if record["type"] == "0" else ProductKind.DISTRIBUTION
        what = f"product_type is {record['product_type']!r}; taken as {kind.value}"
        world.outcome.tell(Problem.WRONG_VALUE, "product", row, what)
    return {
        "name": _name(world, "product", row, record["name"]),
        "kind": kind.value,
        "description": world.line("product", row, record["description"], "description"),
        "is_public": record["public"] == "1",
        "properties": _properties(world, "product", row, record["properties"])[0],
    }


def _take_version(world: World, record: Record, product: bytes, vendor: bytes) -> None:
    row = world.id_of("product_version", record)
    name = world.line("product_version", row, record["version"], "version")
    there: dict[str, Any] = {"name": name, "cpid": world.line("product_version", row, record["cpid"], "cpid")}
    with world.reading() as transaction:
        before = imported.one(transaction, Kind.VERSION, row)
        identity = identity_of("version", row) if before is None else before.id
        here = imported.version(transaction, identity)
        other = imported.version_called(transaction, product, name)
        there["name"] = _free_name(world, "product_version", row, name, other not in {None, identity})
    if before is not None and here is None:
        world.outcome.leave(Problem.GONE_HERE, "product_version", row, "the version was removed here")
        return
    world.versions[row.lower()] = TakenVersion(identity, vendor)
    if before is None or here is None:
        created = world.created("product_version", row, record)
        new = VersionRow(id=identity, product=product, revision=1, created=created, **there)
        world.outcome.count("product_version", Fate.NEW)
        _write(world, Kind.VERSION, row, identity, there, lambda to: products.add_version(to, _with_cloud(new, ())))
        return
    taken = json.loads(before.taken)
    found = difference(taken, there, {name: getattr(here.row, name) for name in there})
    _tell_refused(world, "product_version", row, found.refused)
    world.outcome.count("product_version", Fate.CHANGED if found.wanted else Fate.SAME)

    def change(transaction: Transaction) -> None:
        if found.wanted:
            clouds = tuple(one for one in here.clouds if one != here.row.cpid)
            products.change_version(transaction, _with_cloud(here.row._replace(**found.wanted), clouds))

    if there != taken:
        _write(world, Kind.VERSION, row, identity, there, change)


def _with_cloud(row: VersionRow, clouds: tuple[str, ...]) -> StoredVersion:
    """The cloud of a version is the one that RefStack's client calls so."""
    return StoredVersion(row, clouds + ((row.cpid,) if row.cpid and row.cpid not in clouds else ()))


def _name(world: World, table: str, row: str, name: str | None) -> str:
    found = world.line(table, row, name, "name")
    if not found:
        world.outcome.tell(Problem.NO_NAME, table, row, f"taken as {row[:8]}")
    return found or row[:8]


def _free_name(world: World, table: str, row: str, name: str, is_taken: bool) -> str:
    """Rule 3."""
    if not is_taken:
        return name
    found = f"{name} ({row[:8]})".strip()
    world.outcome.tell(Problem.SAME_NAME, table, row, f"another one is called {name!r}; taken as {found!r}")
    return found


def _properties(world: World, table: str, row: str, text: str | None) -> tuple[str, str]:
    """As JSON, and why it was refused, which RefStack kept among them."""
    if not (text or "").strip():
        return "", ""
    try:
        found = json.loads(text or "")
        reason = found.pop(_REASON, None) or ""
    except (ValueError, AttributeError, TypeError, RecursionError):
        world.outcome.tell(Problem.WRONG_VALUE, table, row, "properties are no object of JSON; they were left there")
        return "", ""
    return json.dumps(found, sort_keys=True) if found else "", world.line(table, row, str(reason), _REASON)


def _tell_refused(world: World, table: str, row: str, names: tuple[str, ...]) -> None:
    if names:
        world.outcome.tell(Problem.CHANGED_HERE, table, row, f"{', '.join(sorted(names))} changed there, and here too")


def _write(world: World, kind: Kind, row: str, identity: bytes, values: Mapping[str, Any], change: Any) -> None:
    """The change, and that it was taken, together."""
    if not world.is_dry:
        with world.writing() as transaction:
            change(transaction)
            imported.put(transaction, [Imported(kind, row.lower(), identity, remembered(values))])

"""People of a RefStack server, their keys, and who belongs to which group.

1. A person is (issuer `refstack`, subject: their OpenID). Nobody signs in so: who signs in elsewhere and proves a key
   of theirs takes the account over.
2. Two forms of one OpenID, with `%20` and with a dot, are one person.
3. RefStack took a key after its old signature, and kept no proof: it counts as proven by that one, and no better.
   A key that is gone there since the last import goes here as well, unless it was proven freshly meanwhile.
4. Whoever was deleted here stays deleted, and nothing new of theirs is taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby

from certmark.server import ids
from certmark.server.asking import OPERATOR
from certmark.server.importing.outcome import Fate, Problem
from certmark.server.importing.repairs import canonical_openid, moment
from certmark.server.importing.tables import Record, is_deleted, records
from certmark.server.importing.world import World
from certmark.server.services.accounts import name_of
from certmark.server.services.openids import REFSTACK
from certmark.server.store import accounts, audit, identities, imported, keys, people
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.database import Transaction
from certmark.server.store.imported import Imported, Kind
from certmark.server.store.keys import StoredKey
from certmark.trust.errors import TrustError
from certmark.trust.keys.keys import public_from_line

_OLD_PROOF = 0
_LONGEST_COMMENT = 200


def take_people(world: World) -> None:
    """All users. Raises CannotProceed."""
    there = [record for record in records(world.source, "user", "`openid`") if _is_usable(world, record)]
    there.sort(key=lambda record: canonical_openid(record["openid"] or ""))
    for canonical, forms in groupby(there, key=lambda record: canonical_openid(record["openid"] or "")):
        _take(world, canonical, list(forms))
        world.heard("users", len(world.people), len(there))


def _is_usable(world: World, record: Record) -> bool:
    openid = record["openid"] or ""
    if is_deleted(record):
        world.outcome.leave(Problem.DELETED, "user", openid, "the user is marked as deleted")
    elif not openid.strip():
        world.outcome.leave(Problem.NO_NAME, "user", openid, "the user has no OpenID")
    return not is_deleted(record) and bool(openid.strip())


def _take(world: World, canonical: str, forms: list[Record]) -> None:
    """Rule 2: the newest form counts, which has no `%20`."""
    forms.sort(key=lambda record: ("%20" not in (record["openid"] or ""), record["created_at"] or ""))
    record = forms[-1]
    openid = (record["openid"] or "").strip()
    for other in forms[:-1]:
        world.outcome.leave(Problem.VARIANT, "user", other["openid"] or "", f"taken as one person with {openid}")
    name = world.line("user", openid, record["fullname"], "fullname")
    email = world.line("user", openid, record["email"], "email")
    created = world.created("user", openid, record)
    person_of(world, openid, StoredAccount(b"", REFSTACK, openid, name or openid, email or None, created, created))


def person_of(world: World, openid: str, person: StoredAccount | None = None) -> bytes | None:
    """The identity of somebody, made where there is none yet; None: rule 4.

    Without `person` they are known by their OpenID only.
    """
    canonical = canonical_openid(openid)
    if canonical in world.people:
        return world.people[canonical]
    new = person or StoredAccount(b"", REFSTACK, openid.strip(), openid.strip(), None, world.now, world.now)
    pseudonym = hashlib.sha256(f"refstack person {canonical}".encode()).hexdigest()
    with world.reading() as transaction:
        before = imported.find(transaction, Kind.PERSON, pseudonym)
        known = accounts.account(transaction, REFSTACK, new.subject)
        here = known.identity if known is not None else _living(transaction, before)
    if here is None and before is not None:
        world.outcome.leave(Problem.GONE_HERE, "user", openid, "the person was deleted here")
        world.people[canonical] = None
        return None
    world.outcome.count("user", Fate.NEW if before is None else Fate.SAME)
    identity = here or ids.new_id(world.now)
    if not world.is_dry and before is None:
        with world.writing() as transaction:
            if here is None:
                _add(transaction, new._replace(identity=identity), world.now)
            imported.put(transaction, [Imported(Kind.PERSON, pseudonym, identity, "{}")])
    world.people[canonical] = identity
    return identity


def _living(transaction: Transaction, identity: bytes | None) -> bytes | None:
    """Somebody who has an account of another provider by now."""
    return None if identity is None or accounts.account_of(transaction, identity) is None else identity


def _add(transaction: Transaction, person: StoredAccount, now: int) -> None:
    called = name_of(person.issuer, person.subject)
    identities.add(transaction, person.identity, called, now)
    accounts.add(transaction, person)
    audit.note(transaction, OPERATOR, "account.import", called, now)


def take_keys(world: World) -> None:
    """Rule 3. Raises CannotProceed."""
    there: set[str] = set()
    for record in records(world.source, "pubkeys", "`created_at`, `id`"):
        there.add((record["id"] or "").lower())
        _take_key(world, record)
    for identity in filter(None, list(world.people.values())):
        for key in _gone(world, identity, there):
            world.outcome.count("pubkeys gone there", Fate.CHANGED)
            if not world.is_dry:
                with world.writing() as transaction:
                    keys.remove(transaction, key.digest)
                    audit.note(transaction, OPERATOR, "key.remove", key.digest.hex(), world.now)


def _gone(world: World, identity: bytes, there: set[str]) -> Iterator[StoredKey]:
    with world.reading() as transaction:
        for key in keys.of(transaction, identity):
            old = imported.old_id(transaction, key.digest) if key.proof == _OLD_PROOF else None
            if old is not None and old not in there:
                yield key


def _take_key(world: World, record: Record) -> None:
    row, openid = record["id"] or "", record["openid"] or ""
    identity = world.people.get(canonical_openid(openid))
    if is_deleted(record):
        world.outcome.leave(Problem.DELETED, "pubkeys", row, "the key is marked as deleted")
        return
    if identity is None:
        problem = Problem.GONE_HERE if canonical_openid(openid) in world.people else Problem.ORPHAN
        world.outcome.leave(problem, "pubkeys", row, f"it is a key of {openid}, who is not taken")
        return
    try:
        key = public_from_line(_line_of(world, record))
    except TrustError as error:
        world.outcome.leave(Problem.UNUSABLE_KEY, "pubkeys", row, str(error))
        return
    digest = hashlib.sha256(key.blob).digest()
    with world.reading() as transaction:
        before = imported.find(transaction, Kind.KEY, row)
        known = keys.one(transaction, digest)
    if before is not None:
        world.outcome.count("pubkeys", Fate.SAME)  # also where its owner removed it here
    elif known is not None and known.identity != identity:
        world.outcome.leave(Problem.DUPLICATE, "pubkeys", row, "somebody else has this key already")
    else:
        world.outcome.count("pubkeys", Fate.NEW)
        if not world.is_dry:
            created = moment(record["created_at"], world.now) or world.now
            _add_key(world, row, known, StoredKey(digest, identity, key.line, _OLD_PROOF, created))


def _line_of(world: World, record: Record) -> str:
    """As OpenSSH writes it, with the comment that its owner gave."""
    comment = world.line("pubkeys", record["id"] or "", record["comment"], "comment")[:_LONGEST_COMMENT]
    return f"{record['format'] or ''} {record['pubkey'] or ''} {comment}".strip()


def _add_key(world: World, row: str, known: StoredKey | None, new: StoredKey) -> None:
    with world.writing() as transaction:
        if known is None:
            keys.add(transaction, new)
            audit.note(transaction, OPERATOR, "key.import", new.digest.hex(), world.now)
        imported.put(transaction, [Imported(Kind.KEY, row.lower(), new.digest, "{}")])


def members_of_groups(world: World) -> dict[str, list[str]]:
    """By the id of a group the OpenIDs of its members, each once."""
    groups = {(one["id"] or "").lower() for one in records(world.source, "group", "`id`") if not is_deleted(one)}
    found: dict[str, list[str]] = {}
    for record in records(world.source, "user_to_group", "`group_id`, `user_openid`"):
        group, openid = (record["group_id"] or "").lower(), record["user_openid"] or ""
        row, members = f"{openid} in {group}", found.setdefault(group, [])
        if is_deleted(record):
            world.outcome.leave(Problem.DELETED, "user_to_group", row, "the membership is marked as deleted")
        elif group not in groups or canonical_openid(openid) not in world.people:
            missing = f"the group {group}" if group not in groups else openid
            world.outcome.leave(Problem.ORPHAN, "user_to_group", row, f"{missing} is not there")
        elif canonical_openid(openid) in map(canonical_openid, members):
            world.outcome.leave(Problem.DUPLICATE, "user_to_group", row, "the member stands in the group twice")
        else:
            members.append(openid)
    return found


def office_members(world: World, members: list[str], *, appoint: bool) -> None:
    """Who decided for the programme there: told, and given that role here where the operator says so."""
    from certmark.domain.permissions import Role
    from certmark.server.services import offices

    for openid in members:
        identity = world.people.get(canonical_openid(openid))
        if identity is None:
            continue
        with world.reading() as transaction:
            name = people.name_of(transaction, identity) or name_of(REFSTACK, openid)
        if not appoint:
            world.outcome.tell(Problem.OFFICE, "user", openid, f"certmark-server office put {name!r} programme-office")
            continue
        has = {one.name: one.roles for one in offices.listed(world.services)}.get(name, frozenset())
        world.outcome.count("programme office", Fate.SAME if Role.OFFICE in has else Fate.NEW)
        if Role.OFFICE not in has and not world.is_dry:
            offices.appoint(world.services, name, has | {Role.OFFICE}, "")

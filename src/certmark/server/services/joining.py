"""One account takes the place of another: of somebody who came from RefStack, or who has another provider now.

1. Who signs a fresh challenge with a key that an account of RefStack's holds is who had that account. It ends, and its
   runs, memberships and keys are theirs; so is the key, proven.
2. For others the programme's office does so by hand, on the server's command line.
3. Roles in the programme are not moved: whoever gives them gives them again. What let the old account in ends.
4. What an account did stays done by it, under a name that says into which it went; what is imported for it again
   is the new one's.
"""

from __future__ import annotations

from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.asking import OPERATOR, Asker
from certmark.server.services import keys
from certmark.server.services.accounts import end_access
from certmark.server.services.changes import changing
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.keys import FRESH, Proof
from certmark.server.store import accounts, audit, history, identities, membership, people, vendors
from certmark.server.store import keys as stored_keys
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.database import Transaction

REFSTACK = "refstack"
"""The issuer of accounts that came from RefStack: no provider, so that nobody signs in with one."""
_TOGETHER = "something of both accounts is changed at the same time; look again"


def take_over(services: Services, asker: Asker, proof: Proof) -> StoredAccount:
    """Rule 1: the account that was. Raises InvalidKey, BadSignature, NotFound, NotPermitted or WrongState."""
    key = keys.proven(services, asker, proof)
    with changing(services, _TOGETHER) as transaction:
        found = stored_keys.one(transaction, keys.digest_of(key))
        old = None if found is None else accounts.account_of(transaction, found.identity)
        if found is None or old is None or old.issuer != REFSTACK:
            raise NotFound("no account that came from RefStack has this key; add it as a new one")
        _join(services, transaction, asker, old, asker.identity or b"")
        stored_keys.prove(transaction, found.digest, FRESH)
    return old


def join(services: Services, old: str, new: str) -> StoredAccount:
    """Rule 2, by the names of both: the account that was. Raises InvalidRequest, NotFound or WrongState."""
    with changing(services, _TOGETHER) as transaction:
        gone, there = (_named(transaction, name) for name in (old, new))
        if gone.identity == there.identity:
            raise InvalidRequest("that is one account already")
        _join(services, transaction, OPERATOR, gone, there.identity)
    return gone


def _named(transaction: Transaction, name: str) -> StoredAccount:
    identity = identities.named(transaction, name)
    found = None if identity is None else accounts.account_of(transaction, identity)
    if found is None:
        raise NotFound(f"there is no account {name[:200]!r} here; `account list` shows all")
    return found


def _join(services: Services, transaction: Transaction, asker: Asker, old: StoredAccount, new: bytes) -> None:
    now, before = services.clock(), old.identity
    for vendor in vendors.own(transaction, Asker(before, "", frozenset())):
        vendors.touch(transaction, vendor.id)
        _move_member(transaction, vendor.id, before, new, now)
        detail = {"from": ids.written(before), "person": ids.written(new)}
        history.note(transaction, asker, "member.join_accounts", vendor.id, now, detail=detail)
    end_access(transaction, before, now)
    people.move(transaction, before, new)
    accounts.join(transaction, old, new, now)
    people.rename(transaction, before, f"{ids.written(before)}, now {ids.written(new)}")
    audit.note(transaction, asker, "account.join", f"{ids.written(before)} to {ids.written(new)}", now)


def _move_member(transaction: Transaction, vendor: bytes, before: bytes, new: bytes, now: int) -> None:
    roles = {one.identity: one.roles for one in membership.of(transaction, vendor)}
    membership.remove(transaction, vendor, before)
    if new not in roles:
        membership.add(transaction, vendor, new, roles[before], now)
        return
    both = roles[before] | roles[new]
    membership.put(transaction, vendor, new, both - ({Role.DEPUTY} if Role.DESIGNATE in both else set()))

"""How RefStack's API calls people: those who came from a RefStack server by their OpenID, others by their account."""

from __future__ import annotations

from certmark.server.services.accounts import name_of
from certmark.server.store import accounts, identities
from certmark.server.store.database import Transaction

REFSTACK = "refstack"
"""The issuer of accounts that came from a RefStack server; nobody signs in there."""


def openid_of(issuer: str | None, subject: str | None, name: str) -> str:
    """What somebody is called; `name` is that of who has no account."""
    if issuer is None or subject is None:
        return name
    return subject if issuer == REFSTACK else name_of(issuer, subject)


def identity_called(transaction: Transaction, openid: str) -> bytes | None:
    """Who is called so; None: nobody."""
    issuer, hash_sign, subject = openid.partition("#")
    known = [(REFSTACK, openid), *([(issuer, subject)] if hash_sign else [])]
    for account in known:
        found = accounts.account(transaction, *account)
        if found is not None:
            return found.identity
    there = identities.named(transaction, openid)
    return there if there is not None and accounts.account_of(transaction, there) is None else None

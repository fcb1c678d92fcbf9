"""Who made a vendor or a product, and when it was last changed, out of its history."""

from __future__ import annotations

from typing import NamedTuple

from certmark.server.services.context import Services
from certmark.server.services.openids import openid_of
from certmark.server.store import accounts, history, people
from certmark.server.store.database import Transaction


class Provenance(NamedTuple):
    """Where something comes from."""

    author: str | None
    """As RefStack's API calls them; None: nobody who is known here any more."""
    changed: int | None


def provenance_of(services: Services, subject: bytes) -> Provenance:
    """Of a vendor or a product; whether who asks may know that is not looked at."""
    with services.database.read() as transaction:
        last = history.of(transaction, subject, before=None, most=1)
        author = history.author(transaction, subject)
        called = None if author is None else openid_of_identity(transaction, author)
        return Provenance(called, last[0].moment if last else None)


def openid_of_identity(transaction: Transaction, identity: bytes) -> str | None:
    """As RefStack's API calls somebody; None: they are not here."""
    name = people.name_of(transaction, identity)
    if name is None:
        return None
    account = accounts.account_of(transaction, identity)
    return openid_of(account and account.issuer, account and account.subject, name)

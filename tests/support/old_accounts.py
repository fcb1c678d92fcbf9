"""An account that came from RefStack, with a key by which it can be taken over."""

from __future__ import annotations

from certmark.server.asking import OPERATOR
from certmark.server.services import accounts
from certmark.server.services.context import Services
from certmark.server.services.keys import OLD, digest_of
from certmark.server.services.openids import REFSTACK
from certmark.server.store import keys
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.keys import StoredKey
from certmark.trust.keys.keys import public_from_line


def old_account(services: Services, line: str) -> None:
    """One that has the key of this line."""
    key = public_from_line(line)
    subject = f"https://openid.example/{digest_of(key).hex()}"
    with services.database.write() as transaction:
        person = StoredAccount(b"", REFSTACK, subject, subject, None, 0, 0)
        known = accounts.known(services, transaction, person, OPERATOR)
        keys.add(transaction, StoredKey(digest_of(key), known.identity, key.line, OLD, 1))

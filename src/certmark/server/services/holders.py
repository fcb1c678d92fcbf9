"""Whose tokens, keys and publishers are: a person's, or a vendor's.

1. A vendor has its own, by its own id: what is sent with them is its, whoever made them.
2. Who looks after a vendor makes and ends them. They end with the vendor, and not with who made them.
"""

from __future__ import annotations

from typing import NamedTuple

from certmark.domain.permissions import Right
from certmark.server.asking import Asker
from certmark.server.services.context import Services
from certmark.server.services.vendors import living
from certmark.server.store import audit, history, identities
from certmark.server.store.database import Transaction


class Holder(NamedTuple):
    """Whose they are."""

    identity: bytes
    name: str
    vendor: bytes | None
    """Of who asks: None."""


def holder(transaction: Transaction, asker: Asker, vendor: bytes | None) -> Holder:
    """Who asks, or a vendor that they look after. Raises NotFound, NotPermitted or WrongState."""
    if vendor is None:
        return Holder(asker.identity or b"", asker.name, None)
    living(transaction, asker, vendor, Right.MANAGE_VENDOR_ACCESS)
    return Holder(vendor, identities.name_of_vendor(vendor), vendor)


def new_holder(services: Services, transaction: Transaction, asker: Asker, vendor: bytes | None) -> Holder:
    """As `holder`, to give them something; a vendor is somebody from then on."""
    found = holder(transaction, asker, vendor)
    if vendor is not None:
        identities.vendor(transaction, vendor, services.clock())
    return found


def note(transaction: Transaction, asker: Asker, whose: Holder, change: tuple[str, str], now: int) -> None:
    """That something was made or ended, and its id; the history of a vendor has it as well."""
    action, identity = change
    audit.note(transaction, asker, action, identity, now)
    if whose.vendor is not None:
        history.note(transaction, asker, f"vendor.{action}", whose.vendor, now, detail={"id": identity})

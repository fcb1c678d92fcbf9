"""Conflicts of interest: nobody judges, in the name of the programme, what is their own, their owner's or employer's.

Whose product it is, is known by memberships and by the organisation for which somebody acts; what else binds people
they must say themselves.
"""

from __future__ import annotations

from certmark.server.store import vendors
from certmark.server.store.certification import names
from certmark.server.store.database import Transaction
from certmark.server.store.vendors import folded


def conflict_of(transaction: Transaction, identity: bytes, vendor: bytes) -> str | None:
    """Why somebody may not judge what a vendor offers; None: nothing is known."""
    name, parent = names.vendor(transaction, vendor)
    mine = names.vendors_of(transaction, identity)
    if any(vendor in {one, into} or (parent is not None and parent in {one, into}) for one, _, into in mine):
        return f"they are a member of {name}, or of a vendor that belongs to it"
    organisation, _ = names.office_of(transaction, identity)
    known = {folded(name), *(folded(one) for one in vendors.former(transaction, vendor))}
    if parent is not None:
        known.add(folded(names.vendor(transaction, parent)[0]))
    if organisation and folded(organisation) in known:
        return f"they act for {organisation}, whose product it is"
    return None

"""Who changed what, when: only ever added to, in the transaction of the change."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select

from certmark.server.asking import Asker
from certmark.server.store.database import Transaction
from certmark.server.store.schema import audit, identities
from certmark.server.store.statements import Row, SqlStatement


class AuditEntry(NamedTuple):
    """A change."""

    number: int
    moment: int
    """In microseconds since 1970."""
    identity: bytes | None
    """None: the operator, or the server itself."""
    name: str | None
    """Of the identity."""
    action: str
    subject: str
    request: str
    """The id of the request; of the operator's and the server's own changes: where they came from."""


_GIVEN = ("moment", "identity", "action", "subject", "request")
_ADD = SqlStatement("audit.add", insert(audit).values({name: bindparam(name) for name in _GIVEN}))
_ENTRIES = (
    select(
        audit.c.number,
        audit.c.moment,
        audit.c.identity,
        identities.c.name,
        audit.c.action,
        audit.c.subject,
        audit.c.request,
    )
    .select_from(audit.outerjoin(identities, identities.c.id == audit.c.identity))
    .where(audit.c.number < bindparam("before"))
    .order_by(audit.c.number.desc())
    .limit(bindparam("most"))
)
_NEWEST = SqlStatement("audit.newest", _ENTRIES)
_OF = SqlStatement("audit.of", _ENTRIES.where(audit.c.subject == bindparam("named")))
NEWEST = 1 << 62


def note(transaction: Transaction, asker: Asker, action: str, subject: str, moment: int) -> None:
    """That somebody did something."""
    transaction.run(_ADD, moment=moment, identity=asker.identity, action=action, subject=subject, request=asker.request)


def entries(transaction: Transaction, most: int, before: int = NEWEST, subject: str | None = None) -> list[AuditEntry]:
    """The newest, or those before a number; of one subject or of all."""
    if subject is None:
        rows = transaction.run(_NEWEST, before=before, most=most)
    else:
        rows = transaction.run(_OF, before=before, most=most, named=subject)
    return [_entry(row) for row in rows]


def _entry(row: Row) -> AuditEntry:
    found = AuditEntry(*row)
    return found._replace(identity=None if found.identity is None else bytes(found.identity))

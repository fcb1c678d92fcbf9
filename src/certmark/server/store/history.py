"""What was done to vendors, products and runs: only ever added to, in the transaction of the change.

The audit has each of these, too: it is the operator's, this is for those who own the thing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select

from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.store import audit
from certmark.server.store.database import Transaction
from certmark.server.store.schema import history, identities
from certmark.server.store.statements import SqlStatement


class Deed(NamedTuple):
    """Something that was done."""

    number: int
    moment: int
    who: str | None
    """The name of who did it; None: nobody who is known here."""
    action: str
    reason: str
    detail: Mapping[str, object]


_GIVEN = ("moment", "identity", "action", "subject", "reason", "detail")
_ADD = SqlStatement("history.add", insert(history).values({name: bindparam(name) for name in _GIVEN}))
_OF = SqlStatement(
    "history.of",
    select(history.c.number, history.c.moment, identities.c.name, history.c.action, history.c.reason, history.c.detail)
    .select_from(history.outerjoin(identities, identities.c.id == history.c.identity))
    .where(history.c.subject == bindparam("of"), history.c.number < bindparam("before"))
    .order_by(history.c.subject.desc(), history.c.number.desc())
    .limit(bindparam("most")),
)
_FIRST = SqlStatement(
    "history.first",
    select(history.c.identity)
    .where(history.c.subject == bindparam("of"))
    .order_by(history.c.subject, history.c.number)
    .limit(1),
)
_NEWEST = 1 << 62


def note(
    transaction: Transaction,
    asker: Asker,
    action: str,
    subject: bytes,
    moment: int,
    *,
    reason: str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """That somebody did something to the vendor, product, version or run `subject`, for the audit as well."""
    transaction.run(
        _ADD,
        moment=moment,
        identity=asker.identity,
        action=action,
        subject=subject,
        reason=reason,
        detail=json.dumps(detail or {}, sort_keys=True),
    )
    audit.note(transaction, asker, action, ids.written(subject), moment)


def author(transaction: Transaction, subject: bytes) -> bytes | None:
    """Who did the first thing to something, which made it; None: nobody who is known here."""
    row = transaction.one(_FIRST, of=subject)
    return None if row is None or row[0] is None else bytes(row[0])


def of(transaction: Transaction, subject: bytes, *, before: int | None, most: int) -> list[Deed]:
    """The newest of what was done to something, before the one with this number."""
    rows = transaction.run(_OF, of=subject, before=_NEWEST if before is None else before, most=most)
    return [Deed(row[0], row[1], row[2], row[3], row[4], json.loads(row[5])) for row in rows]

"""What happened to applications, certificates and cases: only ever added to; and numbers that are given once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import certification_events, identities, series
from certmark.server.store.statements import Row, SqlStatement

MOST = 1000
"""Events of one thing that are read at most; nothing has more in a life."""


class CertificationEvent(NamedTuple):
    """Something that happened."""

    number: int
    subject: bytes
    """The application, certificate or case."""
    moment: int
    identity: bytes | None
    """None: the clock, or the operator."""
    who: str | None
    """What they are called."""
    role: str
    """In which they acted."""
    event: str
    to_state: str | None
    """None: it stayed as it was."""
    rulebook: str
    """By which numbers: programme and version."""
    detail: Mapping[str, object]
    is_public: bool


_GIVEN = ("subject", "moment", "identity", "role", "event", "to_state", "rulebook", "detail", "is_public")
_ADD = SqlStatement(
    "certification_events.add", plain_insert(certification_events).values({name: bindparam(name) for name in _GIVEN})
)
_OF = SqlStatement(
    "certification_events.of",
    select(
        certification_events.c.number,
        certification_events.c.subject,
        certification_events.c.moment,
        certification_events.c.identity,
        identities.c.name,
        *(certification_events.c[name] for name in _GIVEN[3:]),
    )
    .select_from(certification_events.outerjoin(identities, identities.c.id == certification_events.c.identity))
    .where(certification_events.c.subject == bindparam("of"))
    .order_by(certification_events.c.subject, certification_events.c.number)
    .limit(MOST),
)
_NEXT = SqlStatement(
    "series.next",
    insert(series)
    .values(name=bindparam("name"), last=bindparam("first"))
    .on_conflict_do_update(index_elements=["name"], set_={"last": series.c.last + 1})
    .returning(series.c.last),
)


def add(transaction: Transaction, new: CertificationEvent) -> None:
    """It happened; its number is given by the database."""
    detail = json.dumps(new.detail, sort_keys=True, ensure_ascii=False)
    values = {name: getattr(new, name) for name in _GIVEN} | {"detail": detail, "is_public": int(new.is_public)}
    transaction.run(_ADD, **values)


def of(transaction: Transaction, subject: bytes) -> list[CertificationEvent]:
    """What happened to something, the oldest first."""
    return [_event(row) for row in transaction.run(_OF, of=subject)]


def next_number(transaction: Transaction, name: str) -> int:
    """The next number of a series, which nobody else gets; whoever asks at the same time waits."""
    row = transaction.one(_NEXT, name=name, first=1)
    assert row is not None  # noqa: S101 - it is there or made
    return int(row[0])


def _event(row: Row) -> CertificationEvent:
    found = CertificationEvent(*row)
    return found._replace(
        subject=bytes(found.subject),
        identity=None if found.identity is None else bytes(found.identity),
        detail=json.loads(row[9]),
        is_public=bool(found.is_public),
    )

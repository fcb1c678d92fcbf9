"""Of what people are reminded: certificates that end, things that are due, challenges that nobody acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Table, and_, bindparam, exists, or_, select, text

from certmark.server.store.database import Transaction
from certmark.server.store.schema import applications, cases, certificates, certification_events
from certmark.server.store.statements import Row, SqlStatement

_AT_ONCE = 500


class RemindedOf(NamedTuple):
    """Something of which people are reminded."""

    id: bytes
    number: str
    vendor: bytes | None
    programme: str
    about: str
    """The program that it is for, or the kind of the case."""
    rulebook: str
    owner: str
    """Whose turn it is."""
    state: str
    due: int
    """By when, or when the certificate ends."""


def _constant(word: str) -> Any:
    """As an index of some rows has it: no parameter."""
    return text(f"'{word}'")


def _columns(table: Table, about: str, rulebook: Any, owner: Any, due: str) -> list[Any]:
    first = [table.c[name] for name in ("id", "number", "vendor", "programme", about)]
    return [*first, rulebook, owner, table.c.state, table.c[due]]


def _paged(name: str, table: Table, columns: list[Any], column: str, *conditions: Any) -> SqlStatement:
    moment = table.c[column]
    later = or_(moment > bindparam("since"), and_(moment == bindparam("since"), table.c.id > bindparam("last")))
    found = select(*columns).where(*conditions, moment >= bindparam("since"), moment < bindparam("until"), later)
    return SqlStatement(name, found.order_by(moment, table.c.id).limit(_AT_ONCE))


_NONE = _constant("")
_ENDING = _paged(
    "reminders.ending",
    certificates,
    _columns(certificates, "program", certificates.c.rulebook, _NONE, "valid_until"),
    "valid_until",
    certificates.c.state == _constant("active"),
)
_APPLICATIONS = _paged(
    "reminders.applications",
    applications,
    _columns(applications, "program", applications.c.rulebook, applications.c.owner, "due"),
    "due",
    applications.c.due.is_not(None),
)
_CASES = _paged(
    "reminders.cases",
    cases,
    _columns(cases, "kind", _NONE, cases.c.owner, "due"),
    "due",
    cases.c.due.is_not(None),
    cases.c.kind != _NONE,
)
_ACKNOWLEDGED = exists(
    select(certification_events.c.number).where(
        certification_events.c.subject == cases.c.id, certification_events.c.event == _constant("acknowledge")
    )
)
_SILENT = SqlStatement(
    "reminders.unacknowledged",
    select(*_columns(cases, "kind", _NONE, cases.c.owner, "due")).where(
        cases.c.kind == _constant("challenge"),
        cases.c.state == _constant("noticed"),
        cases.c.due.is_not(None),
        cases.c.since < bindparam("noticed_before"),
        ~_ACKNOWLEDGED,
    ),
)


def ending(transaction: Transaction, since: int, until: int) -> Iterator[RemindedOf]:
    """Certificates in force that end at a moment between these, the next first."""
    return _all(transaction, _ENDING, since, until)


def due_applications(transaction: Transaction, until: int) -> Iterator[RemindedOf]:
    """Applications of which something is due before a moment, the oldest first."""
    return _all(transaction, _APPLICATIONS, 0, until)


def due_cases(transaction: Transaction, until: int) -> Iterator[RemindedOf]:
    """Cases, likewise."""
    return _all(transaction, _CASES, 0, until)


def unacknowledged(transaction: Transaction, noticed_before: int) -> list[RemindedOf]:
    """Challenges of which the holder was told before a moment and that they did not acknowledge."""
    return [_reminded(row) for row in transaction.run(_SILENT, noticed_before=noticed_before)]


def _all(transaction: Transaction, statement: SqlStatement, since: int, until: int) -> Iterator[RemindedOf]:
    last = b""
    while True:
        rows = transaction.run(statement, since=since, last=last, until=until)
        yield from map(_reminded, rows)
        if len(rows) < _AT_ONCE:
            return
        since, last = int(rows[-1][-1]), bytes(rows[-1][0])


def _reminded(row: Row) -> RemindedOf:
    vendor = None if row[2] is None else bytes(row[2])
    return RemindedOf(bytes(row[0]), row[1] or "", vendor, *row[3:])

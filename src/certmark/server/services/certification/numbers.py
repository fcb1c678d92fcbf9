"""Numbers by which people know applications, certificates and cases: of each programme and year, given once."""

from __future__ import annotations

from certmark.server.services.certification.rules import prefix
from certmark.server.services.certification.taking import Taking
from certmark.server.services.moments import moment_of
from certmark.server.store.certification import events
from certmark.server.store.database import Transaction


def certificate_number(taking: Taking) -> str:
    """Like `OSP-2026-0042`."""
    return _next(taking.transaction, prefix(taking.row.programme), taking.now)


def number_of(taking: Taking, kind: str) -> str:
    """Of an application, like `A-OSP-2026-0042`."""
    return case_number(taking.transaction, kind, taking.row.programme, taking.now)


def case_number(transaction: Transaction, kind: str, programme: str, now: int) -> str:
    """Of something else than a certificate, by the letter of its kind."""
    return _next(transaction, f"{kind}-{prefix(programme)}", now)


def _next(transaction: Transaction, name: str, now: int) -> str:
    series = f"{name}-{moment_of(now).year}"
    return f"{series}-{events.next_number(transaction, series):04}"

"""What the clock does: everything of which the day has come, each in a transaction of its own.

1. It does only what the machines let it do, and what is due; done twice it does nothing the second time.
2. What a guard refuses stays as it is, and overdue: somebody must act.
3. A certificate ends with its last day; where the time for a cure is over before, the office is told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from certmark.domain.certification.machines import MACHINES
from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.server.services.certification import steps
from certmark.server.services.certification.finding import findings_of
from certmark.server.services.certification.steps import CLOCK
from certmark.server.services.certification.taking import AnyRow, Place, kind_of
from certmark.server.services.context import Services
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.certification.dossiers import FIRST

_LOG = logging.getLogger("certmark.server.certification")
EVERY = 900.0
"""Seconds between two looks."""
_AT_ONCE = 100


def run_clock(services: Services) -> int:
    """Do all that is due; how many steps were taken. Rules 1 and 2."""
    return sum(_done(services, place, row) for place in Place for row in _due(services, place))


def _due(services: Services, place: Place) -> Iterator[AnyRow]:
    behind, now = FIRST, services.clock()
    while True:
        with services.database.read() as transaction:
            found = place.table.due(transaction, now, behind, _AT_ONCE)
        yield from found
        if len(found) < _AT_ONCE:
            return
        behind = (found[-1].due or 0, found[-1].id)


def _done(services: Services, place: Place, row: AnyRow) -> bool:
    event = _event(services, row)
    if event is None:
        return False
    try:
        step = MACHINES[kind_of(row)].step(row.state, event)
        findings = findings_of(services, CLOCK, row, step, {})
        with services.database.write() as transaction:
            steps.take_by_itself(services, transaction, place, row.id, event, row.revision, findings)
    except (InvalidRequest, InvalidInput) as refusal:
        _LOG.info("the clock leaves %s as it is: %s", row.number, refusal)
        return False
    return True


def _event(services: Services, row: AnyRow) -> str | None:
    """What the clock does to it now; None: nothing."""
    if isinstance(row, CertificateRow):
        return "expire" if services.clock() >= row.valid_until else "cure-over"
    found = MACHINES[kind_of(row)].of_clock(row.state)
    return None if found is None else found.event

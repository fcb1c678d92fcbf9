"""What certification adds to My work: whose turn it is where that is theirs, and certificates that end soon."""

from __future__ import annotations

from collections.abc import Iterator

from certmark.domain.certification.steps import Turn
from certmark.domain.permissions import Right
from certmark.server.services import members, vendors
from certmark.server.services.certification import applications, cases, certificates
from certmark.server.services.context import Services
from certmark.server.store.certification.applications import ApplicationRow
from certmark.server.store.certification.cases import CaseRow
from certmark.server.web.certification.lines import DossierLine, application_line, case_line
from certmark.server.web.requests import PageRequest

Noted = tuple[str, str]
"""A sentence, and the page that it is about."""
_MOST = 50
_DUE = {"due", "grace", "suspended"}


def waiting(services: Services, asked: PageRequest) -> Iterator[Noted]:
    """Applications and cases of which it is their turn, those that are due first."""
    asker, now = asked.asker, services.clock()
    roles = members.own_roles(services, asker)
    mine = {one.id for one in applications.assigned(services, asker, most=_MOST)}
    decides = asker.has(Right.DECIDE_ON_APPLICATION, roles.in_programme)

    def is_theirs(row: ApplicationRow | CaseRow) -> bool:
        if row.owner == Turn.VENDOR.value:
            return row.vendor in roles.in_vendors
        return row.id in mine if row.owner == Turn.REVIEWERS.value else decides and row.owner == Turn.OFFICE.value

    for one in applications.queue(services, asker, most=_MOST):
        if is_theirs(one.row):
            yield _said(application_line(one.row, now))
    for case in cases.queue(services, asker, most=_MOST):
        if is_theirs(case):
            yield _said(case_line(case, now))


def _said(line: DossierLine) -> Noted:
    late = f"overdue since {line.turn.due}" if line.turn.is_overdue else f"until {line.turn.due}"
    return f"{line.number}, {line.about}: {line.state}, {late}", line.path


def ending(services: Services, asked: PageRequest) -> Iterator[Noted]:
    """Certificates of their vendors that end soon, or are suspended."""
    for vendor in vendors.own(services, asked.asker):
        for one in certificates.listed(services, asked.asker, vendor=vendor.id)[0]:
            if one.standing.word in _DUE:
                path = f"/certification/certificates/{one.row.number}"
                yield f"Certificate {one.row.number}: {one.standing.sentence}", path

"""What applications, certificates and cases have in common when somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.steps import DossierStep
from certmark.domain.permissions import OF_PROGRAMME, OF_VENDOR, Role
from certmark.server.asking import Asker
from certmark.server.services.certification.conflicts import conflict_of
from certmark.server.services.certification.steps import ACTS_FOR_PROGRAMME, roles_towards, seen
from certmark.server.services.certification.taking import AnyRow, Place, kind_of
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store.certification import events
from certmark.server.store.certification.cases import CaseRow
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.store.database import Transaction

AMONG_ITSELF = frozenset(
    {
        *("assign", "unassign", "tick", "comment", "recommend", "propose", "object"),
        *("approve", "seat", "vote", "propose-revocation"),
    }
)
"""What the programme says among itself: a vendor does not read it."""


def possible(transaction: Transaction, asker: Asker, row: AnyRow) -> tuple[DossierStep, ...]:
    """What who asks may do now, as far as rights, state and conflicts of interest say; guards are asked later."""
    roles = roles_towards(transaction, asker, row)
    found = MACHINES[kind_of(row)].possible(row.state, asker.rules, roles)
    is_ours = any(step.right in ACTS_FOR_PROGRAMME for step in found)
    is_known = is_ours and row.vendor is not None and asker.identity is not None
    if is_known and conflict_of(transaction, asker.identity or b"", row.vendor or b"") is not None:
        found = [step for step in found if step.right not in ACTS_FOR_PROGRAMME]
    mine = asker.identity is not None and isinstance(row, CaseRow) and row.opened_by == asker.identity
    return tuple(step for step in found if "own" not in step.guards or mine)


def sees_review(roles: Iterable[Role]) -> bool:
    """Whether who asks sees what the programme says among itself."""
    known = frozenset(roles)
    return bool(known & OF_PROGRAMME) and not known & OF_VENDOR


def visible(transaction: Transaction, asker: Asker, row: AnyRow) -> list[CertificationEvent]:
    """What happened to it, as far as who asks may know; names of people only within the vendor and the programme."""
    roles = roles_towards(transaction, asker, row)
    found = events.of(transaction, row.id)
    if sees_review(roles):
        return found
    if roles & OF_VENDOR or (
        isinstance(row, CaseRow) and row.opened_by is not None and row.opened_by == asker.identity
    ):
        return [_of_vendor(one) for one in found if one.event not in AMONG_ITSELF]
    return [_nameless(one) for one in found if one.is_public]


def _of_vendor(event: CertificationEvent) -> CertificationEvent:
    """The vendor knows its own people, and those of the programme by their role only."""
    is_theirs = event.role in {role.value for role in OF_VENDOR}
    return event if is_theirs else _nameless(event)


def _nameless(event: CertificationEvent) -> CertificationEvent:
    return event._replace(identity=None, who=None)


def past(services: Services, asker: Asker, place: Place, identity: bytes) -> list[CertificationEvent]:
    """Likewise, of the one with this id. Raises NotFound."""
    with services.database.read() as transaction:
        return visible(transaction, asker, seen(transaction, asker, place, identity))


def numbered(transaction: Transaction, asker: Asker, place: Place, number: str) -> Any:
    """What people know by a number. Raises NotFound."""
    found = place.table.numbered(transaction, asker, number)
    if found is None:
        raise NotFound(f"there is nothing {number[:60]!r} among {place.value} that you may see")
    return found

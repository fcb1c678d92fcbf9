"""A step that is about to be taken: what guards and effects look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from certmark.domain.certification.checks import ApplicationCheck
from certmark.domain.certification.rulebooks import Rulebook
from certmark.domain.certification.steps import DossierKind, DossierStep
from certmark.domain.permissions import Role
from certmark.server.asking import Asker
from certmark.server.services.certification.judging import RunFinding
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, WrongState
from certmark.server.store import identities
from certmark.server.store.certification import applications, cases, certificates, events
from certmark.server.store.certification.applications import ApplicationRow
from certmark.server.store.certification.cases import CaseRow
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.certification.dossiers import DossierTable
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.store.database import Transaction

AnyRow = ApplicationRow | CertificateRow | CaseRow


class Place(Enum):
    """Where what has a state is kept; the word stands in addresses."""

    APPLICATIONS = "applications"
    CERTIFICATES = "certificates"
    CASES = "cases"

    @property
    def table(self) -> DossierTable[Any]:
        """Its rows."""
        return _TABLES[self]


_TABLES: Mapping[Place, DossierTable[Any]] = {
    Place.APPLICATIONS: applications.TABLE,
    Place.CERTIFICATES: certificates.TABLE,
    Place.CASES: cases.TABLE,
}


def kind_of(row: AnyRow) -> DossierKind:
    """Which machine moves it."""
    if isinstance(row, ApplicationRow):
        return DossierKind.APPLICATION
    return DossierKind.CERTIFICATE if isinstance(row, CertificateRow) else DossierKind(row.kind)


def place_of(row: AnyRow) -> Place:
    """Where it is kept."""
    if isinstance(row, ApplicationRow):
        return Place.APPLICATIONS
    return Place.CERTIFICATES if isinstance(row, CertificateRow) else Place.CASES


@dataclass(frozen=True)
class Findings:
    """What was found before the transaction began."""

    revision: int = 0
    """Of the row for which it was found."""
    runs: tuple[RunFinding, ...] = ()
    checks: tuple[ApplicationCheck, ...] = ()
    track: str = ""
    """That follows from the checks; empty: nobody asked."""


@dataclass(frozen=True, kw_only=True)
class Taking:
    """One step of one thing, by somebody, now."""

    services: Services
    transaction: Transaction
    asker: Asker
    """Of the clock: without identity."""
    roles: frozenset[Role]
    """Of who asks: in the programme, in the vendor, towards what they opened."""
    row: Any
    """Locked, as it is before the step."""
    step: DossierStep
    values: Mapping[str, Any]
    rulebook: Rulebook
    now: int
    findings: Findings = field(default_factory=Findings)
    is_clock: bool = False
    detail: dict[str, Any] = field(default_factory=dict)
    """What the event says beside its values; effects add to it."""

    @property
    def kind(self) -> DossierKind:
        """Which machine."""
        return kind_of(self.row)

    @cached_property
    def events(self) -> list[CertificationEvent]:
        """What happened to it before, the oldest first."""
        return events.of(self.transaction, self.row.id)

    def since(self, *names: str) -> list[CertificationEvent]:
        """What happened after the last of these events; everything where there was none."""
        last = max((place for place, one in enumerate(self.events) if one.event in names), default=-1)
        return self.events[last + 1 :]

    @cached_property
    def person(self) -> bytes:
        """Whom the value `reviewer` names. Raises NotFound."""
        name = str(self.values["reviewer"])
        found = identities.named(self.transaction, name)
        if found is None:
            raise NotFound(f"nobody is called {name[:200]!r} here")
        return found

    @property
    def identity(self) -> bytes:
        """Of who asks. Raises WrongState where that is the clock."""
        if self.asker.identity is None:
            raise WrongState("only a person does that")
        return self.asker.identity

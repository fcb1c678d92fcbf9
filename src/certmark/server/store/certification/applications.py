"""Applications in the database: who sees them, on which runs they rest, who reviews them, what is revealed for them.

1. A vendor's members see its applications, the office all of them, a reviewer those that are assigned to them.
2. Nobody else does; what a granted one makes public stands in its certificate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import and_, bindparam, delete, exists, insert, or_, select, text

from certmark.domain.permissions import Right, Role
from certmark.server.asking import Asker
from certmark.server.store.access import in_programme, in_vendor
from certmark.server.store.certification.dossiers import Content, DossierTable, Filter
from certmark.server.store.database import Transaction
from certmark.server.store.schema import (
    application_runs,
    applications,
    disclosures,
    identities,
    reviewers,
)
from certmark.server.store.statements import SqlStatement, Value


class ApplicationRow(NamedTuple):
    """An application as it is kept."""

    id: bytes
    number: str | None
    """As people know it; None: it was not submitted yet."""
    vendor: bytes
    product: bytes
    version: bytes
    programme: str
    program: str
    guideline: str
    """Its id."""
    revision_digest: bytes | None
    """Of the guideline's text, as it was frozen when it was submitted."""
    rulebook: str
    """Version of the programme's."""
    track: str
    state: str
    owner: str
    """Whose turn it is."""
    revision: int
    since: int
    """When it came into its state."""
    due: int | None
    promised: int | None
    """When the office promised to decide."""
    created: int
    submitted: int | None
    content: Content
    supersedes: bytes | None = None
    """The application in whose place it came."""
    predecessor: bytes | None = None
    """The certificate that it renews."""


class StoredReviewer(NamedTuple):
    """Somebody who is to review an application."""

    identity: bytes
    name: str
    organisation: str
    assigned: int


class StoredDisclosure(NamedTuple):
    """Masked values of a run, revealed for one application."""

    run: bytes
    moment: int
    content: bytes


_IS_ASSIGNED = exists(
    select(text("1")).where(
        reviewers.c.application == applications.c.id,
        reviewers.c.identity == bindparam("asker"),
    )
)
SEES_APPLICATION = or_(
    in_vendor(applications.c.vendor, "application_members"),
    in_programme("application_offices"),
    and_(_IS_ASSIGNED, in_programme("application_reviewers")),
)
"""Rules 1 and 2, of a row of `applications`."""


def application_values(asker: Asker) -> Mapping[str, Value]:
    """What SEES_APPLICATION takes."""
    bits = asker.rules.bits(Right.SEE_APPLICATION)
    return {
        "asker": asker.identity or b"",
        "application_members": bits,
        "application_offices": bits & ~Role.REVIEWER.bit,
        "application_reviewers": bits & Role.REVIEWER.bit,
    }


TABLE = DossierTable(
    applications,
    ApplicationRow,
    SEES_APPLICATION,
    application_values,
    (
        Filter("of_vendor", applications.c.vendor == bindparam("of")),
        Filter("of_version", applications.c.version == bindparam("of")),
        Filter("of_owner", applications.c.owner == bindparam("of")),
        Filter(
            "assigned",
            exists(
                select(text("1")).where(
                    reviewers.c.application == applications.c.id, reviewers.c.identity == bindparam("of")
                )
            ),
        ),
    ),
    ("submitted", "waiting", "returned"),
    "due is not null",
)
_ADD_RUN = SqlStatement("application_runs.add", insert(application_runs))
_REMOVE_RUNS = SqlStatement(
    "application_runs.remove", delete(application_runs).where(application_runs.c.application == bindparam("of"))
)
_CITED = SqlStatement(
    "application_runs.cited",
    select(application_runs.c.application).where(application_runs.c.run == bindparam("run")).limit(1),
)
_ASSIGN = SqlStatement("reviewers.add", insert(reviewers))
_UNASSIGN = SqlStatement(
    "reviewers.remove",
    delete(reviewers).where(reviewers.c.application == bindparam("of"), reviewers.c.identity == bindparam("who")),
)
_REVIEWERS = SqlStatement(
    "reviewers.of",
    select(reviewers.c.identity, identities.c.name, reviewers.c.organisation, reviewers.c.assigned)
    .select_from(reviewers.join(identities, identities.c.id == reviewers.c.identity))
    .where(reviewers.c.application == bindparam("of"))
    .order_by(reviewers.c.application, reviewers.c.identity),
)
_REVEAL = SqlStatement("disclosures.add", insert(disclosures))
_REVEALED = SqlStatement(
    "disclosures.of",
    select(disclosures.c.run, disclosures.c.moment, disclosures.c.content)
    .where(disclosures.c.application == bindparam("of"))
    .order_by(disclosures.c.application, disclosures.c.run),
)
_CONCEAL = SqlStatement("disclosures.remove", delete(disclosures).where(disclosures.c.application == bindparam("of")))
_CONCEAL_ONE = SqlStatement(
    "disclosures.remove_one",
    delete(disclosures).where(disclosures.c.application == bindparam("of"), disclosures.c.run == bindparam("of_run")),
)


def put_runs(transaction: Transaction, application: bytes, runs: Collection[bytes]) -> None:
    """It rests on just these. Raises Conflict where one is not there."""
    transaction.run(_REMOVE_RUNS, of=application)
    transaction.many(_ADD_RUN, [{"application": application, "run": run} for run in sorted(set(runs))])


def is_cited(transaction: Transaction, run: bytes) -> bool:
    """Whether an application rests on a run."""
    return transaction.one(_CITED, run=run) is not None


def assign(transaction: Transaction, application: bytes, new: StoredReviewer) -> None:
    """Somebody is to review it. Raises Conflict where they are already."""
    transaction.run(
        _ASSIGN,
        application=application,
        identity=new.identity,
        organisation=new.organisation,
        assigned=new.assigned,
    )


def unassign(transaction: Transaction, application: bytes, identity: bytes) -> None:
    """They are not any more."""
    transaction.run(_UNASSIGN, of=application, who=identity)


def reviewers_of(transaction: Transaction, application: bytes) -> list[StoredReviewer]:
    """Who is to review it."""
    return [StoredReviewer(bytes(row[0]), *row[1:]) for row in transaction.run(_REVIEWERS, of=application)]


def reveal(transaction: Transaction, application: bytes, new: StoredDisclosure) -> None:
    """Masked values of a run are shown to who reviews the application, in the place of earlier ones."""
    transaction.run(_CONCEAL_ONE, of=application, of_run=new.run)
    transaction.run(_REVEAL, application=application, **new._asdict())


def revealed(transaction: Transaction, application: bytes) -> list[StoredDisclosure]:
    """What is shown so."""
    return [
        StoredDisclosure(bytes(row[0]), int(row[1]), bytes(row[2]))
        for row in transaction.run(_REVEALED, of=application)
    ]


def conceal(transaction: Transaction, application: bytes) -> None:
    """Nothing is shown any more, nor kept."""
    transaction.run(_CONCEAL, of=application)

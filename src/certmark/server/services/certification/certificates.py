"""Certificates: what stands in the register, how each stands today, and what their holders and the office do with them.

1. How one stands is computed whenever somebody asks (`domain.certification.standings`), never kept.
2. To suspend, reinstate, narrow, extend, rename, withdraw or revoke one is a step (`take`); to revoke takes two people.
3. A renewal is an application that names its predecessor; what was said before is said again, to be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from certmark.domain.certification.machines import APPLICATION
from certmark.domain.certification.standings import CertificateStanding, StandingFacts, standing
from certmark.domain.certification.steps import DossierStep
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services.certification import applications, dossiers, rules, steps
from certmark.server.services.certification.applications import NewApplication, ShownApplication
from certmark.server.services.certification.steps import seen
from certmark.server.services.certification.taking import Place
from certmark.server.services.changes import require
from certmark.server.services.context import Services
from certmark.server.store.certification import applications as stored_applications
from certmark.server.store.certification import certificates
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.certification.dossiers import LAST
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.store.database import Transaction

PLACE = Place.CERTIFICATES
_SAID_AGAIN = ("runs", "regions", "statement", "contacts", "release", "waivers")


class ShownCertificate(NamedTuple):
    """A certificate as somebody sees it."""

    row: CertificateRow
    standing: CertificateStanding
    """Now. Rule 1."""
    possible: tuple[DossierStep, ...]
    """What who asks may do now, as far as rights and state say."""


def show(services: Services, asker: Asker, certificate: bytes) -> ShownCertificate:
    """The certificate. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(services, transaction, asker, seen(transaction, asker, PLACE, certificate))


def by_number(services: Services, asker: Asker, number: str) -> ShownCertificate:
    """The certificate of this number. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(services, transaction, asker, dossiers.numbered(transaction, asker, PLACE, number))


def _shown(services: Services, transaction: Transaction, asker: Asker, row: CertificateRow) -> ShownCertificate:
    possible = dossiers.possible(transaction, asker, row)
    return ShownCertificate(row, standing_in(services, transaction, row, services.clock()), possible)


def standing_in(services: Services, transaction: Transaction, row: CertificateRow, moment: int) -> CertificateStanding:
    """How a certificate stands at a moment. Rule 1."""
    rulebook = rules.rulebook_of(services, row, moment)
    facts = facts_of(row, _renewal_submitted(transaction, row) if moment >= row.valid_until else None)
    return standing(facts, moment, rulebook.renewal_opens_days, rulebook.grace_days)


def facts_of(row: CertificateRow, renewal_submitted: int | None = None) -> StandingFacts:
    """What a standing is made of."""
    content = row.content
    return StandingFacts(
        state=row.state,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        changed=row.since,
        code=content.get("code") or "",
        invalid_from=content.get("invalid_from"),
        renewal_submitted=renewal_submitted,
        is_stale=bool(content.get("is_stale")),
        successor=content.get("successor") or "",
    )


def _renewal_submitted(transaction: Transaction, row: CertificateRow) -> int | None:
    """When a renewal was submitted that is complete and not decided; None: there is none."""
    for one in stored_applications.TABLE.every(transaction, "of_version", row.version):
        is_complete = one.submitted is not None and one.state not in {APPLICATION.first, "returned"}
        if one.predecessor == row.id and is_complete and not APPLICATION.is_final(one.state):
            return one.submitted
    return None


def listed(
    services: Services,
    asker: Asker,
    *,
    vendor: bytes | None = None,
    product: bytes | None = None,
    programme: str | None = None,
    behind: bytes = LAST,
    most: int = 50,
) -> tuple[list[ShownCertificate], bytes | None]:
    """A page of certificates, the newest first, and behind which id the next one begins; steps are left out."""
    filters: dict[str, bytes | str | None] = {"of_vendor": vendor, "of_product": product, "of_programme": programme}
    wanted = next(((name, value) for name, value in filters.items() if value is not None), None)
    with services.database.read() as transaction:
        found = certificates.TABLE.page(transaction, asker, wanted, behind=behind, most=most + 1)
        now = services.clock()
        shown = [ShownCertificate(row, _quick(services, row, now), ()) for row in found[:most]]
    return shown, found[most - 1].id if len(found) > most else None


def _quick(services: Services, row: CertificateRow, now: int) -> CertificateStanding:
    """Of a list: a renewal that is being reviewed is told on the certificate's own page."""
    rulebook = rules.rulebook_of(services, row, now)
    return standing(facts_of(row), now, rulebook.renewal_opens_days, rulebook.grace_days)


def take(
    services: Services,
    asker: Asker,
    certificate: bytes,
    event: str,
    values: Mapping[str, object],
    revision: int | None,
) -> ShownCertificate:
    """Rule 2: take a step (`steps.take`), and the certificate as it is then."""
    steps.take(services, asker, PLACE, certificate, event, values, revision)
    return show(services, asker, certificate)


def past(services: Services, asker: Asker, certificate: bytes) -> list[CertificationEvent]:
    """What happened to it, as far as who asks may know, the oldest first. Raises NotFound."""
    return dossiers.past(services, asker, PLACE, certificate)


def renew(services: Services, asker: Asker, certificate: bytes, guideline: str | None = None) -> ShownApplication:
    """Rule 3: a draft for the same version, under `guideline` or the same one; with the runs before, until others come.

    Raises NotFound, NotPermitted or InvalidRequest.
    """
    with services.database.read() as transaction:
        row: CertificateRow = seen(transaction, asker, PLACE, certificate)
        require(transaction, asker, Right.EDIT_APPLICATION, row.vendor)
        before = seen(transaction, asker, Place.APPLICATIONS, row.application)
    new = NewApplication(row.version, row.programme, row.program, guideline or row.guideline, predecessor=row.id)
    said = {name: before.content[name] for name in _SAID_AGAIN if name in before.content}
    return applications.draft(services, asker, new, {**said, "regions": list(row.content.get("regions", ()))})


def runs_of(row: CertificateRow) -> list[bytes]:
    """The runs on which a certificate rests."""
    return [ids.read(one["run"]) for one in row.content.get("runs", ())]

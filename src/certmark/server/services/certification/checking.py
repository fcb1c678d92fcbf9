"""What would be refused now, and why: everything that the machine checks of an application look at, gathered here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from certmark.domain.certification import checks
from certmark.domain.certification.application_facts import (
    ApplicationFacts,
    ApplicationGuideline,
    ApplicationPredecessor,
    ApplicationRun,
    ApplicationWaiver,
)
from certmark.domain.certification.checks import ApplicationCheck
from certmark.domain.certification.deadlines import day_of, end_of
from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.rulebooks import Rulebook
from certmark.domain.certification.steps import DossierKind
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import library
from certmark.server.services.certification import facts, rules
from certmark.server.services.certification.facts import JudgedFacts
from certmark.server.services.certification.judging import RunFinding
from certmark.server.services.context import Services
from certmark.server.services.moments import moment_of
from certmark.server.store import agreements, products, upkeep, vendors
from certmark.server.store.certification import applications, cases, certificates
from certmark.server.store.certification.applications import ApplicationRow
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.database import Transaction
from certmark.server.store.vendors import VendorState


class CheckedApplication(NamedTuple):
    """What became of the checks, and the track that follows."""

    checks: tuple[ApplicationCheck, ...]
    track: str


def check(
    services: Services, asker: Asker, row: ApplicationRow, runs: Iterable[RunFinding], *, may_submit: bool = True
) -> CheckedApplication:
    """Every check of an application by its rulebook, now."""
    now = services.clock()
    # What was submitted keeps its rulebook.
    rulebook = (
        rules.current(services, row.programme, now) if row.submitted is None else rules.rulebook_of(services, row, now)
    )
    guideline = guideline_of(services, row.guideline, rulebook)
    judged = facts.judged(services, row, runs, rulebook)
    with services.database.read() as transaction:
        known = _facts(transaction, asker, row, rulebook, judged, guideline, may_submit=may_submit)
    found = checks.check(known, rulebook, moment_of(now))
    return CheckedApplication(found, rulebook.lightest_track(checks.conditions_of(known, found)).track.value)


def end_of_validity(transaction: Transaction, row: ApplicationRow, rulebook: Rulebook, now: int) -> int:
    """When a certificate ends that is granted now: by the rulebook, a waiver, or evidence that was judged again."""
    again = None
    if row.predecessor is not None and _is_without_run(transaction, row):
        before = certificates.TABLE.anybodys(transaction, row.predecessor)
        again = None if before is None else _oldest(transaction, before)
    last = checks.valid_until(rulebook, day_of(moment_of(now)), waivers_of(transaction, row), again)
    return rules.microseconds(end_of(last))


def guideline_of(services: Services, identity: str, rulebook: Rulebook) -> ApplicationGuideline:
    """A guideline among those of its family, by what the rulebook accepts."""
    revisions = library.every_revision(services)
    around = library.library_with(services, revisions)
    for family in around.families:
        for place, one in enumerate(family.guidelines):
            if one.id == identity:
                accepted = rulebook.guideline_statuses
                later = [
                    other
                    for other in family.guidelines[place + 1 :]
                    if (other.status or "").strip().casefold() in accepted
                ]
                closing = later[rulebook.guidelines_accepted - 1 :]
                closed = min((around.revision(other).created for other in closing), default=None)
                return ApplicationGuideline(
                    id=identity,
                    status=(one.status or "").strip().casefold(),
                    releases=tuple(one.releases),
                    newer=len(later),
                    closed=None if closed is None else moment_of(closed),
                )
    return ApplicationGuideline(id=identity)


def _facts(
    transaction: Transaction,
    asker: Asker,
    row: ApplicationRow,
    rulebook: Rulebook,
    judged: JudgedFacts,
    guideline: ApplicationGuideline,
    *,
    may_submit: bool,
) -> ApplicationFacts:
    content, vendor = row.content, vendors.one(transaction, asker, row.vendor)
    found = products.version(transaction, asker, row.version)
    called = content.get("names", {})
    certified = certificates.TABLE.every(transaction, "of_vendor", row.vendor)
    of_program = [one for one in certified if one.programme == row.programme]
    others = facts.other_runs(transaction, judged, row.version)
    return ApplicationFacts(
        program=row.program,
        guideline=guideline,
        vendor=called.get("vendor", ""),
        product=called.get("product", ""),
        version=called.get("version", ""),
        is_vendor_approved=vendor is not None and vendor.state is VendorState.APPROVED,
        is_sender_designate=may_submit,
        submitted=None if row.submitted is None else moment_of(row.submitted),
        agreement=_accepted(transaction, row.vendor, rulebook),
        contacts=tuple(content.get("contacts", ())),
        deployments=() if found is None else found[0].clouds,
        regions=tuple(content.get("regions", ())),
        release=content.get("release") or None,
        runs=facts.own_runs(transaction, judged, row.version),
        others=others,
        hosts=judged.hosts,
        projects=judged.projects,
        waivers=tuple(waivers_of(transaction, row)),
        statement=content.get("statement", {}),
        answers=content.get("answers", {}),
        other_open=tuple(_other_open(transaction, row)),
        predecessor=_predecessor(transaction, row, others),
        is_without_run=_is_without_run(transaction, row),
        has_vendor_certificate=bool(of_program),
        has_product_certificate=any((one.product, one.program) == (row.product, row.program) for one in of_program),
    )


def _accepted(transaction: Transaction, vendor: bytes, rulebook: Rulebook) -> bool:
    versions = [one for one in agreements.every(transaction) if one.name == rulebook.agreement]
    if not versions:
        return False
    newest = max(versions, key=lambda one: one.created).digest
    return any(one.agreement.digest == newest for one in agreements.accepted(transaction, vendor))


def waivers_of(transaction: Transaction, row: ApplicationRow) -> Iterator[ApplicationWaiver]:
    """The waivers that the application names, as they stand."""
    named = set(row.content.get("waivers", ()))
    if not named:
        return
    for one in cases.TABLE.every(transaction, "of_product", row.product):
        if one.number in named and one.until is not None:
            day = day_of(moment_of(one.until - 1))
            yield ApplicationWaiver(test=one.test or "", until=day, is_in_force=one.state == "in force")


def _other_open(transaction: Transaction, row: ApplicationRow) -> Iterator[str]:
    machine = MACHINES[DossierKind.APPLICATION]
    for one in applications.TABLE.every(transaction, "of_version", row.version):
        is_same = (one.programme, one.program) == (row.programme, row.program)
        is_open = one.number is not None and not machine.is_final(one.state)
        if is_same and is_open and one.id not in {row.id, row.supersedes}:
            yield one.number or ""


def _is_without_run(transaction: Transaction, row: ApplicationRow) -> bool:
    """Whether it brings no run that the certificate before did not rest on."""
    before = None if row.predecessor is None else certificates.TABLE.anybodys(transaction, row.predecessor)
    runs = row.content.get("runs", ())
    return before is not None and bool(runs) and {one["run"] for one in before.content["runs"]}.issuperset(runs)


def _predecessor(
    transaction: Transaction, row: ApplicationRow, others: tuple[ApplicationRun, ...]
) -> ApplicationPredecessor | None:
    if row.predecessor is None:
        return None
    found: CertificateRow | None = certificates.TABLE.anybodys(transaction, row.predecessor)
    if found is None:
        return None
    return ApplicationPredecessor(
        number=found.number,
        valid_until=moment_of(found.valid_until),
        is_same_version=found.version == row.version,
        regions=tuple(found.content.get("regions", ())),
        challenges=tuple(open_challenges(transaction, found.id)),
        configurations=tuple(word for one in _runs_of(found) for word in facts.configurations(transaction, one)),
        evidence=_oldest(transaction, found),
        automatic_pass=max((one.finished for one in others if one.is_pass and not one.is_void), default=None),
    )


def _runs_of(certificate: CertificateRow) -> list[bytes]:
    return [ids.read(one["run"]) for one in certificate.content["runs"]]


def _oldest(transaction: Transaction, certificate: CertificateRow) -> dt.datetime | None:
    """When the oldest run was finished on which a certificate rests."""
    kept = [upkeep.run_of(transaction, one) for one in _runs_of(certificate)]
    return min((moment_of(one.run.ended or one.run.created) for one in kept if one is not None), default=None)


def open_challenges(transaction: Transaction, certificate: bytes) -> Iterator[str]:
    """The numbers of challenges against a certificate that are not decided."""
    for one in cases.TABLE.every(transaction, "of_certificate", certificate):
        is_final = MACHINES[DossierKind(one.kind)].is_final(one.state)
        if one.kind == DossierKind.CHALLENGE.value and not is_final:
            yield one.number

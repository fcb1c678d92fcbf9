"""What is found before a step's transaction begins: verdicts of the runs on which it rests, and the machine checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from certmark.domain.certification.steps import DossierStep
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.reading.messages import GrantedWaiver
from certmark.server.services.certification import checking, rules
from certmark.server.services.certification.guards import JUDGED
from certmark.server.services.certification.judging import RunFinding, judge_runs, revision_of
from certmark.server.services.certification.taking import AnyRow, Findings
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.moments import written
from certmark.server.store.certification import cases, certificates
from certmark.server.store.certification.applications import ApplicationRow
from certmark.server.store.certification.cases import CaseRow


def findings_of(
    services: Services, asker: Asker, row: AnyRow, step: DossierStep, values: Mapping[str, Any]
) -> Findings:
    """What the guards of a step look at; nothing where none of them looks at verdicts."""
    if not JUDGED.intersection(step.guards):
        return Findings()
    if isinstance(row, ApplicationRow):
        runs = runs_of(services, row)
        if "checks_pass" not in step.guards:
            return Findings(row.revision, tuple(runs))
        checked = checking.check(services, asker, row, runs)
        return Findings(row.revision, tuple(runs), checked.checks, checked.track)
    return Findings(row.revision, tuple(_of_case(services, row, values)) if isinstance(row, CaseRow) else ())


def runs_of(services: Services, row: ApplicationRow) -> list[RunFinding]:
    """The runs of an application, judged now by its guideline."""
    rulebook = rules.rulebook_of(services, row, services.clock())
    revision = revision_of(services, row.guideline, row.revision_digest)
    runs = [ids.read(word) for word in row.content.get("runs", ())]
    return judge_runs(services, runs, revision, row.program, rulebook.policy, waivers_of(services, row))


def waivers_of(services: Services, row: ApplicationRow) -> tuple[GrantedWaiver, ...]:
    """The waivers that an application names and that are in force: its verdict counts them, and says so."""
    named = set(row.content.get("waivers", ()))
    held = waivers_in_force(services, row.product) if named else []
    return tuple(
        GrantedWaiver(
            one.test or "",
            one.number,
            str(one.content.get("reason", "")),
            written(one.since)[:10],
            written((one.until or 0) - 1)[:10],
        )
        for one in held
        if one.number in named
    )


def waivers_in_force(services: Services, product: bytes) -> list[CaseRow]:
    """The waivers of a product that hold now."""
    now = services.clock()
    with services.database.peek() as transaction:
        found = cases.TABLE.every(transaction, "of_product", product)
    return [one for one in found if one.kind == "waiver" and one.state == "in force" and (one.until or 0) > now]


def _of_case(services: Services, row: CaseRow, values: Mapping[str, Any]) -> list[RunFinding]:
    """The run that a case or a step of it names, judged as the certificate was."""
    word = values.get("run") or row.content.get("run")
    if not word or row.certificate is None:
        return []
    with services.database.read() as transaction:
        certificate = certificates.TABLE.anybodys(transaction, row.certificate)
    if certificate is None:
        raise NotFound("there is no certificate of this case any more")
    rulebook = rules.rulebook_of(services, certificate, services.clock())
    digest = bytes.fromhex(certificate.content.get("guideline", ""))
    revision = revision_of(services, certificate.guideline, digest or None)
    return judge_runs(services, [ids.read(word)], revision, certificate.program, rulebook.policy)

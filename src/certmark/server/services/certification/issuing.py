"""A certificate that was granted becomes a signed document, by a job: its runs are read and judged once more.

1. What is signed follows from the row as it was granted and from the raw evidence of its runs; a verdict that is no
   pass is signed by nobody.
2. It is signed once. What becomes of it later stands in the status list.
3. Once it is signed it waits for the server's log, as attestations do.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import NamedTuple

from certmark.domain.certification.certificates import (
    CertificateTerms,
    CertifiedMark,
    CertifiedRun,
    CertifiedSubject,
    DecisionRecord,
    EvidenceReference,
    GuidelineReference,
    PublicCertificate,
    without_logs,
)
from certmark.domain.certification.rulebooks import Rulebook
from certmark.domain.errors import CannotProceed
from certmark.domain.guidelines import Guideline
from certmark.domain.policies import policy_from
from certmark.domain.programs import find_program
from certmark.domain.results import Evidence, Results
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import Standing, Verdict
from certmark.domain.waivers import Waiver
from certmark.evidence.rejudging import JudgementTerms, judge_again
from certmark.formats.errors import FormatError
from certmark.formats.results.report.reading import read_report
from certmark.reporting.views import Form
from certmark.server import ids
from certmark.server.reading.messages import Unreadable
from certmark.server.services import jobs, upkeep
from certmark.server.services.certification import granted
from certmark.server.services.certification.granted import GrantedDecision
from certmark.server.services.context import Services
from certmark.server.services.countersigning import signer_of
from certmark.server.services.errors import NotFound
from certmark.server.services.guidelines import revision_of
from certmark.server.services.jobs import JobKind
from certmark.server.services.moments import moment_of
from certmark.server.services.programmes import rulebook_cited
from certmark.server.services.read_guidelines import guideline_in
from certmark.server.store import attestations
from certmark.server.store import upkeep as stored_runs
from certmark.server.store.certification import proofs
from certmark.server.store.certification.certificates import TABLE, CertificateRow
from certmark.server.store.database import Transaction
from certmark.server.store.guidelines import Revision
from certmark.server.store.upkeep import KeptRun
from certmark.trust.certificates.envelopes import seal_certificate
from certmark.trust.envelopes import write_envelope
from certmark.version import __version__


class _Kept(NamedTuple):
    run: KeptRun
    attestation: bytes | None
    """SHA-256 of its envelope."""


class _Around(NamedTuple):
    kept: list[_Kept]
    waivers: tuple[Waiver, ...]
    decision: GrantedDecision
    is_rejudged: bool
    predecessor: str | None


def issue(services: Services, certificate: bytes) -> bool:
    """Sign it; False: it is signed already. Raises NotFound, CannotProceed, or what its content is refused with."""
    settings = services.settings
    if settings.certificate_key is None:
        raise CannotProceed("certificates are not signed here: certificate_key and certificate_issuer are not set")
    with services.database.read() as transaction:
        row = TABLE.anybodys(transaction, certificate)
        if row is None:
            raise NotFound(f"there is no certificate {ids.written(certificate)}")
        if row.envelope is not None:
            return False
        around = _Around(
            [_kept(transaction, run) for run in granted.runs_of(row)],
            tuple(granted.waivers_of(transaction, row)),
            granted.decision_of(transaction, row),
            granted.is_rejudged(transaction, row),
            None if row.predecessor is None else proofs.number_of(transaction, row.predecessor),
        )
    document = _document(services, row, around)
    envelope = write_envelope(seal_certificate(document, signer_of(settings.certificate_key)))
    digest = hashlib.sha256(envelope).digest()
    with services.database.write() as transaction:
        is_first = proofs.sign(transaction, certificate, digest, envelope, services.clock())
        if is_first and settings.log_origin is not None:
            jobs.ask(services, transaction, JobKind.COUNTERSIGN)
    return is_first


def _kept(transaction: Transaction, run: str) -> _Kept:
    try:
        identity = ids.read(run)
    except ValueError as error:
        raise CannotProceed(f"{run[:60]!r} is no id of a run") from error
    found = stored_runs.run_of(transaction, identity)
    if found is None:
        raise CannotProceed(f"the run {run} is not there any more")
    proof = attestations.of_run(transaction, identity)
    return _Kept(found, None if proof is None else proof.digest)


def _document(services: Services, row: CertificateRow, around: _Around) -> PublicCertificate:
    revision = revision_of(services, row.content.get("guideline") or row.guideline)
    guideline = guideline_in(services, revision)
    rulebook = rulebook_cited(services, row.programme, row.rulebook)
    terms = _terms(row, around, guideline, rulebook)
    judged = [_run(services, one, terms, revision, guideline) for one in around.kept]
    worst = max((verdict for _, verdict in judged), key=lambda one: one.standing is not Standing.PASS, default=None)
    if worst is None or worst.standing is not Standing.PASS:
        what = "rests on no run" if worst is None else f"is no pass: {sentence(worst)}"
        raise CannotProceed(f"the certificate {row.number} {what}")
    names = granted.names_of(row)
    statement, sections = granted.answers_of(row, rulebook)
    decision = around.decision
    return PublicCertificate(
        number=row.number,
        issuer=services.settings.certificate_issuer or "",
        programme=row.programme,
        subject=CertifiedSubject(*names, statement[0].answer if statement else "", granted.clouds_of(row)),
        terms=terms,
        issued=moment_of(services.clock()),
        valid_from=_day(row.valid_from),
        valid_until=_day(row.valid_until - 1),
        decision=DecisionRecord(
            decision.application,
            moment_of(decision.moment),
            decision.role,
            rulebook.citation,
            str(row.content.get("track") or ""),
            around.is_rejudged,
        ),
        sentence=sentence(worst),
        evaluator=__version__,
        runs=tuple(run for run, _ in judged),
        conditions=granted.conditions_of(row),
        mark=mark_of(rulebook, row),
        statement=tuple(statement),
        sections=tuple(sections),
        predecessor=around.predecessor,
    )


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment // 10**6, UTC).date()


def _terms(row: CertificateRow, around: _Around, guideline: Guideline, rulebook: Rulebook) -> CertificateTerms:
    return CertificateTerms(
        GuidelineReference(guideline.id, guideline.schema, guideline.sha256, guideline.status),
        find_program(guideline, row.program).name,
        guideline.policy if rulebook.policy is None else policy_from(rulebook.policy),
        _day(row.created),
        around.waivers,
    )


def _run(
    services: Services, kept: _Kept, terms: CertificateTerms, revision: Revision, guideline: Guideline
) -> tuple[CertifiedRun, Verdict]:
    """Its outcomes, and the verdict on them by the terms."""
    evidence = without_logs(_evidence(services, kept.run, revision, terms))
    told = JudgementTerms(guideline.id, guideline.sha256, terms.program, terms.waivers, terms.as_of, terms.policy)
    verdict = judge_again(Results(evidence), told, (guideline,))
    run = kept.run.run
    what = "bundle" if "bundle" in (run.format or "") else "results"
    references = [EvidenceReference(what, run.digest.hex(), run.size)]
    if kept.attestation is not None:
        references.append(EvidenceReference("attestation", kept.attestation.hex(), 0))
    found = CertifiedRun(
        ids.written(run.id),
        granted.cloud_of(run.subject or ""),
        run.suite or "",
        tuple(references),
        verdict.standing,
        verdict.totals,
        evidence,
    )
    return found, verdict


def _evidence(services: Services, kept: KeptRun, revision: Revision, terms: CertificateTerms) -> tuple[Evidence, ...]:
    name = ids.written(kept.run.id)
    answer = upkeep.read_again(services, kept, revision, terms.program, terms.as_of.isoformat(), form=Form.JSON.value)
    if isinstance(answer, Unreadable) or answer.verdict is None:
        raise CannotProceed(f"the evidence of the run {name} cannot be read any more")
    try:
        return read_report(answer.verdict.rendered)
    except FormatError as error:
        raise CannotProceed(f"the results of the run {name} cannot be read again: {error}") from error


def mark_of(rulebook: Rulebook, row: CertificateRow) -> CertifiedMark | None:
    """What the product may show; None: the programme has no mark for the program."""
    program = rulebook.program(row.program)
    mark = next(iter(rulebook.marks_of(program.word if program is not None else row.program)), None)
    if mark is None:
        return None
    names = granted.names_of(row)
    return CertifiedMark(mark.name, f"{names.product} {names.version}, {mark.name}", mark.terms)

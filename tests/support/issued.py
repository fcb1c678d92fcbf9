"""Certificates and status lists of a small programme, signed without a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from certmark.domain.certification.certificates import (
    CertificateTerms,
    CertifiedCloud,
    CertifiedMark,
    CertifiedRun,
    CertifiedSubject,
    DecisionRecord,
    DeclaredAnswer,
    EvidenceReference,
    GuidelineReference,
    PublicCertificate,
    without_logs,
)
from certmark.domain.certification.status_lists import ListedState, PublicStatusList, StatusRow
from certmark.domain.results import Attempt, Detail, Evidence, Outcome, Results
from certmark.domain.sentences import sentence
from certmark.domain.verdicts import judge
from certmark.formats.guideline.reading import read
from certmark.trust.certificates.envelopes import seal_certificate, seal_status_list
from certmark.trust.certificates.verification import CertificateRequest, CertificateResult, verify_certificate
from certmark.trust.envelopes import write_envelope
from certmark.trust.keys.files import FileSigner, new_key
from certmark.trust.keys.keys import Algorithm
from certmark.trust.log.log import Log, MemoryStore
from certmark.trust.log.notes import note_signer
from certmark.trust.log.receipts import issue_receipts
from certmark.trust.signers.signers import any_key
from certmark.trust.verification.findings import StepOutcome
from certmark.trust.verification.requests import TrustPolicy

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OFFICE_KEY = new_key(Algorithm.ED25519, "office@programme.example")
NEXT_KEY = new_key(Algorithm.ED25519, "next@programme.example")
LOG = note_signer("log.example", new_key(Algorithm.ED25519))
GUIDELINE_TEXT = b"# three tests\ntempest.api.test_a\ntempest.api.test_b\ntempest.api.test_c\n"
GUIDELINE = read(GUIDELINE_TEXT, "list.txt")
NUMBER = "OSP-2026-0042"
ISSUER = "Example programme"


def evidence(**outcomes: Outcome) -> Evidence:
    """The tests of the guideline, passed but for those that are named otherwise."""
    attempts = tuple(
        Attempt(
            f"tempest.api.test_{letter}",
            None,
            outcomes.get(letter, Outcome.PASSED),
            started=1_700_000_000_123_456_789 + place,
            seconds=0.5,
            worker="worker-1",
            detail=Detail("it says", "Traceback with 10.1.2.3", ()),
        )
        for place, letter in enumerate("abc")
    )
    return Evidence("results.subunit", "subunit-v2", 1000, "0" * 64, attempts, remarks=("of 10.1.2.3",))


def run_of(piece: Evidence | None = None) -> CertifiedRun:
    """A run as a programme publishes it."""
    piece = piece or evidence()
    verdict = judge(GUIDELINE, GUIDELINE.programs[0], Results((piece,)), (), as_of=date(2026, 11, 20))
    return CertifiedRun(
        "r-one",
        CertifiedCloud("cloud:one/RegionOne", "RegionOne"),
        "tempest 47.0.0",
        (EvidenceReference("bundle", "ab" * 32, 12_345),),
        verdict.standing,
        verdict.totals,
        without_logs((piece,)),
    )


def certificate(**changes: Any) -> PublicCertificate:
    """A certificate that holds; `changes` replace fields of it."""
    run = run_of()
    program = GUIDELINE.programs[0]
    verdict = judge(GUIDELINE, program, Results(run.evidence), (), as_of=date(2026, 11, 20))
    reference = GuidelineReference(GUIDELINE.id, GUIDELINE.schema, GUIDELINE.sha256, GUIDELINE.status)
    found = PublicCertificate(
        number=NUMBER,
        issuer=ISSUER,
        programme="openstack",
        subject=CertifiedSubject("Acme", "Acme Cloud", "12", "KVM, Ceph", (run.cloud,)),
        terms=CertificateTerms(reference, program.name, verdict.policy, date(2026, 11, 20), ()),
        issued=NOW - timedelta(days=1),
        valid_from=date(2026, 11, 21),
        valid_until=date(2027, 11, 20),
        decision=DecisionRecord("A-2026-0007", NOW - timedelta(days=1), "programme office", "openstack 1", "full"),
        sentence=sentence(verdict),
        evaluator="1.0",
        runs=(run,),
        conditions=("the waiver of test_b runs out in May",),
        mark=CertifiedMark("OpenStack Powered", "Acme Cloud, OpenStack Powered", "https://programme.example/mark"),
        statement=(DeclaredAnswer("back ends", "Ceph"),),
        sections=(DeclaredAnswer("nova", "unchanged"),),
        predecessor="OSP-2025-0001",
    )
    return found._replace(**changes)


def row(state: ListedState = ListedState.ACTIVE, **changes: Any) -> StatusRow:
    """What a list says of the certificate."""
    return StatusRow(NUMBER, state, NOW - timedelta(days=1))._replace(**changes)


def status_list(*rows: StatusRow, **changes: Any) -> PublicStatusList:
    """A list in date (default: the certificate is active)."""
    found = {one.number: one for one in rows or (row(),)}
    listed = PublicStatusList(ISSUER, 7, NOW - timedelta(hours=2), NOW + timedelta(days=1), found)
    return listed._replace(**changes)


def sealed(one: PublicCertificate | PublicStatusList, signer: FileSigner = OFFICE_KEY) -> bytes:
    """It in its envelope."""
    seal = seal_certificate(one, signer) if isinstance(one, PublicCertificate) else seal_status_list(one, signer)
    return write_envelope(seal)


def receipt_of(envelope: bytes, received: datetime = NOW - timedelta(hours=20)) -> bytes:
    """A log's receipt."""
    return issue_receipts(Log(LOG.key.name, MemoryStore()), [envelope], received, [LOG])[0]


def ask(envelope: bytes | None = None, **given: Any) -> CertificateResult:
    """Check a certificate (default: one that holds), by the office's key, with a list in date."""
    data = sealed(certificate()) if envelope is None else envelope
    trust: dict[str, Any] = {"moment": NOW, "signers": any_key([OFFICE_KEY.public]), "log_keys": (LOG.key,)}
    usual: dict[str, Any] = {
        "receipts": (receipt_of(data),),
        "statuses": sealed(status_list()),
        "guidelines": (GUIDELINE,),
    }
    trust |= {key: given.pop(key) for key in list(given) if key in TrustPolicy._fields and key != "guidelines"}
    return verify_certificate(CertificateRequest("it.json", data, TrustPolicy(**trust), **{**usual, **given}))


def outcomes_of(result: CertificateResult) -> dict[str, str]:
    """Steps that did not hold."""
    steps = result.findings.steps
    return {step.step.value: step.outcome.value for step in steps if step.outcome is not StepOutcome.OK}


def rewritten(data: bytes, signer: FileSigner = OFFICE_KEY, **changes: Any) -> bytes:
    """The document in the envelope with fields replaced, signed anew: what a programme never writes."""
    from certmark.trust.envelopes import read_envelope, seal

    envelope = read_envelope(data)
    document = {**json.loads(envelope.payload), **changes}
    return write_envelope(seal(envelope.payload_type, json.dumps(document).encode(), [signer]))


def lay(folder: Path, files: Mapping[str, bytes] | None = None) -> Path:
    """A certificate in a folder with all that belongs to it, as a site has it; its file."""
    data = sealed(certificate())
    usual = {
        f"{NUMBER}.json": data,
        f"{NUMBER}.tlog-proof": receipt_of(data),
        "status-list.json": sealed(status_list()),
        f"guidelines/{GUIDELINE.sha256}": GUIDELINE_TEXT,
    }
    for name, content in {**usual, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / f"{NUMBER}.json"

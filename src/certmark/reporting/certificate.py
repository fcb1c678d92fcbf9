"""What checking a certificate found: step by step, and in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from certmark.domain.advice import Advice
from certmark.domain.certification.certificates import PublicCertificate
from certmark.domain.sentences import sentence
from certmark.formats.certificates.fields import stamp
from certmark.formats.certificates.status_list import status_row_document
from certmark.reporting.attestation import listed_steps, step_document, step_lines
from certmark.reporting.blocks import Block, Heading, Sentence, Tone
from certmark.reporting.documents import Document
from certmark.reporting.text import plain
from certmark.reporting.views import View
from certmark.trust.certificates.verification import CertificateResult
from certmark.trust.verification.findings import StepOutcome


class CertificateView(View):
    """A certificate, checked."""

    title = "Certificate"

    def __init__(self, result: CertificateResult, *, status: int, advise: Callable[[Advice], str] = str) -> None:
        """`status` is what a program is told; `advise` words what a person may do."""
        self._result = result
        self._status = status
        self._advise = advise

    def blocks(self) -> Iterator[Block]:
        """A line for each step, what it rests on, then the conclusion."""
        yield from step_lines(self._result.findings, self._advise)
        if self._result.programme is not None:
            yield Sentence(f"by the trust of {plain(self._result.programme)}", Tone.QUIET, is_line=True)
        if self._result.certificate is not None:
            for line in _said(self._result.certificate):
                yield Sentence(line, Tone.QUIET, is_line=True)
        yield Heading(conclusion(self._result))

    def document(self) -> Document:
        """The same for programs."""
        result, found = self._result, self._result.certificate
        listed, standing, row = result.statuses, result.standing, result.row
        body: dict[str, Any] = {
            "certified": result.findings.holds,
            "status": self._status,
            "fault": None if result.findings.fault is None else result.findings.fault.value,
            "not_checked": [step.value for step in result.findings.missing],
            "steps": [step_document(step, self._advise) for step in result.findings.steps],
            "trust": result.programme,
            "signed_by": [{"id": key.id, "type": key.algorithm.value} for key in result.signed_by],
            "standing": None if standing is None else {"word": standing.word, "sentence": standing.sentence},
            "status_list": None
            if listed is None
            else {
                "edition": listed.number,
                "issued": stamp(listed.issued),
                "next_update": stamp(listed.next_update),
                "certificate": None if row is None else status_row_document(row),
            },
            "computed": [{"standing": one.standing.value, "sentence": sentence(one)} for one in result.verdicts],
            "certificate": None if found is None else _summary(found),
        }
        return Document("certmark-certificate-verification", 1, body)


def conclusion(result: CertificateResult) -> str:
    """What it comes to, in one sentence."""
    findings, certificate, standing = result.findings, result.certificate, result.standing
    if findings.holds and certificate is not None and result.statuses is not None:
        left = f" (without {listed_steps(sorted(step.value for step in findings.waived))})" if findings.waived else ""
        when = f"as of the status list of {result.statuses.issued:%Y-%m-%d %H:%M} UTC"
        return f"CERTIFIED{left}: {_about(certificate)}; {when}"
    failures = [found.step.value for found in findings.steps if found.outcome is StepOutcome.FAILED]
    if failures == ["status"] and certificate is not None and standing is not None:
        return f"NOT CERTIFIED NOW: {_about(certificate)}: {plain(standing.sentence)}"
    if failures:
        return f"NOT CERTIFIED: {listed_steps(failures)} failed"
    missing = listed_steps([step.value for step in findings.missing])
    return f"NOT CHECKED: nothing is wrong, but {missing} could not be checked"


def _about(one: PublicCertificate) -> str:
    terms = one.terms
    words = (
        f"{one.title}, for {terms.program} under {terms.guideline.id}, from {one.valid_from} until {one.valid_until}"
    )
    return plain(words[:1_000])


def _said(one: PublicCertificate) -> Iterator[str]:
    """What nobody but the programme can know."""
    digests = [
        reference.sha256 for run in one.runs for reference in run.references if reference.what in {"bundle", "results"}
    ]
    raw = f"raw evidence of SHA-256 {', '.join(digests[:3])}" if digests else "raw evidence"
    more = f" and {len(digests) - 3} more" if len(digests) > 3 else ""
    yield plain(f"{one.issuer} says that it computed the same verdict from {raw}{more}, which is not public")
    decision = one.decision
    yield plain(f"decided by {decision.role} on {decision.decided:%Y-%m-%d}, by {decision.rulebook} ({decision.track})")
    if decision.rejudged:
        yield "without a new run: the evidence of an earlier certificate was judged again"
    for waiver in one.terms.waivers:
        yield plain(f"waived: {waiver.target}, until {waiver.expires} ({waiver.reason[:200]})")
    for condition in one.conditions:
        yield plain(f"condition: {condition[:500]}")


def _summary(one: PublicCertificate) -> dict[str, Any]:
    """What it says, as its issuer's word."""
    subject = one.subject
    return {
        "number": one.number,
        "issuer": one.issuer,
        "programme": one.programme,
        "program": one.terms.program,
        "guideline": {"id": one.terms.guideline.id, "sha256": one.terms.guideline.sha256},
        "vendor": subject.vendor,
        "product": subject.product,
        "product_version": subject.version,
        "regions": [cloud.region or cloud.identity for cloud in subject.clouds],
        "valid_from": one.valid_from.isoformat(),
        "valid_until": one.valid_until.isoformat(),
        "rulebook": one.decision.rulebook,
        "predecessor": one.predecessor,
        "evidence": [reference._asdict() for run in one.runs for reference in run.references],
    }

"""A certificate as JSON, version 1, and back; data/schemas/certmark-certificate-1.json is its schema.

It may come from anybody: what is missing, unknown or of another form is refused in one sentence (InvalidCertificate).
"""

from __future__ import annotations

import json
from typing import Any, Final

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
)
from certmark.domain.policies import policy_document
from certmark.domain.verdict_values import Standing, Totals
from certmark.formats.certificates.fields import (
    DIGEST,
    LONGEST_TEXT,
    check_form,
    line,
    number_of,
    stamp,
    text,
)
from certmark.formats.certificates.outcomes import outcomes_document, outcomes_in
from certmark.formats.documents.fields import Fields
from certmark.formats.errors import InvalidCertificate, UnreadableResults
from certmark.formats.results.report.document import waiver_document
from certmark.formats.results.report.reading import Judgement, judgement_in

FORMAT: Final = "certmark-certificate"
VERSION: Final = 1
_KEYS = frozenset(
    {"format", "version", "number", "issuer", "programme", "subject", "judgement", "issued", "valid_from",
     "valid_until", "decision", "evaluator", "runs", "conditions", "mark", "statement", "sections", "predecessor",
     "signer"}
)  # fmt: skip
_JUDGEMENT = frozenset(
    {"guideline", "program", "policy", "as_of", "waivers", "hosts", "standing", "sentence"}
)  # fmt: skip
_MOST_RUNS = 256
_MOST_ANSWERS = 1_000
_REFERENCES = ("bundle", "results", "report", "attestation")


def certificate_bytes(certificate: PublicCertificate) -> bytes:
    """The payload to be signed: the same certificate gives the same bytes."""
    return json.dumps(certificate_document(certificate), separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def certificate_document(one: PublicCertificate) -> dict[str, Any]:
    """What is signed, as JSON."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "number": one.number,
        "issuer": one.issuer,
        "programme": one.programme,
        "subject": {
            **{key: getattr(one.subject, key) for key in ("vendor", "product", "version", "configuration")},
            "clouds": [cloud._asdict() for cloud in one.subject.clouds],
        },
        "judgement": _judgement_document(one),
        "issued": stamp(one.issued),
        "valid_from": one.valid_from.isoformat(),
        "valid_until": one.valid_until.isoformat(),
        "decision": {**one.decision._asdict(), "decided": stamp(one.decision.decided)},
        "evaluator": {"name": "certmark", "version": one.evaluator},
        "runs": [_run_document(run) for run in one.runs],
        "conditions": list(one.conditions),
        "mark": None if one.mark is None else one.mark._asdict(),
        "statement": [answer._asdict() for answer in one.statement],
        "sections": [answer._asdict() for answer in one.sections],
        "predecessor": one.predecessor,
        "signer": one.signer,
    }


def _judgement_document(one: PublicCertificate) -> dict[str, Any]:
    """In the form of a report's judgement, as far as it goes."""
    terms = one.terms
    return {
        "guideline": terms.guideline._asdict(),
        "program": {"name": terms.program},
        "policy": policy_document(terms.policy),
        "as_of": terms.as_of.isoformat(),
        "waivers": [waiver_document(waiver) for waiver in terms.waivers],
        "hosts": [{"guideline": host} for host in terms.hosts],
        "standing": one.standing.value,
        "sentence": one.sentence,
    }


def _run_document(run: CertifiedRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "cloud": run.cloud._asdict(),
        "suite": run.suite,
        "digests": [reference._asdict() for reference in run.references],
        "standing": run.standing.value,
        "totals": run.totals._asdict(),
        "outcomes": [outcomes_document(piece) for piece in run.evidence],
    }


def certificate_in(content: object, name: str) -> PublicCertificate:
    """The certificate in a parsed document. Nothing is verified. Raises InvalidCertificate."""
    document = Fields(content, name, InvalidCertificate)
    document.check_document(FORMAT, VERSION)
    document.check_keys(_KEYS)
    judgement = _judgement(document, name)
    issued, first, last = document.moment("issued"), document.day("valid_from"), document.day("valid_until")
    if last < first:
        document.refuse("is before the first day on which it is in force", "valid_until")
    found = PublicCertificate(
        number_of(document, "number"),
        line(document, "issuer"),
        line(document, "programme"),
        _subject(_part(document, "subject", {"vendor", "product", "version", "configuration", "clouds"})),
        _terms(judgement),
        issued,
        first,
        last,
        _decision(document),
        judgement.sentence,
        judgement.evaluator,
        tuple(_run(entry) for entry in _bounded(document, "runs", _MOST_RUNS)),
        document.texts("conditions", (), limit=LONGEST_TEXT),
        _mark(document),
        _answers(document, "statement"),
        _answers(document, "sections"),
        number_of(document, "predecessor") if document.has("predecessor") else None,
        text(document, "signer"),
    )
    if found.standing is not judgement.standing:
        document.refuse("is not the worst of its runs", "standing")
    return found


def _judgement(document: Fields, name: str) -> Judgement:
    _part(document, "judgement", _JUDGEMENT)
    try:
        found = judgement_in({key: document.content.get(key) for key in ("judgement", "evaluator")})
    except UnreadableResults as error:
        raise InvalidCertificate(f"{name}: {str(error).removeprefix('the report, ')}") from error
    assert found is not None  # noqa: S101 - it is a mapping
    return found


def _terms(judgement: Judgement) -> CertificateTerms:
    if not DIGEST.match(judgement.guideline_sha256):
        raise InvalidCertificate('the certificate, guideline: "sha256" must be 64 hexadecimal digits')
    guideline = GuidelineReference(
        judgement.guideline, judgement.guideline_schema, judgement.guideline_sha256, judgement.guideline_status
    )
    return CertificateTerms(
        guideline, judgement.program, judgement.policy, judgement.as_of, judgement.waivers, judgement.hosts
    )


def _part(document: Fields, key: str, known: set[str] | frozenset[str]) -> Fields:
    return document.inside(document.content.get(key), document.at(key), known)


def _bounded(document: Fields, key: str, most: int) -> list[Fields]:
    found = document.items(key)
    if len(found) > most:
        document.refuse(f"has more than {most:,} entries", key)
    return found


def _subject(part: Fields) -> CertifiedSubject:
    clouds = tuple(_cloud(entry) for entry in _bounded(part, "clouds", _MOST_RUNS))
    return CertifiedSubject(
        line(part, "vendor"), line(part, "product"), line(part, "version", ""), text(part, "configuration"), clouds
    )


def _cloud(entry: Fields) -> CertifiedCloud:
    entry.check_keys({"identity", "region"})
    return CertifiedCloud(line(entry, "identity", ""), line(entry, "region", ""))


def _decision(document: Fields) -> DecisionRecord:
    part = _part(document, "decision", frozenset(DecisionRecord._fields))
    return DecisionRecord(
        line(part, "application"),
        part.moment("decided"),
        line(part, "role"),
        line(part, "rulebook"),
        line(part, "track"),
        part.truth("rejudged"),
    )


def _run(entry: Fields) -> CertifiedRun:
    entry.check_keys({"id", "cloud", "suite", "digests", "standing", "totals", "outcomes"})
    counts = _part(entry, "totals", frozenset(Totals._fields))
    return CertifiedRun(
        line(entry, "id"),
        _cloud(_part(entry, "cloud", {"identity", "region"})),
        line(entry, "suite", ""),
        tuple(_reference(one) for one in _bounded(entry, "digests", _MOST_RUNS)),
        entry.member("standing", Standing),
        Totals(*(counts.number(key) for key in Totals._fields)),
        outcomes_in(entry.content.get("outcomes"), entry.where),
    )


def _reference(entry: Fields) -> EvidenceReference:
    entry.check_keys(set(EvidenceReference._fields))
    what = entry.text("what")
    if what not in _REFERENCES:
        entry.refuse(f"must be one of {', '.join(_REFERENCES)}", "what")
    return EvidenceReference(what, check_form(entry, "sha256", DIGEST), entry.number("size"))


def _mark(document: Fields) -> CertifiedMark | None:
    if not document.has("mark"):
        return None
    part = _part(document, "mark", frozenset(CertifiedMark._fields))
    return CertifiedMark(line(part, "name"), text(part, "wording"), text(part, "terms"))


def _answers(document: Fields, key: str) -> tuple[DeclaredAnswer, ...]:
    entries = _bounded(document, key, _MOST_ANSWERS)
    return tuple(_answer(entry) for entry in entries)


def _answer(entry: Fields) -> DeclaredAnswer:
    entry.check_keys({"subject", "answer"})
    return DeclaredAnswer(text(entry, "subject"), text(entry, "answer"))

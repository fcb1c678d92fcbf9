"""Something that was verified, signed."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.attestations import attestation_beside, bundle_of
from certmark.app.inputs.keys import AskPassphrase, signer_of
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.evidence.artifacts import OpenedArtifact, artifact_of
from certmark.evidence.bundle.verification import verify
from certmark.evidence.rejudging import problem_of
from certmark.evidence.secrets.search import find_leaks
from certmark.formats.errors import UnreadableResults
from certmark.formats.guideline.reading import read
from certmark.formats.guideline.shipped import shipped_text
from certmark.formats.results.report.reading import read_judgement
from certmark.trust.attestations.predicates import (
    Facts,
    Product,
    facts_of_bundle,
    facts_of_report,
    test_result_statement,
    verdict_statement,
)
from certmark.trust.attestations.statements import PAYLOAD_TYPE, Statement, read_statement, write_statement
from certmark.trust.envelopes import LARGEST, Envelope, Signature, read_envelope, seal, write_envelope
from certmark.trust.keys.keys import Signer
from certmark.trust.verification.evidence import check
from certmark.trust.verification.findings import StepOutcome
from certmark.trust.verification.requests import TrustPolicy
from certmark.trust.verification.verification import check_shape, check_signatures, known_keys
from certmark.trust.verification.waivers import of_another_product, waivers_used


@dataclass(frozen=True, kw_only=True)
class SignRequest:
    """What is to be signed."""

    artifact: str
    """A bundle, a report, or the folder or id of a run."""
    key: str | None = None
    """As `inputs.keys.signer_of` has it."""
    product: Product | None = None
    output: str | None = None
    """None: beside what is signed."""
    also_test_result: bool = False
    """Whether the public predicate of in-toto is written, too."""


@dataclass(frozen=True, kw_only=True)
class CosignRequest:
    """An attestation of somebody else's to which a signature is to be added."""

    artifact: str
    attestation: str
    key: str | None = None
    output: str | None = None
    """None: the attestation is replaced."""


class Signed(NamedTuple):
    """What was signed, and where it lies."""

    statement: Statement
    written: tuple[Path, ...]


class DoesNotHold(NamedTuple):
    """Nothing was signed."""

    name: str
    problem: str


def sign(request: SignRequest, ask: AskPassphrase, listen: Listener) -> Signed | DoesNotHold:
    """Verify, then sign. Raises InvalidRequest, FormatError, AgentUnavailable, CannotProceed or OSError."""
    path = bundle_of(request.artifact, write=True)
    with artifact_of(str(path)).open() as found:
        problem = _problem(found)
        if problem is not None:
            return DoesNotHold(found.target.name, problem)
        signer = signer_of(request.key, ask, listen)
        report, facts = _facts(found)
        stranger = _waivers_of_another(report, facts, request.product, listen)
        if stranger is not None:
            return DoesNotHold(found.target.name, stranger)
        statement = verdict_statement(facts, found.target, request.product, signer.public, dt.datetime.now(dt.UTC))
        written = [_write_signed(statement, signer, Path(request.output or attestation_beside(path)))]
        if request.also_test_result:
            also = test_result_statement(facts, found.target, report)
            written.append(_write_signed(also, signer, attestation_beside(path, "test-result")))
    return Signed(statement, tuple(written))


def cosign(request: CosignRequest, ask: AskPassphrase, listen: Listener) -> Signed | DoesNotHold:
    """Add a signature to what somebody else signed, once all of it was seen to hold. Raises as `sign`."""
    artifact = artifact_of(str(bundle_of(request.artifact, write=True)))
    with artifact.open() as found:
        problem = _problem(found)
    if problem is not None:
        return DoesNotHold(artifact.name, problem)
    name = Path(request.attestation).name
    with Path(request.attestation).open("rb") as file:
        envelope = read_envelope(file.read(LARGEST + 1), name)
    statement = read_statement(envelope, name)
    check_shape(statement, name)
    for finding in check(statement, artifact, TrustPolicy(dt.datetime.now(dt.UTC))):
        if finding.outcome is StepOutcome.FAILED:
            return DoesNotHold(name, finding.sentence)
    signature, _ = check_signatures(envelope, known_keys(TrustPolicy(dt.datetime.now(dt.UTC)), statement))
    if signature.outcome is StepOutcome.FAILED:
        return DoesNotHold(name, signature.sentence)
    signer = signer_of(request.key, ask, listen)
    if any(one.keyid == signer.keyid for one in envelope.signatures):
        raise InvalidRequest(f"{request.attestation} has a signature of {signer.keyid} already")
    added = Signature(signer.keyid, signer.sign(envelope.signed))
    both = Envelope(envelope.payload_type, envelope.payload, (*envelope.signatures, added))
    target = Path(request.output or request.attestation)
    write_file(target, write_envelope(both))
    return Signed(statement, (target,))


def product_of(vendor: str | None, product: str | None, version: str | None) -> Product | None:
    """The product that is named. Raises InvalidRequest."""
    for what, value in (("vendor", vendor), ("product", product), ("product version", version)):
        if value is not None and (not value.strip() or not value.isprintable() or len(value) > 200):
            raise InvalidRequest(f"the {what} must be a name, on one line")
    if vendor is None and product is None and version is None:
        return None
    if vendor is None or product is None:
        raise InvalidRequest("a vendor and a product are named together, or neither")
    return Product(vendor.strip(), product.strip(), version and version.strip())


def _problem(found: OpenedArtifact) -> str | None:
    """Why it must not be signed."""
    if found.bundle is not None:
        return next((f"{one.name}: {one.problem}" for one in verify(found.bundle).checks if one.problem), None)
    if found.report is None:
        raise UnreadableResults(f"{found.target.name} is neither a bundle nor a report; name one of them, or a run")
    secrets = find_leaks(io.BytesIO(found.report), found.target.name, {})
    if secrets:
        return f"{secrets[0].what} stands in it; remove what the suite wrote there"
    judgement = read_judgement(found.report)
    text = None if judgement is None else shipped_text(judgement.guideline)
    if judgement is None or text is None:
        return None  # never judged, which is told elsewhere; or by a guideline that is not at hand
    guideline = read(text, f"{judgement.guideline}.json")
    return problem_of(found.report, [guideline]) if guideline.sha256 == judgement.guideline_sha256 else None


def _facts(found: OpenedArtifact) -> tuple[bytes, Facts]:
    """The report, and the facts to be signed."""
    if found.bundle is not None:
        return found.bundle.content("report.json"), facts_of_bundle(found.bundle, found.target)
    report = found.report or b""
    return report, facts_of_report(report, found.target.name)


def _waivers_of_another(report: bytes, facts: Facts, product: Product | None, listen: Listener) -> str | None:
    """Why the waivers that were used are not those of the product that is to be signed."""
    if not any(one.get("use") == "used" for one in facts["waivers"]):
        return None
    used = waivers_used(facts, report)
    if product is not None:
        return of_another_product(used, product._asdict())
    whose = ", ".join(dict.fromkeys(waiver.product for waiver in used if waiver.product))
    listen(Remark(f"waivers of {whose or 'no product'} were used and not compared", Advice(Action.NAME_PRODUCT)))
    return None


def _write_signed(statement: Statement, signer: Signer, path: Path) -> Path:
    write_file(path, write_envelope(seal(PAYLOAD_TYPE, write_statement(statement), [signer])))
    return path


def remarks_on(signed: Signed) -> Sequence[Remark]:
    """What the signer should know of it."""
    verdict = signed.statement.predicate.get("verdict")
    found = [Remark(f"signed: {verdict.get('sentence')}")] if isinstance(verdict, dict) else []
    if signed.statement.predicate.get("product") is None:
        sentence = "no vendor is named in it, and policies grant signers by vendor"
        found.append(Remark(sentence, Advice(Action.NAME_PRODUCT)))
    return found

"""Something that was verified, signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.attestations import attestation_beside, bundle_of
from certmark.app.inputs.keys import AskPassphrase, signer_of
from certmark.app.trust.to_be_signed import ToBeSigned, look_at, told_before
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.remarks import Listener, Remark
from certmark.evidence.artifacts import artifact_of
from certmark.evidence.bundle.reading import guidelines_of
from certmark.formats.guideline.shipped import shipped_text
from certmark.trust.attestations.predicates import Product, test_result_statement, verdict_statement
from certmark.trust.attestations.statements import PAYLOAD_TYPE, Statement, read_statement, write_statement
from certmark.trust.envelopes import LARGEST, Envelope, Signature, read_envelope, seal, write_envelope
from certmark.trust.keys.keys import Signer
from certmark.trust.verification.findings import StepOutcome, StepResult, VerificationStep
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.verification import VerificationResult, verify
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
    """Verify, tell what is to be signed, then sign.

    Raises InvalidRequest, FormatError, AgentUnavailable, CannotProceed or OSError.
    """
    path = bundle_of(request.artifact, write=True)
    with artifact_of(str(path)).open() as found:
        now = dt.datetime.now(dt.UTC)
        seen = look_at(found, path, now)
        if isinstance(seen, str):
            return DoesNotHold(found.target.name, seen)
        stranger = _waivers_of_another(seen, request.product)
        if stranger is not None:
            return DoesNotHold(found.target.name, stranger)
        telling = _Telling(told_before(seen, request.product), listen)
        signer = signer_of(request.key, telling.before(ask), listen)
        telling.tell()
        statement = verdict_statement(seen.facts, found.target, request.product, signer.public, now)
        written = [_write_signed(statement, signer, Path(request.output or attestation_beside(path)))]
        if request.also_test_result:
            also = test_result_statement(seen.facts, found.target, seen.report)
            written.append(_write_signed(also, signer, attestation_beside(path, "test-result")))
    return Signed(statement, tuple(written))


def cosign(request: CosignRequest, ask: AskPassphrase, listen: Listener) -> Signed | DoesNotHold:
    """Add a signature to what somebody else signed, once all of it was seen to hold. Raises as `sign`."""
    path, name = bundle_of(request.artifact, write=True), Path(request.attestation).name
    with Path(request.attestation).open("rb") as file:
        attestation = file.read(LARGEST + 1)
    artifact = artifact_of(str(path))
    if artifact.target.sha256 not in _subjects(attestation, name):
        return DoesNotHold(name, f"{artifact.name} (SHA-256 {artifact.target.sha256[:12]}…) is not what it speaks of")
    with artifact.open() as found:
        seen = look_at(found, path, dt.datetime.now(dt.UTC))
        hosts = () if found.bundle is None else guidelines_of(found.bundle)
    if isinstance(seen, str):
        return DoesNotHold(artifact.name, seen)
    result = verify(VerificationRequest(name, attestation, _trust_of_cosigner(seen, hosts), artifact))
    wrong = next((step for step in result.findings.steps if _is_in_the_way(step, result)), None)
    if wrong is not None or result.statement is None:
        return DoesNotHold(name, wrong.sentence if wrong is not None else "it holds no statement")
    envelope = read_envelope(attestation, name)
    remarks = (*told_before(seen, result.statement.predicate["product"]), *_signed_before(result))
    telling = _Telling(remarks, listen)
    signer = signer_of(request.key, telling.before(ask), listen)
    if any(one.keyid == signer.keyid for one in envelope.signatures):
        raise InvalidRequest(f"{request.attestation} has a signature of {signer.keyid} already")
    telling.tell()
    added = Signature(signer.keyid, signer.sign(envelope.signed))
    both = Envelope(envelope.payload_type, envelope.payload, (*envelope.signatures, added))
    target = Path(request.output or request.attestation)
    write_file(target, write_envelope(both))
    return Signed(result.statement, (target,))


_OF_WHO_VERIFIES = frozenset({VerificationStep.WAIVERS, VerificationStep.RUN})


class _Telling:
    """Says what is to be signed, once: before a passphrase is asked for, and at the latest before a key is used."""

    def __init__(self, remarks: Iterable[Remark], listen: Listener) -> None:
        self._remarks = list(remarks)
        self._listen = listen

    def tell(self) -> None:
        """Say what was not said yet."""
        while self._remarks:
            self._listen(self._remarks.pop(0))

    def before(self, ask: AskPassphrase) -> AskPassphrase:
        """`ask`, once everything was said."""

        def after_telling(what: str) -> bytes | None:
            self.tell()
            return ask(what)

        return after_telling


def _subjects(attestation: bytes, name: str) -> set[str]:
    return {subject.sha256 for subject in read_statement(read_envelope(attestation, name), name).subjects}


def _trust_of_cosigner(seen: ToBeSigned, hosts: Iterable[Guideline]) -> TrustPolicy:
    """Nobody is asked whose signature counts; a guideline that does not ship is the one in the bundle."""
    guideline = seen.verdict.guideline
    known = shipped_text(guideline.id) is not None
    without = frozenset({VerificationStep.SIGNER})
    strange = tuple(host for host in hosts if shipped_text(host.id) is None)
    return TrustPolicy(dt.datetime.now(dt.UTC), guideline=None if known else guideline, without=without, hosts=strange)


def _is_in_the_way(step: StepResult, result: VerificationResult) -> bool:
    """Whether no second signature may be added: something is wrong, or could not be looked at.

    Who approves waivers, and whether recorded results will do, only whoever verifies can say.
    """
    missing = step.step in result.findings.missing and step.step not in _OF_WHO_VERIFIES
    return step.outcome is StepOutcome.FAILED or missing


def _signed_before(result: VerificationResult) -> Iterator[Remark]:
    keys = " and ".join(key.id for key in result.signed_by)
    yield Remark(f"signed before by {keys}; whose keys these are was not asked")


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


def _waivers_of_another(seen: ToBeSigned, product: Product | None) -> str | None:
    """Why the waivers that were used are not those of the product that is to be signed."""
    used = waivers_used(seen.verdict)
    if used and product is None:
        return "waivers were used, and they belong to a product; name it, or nobody can tell whether they are its"
    return of_another_product(used, None if product is None else product._asdict()) if used else None


def _write_signed(statement: Statement, signer: Signer, path: Path) -> Path:
    write_file(path, write_envelope(seal(PAYLOAD_TYPE, write_statement(statement), [signer])))
    return path


def remarks_on(signed: Signed) -> Sequence[Remark]:
    """What the signer should know of it."""
    if signed.statement.predicate.get("product") is None:
        sentence = "no vendor is named in it, and policies grant signers by vendor"
        return (Remark(sentence, Advice(Action.NAME_PRODUCT)),)
    return ()

"""Something signed, checked: what is at hand is gathered, and the question put."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.inputs.attestations import attestation_beside, bundle_of, subject_beside
from certmark.app.inputs.guidelines import hosts_of, policy_of
from certmark.app.inputs.programmes import KnownProgramme, programme_meant
from certmark.app.inputs.signers import signers_of
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.evidence.artifacts import artifact_of
from certmark.formats.errors import FormatError
from certmark.formats.guideline import load
from certmark.trust.attestations.statements import read_statement
from certmark.trust.envelopes import LARGEST, read_envelope
from certmark.trust.errors import OutdatedTrust
from certmark.trust.keys.files import load_public
from certmark.trust.log.checkpoints import WitnessPolicy
from certmark.trust.log.notes import NoteKey, read_note_key
from certmark.trust.programme.documents import TrustDocument
from certmark.trust.programme.envelopes import fingerprint_of
from certmark.trust.programme.following import check_date
from certmark.trust.programme.revocations import counted, read_revocation_list
from certmark.trust.signers.policy import Revocations, read_revocations, read_signers
from certmark.trust.signers.signers import Signers, any_key
from certmark.trust.verification.detached import is_detached, verify_detached
from certmark.trust.verification.findings import VerificationStep
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.verification import VerificationResult
from certmark.trust.verification.verification import verify as answer_to
from certmark.trust.waiver_approvals import is_envelope

LARGEST_LIST = 16 << 20


@dataclass(frozen=True, kw_only=True)
class TrustRequest:
    """Whom a person trusts, by the names of files; nothing named is nobody trusted."""

    programme: str | None = None
    """A programme that is known here, or the file of its trust document; then nothing else but `principal`."""
    keys: Sequence[str] = ()
    """Public keys that may sign anything."""
    allowed_signers: str | None = None
    policy: str | None = None
    """Of these three at most one."""
    principal: str | None = None
    """Who should have signed; None: the vendor that the attestation names."""
    revoked: str | None = None
    log_keys: Sequence[str] = ()
    """Keys of logs, or files with one."""
    witnesses: Sequence[str] = ()
    quorum: int | None = None
    """How many of the witnesses are enough; None: all."""
    waiver_signers: str | None = None
    guideline: str | None = None
    """The person's own copy; None: those that ship along."""
    verdict_policy: str | None = None
    """A name or a file; None: the guideline's own."""
    as_of: dt.date | None = None
    """None: now."""
    without: Sequence[VerificationStep] = ()


@dataclass(frozen=True, kw_only=True)
class VerifyRequest:
    """What is to be checked."""

    file: str
    """An attestation, or what was signed: a bundle, a run, a report."""
    trust: TrustRequest
    attestation: str | None = None
    bundle: str | None = None
    signature: str | None = None
    """In the place of an attestation."""
    receipts: Sequence[str] = ()


class AskedTrust(NamedTuple):
    """Whom and what somebody trusts, taken from what they named."""

    policy: TrustPolicy
    required: frozenset[VerificationStep] = frozenset()
    """Steps that need not be taken elsewhere, and that the programme asks for."""
    programme: str | None = None
    """Which edition of whose trust document says so; None: files were named."""
    document: TrustDocument | None = None
    """That one."""


def trust_of(request: TrustRequest) -> AskedTrust:
    """What the words of a person mean. Raises InvalidRequest, FormatError or OSError."""
    if request.programme is None:
        return AskedTrust(_trust_policy(request))
    known = programme_meant(request.programme)
    return AskedTrust(_of_programme(known, request), _asked_for(known), _named(known.trust), known.trust)


def verify(request: VerifyRequest) -> VerificationResult:
    """Step by step, what holds and what does not. Raises InvalidRequest, FormatError or OSError."""
    asked = trust_of(request.trust)
    trust = asked.policy
    result = _looked_at(request, trust)
    unused = tuple(line for one in (trust.signers, trust.approvers) if one is not None for line in one.unused)
    findings = result.findings._replace(required=asked.required)
    return result._replace(unused_lines=unused, findings=findings, programme=asked.programme)


def _named(trust: TrustDocument) -> str:
    """Which edition, so that two people can compare what they go by."""
    fingerprint = fingerprint_of(trust.envelope.payload)
    return f"{trust.programme}, edition {trust.number} ({fingerprint}), until {trust.last_day}"


def _looked_at(request: VerifyRequest, trust: TrustPolicy) -> VerificationResult:
    if request.signature is not None:
        return _detached(request, request.signature, trust)
    attestation, target = _pair(request)
    data = read_bounded(attestation, LARGEST + 1)
    if target is None:
        target = subject_beside(attestation, _subjects(data))
    receipts = tuple(read_bounded(path, LARGEST_LIST) for path in request.receipts)
    artifact = None if target is None else artifact_of(str(target))
    return answer_to(VerificationRequest(attestation.name, data, trust, artifact, receipts))


def _pair(request: VerifyRequest) -> tuple[Path, Path | None]:
    """The attestation, and what it is about as far as that is named."""
    path = bundle_of(request.file)
    bundle = bundle_of(request.bundle) if request.bundle else None
    if request.attestation is not None:
        return Path(request.attestation), bundle or path
    if _is_envelope(path):
        return path, bundle
    beside = attestation_beside(path)
    if not beside.is_file():
        sentence = f"there is no attestation of {request.file} ({beside.name} is not beside it)"
        raise InvalidRequest(sentence, Advice(Action.NAME_ATTESTATION))
    return beside, path


def _is_envelope(path: Path) -> bool:
    """Whether the file is an envelope, even one that was damaged, and not what was signed."""
    head = read_bounded(path, 4 << 10)
    return path.name.endswith(".attestation.json") or (head.lstrip()[:1] == b"{" and b'"payloadType"' in head)


def _subjects(data: bytes) -> list[str]:
    try:
        return [subject.name for subject in read_statement(read_envelope(data)).subjects]
    except FormatError:
        return []  # the verification says so


def _detached(request: VerifyRequest, signature: str, trust: TrustPolicy) -> VerificationResult:
    if request.attestation is not None or request.receipts:
        raise InvalidRequest(
            "a signature by itself takes the place of an attestation and its receipts; name one or the other"
        )
    data = read_bounded(signature, LARGEST_LIST)
    if not is_detached(data):
        raise InvalidRequest(f"{signature} is no signature of ssh-keygen -Y sign, nor RefStack's in hex")
    return verify_detached(Path(signature).name, data, artifact_of(str(bundle_of(request.file))), trust)


def _moment(request: TrustRequest) -> dt.datetime:
    if request.as_of is not None:
        return dt.datetime.combine(request.as_of, dt.time(23, 59, 59), dt.UTC)
    return dt.datetime.now(dt.UTC)


def _of_programme(known: KnownProgramme, request: TrustRequest) -> TrustPolicy:
    """All of a programme's trust document, and its list of revocations. Raises OutdatedTrust."""
    trust, moment = known.trust, _moment(request)
    try:
        check_date(trust, moment)
    except OutdatedTrust as error:
        raise OutdatedTrust(str(error), Advice(Action.UPDATE_TRUST, known.name)) from error
    return TrustPolicy(
        moment,
        trust.signers,
        trust.approvers,
        request.principal,
        _revocations_of(known, moment),
        trust.log.keys if trust.log is not None else (),
        trust.log.witnesses if trust.log is not None else None,
        without=frozenset(request.without),
        guidelines=trust.guidelines,
    )


def _revocations_of(known: KnownProgramme, moment: dt.datetime) -> Revocations | None:
    terms = known.trust.revocations
    if terms is None:
        return None
    if known.revocations is None:
        source = f"the list of revocations of {known.trust.programme}"
        return Revocations(source, {}, {}, unchecked="it is not at hand")
    return counted(known.revocations, terms.ring, known.trust.programme, moment)


def _asked_for(known: KnownProgramme) -> frozenset[VerificationStep]:
    """Steps that need not be taken elsewhere, and that this programme asks for."""
    asked = {
        VerificationStep.REVOCATION: known.trust.revocations is not None,
        VerificationStep.RECEIPT: known.trust.log is not None and known.trust.log.is_receipt_required,
    }
    return frozenset(step for step, is_asked in asked.items() if is_asked)


def _trust_policy(request: TrustRequest) -> TrustPolicy:
    moment = _moment(request)
    revoked = request.revoked
    guideline = None if request.guideline is None else load(request.guideline)
    return TrustPolicy(
        moment,
        _signers(request),
        None if request.waiver_signers is None else signers_of(request.waiver_signers),
        request.principal,
        None if revoked is None else _listed(revoked),
        tuple(_log_key(word) for word in request.log_keys),
        _witness_policy(request),
        guideline,
        frozenset(request.without),
        policy_of(request.verdict_policy),
        () if guideline is None else _hosts(guideline, request.guideline),
    )


def _listed(path: str) -> Revocations:
    """A list of revocations by itself: what is in it counts, and who may sign it only a trust document says."""
    data, name = read_bounded(path, LARGEST_LIST), Path(path).name
    return read_revocation_list(data, name).revocations if is_envelope(data) else read_revocations(data, name)


def _hosts(guideline: Guideline, path: str | None) -> tuple[Guideline, ...]:
    """Those that lie beside an add-on's guideline."""
    found = (host for program in guideline.programs for host in hosts_of(program, path))
    return tuple({host.sha256: host for host in found}.values())


def _witness_policy(request: TrustRequest) -> WitnessPolicy | None:
    if not request.witnesses:
        return None
    keys = tuple(_log_key(word) for word in request.witnesses)
    return WitnessPolicy(keys, request.quorum or len(keys))


def _signers(request: TrustRequest) -> Signers | None:
    if request.keys:
        return any_key([load_public(path) for path in request.keys])
    if request.allowed_signers is not None:
        return signers_of(request.allowed_signers)
    if request.policy is not None:
        return read_signers(read_bounded(request.policy, LARGEST_LIST), Path(request.policy).name)
    return None


def _log_key(word: str) -> NoteKey:
    is_file = Path(word).is_file()
    text = read_bounded(word, LARGEST_LIST).decode("utf-8", "replace") if is_file else word
    return read_note_key(text.strip())


def read_bounded(path: str | Path, limit: int) -> bytes:
    """The first `limit` bytes of a file. Raises OSError."""
    with Path(path).open("rb") as file:
        return file.read(limit)

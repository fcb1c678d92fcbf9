"""Signatures beside a file: of SSH (`ssh-keygen -Y sign -n certmark`), and RefStack's (RSA, in hex).

They say nothing but that somebody signed these bytes; what the bytes claim is then looked at as ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.evidence.artifacts import Artifact
from certmark.formats.errors import FormatError, excerpt
from certmark.trust.attestations.predicates import facts_of_bundle, facts_of_report, verdict_statement
from certmark.trust.attestations.statements import Statement
from certmark.trust.errors import BadSignature, InvalidKey
from certmark.trust.keys import material
from certmark.trust.keys.keys import Algorithm, PublicKey
from certmark.trust.keys.signatures import BEGIN, NAMESPACE, read_ssh_signature
from certmark.trust.signers.signers import Claim
from certmark.trust.verification.evidence import EvidenceFindings, examine
from certmark.trust.verification.findings import (
    OF_CERTIFICATES,
    Fault,
    StepResult,
    VerificationStep,
    VerificationSteps,
    failed,
    not_checked,
    ok,
)
from certmark.trust.verification.requests import TrustPolicy
from certmark.trust.verification.verification import VerificationResult, check_trust, ended_of

_HEX = re.compile(rb"[0-9a-fA-F]{512,2048}\Z")
_LARGEST_UPLOAD = 256 << 20
_STEP = 1 << 20


class _Sound(NamedTuple):
    kind: str
    key: PublicKey
    namespace: str


def is_detached(data: bytes) -> bool:
    """Whether `data` is a signature of one of the two kinds."""
    return data.lstrip().startswith(BEGIN) or _HEX.match(data.strip()) is not None


def verify_detached(name: str, signature: bytes, artifact: Artifact, trust: TrustPolicy) -> VerificationResult:
    """Look at the signature `signature` over the file `artifact`. Raises OSError."""
    try:
        sound = (
            _of_ssh(signature, name, artifact)
            if signature.lstrip().startswith(BEGIN)
            else _of_refstack(signature, artifact, trust)
        )
    except (BadSignature, InvalidKey) as error:
        steps = [
            ok(VerificationStep.ENVELOPE, "a signature beside the file"),
            failed(VerificationStep.SIGNATURE, Fault.SIGNATURE, str(error), error.advice),
        ]
        rest = [
            not_checked(step, "there is no sound signature")
            for step in list(VerificationStep)[2:]
            if step not in OF_CERTIFICATES
        ]
        return VerificationResult(VerificationSteps((*steps, *rest), trust.without), None, ())
    statement, digests = _statement(artifact, sound, trust)
    examined = _examined(statement, digests, artifact, trust)
    claim = Claim(trust.principal, namespace=sound.namespace)
    steps = [
        ok(VerificationStep.ENVELOPE, f"{sound.kind} beside the file"),
        ok(VerificationStep.SIGNATURE, f"sound, made by {sound.key.id} ({sound.key.algorithm.value})"),
        not_checked(VerificationStep.RECEIPT, "receipts are for attestations"),
        *check_trust(trust, (sound.key,), claim, trust.moment, statement, ended_of(examined)),
        *examined.steps,
    ]
    found = VerificationSteps(tuple(steps), trust.without)
    return VerificationResult(found, statement, (sound.key,), examined.computed)


def _of_ssh(data: bytes, name: str, artifact: Artifact) -> _Sound:
    signature = read_ssh_signature(data, name)
    if signature.namespace != NAMESPACE:
        raise BadSignature(
            f"{name} was made for {excerpt(signature.namespace, 40)}, not for {NAMESPACE}: "
            f"sign with ssh-keygen -Y sign -n {NAMESPACE}"
        )
    signature.verify_stream(_blocks(artifact))
    return _Sound("a signature of SSH", signature.key, signature.namespace)


def _of_refstack(data: bytes, artifact: Artifact, trust: TrustPolicy) -> _Sound:
    keys = [key for key in (trust.signers.keys if trust.signers else ()) if key.algorithm is Algorithm.RSA]
    if not keys:
        raise BadSignature("a signature of RefStack does not say whose it is", Advice(Action.NAME_SIGNER_KEY))
    sig, message = bytes.fromhex(data.strip().decode("ascii")), _whole(artifact)
    for key in keys:
        try:
            material.verify(key, sig, message)
        except BadSignature:
            continue
        return _Sound("a signature of RefStack", key, NAMESPACE)
    raise BadSignature(f"none of the {len(keys)} RSA keys that were named made this signature over these bytes")


def _whole(artifact: Artifact) -> bytes:
    if artifact.source.size > _LARGEST_UPLOAD:
        raise BadSignature(f"{artifact.name} has more than {_LARGEST_UPLOAD >> 20} MiB; no upload of RefStack's has")
    return b"".join(_blocks(artifact))


def _statement(artifact: Artifact, sound: _Sound, trust: TrustPolicy) -> tuple[Statement | None, StepResult]:
    """What the file claims, as if its signer had said it."""
    try:
        with artifact.open() as found:
            if found.bundle is not None:
                facts = facts_of_bundle(found.bundle, found.target)
            elif found.report is not None:
                facts = facts_of_report(found.report, found.target.name)
            else:
                return None, ok(VerificationStep.DIGESTS, f"the signature is over all of {found.target.name}")
            statement = verdict_statement(facts, found.target, None, sound.key, trust.moment)
            return statement, ok(
                VerificationStep.DIGESTS, f"the signature is over all of {found.target.name}, which is whole"
            )
    except FormatError as error:
        return None, failed(VerificationStep.DIGESTS, Fault.DIGEST, str(error))


def _examined(
    statement: Statement | None, digests: StepResult, artifact: Artifact, trust: TrustPolicy
) -> EvidenceFindings:
    if statement is None:
        guideline = not_checked(VerificationStep.GUIDELINE, f"{artifact.name} names none")
        return EvidenceFindings(
            (digests, guideline, not_checked(VerificationStep.VERDICT, f"{artifact.name} claims none"))
        )
    examined = examine(statement, artifact, trust)
    steps = (found for found in examined.steps if found.step is not VerificationStep.DIGESTS)
    return examined._replace(steps=(digests, *steps))


def _blocks(artifact: Artifact) -> Iterator[bytes]:
    with artifact.source.open_raw() as stream:
        while block := stream.read(_STEP):
            yield block

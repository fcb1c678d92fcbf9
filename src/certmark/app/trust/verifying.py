"""The work of `certmark verify`: gather what is at hand, ask, tell."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
from typing import TYPE_CHECKING

from certmark.app.inputs.attestations import attestation_beside, bundle_of, subject_beside
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.domain.errors import InvalidRequest
from certmark.evidence.artifacts import artifact_of
from certmark.formats.errors import FormatError
from certmark.trust.attestations.statements import Statement, read_statement
from certmark.trust.envelopes import LARGEST, read_envelope
from certmark.trust.keys.files import load_public
from certmark.trust.signers.signers import Signers, any_key
from certmark.trust.verification.findings import Fault, StepOutcome, StepResult, VerificationStep, VerificationSteps
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.verification import VerificationResult
from certmark.trust.verification.verification import verify as answer_to

if TYPE_CHECKING:
    from certmark.domain.guidelines import Guideline
    from certmark.trust.log.checkpoints import WitnessPolicy
    from certmark.trust.log.notes import NoteKey

STATUS = {
    Fault.SIGNATURE: Exit.SIGNATURE,
    Fault.SIGNER: Exit.SIGNER,
    Fault.DIGEST: Exit.DIGEST,
    Fault.VERDICT: Exit.VERDICT,
    Fault.RECEIPT: Exit.RECEIPT,
    Fault.REVOKED: Exit.REVOKED,
    Fault.EXPIRED: Exit.EXPIRED,
    Fault.GUIDELINE: Exit.GUIDELINE,
}
_LARGEST_LIST = 16 << 20


def verify(args: argparse.Namespace, console: Console) -> Exit:
    """Look, and tell."""
    trust = _trust(args)
    answer = _detached(args, trust) if args.signature is not None else _attested(args, trust)
    if args.json:
        console.data(json.dumps(_document(answer), indent=1))
    else:
        _tell(answer, console)
    return _status(answer.findings)


def _status(findings: VerificationSteps) -> Exit:
    if findings.fault is not None:
        return STATUS[findings.fault]
    return Exit.OK if findings.holds else Exit.INCOMPLETE


def _attested(args: argparse.Namespace, trust: TrustPolicy) -> VerificationResult:
    attestation, target = _pair(args)
    data = _read(attestation, LARGEST + 1)
    if target is None:
        target = subject_beside(attestation, _subjects(data))
    receipts = tuple(_read(path, _LARGEST_LIST) for path in args.receipt)
    return answer_to(
        VerificationRequest(
            os.path.basename(attestation), data, trust, artifact_of(target) if target else None, receipts
        )
    )


def _pair(args: argparse.Namespace) -> tuple[str, str | None]:
    """The attestation, and what it is about as far as that is named."""
    path = bundle_of(args.file)
    if args.attestation is not None:
        return args.attestation, bundle_of(args.bundle) if args.bundle else path
    if _is_envelope(path):
        return path, args.bundle and bundle_of(args.bundle)
    beside = attestation_beside(path)
    if not os.path.isfile(beside):
        raise InvalidRequest(
            f"there is no attestation of {args.file} ({os.path.basename(beside)} is not beside it); "
            "name one with --attestation, or a signature with --signature"
        )
    return beside, path


def _is_envelope(path: str) -> bool:
    """Whether the file is an envelope, even one that was damaged, and not what was signed."""
    with open(path, "rb") as file:
        head = file.read(4 << 10)
    return path.endswith(".attestation.json") or (head.lstrip()[:1] == b"{" and b'"payloadType"' in head)


def _subjects(data: bytes) -> list[str]:
    try:
        return [subject.name for subject in read_statement(read_envelope(data)).subjects]
    except FormatError:
        return []  # the verification says so


def _detached(args: argparse.Namespace, trust: TrustPolicy) -> VerificationResult:
    from certmark.trust.verification.detached import is_detached, verify_detached

    if args.attestation is not None or args.receipt:
        raise InvalidRequest("--signature takes the place of an attestation and its receipts; name one or the other")
    data = _read(args.signature, _LARGEST_LIST)
    if not is_detached(data):
        raise InvalidRequest(f"{args.signature} is no signature of ssh-keygen -Y sign, nor RefStack's in hex")
    return verify_detached(os.path.basename(args.signature), data, artifact_of(bundle_of(args.file)), trust)


def _trust(args: argparse.Namespace) -> TrustPolicy:
    moment = dt.datetime.now(dt.UTC)
    if args.as_of is not None:
        moment = dt.datetime(args.as_of.year, args.as_of.month, args.as_of.day, 23, 59, 59, tzinfo=dt.UTC)
    revocations = None
    if args.revoked is not None:
        from certmark.trust.signers.policy import read_revocations

        revocations = read_revocations(_read(args.revoked, _LARGEST_LIST), os.path.basename(args.revoked))
    guideline = None
    hosts: tuple[Guideline, ...] = ()
    if args.guideline is not None:
        from certmark.app.inputs.guidelines import hosts_of
        from certmark.formats.guideline import load

        guideline = load(args.guideline)
        hosts = tuple(host for program in guideline.programs for host in hosts_of(program, args.guideline))
    approvers = None
    if args.waiver_signers is not None:
        from certmark.app.inputs.signers import signers_of

        approvers = signers_of(args.waiver_signers)
    return TrustPolicy(
        moment,
        _signers(args),
        approvers,
        args.principal,
        revocations,
        tuple(_log_key(word) for word in args.log_key),
        _witnesses(args),
        guideline,
        hosts,
        frozenset(VerificationStep(word) for word in args.without),
    )


def _witnesses(args: argparse.Namespace) -> WitnessPolicy | None:
    if args.quorum is not None and not args.witness:
        raise InvalidRequest("--quorum says how many witnesses are enough; name their keys with --witness")
    if args.quorum is not None and not 0 < args.quorum <= len(args.witness):
        raise InvalidRequest(f"--quorum must be a number from 1 to {len(args.witness)}, as there are --witness keys")
    if args.receipt and not args.log_key:
        raise InvalidRequest("a receipt is checked with the key of its log; name it with --log-key")
    if not args.witness:
        return None
    if not args.receipt:
        raise InvalidRequest("--witness asks who saw the log, which a receipt tells; name one with --receipt")
    from certmark.trust.log.checkpoints import WitnessPolicy

    keys = tuple(_log_key(word) for word in args.witness)
    return WitnessPolicy(keys, args.quorum or len(keys))


def _signers(args: argparse.Namespace) -> Signers | None:
    given = [bool(args.key), args.allowed_signers is not None, args.policy is not None]
    if sum(given) > 1:
        raise InvalidRequest("--key, --allowed-signers and --policy each say who may sign; keep one of them")
    if args.key:
        return any_key([load_public(path) for path in args.key])
    if args.allowed_signers is not None:
        from certmark.app.inputs.signers import signers_of

        return signers_of(args.allowed_signers)
    if args.policy is not None:
        from certmark.trust.signers.policy import read_signers

        return read_signers(_read(args.policy, _LARGEST_LIST), os.path.basename(args.policy))
    return None


def _log_key(word: str) -> NoteKey:
    from certmark.trust.log.notes import read_note_key

    text = _read(word, _LARGEST_LIST).decode("utf-8", "replace") if os.path.isfile(word) else word
    return read_note_key(text.strip())


def _read(path: str, limit: int) -> bytes:
    with open(path, "rb") as file:
        return file.read(limit)


def _tell(answer: VerificationResult, console: Console) -> None:
    width = max(len(outcome.value) for outcome in StepOutcome)
    for found in answer.findings.steps:
        word = found.outcome.value.upper() if found.outcome is StepOutcome.FAILED else found.outcome.value
        console.data(f"{word:<{width}}  {found.step.value:<10}  {_plain(found.sentence)}")
    console.data("\n")
    console.data(_conclusion(answer))


def _plain(sentence: str) -> str:
    """What does not print in foreign text is escaped."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in sentence)


def _conclusion(answer: VerificationResult) -> str:
    findings = answer.findings
    about = _about(answer.statement)
    if findings.holds:
        left = f" (without {_listed(sorted(step.value for step in findings.waived))})" if findings.waived else ""
        return f"VERIFIED{left}: {about}"
    failures = [found for found in findings.steps if found.outcome is StepOutcome.FAILED]
    if failures:
        return f"NOT VERIFIED: {_listed([found.step.value for found in failures])} failed"
    return (
        f"NOT VERIFIED: nothing is wrong, but {_listed([step.value for step in findings.missing])} could not be checked"
    )


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _about(statement: Statement | None) -> str:
    if statement is None:
        return "these bytes"
    product, verdict = statement.predicate.get("product"), statement.predicate.get("verdict")
    whose = ""
    if isinstance(product, dict):
        words = " ".join(str(word) for word in (product.get("name"), product.get("version")) if word)
        whose = f"{_plain(str(product.get('vendor'))[:200])}, {_plain(words[:400])}: "
    said = verdict.get("sentence") if isinstance(verdict, dict) else statement.predicate.get("result")
    return f"{whose}{_plain(str(said)[:400])}"


def _document(answer: VerificationResult) -> dict[str, object]:
    findings = answer.findings
    predicate = answer.statement.predicate if answer.statement is not None else {}
    return {
        "holds": findings.holds,
        "status": int(_status(findings)),
        "fault": None if findings.fault is None else findings.fault.value,
        "not_checked": [step.value for step in findings.missing],
        "steps": [_step(found) for found in findings.steps],
        "signed_by": [{"id": key.id, "type": key.algorithm.value} for key in answer.signed_by],
        "claims": {key: predicate.get(key) for key in ("product", "cloud", "run", "guideline", "verdict", "signed")},
    }


def _step(found: StepResult) -> dict[str, str | None]:
    return {
        "step": found.step.value,
        "outcome": found.outcome.value,
        "sentence": found.sentence,
        "fault": None if found.fault is None else found.fault.value,
    }

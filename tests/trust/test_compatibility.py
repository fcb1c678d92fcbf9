"""What version 1 made is verified for ever (docs/reference/attestation.md, "What stays").

If one of these fails, the change breaks what people have signed: mend the change, never the files.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.artifacts import artifact_of
from certmark.formats.guideline import load
from certmark.trust.envelopes import read_envelope
from certmark.trust.keys.files import load_public
from certmark.trust.keys.keys import Algorithm
from certmark.trust.log.notes import read_note_key
from certmark.trust.signers.openssh import read_allowed_signers
from certmark.trust.signers.policy import read_revocations, read_signers
from certmark.trust.signers.signers import any_key
from certmark.trust.verification.detached import verify_detached
from certmark.trust.verification.findings import Fault, VerificationStep
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.verification import VerificationResult, verify
from support.signed import ALL_OK, UNJUDGED, failure, outcomes

LATER = datetime(2026, 12, 24, tzinfo=UTC)


def trust(v1: Path, **given: object) -> TrustPolicy:
    usual = {"moment": LATER, "guideline": load(str(v1 / "guideline.txt"))}
    usual["signers"] = read_allowed_signers((v1 / "allowed_signers").read_bytes(), "allowed_signers")
    return TrustPolicy(**{**usual, **given})  # type: ignore[arg-type]  # fields by their names


def ask(
    v1: Path, whom: TrustPolicy, *receipts: bytes, name: str = "bundle.certmark.attestation.json"
) -> VerificationResult:
    bundle = str(v1 / "bundle.certmark.tar.gz")
    return verify(VerificationRequest(name, (v1 / name).read_bytes(), whom, artifact_of(bundle), receipts))


def test_the_attestation_holds_with_everything_that_can_be_asked(v1: Path) -> None:
    policy = read_signers((v1 / "policy.yaml").read_bytes(), "policy.yaml")
    whom = trust(v1, signers=policy, log_keys=(read_note_key((v1 / "log.key").read_text().strip()),))
    answer = ask(v1, whom, (v1 / "receipt.txt").read_bytes())
    assert outcomes(answer) == ALL_OK
    assert answer.findings.holds
    assert answer.findings.steps[2].sentence == "entry 1 of log.example/certmark, received 2026-11-22 12:05 UTC"
    assert {key.algorithm for key in answer.signed_by} == set(Algorithm)


def test_each_key_and_the_allowed_signers_are_understood(v1: Path) -> None:
    assert ask(v1, trust(v1)).findings.holds
    for algorithm in Algorithm:
        key = load_public(v1 / f"{algorithm.value}.pub")
        assert ask(v1, trust(v1, signers=any_key([key]))).findings.holds


def test_the_revocation_counts(v1: Path) -> None:
    listed = read_revocations((v1 / "revoked.yaml").read_bytes(), "revoked.yaml")
    policy = read_signers((v1 / "policy.yaml").read_bytes(), "policy.yaml")
    answer = ask(v1, trust(v1, signers=policy, revocations=listed))
    assert answer.findings.holds, "the lab signed with another key, too"
    assert answer.findings.steps[4].sentence.endswith(': "lost"; it does not count, and the others are enough')
    (lost,) = (key for key in answer.signed_by if key.id in listed.keys)
    alone = trust(v1, signers=any_key([lost]), revocations=listed)
    assert failure(ask(v1, alone)).fault is Fault.REVOKED


@pytest.mark.parametrize("algorithm", Algorithm)
def test_signatures_of_ssh_hold(v1: Path, algorithm: Algorithm) -> None:
    whom = trust(v1, signers=any_key([load_public(v1 / f"{algorithm.value}.pub")]))
    data = (v1 / f"bundle.{algorithm.value}.sig").read_bytes()
    assert outcomes(verify_detached("it.sig", data, artifact_of(str(v1 / "bundle.certmark.tar.gz")), whom)) == ALL_OK


def test_a_signature_of_refstack_holds(v1: Path) -> None:
    whom = trust(v1, signers=any_key([load_public(v1 / "rsa.pub")]))
    data = (v1 / "refstack.hex").read_bytes()
    assert outcomes(verify_detached("it", data, artifact_of(str(v1 / "bundle.certmark.tar.gz")), whom)) == ALL_OK


def test_the_test_result_is_signed(v1: Path) -> None:
    whom = trust(v1, principal="Acme")
    answer = ask(v1, whom, name="bundle.certmark.test-result.json")
    assert outcomes(answer) == {**UNJUDGED, "guideline": "not checked", "verdict": "not checked"}
    assert answer.statement is not None
    assert answer.statement.predicate["result"] == "PASSED"


def test_the_predicate_is_what_its_schema_says(v1: Path) -> None:
    import certmark

    schemas = Path(certmark.__file__).parent / "data" / "schemas"
    schema = json.loads((schemas / "certmark-attestation-1.json").read_text())
    payload = json.loads(read_envelope((v1 / "bundle.certmark.attestation.json").read_bytes()).payload)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(payload["predicate"], schema)
    for key in payload["predicate"]:
        lacking = {name: value for name, value in payload["predicate"].items() if name != key}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(lacking, schema)


def test_the_policy_is_what_its_schema_says(v1: Path) -> None:
    import yaml

    import certmark

    schemas = Path(certmark.__file__).parent / "data" / "schemas"
    schema = json.loads((schemas / "certmark-signers-1.json").read_text())
    document = json.loads(json.dumps(yaml.safe_load((v1 / "policy.yaml").read_text()), default=str))
    jsonschema.validate(document, schema)


def test_a_verdict_that_rests_on_approved_waivers_holds(v1: Path) -> None:
    folder = v1 / "waived"
    approvers = read_signers((folder / "approvers.yaml").read_bytes(), "approvers.yaml")
    whom = TrustPolicy(
        LATER,
        any_key([load_public(folder / "signer.pub")]),
        approvers=approvers,
        guideline=load(str(folder / "list.txt")),
    )
    name = "bundle.certmark.attestation.json"
    answer = verify(
        VerificationRequest(
            name, (folder / name).read_bytes(), whom, artifact_of(str(folder / "bundle.certmark.tar.gz"))
        )
    )
    assert outcomes(answer) == {**ALL_OK, "waivers": "ok"}
    told = "1 waiver was used, approved by alice and bob"
    assert [step.sentence for step in answer.findings.steps if step.step is VerificationStep.WAIVERS] == [told]


def test_what_was_removed_from_a_bundle_can_still_be_shown(v1: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle, shown = (str(v1 / "waived" / name) for name in ("bundle.certmark.tar.gz", "shown.json"))
    assert main(["bundle", "verify", bundle, "--revealed", shown]) == Exit.OK
    assert "1 of 1 removed values are what stood there" in capsys.readouterr().out

"""Eight steps; each can fail alone, and nothing that was changed passes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certmark.evidence.artifacts import artifact_of
from certmark.formats.guideline import read as read_guideline
from certmark.trust.attestations.statements import PAYLOAD_TYPE, Subject, write_statement
from certmark.trust.envelopes import Envelope, Signature, read_envelope, seal, write_envelope
from certmark.trust.keys.files import new_key
from certmark.trust.keys.keys import Algorithm
from certmark.trust.signers.policy import Revocation, Revocations
from certmark.trust.signers.signers import AllowedSigner, Grant, Signers, ValidityPeriod, any_key
from certmark.trust.verification.evidence import examine
from certmark.trust.verification.findings import Fault, StepOutcome, StepResult, VerificationStep, VerificationSteps
from certmark.trust.verification.requests import VerificationRequest
from certmark.trust.verification.verification import verify
from support.signed import ALL_OK, KEY, NOW, OTHER, Signed, failure, outcomes


def test_everything_holds(signed: Signed) -> None:
    answer = signed.ask(signed.attestation())
    assert outcomes(answer) == ALL_OK
    assert answer.findings.holds
    assert answer.signed_by == (KEY.public._replace(comment="ops@acme.example"),)


def test_nothing_found_is_nothing_verified() -> None:
    assert not VerificationSteps(()).holds


def granted(
    span: ValidityPeriod = ValidityPeriod(), *, vendors: tuple[str, ...] = ("Acme",), clouds: tuple[str, ...] = ("*",)
) -> Signers:
    return Signers("policy.yaml", (AllowedSigner("ops", KEY.public, span),), (Grant(("ops",), vendors, clouds),))


LAST_YEAR = NOW - timedelta(days=365)
ALONE: list[tuple[Fault, VerificationStep, str, Callable[[Signed], Any]]] = [
    (
        Fault.SIGNATURE,
        VerificationStep.SIGNATURE,
        f"the signature is not that of {KEY.keyid} over these bytes; it was changed since, or never signed",
        lambda it: it.ask(tampered(it.attestation())),
    ),
    (
        Fault.SIGNER,
        VerificationStep.SIGNER,
        "no key that signed is among those of the named key",
        lambda it: it.ask(it.attestation(), signers=any_key([OTHER.public])),
    ),
    (
        Fault.SIGNER,
        VerificationStep.SIGNER,
        'ops may not speak for "Acme" (policy.yaml)',
        lambda it: it.ask(it.attestation(), signers=granted(vendors=("Else",))),
    ),
    (
        Fault.EXPIRED,
        VerificationStep.SIGNER,
        "the key of ops was valid until 2025-11-22 12:00 UTC, and it is 2026-11-22 12:00 UTC",
        lambda it: it.ask(it.attestation(), signers=granted(ValidityPeriod(None, LAST_YEAR))),
    ),
    (
        Fault.EXPIRED,
        VerificationStep.SIGNER,
        "the key of ops is valid only from 2026-11-23, and it is 2026-11-22 12:00 UTC",
        lambda it: it.ask(it.attestation(), signers=granted(ValidityPeriod(NOW + timedelta(days=1)))),
    ),
    (
        Fault.EXPIRED,
        VerificationStep.SIGNER,
        "the tests ran on 1970-01-01; policy.yaml asks for at most 365 days",
        lambda it: it.ask(it.attestation(), signers=granted()._replace(max_age_days=365)),
    ),
    (
        Fault.REVOKED,
        VerificationStep.REVOCATION,
        f'the key {KEY.keyid} was revoked: "stolen"',
        lambda it: it.ask(
            it.attestation(), revocations=Revocations("list", {KEY.keyid: Revocation("stolen", None)}, {})
        ),
    ),
    (
        Fault.DIGEST,
        VerificationStep.DIGESTS,
        "what was signed of configuration is not what bundle.certmark.tar.gz says",
        lambda it: it.ask(it.attestation(configuration={"fingerprint": "f" * 64})),
    ),
    (
        Fault.GUIDELINE,
        VerificationStep.GUIDELINE,
        'it was judged by another text of "list" (94ba84fb9910…) than the one that was named here (6396680cb548…)',
        lambda it: it.ask(it.attestation(), guideline=read_guideline(b"a.B.c\n", "list.txt")),
    ),
    (
        Fault.VERDICT,
        VerificationStep.VERDICT,
        "the verdict that was signed is not the report's",
        lambda it: it.ask(it.attestation(verdict={"standing": "not applicable"})),
    ),
    (
        Fault.RECEIPT,
        VerificationStep.RECEIPT,
        "this is no receipt: it does not begin like a c2sp.org/tlog-proof@v1; ask the server for it again",
        lambda it: verify(
            VerificationRequest(
                "it", it.attestation(), it.trust(log_keys=("any",)), artifact_of(it.bundle), receipts=(b"nothing",)
            )
        ),
    ),
]


def tampered(attestation: bytes) -> bytes:
    """Another vendor under the same signature."""
    found = read_envelope(attestation)
    return write_envelope(found._replace(payload=found.payload.replace(b'"Acme"', b'"Acne"')))


@pytest.mark.parametrize(
    ("fault", "step", "sentence", "ask"),
    ALONE,
    ids=[f"{fault.value}-{number}" for number, (fault, *_) in enumerate(ALONE)],
)
def test_each_step_can_fail_alone(
    signed: Signed, fault: Fault, step: VerificationStep, sentence: str, ask: Callable[[Signed], Any]
) -> None:
    answer = ask(signed)
    if step is VerificationStep.SIGNATURE:  # whose signers cannot be asked about, then
        assert outcomes(answer) == {**ALL_OK, "signature": "failed", "signer": "not checked"}
    assert failure(answer) == StepResult(step, StepOutcome.FAILED, sentence, fault)
    assert not answer.findings.holds
    assert answer.findings.fault is fault


def test_a_verdict_that_its_own_evidence_does_not_give_is_found(signed: Signed, tmp_path: Path) -> None:
    """Whoever signs with tools of their own can sign anything; digests fit, the verdict does not."""
    forger = Signed(tmp_path)
    report = forger.run / "report.json"
    report.write_bytes(report.read_bytes().replace(b'"passed":2', b'"passed":3'))
    from certmark.evidence.bundle import write_bundle

    forger.bundle = write_bundle(forger.run)
    answer = forger.ask(forger.attestation())
    assert failure(answer).fault is Fault.VERDICT
    assert failure(answer).sentence == "verdict: judged again, its totals.passed is not what the report says"
    assert outcomes(answer)["digests"] == "ok"
    assert outcomes(signed.ask(signed.attestation())) == ALL_OK


def test_a_strangers_signature_is_sound_and_not_allowed(signed: Signed) -> None:
    statement = signed.statement(signer=OTHER)
    attestation = write_envelope(seal(PAYLOAD_TYPE, write_statement(statement), [OTHER]))
    answer = signed.ask(attestation)
    assert outcomes(answer) == {**ALL_OK, "signer": "failed"}
    assert answer.signed_by[0].id == OTHER.keyid


def test_without_anybody_to_trust_nothing_is_verified(signed: Signed) -> None:
    answer = signed.ask(signed.attestation(), signers=None)
    assert outcomes(answer) == {**ALL_OK, "signer": "not checked"}
    assert answer.findings.missing == (VerificationStep.SIGNER,)
    assert not answer.findings.holds


def test_what_a_person_does_without_is_not_missing(signed: Signed) -> None:
    without = frozenset(
        {VerificationStep.SIGNER, VerificationStep.DIGESTS, VerificationStep.GUIDELINE, VerificationStep.VERDICT}
    )
    answer = signed.ask(signed.attestation(), signers=None, without=without)
    assert [found.sentence for found in answer.findings.steps if found.step in without] == [
        "done without, as asked"
    ] * 4
    assert answer.findings.holds


def test_a_key_that_the_statement_names_makes_no_other_signature_sound(signed: Signed) -> None:
    """The statement names OTHER; KEY's id stands under it; only the named key counts."""
    statement = signed.statement(signer=OTHER)
    envelope = seal(PAYLOAD_TYPE, write_statement(statement), [OTHER])
    confused = envelope._replace(signatures=(Signature(KEY.keyid, envelope.signatures[0].sig),))
    assert failure(signed.ask(write_envelope(confused))).fault is Fault.SIGNATURE


def test_an_unsound_signature_does_not_count_and_spoils_no_other(signed: Signed) -> None:
    envelope = read_envelope(signed.attestation())
    both = envelope._replace(signatures=(*envelope.signatures, Signature(KEY.keyid, bytes(64))))
    answer = signed.ask(write_envelope(both))
    assert outcomes(answer) == ALL_OK
    assert "is not sound and does not count" in answer.findings.steps[1].sentence


@pytest.mark.parametrize("keyid", ["", "0123abcd"])
def test_the_keyid_is_a_hint(signed: Signed, keyid: str) -> None:
    envelope = read_envelope(signed.attestation())
    renamed = envelope._replace(signatures=(Signature(keyid, envelope.signatures[0].sig),))
    assert outcomes(signed.ask(write_envelope(renamed))) == ALL_OK


def test_an_algorithm_is_the_keys_never_the_signatures(signed: Signed) -> None:
    ecdsa = new_key(Algorithm.ECDSA_P256)
    envelope = read_envelope(signed.attestation())
    confused = envelope._replace(signatures=(Signature(ecdsa.keyid, envelope.signatures[0].sig),))
    answer = signed.ask(write_envelope(confused), signers=any_key([ecdsa.public]))
    assert failure(answer).fault is Fault.SIGNATURE


def test_a_threshold_wants_people_not_keys(signed: Signed) -> None:
    second = new_key(Algorithm.ED25519)
    people = (AllowedSigner("ops", KEY.public), AllowedSigner("ops", second.public), AllowedSigner("lab", OTHER.public))
    signers = Signers("policy", people, (Grant(("ops", "lab"), threshold=2),))
    answer = signed.ask(signed.attestation(KEY, second), signers=signers)
    assert failure(answer).sentence == "1 of 2 signers that are needed signed; missing: lab"
    answer = signed.ask(signed.attestation(KEY, OTHER), signers=signers)
    assert outcomes(answer) == ALL_OK


def test_a_revoked_key_does_not_count_and_does_no_harm_where_the_others_are_enough(signed: Signed) -> None:
    people = (AllowedSigner("ops", KEY.public), AllowedSigner("lab", OTHER.public))
    listed = Revocations("list", {OTHER.keyid: Revocation("stolen", None)}, {})
    one, two = (Signers("policy", people, (Grant(("ops", "lab"), threshold=number),)) for number in (1, 2))
    attestation = signed.attestation(KEY, OTHER)
    answer = signed.ask(attestation, signers=one, revocations=listed)
    assert outcomes(answer) == ALL_OK
    assert answer.findings.holds
    told = (
        f'list cannot be relied on (it is not signed): the key {OTHER.keyid} was revoked: "stolen"; '
        "it does not count, and the others are enough"
    )
    assert [step.sentence for step in answer.findings.steps if step.step is VerificationStep.REVOCATION] == [told]
    assert failure(signed.ask(attestation, signers=two, revocations=listed)).fault is Fault.REVOKED
    assert failure(signed.ask(signed.attestation(OTHER), signers=one, revocations=listed)).fault is Fault.REVOKED


def test_a_grant_can_be_for_some_clouds_only(signed: Signed) -> None:
    cloud = {"identity": "cloud:x/RegionOne", "region": "RegionOne", "legacy": {}}
    attestation = signed.attestation(cloud=cloud)
    answer = signed.ask(attestation, signers=granted(clouds=("cloud:y/*",)))
    assert outcomes(answer)["signer"] == "failed"
    answer = signed.ask(attestation, signers=granted(clouds=("cloud:x/*",)))
    assert outcomes(answer)["signer"] == "ok"


def test_a_revocation_spares_what_a_receipt_shows_to_be_older(signed: Signed) -> None:
    later = Revocations("list", {KEY.keyid: Revocation("left", NOW + timedelta(days=1))}, {})
    answer = signed.ask(signed.attestation(), revocations=later)
    assert answer.findings.holds
    earlier = Revocations("list", {KEY.keyid: Revocation("left", NOW - timedelta(days=1))}, {})
    assert failure(signed.ask(signed.attestation(), revocations=earlier)).fault is Fault.REVOKED


def test_an_attestation_can_be_revoked_by_the_digest_of_its_statement(signed: Signed) -> None:
    attestation = signed.attestation()
    digest = signed.ask(attestation).statement.payload_sha256 or ""  # type: ignore[union-attr]  # it was read
    listed = Revocations("list", {}, {digest: Revocation("withdrawn", None)})
    assert failure(signed.ask(attestation, revocations=listed)).sentence == 'this attestation was revoked: "withdrawn"'


def test_a_report_alone_is_judged_again_and_not_verified(signed: Signed) -> None:
    answer = signed.ask(signed.attestation(), str(signed.run / "report.json"))
    assert outcomes(answer) == {**ALL_OK, "verdict": "not checked"}
    assert "7 members of the bundle are not at hand" in answer.findings.steps[5].sentence
    assert "the raw ones are not at hand" in answer.findings.steps[-1].sentence


def test_one_file_of_the_evidence_is_known(signed: Signed) -> None:
    answer = signed.ask(signed.attestation(), str(signed.run / "streams" / "w0-a1.subunit"))
    found = outcomes(answer)
    assert (found["digests"], found["guideline"], found["verdict"]) == ("ok", "ok", "not checked")


def test_without_the_bundle_nothing_of_it_is_verified(signed: Signed) -> None:
    answer = verify(VerificationRequest("it", signed.attestation(), signed.trust(), None))
    found = outcomes(answer)
    assert (found["digests"], found["guideline"], found["verdict"]) == ("not checked", "ok", "not checked")


def test_a_guideline_of_an_id_that_ships_must_be_the_one_that_ships(signed: Signed) -> None:
    answer = signed.ask(signed.attestation(guideline={"id": "2026.11"}), guideline=None)
    (found,) = (found for found in answer.findings.steps if found.step is VerificationStep.GUIDELINE)
    assert found.fault is Fault.GUIDELINE
    answer = signed.ask(signed.attestation(), guideline=None)
    assert outcomes(answer)["guideline"] == "not checked"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"verdict": None}, 'it.attestation.json: its statement has no sound "verdict"; ask its signer for another'),
        ({"evidence": "x"}, 'it.attestation.json: its statement has no sound "evidence"; ask its signer for another'),
        ({"verdict": {"sentence": 7}}, 'it.attestation.json: its statement has no sound "sentence" of the verdict; ask its signer for another'),
    ],
)  # fmt: skip
def test_a_statement_of_another_shape_is_refused(signed: Signed, change: dict[str, Any], sentence: str) -> None:
    assert failure(signed.ask(signed.attestation(**change))).sentence == sentence


@pytest.mark.parametrize(
    ("envelope", "sentence"),
    [
        (Envelope("text/plain", b"x", ()), 'it.attestation.json holds "text/plain", which is no statement of in-toto; name an attestation'),
        (Envelope(PAYLOAD_TYPE, b"[]", ()), "it.attestation.json holds no statement of in-toto, version 1; name an attestation"),
        (Envelope(PAYLOAD_TYPE, b'{"_type": "https://in-toto.io/Statement/v1"}', ()), "it.attestation.json: its statement says nothing; name another attestation"),
        (
            Envelope(PAYLOAD_TYPE, b'{"_type": "https://in-toto.io/Statement/v1", "predicateType": "x", "predicate": {}, "subject": []}', ()),
            "it.attestation.json: its statement is about nothing; name another attestation",
        ),
        (
            Envelope(PAYLOAD_TYPE, b'{"_type": "https://in-toto.io/Statement/v1", "predicateType": "x", "predicate": {}, "subject": [{"digest": {"sha256": "x"}}]}', ()),
            "it.attestation.json: a subject of its statement has no SHA-256; name another attestation",
        ),
        (
            Envelope(PAYLOAD_TYPE, b'{"_type": "https://in-toto.io/Statement/v1", "predicateType": "x/v9", "predicate": {}, "subject": [{"digest": {"sha256": "' + b"0" * 64 + b'"}}]}', ()),
            'it.attestation.json says "x/v9", which this Certmark does not know; verify it with the software that made it, or a newer one',
        ),
        (
            Envelope(PAYLOAD_TYPE, b'{"_type": 1, "_type": 2}', ()),
            "the payload of it.attestation.json: a key stands twice in one object; leave one out",
        ),
    ],
)  # fmt: skip
def test_what_says_nothing_that_is_known_is_refused(signed: Signed, envelope: Envelope, sentence: str) -> None:
    attestation = write_envelope(seal(envelope.payload_type, envelope.payload, [KEY]))
    answer = signed.ask(attestation)
    assert failure(answer).sentence == sentence
    assert {found.outcome for found in answer.findings.steps[1:]} == {StepOutcome.NOT_CHECKED}


@pytest.mark.thorough
def test_every_bit_of_an_attestation_counts(signed: Signed) -> None:
    """All but the keyid, which is a hint."""
    good = signed.attestation()
    hint = range(good.index(b'"keyid"', len(good) - 400), good.index(b'"sig"', len(good) - 400))
    without = frozenset({VerificationStep.DIGESTS, VerificationStep.VERDICT, VerificationStep.GUIDELINE})
    trust = signed.trust(without=without)
    assert verify(VerificationRequest("it", good, trust)).findings.holds
    for place in range(len(good)):
        # One bit of each byte of the payload, and each bit of all that is outside of it.
        bits = [place % 8] if 60 < place < len(good) - 260 else range(8)
        for bit in bits:
            bad = bytearray(good)
            bad[place] ^= 1 << bit
            answer = verify(VerificationRequest("it", bytes(bad), trust))
            assert place in hint or answer.findings.fault is Fault.SIGNATURE, (
                place,
                bit,
                bytes(bad[place - 20 : place + 20]),
            )


def test_every_byte_of_a_bundle_counts(signed: Signed, tmp_path: Path) -> None:
    """The header of gzip, and what it keeps beside the content, too."""
    statement, good = signed.statement(), Path(signed.bundle).read_bytes()
    place = tmp_path / "bundle.certmark.tar.gz"
    flipped = (good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :] for at in range(len(good)))
    others = (good[:-1], good + b"\0", b"", gzip.compress(gzip.decompress(good), mtime=7))
    for content in (*flipped, *others):
        place.write_bytes(content)
        first = examine(statement, artifact_of(str(place)), signed.trust()).steps[0]
        assert (first.step, first.fault) == (VerificationStep.DIGESTS, Fault.DIGEST)


def test_a_damaged_bundle_of_an_honest_signer_is_told_as_such(signed: Signed, tmp_path: Path) -> None:
    """Somebody signs the digest of a file that is no bundle."""
    place = tmp_path / "bundle.certmark.tar.gz"
    place.write_bytes(Path(signed.bundle).read_bytes()[:-400])
    import hashlib

    statement = signed.statement()
    subject = statement.subjects[0]._replace(sha256=hashlib.sha256(place.read_bytes()).hexdigest())
    payload = write_statement(statement._replace(subjects=(subject,)))
    answer = signed.ask(write_envelope(seal(PAYLOAD_TYPE, payload, [KEY])), str(place))
    assert failure(answer).sentence == "bundle.certmark.tar.gz stops in the middle; take a fresh copy"


def test_the_fields_are_compared_to_the_type(signed: Signed) -> None:
    size = Path(signed.bundle).stat().st_size
    assert failure(signed.ask(signed.attestation(bundle={"size": float(size)}))).fault is Fault.DIGEST


def test_a_newer_field_is_told_and_harmless(signed: Signed) -> None:
    answer = signed.ask(signed.attestation(weather="fine"))
    assert answer.findings.holds
    assert answer.findings.steps[5].sentence.endswith("; 1 fields of a newer Certmark were not looked at")


def test_times_have_a_zone(signed: Signed) -> None:
    assert json.loads(read_envelope(signed.attestation()).payload)["predicate"]["signed"] == "2026-11-22T12:00:00Z"
    assert datetime(2026, 11, 22, 12, tzinfo=UTC) == NOW


def test_further_subjects_are_refused(signed: Signed) -> None:
    """Whoever looks an attestation up by a digest would take this one's verdict for that of another bundle."""
    statement = signed.statement()
    more = statement._replace(subjects=(*statement.subjects, Subject("other.tar.gz", "0" * 64)))
    answer = signed.ask(write_envelope(seal(PAYLOAD_TYPE, write_statement(more), [KEY])))
    assert failure(answer).sentence == 'it speaks of further files, "other.tar.gz" among them, and says nothing of them'
    assert failure(answer).fault is Fault.DIGEST


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"signed": "yesterday"}, 'it.attestation.json: "signed" in its statement is no time; ask its signer for another'),
        ({"signed": "2099-01-01T00:00:00Z"}, "it says that it was signed on 2099-01-01, and that is after 2026-11-22"),
        ({"product": {"nickname": "x"}}, "it.attestation.json: its statement does not name its product as Certmark does; ask its signer"),
        ({"signer": {"keyid": "SHA256:x"}}, 'it names "SHA256:x" as its signer, which did not sign it'),
    ],
)  # fmt: skip
def test_what_only_the_signer_knows_has_its_form(signed: Signed, change: dict[str, Any], sentence: str) -> None:
    assert failure(signed.ask(signed.attestation(**change))).sentence == sentence


@pytest.mark.parametrize(
    ("found", "into", "sentence"),
    [
        (b'{"_type"', b'\xef\xbb\xbf{"_type"', "begins with a byte order mark"),
        (b'"product"', b'"Product": 1, "product"', "has two keys that only capitals tell apart"),
        (b'"size": ', b'"size": ' + b"9" * 4_000, "has a number that other readers round"),
    ],
)
def test_a_payload_that_others_read_otherwise_is_refused(
    signed: Signed, found: bytes, into: bytes, sentence: str
) -> None:
    payload = write_statement(signed.statement()).replace(found, into, 1)
    assert sentence in failure(signed.ask(write_envelope(seal(PAYLOAD_TYPE, payload, [KEY])))).sentence


def test_the_age_goes_by_the_times_in_the_raw_results(signed: Signed) -> None:
    """Those of the statement are the sender's."""
    limited = any_key([KEY.public])._replace(max_age_days=365)
    answer = signed.ask(signed.attestation(), signers=limited)
    assert failure(answer).sentence == "the tests ran on 1970-01-01; the named key asks for at most 365 days"
    answer = signed.ask(signed.attestation(), signers=limited, without=frozenset({VerificationStep.VERDICT}))
    assert outcomes(answer)["signer"] == "not checked"


def test_a_verdict_that_was_not_computed_is_nobodys(signed: Signed) -> None:
    assert signed.ask(signed.attestation()).computed is not None
    assert signed.ask(signed.attestation(), str(signed.run / "report.json")).computed is None

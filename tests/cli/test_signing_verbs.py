"""`certmark key`, `sign` and `verify`, as a person uses them."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.bundle import NAME, write_bundle
from certmark.trust.envelopes import read_envelope, write_envelope
from certmark.trust.keys.files import load_public, new_key, private_document
from certmark.trust.keys.keys import Algorithm
from support.eventful_run import record_eventful_run
from support.log_keys import signer_of
from support.recorded_run import NAMES, record_run, stream_of

Captured = pytest.CaptureFixture[str]
SENTENCE = "list: PASS; 1 of 1 required capability passed; 2 of 2 counted tests passed; under the policy none-failed."


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.delenv("CERTMARK_KEY_PASSPHRASE_FILE", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return tmp_path / "home"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run, with its bundle."""
    folder = record_run(tmp_path / "run")
    write_bundle(folder)
    return folder


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    assert main(["key", "new", "--no-passphrase", "--out", str(path), "--comment", "ops@acme.example"]) == Exit.OK
    return path


def signed(run: Path, key: Path, *more: str) -> Path:
    words = ["sign", str(run), "--key", str(key), "--vendor", "Acme", "--product", "Acme Cloud", "--quiet", *more]
    assert main(words) == Exit.OK
    return run / "bundle.certmark.attestation.json"


def verified(run: Path, *more: str) -> Exit:
    return Exit(main(["verify", str(run), "--guideline", str(run / "guideline" / "list.txt"), *more]))


def test_a_run_is_signed_and_verified_by_somebody_else(run: Path, key: Path, tmp_path: Path, capsys: Captured) -> None:
    signed(run, key)
    allowed = tmp_path / "allowed"
    capsys.readouterr()
    assert main(["key", "show", f"{key}.pub", "--allowed-signer", "Acme"]) == Exit.OK
    allowed.write_text(capsys.readouterr().out)
    assert verified(run, "--allowed-signers", str(allowed)) == Exit.OK
    identity = load_public(f"{key}.pub").id
    assert capsys.readouterr().out.splitlines() == [
        "ok           envelope    a verdict, as a statement of in-toto in a DSSE envelope",
        f"ok           signature   sound, made by {identity} (ed25519)",
        "not checked  receipt     none was given",
        'ok           signer      Acme (line 1) may speak for "Acme"',
        "not checked  revocation  no list of revocations was given",
        "ok           digests     bundle.certmark.tar.gz and its 7 members are those that were signed",
        'ok           guideline   "list" is the one that was named here (94ba84fb9910…)',
        'ok           policy      "none-failed" is the guideline\'s own',
        "ok           day         it was judged for 2026-11-21, and the tests ended on 1970-01-01",
        f"ok           verdict     judged again from the raw results (subunit-v2): {SENTENCE}",
        "",
        f"VERIFIED: Acme, Acme Cloud: {SENTENCE}",
    ]


def test_each_fault_has_a_status_of_its_own(run: Path, key: Path, tmp_path: Path, capsys: Captured) -> None:
    attestation = signed(run, key)
    good = ("--key", f"{key}.pub")
    other = tmp_path / "other"
    assert main(["key", "new", "--no-passphrase", "--out", str(other)]) == Exit.OK
    line = load_public(f"{key}.pub").line
    files = {
        "late": f'Acme valid-before="20200101" {line}\n',
        "elsewhere": f"Else {line}\n",
        "revoked": f"{line}\n",
        "receipt": "nothing",
        "guideline": "a.B.c\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    log_key = str(signer_of("log.example").key)
    expected = {
        (): Exit.INCOMPLETE,
        good: Exit.OK,
        ("--key", f"{other}.pub"): Exit.SIGNER,
        ("--allowed-signers", str(tmp_path / "elsewhere")): Exit.SIGNER,
        ("--allowed-signers", str(tmp_path / "late")): Exit.EXPIRED,
        ("--allowed-signers", str(tmp_path / "late"), "--as-of", "2019-12-31"): Exit.RECEIPT,
        (*good, "--revoked", str(tmp_path / "revoked")): Exit.REVOKED,
        (*good, "--guideline", str(tmp_path / "guideline")): Exit.GUIDELINE,
        (*good, "--without", "verdict"): Exit.OK,
        ("--without", "signer"): Exit.OK,
    }
    assert {words: verified(run, *words) for words in expected} == expected
    assert verified(run, *good, "--receipt", str(tmp_path / "receipt"), "--log-key", log_key) == Exit.RECEIPT
    capsys.readouterr()
    whole = attestation.read_bytes()
    attestation.write_bytes(whole.replace(b'"sig": "', b'"sig": "A'))
    assert verified(run, *good) == Exit.SIGNATURE
    attestation.write_bytes(b"{}")
    assert verified(run, *good) == Exit.SIGNATURE
    attestation.write_bytes(whole)
    with (run / NAME).open("ab") as bundle:
        bundle.write(b"\0")
    assert verified(run, *good) == Exit.DIGEST
    assert "FAILED       digests" in capsys.readouterr().out


def test_the_answer_as_json(run: Path, key: Path, capsys: Captured) -> None:
    signed(run, key)
    capsys.readouterr()
    assert verified(run, "--key", f"{key}.pub", "--json") == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert found["holds"] is True
    assert found["status"] == 0
    assert [step["step"] for step in found["steps"]] == [
        "envelope", "signature", "receipt", "signer", "revocation", "digests", "guideline", "policy", "day", "verdict",
    ]  # fmt: skip
    assert found["claims"]["product"] == {"vendor": "Acme", "name": "Acme Cloud", "version": None}
    assert found["computed"]["verdict"]["sentence"] == SENTENCE
    assert found["computed"]["run"] == {"began": "1970-01-01T00:00:00Z", "ended": "1970-01-01T00:00:01Z"}
    assert found["claims"]["verdict"] is None


def test_an_attestation_finds_what_lies_beside_it(run: Path, key: Path, tmp_path: Path, capsys: Captured) -> None:
    attestation = signed(run, key)
    more = ["--key", f"{key}.pub", "--guideline", str(run / "guideline" / "list.txt")]
    assert main(["verify", str(attestation), *more]) == Exit.OK
    alone = shutil.copy(attestation, tmp_path)
    assert main(["verify", str(alone), *more]) == Exit.INCOMPLETE
    assert main(["verify", str(alone), *more, "--bundle", str(run)]) == Exit.OK
    assert main(["verify", str(run / "report.json"), "--attestation", str(alone), *more]) == Exit.INCOMPLETE
    assert main(["verify", str(run / "report.json"), *more]) == Exit.USAGE
    assert "there is no attestation of" in capsys.readouterr().err


def test_a_report_alone_is_signed_and_not_verified(run: Path, key: Path) -> None:
    assert main(["sign", str(run / "report.json"), "--key", str(key), "--quiet"]) == Exit.OK
    report = run / "report.json"
    guideline = ("--guideline", str(run / "guideline" / "list.txt"))
    assert main(["verify", str(report), "--key", f"{key}.pub", *guideline]) == Exit.INCOMPLETE
    report.write_bytes(report.read_bytes().replace(b"a.First", b"a.Third"))
    assert main(["verify", str(report), "--key", f"{key}.pub", *guideline]) == Exit.DIGEST


def test_a_second_signature_is_added_for_a_threshold(run: Path, key: Path, tmp_path: Path, capsys: Captured) -> None:
    attestation, lab = signed(run, key), tmp_path / "lab"
    assert main(["key", "new", "--no-passphrase", "--type", "ecdsa-p256", "--out", str(lab)]) == Exit.OK
    policy = tmp_path / "policy.json"
    names = {"ops": key, "lab": lab}
    document = {
        "format": "certmark-signers",
        "version": 1,
        "signers": [{"name": name, "keys": [load_public(f"{path}.pub").line]} for name, path in names.items()],
        "grants": [{"vendors": ["Acme"], "signers": ["ops", "lab"], "threshold": 2}],
    }
    policy.write_text(json.dumps(document))
    assert verified(run, "--policy", str(policy)) == Exit.SIGNER
    assert "1 of 2 signers that are needed signed; missing: lab" in capsys.readouterr().out
    add = ["sign", str(run), "--add", str(attestation), "--key"]
    assert main([*add, str(lab)]) == Exit.OK
    assert verified(run, "--policy", str(policy)) == Exit.OK
    assert main([*add, str(lab)]) == Exit.USAGE
    other = record_run(tmp_path / "another")
    report = other / "report.json"
    report.write_bytes(report.read_bytes() + b"\n")
    assert main(["sign", str(report), "--add", str(attestation), "--key", str(key)]) == Exit.FAIL
    assert "is not signed: report.json (SHA-256" in capsys.readouterr().err


def test_a_bundle_that_does_not_hold_is_not_signed(run: Path, key: Path, capsys: Captured) -> None:
    report = run / "report.json"
    report.write_bytes(report.read_bytes().replace(b'"standing":"pass"', b'"standing":"fail"'))
    write_bundle(run)
    assert main(["sign", str(run), "--key", str(key)]) == Exit.FAIL
    assert "bundle.certmark.tar.gz is not signed: verdict: judged again" in capsys.readouterr().err
    assert not (run / "bundle.certmark.attestation.json").exists()


def test_a_report_with_a_secret_is_not_signed(run: Path, key: Path, capsys: Captured) -> None:
    report = run / "report.json"
    report.write_bytes(report.read_bytes().replace(b'"remarks":[]', b'"remarks":["https://me:hunter22@cloud/"]', 1))
    assert main(["sign", str(report), "--key", str(key)]) == Exit.FAIL
    assert "report.json is not signed: a password in a URL stands in it" in capsys.readouterr().err


def test_a_run_without_a_bundle_gets_one(tmp_path: Path, key: Path) -> None:
    folder = record_run(tmp_path / "fresh")
    signed(folder, key)
    assert (folder / NAME).exists()


def test_the_public_projection_is_written_too(run: Path, key: Path) -> None:
    signed(run, key, "--also", "test-result")
    document = json.loads(read_envelope((run / "bundle.certmark.test-result.json").read_bytes()).payload)
    assert document["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert document["predicate"]["result"] == "PASSED"
    assert document["predicate"]["passedTests"] == [
        "a.First.test[id-11111111-1111-4111-8111-111111111111]",
        "a.Second.test[id-22222222-2222-4222-8222-222222222222]",
    ]
    assert document["predicate"]["failedTests"] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--vendor", "Acme"], "name both --vendor and --product, or neither"),
        (["--vendor", "", "--product", "x"], "the vendor must be a name, on one line"),
        (["--vendor", "a\nb", "--product", "x"], "the vendor must be a name, on one line"),
        ([], "there is no key to sign with; name one with --key, or make one with certmark key new"),
        (["--key", "nothing"], "there is no key 'nothing'; name a file, or see certmark key list"),
        (["--key", "SHA256:x"], "there is no key SHA256:x, neither here nor in ssh-agent; see certmark key list"),
    ],
)
def test_what_a_person_got_wrong_is_one_sentence(run: Path, words: list[str], sentence: str, capsys: Captured) -> None:
    assert main(["sign", str(run), *words]) == Exit.USAGE
    assert capsys.readouterr().err == f"certmark: {sentence}\n"


def test_trust_is_given_in_one_way(run: Path, key: Path, capsys: Captured) -> None:
    signed(run, key)
    capsys.readouterr()
    assert verified(run, "--key", f"{key}.pub", "--policy", "x") == Exit.USAGE
    assert "each say who may sign; keep one of them" in capsys.readouterr().err


def test_a_key_of_certmarks_own_is_found_by_itself(run: Path, home: Path, capsys: Captured) -> None:
    assert main(["key", "list"]) == Exit.OK
    assert main(["key", "new", "--no-passphrase"]) == Exit.OK
    path = home / "keys" / "certmark-ed25519"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert main(["sign", str(run)]) == Exit.OK
    assert main(["key", "new", "--no-passphrase"]) == Exit.USAGE
    assert main(["key", "new", "--no-passphrase", "--type", "rsa"]) == Exit.OK
    assert main(["sign", str(run)]) == Exit.USAGE
    assert main(["sign", str(run), "--key", "certmark-rsa"]) == Exit.OK
    capsys.readouterr()
    assert main(["key", "list", "--json"]) == Exit.OK
    keys = json.loads(capsys.readouterr().out)["keys"]
    assert [(one["type"], one["bits"]) for one in keys] == [("ed25519", 256), ("rsa", 3072)]
    assert main(["sign", str(run), "--key", keys[0]["id"]]) == Exit.OK
    path.chmod(0o644)
    assert main(["key", "list"]) == Exit.OK
    assert "close it with chmod 600" in capsys.readouterr().err


def test_a_locked_key_asks_for_its_passphrase(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path, secret = tmp_path / "locked", tmp_path / "secret"
    secret.write_text("open sesame\n")
    assert main(["key", "new", "--out", str(path)]) == Exit.USAGE
    monkeypatch.setenv("CERTMARK_KEY_PASSPHRASE_FILE", str(secret))
    assert main(["key", "new", "--out", str(path)]) == Exit.OK
    assert main(["sign", str(run), "--key", str(path)]) == Exit.OK
    secret.write_text("wrong\n")
    assert main(["sign", str(run), "--key", str(path)]) == Exit.UNREADABLE
    monkeypatch.delenv("CERTMARK_KEY_PASSPHRASE_FILE")
    assert main(["sign", str(run), "--key", str(path)]) == Exit.UNREADABLE
    read, write = os.pipe()
    os.write(write, b"open sesame\n")
    os.close(write)
    assert main(["sign", str(run), "--key", str(path), "--passphrase-fd", str(read)]) == Exit.OK
    os.close(read)
    assert main(["key", "show", str(path)]) == Exit.OK, "its public half is no secret"
    error = capsys.readouterr().err
    assert "locked does not open with this passphrase" in error
    assert "sesame" not in error


def test_a_weak_key_is_refused(run: Path, tmp_path: Path, capsys: Captured) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not on this machine")
    path = tmp_path / "weak"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", str(path)], check=True)
    assert main(["sign", str(run), "--key", str(path)]) == Exit.UNREADABLE
    assert capsys.readouterr().err == (
        "certmark: weak is an RSA key of 1024 bits, which is weak; make a new one with certmark key new\n"
    )


def test_show_says_what_others_may_know(tmp_path: Path, capsys: Captured) -> None:
    made = new_key(Algorithm.ED25519, "me")
    path = tmp_path / "key"
    path.write_bytes(private_document(made, None))
    path.with_suffix(".pub").write_text(made.public.line)
    assert main(["key", "show", str(path), "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out) == {
        "format": "certmark-key", "version": 1,
        "id": made.keyid, "type": "ed25519", "bits": 256, "comment": "me", "where": str(path),
        "public": made.public.line,
    }  # fmt: skip
    assert main(["key", "show", str(path), "--allowed-signer", "Acme Clouds"]) == Exit.OK
    assert capsys.readouterr().out == f'"Acme Clouds" namespaces="certmark" {made.public.line}\n'
    assert main(["key", "show", str(path), "--allowed-signer", 'a"b']) == Exit.USAGE


def test_a_signature_beside_a_bundle_takes_the_place_of_an_attestation(run: Path, key: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not on this machine")
    bundle = run / NAME
    subprocess.run(["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", "certmark", str(bundle)], check=True)
    signature = f"{bundle}.sig"
    assert verified(run, "--signature", signature, "--key", f"{key}.pub") == Exit.OK
    assert verified(run, "--signature", signature) == Exit.INCOMPLETE
    assert verified(run, "--signature", str(bundle), "--key", f"{key}.pub") == Exit.USAGE


def test_a_strangers_text_makes_no_escape_sequence(run: Path, key: Path, capsys: Captured) -> None:
    attestation = signed(run, key)
    found = read_envelope(attestation.read_bytes())
    payload = found.payload.replace(b'"Acme"', b'"\\u001b[2J"')
    attestation.write_bytes(write_envelope(found._replace(payload=payload)))
    assert verified(run) == Exit.SIGNATURE
    assert "\x1b" not in capsys.readouterr().out


def forged_report(run: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """The bundle anew, under a report that was written by hand."""
    report = run / "report.json"
    document = json.loads(report.read_bytes())
    change(document)
    report.write_text(json.dumps(document), encoding="utf-8")
    write_bundle(run)


def test_a_verified_fail_is_no_success_unless_any_verdict_is_asked_for(tmp_path: Path, key: Path) -> None:
    run = record_run(tmp_path / "failed", stream=stream_of(NAMES[0]))
    write_bundle(run)
    signed(run, key)
    trusted = ("--key", f"{key}.pub")
    assert verified(run, *trusted) == Exit.FAIL
    assert verified(run, *trusted, "--require", "any") == Exit.OK
    assert verified(run, *trusted, "--without", "verdict") == Exit.FAIL


def test_what_was_not_computed_is_called_a_claim(run: Path, key: Path, capsys: Captured) -> None:
    signed(run, key)
    capsys.readouterr()
    assert verified(run, "--key", f"{key}.pub", "--without", "verdict") == Exit.OK
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"VERIFIED (without verdict): Acme, Acme Cloud: its signer claims: {SENTENCE}"
    )


def test_a_policy_that_is_not_the_guidelines_is_accepted_by_name_only(run: Path, key: Path) -> None:
    lenient = {"name": "mine", "description": "", "skipped": "ignored"}
    (run / "mine.json").write_text(json.dumps(lenient), encoding="utf-8")
    forged = run / "mine-judged.json"
    words = ["judge", str(run / "streams" / "w0-a1.subunit"), "--guideline", str(run / "guideline" / "list.txt")]
    assert (
        main([*words, "--policy", str(run / "mine.json"), "--as-of", "2026-11-21", "-o", str(forged), "-q"]) == Exit.OK
    )
    (run / "report.json").write_bytes(forged.read_bytes())
    forged.unlink()
    write_bundle(run)
    signed(run, key)
    assert verified(run, "--key", f"{key}.pub") == Exit.INCOMPLETE
    assert verified(run, "--key", f"{key}.pub", "--verdict-policy", str(run / "mine.json")) == Exit.OK
    assert verified(run, "--key", f"{key}.pub", "--verdict-policy", "strict") == Exit.GUIDELINE


def test_a_look_alike_of_a_policy_that_comes_along_is_not_signed(run: Path, key: Path, capsys: Captured) -> None:
    forged_report(run, lambda report: report["judgement"]["policy"].update(not_run="ignored"))
    assert main(["sign", str(run), "--key", str(key)]) == Exit.FAIL
    assert "the policy none-failed differs from the one of this name that comes along" in capsys.readouterr().err


def test_a_day_before_the_tests_ran_is_not_signed(tmp_path: Path, key: Path, capsys: Captured) -> None:
    run = record_eventful_run(tmp_path / "run")
    forged_report(run, lambda report: report["judgement"].update(as_of="2020-01-15"))
    assert main(["sign", str(run), "--key", str(key)]) == Exit.FAIL
    assert "is not signed: verdict: judged again, its sentence is not" in capsys.readouterr().err


def test_who_signs_is_told_what(tmp_path: Path, key: Path, capsys: Captured) -> None:
    run = record_eventful_run(tmp_path / "run")
    words = ["sign", str(run), "--key", str(key)]
    assert main(words) == Exit.FAIL
    assert "waivers were used, and they belong to a product" in capsys.readouterr().err
    assert main([*words, "--vendor", "Acme", "--product", "Other"]) == Exit.FAIL
    assert 'is one of "Acme Cloud", and this is "Acme Other"' in capsys.readouterr().err
    assert main([*words, "--vendor", "Acme", "--product", "Acme Cloud"]) == Exit.OK
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("certmark: to be signed: DNS under the draft guideline dns.2099.01: FAIL; ")
    assert lines[1:] == [
        'certmark: of "Acme", "Acme Cloud", on the cloud "cloud:000g40r40m30e209185gr38e-gv/RegionOne"',
        'certmark: policy "strict", the guideline\'s own; judged as of 2026-11-21',
        "certmark: tests ran from 2026-11-18 11:06 to 2026-11-18 11:07 UTC",
        'certmark: waivers in use: test "b.Records.make" (granted by "office")',
        "certmark: judged again from the raw results (subunit-v2)",
    ]


def test_a_second_signature_looks_at_the_first_one(run: Path, key: Path, tmp_path: Path, capsys: Captured) -> None:
    attestation, lab = signed(run, key), tmp_path / "lab"
    assert main(["key", "new", "--no-passphrase", "--out", str(lab)]) == Exit.OK
    add = ["sign", str(run), "--add", str(attestation), "--key", str(lab)]
    sound = attestation.read_bytes()
    found = read_envelope(sound)
    for forged in (
        found._replace(payload=found.payload.replace(b'"Acme"', b'"Acne"')),
        found._replace(payload=found.payload.replace(b"PASS; 1 of 1", b"PASS; 9 of 9")),
    ):
        attestation.write_bytes(write_envelope(forged))
        assert main(add) == Exit.FAIL
        assert "is not that of SHA256:" in capsys.readouterr().err
    attestation.write_bytes(sound)
    assert main(add) == Exit.OK
    assert f"signed before by {load_public(f'{key}.pub').id}" in capsys.readouterr().err


def test_whoever_should_have_signed_is_the_vendor_that_is_named(run: Path, key: Path, tmp_path: Path) -> None:
    signed(run, key)
    allowed = tmp_path / "allowed"
    allowed.write_text(f"Acme,Globex {load_public(f'{key}.pub').line}\n", encoding="utf-8")
    assert verified(run, "--allowed-signers", str(allowed), "--principal", "ACME") == Exit.OK
    assert verified(run, "--allowed-signers", str(allowed), "--principal", "Globex") == Exit.SIGNER


def test_a_signed_run_is_never_changed(tmp_path: Path, key: Path, capsys: Captured) -> None:
    run = record_eventful_run(tmp_path / "run")
    signed(run, key, "--product", "Acme Cloud")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert main(["rerun", str(run)]) == Exit.USAGE
    assert "is signed, and its signature is one of the results that it has now" in capsys.readouterr().err
    assert main(["resume", str(run)]) == Exit.FAIL
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before

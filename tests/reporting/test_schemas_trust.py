"""The JSON of keys, signing, verifying and waivers is what its schema says; and every document has a schema."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from certmark.cli.main import main
from support.recorded_run import record_run

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "certmark"
WAIVERS = """\
product: Example Cloud 12
waivers:
  - test: suite.mod.ClassA.test_one
    reason: needs an admin account
    granted-by: interop working group
    expires: 2027-05-31
    guidelines: {from: "2026.11"}
"""


def schema(name: str) -> Any:
    return json.loads((files("certmark") / "data" / "schemas" / "output" / f"{name}.json").read_text(encoding="utf-8"))


def checked(capsys: pytest.CaptureFixture[str], name: str, *words: str) -> Any:
    capsys.readouterr()
    main([*words, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert list(document)[:2] == ["format", "version"]
    jsonschema.Draft202012Validator(schema(name)).validate(document)
    return document


def test_keys_signatures_and_verifications(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    run = str(record_run(tmp_path / "run"))
    main(["key", "new", "--no-passphrase"])
    assert len(checked(capsys, "certmark-keys", "key", "list")["keys"]) == 1
    key = checked(capsys, "certmark-key", "key", "show")
    assert len(checked(capsys, "certmark-signed", "sign", run, "--vendor", "V", "--product", "P")["written"]) == 1
    found = checked(capsys, "certmark-verification", "verify", run, "--key", key["where"] + ".pub")
    assert [step["outcome"] for step in found["steps"] if step["step"] == "signer"] == ["ok"]
    assert "signer" in checked(capsys, "certmark-verification", "verify", run)["not_checked"]


def test_receipts_and_audits_of_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    run, log = str(record_run(tmp_path / "run")), str(tmp_path / "log")
    main(["key", "new", "--no-passphrase"])
    main(["log", "new", log, "--name", "example.org/log"])
    (attestation,) = checked(capsys, "certmark-signed", "sign", run)["written"]
    found = checked(capsys, "certmark-receipts", "log", "append", log, attestation)
    (receipt,) = found["receipts"]
    assert (receipt["place"], found["checkpoint"]["size"]) == (0, 1)
    again = checked(capsys, "certmark-receipts", "log", "prove", log, receipt["receipt"])
    assert again["checkpoint"] == found["checkpoint"]
    assert checked(capsys, "certmark-log-audit", "log", "audit", log)["root"] == found["checkpoint"]["root"]


def test_trust_of_programmes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from certmark.trust.keys.files import private_document
    from support.programmes import CAROL, signed_list, signed_trust, trust_content

    monkeypatch.setenv("CERTMARK_CONFIG", str(tmp_path / "config"))
    key, trust = tmp_path / "carol", tmp_path / "trust.1.json"
    key.write_bytes(private_document(CAROL, None))
    key.chmod(0o600)
    trust.write_bytes(signed_trust(trust_content(guidelines=[{"id": "2026.11", "sha256": "0" * 64}])))
    (tmp_path / "revocations.json").write_bytes(signed_list(entries={"runs": [{"id": "x", "reason": "a test"}]}))
    shown = checked(capsys, "certmark-trust-shown", "trust", "show", str(trust))
    assert shown["revocations"]["revoked"]["runs"] == [{"id": "x", "reason": "a test"}]
    words = ["trust", "add", str(trust), "--fingerprint", shown["fingerprint"]]
    assert checked(capsys, "certmark-trust-shown", *words)["edition"] == 1
    assert len(checked(capsys, "certmark-trust-list", "trust", "list")["programmes"]) == 1
    signed = checked(capsys, "certmark-edition-signed", "trust", "sign", str(trust), "--key", str(key))
    assert (signed["signatures"], signed["missing"]) == (3, [])


def test_waivers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "w.yaml").write_text(WAIVERS)
    shown = checked(capsys, "certmark-waivers-shown", "waivers", "show", str(tmp_path / "w.yaml"))
    assert (shown["approved"], shown["waivers"][0]["guidelines"]) == (None, {"from": "2026.11", "to": None})


def test_every_document_has_a_schema_that_names_it() -> None:
    source = "\n".join(path.read_text() for path in (PACKAGE / "reporting").rglob("*.py"))
    names = set(re.findall(r"Document\(\s*\"(certmark-[a-z-]+)\"", source))
    assert len(names) > 20
    assert {name for name in names if schema(name)["properties"]["format"] != {"const": name}} == set()

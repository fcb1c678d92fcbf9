"""`certmark verify` of a certificate: as a file, and at its address on a server of this machine."""

from __future__ import annotations

import io
import json
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.domain.certification.status_lists import ListedState
from support.issued import (
    GUIDELINE,
    GUIDELINE_TEXT,
    LOG,
    NUMBER,
    OFFICE_KEY,
    certificate,
    lay,
    receipt_of,
    row,
    sealed,
    status_list,
)
from support.programmes import serving, signed_trust, trust_content

Captured = pytest.CaptureFixture[str]
DAY = ("--as-of", "2026-11-22")


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CERTMARK_CONFIG", str(tmp_path / "config"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = tmp_path / "office.pub"
    path.write_text(OFFICE_KEY.public.line + "\n")
    return str(path)


def schema_of(name: str) -> Any:
    document = json.loads(resources.files("certmark").joinpath(f"data/schemas/{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def test_a_file_with_all_that_lies_beside_it_is_certified(tmp_path: Path, key: str, capsys: Captured) -> None:
    status = main(["verify", str(lay(tmp_path / "site")), "--key", key, "--log-key", str(LOG.key), *DAY])
    told = capsys.readouterr().out
    assert status == Exit.CERTIFIED
    assert "CERTIFIED: Acme, Acme Cloud 12 in RegionOne" in told
    assert "as of the status list of 2026-11-22 10:00 UTC" in told
    assert f"Example programme says that it computed the same verdict from raw evidence of SHA-256 {'ab' * 32}" in told
    assert "which is not public" in told
    assert "\nVERIFIED" not in told


@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        ({"status-list.json": sealed(status_list(row(ListedState.SUSPENDED)))}, Exit.ENDED, "NOT CERTIFIED NOW"),
        ({f"guidelines/{GUIDELINE.sha256}": b"other\n"}, Exit.UNCHECKED, "NOT CHECKED"),
        ({f"{NUMBER}.tlog-proof": b"none"}, Exit.RECEIPT, "NOT CERTIFIED: receipt failed"),
    ],
)
def test_the_status_says_what_is_wrong(
    tmp_path: Path, key: str, capsys: Captured, files: dict[str, bytes], status: Exit, words: str
) -> None:
    place = lay(tmp_path / "site", files)
    assert main(["verify", str(place), "--key", key, "--log-key", str(LOG.key), *DAY]) == status
    assert words in capsys.readouterr().out


def test_by_a_trust_document_all_that_the_programme_asks_for_is_looked_at(tmp_path: Path, capsys: Captured) -> None:
    certifiers = {
        "signers": [{"name": "office", "keys": [OFFICE_KEY.public.line], "valid-until": "2027-01-31"}],
        "grants": [{"vendors": ["openstack"], "signers": ["office"]}],
    }
    log = {"logs": [str(LOG.key)], "receipts": "required"}
    trust = tmp_path / "trust.json"
    trust.write_bytes(signed_trust(trust_content(certificates=certifiers, log=log, revocations=None)))
    place = lay(tmp_path / "site")
    assert main(["verify", str(place), "--trust", str(trust), *DAY]) == Exit.CERTIFIED
    assert "by the trust of Example programme, edition 1" in capsys.readouterr().out
    (place.parent / f"{NUMBER}.tlog-proof").unlink()
    assert main(["verify", str(place), "--trust", str(trust), *DAY]) == Exit.UNCHECKED
    trust.write_bytes(signed_trust(trust_content(revocations=None)))
    assert main(["verify", str(place), "--trust", str(trust), *DAY]) == Exit.SIGNER


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_an_address_is_that_of_the_certificate_or_of_its_page(key: str, capsys: Captured) -> None:
    data = sealed(certificate())
    with serving() as site:
        site.files |= {
            f"/certificates/{NUMBER}.json": data,
            f"/certificates/{NUMBER}.tlog-proof": receipt_of(data),
            "/certificates/status-list.json": sealed(status_list()),
            f"/certificates/guidelines/{GUIDELINE.sha256}": GUIDELINE_TEXT,
        }
        page = f"{site.url}/certificates/{NUMBER}"
        for address in (page, f"{page}/", f"{page}.json", f"{page}?lang=en#tests"):
            assert main(["verify", address, "--key", key, "--json", *DAY]) == Exit.CERTIFIED
            schema_of("output/certmark-certificate-verification").validate(json.loads(capsys.readouterr().out))
        del site.files["/certificates/status-list.json"]
        assert main(["verify", page, "--key", key, *DAY]) == Exit.UNCHECKED
        assert "--status-list" in capsys.readouterr().out
        assert main(["verify", f"{site.url}/certificates/none", "--key", key]) == Exit.USAGE


def test_what_is_no_certificate_and_no_list_is_one_sentence(tmp_path: Path, key: str, capsys: Captured) -> None:
    place = lay(tmp_path / "site")
    nowhere = str(tmp_path / "nowhere.json")
    assert main(["verify", str(place), "--key", key, "--status-list", nowhere]) == Exit.USAGE
    assert capsys.readouterr().err.count("\n") == 1
    place.write_bytes(place.read_bytes()[:3000])
    assert main(["verify", str(place), "--key", key, *DAY]) == Exit.SIGNATURE


def test_both_documents_keep_to_their_schemas() -> None:
    from certmark.formats.certificates.certificate import certificate_document
    from certmark.formats.certificates.status_list import status_list_bytes

    schema_of("certmark-certificate-1").validate(json.loads(json.dumps(certificate_document(certificate()))))
    schema_of("certmark-status-list-1").validate(json.loads(status_list_bytes(status_list())))

"""`certmark trust`, and `verify --trust`: an office and somebody who verifies, over a server of this machine."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.app import fetching
from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.bundle import write_bundle
from certmark.trust.envelopes import read_envelope
from certmark.trust.keys.files import FileSigner, private_document
from certmark.trust.programme.envelopes import fingerprint_of
from support.programmes import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    ERIN,
    OPS,
    REVOKER,
    Site,
    dripping,
    endless,
    redirecting,
    serving,
    signed_list,
    signed_trust,
    trust_content,
)
from support.recorded_run import record_run

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CERTMARK_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return tmp_path / "config"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        found.files["/trust.1.json"] = signed_trust(trust_content())
        found.files["/revocations.json"] = signed_list()
        yield found


def key_file(folder: Path, signer: FileSigner, name: str) -> str:
    path = folder / name
    path.write_bytes(private_document(signer, None))
    path.chmod(0o600)
    return str(path)


def fingerprint(data: object) -> str:
    assert isinstance(data, bytes)
    return fingerprint_of(read_envelope(data).payload)


def add(site: Site, *more: str) -> Exit:
    words = ["trust", "add", f"{site.url}/trust.1.json", "--fingerprint", fingerprint(site.files["/trust.1.json"])]
    return Exit(main([*words, *more]))


def edition_known(capsys: Captured) -> tuple[int, int | None]:
    """Of the trust document and of the list."""
    capsys.readouterr()
    assert main(["trust", "show", "example-programme", "--json"]) == Exit.OK
    shown = json.loads(capsys.readouterr().out)
    return shown["edition"], shown["revocations"]["edition"]


def test_nothing_is_trusted_because_it_came_first(site: Site, config: Path, capsys: Captured) -> None:
    url = f"{site.url}/trust.1.json"
    assert main(["trust", "add", url]) == Exit.USAGE
    said = capsys.readouterr().err
    assert "nothing is trusted because it came first" in said
    assert f"--fingerprint {fingerprint(site.files['/trust.1.json'])}" in said
    assert main(["trust", "add", url, "--fingerprint", fingerprint(signed_list())]) == Exit.UNREADABLE
    assert "do not trust it" in capsys.readouterr().err
    assert not config.exists()
    assert main(["trust", "list"]) == Exit.OK
    assert "no programme is trusted here yet" in capsys.readouterr().err


def test_a_programme_is_added_followed_through_a_rotation_and_removed(site: Site, capsys: Captured) -> None:
    assert add(site) == Exit.OK
    assert edition_known(capsys) == (1, 1)
    site.files["/trust.2.json"] = signed_trust(trust_content(2, (CAROL, DAVE)), ALICE, CAROL, DAVE)
    site.files["/trust.3.json"] = signed_trust(trust_content(3, (DAVE, ERIN)), CAROL, DAVE, ERIN)
    site.files["/revocations.json"] = signed_list(5)
    assert main(["trust", "update"]) == Exit.OK
    assert edition_known(capsys) == (3, 5)
    assert main(["trust", "remove", "example-programme"]) == Exit.OK
    assert main(["trust", "update"]) == Exit.USAGE
    assert add(site, "--name", "again") == Exit.OK, "the fingerprint of the first edition leads to the newest"
    assert main(["trust", "list", "--json"]) == Exit.OK
    found = json.loads(capsys.readouterr().out.rpartition('{\n "format"')[2].join(['{\n "format"', ""]))
    assert [(one["name"], one["edition"]) for one in found["programmes"]] == [("again", 3)]
    assert add(site, "--name", "again") == Exit.USAGE


@pytest.mark.parametrize(
    ("path", "answer", "problem"),
    [
        ("/trust.2.json", signed_trust(trust_content(2, (DAVE, ERIN)), DAVE, ERIN), "0 of the 2 signatures are there that edition 1 asks for"),
        ("/trust.2.json", signed_trust(trust_content(1)), "after edition 1 comes 2"),
        ("/trust.2.json", signed_trust(trust_content(2, expires="2020-01-01")), "edition 2 expired on 2020-01-02"),
        ("/trust.2.json", b"<html>", "is no JSON"),
        ("/trust.1.json", signed_trust(trust_content(1, expires="2098-01-01")), "two different editions 1"),
        ("/revocations.json", signed_list(2), "an old one was brought back"),
        ("/revocations.json", signed_list(3, OPS), "0 of the 1 signatures"),
        ("/revocations.json", None, "is not where its trust document says"),
    ],
    ids=["strange office", "rollback", "freeze", "no JSON", "changed", "old list", "unsigned list", "no list"],
)  # fmt: skip
def test_what_is_not_to_be_trusted_is_refused_and_what_was_known_stays(
    site: Site, capsys: Captured, path: str, answer: bytes | None, problem: str
) -> None:
    site.files["/revocations.json"] = signed_list(3)
    assert add(site) == Exit.OK
    if answer is None:
        del site.files[path]
    else:
        site.files[path] = answer
    capsys.readouterr()
    assert main(["trust", "update", "example-programme"]) == Exit.UNREADABLE
    assert problem in capsys.readouterr().err
    assert edition_known(capsys)[1] == 3


def test_a_frozen_list_is_refused(site: Site, capsys: Captured) -> None:
    import datetime as dt

    site.files["/revocations.json"] = signed_list(1, expires=dt.datetime(2020, 2, 1, tzinfo=dt.UTC))
    assert add(site) == Exit.UNREADABLE
    assert "edition 1 expired on 2020-02-01 00:00 UTC" in capsys.readouterr().err
    assert main(["trust", "show", "example-programme"]) == Exit.USAGE


def test_a_server_has_so_many_bytes_seconds_and_redirects(
    site: Site, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds, answer, problem in (
        (30.0, endless, "has more than 8 MiB"),
        (1.0, dripping, "did not come"),
        (30.0, redirecting("/loop"), "redirects more than 5 times"),
        (30.0, redirecting("http://example.test/"), "plain http is for servers on this machine only"),
        (30.0, redirecting("file:///etc/passwd"), "is no address on the web"),
    ):
        monkeypatch.setattr(fetching.fetch, "__defaults__", (seconds,))
        site.files["/loop"] = answer
        assert main(["trust", "add", f"{site.url}/loop"]) == Exit.ENVIRONMENT
        assert problem in capsys.readouterr().err
    site.files["/here"] = redirecting("/trust.1.json")
    assert main(["trust", "add", f"{site.url}/here"]) == Exit.USAGE
    assert "nothing is trusted because it came first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "http://example.test/trust.1.json"], "http://example.test/trust.1.json is not https"),
        (["add", "https://me:secret@example.test/trust.1.json"], "has a password in it"),
        (["add", "nothing.json"], "there is nothing at nothing.json"),
        (["add", "https://[x/trust.1.json"], "is no address on the web"),
        (["show", "nothing"], "there is neither a programme 'nothing' here nor a file"),
        (["remove", "../home"], "'../home' is no name for a programme here"),
        (["update", "nothing"], "there is no programme 'nothing' here (known: none)"),
        (["revoke", "a", "b", "--days", "0"], "--days must be a number from 1 to 400"),
    ],
)
def test_what_a_person_got_wrong_is_one_sentence(words: list[str], said: str, capsys: Captured) -> None:
    assert main(["trust", *words]) == Exit.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_file_is_found_again_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (tmp_path / "trust.1.json").write_bytes(signed_trust(trust_content()))
    (tmp_path / "revocations.json").write_bytes(signed_list())
    monkeypatch.chdir(tmp_path)
    words = ["trust", "add", "trust.1.json", "--fingerprint", fingerprint(signed_trust(trust_content()))]
    assert main(words) == Exit.OK
    monkeypatch.chdir("/")
    (tmp_path / "revocations.json").write_bytes(signed_list(2))
    assert main(["trust", "update"]) == Exit.OK
    assert edition_known(capsys) == (1, 2)


def test_an_edition_whose_name_has_no_number_cannot_be_followed(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "trust.json").write_bytes(signed_trust(trust_content()))
    words = ["trust", "add", str(tmp_path / "trust.json"), "--fingerprint", fingerprint(signed_trust(trust_content()))]
    assert main(words) == Exit.USAGE
    assert "does not end in the number of its edition" in capsys.readouterr().err


def test_the_form_can_be_signed_as_soon_as_its_keys_stand_in_it(tmp_path: Path, capsys: Captured) -> None:
    draft = tmp_path / "draft.yaml"
    assert main(["trust", "new", "--programme", 'Our "new" programme', "-o", str(draft)]) == Exit.OK
    keys = iter((ALICE, BOB, CAROL, OPS, DAVE, REVOKER))
    form = re.sub(r"ssh-ed25519 AAAA…( \w+)?", lambda _: next(keys).public.line, draft.read_text())
    draft.write_text(form)
    key = key_file(tmp_path, ALICE, "alice")
    assert main(["trust", "sign", str(draft), "--key", key]) == Exit.INCOMPLETE
    assert main(["trust", "sign", str(tmp_path / "trust.1.json"), "--key", key_file(tmp_path, BOB, "bob")]) == Exit.OK
    assert main(["trust", "show", str(tmp_path / "trust.1.json")]) == Exit.OK
    assert 'Our "new" programme: trust document, edition 1' in capsys.readouterr().out


def test_an_office_makes_signs_rotates_and_revokes(tmp_path: Path, capsys: Captured) -> None:
    """The whole of it on the command line; somebody else follows by the files."""
    alice, bob, dave, revoker = (
        key_file(tmp_path, one, name)
        for one, name in ((ALICE, "alice"), (BOB, "bob"), (DAVE, "dave"), (REVOKER, "revoker"))
    )
    draft, first, second, listed = (
        tmp_path / name for name in ("draft.yaml", "trust.1.json", "trust.2.json", "revocations.json")
    )
    assert main(["trust", "new", "--programme", "Example programme", "-o", str(draft)]) == Exit.OK
    assert main(["trust", "sign", str(draft), "--key", alice]) == Exit.UNREADABLE, "the form is not filled in yet"
    draft.write_text(json.dumps(trust_content()))
    capsys.readouterr()
    assert main(["trust", "sign", str(draft), "--key", alice]) == Exit.INCOMPLETE
    assert "missing: 1 more of the keys of its own office must sign (it asks for 2)" in capsys.readouterr().out
    assert main(["trust", "sign", str(draft), "--key", bob]) == Exit.USAGE
    assert f"certmark trust sign {first}" in capsys.readouterr().err
    assert main(["trust", "sign", str(first), "--key", alice]) == Exit.UNREADABLE
    assert main(["trust", "sign", str(first), "--key", bob, "--json"]) == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert (found["signatures"], found["missing"], found["fingerprint"]) == (2, [], fingerprint(first.read_bytes()))

    assert main(["trust", "revoke", str(first), str(listed), "--key", alice]) == Exit.INCOMPLETE, "who may not revoke"
    listed.unlink()
    assert main(["trust", "revoke", str(first), str(listed), "--key", revoker]) == Exit.OK
    assert main(["trust", "add", str(first), "--fingerprint", found["fingerprint"]]) == Exit.OK
    assert edition_known(capsys) == (1, 1)

    assert main(["trust", "new", str(first), "-o", str(draft)]) == Exit.OK
    content = json.loads(draft.read_text())
    content["office"]["keys"] = [BOB.public.line, DAVE.public.line]
    draft.write_text(json.dumps(content))
    assert main(["trust", "sign", str(draft), "--key", dave]) == Exit.INCOMPLETE
    assert main(["trust", "update"]) == Exit.UNREADABLE
    assert main(["trust", "sign", str(second), "--key", bob]) == Exit.INCOMPLETE
    capsys.readouterr()
    assert main(["trust", "sign", str(second), "--key", alice]) == Exit.OK, "both offices are there"
    revoked = [f"key={OPS.keyid}", "run=some-run", f"bundle={first}", f"attestation={first}", "product=Acme/Cloud/1"]
    words = ["trust", "revoke", str(second), str(listed), "--key", revoker]
    assert main([*words, *(word for one in revoked for word in ("--revoke", one))]) == Exit.USAGE
    assert "say why it is revoked; give --reason" in capsys.readouterr().err
    assert main([*words, "--reason", "a test", *(word for one in revoked for word in ("--revoke", one))]) == Exit.OK
    assert main(["trust", "update"]) == Exit.OK
    assert edition_known(capsys) == (2, 2)
    assert main([*words, "--restore", "run=some-run"]) == Exit.OK
    assert main([*words, "--restore", "run=some-run"]) == Exit.USAGE
    assert main(["trust", "update"]) == Exit.OK
    capsys.readouterr()
    assert main(["trust", "show", str(second)]) == Exit.OK
    shown = capsys.readouterr().out
    assert "list of revocations: edition 3, until" in shown
    assert "revoked keys" in shown
    assert "revoked runs" not in shown


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = record_run(tmp_path / "run")
    write_bundle(folder)
    key = key_file(tmp_path, OPS, "ops")
    words = ["sign", str(folder), "--key", key, "--vendor", "Acme", "--product", "Cloud", "--product-version", "1"]
    assert main([*words, "--quiet"]) == Exit.OK
    return folder


def guideline_of(run: Path) -> list[dict[str, str]]:
    said = json.loads((run / "report.json").read_text())["judgement"]
    return [{"id": said["guideline"]["id"], "sha256": said["guideline"]["sha256"], "policy": said["policy"]["name"]}]


def steps(capsys: Captured, *words: str) -> tuple[Exit, dict[str, str]]:
    capsys.readouterr()
    status = Exit(main(["verify", *words, "--json"]))
    found = json.loads(capsys.readouterr().out)
    return status, {one["step"]: one["outcome"] for one in found["steps"]}


def test_verify_goes_by_the_trust_document_alone(run: Path, site: Site, capsys: Captured) -> None:
    site.files["/trust.1.json"] = signed_trust(trust_content(guidelines=guideline_of(run)))
    assert add(site) == Exit.OK
    status, outcomes = steps(capsys, str(run), "--trust", "example-programme", "--without", "day")
    assert {outcomes.pop(step) for step in ("receipt", "day")} == {"not checked"}
    assert set(outcomes.values()) == {"ok"}, outcomes
    assert status == Exit.OK
    for word, value in (("--key", "x"), ("--revoked", "x"), ("--guideline", "x"), ("--policy", "x"), ("--quorum", "1")):
        assert main(["verify", str(run), "--trust", "example-programme", word, value]) == Exit.USAGE
        assert f"--trust says all of whom you trust; leave {word} out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("entry", "step", "status"),
    [
        ({"keys": [{"id": OPS.keyid}]}, "revocation", Exit.REVOKED),
        ({"products": [{"vendor": "ACME", "product": "cloud"}]}, "revocation", Exit.REVOKED),
        ({"products": [{"vendor": "Acme", "product": "Cloud", "version": "2"}]}, None, Exit.OK),
        ("bundle", "revocation", Exit.REVOKED),
        ("run", "revocation", Exit.REVOKED),
    ],
)
def test_what_is_revoked_stays_revoked_whoever_signs_it_again(
    run: Path,
    tmp_path: Path,
    capsys: Captured,
    entry: dict[str, list[dict[str, str]]] | str,
    step: str | None,
    status: Exit,
) -> None:
    (attestation,) = run.glob("*.attestation.json")
    predicate = json.loads(read_envelope(attestation.read_bytes()).payload)["predicate"]
    if entry == "bundle":
        entry = {"bundles": [{"sha256": predicate["bundle"]["sha256"]}]}
    elif entry == "run":
        entry = {"runs": [{"id": predicate["run"]["id"]}]}
    assert isinstance(entry, dict)
    trust = tmp_path / "trust.1.json"
    trust.write_bytes(signed_trust(trust_content(guidelines=guideline_of(run))))
    (tmp_path / "revocations.json").write_bytes(signed_list(entries=entry))
    for _ in range(2):
        found, outcomes = steps(capsys, str(run), "--trust", str(trust), "--without", "day")
        assert found == status
        assert step is None or outcomes[step] == "failed"
        again = ["sign", str(run), "--key", str(tmp_path / "ops"), "--vendor", "Acme", "--product", "Cloud"]
        assert main([*again, "--product-version", "1", "--quiet"]) == Exit.OK


@pytest.mark.parametrize("why", ["no list", "expired", "another key", "not in date"])
def test_a_list_that_nobody_can_rely_on_is_never_ok(run: Path, tmp_path: Path, capsys: Captured, why: str) -> None:
    import datetime as dt

    trust = tmp_path / "trust.1.json"
    trust.write_bytes(signed_trust(trust_content(guidelines=guideline_of(run))))
    early = dt.datetime(2020, 2, 1, tzinfo=dt.UTC)
    late = dt.datetime(2098, 1, 1, tzinfo=dt.UTC)
    data = {
        "expired": signed_list(expires=early),
        "another key": signed_list(1, OPS),
        "not in date": signed_list(issued=late),
    }
    if why in data:
        (tmp_path / "revocations.json").write_bytes(data[why])
    status, outcomes = steps(capsys, str(run), "--trust", str(trust), "--without", "day")
    assert (status, outcomes["revocation"]) == (Exit.INCOMPLETE, "not checked")
    status, _ = steps(capsys, str(run), "--trust", str(trust), "--without", "day", "--without", "revocation")
    assert status == Exit.OK


def test_an_expired_trust_document_is_not_used(run: Path, tmp_path: Path, capsys: Captured) -> None:
    trust = tmp_path / "trust.1.json"
    trust.write_bytes(signed_trust(trust_content(expires="2020-01-01")))
    assert main(["verify", str(run), "--trust", str(trust)]) == Exit.UNREADABLE
    assert "edition 1 expired on 2020-01-02 00:00 UTC; certmark trust update" in capsys.readouterr().err


def test_a_guideline_that_is_not_the_programmes_fails(run: Path, tmp_path: Path, capsys: Captured) -> None:
    trust = tmp_path / "trust.1.json"
    trust.write_bytes(signed_trust(trust_content(guidelines=[{"id": "2026.11", "sha256": "0" * 64}], revocations=None)))
    status, outcomes = steps(capsys, str(run), "--trust", str(trust), "--without", "day", "--without", "policy")
    assert (status, outcomes["guideline"]) == (Exit.GUIDELINE, "failed")


def test_a_receipt_may_be_asked_for(run: Path, tmp_path: Path, capsys: Captured) -> None:
    from support.log_keys import signer_of

    trust = tmp_path / "trust.1.json"
    log = {"logs": [str(signer_of("log.example").key)], "receipts": "required"}
    trust.write_bytes(signed_trust(trust_content(guidelines=guideline_of(run), revocations=None, log=log)))
    status, outcomes = steps(capsys, str(run), "--trust", str(trust), "--without", "day")
    assert (status, outcomes["receipt"]) == (Exit.INCOMPLETE, "not checked")


def test_lines_of_a_list_that_were_not_used_are_shown(run: Path, tmp_path: Path, capsys: Captured) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text(f"Bob ssh-ed25519 AAAA\nAcme {OPS.public.line}\n")
    main(["verify", str(run), "--allowed-signers", str(allowed)])
    assert "not used: allowed, line 1 is no public key of SSH: it stops in the middle" in capsys.readouterr().out
    main(["verify", str(run), "--allowed-signers", str(allowed), "--json"])
    assert json.loads(capsys.readouterr().out)["unused_lines"] == [
        "allowed, line 1 is no public key of SSH: it stops in the middle"
    ]


@pytest.mark.parametrize(
    ("entries", "expected"), [({"keys": [{"id": OPS.keyid}]}, (Exit.REVOKED, "failed")), ({}, (Exit.OK, "not checked"))]
)
def test_a_list_without_a_trust_document_takes_trust_away_and_proves_nothing(
    run: Path, tmp_path: Path, capsys: Captured, entries: dict[str, list[dict[str, str]]], expected: tuple[Exit, str]
) -> None:
    allowed, listed = tmp_path / "allowed", tmp_path / "revocations.json"
    allowed.write_text(f"Acme {OPS.public.line}\n")
    listed.write_bytes(signed_list(entries=entries))
    words = ["--allowed-signers", str(allowed), "--revoked", str(listed), "--guideline"]
    status, outcomes = steps(capsys, str(run), *words, str(run / "guideline" / "list.txt"), "--without", "day")
    assert (status, outcomes["revocation"]) == expected

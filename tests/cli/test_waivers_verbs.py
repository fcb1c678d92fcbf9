"""`certmark waivers sign` and `show`, and `judge` with what they give."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.bundle import write_bundle
from certmark.trust.keys.files import new_key, private_document
from certmark.trust.keys.keys import Algorithm
from support.recorded_run import NAMES, record_run

PLAIN = """\
product: Acme Cloud
waivers:
  - test: a.First.test
    reason: an upstream bug
    granted-by: programme office
    expires: 2026-12-31
    guidelines: {from: list, to: list}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with waivers, two keys, and the list of who may approve."""
    (tmp_path / "waivers.yaml").write_text(PLAIN, encoding="utf-8")
    lines = []
    for name in ("alice", "bob"):
        key = new_key(Algorithm.ED25519, name)
        (tmp_path / name).write_bytes(private_document(key, None))
        (tmp_path / name).chmod(0o600)
        lines.append(f'  - {{name: {name}, keys: ["{key.public.line}"]}}')
    (tmp_path / "office.yaml").write_text(
        "format: certmark-signers\nversion: 1\nsigners:\n" + "\n".join(lines) + "\n"
        "grants:\n  - {vendors: [programme office], signers: [alice, bob], threshold: 2}\n",
        encoding="utf-8",
    )
    return tmp_path


def sign(place: Path, file: str, key: str) -> int:
    return main(["waivers", "sign", str(place / file), "--key", str(place / key)])


def test_lines_of_a_list_of_approvers_that_were_not_used_are_told(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sign(place, "waivers.yaml", "alice") == Exit.OK
    (place / "allowed").write_text("bob ssh-ed25519 AAAA\n* " + new_key(Algorithm.ED25519).public.line)
    main(["waivers", "show", str(place / "waivers.signed.json"), "--allowed-signers", str(place / "allowed")])
    assert "not used: allowed, line 1 is no public key of SSH" in capsys.readouterr().err


def test_two_approvers_sign_one_after_the_other(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = ["waivers", "show", str(place / "waivers.signed.json"), "--allowed-signers", str(place / "office.yaml")]
    assert sign(place, "waivers.yaml", "alice") == Exit.OK
    assert (
        "approving: test a.First.test, for Acme Cloud, until 2026-12-31, guideline list: an upstream bug"
        in capsys.readouterr().err
    )
    assert main([*shown, "--as-of", "2026-11-22"]) == Exit.FAIL
    assert "1 of 2 signers that are needed signed; missing: bob" in capsys.readouterr().out
    assert sign(place, "waivers.signed.json", "bob") == Exit.OK
    capsys.readouterr()
    assert main([*shown, "--as-of", "2026-11-22"]) == Exit.OK
    told = capsys.readouterr().out
    assert told.startswith("1 waiver for Acme Cloud; 1 in force on 2026-11-22.\n")
    assert 'approved: alice and bob may speak for "programme office"' in told
    assert sign(place, "waivers.signed.json", "bob") == Exit.UNREADABLE
    assert "another approver has to sign" in capsys.readouterr().err


def test_show_says_what_is_not_in_force(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["waivers", "show", str(place / "waivers.yaml"), "--as-of", "2027-01-01"]) == Exit.OK
    told = capsys.readouterr().out
    assert "1 waiver for Acme Cloud; 0 in force on 2027-01-01." in told
    assert "Not signed: whoever wrote the file granted them." in told
    assert "not in force" in told


def test_show_tells_machines_the_same(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sign(place, "waivers.yaml", "alice")
    words = ["waivers", "show", str(place / "waivers.signed.json"), "--json", "--as-of", "2026-11-22"]
    assert main(words) == Exit.OK
    document = json.loads(capsys.readouterr().out)
    assert (document["signed"], document["approved"], len(document["signatures"])) == (True, None, 1)
    assert document["waivers"][0]["guidelines"] == {"from": "list", "to": "list"}
    assert main([*words, "--allowed-signers", str(place / "office.yaml")]) == Exit.FAIL
    assert json.loads(capsys.readouterr().out)["waivers"][0]["approval"]["approved"] is False


def test_what_cannot_be_shown_is_refused(place: Path) -> None:
    assert main(["waivers", "show", str(place / "office.yaml")]) == Exit.UNREADABLE
    with pytest.raises(SystemExit) as refusal:
        main(["waivers", "show", str(place / "waivers.yaml"), "--as-of", "tomorrow"])
    assert refusal.value.code == Exit.USAGE


def test_a_verdict_says_with_how_many_waivers_and_who_approved_them(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from support.recorded_run import stream_of

    folder = record_run(place / "run", stream=stream_of(failing=NAMES[0]))
    bundle, guideline = write_bundle(folder), str(folder / "guideline" / "list.txt")
    words = ["judge", bundle, "--guideline", guideline, "--as-of", "2026-11-22", "--waivers"]
    assert main([*words[:-1]]) == Exit.FAIL
    capsys.readouterr()
    assert main([*words, str(place / "waivers.yaml")]) == Exit.OK
    told = capsys.readouterr().out
    assert told.startswith("list: PASS with 1 waiver; ")
    assert "until 2026-12-31, under guideline list; not signed)" in told
    sign(place, "waivers.yaml", "alice")
    capsys.readouterr()
    signed = str(place / "waivers.signed.json")
    assert main([*words, signed]) == Exit.OK
    assert "signed, and nobody was asked whose signatures count" in capsys.readouterr().out
    office = ["--waiver-signers", str(place / "office.yaml")]
    assert main([*words, signed, *office]) == Exit.UNREADABLE
    assert "is not approved, 1 of 2 signers that are needed signed; missing: bob" in capsys.readouterr().err
    sign(place, "waivers.signed.json", "bob")
    capsys.readouterr()
    assert main([*words, signed, *office, "--json"]) == Exit.OK
    (waiver,) = json.loads(capsys.readouterr().out)["judgement"]["waivers"]
    assert (waiver["use"], waiver["approval"], waiver["approvers"]) == ("used", "approved", ["alice", "bob"])


def test_a_waiver_of_another_guideline_excuses_nothing_and_is_told(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = record_run(place / "run")
    path = place / "waivers.yaml"
    path.write_text(PLAIN.replace("from: list, to: list", 'to: "2020.06"'), encoding="utf-8")
    words = [
        "judge",
        write_bundle(folder),
        "--guideline",
        str(folder / "guideline" / "list.txt"),
        "--waivers",
        str(path),
    ]
    assert main(words) == Exit.OK
    told = capsys.readouterr().out
    assert "PASS;" in told
    assert "Waivers for other guidelines: ignored" in told


def test_waivers_of_another_product_are_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = record_run(place / "run")
    words = ["judge", str(folder / "streams" / "w0-a1.subunit"), "--guideline", str(folder / "guideline" / "list.txt")]
    words += ["--waivers", str(place / "waivers.yaml"), "--product"]
    assert main([*words, "acme  cloud"]) == Exit.OK
    capsys.readouterr()
    assert main([*words, "Other Cloud"]) == Exit.USAGE
    told = (
        'certmark: waivers.yaml excuses tests of "Acme Cloud", not of "Other Cloud"; a waiver belongs to one product\n'
    )
    assert capsys.readouterr().err == told


def signed_run(place: Path, *approvers: str, product: str = "Acme Cloud") -> list[str]:
    """A run that passed with a waiver and was signed for a product; the words that verify it."""
    from support.recorded_run import stream_of

    folder = record_run(place / "run", stream=stream_of(failing=NAMES[0]))
    file = place / "waivers.yaml"
    for approver in approvers:
        assert sign(place, file.name, approver) == Exit.OK
        file = place / "waivers.signed.json"
    (folder / "guideline" / file.name).write_bytes(file.read_bytes())
    guideline = str(folder / "guideline" / "list.txt")
    judged = ["judge", str(folder / "streams" / "w0-a1.subunit"), "-g", guideline, "--as-of", "2026-11-22"]
    judged += ["--waivers", str(file), "--json", "-o", str(folder / "report.json")]
    assert main(judged) == Exit.OK
    bundle = write_bundle(folder)
    status = main(["sign", bundle, "--key", str(place / "alice"), "--vendor", "Acme", "--product", product])
    assert status == (Exit.OK if product == "Acme Cloud" else Exit.FAIL)
    public = new_public(place / "alice")
    (place / "ops.pub").write_text(public, encoding="utf-8")
    (place / "allowed").write_text(f"Acme {public}\n", encoding="utf-8")
    return ["verify", bundle, "-g", guideline]


def new_public(private: Path) -> str:
    """The line of the public key."""
    from certmark.trust.keys.files import load_private

    return load_private(str(private)).public.line


WAIVED = [
    ((), "ops.pub", False, Exit.INCOMPLETE, "not checked  waivers     1 waiver was used; name who may approve them"),
    (
        (),
        "allowed",
        False,
        Exit.INCOMPLETE,
        'not checked  waivers     the waiver of test "a.First.test" is approved by nobody',
    ),
    ((), "ops.pub", True, Exit.SIGNER, 'FAILED       waivers     the waiver of test "a.First.test" is approved by'),
    (("alice",), "ops.pub", True, Exit.SIGNER, "1 of 2 signers that are needed signed; missing: bob"),
    (
        ("alice", "bob"),
        "ops.pub",
        True,
        Exit.OK,
        "ok           waivers     1 waiver was used, approved by alice and bob",
    ),
]


@pytest.mark.parametrize(("approvers", "trusted", "strict", "status", "sentence"), WAIVED)
def test_verify_says_who_approved_the_waivers_that_were_used(
    place: Path,
    approvers: tuple[str, ...],
    trusted: str,
    *,
    strict: bool,
    status: Exit,
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = signed_run(place, *approvers)
    words += ["--key" if trusted == "ops.pub" else "--allowed-signers", str(place / trusted)]
    words += ["--waiver-signers", str(place / "office.yaml")] if strict else []
    capsys.readouterr()
    assert main(words) == status
    assert sentence in capsys.readouterr().out


def test_a_revoked_approver_does_not_count(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = signed_run(place, "alice", "bob")
    (place / "revoked").write_text(new_public(place / "bob"), encoding="utf-8")
    words += ["--key", str(place / "ops.pub"), "--waiver-signers", str(place / "office.yaml")]
    assert main([*words, "--revoked", str(place / "revoked")]) == Exit.SIGNER
    assert "missing: bob" in capsys.readouterr().out


def test_what_rests_on_waivers_of_another_product_is_not_signed(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signed_run(place, product="Other Cloud")
    told = 'is not signed: the waiver of test "a.First.test" is one of "Acme Cloud", and this is "Acme Other Cloud"\n'
    assert capsys.readouterr().err.endswith(told)

"""A run keeps waivers and the list of who may approve them, and is judged by both."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.bundle import NAME, verify_bundle
from certmark.trust.keys.files import new_key, private_document
from certmark.trust.keys.keys import Algorithm

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "own-suite"


def office(folder: Path) -> tuple[str, str]:
    """Waivers that alice approved, under names that a bundle would not take, and the list of who may."""
    test = next(
        line for line in (EXAMPLE / "required.txt").read_text(encoding="utf-8").splitlines() if line[:1] not in "# "
    )
    (folder / "our waivers.yaml").write_text(
        f'product: Toy\nwaivers:\n  - {{test: "{test}", reason: a bug, granted-by: office, expires: 2999-12-31}}\n',
        encoding="utf-8",
    )
    key = new_key(Algorithm.ED25519, "alice")
    (folder / "alice").write_bytes(private_document(key, None))
    (folder / "alice").chmod(0o600)
    (folder / "our office").write_text(f"office {key.public.line}\n", encoding="utf-8")
    assert main(["waivers", "sign", str(folder / "our waivers.yaml"), "--key", str(folder / "alice")]) == Exit.OK
    return str(folder / "our waivers.signed.json"), str(folder / "our office")


def run(folder: Path, *words: str) -> int:
    suite, guideline = str(EXAMPLE / "suite.json"), str(EXAMPLE / "required.txt")
    asked = ["run", "--suite", suite, "-g", guideline, "--tempest", sys.executable]
    return main([*asked, "--folder", str(folder / "run"), "--format", "json", "--quiet", *words])


def test_a_run_is_judged_with_approved_waivers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path / "cache"))
    waivers, signers = office(tmp_path)
    capsys.readouterr()
    assert run(tmp_path, "--waivers", waivers, "--waiver-signers", signers) == Exit.OK
    (waiver,) = json.loads(capsys.readouterr().out)["judgement"]["waivers"]
    assert (waiver["approval"], waiver["approvers"]) == ("approved", ["office (line 1)"])
    kept = {path.name for path in (tmp_path / "run" / "guideline").iterdir()}
    assert kept == {"required.txt", "our_waivers.signed.json", "our_office"}
    assert verify_bundle(str(tmp_path / "run" / NAME)).holds


def test_waivers_that_nobody_approved_begin_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, signers = office(tmp_path)
    capsys.readouterr()
    assert (
        run(tmp_path, "--waivers", str(tmp_path / "our waivers.yaml"), "--waiver-signers", signers) == Exit.UNREADABLE
    )
    assert "is not approved" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_approvers_without_waivers_are_a_slip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, signers = office(tmp_path)
    capsys.readouterr()
    assert run(tmp_path, "--waiver-signers", signers) == Exit.USAGE
    assert capsys.readouterr().err.startswith(
        "certmark: it is said who may approve waivers, and there are none; name them (--waivers)"
    )

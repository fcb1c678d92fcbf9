"""`certmark guideline convert|from-list`: what is written, what is told, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.formats.guideline import load

Captured = pytest.CaptureFixture[str]
DRAFT = Path(__file__).resolve().parents[1] / "assets" / "guideline" / "draft" / "2026.11.json"
SOUND = Path(__file__).resolve().parents[1] / "assets" / "guideline" / "sound"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def convert(*words: str) -> int:
    try:
        return main(["guideline", "convert", *words])
    except SystemExit as ended:
        return int(str(ended.code))


def test_a_guideline_of_schema_2_goes_into_format_3_and_comes_back_byte_by_byte() -> None:
    assert convert(str(DRAFT), "--to", "3", "-o", "lifted.yaml") == Exit.OK
    assert convert("lifted.yaml", "--to", "original", "-o", "original.json") == Exit.OK
    assert Path("original.json").read_bytes() == DRAFT.read_bytes()


def test_format_3_is_yaml_unless_the_file_is_called_json(capsys: Captured) -> None:
    assert convert(str(SOUND / "schema_1.6.json"), "--to", "3", "-q") == Exit.OK
    assert capsys.readouterr().out.startswith("$schema: https://certmark.example/schema/guideline/3.0\n")
    assert convert(str(SOUND / "schema_1.6.json"), "--to", "3", "-o", "lifted.json", "-q") == Exit.OK
    assert json.loads(Path("lifted.json").read_bytes())["original"]["schema"] == "1.6"


def test_what_schema_2_has_no_place_for_is_told(capsys: Captured) -> None:
    assert convert(str(SOUND / "format_3.yaml"), "--to", "2.0", "-o", "lowered.json") == Exit.OK
    told = capsys.readouterr().err.splitlines()
    assert (
        "certmark: it has no place for capabilities.*.tests.*.any_of (2 places, the first is "
        "capabilities.shares-create.tests.shares.tests.test_shares.NfsTest.test_create.any_of): "
        "there, each test of a group is required by itself"
    ) in told
    assert (len(told), told[-1]) == (22, "certmark: wrote lowered.json")
    assert load("lowered.json").schema == "2.0"


def test_an_older_schema_is_not_written_as_yaml(capsys: Captured) -> None:
    assert convert("2026.11", "--to", "2.0", "-o", "lowered.yaml") == Exit.USAGE
    assert "the older schemas are JSON; name a file that ends with .json, not lowered.yaml" in capsys.readouterr().err


def test_what_was_not_lifted_has_no_original(capsys: Captured) -> None:
    assert convert("2026.11", "--to", "original") == Exit.USAGE
    assert capsys.readouterr().err == "certmark: 2026.11 was not lifted from another schema\n"


def test_a_list_becomes_a_guideline_by_another_verb(capsys: Captured) -> None:
    assert convert("scs-0128", "--to", "3") == Exit.USAGE
    assert "is a list of tests, and no guideline; certmark guideline from-list makes one" in capsys.readouterr().err
    made = ["guideline", "from-list", "scs-0128", "--id", "2027.06", "--project-from-names", "-o", "made.json", "-q"]
    assert main(made) == Exit.OK
    guideline = load("made.json")
    assert {one.project for one in guideline.capabilities.values()} == {
        "cinder",
        "glance",
        "keystone",
        "neutron",
        "nova",
    }
    assert main(["guideline", "from-list", "2026.11", "--id", "2027.06"]) == Exit.UNREADABLE
    assert "2026.11 is a guideline of schema 3.0, no list of tests" in capsys.readouterr().err

"""A program whose components stand in a guideline beside its own."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main

Captured = pytest.CaptureFixture[str]
HEAD = {"schema": "3.0", "status": "draft"}
RESULTS = '<testsuite name="s"><testcase classname="a.A" name="one"/><testcase classname="b.B" name="two"/></testsuite>'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("r.xml").write_text(RESULTS)
    other = {
        "metadata": {"id": "other.2099.01", **HEAD},
        "programs": {"storage": {"name": "Storage", "kind": "platform", "components": [{"name": "storage"}]}},
        "components": {"storage": {"capabilities": {"required": ["keep"]}}},
        "capabilities": {"keep": {"tests": {"b.B.two": {}}}},
    }
    Path("other.json").write_text(json.dumps(other))
    return tmp_path


def judge(pin: str | None, *words: str) -> int:
    member = {"name": "storage", "source": "https://example.org/other.json", **({"sha256": pin} if pin else {})}
    own = {
        "metadata": {"id": "2099.01", **HEAD},
        "programs": {"all": {"name": "All", "kind": "platform", "components": [{"name": "compute"}, member]}},
        "components": {"compute": {"capabilities": {"required": ["boot"]}}},
        "capabilities": {"boot": {"tests": {"a.A.one": {}}}},
    }
    Path("own.json").write_text(json.dumps(own))
    return main(["judge", "r.xml", "-g", "own.json", "-q", *words])


def test_a_member_beside_the_guideline_is_judged_with_it(folder: Path, capsys: Captured) -> None:
    assert judge(None) == Exit.OK
    assert "2 of 2 counted tests passed" in capsys.readouterr().out
    (folder / "other.json").rename(folder / "elsewhere.json")
    assert judge(None) == Exit.INCOMPLETE
    assert "the guideline does not define storage" in capsys.readouterr().out
    assert judge(None, "--host-guideline", "elsewhere.json") == Exit.OK


def test_a_member_that_differs_from_its_pin_is_told(folder: Path, capsys: Captured) -> None:
    told = "a guideline that the program names is another text than the one that it names"
    assert judge(sha256((folder / "other.json").read_bytes()).hexdigest()) == Exit.OK
    assert told not in capsys.readouterr().out
    assert judge("0" * 64) == Exit.OK
    assert told in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_a_suite_is_told_to_run_the_tests_of_members(capsys: Captured) -> None:
    judge(None)
    capsys.readouterr()
    assert main(["guideline", "tests", "own.json"]) == Exit.OK
    assert capsys.readouterr().out.split() == ["a.A.one", "b.B.two"]

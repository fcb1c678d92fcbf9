"""`certmark guideline brief` and `certmark guideline checklist`: whole outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from support.lint_documents import LIST, RESIZE, SHOW, UUIDS, encoded, sound

SURVEY = str(Path(__file__).parents[1] / "assets" / "survey" / "tempest-47.0.0.json.gz")
FLAG = {"reason": "[D402] a bug", "action": "wait", "date": "2099-07-01"}


def earlier() -> dict[str, Any]:
    document = sound()
    document["metadata"]["id"] = "2098.12"
    document["capabilities"]["list"]["tests"][LIST]["flagged"] = dict(FLAG)
    document["capabilities"]["list"]["description"] = "to list them"
    return document


def later() -> dict[str, Any]:
    document = sound()
    document["components"]["servers"]["capabilities"] |= {"required": ["list", "resize"], "advisory": []}
    document["capabilities"]["resize"]["tests"][RESIZE] = {"idempotent_id": f"id-{UUIDS[2]}"}
    return document


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_bytes(encoded(earlier()))
    (tmp_path / "b.json").write_bytes(encoded(later()))
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_brief_says_who_must_do_what_by_when(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "brief", "a.json", "b.json"]) == Exit.OK
    assert capsys.readouterr().out == (
        "From 2098.12 to 2099.06: what is to be done by 2099.06.\n"
        "  Board\n"
        "    decide on 2099.06, whose status is draft\n"
        "    agree that 1 capability is required from now on\n"
        "      resize\n"
        "  Vendors\n"
        "    pass 2 more tests for Servers, 3 in all\n"
        f"      {LIST}\n"
        f"      {RESIZE}\n"
        "    pass 1 test no longer flagged, which counts again\n"
        f"      {LIST}\n"
        "  Project leads\n"
        "    nova: look at 2 changes\n"
        "\n"
        "Tests to pass\n"
        "  PROGRAM  MUST PASS BEFORE  AFTER  CHANGE\n"
        "  Servers  1                 3      +2\n"
        "\n"
        "Required from now on\n"
        "  1 capability\n"
        "    resize\n"
        "      to resize\n"
        "      1 test to pass, nova\n"
        "\n"
        "By project\n"
        "  nova: 2\n"
        "\n"
        "Flags\n"
        "  1 test counts again\n"
        f"    {LIST}\n"
        "  1 change of wording\n"
        "certmark guideline diff BEFORE AFTER --full shows every difference\n"
    )


@pytest.mark.usefixtures("folder")
def test_vendors_see_what_is_theirs_and_wording_folded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "brief", "a.json", "b.json", "--for", "vendors", "-f", "markdown"]) == Exit.OK
    out = capsys.readouterr().out
    assert out.startswith("From 2098.12 to 2099.06, for vendors: what is to be done by 2099.06.\n")
    assert "Board" not in out
    assert "nova:" not in out
    folded = (
        "<details><summary>1 change of wording</summary>\n\n- capability reworded: list\n  - to list them → to list\n"
    )
    assert folded in out


@pytest.mark.usefixtures("folder")
def test_equal_guidelines_ask_nothing_of_vendors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "brief", "b.json", "b.json", "--for", "vendors", "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["duties"] == []


@pytest.mark.usefixtures("folder")
def test_a_checklist_has_boxes_for_an_issue(capsys: pytest.CaptureFixture[str]) -> None:
    document = later()
    document["capabilities"]["list"]["tests"][SHOW]["flagged"] = dict(FLAG)
    document["capabilities"]["other"] = {**document["capabilities"]["resize"], "project": "glance", "tests": {}}
    Path("c.json").write_bytes(encoded(document))
    assert main(["guideline", "checklist", "c.json", "--project", "nova", "--before", "b.json"]) == Exit.OK
    shown = SHOW.replace("_", "\\_")
    assert capsys.readouterr().out == (
        "What nova is asked to look at in guideline 2099.06 (draft, to be approved 2099.06).\n"
        "\n"
        "**Capabilities: does every cloud still have them?**\n"
        "\n"
        "- [ ] list (required, 2 tests)\n"
        "  - to list\n"
        "- [ ] resize (required, 1 test)\n"
        "  - to resize\n"
        "\n"
        "**What changed since the guideline before**\n"
        "\n"
        f"- [ ] flag added: {shown}\n"
        "  - \\[D402\\] a bug\n"
        "  - in list\n"
        "\n"
        "**Flags: does the reason still hold?**\n"
        "\n"
        f"- [ ] {shown}\n"
        "  - \\[D402\\] a bug\n"
        "  - wait\n"
        "  - since 2099-07-01\n"
    )


def test_a_checklist_with_a_suite_has_conditions_accounts_and_candidates(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "checklist", "2026.11", "--project", "neutron", "--list", SURVEY, "-q"]) == Exit.OK
    out = capsys.readouterr().out
    titles = [line.strip("*") for line in out.splitlines() if line.startswith("**")]
    assert titles == [
        "Capabilities: does every cloud still have them?",
        "Conditions under which tests to pass are skipped",
        "Accounts that the tests to pass ask for: are they needed?",
        "Candidates",
    ]
    assert "- [ ] network-" in out.partition("**Candidates**")[2]


@pytest.mark.usefixtures("folder")
def test_what_makes_no_checklist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "checklist", "b.json", "--project", "nvoa"]) == Exit.USAGE
    assert main(["guideline", "checklist", "b.json", "--project", "nova", "--older-survey", SURVEY]) == Exit.USAGE
    assert [line.partition(";")[0] for line in capsys.readouterr().err.splitlines()] == [
        "certmark: no capability of 2099.06 is of nvoa (did you mean nova?)",
        "certmark: --older-survey is compared with a suite",
    ]

"""`certmark guideline diff`: whole outputs and exit statuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from support.lint_documents import LIST, SHOW, encoded, sound


def later() -> dict[str, Any]:
    document = sound()
    document["metadata"]["id"] = "2099.12"
    document["metadata"]["os_trademark_approval"]["releases"] = ["2098.2", "2099.1", "2099.2"]
    document["components"]["servers"]["capabilities"] |= {"required": ["list", "resize"], "advisory": []}
    tests = document["capabilities"]["list"]["tests"]
    tests["suite.New.test_list"] = tests.pop(LIST)
    tests[SHOW]["flagged"] = {"reason": "[D402] a | bug", "action": "wait", "date": "2099-07-01"}
    return document


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.json").write_bytes(encoded(sound()))
    (tmp_path / "b.json").write_bytes(encoded(later()))
    (tmp_path / "c.json").write_text(json.dumps(sound()), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_changes_are_told_in_the_words_of_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "diff", "a.json", "b.json"]) == Exit.FAIL
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out == (
        "From 2099.06 to 2099.12: 1 capability became required, 1 test was flagged, 1 test was renamed,"
        " release 2098.1 dropped, release 2099.2 added.\n"
        "\n"
        "Terms\n"
        "  Release dropped\n"
        "    2098.1\n"
        "  Release added\n"
        "    2099.2\n"
        "\n"
        "Capabilities\n"
        "  1 capability became required\n"
        "    resize: advisory → required in servers\n"
        "\n"
        "Tests\n"
        "  1 test was renamed\n"
        "    suite.New.test_list\n"
        "      was suite.servers.test_servers.Servers.test_list\n"
        "\n"
        "Flags\n"
        "  1 test was flagged: [D402] a | bug\n"
        "    suite.servers.test_servers.Servers.test_show\n"
    )


@pytest.mark.usefixtures("folder")
def test_a_review_gets_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "diff", "a.json", "b.json", "--format", "markdown"]) == Exit.FAIL
    out = capsys.readouterr().out
    assert "## Capabilities\n\n- ⚠️ 1 capability became required\n  - resize: advisory → required in servers\n" in out
    assert "- 1 test was flagged: \\[D402\\] a \\| bug\n" in out


@pytest.mark.usefixtures("folder")
def test_a_board_gets_a_page_beside_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "diff", "a.json", "b.json", "-o", "changes.html"]) == Exit.FAIL
    said = capsys.readouterr()
    assert (said.out.splitlines()[2], said.err) == ("Terms", "certmark: wrote changes.html\n")
    page = Path("changes.html").read_text(encoding="utf-8")
    assert "<title>From 2099.06 to 2099.12</title>" in page
    assert "resize: advisory → required in servers" in page


@pytest.mark.usefixtures("folder")
def test_a_machine_gets_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "diff", "a.json", "b.json", "--json"]) == Exit.FAIL
    document = json.loads(capsys.readouterr().out)
    assert (document["before"]["id"], document["after"]["id"], document["same"]) == ("2099.06", "2099.12", False)
    assert document["counts"]["capability became required"] == 1
    assert document["changes"][2] == {
        "topic": "capabilities",
        "kind": "capability became required",
        "subject": "resize",
        "before": "advisory",
        "after": "required",
        "places": ["servers"],
    }


@pytest.mark.usefixtures("folder")
def test_the_same_in_another_layout_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "diff", "a.json", "c.json"]) == Exit.OK
    said = capsys.readouterr()
    assert said.out == "From 2099.06 to 2099.06: nothing changed.\n"
    assert said.err == "certmark: the two differ only in their layout, or in what is not compared\n"


@pytest.mark.usefixtures("folder")
def test_long_lists_are_cut_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    document = sound()
    ids = {
        f"suite.a.B.test_{number}": {"idempotent_id": f"id-{number:08x}-1111-4111-8111-333333333333"}
        for number in range(40)
    }
    document["capabilities"]["resize"]["tests"] |= ids
    Path("d.json").write_bytes(encoded(document))
    main(["guideline", "diff", "a.json", "d.json"])
    assert "    and 28 more; --full shows all\n" in capsys.readouterr().out
    main(["guideline", "diff", "a.json", "d.json", "--full"])
    assert capsys.readouterr().out.count("      in resize\n") == 40


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_read_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "diff", "a.json", "nowhere.json"]) == Exit.UNREADABLE
    assert main(["guideline", "diff", "-", "-"]) == Exit.USAGE
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(";")[0][:44] for line in lines] == [
        'certmark: there is no file "nowhere.json", a',
        "certmark: only one of the two can be standar",
    ]

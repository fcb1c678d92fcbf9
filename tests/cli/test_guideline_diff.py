"""`certmark guideline diff`: whole outputs and exit statuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from support.lint_documents import LIST, RESIZE, SHOW, UUIDS, encoded, sound


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
        " release 2098.1 dropped, release 2099.2 added, keys or lists stand in another order.\n"
        "  PROGRAM  MUST PASS BEFORE  AFTER  CHANGE\n"
        "  Servers  2                 2      +1 -1\n"
        "\n"
        "Terms\n"
        "  Id changed\n"
        "    id: 2099.06 → 2099.12\n"
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
        "\n"
        "Other differences\n"
        "  Keys or lists stand in another order\n"
        "    in capabilities.list.tests\n"
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
    assert (said.out.splitlines()[4], said.err) == ("Terms", "certmark: wrote changes.html\n")
    page = Path("changes.html").read_text(encoding="utf-8")
    assert "<title>From 2099.06 to 2099.12</title>" in page
    assert "resize: advisory → required in servers" in page


@pytest.mark.usefixtures("folder")
def test_a_machine_gets_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "diff", "a.json", "b.json", "--json"]) == Exit.FAIL
    document = json.loads(capsys.readouterr().out)
    assert (document["before"]["id"], document["after"]["id"], document["same"]) == ("2099.06", "2099.12", False)
    assert document["counts"]["capability became required"] == 1
    assert document["must_pass"] == [
        {"program": "Servers", "before": 2, "after": 2, "new": [RESIZE], "dropped": [SHOW]}
    ]
    assert document["changes"][3] == {
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
    assert said.err == "certmark: the two differ in their layout only\n"


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
def test_tests_of_an_advisory_capability_are_no_warning(capsys: pytest.CaptureFixture[str]) -> None:
    document = sound()
    for key, number in (("list", 7), ("resize", 8)):
        document["capabilities"][key]["tests"][f"suite.a.B.test_{key}"] = {"idempotent_id": f"id-{UUIDS[number]}"}
    Path("d.json").write_bytes(encoded(document))
    main(["guideline", "diff", "a.json", "d.json", "--format", "markdown"])
    out = capsys.readouterr().out
    assert "- ⚠️ 1 test was added\n  - suite.a.B.test\\_list\n" in out
    assert "- 1 test was added, of capabilities that are not required\n  - suite.a.B.test\\_resize\n" in out


@pytest.mark.usefixtures("folder")
def test_wording_and_the_rest_come_after_what_matters(capsys: pytest.CaptureFixture[str]) -> None:
    document = sound()
    document["metadata"]["source"] = "https://example.org/elsewhere#1"
    document["capabilities"]["list"]["description"] = "to list all"
    document["capabilities"]["resize"]["tests"].clear()
    Path("d.json").write_bytes(encoded(document))
    main(["guideline", "diff", "a.json", "d.json", "--format", "markdown"])
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("## ")] == [
        *("## Tests", "## Wording", "## Other differences"),
    ]
    assert "    - now: https:\\//example.org/elsewhere\\#1\n" in out


def test_of_two_lists_the_tests_that_differ_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.lst").write_text("# title: Ours\na.B.test_a\na.B.test_b\nz.Y.test_x\n")
    (tmp_path / "two.lst").write_text("# title: Yours\na.B.test_a\na.B.test_c\nz.Y.test_x\n")
    assert main(["guideline", "diff", "-q", str(tmp_path / "one.lst"), str(tmp_path / "two.lst")]) == Exit.FAIL
    assert capsys.readouterr().out == (
        "From one to two: 1 test was added, 1 test was removed, 2 other differences.\n"
        "  PROGRAM  MUST PASS BEFORE  AFTER  CHANGE\n"
        "  Yours    3                 3      +1 -1\n"
        "\n"
        "Tests\n"
        "  1 test was added\n"
        "    a.B.test_c\n"
        "  1 test was removed\n"
        "    a.B.test_b\n"
        "\n"
        "Other differences\n"
        "  2 other differences\n"
        "    comment\n"
        "      was: # title: Ours\n"
        "    comment\n"
        "      now: # title: Yours\n"
    )


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("a.B.test_a\nz.Y.test_x\n", "nothing changed"),
        ("z.Y.test_x\na.B.test_a\n", "keys or lists stand in another order"),
        ("\na.B.test_a  # first\nz.Y.test_x\n", "1 other difference"),
    ],
)
def test_equal_lists_are_equal_under_whatever_name(
    other: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.lst").write_text("a.B.test_a\nz.Y.test_x\n")
    (tmp_path / "two.lst").write_text(other)
    main(["guideline", "diff", "-q", str(tmp_path / "one.lst"), str(tmp_path / "two.lst")])
    assert capsys.readouterr().out.splitlines()[0] == f"From one to two: {said}."


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_read_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "diff", "a.json", "nowhere.json"]) == Exit.UNREADABLE
    assert main(["guideline", "diff", "-", "-"]) == Exit.USAGE
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(";")[0][:44] for line in lines] == [
        'certmark: there is no file "nowhere.json", a',
        "certmark: only one of the two can be standar",
    ]

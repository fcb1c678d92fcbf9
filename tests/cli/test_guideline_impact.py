"""`certmark guideline impact`: whole outputs, over a folder of runs and over a server."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from support.lint_documents import LIST, RESIZE, SHOW, encoded, sound
from support.said import Said

FLAG = {"reason": "[D402] a bug", "action": "wait", "date": "2099-07-01"}


def run(*tests: str, failed: Sequence[str] = ()) -> str:
    """A file of JUnit."""
    cases = [
        f'<testcase classname="{name.rpartition(".")[0]}" name="{name.rpartition(".")[2]}">'
        f"{'<failure/>' if name in failed else ''}</testcase>"
        for name in tests
    ]
    return f"<testsuite>{''.join(cases)}</testsuite>"


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """The command in a folder with a guideline, its successor and three runs: resize is promoted, show is flagged."""
    monkeypatch.chdir(tmp_path)
    now, draft = sound(), sound()
    now["metadata"]["id"] = "2098.12"
    now["metadata"]["os_trademark_approval"]["replaces"] = "2098.06"
    draft["components"]["servers"]["capabilities"] |= {"required": ["list", "resize"], "advisory": []}
    draft["capabilities"]["list"]["tests"][SHOW]["flagged"] = FLAG
    (tmp_path / "2098.12.json").write_bytes(encoded(now))
    (tmp_path / "2099.06.json").write_bytes(encoded(draft))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "ann.xml").write_text(run(LIST, SHOW, RESIZE))
    (tmp_path / "runs" / "bob.xml").write_text(run(LIST, SHOW, RESIZE, failed=[RESIZE]))
    (tmp_path / "runs" / "cyd.xml").write_text(run(LIST, "suite.Old.test_show", RESIZE, failed=["suite.Old.test_show"]))
    (tmp_path / "runs" / "other.xml").write_text(run("elsewhere.Test.test_it"))
    return lambda *words: Said(("guideline", "impact", *words), capsys)


def test_who_would_break_and_who_would_newly_pass(say: Any) -> None:
    said = say("2099.06.json", "--runs", "runs")
    assert said.status == Exit.FAIL
    assert said.out == (
        "Of 3 runs, one for each cloud and program, 1 would break if 2099.06 came after 2098.12, and 1 would newly pass.\n"
        "  PROGRAM  CLOUDS  PASS NOW  WOULD PASS  WOULD BREAK  WOULD NEWLY PASS\n"
        "  Servers  3       2         2           1            1\n"
        "\n"
        "By what clouds would break\n"
        "  CAPABILITY  TEST                                            CLOUDS\n"
        f"  resize      {RESIZE}  1\n"
        "\n"
        "Who would break\n"
        "  bob.xml, Servers: would come to fail by\n"
        f"    resize: {RESIZE} (failed)\n"
        "\n"
        "Who would newly pass\n"
        "  cyd.xml, Servers: comes to fail by\n"
        f"    list: {SHOW} (failed)\n"
    )


def test_for_a_review_and_for_programs(say: Any) -> None:
    said = say("2099.06.json", "--runs", "runs", "--format", "markdown")
    assert f"| resize | {RESIZE} | 1 |".replace("_", "\\_") in said.out
    found = say("2099.06.json", "--runs", "runs", "--json").json
    assert (found["breaking"], found["newly_passing"]) == (1, 1)
    assert found["causes"] == [{"capability": "resize", "test": RESIZE, "clouds": 1}]
    assert [(one["run"], one["before"], one["after"]) for one in found["runs"]] == [
        ("ann.xml", "pass", "pass"),
        ("bob.xml", "pass", "fail"),
        ("cyd.xml", "fail", "pass"),
    ]
    assert [one["hindrances"] for one in found["runs"]] == [
        [],
        [{"capability": "resize", "test": RESIZE, "state": "failed"}],
        [{"capability": "list", "test": SHOW, "state": "failed"}],
    ]


def test_nobody_breaks_where_nothing_changes(say: Any) -> None:
    said = say("2098.12.json", "--predecessor", "2098.12.json", "--runs", "runs", "-p", "servers")
    assert (said.status, "none would break" in said.out) == (Exit.OK, True)


def test_what_cannot_be_compared_is_refused_in_one_sentence(
    say: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say("2098.12.json", "--runs", "runs")
    assert (said.status, said.out) == (Exit.USAGE, "")
    (tmp_path / "none").mkdir()
    said = say("2099.06.json", "--runs", "none")
    assert (said.status, said.err) == (Exit.USAGE, "certmark: no run is there that could be read\n")
    assert say("2099.06.json", "--runs", "nowhere").status == Exit.UNREADABLE
    for name in [name for name in sys.modules if name.startswith("certmark.corpus")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    said = say("2099.06.json", "--runs", "runs")
    assert (said.status, "install certmark[corpus]" in said.err) == (Exit.ENVIRONMENT, True)

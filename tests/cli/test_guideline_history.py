"""`certmark guideline import-history`, and judging by what held on a day."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from support.git_repository import Repository
from support.lint_documents import LIST, SHOW, UUIDS, sound

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git reads the repository")

FLAG = {"reason": "[D402] a bug", "action": "wait", "date": "2017-08-01"}
RUN = json.dumps({"cpid": "c", "duration_seconds": 1, "results": [{"name": LIST, "uuid": UUIDS[0]}]})
"""A RefStack upload in which one of the two required tests passed."""


def document(**terms: str) -> dict[str, Any]:
    found = sound()
    found["metadata"]["id"] = terms.pop("id", "2017.01")
    found["metadata"]["os_trademark_approval"].update({"status": "approved", "target_approval": "2017.01", **terms})
    return found


def flagged() -> str:
    found = document()
    found["capabilities"]["list"]["tests"][SHOW]["flagged"] = FLAG
    return json.dumps(found)


def twice() -> str:
    text = flagged()
    return text.replace('"capabilities": {"list":', '"capabilities": {"list": {}, "list":', 1)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    made = Repository(tmp_path / "interop")
    made.commit("2017-01-24", {"2017.01.json": json.dumps(document()), "schema.json": "{}", "README": "x"})
    made.commit("2017-08-03", {"2017.01.json": flagged()})
    made.commit("2017-08-05", {"2017.01.json": flagged()[:-1]})
    made.commit("2017-08-07", {"2017.01.json": twice()})
    made.commit(
        "2017-09-20",
        {"2017.01.json": json.dumps(document(status="superseded")), "2017.09.json": json.dumps(later())},
    )
    made.commit("2018-02-01", {"2017.01.json": None})
    (tmp_path / "run.json").write_text(RUN)
    return made


def later() -> dict[str, Any]:
    return document(id="2017.09", target_approval="2017.09")


Judge = Callable[..., tuple[int, str]]


@pytest.fixture
def judge(repository: Repository, capsys: pytest.CaptureFixture[str]) -> Judge:
    assert main(["guideline", "import-history", str(repository.folder), "--out", "history", "-q"]) == Exit.OK
    capsys.readouterr()

    def run(guideline: str, *words: str) -> tuple[int, str]:
        status = main(["judge", "run.json", "-g", guideline, *words])
        return status, capsys.readouterr().err

    return run


def test_every_revision_is_written_under_its_digest(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "import-history", "interop", "--out", "history"]) == Exit.OK
    said = capsys.readouterr()
    what = f"the {{ of line 1 is still open at the end (line 1, column {len(flagged())})"
    before = "; the revision before it holds on"
    broken = repository.git("rev-parse", "HEAD~3")[:10]
    assert said.err.splitlines() == [
        "certmark: never guidelines, left out: schema.json",
        f"certmark: 2017.01.json of 2017-08-05 ({broken}) cannot be read: it is not JSON: {what}{before}",
        "certmark: 2017.01.json has a key twice in 1 revision from 2017-08-07; the last one counts, as in RefStack",
    ]
    index = json.loads(Path("history/index.json").read_bytes())
    assert (index["format"], index["version"]) == ("certmark-guideline-history", 1)
    assert "author" not in json.dumps(index)
    (first, second) = index["files"]
    assert [entry["date"] for entry in first["revisions"]] == [
        *("2017-01-24", "2017-08-03", "2017-08-05", "2017-08-07", "2017-09-20", "2018-02-01"),
    ]
    digest = sha256(json.dumps(document()).encode()).hexdigest()
    assert first["revisions"][0]["sha256"] == digest
    assert Path(f"history/revisions/{digest}.json").read_text() == json.dumps(document())
    assert [entry["sha256"] is None for entry in first["revisions"]] == [False, False, True, False, False, True]
    assert second["path"] == "2017.09.json"


@pytest.mark.usefixtures("repository")
def test_an_import_can_be_repeated_and_overwrites_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["guideline", "import-history", "interop", "--out", "history", "-q"]
    assert main(command) == Exit.OK
    before = {path: path.read_bytes() for path in Path("history").rglob("*.json")}
    assert main(command) == Exit.OK
    assert {path: path.read_bytes() for path in Path("history").rglob("*.json")} == before
    assert main(["guideline", "import-history", "interop", "--out", "interop"]) == Exit.USAGE
    assert "interop holds something else than an imported history" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2017-01-24", Exit.INCOMPLETE),
        ("2017-08-02", Exit.INCOMPLETE),
        ("2017-08-03", Exit.OK),
        ("2017-08-06", Exit.OK),
        ("2017-08-07", Exit.OK),
        ("2017-12-31", Exit.INCOMPLETE),
    ],
)
def test_evidence_is_judged_by_what_held_on_a_day(judge: Judge, day: str, status: Exit) -> None:
    assert judge(f"history/2017.01@{day}")[0] == status


def test_what_is_taken_from_a_history_is_told(judge: Judge) -> None:
    assert "2017.01.json as of 2017-08-03, commit " in judge("history/2017.01.json@2017-08-04")[1]
    assert "of 2017-08-05 cannot be read (it is not JSON" in judge("history/2017.01@2017-08-06", "-q")[1]
    assert 'of which the last counts, as in RefStack: "list"' in judge("history/2017.01@2017-08-08", "-q")[1]


def test_a_history_and_a_day_mean_the_newest_approved_guideline(judge: Judge) -> None:
    assert "2017.01.json was the newest approved guideline on 2017-08-04" in judge("history@2017-08-04")[1]
    assert "2017.09.json was the newest approved guideline on 2017-10-01" in judge("history@2017-10-01")[1]


@pytest.mark.parametrize(
    ("named", "status", "said"),
    [
        ("history/2017.01@2016-12-31", Exit.USAGE, "did not hold on 2016-12-31: it begins on 2017-01-24"),
        ("history/2017.01@2018-03-01", Exit.USAGE, "did not hold on 2018-03-01: it was removed then"),
        ("history/2019.01@2018-03-01", Exit.USAGE, "is no file of the history in history; there are 2017.01.json"),
        ("history@2016-12-31", Exit.USAGE, "no guideline was approved on 2016-12-31"),
        ("history/2017.01@2017-02-30", Exit.UNREADABLE, "2017-02-30 is no day of the calendar"),
        ("nowhere/2017.01@2017-02-03", Exit.UNREADABLE, "there is no file"),
    ],
)
def test_what_did_not_hold_is_refused(judge: Judge, named: str, status: Exit, said: str) -> None:
    found = judge(named)
    assert found[0] == status
    assert said in found[1]


def test_a_changed_revision_is_refused(judge: Judge) -> None:
    for path in Path("history/revisions").iterdir():
        path.write_bytes(path.read_bytes() + b" ")
    assert judge("history/2017.01@2017-08-03")[0] == Exit.UNREADABLE


def test_nothing_of_a_repository_is_run(repository: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    script = tmp_path / "trap"
    script.write_text(f"#!/bin/sh\ntouch {trap}\n")
    script.chmod(0o755)
    hook = repository.folder / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    shutil.copy(script, hook)
    for key in ("core.fsmonitor", "core.pager", "diff.external", "gpg.program", "core.sshCommand"):
        repository.git("config", key, str(script))
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "filter.x.smudge", str(script))
    repository.git("config", "diff.x.textconv", str(script))
    repository.commit("2018-02-02", {".gitattributes": "*.json filter=x diff=x\n"})
    trap.unlink(missing_ok=True)
    assert main(["guideline", "import-history", "interop", "--out", "history", "-q"]) == Exit.OK
    assert not trap.exists()


def test_what_is_no_repository_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "empty").mkdir()
    assert main(["guideline", "import-history", "empty"]) == Exit.USAGE
    assert main(["guideline", "import-history", "nowhere"]) == Exit.USAGE
    Repository(tmp_path / "other").commit("2018-01-01", {"a.json": "{}"})
    assert main(["guideline", "import-history", "other"]) == Exit.UNREADABLE
    assert "no .json file of other was ever a guideline" in capsys.readouterr().err


def test_refstacks_policy_reads_a_key_that_stands_twice_as_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "g.json").write_text(twice().replace('"Servers"', '"OpenStack Powered Compute"'))
    (tmp_path / "run.json").write_text(RUN)
    words = ["judge", str(tmp_path / "run.json"), "-g", str(tmp_path / "g.json"), "-q"]
    assert main(words) == Exit.UNREADABLE
    assert main([*words, "--policy", "refstack-2020"]) == Exit.OK
    assert "of which the last counts, as in RefStack" in capsys.readouterr().err


def test_what_was_judged_by_a_guideline_with_a_repeated_key_is_judged_so_again(
    judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run.json", "-g", "history/2017.01@2017-08-08", "--subject", "cloud"]
    assert main(["bundle", "make", *words, "-o", "b.tar.gz"]) == Exit.OK
    assert main(["replay", "b.tar.gz"]) == Exit.OK
    assert main(["bundle", "verify", "b.tar.gz"]) == Exit.OK
    assert judge("history/2017.01@2017-08-08", "-o", "report.json")[0] == Exit.OK
    capsys.readouterr()
    assert main(["replay", "report.json", "-g", "history/2017.01@2017-08-08"]) == Exit.OK
    assert "the verdict stays" in capsys.readouterr().out

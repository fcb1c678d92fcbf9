"""`certmark guideline coverage`: from a survey to an exit status, a report and a file."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.domain.advice import Action, Advice
from certmark.domain.surveys import Credential, SurveyedTest
from certmark.formats.surveys import load_survey, write_survey
from certmark.runner.suites import SuiteError
from support.surveys import ONE, TWO, guideline_document, survey_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ENTRIES = {"api.Class.test_one": {"idempotent_id": f"id-{ONE}"}}
THERE = SurveyedTest(f"tempest.api.x.Class.test_one[id-{ONE}]", (Credential("primary"),))
READER = (Credential("primary"), Credential("project_reader"))


@pytest.fixture
def guideline(tmp_path: Path) -> Path:
    return written(tmp_path, {"tempest.api.x.Class.test_one": {"idempotent_id": f"id-{ONE}"}})


def written(folder: Path, tests: dict[str, Any], name: str = "g.json", **changes: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(guideline_document(tests, **changes)), encoding="utf-8")
    return path


def saved(folder: Path, *tests: SurveyedTest, name: str = "s.json") -> str:
    write_survey(survey_of(*tests), str(folder / name))
    return str(folder / name)


def cover(guideline: Path, *words: str) -> int:
    return main(["guideline", "coverage", str(guideline), "-q", *words])


def test_nothing_to_do_is_0_and_something_is_1(
    guideline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cover(guideline, "--list", saved(tmp_path, THERE)) == Exit.OK
    assert "1 of 1 test stand there as they did; nothing to do." in capsys.readouterr().out
    reader = saved(tmp_path, THERE._replace(credentials=READER))
    assert cover(guideline, "--list", reader) == Exit.FAIL
    assert "1 test needs a decision" in capsys.readouterr().out
    assert cover(guideline, "--list", reader, "--accept", "second-account") == Exit.OK
    assert cover(guideline, "--list", reader, "--as", "superseded") == Exit.OK


def test_a_decision_beside_the_guideline_needs_no_option(
    guideline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = saved(tmp_path, THERE._replace(credentials=READER))
    words = ("--reason", "testers have two accounts", "--by", "A Person")
    assert main(["guideline", "lint", str(guideline), "--accept", "coverage/second-account", "*", *words]) != Exit.USAGE
    capsys.readouterr()
    assert cover(guideline, "--list", reader) == Exit.OK
    assert "accepted: testers have two accounts (A Person, " in capsys.readouterr().out
    assert main(["guideline", "coverage", str(guideline), "--list", saved(tmp_path, THERE)]) == Exit.OK
    said = capsys.readouterr().err
    assert "A Person accepted coverage/second-account at the whole document, which is found no longer" in said


def test_an_older_survey_makes_only_what_was_added_a_matter(
    guideline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = saved(tmp_path, THERE, name="before.json")
    now = saved(tmp_path, THERE._replace(skips=("if not CONF.y",)))
    assert cover(guideline, "--list", now, "--before", before) == Exit.FAIL
    assert "is now skipped if not CONF.y" in capsys.readouterr().out
    assert cover(guideline, "--list", now, "--before", now) == Exit.OK


def test_a_plain_listing_tells_names_and_ids(
    guideline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = tmp_path / "list.txt"
    listing.write_text(f"tempest.api.x.Class.test_new[id-{ONE},smoke]\n", encoding="utf-8")
    assert cover(guideline, "--list", str(listing)) == Exit.FAIL
    said = capsys.readouterr().out
    assert "2030.01 against a list of 1 test: 0 of 1 test stand there as they did, 1 renamed" in said
    assert "→ add tempest.api.x.Class.test_new to its aliases" in said
    assert "A list tells names and ids only" in said


def test_every_form_is_written_by_its_ending(
    guideline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    survey = saved(tmp_path, THERE, SurveyedTest(f"tempest.api.x.Class.test_two[id-{TWO}]", calls=("x_client.show_x",)))
    paths = [str(tmp_path / f"out.{ending}") for ending in ("txt", "md", "html", "json")]
    words = [word for path in paths for word in ("-o", path)]
    assert cover(guideline, "--list", survey, "--gaps", *words) == Exit.OK
    text, markdown, html, data = (Path(path).read_text(encoding="utf-8") for path in paths)
    assert capsys.readouterr().out == text
    assert "Tests in no guideline" in text
    assert "## Tests in no guideline" in markdown
    assert "<h2" in html
    assert json.loads(data)["gaps"]["ids"] == 1


def test_candidates_have_their_record_in_stored_runs(capsys: pytest.CaptureFixture[str]) -> None:
    survey = Path(__file__).resolve().parents[1] / "assets" / "survey" / "tempest-47.0.0.json.gz"
    shipped = main(
        [
            "guideline",
            "coverage",
            "-q",
            "--list",
            str(survey),
            "--gaps",
            "--runs",
            str(EXAMPLES),
            "--json",
            "--as",
            "draft",
        ]
    )
    assert shipped == Exit.FAIL
    gaps = json.loads(capsys.readouterr().out)["gaps"]
    tests = [test for candidate in gaps["candidates"] for test in candidate["tests"]]
    histories = {test["name"].rpartition(".")[2]: test["history"] for test in tests if test["history"]}
    never = {"runs": 1, "passed": 0, "failed": 0, "skipped": 0}
    assert histories == {
        "test_list_hidden_image": {**never, "skipped": 1},
        "test_list_update_hidden_image": {**never, "skipped": 1},
        "test_get_object_using_temp_url_with_inline_query_parameter": {**never, "failed": 1},
    }
    assert len(tests) > len(histories)


def test_folders_of_guidelines_count_and_what_is_none_is_said(
    guideline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    written(folder, {"tempest.api.x.Class.test_two": {"idempotent_id": f"id-{TWO}"}}, "other.json")
    (folder / "notes.json").write_text("[]", encoding="utf-8")
    survey = saved(tmp_path, THERE, SurveyedTest(f"tempest.api.x.Class.test_two[id-{TWO}]"))
    words = ["guideline", "coverage", str(guideline), "--list", survey, "--gaps", "--tracked", str(folder), "--json"]
    assert main(words) == Exit.OK
    out = capsys.readouterr()
    assert json.loads(out.out)["gaps"]["ids"] == 0
    assert "not guidelines, left out: notes.json" in out.err


def test_a_suite_is_installed_read_and_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "toysuite"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "test_a.py").write_text(
        "import unittest\nclass A(unittest.TestCase):\n    def test_b(self): ...\n", encoding="utf-8"
    )
    description = tmp_path / "toy.json"
    description.write_text(
        json.dumps(
            {
                "format": "certmark-suite", "version": 1, "name": "toy", "kind": "unittest",
                "requirements": ["pip=={version}"], "default_version": "1", "load": ["toysuite"], "results": "subunit",
            }
        ),
        encoding="utf-8",
    )  # fmt: skip
    environment = _environment(tmp_path)
    monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path / "cache"))
    guideline = written(tmp_path, {"toysuite.test_a.A.test_b": {"idempotent_id": ""}})
    saved_to = str(tmp_path / "saved.json.gz")
    words = ["guideline", "coverage", str(guideline), "--suite", str(description), "--tempest", str(environment)]
    assert main([*words, "--save", saved_to]) == Exit.OK
    assert "reading the tests of toy" in capsys.readouterr().err
    assert [test.full_id for test in load_survey(saved_to).tests] == ["toysuite.test_a.A.test_b"]


def _environment(folder: Path) -> Path:
    """An environment that has pip's metadata under our feet and the suite on its path."""
    site = folder / "env" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (site / "pip-1.dist-info").mkdir(parents=True)
    (site / "pip-1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: pip\nVersion: 1\n", encoding="utf-8"
    )
    (site / "toy.pth").write_text(f"{folder}\n", encoding="utf-8")
    (folder / "env" / "bin").mkdir()
    (folder / "env" / "bin" / "python").symlink_to(sys.executable)
    home = Path(sys.base_prefix) / "bin"
    (folder / "env" / "pyvenv.cfg").write_text(f"home = {home}\n", encoding="utf-8")
    return folder / "env"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--tracked", "x"], Exit.USAGE, "are for --gaps"),
        (["--list", "l", "--plugin", "dns"], Exit.USAGE, "--list takes the place of a suite"),
        (["--list", "{missing}"], Exit.UNREADABLE, "No such file"),
        (["--list", "{empty}"], Exit.UNREADABLE, "lists no test"),
        (["--list", "{list}", "--gaps", "--tracked", "{missing}"], Exit.UNREADABLE, "there is no file or folder"),
        (["--list", "{list}", "--gaps", "--runs", "{missing}"], Exit.UNREADABLE, "No such file"),
        (
            ["--list", "{list}", "-o", "x.xml"],
            Exit.USAGE,
            "the ending of x.xml tells no format; use .txt, .json, .html",
        ),
        (["--list", "{list}", "--save", "{missing}/s.json"], Exit.USAGE, "No such file"),
        (["--suite", "nosuch"], Exit.ENVIRONMENT, "there is no suite file nosuch"),
        (["--suite", "tempest==1", "--tempest", "2"], Exit.USAGE, "both say which version"),
        (["--plugin", "--evil"], Exit.USAGE, "expected one argument"),
        (["--plugin", "git+https://x"], Exit.USAGE, "names no plugin"),
        (["--suite", "tempest==../x"], Exit.ENVIRONMENT, "there is nothing at"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    words: list[str], status: Exit, said: str, guideline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_text("", encoding="utf-8")
    places = {"missing": tmp_path / "missing", "empty": tmp_path / "empty", "list": saved(tmp_path, THERE)}
    filled = [re.sub(r"\{(\w+)\}", lambda found: str(places[found[1]]), word) for word in words]
    try:
        assert cover(guideline, *filled) == status
    except SystemExit as error:
        assert error.code == status  # noqa: PT017 - argparse's own way out
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_what_a_suite_that_cannot_be_installed_needs_is_said_with_the_option_for_it(
    guideline: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def install(*_: object, **__: object) -> None:
        raise SuiteError("the index does not answer", Advice(Action.NAME_WHEELS))

    monkeypatch.setattr("certmark.app.inputs.suites.install", install)
    assert main(["guideline", "coverage", str(guideline)]) == Exit.ENVIRONMENT
    assert capsys.readouterr().err.endswith("certmark: the index does not answer; or give --wheels DIRECTORY\n")

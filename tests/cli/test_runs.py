"""Runs on this machine: listed, named by whatever a person types, shown, removed."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.bundle import write_bundle
from support.recorded_run import RUN, record_run

JUDGED, STOPPED, BROKEN, EMPTY = (
    RUN,
    "20261122-100000-here-0001",
    "20261123-100000-here-0002",
    "20261124-100000-there-0003",
)


def checked(capsys: pytest.CaptureFixture[str], name: str, *words: str) -> Any:
    capsys.readouterr()
    main([*words, "--json"])
    document = json.loads(capsys.readouterr().out)
    schema = json.loads((files("certmark") / "data" / "schemas" / "output" / f"{name}.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all runs: one judged, one stopped, one damaged, one that never began."""
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "runs"
    record_run(home / JUDGED)
    record_run(home / STOPPED)
    journal = home / STOPPED / "journal.jsonl"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:3]))
    (home / STOPPED / "report.json").unlink()
    (home / BROKEN).mkdir()
    (home / BROKEN / "journal.jsonl").write_text("what?\n")
    (home / EMPTY / "suite").mkdir(parents=True)
    (home / "notes").mkdir()
    return home


def test_runs_are_listed_newest_first_in_whatever_state(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(capsys, "certmark-runs", "runs")["runs"]
    assert [(run["id"], run["state"], run["standing"]) for run in found] == [
        (EMPTY, "never began", None),
        (BROKEN, "unreadable", None),
        (STOPPED, "stopped", None),
        (JUDGED, "judged", "pass"),
    ]
    assert found[2]["classes_left"] == 2
    assert main(["runs"]) == Exit.OK
    shown = capsys.readouterr().out
    assert re.search(rf"{JUDGED} +PASS +2026-11-21 20:30", shown)
    assert f"4 runs in {runs}" in shown


def test_a_run_that_a_process_works_on_is_running(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (runs / STOPPED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert checked(capsys, "certmark-run", "runs", "show", STOPPED)["state"] == "running"
        assert main(["runs", "remove", STOPPED, "--yes"]) == Exit.USAGE
        assert main(["runs", "remove", "--older-than", "1h", "--yes"]) == Exit.OK
    assert [path.name for path in sorted(runs.iterdir())] == [STOPPED, "notes"]


def test_no_run_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path))
    assert main(["runs"]) == Exit.OK
    assert "there is no run yet" in capsys.readouterr().err


@pytest.mark.parametrize("named", [JUDGED, JUDGED[:12], f"runs/{JUDGED}"])
@pytest.mark.parametrize(
    "words",
    [
        ("judge",),
        ("results", "show"),
        ("results", "convert", "--to", "junit"),
        ("replay",),
        ("bundle", "show"),
        ("bundle", "verify"),
        ("bundle", "preview"),
        ("runs", "show"),
    ],
    ids=" ".join,
)
def test_a_run_is_named_by_its_id_the_beginning_of_it_or_its_folder(
    runs: Path, words: tuple[str, ...], named: str
) -> None:
    write_bundle(runs / JUDGED)
    assert main([*words, named]) == Exit.OK


def test_last_is_the_last_run_that_began(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(runs / BROKEN)
    assert main(["runs", "show", "last"]) == Exit.OK
    assert STOPPED in capsys.readouterr().out
    assert main(["results", "diff", JUDGED, JUDGED[:10]]) == Exit.OK


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["runs", "show", "2026112"], Exit.USAGE, f"3 runs begin with '2026112': {BROKEN}, {STOPPED}, {JUDGED};"),
        (["runs", "show", "20261121-203000-here-00fe"], Exit.USAGE, f"did you mean {JUDGED}?"),
        (["judge", "20261121-203000-here-00fe"], Exit.UNREADABLE, "no such file, and there is no run"),
        (["judge", "no/such/file"], Exit.UNREADABLE, "no/such/file: No such file or directory"),
        (["runs", "remove"], Exit.USAGE, "name the runs that shall go, or --older-than AGE"),
        (["runs", "remove", JUDGED], Exit.USAGE, "nobody can be asked here"),
        (["runs", "remove", JUDGED, "--older-than", "1d", "-y"], Exit.USAGE, "keep one of them"),
    ],
)
def test_what_names_no_run_is_refused_in_one_sentence(
    runs: Path, words: list[str], status: Exit, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == status
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert (runs / JUDGED).is_dir()


def test_a_broken_run_is_removed_like_any(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(capsys, "certmark-runs-removal", "runs", "remove", BROKEN, EMPTY, "--yes")
    assert found["removed"] == [BROKEN, EMPTY]
    assert sorted(path.name for path in runs.iterdir()) == [JUDGED, STOPPED, "notes"]


@pytest.mark.usefixtures("runs")
def test_a_run_knows_its_guideline_and_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "20261121"]) == Exit.OK
    assert "list: PASS" in capsys.readouterr().out


def test_a_bundle_does_too_and_a_text_that_only_its_sender_has_is_told(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["judge", write_bundle(runs / JUDGED)]) == Exit.OK
    shown = capsys.readouterr()
    assert "list: PASS" in shown.out
    assert "list is the text that came in the bundle of run" in shown.err


def test_a_run_for_another_program_is_told(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = runs / JUDGED / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"what": "run"', '"what": "run", "program": "Powered Storage"', 1))
    assert main(["judge", JUDGED, "-g", "2026.11", "-p", "object", "-q"]) == Exit.INCOMPLETE
    said = capsys.readouterr().err
    assert 'was for "Powered Storage": what only "Interoperable Object Storage" asks for was not run' in said


def test_the_waivers_of_a_run_here_are_used_and_those_of_a_bundle_are_not(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = runs / JUDGED
    journal = folder / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"versions"', '"waivers_file": "w.yaml", "versions"', 1))
    (folder / "guideline" / "w.yaml").write_text("product: P\nwaivers: []\n")
    assert main(["judge", JUDGED]) == Exit.OK
    assert "the waivers with which run" in capsys.readouterr().err
    assert main(["judge", write_bundle(folder)]) == Exit.OK
    assert "the waivers in the bundle are not used" in capsys.readouterr().err


def test_runs_that_were_asked_otherwise_are_not_judged_unless_somebody_says_by_what(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "20261120-203000-here-0004"
    shutil.copytree(runs / JUDGED, runs / other)
    journal = runs / other / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"what": "run"', '"what": "run", "program": "Another"', 1))
    assert main(["judge", JUDGED, other]) == Exit.USAGE
    assert "these runs were for different programs; name one with --program" in capsys.readouterr().err


def test_what_is_not_a_guideline_may_be_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "tests", "object"]) == Exit.UNREADABLE
    assert capsys.readouterr().err.endswith("; name one with --program: object\n")
    assert main(["guideline", "show", "-p", "objekt"]) == Exit.USAGE
    assert "(did you mean object?)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "sentence"), [("compute", "this cloud has object storage only"), ("nosuch", "no program")]
)
def test_a_demonstration_that_cannot_be_is_refused_before_anything_is_done(
    runs: Path, program: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--program", program]) == Exit.USAGE
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert not (runs.parent / "sandbox").exists()


def test_quiet_leaves_one_line_the_verdicts_sentence(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(runs / JUDGED)
    for verb in ("judge", "replay"):
        assert main([verb, JUDGED, "-q"]) == Exit.OK
        shown = capsys.readouterr()
        assert shown.out.startswith("list: PASS; ")
        assert shown.out.count("\n") == 1
        assert shown.err == ""
    assert main(["results", "diff", JUDGED, JUDGED, "-q"]) == Exit.OK
    assert capsys.readouterr().out == "2 unchanged\n"

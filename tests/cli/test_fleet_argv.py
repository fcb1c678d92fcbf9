"""The command lines of a fleet's runs, and what is shown while they go on."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from certmark.cli.console import Console
from certmark.cli.options import add_options, parse
from certmark.cli.run.fleet import command_of, run_words, shared_options
from certmark.cli.run.fleet_displays import fleet_display
from certmark.cli.run.run import Options
from certmark.domain.fleets import FleetCloud, FleetMember, MemberProgress, MemberStanding
from certmark.runner.events import FleetBegan, FleetEvent, FleetStopping, MemberBegan, MemberMessage, MemberSettled


def read(*words: str) -> Options:
    parser = argparse.ArgumentParser()
    add_options(parser, Options)
    return parse(Options, parser, words)


MEMBER = FleetMember(FleetCloud("north", "n", options={"workers": "3", "level": "advisory"}), "r1", None)
LOCAL = FleetMember(FleetCloud("here", "n", options={"tempest-conf": "/c"}), None, "object")


def test_what_is_not_the_fleets_holds_for_every_run() -> None:
    options = read(
        "--all-clouds", "f", "--only", "x", "--folder", "d", "-q", "-f", "json",
        "-p", "object", "--no-doctor", "--despite", "a", "--despite", "b", "--class-timeout", "60",
    )  # fmt: skip
    assert shared_options(options) == {
        "program": ("object",),
        "no-doctor": (),
        "despite": ("a", "b"),
        "class-timeout": ("60.0",),
    }


def test_files_become_absolute_and_words_that_are_no_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("object", "w.json"):
        (tmp_path / name).touch()
    options = read("--all-clouds", "f", "-p", "object", "--waivers", "w.json", "-g", "2020.06")
    assert shared_options(options) == {
        "program": ("object",),
        "waivers": (str(tmp_path / "w.json"),),
        "guideline": ("2020.06",),
    }


def test_what_a_member_says_stands_over_what_holds_for_all() -> None:
    shared = {"level": ("required",), "workers": ("1",), "despite": ("a", "b"), "no-doctor": ()}
    words = run_words(Options, MEMBER, shared)
    assert read(*words) == read(
        "--level", "advisory", "-j", "3", "--despite", "a", "--despite", "b", "--no-doctor",
        "--os-cloud", "n", "--region", "r1",
    )  # fmt: skip


def test_a_configuration_of_its_own_stands_for_the_entry_of_clouds_yaml() -> None:
    assert run_words(Options, LOCAL, {}) == ["--program", "object", "--tempest-conf", "/c"]


def test_every_run_has_its_folder_and_says_its_events() -> None:
    command = command_of(Options)
    assert list(command.begin(LOCAL, {}, Path("/f/here")))[1:4] == ["-m", "certmark", "run"]
    assert list(command.begin(LOCAL, {}, Path("/f/here")))[-4:] == ["--folder", "/f/here", "--events", "json"]
    assert list(command.resume(Path("/f/here")))[3:] == ["resume", "/f/here", "--events", "json"]


STORY: list[FleetEvent] = [
    FleetBegan(("a", "b")),
    MemberSettled(MemberStanding(FleetMember(FleetCloud("b", "b"), None, None), MemberProgress.NOT_AVAILABLE, "away")),
    MemberBegan("a"),
    MemberMessage("a", {"event": "run-began", "tests": 2}),
    MemberMessage("a", {"event": "test-ended", "test": "t1", "outcome": "fail"}),
    FleetStopping(("a",)),
    MemberSettled(
        MemberStanding(
            FleetMember(FleetCloud("a", "a"), None, None), MemberProgress.FAIL, "1 failed", "P", {"passed": 1, "counted": 2}
        )
    ),
]  # fmt: skip


def test_in_a_pipe_there_is_a_line_for_beginnings_quarters_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with fleet_display(Console(), events=None) as display:
        for event in STORY:
            display(event)
    assert capsys.readouterr().err.splitlines() == [
        "b  not available; away",
        "a  begins",
        "a  1 of 2 tests, 1 failed",
        "stopping: runs end after their running tests; Ctrl-C again ends them at once",
        "a  fail; 1 of 2 passed; 1 failed",
    ]


def test_programs_get_every_event_with_its_member(capsys: pytest.CaptureFixture[str]) -> None:
    with fleet_display(Console(), events="json") as display:
        for event in STORY:
            display(event)
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["event"], one.get("member")) for one in shown] == [
        ("member-ended", "b"),
        ("member-began", "a"),
        ("run-began", "a"),
        ("test-ended", "a"),
        ("fleet-stopping", None),
        ("member-ended", "a"),
    ]


def test_who_wants_to_hear_nothing_hears_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.quiet = True
    with fleet_display(console, events=None) as display:
        for event in STORY:
            display(event)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_the_picture_has_a_line_for_each_cloud(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with fleet_display(Console(), events=None) as display:
        for event in STORY[:-1]:
            display(event)
        display(STORY[-1])
    shown = capsys.readouterr().err
    assert "fail; 1 of 2 passed; 1 failed" in shown
    assert "not available; away" in shown

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import pytest

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.guideline import list as guideline_list
from certmark.cli.help import GROUPS
from certmark.cli.main import VERBS, main
from certmark.version import __version__


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_that_names_its_exit_status(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*verb.split(), "--help"])
    assert end.value.code == 0
    assert "exit status: 0 " in capsys.readouterr().out


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == Exit.OK
    shown = capsys.readouterr().out
    assert [verb for verb in VERBS if not all(word in shown for word in verb.split())] == []
    assert {name for names in GROUPS.values() for name in names} == set(VERBS)


def test_help_fits_a_small_terminal_and_breaks_between_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert [line for line in lines if len(line) > 80] == []
    for verb in VERBS:
        with pytest.raises(SystemExit):
            main([*verb.split(), "--help"])
        assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("words", [["help"], ["help", "help"], ["-h"]])
def test_help_is_a_word_too(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == Exit.OK
    assert "start here" in capsys.readouterr().out


def test_help_on_a_verb_and_on_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["help", "judge"])
    assert end.value.code == 0
    assert "usage: certmark judge" in capsys.readouterr().out
    assert main(["help", "cloud", "accounts"]) == Exit.OK
    assert "cloud accounts make" in capsys.readouterr().out
    assert main(["cloud", "accounts"]) == Exit.USAGE
    assert "cloud accounts check" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["version", "-V", "--version"])
def test_the_version_is_told(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == Exit.OK
    first, python, libraries, *_ = capsys.readouterr().out.splitlines()
    assert first == f"certmark {__version__}"
    assert platform.python_version() in python
    assert re.match(r"with .*cryptography \d", libraries)


def test_a_cloud_may_be_named_before_the_verb(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OS_CLOUD", "other")
    for words in (["--os-cloud", "north"], ["--os-cloud=north"]):
        assert main([*words, "version"]) == Exit.OK
        assert os.environ["OS_CLOUD"] == "north"
    assert main(["--nosuch", "run"]) == Exit.USAGE
    assert "there is no option '--nosuch' before a verb" in capsys.readouterr().err


def test_a_terminal_gets_remarks_in_lines_that_end_between_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    sentence = " ".join(["word"] * 40)
    Console().remark(sentence)
    shown = capsys.readouterr().err
    assert max(map(len, shown.splitlines())) <= 60
    assert shown.split() == ["certmark:", *sentence.split()]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["jugde"], "certmark: there is no verb 'jugde' (did you mean judge?); see certmark --help\n"),
        (["results", "delete"], "certmark: there is no verb 'results delete'; see certmark results --help\n"),
        (
            ["cloud", "docter"],
            "certmark: there is no verb 'cloud docter' (did you mean doctor?); see certmark cloud --help\n",
        ),
        (["doctor"], "certmark: there is no verb 'doctor' (did you mean cloud doctor?); see certmark --help\n"),
        (
            ["run", "--cloud", "x"],
            "certmark run: unrecognized arguments: --cloud x (did you mean --os-cloud?); see certmark run --help\n",
        ),
        (
            ["judge", "x", "--as-if", "y"],
            "certmark judge: unrecognized arguments: --as-if y (did you mean --as-of?); see certmark judge --help\n",
        ),
    ],
)
def test_a_usage_error_is_one_sentence(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(words)
    except SystemExit as end:
        status = int(str(end.code))
    shown = capsys.readouterr()
    assert (status, shown.out, shown.err) == (Exit.USAGE, "", sentence)


def test_no_verb_is_answered_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == Exit.USAGE
    assert "results show|diff|convert" in capsys.readouterr().err


def test_a_group_is_answered_with_its_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results"]) == Exit.USAGE
    shown = capsys.readouterr().err
    assert "results diff" in shown
    assert "guideline list" not in shown


def test_a_defect_is_a_sentence_and_has_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise TypeError("no such thing")

    monkeypatch.setattr(guideline_list, "run", broken)
    assert main(["guideline", "list"]) == Exit.INTERNAL_ERROR
    assert "internal error (TypeError: no such thing)" in capsys.readouterr().err


def test_an_interrupt_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(guideline_list, "run", interrupted)
    assert main(["guideline", "list"]) == Exit.INTERRUPTED
    assert capsys.readouterr().err == "certmark: interrupted\n"


def test_arguments_stand_on_both_sides_of_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("-odd.json", "even.json"):
        Path(name).write_text('{"cpid": "c", "duration_seconds": 1, "results": [{"name": "a.B.test_c"}]}')
    assert main(["results", "diff", "even.json", "--quiet", "even.json"]) == Exit.OK
    assert main(["results", "diff", "--quiet", "--", "-odd.json", "even.json"]) == Exit.OK

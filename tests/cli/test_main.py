from __future__ import annotations

import pytest

from certmark.cli.exits import Exit
from certmark.cli.guideline import list as guideline_list
from certmark.cli.main import VERBS, main


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_that_names_its_exit_status(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*verb.split(), "--help"])
    assert end.value.code == 0
    assert "exit status: 0 " in capsys.readouterr().out


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert [verb for verb in VERBS if verb not in shown] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["jugde"], "certmark: there is no verb 'jugde'; see certmark --help\n"),
        (["results", "delete"], "certmark: there is no verb 'results delete'; see certmark results --help\n"),
        (
            ["judge", "x", "--as-if", "y"],
            "certmark judge: unrecognized arguments: --as-if y; see certmark judge --help\n",
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
    assert "results diff" in capsys.readouterr().err


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

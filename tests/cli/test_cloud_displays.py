"""What a person sees while a cloud is examined."""

from __future__ import annotations

import sys

import pytest

from certmark.cli.console import Console
from certmark.cli.examination import watching
from certmark.domain.preflight import ExaminationProgress, ExaminationSubject

EVENTS = (ExaminationSubject("looking at the catalogue"), ExaminationProgress(1, 2), ExaminationProgress(2, 2))


def drawn(capsys: pytest.CaptureFixture[str], *, quiet: bool = False) -> str:
    console = Console()
    console.quiet = quiet
    with watching(console) as watch:
        for event in EVENTS:
            watch(event)
    return capsys.readouterr().err


def test_in_a_pipe_its_beginning_is_one_remark(capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn(capsys) == "certmark: looking at the catalogue\n"


def test_on_a_terminal_one_line_is_written_over_and_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    clear = "\r\x1b[K"
    assert drawn(capsys) == (
        f"{clear}certmark: looking at the catalogue{clear}certmark: looked at 1 of 2 things{clear}{clear}"
    )


def test_who_wants_no_remarks_sees_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert drawn(capsys, quiet=True) == ""

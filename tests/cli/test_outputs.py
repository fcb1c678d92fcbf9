from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from certmark.app.files import write_file
from certmark.cli.options.output import Output, outputs_of
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form


@pytest.mark.parametrize(
    ("formats", "paths", "outputs"),
    [
        ([], [], [Output(Form.TEXT, None)]),
        (["json"], [], [Output(Form.JSON, None)]),
        (["json", "json"], [], [Output(Form.JSON, None)]),
        ([], ["r.html", "r.json"], [Output(Form.HTML, "r.html"), Output(Form.JSON, "r.json"), Output(Form.TEXT, None)]),
        (["json"], ["report"], [Output(Form.JSON, "report"), Output(Form.TEXT, None)]),
        (
            ["json"],
            ["report", "r.md"],
            [Output(Form.JSON, "report"), Output(Form.MARKDOWN, "r.md"), Output(Form.TEXT, None)],
        ),
        (["junit", "json"], ["r"], [Output(Form.JUNIT, "r"), Output(Form.JSON, None)]),
    ],
)
def test_formats_go_to_the_files_in_order_and_what_is_left_to_standard_output(
    formats: list[str], paths: list[str], outputs: list[Output]
) -> None:
    assert outputs_of(formats, paths, VerdictView.forms) == outputs


@pytest.mark.parametrize(
    ("formats", "paths", "sentence"),
    [
        (["json", "html"], [], "only one format goes to standard output; name a file with -o for json"),
        ([], ["r.docx"], "the ending of r.docx tells no format; use .txt, .json, .xml, .html, .htm, .md, or"),
        ([], ["report"], "the ending of report tells no format"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence(formats: list[str], paths: list[str], sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        outputs_of(formats, paths, VerdictView.forms)
    assert str(refusal.value).startswith(sentence)


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"cannot be written: No such file or directory"):
        write_file(str(tmp_path / "no" / "such" / "folder" / "r.json"), b"")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    target.write_bytes(b"old and longer")
    write_file(str(target), b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("r.json", b"new")]


def test_a_pipe_is_written_into_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(pipe.read_bytes)
        write_file(pipe, b"content")
        assert reader.result(60) == b"content"
    assert pipe.is_fifo()


def test_a_link_stays_and_what_it_names_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real"]


def test_a_device_that_takes_nothing_is_the_machines_fault_and_stays(tmp_path: Path) -> None:
    assert Path("/dev/full").is_char_device()
    (tmp_path / "out").symlink_to("/dev/full")
    with pytest.raises(CannotProceed, match="cannot be written: No space left on device"):
        write_file(tmp_path / "out", b"content")
    assert Path("/dev/full").is_char_device()


def test_what_is_written_again_may_be_read_by_the_same_people(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"old")
    target.chmod(0o640)
    write_file(target, b"new")
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"new", 0o640)

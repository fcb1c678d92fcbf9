from __future__ import annotations

from pathlib import Path

import pytest

from certmark.app.files import write_file
from certmark.cli.options.output import Output, outputs_of
from certmark.domain.errors import InvalidRequest
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form


@pytest.mark.parametrize(
    ("formats", "paths", "outputs"),
    [
        ([], [], [Output(Form.TEXT, None)]),
        (["json"], [], [Output(Form.JSON, None)]),
        (["json", "json"], [], [Output(Form.JSON, None)]),
        ([], ["r.html", "r.json"], [Output(Form.HTML, "r.html"), Output(Form.JSON, "r.json"), Output(Form.TEXT, None)]),
        (["json"], ["report"], [Output(Form.JSON, "report")]),
        (["json"], ["report", "r.md"], [Output(Form.JSON, "report"), Output(Form.MARKDOWN, "r.md")]),
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

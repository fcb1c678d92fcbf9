"""Annotations of GitHub's workflows, and the summary of a job."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.domain.results import Detail, Outcome
from certmark.reporting.verdict import github
from support.build import attempt, capability, guideline, required, results, verdict

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_a_verdict_is_its_sentence_and_a_line_for_each_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    words = ["judge", str(EXAMPLES / "object-storage-broken.subunit"), "-p", "object", "-f", "github"]
    assert main(words) == Exit.FAIL
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("::error title=Interoperable Object Storage::Interoperable Object Storage under")
    assert {line.split(" ")[0] for line in lines} <= {"::error", "::warning"}
    assert len(lines) > 1
    assert summary.read_text().startswith("before\n")
    assert "FAIL" in summary.read_text()


def test_a_pass_is_a_notice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(EXAMPLES / "object-storage-pass.subunit"), "-p", "object", "-f", "github"]) == Exit.OK
    assert capsys.readouterr().out.startswith("::notice title=Interoperable Object Storage::")


def test_foreign_text_begins_no_other_command() -> None:
    document = guideline(capability("c", required("a.B.test")))
    failed = attempt("a.B.test", outcome=Outcome.FAILED)._replace(
        detail=Detail("boom\n::set-env name=X::y%0A::error::z", "", ())
    )
    written = github.write(verdict(document, results(failed))).decode()
    assert written.count("\n::") == 1
    assert "%250A" in written

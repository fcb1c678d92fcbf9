from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import VERBS
from certmark.cli.options.output import VERDICT_FORMS
from certmark.reporting.verdict.view import VerdictView

Captured = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "name",
    [
        "generate_reference",
        "generate_python_reference",
        "generate_format_3_reference",
        "generate_api_reference",
        "generate_refstack_reference",
    ],
)
def test_the_generated_reference_is_up_to_date(name: str) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "docs" / f"{name}.py"), "--check"], check=False)
    assert done.returncode == 0, "run ./dev docs"


def test_every_exit_status_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "exit-status.md").read_text()
    assert [status.name for status in Exit if f"| {status.value} |" not in page] == []


def test_every_verb_is_on_the_first_page() -> None:
    page = (ROOT / "README.md").read_text()
    missing = [verb for verb in VERBS if verb.split()[0] not in page or verb.split()[-1] not in page]
    assert missing == []


def test_the_command_line_offers_just_the_forms_that_reports_have() -> None:
    assert set(VERDICT_FORMS) == set(VerdictView.forms)


def test_the_example_of_the_python_reference_runs(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.chdir(ROOT)
    for page in (ROOT / "README.md", ROOT / "docs" / "reference" / "python.md"):
        (example,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
        exec(compile(example, str(page), "exec"), {})  # noqa: S102 - our own document
        assert "Interoperable Object Storage under the draft guideline 2026.11: PASS;" in capsys.readouterr().out

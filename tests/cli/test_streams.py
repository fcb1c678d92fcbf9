"""Standard streams that are closed, that lead nowhere, or whose reader leaves: the verdict's status all the same."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support.waiting import PATIENCE

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
JUDGE = shlex.join(
    [sys.executable, "-m", "certmark", "judge", str(EXAMPLES / "compute.subunit.gz"), "-p", "compute", "--full"]
)


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("ending", [">&-", ">&- <&-", ">&- 2>&- <&-", "2>&-", "| true", "2>&1 | head -1 >&2"])
def test_whoever_does_not_read_costs_nobody_the_verdict(ending: str, tmp_path: Path) -> None:
    done = shell(f"{JUDGE} -o r.json {ending}", tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") <= 1
    assert "Exception" not in done.stderr
    assert (tmp_path / "r.json").read_bytes().startswith(b'{"format":"certmark-report"')


def test_a_file_that_the_command_opens_never_becomes_its_standard_output(tmp_path: Path) -> None:
    assert shell(f"{JUDGE} -o r.json -o r.txt >&-", tmp_path).returncode == 1
    assert b"OpenStack" not in (tmp_path / "r.json").read_bytes()[:20]
    assert (tmp_path / "r.txt").read_text().startswith("Interoperable Compute")


@pytest.mark.parametrize(
    "words", ["judge --help", "--help", f"judge {EXAMPLES / 'object-storage-pass.subunit'} -p object"]
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_what_cannot_be_written_is_one_sentence_and_a_status(words: str, tmp_path: Path) -> None:
    done = shell(f"{sys.executable} -m certmark {words} > /dev/full", tmp_path)
    assert done.returncode == 5
    assert done.stderr.endswith("No space left on device\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("ending", [">&-", "| true"])
def test_help_is_quiet_as_well(ending: str, tmp_path: Path) -> None:
    assert shell(f"{sys.executable} -m certmark --help {ending}", tmp_path).returncode == 0

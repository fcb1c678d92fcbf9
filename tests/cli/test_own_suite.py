"""A suite that is not Tempest, through the whole of `certmark run`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.evidence.bundle import NAME, verify_bundle

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "own-suite"


@pytest.fixture
def ran(tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """The example, run in this checkout's own environment, which has pytest."""
    env = os.environ | {"CERTMARK_HOME": str(tmp_path / "home"), "CERTMARK_CACHE": str(tmp_path / "cache")}
    command = ["run", "--suite", EXAMPLE / "suite.json", "-g", EXAMPLE / "required.txt", "--tempest", sys.executable]
    where = ["--folder", tmp_path / "run", "--format", "json"]
    return subprocess.run(
        [sys.executable, "-m", "certmark", *map(str, command), *map(str, where)],
        capture_output=True, text=True, timeout=120, check=False, env=env,
    )  # fmt: skip


def test_another_suite_is_run_judged_and_put_on_record(ran: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    assert ran.returncode == 0, ran.stderr
    judgement = json.loads(ran.stdout)["judgement"]
    assert judgement["totals"]["passed"] == 3
    assert {test["state"] for test in judgement["capabilities"][0]["tests"]} == {"passed"}
    assert verify_bundle(str(tmp_path / "run" / NAME)).holds
    assert sorted(path.suffix for path in (tmp_path / "run" / "streams").iterdir()) == [".xml", ".xml"]

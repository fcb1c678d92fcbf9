"""The collection on a sandbox, as molecule plays it: converged twice, the second time nothing changes; a broken cloud fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.automation import AUTOMATION, CERTMARK, call, tool

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.enable_socket,
    pytest.mark.skipif(
        not os.environ.get("CERTMARK_AUTOMATION_TESTS"), reason="a play on a real cloud is for ./dev automation"
    ),
]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Path]:
    command = [sys.executable, "-m", "certmark", "sandbox"]
    folder = tmp_path / "sandbox"
    subprocess.run([*command, "up", "--folder", folder], check=True, capture_output=True, timeout=900)
    yield folder
    subprocess.run([*command, "down", "--purge", "--folder", folder], check=False, capture_output=True, timeout=300)


def test_a_cloud_is_tested_by_a_play_and_the_play_fails_with_the_cloud(sandbox: Path, tmp_path: Path) -> None:
    molecule = tool("molecule")
    place = tmp_path / "ansible_collections" / "certmark"
    place.mkdir(parents=True)
    (place / "certmark").symlink_to(AUTOMATION / "ansible")
    work = tmp_path / "work"
    work.mkdir()
    done = call(
        molecule, "test", folder=place / "certmark" / "extensions", SANDBOX=str(sandbox), CERTMARK=CERTMARK, WORK=str(work),
        ANSIBLE_COLLECTIONS_PATH=str(tmp_path), ANSIBLE_HOME=str(tmp_path / "ansible"), ANSIBLE_PIPELINING="1",
        ANSIBLE_PYTHON_INTERPRETER=sys.executable, MOLECULE_EPHEMERAL_DIRECTORY=str(tmp_path / "molecule"),
        CERTMARK_HOME=str(tmp_path / "home"), NO_COLOR="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    passwords = {account["password"] for account in yaml.safe_load((sandbox / "accounts.yaml").read_text())}
    assert passwords
    assert [word for word in passwords if word in done.stdout] == []
    fetched = [path for path in (work / "fetched").rglob("*") if path.is_file()]
    assert fetched
    assert not (work / "accounts.yaml").exists()

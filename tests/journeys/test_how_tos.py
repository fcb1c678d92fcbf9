"""The how-tos of certifying a cloud, followed literally on a sandbox.

Blocks of the kind `console cloud` are run as they stand, in one folder; what they promise is compared as
tests/docs/test_documents.py does it. `north` and `north-admin` are the sandbox's ordinary user and its administrator.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from docs.test_documents import ROOT, Step, blocks_of, matches, steps_of

pytestmark = [pytest.mark.cloud, pytest.mark.enable_socket]
HOW_TO = ROOT / "docs" / "how-to"


def cloud_steps(name: str) -> list[Step]:
    text = (HOW_TO / name).read_text(encoding="utf-8")
    return [step for block in blocks_of(text) if block.kind == "console cloud" for step in steps_of(block)]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("how-to") / "sandbox"
    command = [sys.executable, "-m", "certmark", "sandbox"]
    subprocess.run([*command, "up", "--folder", folder], check=True, capture_output=True, timeout=900)
    yield folder
    subprocess.run([*command, "down", "--purge", "--folder", folder], check=False, capture_output=True, timeout=300)


def place(sandbox: Path, folder: Path) -> None:
    """What the pages take for given: clouds.yaml with `north` and `north-admin`, and others for a fleet."""
    known = yaml.safe_load((sandbox / "clouds.yaml").read_text())["clouds"]
    ordinary = {key: value for key, value in known["certmark-sandbox"].items() if key != "certmark"}
    dead = json.loads(json.dumps(ordinary))
    dead["auth"]["auth_url"] = "http://127.0.0.1:9/v3"
    entries = {"north": ordinary, "north-admin": known["certmark-sandbox-admin"], "south": dead, "west": dead}
    (folder / "clouds.yaml").write_text(yaml.safe_dump({"clouds": entries}))


def follow(page: str, folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OS_")} | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CERTMARK_HOME": str(folder / "home"),
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
    }
    steps = cloud_steps(page)
    assert steps
    for step in steps:
        done = subprocess.run(
            ["/bin/sh", "-c", step.command], cwd=folder, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=600, check=False, text=True,
        )  # fmt: skip
        shown = f"{page}:{step.line}: $ {step.command}\n{done.stdout}\n# exit status {done.returncode}"
        assert "Traceback (most recent call last)" not in done.stdout, shown
        assert done.returncode == step.status, shown
        assert matches(step.output, done.stdout), f"{shown}\n--- promised:\n{step.output}"


def test_a_public_cloud_is_certified_as_an_ordinary_customer(sandbox: Path, tmp_path: Path) -> None:
    place(sandbox, tmp_path)
    (tmp_path / "accounts.yaml").write_bytes((sandbox / "accounts.yaml").read_bytes())
    follow("certify-a-public-cloud.md", tmp_path)


def test_ones_own_cloud_is_certified_as_its_operator(sandbox: Path, tmp_path: Path) -> None:
    place(sandbox, tmp_path)
    follow("certify-my-own-cloud.md", tmp_path)


def test_many_clouds_are_tested(sandbox: Path, tmp_path: Path) -> None:
    place(sandbox, tmp_path)
    (tmp_path / "accounts.yaml").write_bytes((sandbox / "accounts.yaml").read_bytes())
    text = (HOW_TO / "test-many-clouds.md").read_text(encoding="utf-8")
    fleet = next("\n".join(block.lines) for block in blocks_of(text) if block.kind == "yaml")
    (tmp_path / "fleet.yaml").write_text(fleet + "\n")
    follow("test-many-clouds.md", tmp_path)

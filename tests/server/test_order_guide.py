"""The guide to standing orders, followed as it stands: a server, a token, an order, a runner, a verdict."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.server.opening import services_of
from certmark.server.settings import read_settings
from docs.test_documents import ROOT, blocks_of, matches, steps_of
from support.fake_cloud import serving as cloud_serving
from support.operated_server import serving
from support.runners import GOOD, RunnerFolder, know

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]
GUIDE = ROOT / "docs" / "how-to" / "order-tests.md"


def test_the_guide_leads_from_an_empty_machine_to_a_verdict(tmp_path: Path) -> None:
    folder = tmp_path / "clouds"
    folder.mkdir()
    steps = [
        step for block in blocks_of(GUIDE.read_text()) if block.kind == "console orders" for step in steps_of(block)
    ]
    with (
        cloud_serving() as cloud,
        serving(tmp_path, data=str(tmp_path / "programme"), public_url="https://x.example") as server,
    ):
        clouds = RunnerFolder(folder, server.url)
        file = clouds.write("north", cloud.url, GOOD, program_of="object")
        with services_of(read_settings(None, {}, data=str(tmp_path / "programme"))) as services:
            know(services, file)
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "CERTMARK_HOME": str(tmp_path / "home"),
            "CERTMARK_CACHE": str(tmp_path / "cache"),
            "CERTMARK_RUNNER_EVERY": "0.2",
            "NO_COLOR": "1",
        }
        for step in steps:
            if step.command.startswith("export"):
                environment["CERTMARK_SERVER"] = server.url
                continue
            done = subprocess.run(
                ["/bin/sh", "-c", step.command], cwd=tmp_path, env=environment, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=300, check=False, text=True,
            )  # fmt: skip
            shown = f"$ {step.command}\n{done.stdout}\n# exit status {done.returncode}"
            assert done.returncode == step.status, shown
            assert matches(step.output, done.stdout), f"{shown}\n--- promised:\n{step.output}"

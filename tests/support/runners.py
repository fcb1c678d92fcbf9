"""A folder with a runner's clouds, on which the small suite is run, and real runners on it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from certmark.formats.guideline import load
from certmark.server.services.context import Services
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision
from support.toy import SUITES
from support.waiting import PATIENCE

CERTMARK = [sys.executable, "-m", "certmark"]
SLOW = "".join(f"toy.slow.Slow1.test_{number}\n" for number in (1, 2, 3)) + "toy.slow.Slow2.test_1\n"
GOOD = "toy.passing.Good.test_a\n"


class RunnerFolder:
    """Clouds of a runner: entries of a fleet's file, each with a configuration and a list of tests."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self._server = folder, server
        self._entries: dict[str, dict[str, Any]] = {}
        self.log = folder / "ran"
        self.gate = folder / "gate"

    def write(self, name: str, url: str, tests: str = GOOD, *, program_of: str = "", **more: Any) -> Path:
        """A cloud; gives its list of tests, which is a guideline with one program that is called as its file."""
        file = self.folder / f"{program_of or name}.txt"
        file.write_text(f"# policy: strict\n{tests}")
        (self.folder / f"{name}.conf").write_text(f"[identity]\nuri_v3 = {url}\nregion = R\n")
        shared = {"suite": str(SUITES / "toy.json"), "tempest": sys.executable, "workers": 1}
        self._entries[name] = {"tempest-conf": f"{name}.conf", "guideline": file.name, **shared, **more}
        (self.folder / "fleet.json").write_text(json.dumps({"fleet": "small", "clouds": self._entries}))
        return file

    def begin(self, name: str, token: str, *words: str, **more: str) -> subprocess.Popen[str]:
        """A runner that works."""
        environment: Mapping[str, str] = {
            **os.environ,
            "CERTMARK_HOME": str(self.folder / f"home-{name}"),
            "CERTMARK_CACHE": str(self.folder / "cache"),
            "CERTMARK_TOKEN": token,
            "TOY_LOG": str(self.log),
            "TOY_SECONDS": "0.05",
            **more,
        }
        command = [*CERTMARK, "runner", "--server", self._server, "--name", name, "--clouds", str(self.folder)]
        return subprocess.Popen(
            [*command, "--every", "0.2", *words],
            env=environment,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def drained(self, name: str, token: str, *words: str, **more: str) -> str:
        """What a runner says that does what is due, and ends."""
        with self.begin(name, token, "--drain", *words, **more) as process:
            said = process.communicate(timeout=PATIENCE)[1]
        assert "Traceback" not in said, said
        assert process.returncode == 0, said
        return said

    def begun(self) -> int:
        """Tests that have begun."""
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


def know(services: Services, file: Path) -> None:
    """The server knows a list of tests as a guideline."""
    guideline = load(str(file))
    revision = Revision(bytes.fromhex(guideline.sha256), guideline.id, "", "a test", 1)
    with services.database.write() as transaction:
        guidelines.add(transaction, revision, guideline.data)


def kill(process: subprocess.Popen[str]) -> None:
    """As when its machine loses power."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)

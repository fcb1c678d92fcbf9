"""The real command of a server as a process of its own, on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.databases import put_database
from support.loopback import free_port

COMMAND = (sys.executable, "-m", "certmark.server.main")
_PATIENCE = 60.0


class ServerProcess:
    """One process that serves."""

    def __init__(self, folder: Path, *, listen: str | None = None, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"server-{self.port}.log"
        given = {"data": str(folder / "data"), "listen": listen or f"127.0.0.1:{self.port}", **settings}
        if "database_url" not in given:
            put_database(Path(given["data"]))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve"],
                env=environment(**given),
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                cwd=folder,
            )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().decode()

    def lines(self) -> list[dict[str, Any]]:
        """What it logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(_PATIENCE)


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[ServerProcess]:
    """A server that answers, for as long as the context lasts."""
    server = ServerProcess(folder, **settings)
    try:
        assert server.said, server.log.read_text()
        yield server
    finally:
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(_PATIENCE)
        server.process.stdout.close()  # type: ignore[union-attr]  # it is a pipe


def certmark_server(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What a verb does, as an operator sees it."""
    return subprocess.run(
        [*COMMAND, *words], env=environment(**settings), capture_output=True, text=True, timeout=120, check=False
    )


def environment(**settings: str) -> dict[str, str]:
    """Of a process with these settings and no others."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("CERTMARK_")}
    return others | {f"CERTMARK_SERVER_{name.upper()}": value for name, value in settings.items()}

"""A PostgreSQL of the tests' own, from Debian's packages, in a folder of its own, as an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from support.loopback import free_port

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
"""Of every version that is installed; Debian puts none on the path."""
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests that cut no power."""
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
_PATIENCE = 60.0


class Postgres:
    """One server; it is started at once, and everything of it goes with `remove`."""

    def __init__(self, *settings: str) -> None:
        self._settings = settings
        self._programs = PROGRAMS[-1]
        self._user = _ordinary("postgres")
        # pytest's own folders are closed to other users.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        if self._user:
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, -1)
        self.port = free_port()
        create = ("-D", str(self.folder / "data"), "-U", "certmark", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        subprocess.run(
            [self._programs / "initdb", *create, "--no-sync"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            env=_ENVIRONMENT,
            **self._user,
        )
        self.start()

    def start(self) -> None:
        """Start it, again after `kill`."""
        every = (
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.folder}",
            "shared_buffers=64MB",
            *self._settings,
        )
        words = [word for setting in every for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._programs / "postgres", "-D", str(self.folder / "data"), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_ENVIRONMENT,
                start_new_session=True,
                **self._user,
            )
        end = time.monotonic() + _PATIENCE
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text()[-800:])
            time.sleep(0.01)

    def _is_ready(self) -> bool:
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().split("\n")
            return int(lines[0]) == self.process.pid and lines[7].strip() == "ready"
        except (FileNotFoundError, ValueError, IndexError):
            return False

    def kill(self) -> None:
        """As when the power goes: all of its processes at once, of which each leads a group of its own."""
        self.process.send_signal(signal.SIGSTOP)  # it starts no more of them
        for process in [*_children(self.process.pid), self.process.pid]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait(_PATIENCE)

    def remove(self) -> None:
        """Stop it, and forget everything."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(_PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Of a database in it."""
        return f"postgresql://certmark@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str) -> None:
        """A statement outside of all transactions."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def _ordinary(name: str) -> dict[str, Any]:
    """For `subprocess`: PostgreSQL refuses to run as root."""
    return {} if os.geteuid() else {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}

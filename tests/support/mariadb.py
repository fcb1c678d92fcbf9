"""A MariaDB of the tests' own, from Debian's packages, in a folder of its own, as an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from support.loopback import free_port

SERVER, INSTALL, DUMP = Path("/usr/sbin/mariadbd"), Path("/usr/bin/mariadb-install-db"), Path("/usr/bin/mariadb-dump")
IS_THERE = all(program.exists() for program in (SERVER, INSTALL, DUMP))
_QUICK = ("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync")
_SMALL = ("--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--performance-schema=OFF")
_PATIENCE = 60.0


class MariaDB:
    """One server; it is started at once, and everything of it goes with `close`."""

    def __init__(self) -> None:
        self._user = _ordinary("mysql")
        self.folder = Path(tempfile.mkdtemp(prefix="my-", dir="/tmp"))  # pytest's own are closed to other users
        if self._user:
            os.chown(self.folder, pwd.getpwnam("mysql").pw_uid, -1)
        self.socket, self.port = self.folder / "s", free_port()
        data = f"--datadir={self.folder / 'data'}"
        made = ("--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db")
        self._at_home: dict[str, Any] = {  # the machine's own TMPDIR may be closed to other users
            "env": {**os.environ, "TMPDIR": str(self.folder)},
            "cwd": self.folder,
            **self._user,
        }
        ready = subprocess.run(
            [INSTALL, *made, "--skip-name-resolve"], capture_output=True, check=False, **self._at_home
        )
        if ready.returncode:
            raise RuntimeError((ready.stdout + ready.stderr).decode(errors="replace")[-800:])
        place = (f"--socket={self.socket}", f"--port={self.port}", f"--pid-file={self.folder / 'pid'}")
        words = ("--no-defaults", data, *place, "--bind-address=127.0.0.1", "--skip-name-resolve", *_SMALL, *_QUICK)
        with (self.folder / "log").open("ab") as log:
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self.process = subprocess.Popen([SERVER, *words], start_new_session=True, **streams, **self._at_home)
        end = time.monotonic() + _PATIENCE
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text()[-800:])
            time.sleep(0.01)

    def _is_ready(self) -> bool:
        with closing(socket.socket(socket.AF_UNIX)) as tried:  # PyMySQL leaves one behind where nobody answers
            return tried.connect_ex(str(self.socket)) == 0

    def connect(self, database: str | None = None, charset: str = "utf8mb4") -> Any:
        """As root, every statement by itself."""
        import pymysql

        place: dict[str, Any] = {"unix_socket": str(self.socket), "user": "root", "autocommit": True}
        return pymysql.connect(**place, database=database, charset=charset)

    def run(self, *statements: str, database: str | None = None) -> None:
        """One statement after the other."""
        with closing(self.connect(database)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def address(self, database: str) -> str:
        """As an import takes it; by the port, with a password."""
        return f"mysql://reader@127.0.0.1:{self.port}/{database}"

    def dump(self, database: str, *options: str) -> bytes:
        """What mariadb-dump writes."""
        words: list[str | Path] = [DUMP, "--no-defaults", f"--socket={self.socket}", "--user=root", *options, database]
        return subprocess.run(words, check=True, capture_output=True).stdout

    def close(self) -> None:
        """Stop it, and forget everything."""
        if self.process.poll() is None:
            self.process.kill()  # one that has just begun does not hear that it is to end
            self.process.wait(_PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)


def _ordinary(name: str) -> dict[str, Any]:
    """For `subprocess`: MariaDB refuses to run as root."""
    return {} if os.geteuid() else {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}

"""The databases of a compute sandbox: made and migrated once for a lock, then copied.

The migrations are most of a first start (two minutes on two busy cores), and their outcome depends on nothing but the
services' versions and MariaDB's. So they are made in the cache, beside the services' environment, on a server of
their own, and every sandbox begins with a copy. Nothing of one sandbox is kept in them: MariaDB's account gets its
password anew at each start, and Nova's cells name their addresses by template.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from certmark.sandbox import processes
from certmark.sandbox.compute.config import DATA
from certmark.sandbox.compute.services import database_command, program
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.keystone import CONFIG
from certmark.sandbox.profiles import answers_tcp
from certmark.sandbox.state import Sandbox

_ADDRESS = "{scheme}://{username}:{password}@{hostname}:{port}"
"""Nova's own template: it fills in the parts of the address that its configuration has at the time."""
_PATIENCE = 120.0
_MAKER = "mariadb-making"


def prepare_databases(sandbox: Sandbox) -> None:
    """Give the sandbox migrated databases: a copy of the kept ones, which are made first where there are none.

    Raises SandboxError where MariaDB cannot be set up or a migration fails.
    """
    kept = sandbox.environment.parent / f"databases-{_digest()}"
    if not kept.is_dir():
        with (sandbox.environment.parent / "databases.lock").open("w") as alone:
            fcntl.flock(alone, fcntl.LOCK_EX)
            if not kept.is_dir():
                _make(sandbox, kept)
    place = sandbox.path("data", "mariadb")
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(kept, place)


def _digest() -> str:
    """What the kept databases depend on beside the lock: the server's version and what the init file creates."""
    version = subprocess.run(  # noqa: S603 - the server's own version
        [program("mariadbd"), "--no-defaults", "--version"], capture_output=True, check=False, timeout=30
    ).stdout
    template = (DATA / "templates" / "mariadb.sql").read_bytes()
    return hashlib.sha256(version + template).hexdigest()[:16]


def _make(sandbox: Sandbox, kept: Path) -> None:
    """Make the databases under another name, and give them their own only when they are whole."""
    for remains in kept.parent.glob("databases-*.new"):
        shutil.rmtree(remains, ignore_errors=True)
    place = kept.with_name(kept.name + ".new")
    _install(sandbox, place)
    server = processes.start(sandbox, _MAKER, database_command(sandbox, str(place)))
    try:
        _await_server(sandbox, server)
        _migrate(sandbox)
    finally:
        processes.stop(sandbox, [server], patience=30)
    for leftover in ("socket", "pid"):
        with suppress(FileNotFoundError):
            (place / leftover).unlink()
    place.rename(kept)


def _install(sandbox: Sandbox, place: Path) -> None:
    """Make MariaDB's own tables. Its root answers only to the owner of the sandbox, through the socket."""
    # As root the script would set rights in the system's folders, unless it believes in a package manager ("rpm").
    account = ("--rpm", "--user=root") if os.geteuid() == 0 else ()
    owner = f"--auth-root-socket-user={_account()}"
    command = (program("mariadb-install-db"), "--no-defaults", *account, f"--datadir={place}", owner, "--skip-test-db")
    processes.run(sandbox, "mariadb-install", command)


def _account() -> str:
    """The name of the account that this runs as; its number, where it has no name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _await_server(sandbox: Sandbox, server: processes.Process) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not answers_tcp(sandbox.port("mariadb")):
        if not processes.is_running(server) or time.monotonic() > deadline or sandbox.cancelled.is_set():
            last = (processes.tail(sandbox, _MAKER, 1) or ("it said nothing",))[-1]
            raise SandboxError(f"MariaDB does not start: {last} (log/{_MAKER}.log has the rest)")
        time.sleep(0.1)


def _migrate(sandbox: Sandbox) -> None:
    """Bring every database to the services' version, two at a time."""
    conf = sandbox.path("conf")
    jobs: dict[str, list[tuple[str, ...]]] = {
        "keystone": [("keystone-manage", "--config-file", f"{conf}/{CONFIG}", "db_sync")],
        "neutron": [("neutron-db-manage", "--config-file", f"{conf}/neutron.conf", "upgrade", "heads")],
        "nova": [("nova-manage", "--config-file", f"{conf}/nova.conf", *words) for words in _nova_steps()],
        "cinder": [("cinder-manage", "--config-file", f"{conf}/cinder.conf", "db", "sync")],
        "glance": [("glance-manage", "--config-file", f"{conf}/glance-api.conf", "db", "sync")],
        "placement": [("placement-manage", "--config-file", f"{conf}/placement.conf", "db", "sync")],
    }

    def work(name: str) -> None:
        for command in jobs[name]:
            tool = str(sandbox.environment / "bin" / command[0])
            processes.run(sandbox, f"{name}-migration", (tool, *command[1:]))

    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        for outcome in [pool.submit(work, name) for name in jobs]:
            outcome.result()


def _nova_steps() -> tuple[tuple[str, ...], ...]:
    cell = ("--database_connection", f"{_ADDRESS}/nova?charset=utf8", "--transport-url", f"{_ADDRESS}/")
    return (
        ("api_db", "sync"),
        ("cell_v2", "map_cell0", "--database_connection", f"{_ADDRESS}/nova_cell0?charset=utf8"),
        ("cell_v2", "create_cell", "--name", "cell1", *cell),
        ("db", "sync"),
    )

"""The virtual environment of a profile's services, made with pip from a lock with hashes; kept in the cache.

It is named by the digest of the lock and the interpreter, so that a changed lock makes a new one,
and two sandboxes share one. It counts as there only when it was finished.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certmark.package_index import why_no_index
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.processes import run
from certmark.sandbox.state import Sandbox

_WHOLE = "whole"


def digest_of(lock: Path) -> str:
    """What names the environment of that lock: 16 hex digits over the lock's bytes and the interpreter's version."""
    version = f"{sys.implementation.cache_tag} {sys.base_prefix}\n".encode()
    return hashlib.sha256(version + lock.read_bytes()).hexdigest()[:16]


def home_of(lock: Path, cache: Path) -> Path:
    """The folder in the cache for what depends on that lock: `environment/`, and databases made with it."""
    return cache / "sandbox" / digest_of(lock)


def is_whole(lock: Path, cache: Path) -> bool:
    """Whether the environment was made already, to its end."""
    home = home_of(lock, cache)
    return (home / _WHOLE).exists() and (home / "environment" / "bin" / "python").exists()


def environment(sandbox: Sandbox, lock: Path, cache: Path) -> Path:
    """The environment of that lock: as it is, or made now. Only one process makes it; others wait for that one.

    Raises SandboxError with pip's own last word where it cannot be made.
    """
    home = home_of(lock, cache)
    home.mkdir(parents=True, exist_ok=True)
    with _lock(home) as held:
        if not is_whole(lock, cache):
            _make(sandbox, lock, home, held)
    return home / "environment"


def _make(sandbox: Sandbox, lock: Path, home: Path, held: int) -> None:
    place = home / "environment"
    (home / _WHOLE).unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    _demand_index(sys.executable)
    run(sandbox, "environment", [sys.executable, "-m", "venv", str(place)], keep_open=[held])
    pip = [str(place / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    exact = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile", "--progress-bar", "off"]
    try:
        run(sandbox, "environment", [*pip, *exact, "-r", str(lock)], _pip_settings(), keep_open=[held])
    except SandboxError as error:
        raise SandboxError(f"the packages of the sandbox could not be installed: {error}") from error
    (home / _WHOLE).touch()


def _demand_index(python: str) -> None:
    """Raises SandboxError where no index can be reached, as far as the pip of `python` knows: pip tries for minutes."""
    why = why_no_index([python, "-m", "pip"])
    if why is not None:
        raise SandboxError(f"the packages of the sandbox could not be installed: {why}")


def _pip_settings() -> dict[str, str]:
    """The person's own settings of pip and proxies: which index, which certificates, through what.

    Other processes of a sandbox get none of them.
    """
    wanted = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "requests_ca_bundle", "home"}
    settings = {k: v for k, v in os.environ.items() if k.upper().startswith("PIP_") or k.lower() in wanted}
    return {"no_proxy": "", "NO_PROXY": "", **settings}


@contextmanager
def _lock(home: Path) -> Iterator[int]:
    """Hold the lock of the folder and give its file, which whoever works in the folder keeps open.

    So a pip that outlives us still holds it; the kernel lets go of it when the last holder is dead.
    """
    with (home / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream.fileno()

"""Packages of npm that tests need, as a lock file beside them has it: installed once on a machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "certmark-tests"
"""Where what is installed once lies."""
PATIENCE = 300
"""Seconds for that."""


def modules(parts: Path) -> Path:
    """The folder with `node_modules` of what stands in `parts`. Skips where npm cannot install it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    lock = (parts / "package-lock.json").read_bytes()
    place = CACHE / f"{parts.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{parts.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not place.is_dir():
            _install(parts, place)
    return place


def _install(parts: Path, place: Path) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(parts / name, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            pytest.skip(f"npm cannot install {parts.name} here: {done.stderr[-300:]}")
        shutil.copytree(folder, place)

"""The real refstack-client of Debian, unpacked in a folder; nothing is installed.

Of its libraries all are those of this environment but `six`, which comes along; python-tempestconf, which it imports for
a command that no test runs, is an empty stand-in.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PACKAGES = ("refstack-client", "python3-six")
_STAND_IN = "def __getattr__(name):\n    return ''\n"


def unpacked(cache: Path) -> Path:
    """The folder; made where it is not there. Skips where Debian's packages cannot be had."""
    folder = cache / "debian-refstack-client"
    if not (folder / "usr" / "bin" / "refstack-client").exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as place:
            command = ["apt-get", "download", "-q", *PACKAGES]
            try:
                subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=120)
            except (OSError, subprocess.SubprocessError) as error:
                pytest.skip(f"Debian's packages {', '.join(PACKAGES)} cannot be downloaded here ({error})")
            made = Path(place) / "made"
            for package in Path(place).glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", package, made], check=True, timeout=60)
            _add_stand_in(made)
            made.rename(folder)
    return folder


def _add_stand_in(folder: Path) -> None:
    module = folder / "stand-in" / "config_tempest"
    module.mkdir(parents=True)
    for name in ("__init__", "main", "constants"):
        (module / f"{name}.py").write_text(_STAND_IN if name == "constants" else "")


def refstack_client(
    folder: Path, url: str, *words: str, typed: str = "", home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """What it does with these words; `typed` is what its user answers."""
    paths = (folder / "usr" / "lib" / "python3" / "dist-packages", folder / "stand-in")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTHONWARNINGS": "ignore",
        "REFSTACK_URL": url,
        "HOME": str(home or folder),
    }
    return subprocess.run(
        [sys.executable, folder / "usr" / "bin" / "refstack-client", *words],
        input=typed,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=120,
        env=environment,
        cwd=home or folder,
    )

"""python-tempestconf as it is on PyPI, in an environment of its own, and the calls that it makes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

LOCK = Path(__file__).resolve().parents[1] / "assets" / "tempestconf" / "requirements.txt"
_COUNTING = """
import atexit, http.client, json, os, sys
count = 0
_old = http.client.HTTPConnection.putrequest
def _new(self, method, url, *rest, **more):
    global count
    count += 1
    return _old(self, method, url, *rest, **more)
http.client.HTTPConnection.putrequest = _new
atexit.register(lambda: open(os.environ["CALLS_FILE"], "w").write(json.dumps(count)))
from config_tempest.main import main
sys.argv[0] = "discover-tempest-config"
sys.exit(main())
"""
"""Every HTTP library of theirs sends through http.client; so all calls are counted, whoever makes them."""


class Theirs(NamedTuple):
    """What a run of discover-tempest-config left."""

    conf: Path
    status: int
    output: str
    calls: int


def environment(cache: Path) -> Path:
    """The interpreter of an environment with what the lock file names; made in `cache` where it is not there.

    Raises subprocess.CalledProcessError where it cannot be installed.
    """
    folder = cache / f"tempestconf-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, capture_output=True, timeout=300)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", LOCK],
            check=True,
            capture_output=True,
            timeout=900,
        )
        done.touch()
    return python


def discovered_by_theirs(python: Path, clouds: Path, cloud: str, folder: Path, *words: str) -> Theirs:
    """Run it on an entry of `clouds`, in `folder`, from a home of its own: it reads files of the home unasked."""
    folder.mkdir(parents=True, exist_ok=True)
    conf, calls = folder / "tempest.conf", folder / "calls.json"
    calls.unlink(missing_ok=True)
    keep = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    done = subprocess.run(
        [python, "-c", _COUNTING, "--os-cloud", cloud, "--out", conf, *words],
        cwd=folder,
        env=keep | {"HOME": str(folder), "OS_CLIENT_CONFIG_FILE": str(clouds), "CALLS_FILE": str(calls)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return Theirs(conf, done.returncode, done.stdout, json.loads(calls.read_text()) if calls.exists() else 0)

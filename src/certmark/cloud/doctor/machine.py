"""The machine that runs the suite: Python, room, memory, files, words, proxies."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from certmark.cloud.doctor.kinds import FATAL, WARNING, find
from certmark.domain.advice import Action, Advice
from certmark.domain.health import CloudFinding
from certmark.domain.phrases import counted

PYTHON = (3, 11)
_MIB = 1 << 20
_RUN_LEAST, _RUN_ENOUGH = 50 * _MIB, 500 * _MIB
"""A run of a whole guideline writes some 20 MiB of streams and logs."""
_SUITE_LEAST = 400 * _MIB
"""An installed Tempest takes some 250 MiB."""
_WORKER_BYTES = 160 * _MIB
_FILES = 256


class Folder(NamedTuple):
    """A place on the disk that is needed."""

    path: str
    free: int | None
    """Bytes; None where it cannot be written to."""
    problem: str = ""


class Machine(NamedTuple):
    """What this machine is like."""

    python: tuple[int, int]
    makes_environments: bool
    runs: Folder
    cache: Folder
    memory: int | None
    """Bytes that are available; None where it is not told."""
    files: int | None
    """How many may be open; None: no limit, or not told."""
    encoding: str
    proxies: tuple[str, ...]
    """Names of variables that send the way to this cloud through a proxy."""


def look_at_machine(runs: str, cache: str, auth_url: str, environ: Mapping[str, str] = os.environ) -> Machine:
    """This machine; `runs` and `cache` are folders that may not exist yet, and are not made."""
    version = sys.version_info
    return Machine(
        (version[0], version[1]),
        importlib.util.find_spec("venv") is not None and importlib.util.find_spec("ensurepip") is not None,
        _folder(runs),
        _folder(cache),
        _memory(),
        _open_files(),
        sys.getfilesystemencoding(),
        _proxies(auth_url, environ),
    )


def _folder(path: str) -> Folder:
    """The nearest folder above that is there tells what will be possible."""
    place = Path(path)
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):  # W_OK tells nothing of read-only file systems to root
            pass
        return Folder(path, shutil.disk_usage(place).free)
    except OSError as error:
        return Folder(path, None, error.strerror or str(error))


def _memory() -> int | None:
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _open_files() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _proxies(auth_url: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    parts = urlsplit(auth_url)
    host, ways = parts.hostname or "", {f"{parts.scheme}_proxy", "all_proxy"}
    named = [name for name in environ if name.lower() in ways and environ[name]]
    return () if not named or proxy_bypass(host) else tuple(sorted(named))


# ---------------------------------------------------------------- what follows from it


def judge_machine(machine: Machine, workers: int, *, is_installed: bool) -> Iterable[CloudFinding]:
    """Findings on this machine; `is_installed`: the suite needs no room any more."""
    findings = [
        *_python(machine, is_installed=is_installed),
        *_room(machine.runs, "runs", _RUN_LEAST, _RUN_ENOUGH),
        *_room(machine.cache, "installed suites", 0 if is_installed else _SUITE_LEAST, 0),
        *_size(machine, workers),
        *_words(machine),
    ]
    yield from findings
    if not any(finding.id != "machine-proxy" for finding in findings):
        version, classes = ".".join(map(str, machine.python)), counted(workers, "class", "classes")
        yield find("machine", f"Python {version}, and room and memory for {classes} at a time")


def _python(machine: Machine, *, is_installed: bool) -> Iterable[CloudFinding]:
    if machine.python < PYTHON:
        yield find(
            "machine-python", f"this is Python {'.'.join(map(str, machine.python))}", where="this machine",
            why="the suite cannot be installed", mend="run it with Python 3.11 or later",
        )  # fmt: skip
    if not machine.makes_environments and not is_installed:
        yield find(
            "machine-python", "this Python has no venv or ensurepip", where="this machine",
            why="the suite cannot be installed", mend="sudo apt-get install python3-venv",
        )  # fmt: skip


def _room(folder: Folder, words: str, least: int, enough: int) -> Iterable[CloudFinding]:
    if folder.free is None:
        yield find(
            "machine-folder", f"nothing can be written to {folder.path}: {folder.problem}", where=folder.path,
            why=f"{words} are kept there",
            mend="name another place with " + ("CERTMARK_HOME" if words == "runs" else "CERTMARK_CACHE"),
        )  # fmt: skip
    elif folder.free < max(least, enough):
        fatal = folder.free < least
        yield find(
            "machine-disk", f"{folder.free // _MIB} MiB are free for {words}", where=folder.path,
            severity=FATAL if fatal else WARNING, why="the run stops where the disk is full",
            mend=f"make room (df -h {folder.path}), or name another place with "
            + ("CERTMARK_HOME" if words == "runs" else "CERTMARK_CACHE"),
        )  # fmt: skip


def _size(machine: Machine, workers: int) -> Iterable[CloudFinding]:
    if machine.memory is not None and machine.memory < (workers + 1) * _WORKER_BYTES:
        possible = machine.memory // _WORKER_BYTES - 1
        yield find(
            "machine-memory", f"{machine.memory // _MIB} MiB of memory are available", where="this machine",
            why=f"{counted(workers, 'class', 'classes')} at a time and what runs them take "
            f"{(workers + 1) * _WORKER_BYTES // _MIB} MiB", mend="end other programs",
            advice=Advice(Action.RUN_FEWER_AT_ONCE, str(possible)) if possible else None,
        )  # fmt: skip
    if machine.files is not None and machine.files < _FILES:
        yield find(
            "machine-files", f"{machine.files} files may be open at a time", where="this machine",
            why="workers and connections may fail to open", mend="ulimit -n 1024",
        )  # fmt: skip


def _words(machine: Machine) -> Iterable[CloudFinding]:
    if machine.encoding.lower().replace("-", "") != "utf8":
        yield find(
            "machine-locale", f"file names are {machine.encoding} here", where="this machine",
            why="tests that use other letters than English ones in names may fail", mend="export LC_ALL=C.UTF-8",
        )  # fmt: skip
    if machine.proxies:
        yield find(
            "machine-proxy", f"{', '.join(machine.proxies)} sends the way to this cloud through a proxy",
            where="this machine", why="the proxy's faults and time-outs will look like the cloud's",
            mend="put the cloud's hosts into no_proxy, if they can be reached directly",
        )  # fmt: skip

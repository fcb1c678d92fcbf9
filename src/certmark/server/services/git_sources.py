"""Guidelines in a git repository: fetched bare, and read out of its objects.

Nothing is checked out, so that no hook, filter, symbolic link or submodule of the repository does anything. Of
git's ways to a repository only https is open (http where private addresses are allowed): no ext::, no file://,
no ssh. It connects to the address that was looked at, and follows no redirect.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePosixPath
from typing import NamedTuple

from certmark.server.fetching import SourceAway, Target, target_of

PREFIX = "git+"
"""Before the address of a repository; a branch may follow behind a #."""
GUIDELINE_ENDINGS = (".json", ".yaml", ".yml")
LARGEST = 8 << 20
"""Bytes of a guideline."""
_LARGEST_REPOSITORY = 512 << 20


class SourceFile(NamedTuple):
    """A file of a source."""

    name: str
    content: bytes


def checked_target(place: str, *, allow_private: bool) -> Target:
    """Whom a source is fetched from. Raises InvalidRequest or SourceAway."""
    return target_of(place.removeprefix(PREFIX).partition("#")[0], allow_private=allow_private)


def files_of(place: str, *, allow_private: bool, seconds: float) -> Iterator[SourceFile]:
    """The files of the repository's top folder that may be guidelines. Raises InvalidRequest or SourceAway."""
    target = checked_target(place, allow_private=allow_private)
    url, _, branch = place.removeprefix(PREFIX).partition("#")
    with tempfile.TemporaryDirectory(prefix="certmark-git-") as folder:
        wanted = ["--depth=1", "--single-branch", "--no-tags", *([f"--branch={branch}"] if branch else [])]
        _git(target, seconds, "clone", "--bare", *wanted, "--", url, folder)
        listed = _git(target, seconds, "-C", folder, "ls-tree", "-z", "-l", "HEAD")
        for line in listed.decode(errors="replace").split("\0"):
            head, _, name = line.partition("\t")
            mode, kind, digest, size = (*head.split(), "", "", "", "")[:4]
            if kind == "blob" and mode.startswith("100") and PurePosixPath(name).suffix in GUIDELINE_ENDINGS:
                if int(size) > LARGEST:
                    raise SourceAway(f"{name} is larger than {LARGEST:,} bytes")
                yield SourceFile(name, _git(target, seconds, "-C", folder, "cat-file", "blob", digest))


def _git(target: Target, seconds: float, *words: str) -> bytes:
    """What git writes. Raises SourceAway."""
    settings = {
        "core.hooksPath": "/dev/null",
        "credential.helper": "",
        "http.curloptResolve": f"{target.host}:{target.port}:{target.address}",
        "http.followRedirects": "false",
        "http.proxy": "",
        "protocol.allow": "never",
        f"protocol.{target.parts.scheme}.allow": "always",
        "submodule.recurse": "false",
        "transfer.fsckObjects": "true",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
    }
    limit = ["prlimit", f"--fsize={_LARGEST_REPOSITORY}"]
    process = subprocess.Popen(  # noqa: S603 - git, with words of ours and an address that was looked at
        [*limit, "git", *options, *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        answer, complaint = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise SourceAway(f"{target.host} is too slow") from None
    if process.returncode:
        said = complaint.decode(errors="replace").strip().rpartition("\n")[2][:200]
        raise SourceAway(f"git cannot read from {target.host}: {said}")
    return answer

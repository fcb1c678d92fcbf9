"""Guidelines in a git repository: fetched bare, and read out of its objects.

Nothing is checked out, so that no hook, filter, symbolic link or submodule of the repository does anything. Of
git's ways to a repository only https is open (http where private addresses are allowed): no ext::, no file://,
no ssh. It connects to the address that was looked at, and follows no redirect.
"""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.server.fetching import Reaching, SourceAway, Target, target_of

PREFIX = "git+"
"""Before the address of a repository; a branch may follow behind a #."""
GUIDELINE_ENDINGS = (".json", ".yaml", ".yml")
LARGEST = 8 << 20
"""Bytes of a guideline."""
MOST_FILES = 1000
"""Guidelines of one source."""
_LARGEST_REPOSITORY = 64 << 20
"""Bytes of the newest revision of a repository, packed."""
_MEMORY = 1 << 30
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}")


class SourceFile(NamedTuple):
    """A file of a source."""

    name: str
    content: bytes


def checked_target(place: str, *, allow_private: bool) -> Target:
    """Whom a source is fetched from. Raises InvalidRequest or SourceAway."""
    url, _, branch = place.removeprefix(PREFIX).partition("#")
    if branch and not _BRANCH.fullmatch(branch):
        raise InvalidRequest(f"{branch[:100]!r} is no name of a branch")
    return target_of(url, allow_private=allow_private)


def files_of(place: str, how: Reaching, scratch: Path) -> Iterator[SourceFile]:
    """The files of the repository's top folder that may be guidelines. Raises InvalidRequest or SourceAway."""
    target = checked_target(place, allow_private=how.allow_private)
    url, _, branch = place.removeprefix(PREFIX).partition("#")
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        git = _Git(target, how, Path(folder))
        wanted = ["--depth=1", "--single-branch", "--no-tags", *([f"--branch={branch}"] if branch else [])]
        git.run("clone", "--bare", *wanted, "--", url, str(git.repository))
        listed = git.run("-C", str(git.repository), "ls-tree", "-z", "-l", "HEAD")
        found = [one for one in _blobs(listed) if PurePosixPath(one.name).suffix in GUIDELINE_ENDINGS]
        if len(found) > MOST_FILES:
            raise SourceAway(f"{target.host} has more than {MOST_FILES} guidelines in one folder")
        for blob in found:
            if blob.size > LARGEST:
                raise SourceAway(f"{blob.name} is larger than {LARGEST:,} bytes")
            yield SourceFile(blob.name, git.run("-C", str(git.repository), "cat-file", "blob", blob.digest))


class _Blob(NamedTuple):
    name: str
    digest: str
    size: int


def _blobs(listed: bytes) -> Iterator[_Blob]:
    """Files of a listing, without symbolic links, folders and submodules."""
    for line in listed.decode(errors="replace").split("\0"):
        head, _, name = line.partition("\t")
        mode, kind, digest, size = (*head.split(), "", "", "", "")[:4]
        if kind == "blob" and mode.startswith("100"):
            yield _Blob(name, digest, int(size))


class _Git:
    """Git, bound to one repository elsewhere, in a folder that goes away."""

    def __init__(self, target: Target, how: Reaching, folder: Path) -> None:
        self._target, self._folder = target, folder
        self._end = time.monotonic() + how.seconds
        self.repository = folder / "repository"
        settings = {
            "core.hooksPath": "/dev/null",
            "credential.helper": "",
            "fetch.unpackLimit": "1",
            "http.curloptResolve": f"{target.host}:{target.port}:{target.address}",
            "http.followRedirects": "false",
            "http.proxy": "",
            "protocol.allow": "never",
            f"protocol.{target.parts.scheme}.allow": "always",
            "submodule.recurse": "false",
            "transfer.bundleURI": "false",
            "transfer.fsckObjects": "true",
        }
        if how.ca_file is not None:
            settings["http.sslCAInfo"] = str(self._trusted(how.ca_file))
        self._options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _trusted(self, own: Path) -> Path:
        """Git takes one file only: the system's certificates, and those of the settings behind them."""
        place = self._folder / "trusted.pem"
        system: str | None = ssl.get_default_verify_paths().cafile  # None where there is no such file
        try:
            place.write_bytes((Path(system).read_bytes() if system else b"") + b"\n" + own.read_bytes())
        except OSError as error:
            raise SourceAway(f"ca_file: {own} cannot be read: {error.strerror}") from error
        return place

    def run(self, *words: str) -> bytes:
        """What git writes. Raises SourceAway."""
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": "/nonexistent",
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_TERMINAL_PROMPT": "0",
        }
        limits = ["prlimit", f"--fsize={_LARGEST_REPOSITORY}", f"--as={_MEMORY}"]
        process = subprocess.Popen(  # noqa: S603 - git, with words of ours and an address that was looked at
            [*limits, "git", *self._options, *words],
            env=environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            answer, complaint = process.communicate(timeout=max(0.1, self._end - time.monotonic()))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise SourceAway(f"{self._target.host} is too slow") from None
        if process.returncode:
            said = complaint.decode(errors="replace").strip().rpartition("\n")[2][:200]
            raise SourceAway(f"git cannot read from {self._target.host}: {said}")
        return answer

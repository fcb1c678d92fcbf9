"""Small git repositories with dated commits, made for one test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_PERSON = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Repository:
    """A repository in a folder, each commit of a day that the test names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, day: str = "2017-01-01") -> str:
        """What git answers."""
        when = f"{day}T12:00:00+00:00"
        environ = {**os.environ, **_PERSON, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        return subprocess.run(
            ["git", "-C", str(self.folder), *words], env=environ, check=True, capture_output=True, text=True
        ).stdout

    def commit(self, day: str, files: Mapping[str, str | None]) -> str:
        """Write `files` (None: remove it) and commit them on `day`; the id of the commit."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if text is None else path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", day, day=day)
        return self.git("rev-parse", "HEAD").strip()

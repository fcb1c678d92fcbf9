"""Earlier revisions of files, as git keeps them; git is a program of its own and may be absent.

Contents are read as they were committed (`git cat-file blob`): no filter and no converter of the
repository's configuration is run.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidRequest

_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git sets for its hooks: it names the repository relative to another folder than the file's."""
_OTHER_WAY = Advice(Action.NAME_PREDECESSOR)


class NoRevision(InvalidRequest):
    """There is no such revision, or no repository: the asker can name another."""


class NoGit(CannotProceed):
    """Git is not installed, or cannot be started."""


def read_revision(paths: Iterable[str], revision: str, *, most: int) -> dict[str, bytes]:
    """The contents of `paths` at `revision`, at most `most` bytes of each; new files are left out.

    Raises NoRevision where a file lies in no repository or its repository has no such revision, and NoGit.
    """
    contents: dict[str, bytes] = {}
    commits: dict[Path, str] = {}
    for path in paths:
        # A link stands for the file that it leads to: git would give its target's name as content.
        file = Path(path).resolve()
        if file.parent not in commits:
            commits[file.parent] = _commit(file.parent, revision)
        content = _blob(file.parent, f"{commits[file.parent]}:./{file.name}", most)
        if content is not None:
            contents[path] = content
    return contents


def _commit(folder: Path, revision: str) -> str:
    """The full id of the commit that `revision` names in the repository of `folder`."""
    git = _git(folder, ["rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"], subprocess.PIPE)
    with git:
        answer, errors = git.communicate()
    if git.returncode:
        why = errors.decode("utf-8", "replace").strip().splitlines()[-1:] or ["git does not say why"]
        raise NoRevision(f"there is no revision {revision[:100]} of what lies in {folder}: {why[0][:200]}")
    return str(answer, "ascii", "replace").strip()


def _blob(folder: Path, name: str, most: int) -> bytes | None:
    with _git(folder, ["cat-file", "blob", name], subprocess.DEVNULL) as git:
        content = git.stdout.read(most) if git.stdout is not None else b""
        if len(content) == most:
            git.kill()  # there may be more, and nobody wants to read it
            return content
    return None if git.returncode else content


def _git(folder: Path, words: list[str], errors: int) -> subprocess.Popen[bytes]:
    environ = {key: value for key, value in os.environ.items() if key not in _OF_A_HOOK} | {"LC_ALL": "C"}
    command = ["git", "-C", str(folder), *words]
    try:
        return subprocess.Popen(  # noqa: S603 - no shell; the person's words stand behind --end-of-options
            command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        )
    except FileNotFoundError as error:
        raise NoGit("git, which keeps the earlier revisions, is not installed", _OTHER_WAY) from error
    except (OSError, ValueError) as error:
        raise NoGit(f"git cannot be started in {folder}", _OTHER_WAY) from error

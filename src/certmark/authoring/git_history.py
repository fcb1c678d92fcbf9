"""The files of a git repository as its main line had them over time: read by git, which runs nothing of the repository.

The repository is a stranger's. Plumbing commands only are used, which know no alias, pager, hook, filter or
converter; nothing is fetched, no replacement of objects is followed, and what is read is bounded.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from certmark.authoring.revisions import NoGit, NoRevision
from certmark.domain.errors import InvalidInput

_SAFE = (
    "--no-pager",
    "--no-replace-objects",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.allow=never",
    "-c",
    "core.fsmonitor=false",
)
_ENVIRONMENT = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
_MOST_COMMITS = 200_000
_MOST_CHANGES = 50_000
_MOST_BYTES = 1 << 30
"""Of all contents together."""
_REGULAR = ("100644", "100755")


class TooMuchHistory(InvalidInput):
    """The repository is larger than any of guidelines."""


class FileChange(NamedTuple):
    """One file that a commit of the main line brought, changed or removed."""

    commit: str
    day: dt.date
    """In UTC, as the one who committed it says."""
    path: str
    blob: str | None
    """None: it was removed."""


class RepositoryHistory(NamedTuple):
    """The main line of a repository."""

    head: str
    is_shallow: bool
    """Whether the clone lacks the earlier part of it."""
    changes: tuple[FileChange, ...]
    """The earliest first."""


def history_of(repository: str, ending: str) -> RepositoryHistory:
    """All changes of files whose names end in `ending`, along the first parents of HEAD.

    Raises NoRevision where there is no repository or nothing is committed, TooMuchHistory and NoGit.
    """
    head = _text(repository, ["rev-parse", "--verify", "--end-of-options", "HEAD^{commit}"]).strip()
    is_shallow = _text(repository, ["rev-parse", "--is-shallow-repository"]).strip() == "true"
    order = ["rev-list", "--first-parent", "--parents", "--timestamp", "--reverse", f"-n{_MOST_COMMITS + 1}", head]
    commits = [line.split() for line in _text(repository, order).splitlines()]
    if len(commits) > _MOST_COMMITS:
        raise TooMuchHistory(f"{repository} has more than {_MOST_COMMITS:,} commits; name a repository of guidelines")
    days = {words[1]: _day(words[0]) for words in commits}
    asked = "".join(f"{' '.join(words[1:3])}\n" for words in commits)
    changes = tuple(
        FileChange(commit, days[commit], path, blob) for commit, path, blob in _changed(repository, asked, ending)
    )
    return RepositoryHistory(head, is_shallow, changes)


def _day(seconds: str) -> dt.date:
    try:
        return dt.datetime.fromtimestamp(int(seconds), dt.UTC).date()
    except (ValueError, OverflowError, OSError):
        return dt.date.min


def _changed(repository: str, asked: str, ending: str) -> Iterator[tuple[str, str, str | None]]:
    """Commit, path and blob of each change, in the order of the commits."""
    words = ["diff-tree", "--stdin", "--root", "-r", "-z", "--no-renames", "--no-ext-diff", "--no-abbrev"]
    words += ["--", f"*{ending}"]
    commit, count = "", 0
    tokens = iter(_text(repository, words, asked).split("\0"))
    for token in tokens:
        if not token.startswith(":"):
            commit = token.strip() or commit
            continue
        _, mode, _, blob, _ = token.split(" ")
        path = next(tokens, "")
        if path.endswith(ending) and path.isprintable():
            count += 1
            if count > _MOST_CHANGES:
                raise TooMuchHistory(f"{repository} has more than {_MOST_CHANGES:,} changes of {ending} files")
            yield commit, path, blob if mode in _REGULAR else None


def contents_of(repository: str, blobs: Sequence[str], most: int) -> Iterator[tuple[str, bytes | None]]:
    """Each of `blobs` with its content; None for one of more than `most` bytes. Raises as `history_of`."""
    sizes = _sizes(repository, blobs)
    small = [blob for blob in blobs if sizes.get(blob, 0) <= most]
    if sum(sizes.get(blob, 0) for blob in small) > _MOST_BYTES:
        raise TooMuchHistory(f"{repository} holds more than {_MOST_BYTES >> 30} GiB in such files")
    yield from ((blob, None) for blob in blobs if sizes.get(blob, 0) > most)
    with _git(repository, ["cat-file", "--batch"]) as git:
        if git.stdin is None or git.stdout is None:
            return
        for blob in small:
            git.stdin.write(f"{blob}\n".encode())
            git.stdin.flush()
            yield blob, _one_content(git.stdout)


def _one_content(answers: IO[bytes]) -> bytes | None:
    words = answers.readline().split()
    if len(words) != 3 or words[1] != b"blob":
        return None  # the clone lacks it
    size = int(words[2])
    return answers.read(size + 1)[:size]


def _sizes(repository: str, blobs: Sequence[str]) -> dict[str, int]:
    answers = _text(repository, ["cat-file", "--batch-check"], "".join(f"{blob}\n" for blob in blobs))
    lines = (line.split() for line in answers.splitlines())
    return {words[0]: int(words[2]) for words in lines if len(words) == 3 and words[2].isdigit()}


def _text(repository: str, words: list[str], given: str = "") -> str:
    git = _git(repository, words)
    with git:
        answer, errors = git.communicate(given.encode("utf-8", "surrogateescape"))
    if git.returncode:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        why = next(
            (line for line in lines if line.startswith("fatal:")), lines[-1] if lines else "git does not say why"
        )
        raise NoRevision(f"no history of {repository} can be read: {why[:200]}; name a clone of a repository")
    return answer.decode("utf-8", "surrogateescape")


def _git(repository: str, words: list[str]) -> subprocess.Popen[bytes]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | _ENVIRONMENT
    command = ["git", *_SAFE, "-C", str(Path(repository)), *words]
    try:
        return subprocess.Popen(  # noqa: S603 - no shell; what a person names is a folder only
            command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except FileNotFoundError as error:
        raise NoGit("git, which keeps the revisions, is not installed") from error
    except (OSError, ValueError) as error:
        raise NoGit(f"git cannot be started in {repository}") from error

"""The dated revisions of guideline files, and which of them held on a day."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class GuidelineRevision(NamedTuple):
    """A file as it was from a day on."""

    day: dt.date
    """The day, in UTC, on which it came into the repository's main line."""
    commit: str
    sha256: str | None
    """Of its bytes; None: it was removed, or nobody could read it."""
    trouble: str = ""
    """Why it cannot be read; empty where it can, or where it was removed."""
    repeated_keys: bool = False
    """Whether a key stands twice in one object of it; the last one counts, as in RefStack."""

    @property
    def is_removal(self) -> bool:
        """Whether the file went on that day."""
        return self.sha256 is None and not self.trouble


class GuidelineFileHistory(NamedTuple):
    """All revisions of one file."""

    path: str
    """In the repository, with `/`."""
    revisions: tuple[GuidelineRevision, ...]
    """The earliest first."""

    def held_on(self, day: dt.date) -> GuidelineRevision | None:
        """The last revision of `day` or before that can be read; None: there was none, or the file was gone."""
        past = [revision for revision in self.revisions if revision.day <= day and not revision.trouble]
        return None if not past or past[-1].is_removal else past[-1]

    def unreadable_on(self, day: dt.date) -> GuidelineRevision | None:
        """The revision that stood there on `day`, where nobody could read it."""
        past = [revision for revision in self.revisions if revision.day <= day]
        return past[-1] if past and past[-1].trouble else None


class GuidelineHistory(NamedTuple):
    """The files of one repository."""

    head: str
    """The commit that was read."""
    files: tuple[GuidelineFileHistory, ...]
    """By path."""

    def named(self, name: str) -> tuple[GuidelineFileHistory, ...]:
        """The files of this path, else of this name; `.json` may be left out."""
        wanted = {name, f"{name}.json"}
        exact = tuple(file for file in self.files if file.path in wanted)
        return exact or tuple(file for file in self.files if file.path.rpartition("/")[2] in wanted)

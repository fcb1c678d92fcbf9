"""What came of an import: counts, and every row that was not taken, or not as it stands there, with why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import TextIO


class Fate(Enum):
    """What became of a row."""

    NEW = "new"
    CHANGED = "changed"
    """It was taken before, and what changed there since was taken now."""
    SAME = "same"
    """It was taken before, and nothing is to be done."""
    LEFT = "left"
    """It was not taken."""


class Problem(Enum):
    """Why a row was not taken, or not as it stands there."""

    DELETED = "deleted"
    ORPHAN = "orphan"
    DUPLICATE = "duplicate"
    VARIANT = "variant"
    SAME_NAME = "same-name"
    NOT_A_UUID = "not-a-uuid"
    WRONG_DATE = "wrong-date"
    WRONG_VALUE = "wrong-value"
    NO_NAME = "no-name"
    UNUSABLE_KEY = "unusable-key"
    DOUBLE_ENCODED = "double-encoded"
    LOST_SIGNS = "lost-signs"
    NO_TESTS = "no-tests"
    UNREADABLE = "unreadable"
    UNKNOWN_USER = "unknown-user"
    UNKNOWN_META = "unknown-meta"
    UNSHARED = "unshared"
    UNKNOWN_GUIDELINE = "unknown-guideline"
    NO_MEMBERS = "no-members"
    OFFICE = "office"
    CHANGED_HERE = "changed-here"
    GONE_HERE = "gone-here"
    MISSING_TABLE = "missing-table"


ADVICE: Mapping[Problem, str] = {
    Problem.DELETED: "it is marked as deleted; take the mark away there and import again if it is wanted",
    Problem.ORPHAN: "what it belongs to is not there; nothing is to be done, or restore that there and import again",
    Problem.DUPLICATE: "it is there twice and was taken once; nothing is to be done",
    Problem.VARIANT: "two forms of one OpenID were taken as one person; look whether they are",
    Problem.SAME_NAME: "another one has this name; rename it, or have the programme office merge both",
    Problem.NOT_A_UUID: "it has another id here, and is found by the old one as well; nothing is to be done",
    Problem.WRONG_DATE: "its date is none; it was taken with the date that is named here",
    Problem.WRONG_VALUE: "a value is none that RefStack knows; it was taken as is named here",
    Problem.NO_NAME: "it has no name; give it one here",
    Problem.UNUSABLE_KEY: "such a key cannot sign here; its owner adds another one",
    Problem.DOUBLE_ENCODED: "it was encoded twice and was mended; look whether it reads well now",
    Problem.LOST_SIGNS: "signs of it were lost there; write it anew here",
    Problem.NO_TESTS: "it has no tests, so nothing can be judged; send it again if the file is still there",
    Problem.UNREADABLE: "it cannot be read as an upload; the reason is named",
    Problem.UNKNOWN_USER: "whoever sent it is not among the users there; it is theirs by their OpenID",
    Problem.UNKNOWN_META: "this server has no such word for a result; it was left there",
    Problem.UNSHARED: "it says no, and RefStack showed it all the same; it is private here, its owner may share it",
    Problem.UNKNOWN_GUIDELINE: "this server does not have it: add it (guidelines add), then import again",
    Problem.NO_MEMBERS: "nobody can look after it; the programme office gives it an administrator",
    Problem.OFFICE: "they decided for the programme there; give them a role with office put, or import with --office",
    Problem.CHANGED_HERE: "it was changed here and there; it stays as it is here",
    Problem.GONE_HERE: "it was taken before and deleted here; it stays deleted",
    Problem.MISSING_TABLE: "this database of RefStack is older than that table; nothing is to be done",
}
"""What to do about each."""


class Outcome:
    """Counts, and a report that is written as things are found."""

    def __init__(self, report: TextIO) -> None:
        self.fates: Counter[tuple[str, Fate]] = Counter()
        self.problems: Counter[Problem] = Counter()
        self._report = report

    def count(self, table: str, fate: Fate, number: int = 1) -> None:
        """What became of rows of a table."""
        self.fates[table, fate] += number

    def tell(self, problem: Problem, table: str, row: str, what: str) -> None:
        """Something about a row, by its id there."""
        self.problems[problem] += 1
        entry = {"problem": problem.value, "table": table, "row": row, "what": what, "do": ADVICE[problem]}
        self._report.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def leave(self, problem: Problem, table: str, row: str, what: str) -> None:
        """Likewise, of one that is not taken."""
        self.count(table, Fate.LEFT)
        self.tell(problem, table, row, what)

    def document(self) -> dict[str, object]:
        """The counts, for programs."""
        tables: dict[str, dict[str, int]] = {}
        for (table, fate), number in sorted(self.fates.items(), key=lambda one: (one[0][0], one[0][1].value)):
            tables.setdefault(table, {})[fate.value] = number
        problems = {one.value: self.problems[one] for one in Problem if self.problems[one]}
        return {"tables": tables, "problems": problems}

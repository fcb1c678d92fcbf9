"""What a check of documents finds: rules, severities, findings at a place."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class Severity(Enum):
    """How much a finding weighs, the gravest first."""

    ERROR = "error"
    """The document says what it cannot mean, or the process forbids it."""
    WARNING = "warning"
    """Somebody should look: it is probably not what was meant."""
    NOTE = "note"
    """Worth knowing; nothing needs to be done."""

    @property
    def rank(self) -> int:
        """Its place: the lower, the graver. `error` is 0."""
        return _RANK[self]


_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Rule(NamedTuple):
    """Something that is checked. Its id is stable: `group/word`."""

    id: str
    severity: Severity
    title: str
    """What is wrong where it is broken, in a line without a full stop."""
    why: str
    """Sentences for the author."""
    source: str
    """The clause of the process, the schema or the practice that it follows."""
    example: str
    """How it looks when it is wrong, and what it should be."""
    fix: str = ""
    """What mending does about it; empty: a person decides."""

    def source_in(self, month: tuple[int, int] | None) -> str:
        """The source as it holds for a guideline of that month (None: of today): 2021A took the place of 2017A.

        The working group never gives a clause's number to another clause, so that the numbers are those of both.
        """
        return self.source if month is not None and month < SINCE_2021A else re.sub(r"\b2017A\b", "2021A", self.source)

    @property
    def group(self) -> str:
        """The first part of its id."""
        return self.id.partition("/")[0]


SINCE_2021A = (2021, 6)
"""The month from which process 2021A holds in the place of 2017A: it was approved on 29 June 2021."""


class AcceptedFinding(NamedTuple):
    """Somebody decided that a finding stays."""

    rule: str
    """The id of the rule, or `coverage/` and a matter of coverage."""
    place: str
    """A JSON pointer; all that lies below it is meant, too. Empty: the whole document."""
    reason: str
    by: str
    """Who decided."""
    date: str

    def covers(self, rule: str, place: str) -> bool:
        """Whether a finding of `rule` at `place` is meant."""
        return rule == self.rule and (place == self.place or place.startswith(f"{self.place}/"))


class LintFinding(NamedTuple):
    """A rule that is broken at a place of a file."""

    rule: Rule
    file: str
    """As the person named it, or below the folder that they named."""
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    pointer: str
    """The place inside the document (RFC 6901): what identifies the finding when lines move."""
    message: str
    """One sentence without a full stop; foreign text in it is short and as it came."""
    fix: str = ""
    """What mending would do here; empty: nothing."""
    known: bool = False
    """Whether a baseline lists it."""
    source: str = ""
    """The source of the rule as it holds for the document."""
    place: str = ""
    """`pointer`, in which items of lists stand by their texts: it stays when the list grows."""
    accepted: AcceptedFinding | None = None
    """The decision by which it stays."""

    @property
    def weighs(self) -> bool:
        """Whether nobody accepted it and no baseline lists it."""
        return not self.known and self.accepted is None

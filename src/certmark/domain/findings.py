"""What a check of documents finds: rules, severities, findings at a place."""

from __future__ import annotations

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

    @property
    def group(self) -> str:
        """The first part of its id."""
        return self.id.partition("/")[0]


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

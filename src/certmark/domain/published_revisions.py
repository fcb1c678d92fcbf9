"""Revisions of guidelines that were published, and what may be published next.

1. A revision is a text under the id of its guideline and a number; the first is 1, each further one is one more.
2. Once published it stays: no later index leaves it out or gives its number to another text.
3. A text that is the newest revision of its guideline is published already.
4. Another text under an id that was published is refused, unless its author says that it is the next revision.
5. What is published is sound: lint finds no error that nobody accepted, and the text is canonical.
6. A text is canonical if every checkout of it has the same bytes: UTF-8 without a byte order mark, lines that end with
   a newline alone. Nothing else of it is changed, so that its digest is that of the author's file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple

FORMS: Final = ("json", "yaml", "lst")
"""Endings of texts of guidelines."""


class PublishedRevision(NamedTuple):
    """A text that was published, for ever."""

    guideline: str
    """The id."""
    number: int
    sha256: str
    size: int
    """Bytes of the text."""
    form: str
    """One of `FORMS`."""
    status: str | None
    """Of the guideline, as written."""
    published: datetime
    """By the clock of whoever published it."""

    @property
    def name(self) -> str:
        """For people: `2026.11, revision 1`."""
        return f"{self.guideline}, revision {self.number}"


class OfferedGuideline(NamedTuple):
    """A text that an author offers to be published."""

    guideline: str
    sha256: str
    size: int
    form: str
    status: str | None
    errors: int = 0
    """That lint finds, and nobody accepted."""
    problem: str | None = None
    """Why it cannot be published, whatever lint says: it cannot be read, is not canonical (rule 6); None: nothing."""


class PublicationAnswer(Enum):
    """What becomes of an offered text."""

    FIRST = "first revision"
    NEXT = "next revision"
    SAME = "published already"
    REFUSED = "not publishable"


class PublicationDecision(NamedTuple):
    """The answer for one offered text."""

    offered: OfferedGuideline
    answer: PublicationAnswer
    number: int
    """Of the revision that it is, would be, or contradicts."""
    reason: str = ""
    """Why it is refused."""
    is_change: bool = False
    """It is refused only because its author did not say that it is the next revision (rule 4)."""


def decide(
    published: Sequence[PublishedRevision], offered: Iterable[OfferedGuideline], revised: frozenset[str]
) -> tuple[PublicationDecision, ...]:
    """What becomes of each; `revised` are the ids of which the author says that the text is the next revision."""
    newest = newest_of(published)
    return tuple(_decision(newest.get(one.guideline), one, is_meant=one.guideline in revised) for one in offered)


def newest_of(published: Iterable[PublishedRevision]) -> Mapping[str, PublishedRevision]:
    """The last revision of each guideline, by its id."""
    found: dict[str, PublishedRevision] = {}
    for one in published:
        if one.guideline not in found or one.number > found[one.guideline].number:
            found[one.guideline] = one
    return found


def _decision(newest: PublishedRevision | None, one: OfferedGuideline, *, is_meant: bool) -> PublicationDecision:
    number = 1 if newest is None else newest.number + 1
    if one.problem is not None:  # Rule 5
        return PublicationDecision(one, PublicationAnswer.REFUSED, number, one.problem)
    if newest is not None and newest.sha256 == one.sha256:  # Rule 3
        return PublicationDecision(one, PublicationAnswer.SAME, newest.number)
    if one.errors:
        count = "1 error" if one.errors == 1 else f"{one.errors} errors"
        return PublicationDecision(one, PublicationAnswer.REFUSED, number, f"lint finds {count} in it")
    if newest is None:
        return PublicationDecision(one, PublicationAnswer.FIRST, 1)
    if is_meant:
        return PublicationDecision(one, PublicationAnswer.NEXT, number)
    day = f"{newest.published:%Y-%m-%d}"  # Rule 4
    reason = f"revision {newest.number} was published on {day} with another text (SHA-256 {newest.sha256[:12]}…)"
    return PublicationDecision(one, PublicationAnswer.REFUSED, number, reason, is_change=True)


def why_not_canonical(data: bytes) -> str | None:
    """Why not every checkout of a text has the same bytes (rule 6); None: it does."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "it begins with a byte order mark"
    if b"\r" in data:
        return "its lines end with a carriage return; a newline alone is the same everywhere"
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start} of it is not UTF-8"
    return None


def why_not_numbered(revisions: Iterable[PublishedRevision]) -> str | None:
    """Why revisions are not numbered as rule 1 says; None: they are."""
    numbers: dict[str, list[int]] = {}
    for one in revisions:
        numbers.setdefault(one.guideline, []).append(one.number)
    for guideline, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            return f"the revisions of {guideline} are not numbered from 1 on, each once"
    return None


def why_rewritten(before: Iterable[PublishedRevision], after: Iterable[PublishedRevision]) -> str | None:
    """Why `after` is no continuation of `before` (rule 2); None: it is one."""
    now = {(one.guideline, one.number): one.sha256 for one in after}
    for one in before:
        digest = now.get((one.guideline, one.number))
        if digest is None:
            return f"{one.name}, was published, and is left out now"
        if digest != one.sha256:
            return f"{one.name}, was published with another text"
    return None

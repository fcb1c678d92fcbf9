"""Notices: what is said of an event, to whom, in which language; values fill the gaps of texts that are data.

1. An event that has no text is told to nobody.
2. A language that has no text for an event says it in English, which has all.
3. A line that names a value that is not there is left out; so nothing is said that nobody knows.
4. What commits somebody to act (a question, a decision, a suspension) is told at once, whatever they chose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest

_GAP = re.compile(r"\{([a-z_]+)\}")
FALLBACK = "en"


class NoticeText(NamedTuple):
    """What is said of an event."""

    event: str
    subject: str
    lines: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The subject and the text; rule 3. What stands in a value is no gap."""
        subject = _GAP.sub(lambda gap: " ".join(values.get(gap[1], "").split()), self.subject)
        lines = [line for line in self.lines if all(values.get(gap) for gap in _GAP.findall(line))]
        return subject.strip(), "\n\n".join(_GAP.sub(lambda gap: values[gap[1]], line) for line in lines)

    @property
    def gaps(self) -> frozenset[str]:
        """The values that it may take."""
        return frozenset(_GAP.findall("\n".join((self.subject, *self.lines))))


class NoticeRule(NamedTuple):
    """Who is told of an event, and how much they may choose."""

    kind: str
    """By which people choose."""
    to: frozenset[str]
    """designate, deputy, administrators, contacts, reviewers, people, office."""
    commits: bool
    """Rule 4."""


class NoticeChoices(NamedTuple):
    """How somebody wants to be told."""

    language: str = FALLBACK
    is_daily: bool = False
    """One mail a day, with all that rule 4 does not send at once."""
    without: frozenset[str] = frozenset()
    """Kinds of which no mail is sent; the page has them all the same."""


class NoticeTexts:
    """All texts in all languages."""

    def __init__(
        self,
        rules: Mapping[str, NoticeRule],
        kinds: Mapping[str, str],
        languages: Mapping[str, str],
        texts: Mapping[tuple[str, str], NoticeText],
    ) -> None:
        """`texts` by language and event; each event of `rules` has one in English."""
        self.rules, self.kinds, self.languages, self._texts = rules, kinds, languages, texts

    def text(self, event: str, language: str) -> NoticeText:
        """Rule 2."""
        return self._texts.get((language, event)) or self._texts[FALLBACK, event]

    def checked(self, language: str, without: Iterable[str], *, is_daily: bool) -> NoticeChoices:
        """Choices as they are kept. Raises InvalidRequest."""
        if language not in self.languages:
            raise InvalidRequest(f"there are texts in {', '.join(self.languages)}, and none in {language[:20]!r}")
        strange = sorted(set(without) - self.kinds.keys())
        if strange:
            raise InvalidRequest(f"there is no kind {strange[0][:40]!r}; there are {', '.join(self.kinds)}")
        return NoticeChoices(language, is_daily, frozenset(without))


def reminder(days_left: int, thresholds: Sequence[int]) -> int | None:
    """Which of the thresholds was reached last; None: none yet, or it is over."""
    reached = [one for one in thresholds if 0 <= days_left <= one]
    return min(reached, default=None)

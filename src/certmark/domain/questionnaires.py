"""Questionnaires: a few questions to people, as data.

1. One answer of a person; it may be changed and taken back while the questionnaire is open.
2. It is open to the end of the day on which it closes (UTC); without one as long as it is there.
3. An answer is one of the choices, or a text; what is not asked for may be left out.
4. Counts are public once enough people answered that none of them can be told by it (`FEWEST`); texts never are.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest

FEWEST = 5
"""Rule 4."""
LONGEST_ANSWER = 2000
Answers = Mapping[str, str]
"""What one person answered, by the words of the questions."""


class QuestionnaireForm(NamedTuple):
    """One question, and what may be answered."""

    word: str
    asks: str
    choices: Mapping[str, str]
    """Words, and what each says; none: a text is the answer."""
    is_optional: bool
    criterion: str | None = None
    """Of scores: the one for which answers speak; None: for none."""
    capabilities: tuple[str, ...] = ()
    """For whose marks."""


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """A few questions."""

    word: str
    title: str
    says: str
    closes: dt.date | None
    """The last day; None: nobody set one."""
    questions: tuple[QuestionnaireForm, ...]

    def is_open(self, today: dt.date) -> bool:
        """Rule 2."""
        return self.closes is None or today <= self.closes

    def checked(self, given: Answers) -> dict[str, str]:
        """Answers as they are kept (rule 3). Raises InvalidRequest."""
        known = {one.word: one for one in self.questions}
        strange = sorted(given.keys() - known.keys())
        if strange:
            raise InvalidRequest(f"{self.word} asks nothing that is called {strange[0][:100]!r}")
        found = {word: given.get(word, "").strip() for word in known}
        for word, answer in found.items():
            _check(known[word], answer)
        return {word: answer for word, answer in found.items() if answer}

    def counts(self, answers: Iterable[Answers]) -> dict[str, dict[str, int]]:
        """How often each choice of each question was taken; questions that ask for a text are not in it."""
        taken = Counter((word, answer) for one in answers for word, answer in one.items())
        return {
            one.word: {choice: taken[one.word, choice] for choice in one.choices}
            for one in self.questions
            if one.choices
        }


def _check(question: QuestionnaireForm, answer: str) -> None:
    if not answer:
        if not question.is_optional:
            raise InvalidRequest(f"{question.word}: this is asked of everybody who answers")
    elif question.choices and answer not in question.choices:
        raise InvalidRequest(f"{question.word}: the answer is one of {', '.join(question.choices)}")
    elif len(answer) > LONGEST_ANSWER or any(not one.isprintable() and one != "\n" for one in answer):
        raise InvalidRequest(f"{question.word}: the answer is a text of at most {LONGEST_ANSWER:,} characters")

"""Words by which shared runs are counted: keys of tags, and what each may say. Other keys are free, and not counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.suggestions import did_you_mean


class TagVocabulary(NamedTuple):
    """Keys of tags, each with its meaning and its words."""

    meanings: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]

    def check(self, tags: Mapping[str, str]) -> None:
        """Raises InvalidRequest where a key of the vocabulary says a word that it has not."""
        for key, word in tags.items():
            if key in self.words and word not in self.words[key]:
                there = ", ".join(self.words[key])
                meant = did_you_mean(word, self.words[key])
                raise InvalidRequest(f"the tag {key} cannot be {word[:40]!r}{meant}; it can be {there}")

"""Where the pages on guidelines are.

1. A guideline is at its id, one revision of it at `id@` and the beginning of its SHA-256; one whose id cannot stand
   in an address is at `@` and that.
2. A program is at its shortest word; where two have the same, or the word is that of another page, at its number.
3. A capability is at its key, as far as that can stand in an address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from certmark.domain.guidelines import Guideline, Program
from certmark.domain.programs import slug as program_word
from certmark.domain.queries.tree import CapabilityTerm, OutcomeTerm, StatusTerm
from certmark.domain.queries.writing import written
from certmark.domain.verdict_values import Standing, State
from certmark.reporting.guideline_site.names import slug
from certmark.server.store.guidelines import Revision

SHOWN_DIGITS = 12
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}\Z")
_FORM = re.compile(r"\.(json|csv|atom|txt)\Z", re.IGNORECASE)
_OTHER_PAGES = frozenset({"tests", "history", "impact", "diff"})


def guideline_path(revision: Revision, *, is_newest: bool) -> str:
    """Rule 1."""
    is_plain = _PLAIN.match(revision.id) is not None and not _FORM.search(revision.id)
    name = revision.id if is_plain else ""
    pin = "" if is_plain and is_newest else f"@{revision.digest.hex()[:SHOWN_DIGITS]}"
    return f"/guidelines/{name}{pin}"


def named_in(word: str) -> tuple[str, str | None]:
    """The id and the beginning of a digest in a part of an address."""
    name, at, prefix = word.rpartition("@")
    return (name, prefix) if at else (word, None)


def program_words(guideline: Guideline) -> dict[str, Program]:
    """By the last part of its address, each program (rule 2)."""
    words = [program_word(program) for program in guideline.programs]
    return {
        word if words.count(word) == 1 and word not in _OTHER_PAGES else f"{word}-{number}": program
        for number, (word, program) in enumerate(zip(words, guideline.programs, strict=True), 1)
    }


def capability_path(key: str) -> str:
    """Rule 3."""
    return f"/capabilities/{capability_word(key)}"


def capability_word(key: str) -> str:
    """The last part of its address."""
    word = slug(key)
    return f"{word}-" if _FORM.search(word) else word


def is_capability(key: str, word: str) -> bool:
    """Whether `word` in an address means the capability."""
    return word in {key, capability_word(key)}


def query_of_standing(standing: Standing) -> str:
    """For runs that came to it."""
    return written(StatusTerm(standing))


def query_of_capability(key: str, standing: Standing | None = None) -> str:
    """For runs in which it came to `standing`; None: that say something of it."""
    return written(CapabilityTerm(key, standing))


def query_of_test(name: str, state: State | None = None) -> str:
    """Likewise of a test."""
    return written(OutcomeTerm(name, state))


def joined(words: Sequence[str]) -> str:
    """What people read in one line."""
    return ", ".join(words)

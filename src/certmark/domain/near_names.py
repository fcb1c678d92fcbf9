"""Required tests that are nowhere in the results, where the results have nearly their name.

Nothing of this decides: a verdict takes names as they are. It says what a person would look for: a name with
other blanks, capitals, accents or labels, or the name of a class where each of its tests must be named.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from certmark.domain.identity import class_of
from certmark.domain.matching import FoundResult
from certmark.domain.phrases import counted
from certmark.domain.verdict_values import Verdict

_LABELS = re.compile(r"\A(?:\s*\[[^\]]*\])+|(?:\[[^\]]*\]\s*)+\Z")
_BLANKS = re.compile(r"\s+")


class NearMatch(NamedTuple):
    """A required test without a result, and what the results have instead."""

    name: str
    there: str
    """A name of the results; empty where it is a class."""
    why: str
    """In what it differs, or what it is."""


def near_names(verdict: Verdict) -> tuple[NearMatch, ...]:
    """For each required test that is nowhere, the name that the results have nearly so."""
    absent = [settled.test.name for settled in verdict.all_settled() if settled.found is FoundResult.NOWHERE]
    return tuple(_near(absent, [name for name in verdict.results.names if name not in verdict.demand.tests]))


def _near(absent: Iterable[str], there: Iterable[str]) -> Iterator[NearMatch]:
    wanted = list(absent)
    if not wanted:
        return
    others = list(there)
    scopes = Counter(scope for name in others for scope in (class_of(name), class_of(class_of(name))))
    forms: dict[str, str] = {}
    for name in others:
        for form in (_plain(name), _without_labels(name)):
            forms.setdefault(form, name)
    for name in wanted:
        other = forms.get(_plain(name)) or forms.get(_without_labels(name))
        if other is not None:
            yield NearMatch(name, other, _difference(name, other))
        elif name in scopes:
            tests = counted(scopes[name], "test")
            yield NearMatch(name, "", f"a class or module of which the results have {tests}; name each test")


def _plain(name: str) -> str:
    """Without what the eye passes over: accents as they are composed, capitals, blanks, what has no shape."""
    folded = unicodedata.normalize("NFC", name).casefold() if not name.isascii() else name.casefold()
    if not folded.isascii():
        folded = "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")
    return _BLANKS.sub(" ", folded).strip()


def _without_labels(name: str) -> str:
    """`_plain`, and without the labels in brackets before and behind it."""
    return _LABELS.sub("", _plain(name)).strip()


def _difference(name: str, other: str) -> str:
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", other):
        return "it is composed of other characters that look the same (Unicode NFC)"
    if _plain(name) != _plain(other):
        return "it has other labels in brackets"
    if name.casefold() == other.casefold():
        return "it has other capitals"
    return "it has other blanks, or characters that cannot be seen"

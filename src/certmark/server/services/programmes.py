"""Programmes that certify, as data: which guidelines are theirs, and which of these is in force."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from certmark.domain.capability_histories import GuidelineFamily
from certmark.domain.guidelines import Guideline
from certmark.domain.suggestions import did_you_mean
from certmark.server.services.errors import NotFound
from certmark.server.services.library import Library

_LONGEST_ID = 200


class Programme(NamedTuple):
    """Somebody's undertaking to certify products."""

    word: str
    """In addresses."""
    name: str
    says: str
    guidelines: re.Pattern[str] | None
    """What the ids of its guidelines are like; None: those of nobody else."""


@cache
def programmes() -> tuple[Programme, ...]:
    """All that are known; one without a pattern is the last."""
    document = json.loads((files("certmark.data") / "programmes.json").read_bytes())
    return tuple(
        Programme(
            one["word"],
            one["name"],
            one["says"],
            None if one["guidelines"] is None else re.compile(rf"(?:{one['guidelines']})\Z"),
        )
        for one in document["programmes"]
    )


def programme_named(word: str) -> Programme:
    """The one of this word. Raises NotFound."""
    known = {one.word: one for one in programmes()}
    if word not in known:
        there = did_you_mean(word, known) or f"; there are {', '.join(known)}"
        raise NotFound(f"there is no programme {word[:100]!r} here{there}")
    return known[word]


def programme_of(identity: str) -> Programme:
    """Whose guideline it is, by its id."""
    found = (one for one in programmes() if one.guidelines is not None and one.guidelines.match(identity[:_LONGEST_ID]))
    return next(found, programmes()[-1])


def families_of(around: Library, programme: Programme) -> list[GuidelineFamily]:
    """The families of guidelines that are its own: each by its last member."""
    return [one for one in around.families if programme_of(one.guidelines[-1].id) == programme]


def in_force(guidelines: Sequence[Guideline]) -> Guideline:
    """Of a family, the newest that somebody decided on; where nobody did, the newest."""
    approved = [one for one in guidelines if (one.status or "").strip().casefold() == "approved"]
    decided = [one for one in guidelines if not one.is_draft]
    return (approved or decided or list(guidelines))[-1]

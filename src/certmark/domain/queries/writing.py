"""A query as people write it: what is written reads back as the same query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from certmark.domain.queries.tree import (
    STANDINGS,
    STATES,
    AllTerm,
    AnyTerm,
    CapabilityTerm,
    CountTerm,
    EveryTerm,
    FlakyTerm,
    NotTerm,
    OutcomeTerm,
    Query,
    SinceTerm,
    StatusTerm,
    TagTerm,
    WordTerm,
)

_STATE_WORDS = {state: word for word, state in STATES.items()}
_STANDING_WORDS = {standing: word for word, standing in STANDINGS.items()}
_BARE = re.compile(r"[^\s()\"=<>\\]+")


def written(query: Query) -> str:  # noqa: C901, PLR0911, PLR0912 - a case for each kind of query
    """The query as text; empty where it asks for everything."""
    match query:
        case WordTerm(word, value):
            return f"{word.value}:{_quoted(value)}"
        case OutcomeTerm(test, state):
            return f"test:{_quoted(test)}" + ("" if state is None else f"={_STATE_WORDS[state]}")
        case CapabilityTerm(capability, standing):
            return f"capability:{_quoted(capability)}" + ("" if standing is None else f"={_STANDING_WORDS[standing]}")
        case StatusTerm(standing):
            return f"status:{_STANDING_WORDS[standing]}"
        case TagTerm(key, tag):
            return f"tag:{_quoted(key)}" + ("" if tag is None else f"={_quoted(tag)}")
        case SinceTerm(day):
            return f"since:{day.isoformat()}"
        case FlakyTerm(comparison, bound):
            return f"flaky{comparison.value}{bound}"
        case CountTerm(inner, comparison, bound):
            return f"count({written(inner)}){comparison.value}{bound}"
        case AllTerm(parts):
            return " and ".join(_inner(parts))
        case AnyTerm(parts):
            return " or ".join(_inner(parts))
        case NotTerm(inner):
            return f"not {next(_inner([inner]))}"
        case EveryTerm():
            return ""
        case _:
            assert_never(query)


def narrowed(query: Query, part: str) -> str:
    """The text of what holds where `query` does, and `part` as well, which is the text of a single thing."""
    if isinstance(query, EveryTerm):
        return part
    return f"({written(query)}) and {part}" if isinstance(query, AnyTerm) else f"{written(query)} and {part}"


def _inner(parts: Iterable[Query]) -> Iterator[str]:
    return (f"({written(part)})" if isinstance(part, AllTerm | AnyTerm) else written(part) for part in parts)


def _quoted(word: str) -> str:
    if _BARE.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'

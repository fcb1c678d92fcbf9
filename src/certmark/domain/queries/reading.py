"""Text as a query. A mistake is answered at its character.

1. Parts stand side by side or are joined by `and`, which binds tighter than `or`; `not` binds tightest.
2. A word ends at a blank, a bracket, a quotation mark or one of = < >; in quotation marks it may have anything, with a
   backslash before `"` and before itself.
3. Text from strangers: a query is bounded in its length, its parts and its depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, NoReturn, TypeVar

from certmark.domain.errors import InvalidRequest
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
    Relation,
    SinceTerm,
    StatusTerm,
    TagTerm,
    Word,
    WordTerm,
)
from certmark.domain.suggestions import did_you_mean

LONGEST = 4000
"""Signs of a query."""
_MOST_PARTS = 200
_DEEPEST = 30
_LARGEST = 10**9
_T = TypeVar("_T")


class QueryMistake(InvalidRequest):
    """A query that cannot be read; the message says at which character, and why."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"the query cannot be read at character {position + 1}: {reason}")
        self.reason = reason
        self.position = position
        """Of the character, from 0; the length of the text: at its end."""


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


_TOKENS = re.compile(
    r'(?P<blank>\s+)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<compare>>=|<=|>|<|=)|(?P<open>\()|(?P<close>\))'
    r'|(?P<word>[^\s()"=<>\\]+)',
    re.DOTALL,
)
_UNIT = re.compile(r"\\(.)", re.DOTALL)
_FIELDS = (*(word.value for word in Word), "test", "capability", "status", "tag", "since")


def read_query(text: str) -> Query:
    """The query that is written in `text`. Raises QueryMistake."""
    if len(text) > LONGEST:
        raise QueryMistake(f"it has {len(text):,} signs, and may have {LONGEST:,}", LONGEST)
    reader = _Reader(list(_tokens(text)), len(text))
    if reader.is_at_end():
        return EveryTerm()
    found = reader.any_of()
    if not reader.is_at_end():
        reader.refuse("there is no bracket that this one closes")
    return found


def _tokens(text: str) -> Iterable[_Token]:
    place = 0
    while place < len(text):
        found = _TOKENS.match(text, place)
        if found is None:
            is_open = text[place] == '"'
            raise QueryMistake(
                "the quotation mark that begins here is never closed"
                if is_open
                else "a backslash stands in quotation marks only",
                place,
            )
        if found.lastgroup != "blank":
            yield _Token(found.lastgroup or "", found.group(), place)
        place = found.end()


class _Reader:
    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._place = 0
        self._end = _Token("end", "", end)
        self._parts = 0
        self._depth = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else self._end

    def _take(self) -> _Token:
        found = self._next
        self._place += 1
        return found

    def is_at_end(self) -> bool:
        return self._next is self._end

    def refuse(self, reason: str, token: _Token | None = None) -> NoReturn:
        raise QueryMistake(reason, (token or self._next).start)

    def _is(self, keyword: str) -> bool:
        return self._next.kind == "word" and self._next.text.lower() == keyword

    def any_of(self) -> Query:
        parts = [self._all_of()]
        while self._is("or"):
            self._take()
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else AnyTerm(tuple(parts))

    def _all_of(self) -> Query:
        parts = [self._not()]
        while self._next.kind in {"word", "open"} and not self._is("or"):
            if self._is("and"):
                self._take()
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else AllTerm(tuple(parts))

    def _not(self) -> Query:
        self._depth += 1
        if self._depth > _DEEPEST:
            self.refuse(f"more than {_DEEPEST} brackets, or words `not`, stand in one another here")
        found: Query
        if self._is("not"):
            self._take()
            found = NotTerm(self._not())
        elif self._next.kind == "open":
            found = self._bracket(self._take())
        else:
            found = self._part()
        self._depth -= 1
        return found

    def _bracket(self, opening: _Token) -> Query:
        found = self.any_of()
        if self._next.kind != "close":
            self.refuse("the bracket that begins here is never closed" if self.is_at_end() else _HERE, opening)
        self._take()
        return found

    def _part(self) -> Query:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            self.refuse(f"it has more than {_MOST_PARTS} parts")
        token = self._next
        if token.kind != "word" or token.text.lower() in {"and", "or"}:
            self.refuse(_HERE if not self.is_at_end() else "something such as cloud:NAME is missing at the end")
        field, colon, rest = token.text.partition(":")
        word = field.lower()
        if word == "count" and not colon:
            return self._count(self._take())
        if word == "flaky" and not colon:
            self._take()
            return FlakyTerm(*self._compared())
        if not colon or word not in _FIELDS:
            self.refuse(_unknown(field, colon))
        self._take()
        value = _Token("word", rest, token.start + len(field) + 1) if rest else self._quoted(token)
        return self._field(word, value)

    def _quoted(self, field: _Token) -> _Token:
        end = field.start + len(field.text)
        if self._next.kind == "quoted" and self._next.start == end:
            return self._unquoted()
        raise QueryMistake(f"after {field.text} there is no word", end)

    def _unquoted(self) -> _Token:
        token = self._take()
        return token._replace(text=_UNIT.sub(r"\1", token.text[1:-1]))

    def _field(self, field: str, value: _Token) -> Query:
        match field:
            case "test":
                return OutcomeTerm(value.text, self._one_of(STATES))
            case "capability":
                return CapabilityTerm(value.text, self._one_of(STANDINGS))
            case "status":
                return StatusTerm(_meant(STANDINGS, value))
            case "tag":
                return TagTerm(value.text, self._tag())
            case "since":
                return SinceTerm(_day(value))
            case _:
                return WordTerm(Word(field), value.text)

    def _equals(self) -> bool:
        """Whether a `=` stands here, which is taken."""
        is_there = self._next.kind == "compare" and self._next.text == "="
        if is_there:
            self._take()
        elif self._next.kind == "compare":
            self.refuse("only = can stand here")
        return is_there

    def _one_of(self, words: Mapping[str, _T]) -> _T | None:
        return _meant(words, self._take()) if self._equals() else None

    def _tag(self) -> str | None:
        if not self._equals():
            return None
        if self._next.kind == "quoted":
            return self._unquoted().text
        if self._next.kind != "word":
            self.refuse("the value of the tag is missing")
        return self._take().text

    def _count(self, word: _Token) -> Query:
        if self._next.kind != "open":
            self.refuse("count is followed by a query in brackets, such as count(status:fail)>2", word)
        opening = self._take()
        if self._next.kind == "close":
            self._take()
            return CountTerm(EveryTerm(), *self._compared())
        self._depth += 1
        found = self._bracket(opening)
        self._depth -= 1
        return CountTerm(found, *self._compared())

    def _compared(self) -> tuple[Relation, int]:
        if self._next.kind != "compare":
            self.refuse("one of > >= = <= < and a number must stand here")
        comparison = Relation(self._take().text)
        number = self._take()
        if not (number.text.isascii() and number.text.isdigit() and len(number.text) < 10):
            self.refuse(f"a whole number from 0 to {_LARGEST - 1:,} must stand here", number)
        return comparison, int(number.text)


_HERE = "something such as cloud:NAME must stand here"


def _unknown(field: str, colon: str) -> str:
    if not colon:
        return f"a word by itself means nothing; write what it is, such as cloud:NAME; there are {_listed()}"
    return f"nothing is called {field[:40]!r}{did_you_mean(field.lower(), _FIELDS)}; there are {_listed()}"


def _listed() -> str:
    return ", ".join([*(f"{field}:" for field in _FIELDS), "flaky", "count()"])


def _meant(words: Mapping[str, _T], token: _Token) -> _T:
    found = words.get(token.text.lower())
    if found is None:
        raise QueryMistake(f"one of {', '.join(words)} must stand here", token.start)
    return found


def _day(token: _Token) -> date:
    try:
        return date.fromisoformat(token.text)
    except ValueError:
        raise QueryMistake("a day must stand here, such as 2026-11-30", token.start) from None

"""Expressions over the names of tests, as pytest's -k has them: words, `and`, `or`, `not`, parentheses.

1. A word fits a name in which it stands somewhere, whatever the case.
2. `not` binds more closely than `and`, and `and` more closely than `or`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from certmark.domain.errors import InvalidRequest

_TOKEN = re.compile(r"\s*(?:(?P<sign>[()])|(?P<word>[^\s()]+))")
_LONGEST = 1000
_DEEPEST = 50
_KEYWORDS = frozenset({"and", "or", "not"})

Fits = Callable[[str], bool]
"""Whether a name is meant."""


def names_that_fit(expression: str) -> Fits:
    """Which names `expression` means. Raises InvalidRequest where it cannot be understood."""
    if len(expression) > _LONGEST:
        raise InvalidRequest(f"the expression over names has {len(expression)} signs; at most {_LONGEST} are read")
    return _Parser(expression).whole()


class _Parser:
    """Recursive descent, to a bounded depth."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = [found["sign"] or found["word"] for found in _TOKEN.finditer(expression)]
        self._at = 0
        self._depth = 0

    def whole(self) -> Fits:
        """All of it."""
        fits = self._either()
        if self._next() is not None:
            raise self._refusal()
        return fits

    def _either(self) -> Fits:
        parts = [self._both()]
        while self._takes("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda name: any(part(name) for part in parts)

    def _both(self) -> Fits:
        parts = [self._single()]
        while self._takes("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda name: all(part(name) for part in parts)

    def _single(self) -> Fits:
        negations = 0
        while self._takes("not"):
            negations += 1
        fits = self._inside() if self._takes("(") else self._word()
        return fits if negations % 2 == 0 else lambda name: not fits(name)

    def _inside(self) -> Fits:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refusal()
        fits = self._either()
        if not self._takes(")"):
            raise self._refusal()
        self._depth -= 1
        return fits

    def _word(self) -> Fits:
        word = self._next()
        if word is None or word in _KEYWORDS or word in {"(", ")"}:
            raise self._refusal()
        self._at += 1
        wanted = word.casefold()
        return lambda name: wanted in name.casefold()

    def _takes(self, token: str) -> bool:
        if self._next() != token:
            return False
        self._at += 1
        return True

    def _next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _refusal(self) -> InvalidRequest:
        token = self._next()
        where = "at its end" if token is None else f"at {token!r}"
        return InvalidRequest(
            f"the expression {self._expression[:80]!r} cannot be understood {where}; "
            "it takes words, and, or, not, and parentheses, such as: container and not (acl or quota)"
        )

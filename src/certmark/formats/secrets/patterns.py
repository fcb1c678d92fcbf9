"""Patterns that are compiled when they are first asked: most texts have nothing that asks for most of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import AnyStr, Generic


class Pattern(Generic[AnyStr]):
    """A regular expression; its methods are those of `re.Pattern`."""

    def __init__(self, expression: AnyStr) -> None:
        self._expression: AnyStr = expression

    @cached_property
    def _compiled(self) -> re.Pattern[AnyStr]:
        return re.compile(self._expression)

    @cached_property
    def match(self) -> Callable[..., re.Match[AnyStr] | None]:
        """As `re.Pattern.match`."""
        return self._compiled.match

    @cached_property
    def fullmatch(self) -> Callable[..., re.Match[AnyStr] | None]:
        """As `re.Pattern.fullmatch`."""
        return self._compiled.fullmatch

    @cached_property
    def search(self) -> Callable[..., re.Match[AnyStr] | None]:
        """As `re.Pattern.search`."""
        return self._compiled.search

    @cached_property
    def sub(self) -> Callable[[AnyStr, AnyStr], AnyStr]:
        """As `re.Pattern.sub`."""
        return self._compiled.sub

    @cached_property
    def split(self) -> Callable[[AnyStr], list[AnyStr]]:
        """As `re.Pattern.split`, where nothing is captured."""
        return self._compiled.split

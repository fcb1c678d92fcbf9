"""The tests that a person asks for, by `--level` and `--flagged`."""

from __future__ import annotations

from certmark.domain.errors import UsageProblem
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.programs import AskedTest, asked_at


def levels_of(words: str) -> tuple[Level, ...]:
    """The levels of `required,advisory`. Raises UsageProblem."""
    return tuple(_level(word.strip()) for word in words.split(","))


def _level(word: str) -> Level:
    try:
        return Level(word)
    except ValueError:
        known = ", ".join(level.value for level in Level)
        raise UsageProblem(f"there is no level {word!r}; there are {known}") from None


def asked_tests(guideline: Guideline, program: Program, words: str, *, flagged: bool) -> tuple[AskedTest, ...]:
    """The tests of these levels, at least one. Raises UsageProblem."""
    tests = asked_at(guideline, program, levels_of(words), flagged=flagged)
    if not tests:
        raise UsageProblem(f"{program.name} of {guideline.id} asks for no test at level {words}")
    return tests

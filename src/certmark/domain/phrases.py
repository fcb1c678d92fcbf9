"""Counts and lists in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 test`, `2 tests`."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"


def are(count: int) -> str:
    """`is` or `are`, after a count."""
    return "is" if count == 1 else "are"


def count_of(count: int, one: str, many: str) -> str:
    """`1 entry repeats`, `2 entries repeat`."""
    return f"{count:,} {one if count == 1 else many}"


def some(names: Sequence[str], most: int = 4) -> str:
    """The first `most` of `names`, and how many more there are: `a, b and 3 more`."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def duration(seconds: float) -> str:
    """A duration for people: `0.42 s`, `37 s`, `6 min 51 s`, `1 h 02 min`."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"

"""What a report for people is made of: blocks that text, terminal and Markdown share.

The text in them is as it came: whoever shows it makes it harmless (`reporting.text`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, TypeVar

_Entry = TypeVar("_Entry")


class Tone(Enum):
    """What a part of a report means to its reader; never told by colour alone."""

    GOOD = "good"
    BAD = "bad"
    GAP = "gap"
    QUIET = "quiet"
    """It does not weigh."""


class Heading(NamedTuple):
    """Begins a section."""

    text: str


class Sentence(NamedTuple):
    """A paragraph of its own."""

    text: str
    tone: Tone | None = None
    is_line: bool = False
    """It stays one line, however narrow the window, and has no sign before it: its words stand below those of
    other lines, or are for an editor to follow or a person to copy."""


class Cell(NamedTuple):
    """One cell of a table."""

    text: str
    tone: Tone | None = None
    link: str = ""
    """Where it leads on a page, as a relative URL; other forms show the text only."""


class Table(NamedTuple):
    """Rows under columns; every row has a cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Item(NamedTuple):
    """An entry of a group."""

    text: str
    notes: tuple[str, ...] = ()
    """One line each, about this entry."""


class GroupLook(Enum):
    """How a group is shown."""

    PLAIN = "plain"
    FOLDED = "folded"
    """Its entries are seen when they are asked for; text shows its title only."""
    CHECKLIST = "checklist"
    """With a box before each entry, to be ticked."""


class ItemGroup(NamedTuple):
    """Entries that have something in common."""

    title: str
    items: tuple[Item, ...]
    tone: Tone | None = None
    notes: tuple[str, ...] = ()
    """One line each, about all of them."""
    look: GroupLook = GroupLook.PLAIN


Block = Heading | Sentence | Table | ItemGroup


def and_more(count: int, hint: str = "") -> str:
    """What stands at the end of a list that was cut; `hint` is how to ask for all of it, where one can."""
    return f"… and {count} more ({hint})" if hint else f"… and {count} more"


class Cut(NamedTuple):
    """How long lists are shown."""

    few: int | None
    """None: whole."""
    hint: str = ""
    """How to ask for them whole."""

    def first(self, entries: Sequence[_Entry]) -> Sequence[_Entry]:
        """Those that are shown."""
        return entries[: self.few]

    def items(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """The first few of `items`, and how many more there are."""
        shown = tuple(items[: self.few])
        hidden = len(items) - len(shown)
        return (*shown, Item(and_more(hidden, self.hint))) if hidden else shown

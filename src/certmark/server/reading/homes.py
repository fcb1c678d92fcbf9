"""Guidelines that a program names beside its own: those of an add-on's hosts, and of members.

`judge` looks for files of these names beside the guideline; a server has revisions, by their ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from certmark.domain.guidelines import ComponentReference, Program
from certmark.server.reading.messages import KnownGuideline


def named_elsewhere(program: Program) -> tuple[ComponentReference, ...]:
    """What stands in another guideline, whose source the program names."""
    return tuple(one for one in (*program.requires, *program.components) if one.source)


def homes_at_hand(program: Program, at_hand: Sequence[KnownGuideline]) -> tuple[KnownGuideline, ...]:
    """The guidelines that it names, each once: the revision that it pins, else the newest (`at_hand`: oldest first)."""
    found: dict[str, KnownGuideline] = {}
    for reference in named_elsewhere(program):
        identity = PurePosixPath(reference.source or "").stem
        known = [one for one in at_hand if one.id == identity]
        pinned = [one for one in known if one.sha256 == (reference.sha256 or "").lower()]
        for home in (*pinned, *known[-1:])[:1]:
            found.setdefault(home.sha256, home)
    return tuple(found.values())

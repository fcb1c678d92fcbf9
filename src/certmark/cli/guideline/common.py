"""What the verbs of `certmark guideline` share: the guideline, the chosen program, levels and counts."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.cli.console import Console
from certmark.domain.guidelines import Guideline, Level
from certmark.formats.guideline import DEFAULT, load


def loaded(path: str | None, console: Console, *, remarks: bool = False) -> Guideline:
    """The guideline, the default one for None; what is odd in it goes to stderr, all of it or its number."""
    guideline = load(DEFAULT if path is None else path)
    if remarks:
        for sentence in guideline.remarks:
            console.remark(f"{guideline.id}: {sentence}")
    elif guideline.remarks:
        console.remark(f"{guideline.id}: odd in it: {len(guideline.remarks)}; certmark guideline show tells what")
    return guideline


def levels_of(guideline: Guideline, components: Iterable[str]) -> dict[str, Level]:
    """The strongest level at which any of `components` places a capability, in the order of the document."""
    levels: dict[str, Level] = {}
    for name in components:
        component = guideline.components.get(name)
        for level, key in component.capabilities if component is not None else ():
            levels[key] = min(level, levels.get(key, level), key=lambda known: known.rank)
    return levels

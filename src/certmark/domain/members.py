"""Components of a program that stand in another guideline: its members and its hosts, and their pins.

1. A member that the guideline does not define is taken from the guideline beside it that defines it, if the program
   names a source. A capability whose key means something else here is called after the other guideline.
2. A pin is the digest of the other guideline's text. Another text is used and told: people decide what it means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from certmark.domain.guidelines import Capability, Component, ComponentReference, Guideline, Program
from certmark.domain.verdict_values import Circumstance, CircumstanceKind


def with_members(guideline: Guideline, program: Program, others: Sequence[Guideline]) -> Guideline:
    """`guideline` with those components of `program` that one of `others` defines (rule 1)."""
    components, capabilities = dict(guideline.components), dict(guideline.capabilities)
    for reference in program.components:
        home = _home(reference, others) if reference.source and reference.name not in components else None
        if home is not None:
            components[reference.name] = _taken(home, home.components[reference.name], capabilities)
    if len(components) == len(guideline.components):
        return guideline
    return guideline._replace(components=components, capabilities=capabilities)


def _taken(home: Guideline, component: Component, capabilities: dict[str, Capability]) -> Component:
    """The component as it stands in `home`; its capabilities are added to `capabilities`."""
    placements = []
    for placement in component.capabilities:
        key = placement.subject
        capability = home.capabilities.get(key)
        if capability is not None:
            if capabilities.get(key, capability).tests != capability.tests:
                key = f"{home.id}: {key}"
            capabilities.setdefault(key, capability._replace(key=key))
        placements.append(placement._replace(subject=key))
    return component._replace(capabilities=tuple(placements))


def differing_pins(guideline: Guideline, program: Program, others: Sequence[Guideline]) -> Iterator[Circumstance]:
    """What must be told of guidelines that are another text than the program names (rule 2)."""
    found = dict.fromkeys(
        f"{reference.name} of {home.id} is pinned to {reference.sha256}, and what was used has {home.sha256}"
        for reference in _elsewhere(guideline, program)
        if reference.sha256 is not None
        for home in [_home(reference, others)]
        if home is not None and home.sha256 != reference.sha256.lower()
    )
    if found:
        yield Circumstance(
            CircumstanceKind.PINS,
            "a guideline that the program names is another text than the one that it names",
            is_short=True,
            subjects=tuple(found),
        )


def homes_of(guideline: Guideline, program: Program, others: Iterable[Guideline]) -> tuple[tuple[Guideline, bool], ...]:
    """Those of `others` that may define a member or a host of `program`, each with whether the program pins it."""
    asked = [one for one in (*program.components, *program.requires) if one.name not in guideline.components]
    homes = {other: [one for one in asked if one.name in other.components] for other in others}
    return tuple(
        (home, all((one.sha256 or "").lower() == home.sha256 for one in references))
        for home, references in homes.items()
        if references
    )


def _elsewhere(guideline: Guideline, program: Program) -> Iterable[ComponentReference]:
    references = (*program.components, *program.requires, *program.optional)
    return (reference for reference in references if reference.name not in guideline.components)


def _home(reference: ComponentReference, others: Sequence[Guideline]) -> Guideline | None:
    return next((other for other in others if reference.name in other.components), None)

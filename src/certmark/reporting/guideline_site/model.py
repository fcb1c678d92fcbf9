"""What the pages of a site show, worked out once for every form."""

from __future__ import annotations

from collections.abc import Sequence

from certmark.domain.capability_histories import (
    CORE,
    GuidelineFamily,
    families_of,
    histories_of,
    is_plain_list,
)
from certmark.domain.guidelines import Guideline, ProgramKind
from certmark.reporting.guideline_site.making import PagePlaces, PartsMaker
from certmark.reporting.guideline_site.names import file_names
from certmark.reporting.guideline_site.parts import CapabilitiesOfProject, CapabilityRow, FamilyPart, GuidelineSite


def site_of(guidelines: Sequence[Guideline]) -> GuidelineSite:
    """Work it out. Guidelines of equal bytes are one; several of one id are told apart by their digest."""
    families = families_of({one.data: one for one in guidelines}.values())
    titles = _titles(families)
    histories = {one.key: one for one in histories_of(families)}
    pages = {name: f"guidelines/{word}" for name, word in file_names(titles.values()).items()}
    places = {key: f"capabilities/{word}" for key, word in file_names(histories).items()}
    maker = PartsMaker(
        PagePlaces(lambda one: titles[one.data], lambda one: pages[titles[one.data]], lambda key: places[key])
    )
    core = next((one.guidelines for one in families if one.name == CORE and not is_plain_list(one.guidelines[0])), ())
    parts = [
        FamilyPart(
            family_title(family),
            tuple(reversed([maker.guideline(one, family.guidelines, histories) for one in family.guidelines])),
        )
        for family in families
    ]
    described = tuple(maker.capability(history) for history in histories.values())
    projects: dict[str, list[CapabilityRow]] = {}
    for history in histories.values():
        row = maker.row(history.key, history.latest, core, history)
        projects.setdefault(row.project or "no project", []).append(row)
    rows = tuple(CapabilitiesOfProject(project, tuple(projects[project])) for project in sorted(projects))
    return GuidelineSite(tuple(parts), described, rows, tuple(titles[one.data] for one in core))


def _titles(families: Sequence[GuidelineFamily]) -> dict[bytes, str]:
    """By its bytes, what each guideline is called."""
    members = [one for family in families for one in family.guidelines]
    ids = [one.id for one in members]
    return {one.data: one.id if ids.count(one.id) == 1 else f"{one.id} ({one.sha256[:8]})" for one in members}


def family_title(family: GuidelineFamily) -> str:
    """What people call it."""
    first = family.guidelines[0]
    if is_plain_list(first):
        return f"List of tests {first.title or family.name}"
    if family.name == CORE:
        return "Core"
    is_add_on = any(program.kind is ProgramKind.ADD_ON for program in first.programs)
    return f"{'Add-on' if is_add_on else 'Guideline'} {family.name}"

"""Designated sections: the code of a project that a product must use."""

from __future__ import annotations

from collections.abc import Iterator

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.authoring.lint.model import GuidelineModel
from certmark.formats.guideline.fields import show


def check(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """Sections that components name and nobody defines, and the other way round (2.0); left-over keys (1.x)."""
    if not sheet.is_2:
        for section in sheet.sections:
            if "required" in section.content:
                message = f'the section of {show(section.project)} has a "required" of its own; its level says it'
                yield BrokenRule("sections/required-key", (*section.path, "required"), message)
        return
    defined = {(section.project, section.level) for section in sheet.sections}
    placed = {(found.subject, found.level) for found in sheet.section_placements}
    for found in sheet.section_placements:
        if (found.subject, found.level) not in defined:
            levels = [level.value for project, level in defined if project == found.subject]
            there = f"it is defined as {' and '.join(sorted(levels))}" if levels else "it is not defined"
            message = (
                f"component {show(found.component)}: {found.level.value} section of {show(found.subject)}: {there}"
            )
            yield BrokenRule("sections/undefined", found.path, message)
    for section in sheet.sections:
        if (section.project, section.level) not in placed:
            message = f"the {section.level.value} section of {show(section.project)} is named by no component"
            yield BrokenRule("sections/unused", section.path, message)

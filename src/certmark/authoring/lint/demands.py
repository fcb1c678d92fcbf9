"""What a guideline asks for, held against the one before it and against the same one at its approval."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.authoring.lint.model import GuidelineModel
from certmark.authoring.lint.schemas import JsonPath
from certmark.domain.guidelines import Level
from certmark.domain.phrases import some
from certmark.formats.guideline.fields import show

_MONTH = re.compile(r"(?:\d{4}\.\d{2}|next)(?=\.)")


def check_draft(before: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """What a draft takes back or composes anew; all of it may be meant, none of it should go unnoticed."""
    for key, old in before.levels.items():
        now = sheet.levels.get(key)
        if old.level is Level.REQUIRED and now is not None and now.level is Level.ADVISORY:
            message = f"{show(key)} is advisory; in {before.id} it was required"
            yield BrokenRule("process/demoted", now.path, message)
    if before.is_2 is sheet.is_2:
        yield from _programs(before, sheet)
        yield from _components(before, sheet)


def _components(before: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    for name in before.components if sheet.has("components") else ():
        if name not in sheet.components:
            message = f"the component {show(name)} of {before.id} is gone"
            yield BrokenRule("process/component-dropped", ("components",), message)


def _programs(before: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    now = compositions(sheet, of_any_date=True)
    for program, old in compositions(before, of_any_date=True).items():
        if program not in now:
            if now:
                message = f"the program {show(program)} of {before.id} is gone"
                yield BrokenRule("process/program-dropped", _place(sheet, program), message)
        elif (difference := _difference(old, now[program])) and not _has_undefined(sheet, program):
            message = f"the program {show(program)} {difference}; in {before.id} it was otherwise"
            yield BrokenRule("process/program-changed", _place(sheet, program), message)


def _has_undefined(sheet: GuidelineModel, program: str) -> bool:
    """Whether a component of it is told as undefined already."""
    own = (reference for reference in sheet.references if reference.program == program and reference.source is None)
    return any(reference.name not in sheet.components for reference in own)


def compositions(sheet: GuidelineModel, *, of_any_date: bool = False) -> Mapping[str, frozenset[str]]:
    """The components of each program, those of other guidelines included.

    `of_any_date` takes another guideline for the same whatever its month: an add-on follows its host.
    """
    found: dict[str, set[str]] = {}
    for reference in sheet.references:
        where = f" of {reference.source.rpartition('/')[2]}" if reference.source else ""
        where = _MONTH.sub("", where) if of_any_date else where
        field = "" if reference.field == "components" else f"{reference.field}: "
        found.setdefault(reference.program, set()).add(f"{field}{reference.name}{where}")
    return {program: frozenset(names) for program, names in found.items()}


def _difference(old: frozenset[str], new: frozenset[str]) -> str:
    parts = [
        f"{word} {some(sorted(map(show, names)), 3)}"
        for word, names in (("gains", new - old), ("loses", old - new))
        if names
    ]
    return " and ".join(parts)


def _place(sheet: GuidelineModel, program: str) -> JsonPath:
    for kind in ("platforms", "add-ons"):
        if program in (sheet.document.get(kind) or ()):
            return (kind, program)
    return ("platforms",) if sheet.is_2 else ("platform",)


def check_approved(before: GuidelineModel, sheet: GuidelineModel, misspelt: Collection[str]) -> Iterator[BrokenRule]:
    """D301 means more than tests: levels, programs, the cut-off and designated sections stay as they were approved.

    `misspelt` are the names of capabilities that are told already.
    """
    yield from _levels(before, sheet, misspelt)
    if before.cutoff != sheet.cutoff:
        message = f"the cut-off was {before.cutoff} at approval, and is {sheet.cutoff}"
        yield BrokenRule("process/cutoff-after-approval", (*sheet.scoring_path, "cutoff_score"), message)
    was, now = compositions(before), compositions(sheet)
    for program in dict.fromkeys((*was, *now)):
        difference = _difference(was.get(program, frozenset()), now.get(program, frozenset()))
        if difference:
            message = f"the program {show(program)} {difference} after approval"
            yield BrokenRule("process/program-after-approval", _place(sheet, program), message)
    yield from _sections(before, sheet)


def _levels(before: GuidelineModel, sheet: GuidelineModel, misspelt: Collection[str]) -> Iterator[BrokenRule]:
    was = {(placed.component, placed.subject): placed for placed in before.placements}
    now = {(placed.component, placed.subject): placed for placed in sheet.placements}
    for place in dict.fromkeys((*now, *was)):
        old, new = was.get(place), now.get(place)
        if place[1] not in misspelt and (old is None or new is None or old.level is not new.level):
            word, former = new.level.value if new else "gone", old.level.value if old else "not there"
            message = f"{show(place[1])} is {word} in {show(place[0])}; at approval it was {former}"
            path: JsonPath = new.path if new is not None else ("components", place[0])
            yield BrokenRule("process/level-after-approval", path, message)


def _sections(before: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    was = {(section.project, section.level): section for section in before.sections}
    now = {(section.project, section.level): section for section in sheet.sections}
    key = "designated_sections" if sheet.is_2 else "designated-sections"
    for place in dict.fromkeys((*now, *was)):
        old, new = was.get(place), now.get(place)
        if old is None or new is None or old.content != new.content:
            what = "is new" if old is None else "is gone" if new is None else "has another text"
            message = f"the {place[1].value} section of {show(place[0])} {what}; it was approved otherwise"
            yield BrokenRule("process/section-after-approval", new.path if new is not None else (key,), message)

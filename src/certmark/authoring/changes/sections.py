"""Designated sections: a project's code at a level.

1. A section is not required that was not advisory in the guideline before (A3.2).
2. What the guideline before required is deprecated first (A3.1).
3. In a guideline that is approved sections stay (D1.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from certmark.authoring.changes.editable import LEVELS, EditableGuideline, EditPlan, Forbidden
from certmark.authoring.changes.levels import placed_at
from certmark.authoring.edits.operations import (
    EditOperation,
    InsertKey,
    RemoveItem,
    RemoveKey,
    RenameKey,
    put,
    value_at,
)
from certmark.authoring.lint.model import GuidelineModel, as_object
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Level


@dataclass(frozen=True, kw_only=True)
class PlaceSection:
    """The section of a project at this level, with this guidance; it leaves the level that it had."""

    project: str
    level: Level
    guidance: str | None = None
    """None: as it is; a new section needs one."""
    component: str | None = None
    """None: those that name the project, else the only one."""

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As the rules above have it."""
        guideline.check_draft("its designated sections are what was approved", "D1.1")
        self._check(guideline)
        remarks = (self._remark(guideline),)
        if not guideline.model.is_2:
            return EditPlan(tuple(self._by_level(guideline)), remarks)
        return EditPlan((*self._by_project(guideline), *self._placements(guideline)), remarks)

    def _remark(self, guideline: EditableGuideline) -> str:
        old = _level_in(guideline.model, self.project)
        if old is self.level:
            return f"the section of {self.project} stays {old.value}, with this guidance"
        return f"the section of {self.project}: {'new' if old is None else old.value} → {self.level.value}"

    def _check(self, guideline: EditableGuideline) -> None:
        if guideline.predecessor is None or self.level is Level.INFORMATIONAL:
            return
        former = _level_in(guideline.predecessor, self.project)
        before = guideline.predecessor.id
        if self.level is Level.REQUIRED and former not in {Level.REQUIRED, Level.ADVISORY, Level.DEPRECATED}:
            was = "not there" if former is None else former.value
            raise Forbidden(
                f"the section of {self.project} was {was} in {before}; it must be advisory before it is required "
                f"({guideline.clause('A3.2')})"
            )
        if self.level is Level.REMOVED and former is Level.REQUIRED:
            raise Forbidden(
                f"the section of {self.project} was required in {before}; it must be deprecated there before it can "
                f"go ({guideline.clause('A3.1')})"
            )

    def _content(self, known: Any) -> dict[str, Any]:
        content = dict(as_object(known))
        if self.guidance is not None:
            content["guidance"] = self.guidance
        if not content.get("guidance"):
            raise InvalidRequest(f"the section of {self.project} is new here; say what it designates")
        return content if "sections" in content else {**content, "sections": {}}

    def _by_project(self, guideline: EditableGuideline) -> Iterator[EditOperation]:
        """Since 2.0: by project, then by level."""
        top = ("designated_sections",)
        path = (*top, self.project)
        levels = as_object(value_at(guideline.document, path)) if guideline.has(path) else {}
        old = next((word for word in levels if word in LEVELS and word != self.level.value), None)
        if not guideline.has(top):
            yield InsertKey((), "designated_sections", {self.project: {self.level.value: self._content({})}})
        elif not levels:
            yield InsertKey(top, self.project, {self.level.value: self._content({})})
        elif self.level.value in levels:
            yield from self._reworded((*path, self.level.value), guideline)
        else:
            content = self._content(levels[old] if old is not None else {})
            if old is None:
                yield InsertKey(path, self.level.value, content, LEVELS)
                return
            if self.guidance is not None:
                yield put(guideline.document, (*path, old, "guidance"), self.guidance)
            yield RenameKey((*path, old), self.level.value)

    def _by_level(self, guideline: EditableGuideline) -> Iterator[EditOperation]:
        """Schemas 1.x: by level, then by project."""
        top = ("designated-sections",)
        found = next((one for one in guideline.model.sections if one.project == self.project), None)
        content = self._content(found.content if found is not None else {})
        if found is not None and found.level is self.level:
            yield from self._reworded(found.path, guideline)
            return
        if found is not None:
            yield RemoveKey(found.path)
        if guideline.has((*top, self.level.value)):
            yield InsertKey((*top, self.level.value), self.project, content)
        else:
            yield InsertKey(top, self.level.value, {self.project: content}, LEVELS)

    def _reworded(self, path: tuple[str | int, ...], guideline: EditableGuideline) -> Iterator[EditOperation]:
        if self.guidance is None:
            raise InvalidRequest(f"the section of {self.project} is {self.level.value} already")
        yield put(guideline.document, (*path, "guidance"), self.guidance)

    def _placements(self, guideline: EditableGuideline) -> Iterator[EditOperation]:
        placed = [one for one in guideline.model.section_placements if one.subject == self.project]
        for one in placed:
            if one.level is not self.level:
                yield RemoveItem(one.path[:-1], self.project)
        known = {one.component for one in placed}
        at_level = {one.component for one in placed if one.level is self.level}
        wanted = {self.component} if self.component is not None else known or {guideline.component(None)}
        for component in sorted(map(guideline.component, wanted)):
            if component not in at_level:
                yield from placed_at(guideline, component, self.level, self.project, "designated_sections")


def _level_in(model: GuidelineModel, project: str) -> Level | None:
    levels = [section.level for section in model.sections if section.project == project]
    return min(levels, key=lambda level: level.rank, default=None)

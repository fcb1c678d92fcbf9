"""Capabilities from one requirement level to another.

The way of a capability is advisory, required, deprecated, removed:

1. Nothing is required that was not advisory in the guideline before (A4.6), that scores below the cut-off (A4.4),
   that needs an administrator, or that has no test that counts.
2. What the guideline before required is deprecated first; it goes no earlier than in the one after that (A4.5).
3. A step of the draft's own may be taken back.
4. Levels are what was approved (D1.1): in a guideline that is approved they stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from certmark.authoring.changes.editable import CAPABILITY_KEYS, LEVELS, EditableGuideline, EditPlan, Forbidden
from certmark.authoring.edits.operations import (
    AddItem,
    EditOperation,
    InsertKey,
    RemoveItem,
    RemoveKey,
    put,
)
from certmark.authoring.lint.model import CapabilityModel, Placed
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Level

_STAYS = "its levels are what was approved; change them in the next guideline"


@dataclass(frozen=True)
class Promote:
    """From advisory to required; back to advisory from removed, back to required from deprecated."""

    capability: str
    component: str | None = None
    """None: wherever it stands."""

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As rules 1, 3 and 4 have it."""
        guideline.check_draft(_STAYS, "D1.1")
        capability = guideline.capability(self.capability)
        places = _places(guideline, self.capability, self.component)
        level = places[0].level
        if level is Level.REQUIRED:
            raise InvalidRequest(f"{self.capability} is required already")
        if level is Level.REMOVED:
            return _move(guideline, places, Level.ADVISORY)
        remarks = tuple(_may_be_required(guideline, capability))
        if guideline.month is None:
            remarks = (*remarks, "since when it is required is written when a guideline is cut from this working copy")
        return _move(guideline, places, Level.REQUIRED, also=tuple(_since(guideline, capability)), remarks=remarks)


@dataclass(frozen=True)
class Demote:
    """From required back to advisory, where the guideline before did not require it."""

    capability: str
    component: str | None = None

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As rules 2 to 4 have it."""
        guideline.check_draft(_STAYS, "D1.1")
        capability = guideline.capability(self.capability)
        places = _at(_places(guideline, self.capability, self.component), Level.REQUIRED, self.capability)
        if guideline.former_level(self.capability) in {Level.REQUIRED, Level.DEPRECATED}:
            raise Forbidden(
                f"{self.capability} was required in {_former(guideline)}; what was required is deprecated, "
                f"and goes with the guideline after this one ({guideline.clause('A4.5')})"
            )
        path = (*capability.path, guideline.since_key)
        undated: tuple[EditOperation, ...] = (RemoveKey(path),) if guideline.has(path) else ()
        return _move(guideline, places, Level.ADVISORY, also=undated, remarks=tuple(_unknown_before(guideline)))


@dataclass(frozen=True)
class Deprecate:
    """From required or advisory to deprecated: it no longer weighs, and goes with the guideline after this one."""

    capability: str
    component: str | None = None

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As rules 2 and 4 have it."""
        guideline.check_draft(_STAYS, "D1.1")
        guideline.capability(self.capability)
        places = _places(guideline, self.capability, self.component)
        if places[0].level not in {Level.REQUIRED, Level.ADVISORY}:
            raise InvalidRequest(
                f"{self.capability} is {places[0].level.value}; only what is asked for can be deprecated"
            )
        return _move(guideline, places, Level.DEPRECATED)


@dataclass(frozen=True)
class Remove:
    """From deprecated or advisory to removed; what is new in this draft, or removed since the last, goes altogether."""

    capability: str
    component: str | None = None

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As rules 2 to 4 have it."""
        guideline.check_draft(_STAYS, "D1.1")
        capability = guideline.capability(self.capability)
        if all(placed.subject != self.capability for placed in guideline.model.placements):
            return EditPlan((RemoveKey(capability.path),), ("no component named it; it goes with its tests",))
        places = _places(guideline, self.capability, self.component)
        former = guideline.former_level(self.capability)
        level = places[0].level
        if former is Level.REQUIRED or (level is Level.REQUIRED and former is not None):
            raise Forbidden(
                f"{self.capability} was {former.value} in {_former(guideline)}; it must be deprecated there "
                f"before it can go ({guideline.clause('A4.5')})"
            )
        if level is Level.REQUIRED:
            raise Forbidden(f"{self.capability} is required; it must be deprecated first ({guideline.clause('A4.5')})")
        is_over = level is Level.REMOVED or (former is None and guideline.predecessor is not None)
        if not is_over:
            return _move(guideline, places, Level.REMOVED, remarks=tuple(_unknown_before(guideline)))
        listed = [placed for placed in guideline.model.placements if placed.subject == self.capability]
        gone: list[EditOperation] = [RemoveItem(placed.path[:-1], self.capability) for placed in listed]
        since = [("components", placed.component, "since", self.capability) for placed in listed]
        gone += [RemoveKey(path) for path in since if guideline.has(path)]
        return EditPlan((*gone, RemoveKey(capability.path)), ("it goes altogether, with its tests",))


def _former(guideline: EditableGuideline) -> str:
    return "the guideline before" if guideline.predecessor is None else guideline.predecessor.id


def _unknown_before(guideline: EditableGuideline) -> Iterator[str]:
    if guideline.predecessor is None:
        yield "the guideline before is not at hand: whether the process allows this was not checked against it"


def _places(guideline: EditableGuideline, key: str, component: str | None) -> list[Placed]:
    """Where a capability stands, all at one level. Raises InvalidRequest."""
    wanted = None if component is None else guideline.component(component)
    found = [one for one in guideline.model.placements if one.subject == key and wanted in {None, one.component}]
    if not found:
        raise InvalidRequest(f"no component{f' {component}' if component else ''} of {guideline.id} names {key}")
    if len({placed.level for placed in found}) > 1:
        where = " and ".join(f"{placed.level.value} in {placed.component}" for placed in found)
        raise InvalidRequest(f"{key} is {where}; name one component")
    return found


def _at(places: list[Placed], level: Level, key: str) -> list[Placed]:
    if places[0].level is not level:
        raise InvalidRequest(f"{key} is {places[0].level.value}, not {level.value}")
    return places


def _move(
    guideline: EditableGuideline,
    places: list[Placed],
    level: Level,
    *,
    also: tuple[EditOperation, ...] = (),
    remarks: tuple[str, ...] = (),
) -> EditPlan:
    """From where it stands to `level`, and what else that brings; the author is told what moved."""
    where = " and ".join(placed.component for placed in places)
    moved = f"{places[0].subject}: {places[0].level.value} → {level.value} in {where}"
    return EditPlan((*_moved(guideline, places, level), *also), (moved, *remarks))


def _moved(guideline: EditableGuideline, places: list[Placed], level: Level) -> Iterator[EditOperation]:
    for placed in places:
        yield RemoveItem(placed.path[:-1], placed.subject)
        yield from placed_at(guideline, placed.component, level, placed.subject)
        since = ("components", placed.component, "since")
        if guideline.has(since) and guideline.month is not None:
            yield put(guideline.document, (*since, placed.subject), guideline.id)


def placed_at(
    guideline: EditableGuideline, component: str, level: Level, subject: str, kind: str = "capabilities"
) -> Iterator[EditOperation]:
    """What lists something at a level of a component."""
    lists = guideline.levels_path(component, kind)
    if guideline.has((*lists, level.value)):
        yield AddItem((*lists, level.value), subject)
    elif guideline.has(lists):
        yield InsertKey(lists, level.value, [subject], LEVELS)
    else:
        yield InsertKey(lists[:-1], str(lists[-1]), {level.value: [subject]})


def _since(guideline: EditableGuideline, capability: CapabilityModel) -> Iterator[EditOperation]:
    """The month since which it is required: this guideline's."""
    path = (*capability.path, guideline.since_key)
    if guideline.month is not None and capability.content.get(guideline.since_key) != guideline.month:
        former = guideline.former_level(capability.key)
        if former not in {Level.REQUIRED, Level.DEPRECATED}:
            yield put(guideline.document, path, guideline.month, CAPABILITY_KEYS)


def _may_be_required(guideline: EditableGuideline, capability: CapabilityModel) -> Iterator[str]:
    """Rule 1. Raises Forbidden; gives what could not be checked."""
    key, former = capability.key, guideline.former_level(capability.key)
    yield from _unknown_before(guideline)
    if guideline.predecessor is not None and former not in {Level.ADVISORY, Level.REQUIRED, Level.DEPRECATED}:
        was = "not there" if former is None else former.value
        raise Forbidden(
            f"{key} was {was} in {_former(guideline)}; it must be advisory in one guideline before it is required "
            f"in the next ({guideline.clause('A4.6')})"
        )
    if capability.content.get("admin") is True:
        raise Forbidden(f"{key} needs an administrator, and no such capability is required")
    counting = [test for test in capability.tests if not capability.is_flagged(test)]
    if not counting:
        raise Forbidden(f"{key} has no test that counts; nothing of it would be tested")
    yield from _score(guideline, capability)


def _score(guideline: EditableGuideline, capability: CapabilityModel) -> Iterator[str]:
    has_marks = isinstance(capability.content.get("achievements"), list)
    points, cutoff = guideline.model.score(capability.key) if has_marks else None, guideline.model.cutoff
    if points is None or cutoff is None:
        missing = "it has no marks" if points is None else f"{guideline.id} has no cut-off"
        yield f"{missing}: whether it scores enough was not checked"
    elif points < cutoff:
        raise Forbidden(
            f"{capability.key} scores {points}, below the cut-off of {cutoff}; score it anew, or leave it advisory "
            f"({guideline.clause('A4.4')})"
        )

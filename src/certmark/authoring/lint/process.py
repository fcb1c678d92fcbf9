"""Process: what a guideline may change against the one before it (2017A, clauses A3 and A4; HACKING, D3xx)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.authoring.lint.demands import check_approved, check_draft
from certmark.authoring.lint.history import RevisionHistory
from certmark.authoring.lint.model import Entry, GuidelineModel, Placed, modern_name
from certmark.authoring.lint.near_names import misspelt_capabilities
from certmark.authoring.lint.schemas import JsonPath
from certmark.domain.guidelines import Level
from certmark.formats.guideline.fields import show

_SETTLED = ("approved", "superseded")


def check(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    """What `sheet` changes that it may not, held against its predecessor or its own earlier revision."""
    former = (history.predecessor(sheet), history.revision(sheet))
    for before in former:
        if before is not None and "1.0" not in {sheet.schema, before.schema}:
            yield from _held_against(before, sheet, history)
    newest = history.newest(sheet) if sheet.is_next else None
    if newest is not None and newest.status == "approved":
        yield from _unmarked(newest, sheet)


def _held_against(before: GuidelineModel, sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    if before.id == sheet.id and sheet.is_next:
        return  # a working copy may change as it likes until a draft is cut from it
    if before.id == sheet.id:
        slips = misspelt_capabilities(sheet, history).values()
        yield from _since_revision(before, sheet, {word for slip in slips for word in (slip.wrong, slip.meant)})
    elif sheet.is_next:
        yield from _back_steps(before, sheet)
        yield from _former_names(before, sheet)
        yield from _at_once(before, sheet)
    else:
        yield from _at_once(before, sheet)
        if sheet.has("components"):
            yield from _removed(before, sheet, history)
        if sheet.has("designated_sections" if sheet.is_2 else "designated-sections"):
            yield from _sections(before, sheet)
        yield from check_draft(before, sheet)
    yield from _weights(before, sheet)


def _at_once(before: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """A4.6: nothing is required that was not advisory."""
    for placed in sheet.required:
        old = before.levels.get(placed.subject)
        if old is None or old.level not in {Level.REQUIRED, Level.ADVISORY}:
            was = "not there" if old is None else old.level.value
            message = f"{show(placed.subject)} is required; in {before.id} it was {was}, and must be advisory first"
            yield BrokenRule("process/required-at-once", placed.path, message)


def _removed(before: GuidelineModel, sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    """A4.5: nothing goes that was not deprecated; what is misspelt has not gone."""
    misspelt = {slip.meant for slip in misspelt_capabilities(sheet, history).values()}
    for key, old in before.levels.items():
        now = sheet.levels.get(key)
        gone = (now is None and key not in misspelt) or (now is not None and now.level is Level.REMOVED)
        if gone and old.level is Level.REQUIRED and key in before.capabilities:
            how = "in no component" if key in sheet.capabilities else "gone"
            how = how if now is None else "removed"
            message = f"{show(key)} is {how}; in {before.id} it was required, and must be deprecated first"
            here: JsonPath = ("capabilities", key) if key in sheet.capabilities else ("components",)
            yield BrokenRule("process/removed-at-once", now.path if now is not None else here, message)


def _sections(before: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """A3.2 and A3.1, the same for designated sections."""
    then, now = _section_levels(before), _section_levels(sheet)
    paths = {section.project: section.path for section in sheet.sections}
    for project, level in now.items():
        old = then.get(project)
        if level is Level.REQUIRED and old not in {Level.REQUIRED, Level.ADVISORY}:
            was = "not there" if old is None else old.value
            message = f"the section of {show(project)} is required; in {before.id} it was {was}"
            yield BrokenRule("process/section-at-once", paths[project], message)
    for project, level in then.items():
        if level is Level.REQUIRED and now.get(project) in {None, Level.REMOVED}:
            message = f"the section of {show(project)} went; in {before.id} it was required, and never deprecated"
            path = paths.get(project, ("designated_sections" if sheet.is_2 else "designated-sections",))
            yield BrokenRule("process/section-dropped", path, message)


def _section_levels(sheet: GuidelineModel) -> dict[str, Level]:
    levels: dict[str, Level] = {}
    for section in sheet.sections:
        known = levels.get(section.project, section.level)
        levels[section.project] = min(known, section.level, key=lambda level: level.rank)
    return levels


def _back_steps(newest: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """A working copy that would undo what a dated guideline did meanwhile."""
    now = {(modern_name(placed.component), placed.subject): placed for placed in sheet.placements}
    for placed in newest.placements:
        if placed.subject in newest.capabilities and placed.level in {Level.REQUIRED, Level.ADVISORY}:
            here = now.get((modern_name(placed.component), placed.subject))
            if here is None or here.level.rank > placed.level.rank:
                where = f"{show(placed.subject)} is {_word(here)} in {show(placed.component)}"
                message = f"{where}; in {newest.id} it is {placed.level.value} already"
                yield BrokenRule("process/next-regresses", here.path if here is not None else ("components",), message)


def _former_names(newest: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    names: dict[str, str] = {test.uuid: test.name for test in newest.tests if test.uuid is not None}
    for name, entries in sheet.names.items():
        new = names.get(entries[0].uuid or "")
        if new is not None and new != name and name not in newest.names:
            message = f"{show(name)} is called {show(new)} in {newest.id}"
            yield BrokenRule("process/next-old-name", entries[0].path, message)


def _unmarked(newest: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """D300 and D308: what is flagged in the newest approved guideline and will not be solved is flagged here, too."""
    for name, entries in sheet.names.items():
        marked = [test for test in newest.names.get(name, ()) if newest.capabilities[test.capability].is_flagged(test)]
        if marked and not any(sheet.capabilities[test.capability].is_flagged(test) for test in entries):
            message = f"{show(name)} is flagged in {newest.id} and not here; is that going to be solved?"
            yield BrokenRule("flags/not-in-next", entries[0].path, message)


def _word(placed: Placed | None) -> str:
    return "missing" if placed is None else placed.level.value


def _weights(before: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """A4.3: weights are fixed when the draft is published."""
    changed = [
        f"{show(key)} {before.weights.get(key, 'new')} to {sheet.weights.get(key, 'none')}"
        for key in dict.fromkeys((*before.weights, *sheet.weights))
        if before.weights.get(key) != sheet.weights.get(key)
    ]
    if changed and sheet.criteria:
        same = before.id == sheet.id
        rule = "process/weights-after-draft" if same else "process/weights-changed"
        than = "its earlier revision" if same else before.id
        yield BrokenRule(rule, (*sheet.scoring_path, "criteria"), f"other weights than {than}: {', '.join(changed)}")


def _since_revision(before: GuidelineModel, sheet: GuidelineModel, misspelt: Collection[str]) -> Iterator[BrokenRule]:
    """D301 and D311: after approval tests stay as they are, and flags stay."""
    if before.status not in _SETTLED:
        return
    yield from check_approved(before, sheet, misspelt)
    then = {(test.capability, test.name): test for test in before.tests}
    now = {(test.capability, test.name): test for test in sheet.tests}
    for place, test in now.items():
        if place not in then:
            message = f"{show(test.name)} was added to {show(test.capability)} after approval"
            yield BrokenRule("process/test-added", test.path, message)
        else:
            yield from _same_test(then[place], test, before, sheet)
    for place, test in then.items():
        if place not in now:
            known = sheet.capabilities.get(test.capability)
            path = known.path if known is not None else ("capabilities",)
            message = f"{show(test.name)} was taken out of {show(test.capability)} after approval; flag it instead"
            yield BrokenRule("process/test-removed", path, message)


def _same_test(old: Entry, test: Entry, before: GuidelineModel, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    if old.uuid != test.uuid and (test.uuid is not None or test.written_id is None):  # one of no form is told as such
        yield BrokenRule("process/test-changed", test.path, f"{show(test.name)} got another id after approval")
    was_flagged = before.capabilities[old.capability].is_flagged(old)
    if was_flagged and not sheet.capabilities[test.capability].is_flagged(test):
        message = f"the flag of {show(test.name)} was taken away; it stays until the next guideline"
        yield BrokenRule("process/unflagged", test.path, message)

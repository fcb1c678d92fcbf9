"""References: what one part of a guideline says of another, or of another guideline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.authoring.lint.history import RevisionHistory
from certmark.authoring.lint.model import Entry, GuidelineModel, Placed, Reference, as_object, text_of, texts
from certmark.authoring.lint.near_names import Slip, misspelt_capabilities, undefined
from certmark.authoring.lint.schemas import JsonPath
from certmark.domain.guidelines import Level
from certmark.formats.errors import excerpt
from certmark.formats.guideline.fields import meant_by, show

_NAMED_FOR_ITS_ID = re.compile(r"([a-z][a-z0-9_-]*\.)?(\d{4}\.\d{2}|next)(\.|\Z)", re.ASCII)
_MOST_TOLD = 20
"""Criteria that a message lists; there are twelve."""
_PAGE = re.compile(r"https?://opendev\.org/[^/]+/[^/]+/(?!raw/|src/)[^?#]*\.json\Z", re.ASCII)


def check(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    """References into nothing, and parts that contradict each other."""
    yield from _of_itself(sheet, history)
    yield from _of_programs(sheet, history)
    slips = misspelt_capabilities(sheet, history)
    yield from _of_placements(sheet, slips)
    yield from _of_capabilities(sheet, slips, history.predecessor(sheet))
    yield from _of_repositories(sheet)


def _of_itself(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    if sheet.schema != "1.0" and sheet.id != sheet.base and _NAMED_FOR_ITS_ID.match(sheet.base):
        message = f"its id is {excerpt(sheet.id)}, and the file is called {show(sheet.base)}"
        yield BrokenRule("references/id-and-file", (*sheet.meta_path, "id"), message)
    source = (text_of(sheet.meta.get("source")) or "").rpartition("/")[2]
    own = {f"{sheet.base}.json"} if _NAMED_FOR_ITS_ID.match(sheet.base) else {f"{sheet.id}.json", f"{sheet.base}.json"}
    if source.endswith(".json") and source not in own:
        message = f"its source is {show(source)}, another file"
        yield BrokenRule("references/own-source", (*sheet.meta_path, "source"), message)
    if sheet.line is None or sheet.month is None:
        return
    if sheet.replaces is None:
        yield BrokenRule("references/no-replaces", sheet.approval_path, "it does not say which guideline it replaces")
    elif history.named(sheet.replaces) is None and (before := history.predecessor(sheet)) is not None:
        message = f"there is no {excerpt(sheet.replaces)}; the guideline before it is {show(before.base)}"
        yield BrokenRule("references/wrong-replaces", (*sheet.approval_path, "replaces"), message)
    elif history.named(sheet.replaces) is None:
        message = f"the guideline that it replaces, {excerpt(sheet.replaces)}, is not at hand"
        yield BrokenRule("references/unknown-replaces", (*sheet.approval_path, "replaces"), message)
    elif (replaced := history.named(sheet.replaces)) and (replaced.month or sheet.month) >= sheet.month:
        message = f"it replaces {show(sheet.replaces)}, which is no earlier guideline"
        yield BrokenRule("references/wrong-replaces", (*sheet.approval_path, "replaces"), message)


def _of_programs(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    if sheet.schema == "1.0":
        return
    if not sheet.references:
        kinds = "platforms or add-ons" if sheet.is_2 else "platform"
        yield BrokenRule("references/no-program", (), f"it defines no program ({kinds})")
    for reference in sheet.references:
        yield from _of_reference(reference, sheet, history)


def _of_reference(reference: Reference, sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    name = show(reference.name)
    if reference.source is None:
        if reference.name not in sheet.components:
            meant = meant_by(reference.name, sheet.components)
            hint = f"; {show(meant)} is meant, perhaps" if meant is not None else ""
            message = f'program "{show(reference.program)}" names the component {name}, which is not defined{hint}'
            place = (*reference.path, "name") if sheet.is_2 else reference.path
            if sheet.has("components"):
                yield BrokenRule("references/undefined-component", place, message)
        return
    path = (*reference.path, "source")
    if _PAGE.match(reference.source):
        message = f"{show(reference.source)} is no address of a file there; it needs raw/branch/… after the repository"
        yield BrokenRule("references/unreachable-source", path, message)
    other = history.file(reference.source.rpartition("/")[2])
    if other is not None and reference.name not in other.components:
        known = ", ".join(map(show, list(other.components)[:5]))
        message = f"{show(other.base)} has no component {name}; it has {known}"
        yield BrokenRule("references/not-in-source", path, message)


def _of_placements(sheet: GuidelineModel, slips: Mapping[str, Slip]) -> Iterator[BrokenRule]:
    named_otherwise = {slip.meant for slip in slips.values() if slip.is_definition}
    known = {*slips, *named_otherwise} if sheet.has("capabilities") else {placed.subject for placed in sheet.placements}
    inside: dict[tuple[str, str], Placed] = {}
    across: dict[str, Placed] = {}
    for placed in sheet.placements:
        if undefined(placed, sheet) and placed.subject not in known:
            what = f"{placed.level.value} capability {show(placed.subject)}"
            message = f"component {show(placed.component)}: {what} is not defined"
            yield BrokenRule("references/undefined-capability", placed.path, message)
        first = inside.setdefault((placed.component, placed.subject), placed)
        other = across.setdefault(placed.subject, placed)
        if first is not placed and first.level is not placed.level:
            message = f"{show(placed.subject)} is {first.level.value} and {placed.level.value} in one component"
            yield BrokenRule("references/two-levels", placed.path, message)
        elif other.level is not placed.level:
            message = (
                f"{show(placed.subject)} is {placed.level.value} in {show(placed.component)}"
                f" and {other.level.value} in {show(other.component)}"
            )
            yield BrokenRule("references/levels-differ", placed.path, message)
    if sheet.placements and not any(placed.level is Level.REQUIRED for placed in sheet.placements):
        yield BrokenRule("references/nothing-required", ("components",), "nothing is required; everybody would pass")


def _of_capabilities(
    sheet: GuidelineModel, slips: Mapping[str, Slip], before: GuidelineModel | None
) -> Iterator[BrokenRule]:
    placed = sheet.levels
    told = {word for slip in slips.values() for word in (slip.wrong, slip.meant)}
    if before is not None and not sheet.is_next:  # what was required and went is told by the process's rule
        told |= {key for key, old in before.levels.items() if old.level is Level.REQUIRED}
    for key, capability in sheet.capabilities.items():
        name = show(key)
        if sheet.components and key not in placed and key not in told:
            yield BrokenRule("references/orphan", capability.path, f"capability {name} is in no component")
        said = text_of(capability.content.get("status"))
        if said is not None and key in placed and said != placed[key].level.value:
            message = f"capability {name} says {show(said)}; the components say {placed[key].level.value}"
            yield BrokenRule("references/status-disagrees", (*capability.path, "status"), message)
        if not capability.tests:
            demanded = key in placed and placed[key].level is Level.REQUIRED
            rule = "references/required-without-tests" if demanded else "references/without-tests"
            yield BrokenRule(rule, capability.path, f"{'required ' if demanded else ''}capability {name} has no test")
        elif key in placed and placed[key].level is Level.REQUIRED and all(map(_is_negative, capability.tests)):
            message = f"all tests of {name} are negative: they show what is refused, and not that it works"
            yield BrokenRule("references/negative-only", capability.path, message)
        yield from _achievements(sheet, key, capability.path)


def _achievements(sheet: GuidelineModel, key: str, path: JsonPath) -> Iterator[BrokenRule]:
    content = sheet.capabilities[key].content
    criteria = sheet.criteria
    known = ", ".join(map(show, list(criteria)[:_MOST_TOLD]))
    for spelling in ("achievements", "acheivements"):
        for number, word in enumerate(texts(content.get(spelling))):
            if word and criteria and word not in criteria:
                meant = meant_by(word, criteria)
                hint = f"; {show(meant)} is meant, perhaps" if meant is not None else f"; known are {known}"
                message = f"{show(key)}: there is no criterion {excerpt(word)}{hint}"
                yield BrokenRule("references/unknown-criterion", (*path, spelling, number), message)


def _is_negative(test: Entry) -> bool:
    return "negative" in test.name.lower()


def _of_repositories(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    key = "test_repositories" if sheet.is_2 else "test-repositories"
    for name, content in as_object(sheet.document.get(key)).items():
        address = text_of(as_object(content).get("repository" if sheet.is_2 else "url")) or ""
        called = address.rstrip("/").rpartition("/")[2].removesuffix(".git")
        if called and called != name:
            message = f"the repository is called {show(name)} here; its address ends in {show(called)}"
            yield BrokenRule("references/repository", (key, name), message)

"""Names that are nearly right: of capabilities, tests and projects, held against what is known.

What is known are the document's own other parts, the guideline before it, and a suite where one is at hand.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from certmark.authoring.lint.broken_rules import BrokenRule, Edit
from certmark.authoring.lint.entries import is_name
from certmark.authoring.lint.history import RevisionHistory, SuiteNames
from certmark.authoring.lint.model import Entry, GuidelineModel, Placed, text_of
from certmark.authoring.lint.openstack import projects
from certmark.authoring.lint.schemas import JsonPath
from certmark.domain.guidelines import Level
from certmark.domain.phrases import some
from certmark.formats.guideline.fields import meant_by, show

_MOST = 50
"""Names of one document that are compared with all others; nobody misspells more."""
_FEWEST_SIBLINGS = 3


def check(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    """Misspelt capabilities, odd characters, tests that the guideline before or the suite knows otherwise, projects."""
    slips = misspelt_capabilities(sheet, history)
    for slip in slips.values():
        yield from _of_capability(slip, sheet)
    for key, capability in sheet.capabilities.items():
        if key not in slips:
            yield from look_alikes(key, capability.path)
    yield from _of_tests(sheet, history)
    yield from _of_projects(sheet, history.predecessor(sheet))


class Slip(NamedTuple):
    """A capability that is called otherwise in one place than in another."""

    wrong: str
    meant: str
    is_definition: bool
    """Whether the wrong name is that of the definition."""


def misspelt_capabilities(sheet: GuidelineModel, history: RevisionHistory) -> Mapping[str, Slip]:
    """By the wrong name: names in components that nobody defines and that are like one that is defined."""
    known = history.slips.get(sheet)
    if known is None:
        known = history.slips[sheet] = {slip.wrong: slip for slip in _slips(sheet, history.predecessor(sheet))}
    return known


def _slips(sheet: GuidelineModel, before: GuidelineModel | None) -> Iterator[Slip]:
    if "capabilities" not in sheet.document:
        return
    lost = [name for name, placed in sheet.levels.items() if undefined(placed, sheet)]
    orphans = [key for key in sheet.capabilities if key not in sheet.levels]
    for name in lost[:_MOST]:
        meant = _near(name, orphans) or _near(name, sheet.capabilities)
        if meant is None:
            continue
        if meant in orphans and before is not None and name in before.capabilities and meant not in before.capabilities:
            yield Slip(meant, name, is_definition=True)
        else:
            yield Slip(name, meant, is_definition=False)


def _near(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is meant by `name`; another number is no slip of the pen (volumes-v2 and volumes-v3)."""
    digits = re.sub(r"\D", "", name)
    return meant_by(name, (one for one in known if re.sub(r"\D", "", one) == digits))


def _of_capability(slip: Slip, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    message = f'{show(slip.wrong)} is written for "{show(slip.meant)}"{_odd(slip.wrong)}'
    rule, new = "references/misspelt-capability", json.dumps(slip.meant, ensure_ascii=False)
    if slip.is_definition:
        path: JsonPath = ("capabilities", slip.wrong)
        yield BrokenRule(rule, path, message, Edit(path, on_key=True, new=new))
        return
    for placed in sheet.placements:
        if placed.subject == slip.wrong:
            yield BrokenRule(rule, placed.path, message, Edit(placed.path, on_key=False, new=new))


def _odd(name: str) -> str:
    odd = _odd_characters(name)
    return f": it has {odd}" if odd else ""


def _odd_characters(name: str) -> str:
    """The characters of `name` that are not of ASCII, by number and name."""
    odd = dict.fromkeys(character for character in name if not character.isascii())
    return some([f"U+{ord(one):04X} {unicodedata.name(one, 'without a name')}" for one in odd], 3)


def look_alikes(name: str, path: JsonPath) -> Iterator[BrokenRule]:
    """A name of a program or a person's sentence may have any; one that machines compare has letters of ASCII."""
    if name.isascii():
        return
    if " " in name:  # a sentence: only what cannot be seen
        name = "".join(one for one in name if unicodedata.category(one) in {"Cf", "Zs", "Zl", "Zp"} and one != " ")
    odd = _odd_characters(name)
    if odd:
        yield BrokenRule("structure/look-alike", path, f"the name has {odd}, which no other name will equal")


# Tests


def _of_tests(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    before, suite = history.predecessor(sheet), history.around.suite
    former = None if before is None or before.id == sheet.id else _FormerTests(before, sheet)
    for name, entries in sheet.names.items():
        test = entries[0]
        yield from look_alikes(name, test.path)
        if not name.isascii() or not (is_name(name) or sheet.is_3):
            continue
        if former is not None:
            yield from former.compare(name, entries)
        if suite is not None:
            yield from against_suite(name, test.uuid, suite, (test.path, (*test.path, "idempotent_id")), test.aliases)


class _FormerTests:
    """The tests of the guideline before, and those of them that are gone by name."""

    def __init__(self, before: GuidelineModel, sheet: GuidelineModel) -> None:
        self.before = before
        self.renames = not sheet.is_next  # a working copy has a rule of its own
        self.gone = {name: entries[0].uuid for name, entries in before.names.items() if name not in sheet.names}
        self.names: dict[str | None, str] = {uuid: name for name, uuid in self.gone.items() if uuid is not None}
        self.compared = 0

    def compare(self, name: str, entries: list[Entry]) -> Iterator[BrokenRule]:
        """A test under another id, in one more capability, or under another name than before."""
        test, before = entries[0], self.before
        if name in before.names:
            yield from _other_id(test, before.names[name][0], before)
            yield from _second_place(entries, before.names[name], before)
            return
        former = self.names.get(test.uuid)
        if former is not None and self.renames:
            if not any(former in entry.aliases for entry in entries):
                message = f"the id of {show(name)} stands under {show(former)} in {before.id}; make that an alias"
                yield BrokenRule("ids/renamed", test.path, message)
        elif self.renames and self.gone and self.compared < _MOST:
            self.compared += 1
            meant = _near(name, self.gone)
            if meant is not None:
                message = f"{show(name)} is not in {before.id}, which has {show(meant)}; which of them is meant?"
                yield BrokenRule("ids/renamed", test.path, message)


def _other_id(test: Entry, old: Entry, before: GuidelineModel) -> Iterator[BrokenRule]:
    if test.uuid is not None and old.uuid is not None and test.uuid != old.uuid:
        message = f"{show(test.name)} has id-{old.uuid} in {before.id}; an id stays with its test"
        yield BrokenRule("ids/changed", (*test.path, "idempotent_id"), message)


def _second_place(entries: list[Entry], old: list[Entry], before: GuidelineModel) -> Iterator[BrokenRule]:
    places = dict.fromkeys(entry.capability for entry in entries)
    former = {entry.capability for entry in old}
    added = next((entry for entry in entries if entry.capability not in former), entries[-1])
    is_new = added.capability not in before.capabilities  # a new capability may take another's place
    if len(places) > 1 and len(former) == 1 and not is_new:
        message = f"{show(added.name)} stands in {some(list(places), 3)}; in {before.id} it stood in one of them"
        yield BrokenRule("ids/second-place", added.path, message)


def against_suite(
    name: str, uuid: str | None, suite: SuiteNames, paths: tuple[JsonPath, JsonPath], aliases: Iterable[str] = ()
) -> Iterator[BrokenRule]:
    """A test that the suite knows by another id, under another name, or not; `paths` are those of name and id."""
    if name in suite.ids:
        known = suite.ids[name]
        if uuid is not None and known is not None and uuid != known:
            message = f"{show(name)} has id-{known} in {suite.suite}"
            yield BrokenRule("ids/changed", paths[1], message)
        return
    others = suite.names.get(uuid or "", [])
    if others:
        if not set(others) & set(aliases):
            message = f"the id of {show(name)} stands under {show(others[0])} in {suite.suite}; make that the name"
            yield BrokenRule("ids/renamed", paths[0], message)
        return
    near = meant_by(name, suite.ids)
    hint = f"; {show(near)} is meant, perhaps" if near is not None else ""
    yield BrokenRule("ids/unknown-test", paths[0], f"{suite.suite} has no test {show(name)}{hint}")


# Projects


def _of_projects(sheet: GuidelineModel, before: GuidelineModel | None) -> Iterator[BrokenRule]:
    """The project of a capability is that of its siblings, which share the first word of their names."""
    said: dict[str, dict[str, str]] = {}
    for one in (before, sheet):
        for key, capability in one.capabilities.items() if one is not None else ():
            project = text_of(capability.content.get("project"))
            if project:
                said.setdefault(key.partition("-")[0], {})[key] = project
    counts = {word: Counter(projects.values()) for word, projects in said.items()}
    known = projects()
    for key, capability in sheet.capabilities.items():
        project = text_of(capability.content.get("project"))
        if not project:
            continue
        word, path = key.partition("-")[0], (*capability.path, "project")
        usual, times = counts[word].most_common(1)[0]
        is_alone = counts[word][project] == 1 and project not in said_before(key, before)
        if is_alone and usual != project and times >= _FEWEST_SIBLINGS:
            message = f"{show(key)} says project {show(project)}; the other {show(word)} capabilities say {show(usual)}"
            yield BrokenRule("references/project", path, message)
        elif project.lower() not in known and (meant := meant_by(project.lower(), known)) is not None:
            message = f'{show(key)}: there is no project "{show(project)}"; {meant} is meant, perhaps'
            yield BrokenRule("references/project", path, message)


def said_before(key: str, before: GuidelineModel | None) -> tuple[str, ...]:
    """The project of a capability in the guideline before."""
    found = before.capabilities.get(key) if before is not None else None
    project = text_of(found.content.get("project")) if found is not None else None
    return (project,) if project else ()


def undefined(placed: Placed, sheet: GuidelineModel) -> bool:
    """Whether a component asks for what is not there; what was removed need not be."""
    return placed.subject not in sheet.capabilities and placed.level is not Level.REMOVED

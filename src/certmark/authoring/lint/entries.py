"""The tests of a guideline, their ids, names, aliases and flags; and the designated sections.

Aliases are former or later names of a test, and must lead to one test. Flags are tests that the working group
took out of a guideline for everybody. Designated sections are the code of a project that a product must use.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from functools import lru_cache

from certmark.authoring.lint.broken_rules import BrokenRule, Edit
from certmark.authoring.lint.model import Entry, GuidelineModel, text_of
from certmark.authoring.lint.schemas import JsonPath
from certmark.domain.identity import split
from certmark.formats.errors import excerpt
from certmark.formats.guideline.fields import show

_NAME = re.compile(r"[\w-]+(\.[\w-]+)*(\([^()]*\)|\[[^\[\]]*\])*\Z")


_PLACEHOLDER = re.compile(r"NEED_|TODO|FIXME|XXX")


_SHOWN = 3


def check_ids(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """Ids that are none, or written as no suite writes them; names that no test can have."""
    for test in sheet.tests:
        if test.written_id is not None or not sheet.is_3:  # other suites' names may be sentences
            yield from of_name(test.name, test.path)
        yield from _of_id(test)
    for entries in sheet.names.values():
        yield from _of_places(entries)
    yield from _of_shared_ids(sheet)


def of_name(name: str, path: JsonPath) -> Iterator[BrokenRule]:
    """A name that no test can have, at `path`."""
    if is_name(name):
        return
    shown = show(name)
    carried = split(name) if "[" in name else None
    if _PLACEHOLDER.search(name):
        yield BrokenRule("ids/placeholder", path, f"{shown} holds the place of a test that is still to be named")
    elif path and carried is not None and carried.uuid is not None:
        edit = Edit(path, on_key=True, new=json.dumps(carried.name)) if isinstance(path[-1], str) else None
        message = f"{shown} carries its id in the name; the id stands under idempotent_id"
        yield BrokenRule("ids/name", path, message, edit)
    elif name != name.strip() and _NAME.match(name.strip()):
        edit = Edit(path, on_key=True, new=json.dumps(name.strip())) if path and isinstance(path[-1], str) else None
        yield BrokenRule("ids/name", path, f'"{shown}" begins or ends with a blank', edit)
    elif not _NAME.match(name):
        signs = " ".join(sorted(set(re.sub(r"[\w.\[\](),-]", "", name)))) or "."
        yield BrokenRule("ids/name", path, f"{shown} can be no test's name: it has {show(signs)}")
    elif _without_class(name):
        yield BrokenRule("ids/no-class", path, f"{shown} lacks the class between module and test")


@lru_cache(maxsize=1 << 14)
def is_name(name: str) -> bool:
    """Whether a test can have that name."""
    sound = _PLACEHOLDER.search(name) is None and _NAME.match(name) is not None and not _without_class(name)
    return sound and ("[" not in name or split(name).uuid is None)


def of_admins(name: str, path: JsonPath, asks: str) -> Iterator[BrokenRule]:
    """A test that its place in the suite gives to administrators."""
    if ".admin." in name:
        message = f"{show(name)} lies among the tests that need an admin; {show(asks)} is required"
        yield BrokenRule("process/admin-test", path, message)


def _without_class(name: str) -> bool:
    """Whether the part before the method is a module: Python's unittest names them `module.Class.method`."""
    parts = name.partition("(")[0].split(".")
    return len(parts) > 1 and parts[-1].startswith("test") and parts[-2].startswith("test_")


def _of_id(test: Entry) -> Iterator[BrokenRule]:
    written = test.written_id
    if written is None:
        return  # the schema says so
    key = "idempotent_id" if "idempotent_id" in test.details else "idempotent-id"
    path = (*test.path, key)
    if test.uuid is None:
        yield BrokenRule("ids/form", path, f"the id {excerpt(written)} of {show(test.name)} is no uuid")
        return
    sound = f"id-{test.uuid}"
    edit = Edit(path, on_key=False, new=json.dumps(sound))
    if "," in written:
        yield BrokenRule(
            "ids/attributes", path, f"the id {excerpt(written)} carries attributes; they are no part of it", edit
        )
    elif written != sound:
        yield BrokenRule("ids/prefix", path, f"the id {excerpt(written)} is not written as id- and a uuid", edit)


def _of_places(entries: list[Entry]) -> Iterator[BrokenRule]:
    first, *others = entries
    if not others:
        return
    places = dict.fromkeys(test.capability for test in entries)
    if len(places) == 1:
        return  # twice in one list: the schema says so
    where = ", ".join(show(place) for place in list(places)[:_SHOWN])
    yield BrokenRule(
        "ids/two-places", others[0].path, f"{show(first.name)} stands in {len(places)} capabilities: {where}"
    )
    if len({test.uuid for test in entries}) > 1:
        yield BrokenRule("ids/differ", others[0].path, f"{show(first.name)} has different ids in {where}")


def _of_shared_ids(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    owners: dict[str, list[Entry]] = {}
    for entries in sheet.names.values():
        if entries[0].uuid is not None:
            owners.setdefault(entries[0].uuid, []).append(entries[0])
    for uuid, tests in owners.items():
        if len(tests) > 1 and not all("any_of" in test.details for test in tests):
            names = ", ".join(show(test.name) for test in tests[:_SHOWN])
            yield BrokenRule("ids/shared", tests[1].path, f"id-{uuid} stands under {len(tests)} names: {names}")


def check_aliases(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """Aliases that lead to several tests, to another one, or nowhere new."""
    owners: dict[str, str] = {}
    for name, entries in sheet.names.items():
        seen: set[str] = set()
        for test in entries:
            for number, alias in enumerate(test.aliases):
                if alias not in seen:
                    seen.add(alias)
                    yield from _of_alias(alias, test, number, owners, sheet)
        if len({frozenset(test.aliases) for test in entries}) > 1:
            where = " and ".join(show(test.capability) for test in entries[:3])
            message = f"{show(name)} has different aliases in {where}; one result can count here and not there"
            yield BrokenRule("aliases/differ", entries[1].path, message)


def _of_alias(
    alias: str, test: Entry, number: int, owners: dict[str, str], sheet: GuidelineModel
) -> Iterator[BrokenRule]:
    path = (*test.path, "aliases", number)
    if alias == test.name:
        yield BrokenRule("aliases/self", path, f"{show(test.name)} is its own alias")
    elif alias in sheet.names:
        message = f"the alias {show(alias)} of {show(test.name)} is a test of its own, too"
        yield BrokenRule("aliases/is-a-test", path, message)
    elif owners.setdefault(alias, test.name) != test.name:
        message = f"the alias {show(alias)} stands at {show(owners[alias])} and at {show(test.name)}"
        yield BrokenRule("aliases/shared", path, message)


_CODES = frozenset(("D400", "D401", "D402", "D403", "D404", "D405", "D406"))


_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)


_CODE = re.compile(r"\s*\[?(D[0-9]{3})\b")


def check_flags(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """Flags that the process does not know or forbids, and what they leave of a capability."""
    for test in sheet.tests:
        if test.flag_key is not None:
            yield from _of_flag(test)
    for name, entries in sheet.names.items():
        flagged = {sheet.capabilities[test.capability].is_flagged(test) for test in entries}
        if len(flagged) > 1:
            where = " and ".join(show(test.capability) for test in entries[:3])
            yield BrokenRule(
                "flags/differ", entries[1].path, f"{show(name)} is flagged in one of {where} and not in another"
            )
    yield from _of_lists(sheet)
    for placed in sheet.required:
        capability = sheet.capabilities[placed.subject]
        if capability.tests and all(capability.is_flagged(test) for test in capability.tests):
            message = f"required capability {show(placed.subject)} has flagged tests only; nothing of it is tested"
            yield BrokenRule("flags/only-flagged", capability.path, message)


def check_old_flags(sheet: GuidelineModel, before: GuidelineModel | None) -> Iterator[BrokenRule]:
    """What is wrong about flags that `sheet` has of guidelines before it; `before` is the last of them, if at hand.

    A draft is made in the months before its own: what was flagged in them, and not in `before`, is its own.
    """
    if sheet.month is None:
        return
    flagged = {known for test in before.tests if test.flag_key for known in (test.name, test.uuid)} if before else set()
    for test in sheet.tests:
        date = _DATE.match(text_of(test.flag.get("date")) or "") if test.flag_key is not None else None
        if date is None or _day(date[0]) is None or (int(date[1]), int(date[2])) >= sheet.month:
            continue
        is_older = before is None or (int(date[1]), int(date[2])) < (before.month or sheet.month)
        if is_older or test.name in flagged or (test.uuid and test.uuid in flagged):
            message = f"{show(test.name)} was flagged on {excerpt(date[0])}, before the month of this guideline"
            yield BrokenRule("flags/carried-over", (*test.path, str(test.flag_key), "date"), message)


def _of_flag(test: Entry) -> Iterator[BrokenRule]:
    path = (*test.path, str(test.flag_key))
    code = _CODE.match(text_of(test.flag.get("reason")) or "")
    if code is not None and code[1] not in _CODES:
        yield BrokenRule(
            "flags/unknown-code", (*path, "reason"), f"{code[1]} is no code of a flag; they are D400 to D406"
        )
    date = _DATE.match(text_of(test.flag.get("date")) or "")
    if date is not None and _day(date[0]) is None:
        yield BrokenRule("flags/date-form", (*path, "date"), f"there is no day {date[0]}")


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def check_flag_days(sheet: GuidelineModel, today: dt.date | None) -> Iterator[BrokenRule]:
    """Flags of a day that is still to come."""
    for test in sheet.tests if today is not None else ():
        day = _day(text_of(test.flag.get("date")) or "")
        if day is not None and today is not None and day > today:
            message = f"{show(test.name)} is flagged since {day}, which is still to come"
            yield BrokenRule("flags/in-future", (*test.path, str(test.flag_key), "date"), message)


def _of_lists(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """Schemas 1.0 and 1.2: a capability lists its flagged tests, without reasons."""
    for key, capability in sheet.capabilities.items():
        names = {test.name for test in capability.tests}
        for name in sorted(capability.flagged - names):
            message = f"{show(name)} is flagged in {show(key)} and none of its tests"
            yield BrokenRule("flags/no-test", (*capability.path, "flagged"), message)


def check_sections(sheet: GuidelineModel) -> Iterator[BrokenRule]:
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
        if (found.subject, found.level) not in defined and sheet.has("designated_sections"):
            levels = [level.value for project, level in defined if project == found.subject]
            there = f"it is defined as {' and '.join(sorted(levels))}" if levels else "it is not defined"
            message = (
                f"component {show(found.component)}: {found.level.value} section of {show(found.subject)}: {there}"
            )
            yield BrokenRule("sections/undefined", found.path, message)
    for section in sheet.sections:
        if (section.project, section.level) not in placed and sheet.has("components"):
            message = f"the {section.level.value} section of {show(section.project)} is named by no component"
            yield BrokenRule("sections/unused", section.path, message)

"""Ids and names of tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from certmark.authoring.lint.broken_rules import BrokenRule, Edit
from certmark.authoring.lint.model import Entry, GuidelineModel
from certmark.formats.errors import excerpt
from certmark.formats.guideline.fields import show

_NAME = re.compile(r"[\w-]+(\.[\w-]+)*(\([^()]*\)|\[[^\[\]]*\])*\Z")
_PLACEHOLDER = re.compile(r"NEED_|TODO|FIXME|XXX")
_SHOWN = 3


def check(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """Ids that are none, or written as no suite writes them; names that no test can have."""
    for test in sheet.tests:
        yield from _of_name(test)
        yield from _of_id(test)
    for entries in sheet.names.values():
        yield from _of_places(entries)
    yield from _of_shared_ids(sheet)


def _of_name(test: Entry) -> Iterator[BrokenRule]:
    name = show(test.name)
    if _PLACEHOLDER.search(test.name):
        yield BrokenRule("ids/placeholder", test.path, f"{name} holds the place of a test that is still to be named")
    elif not _NAME.match(test.name):
        signs = " ".join(sorted(set(re.sub(r"[\w.\[\](),-]", "", test.name)))) or "."
        yield BrokenRule("ids/name", test.path, f"{name} can be no test's name: it has {show(signs)}")
    elif _without_class(test.name):
        yield BrokenRule("ids/no-class", test.path, f"{name} lacks the class between module and test")


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
        if len(tests) > 1:
            names = ", ".join(show(test.name) for test in tests[:_SHOWN])
            yield BrokenRule("ids/shared", tests[1].path, f"id-{uuid} stands under {len(tests)} names: {names}")

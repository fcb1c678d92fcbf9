"""Flags: tests that the working group took out of a guideline for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.authoring.lint.model import Entry, GuidelineModel, text_of
from certmark.formats.errors import excerpt
from certmark.formats.guideline.fields import show

_CODES = frozenset(("D400", "D401", "D402", "D403", "D404", "D405", "D406"))
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
_CODE = re.compile(r"\s*\[?(D[0-9]{3})\b")


def check(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """Flags that the process does not know or forbids, and what they leave of a capability."""
    for test in sheet.tests:
        if test.flag_key is not None:
            yield from _of_flag(test, sheet)
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


def _of_flag(test: Entry, sheet: GuidelineModel) -> Iterator[BrokenRule]:
    path = (*test.path, str(test.flag_key))
    code = _CODE.match(text_of(test.flag.get("reason")) or "")
    if code is not None and code[1] not in _CODES:
        yield BrokenRule(
            "flags/unknown-code", (*path, "reason"), f"{code[1]} is no code of a flag; they are D400 to D406"
        )
    date = _DATE.match(text_of(test.flag.get("date")) or "")
    if date is not None and sheet.month is not None and (int(date[1]), int(date[2])) < sheet.month:
        message = f"{show(test.name)} was flagged on {excerpt(date[0])}, before the month of this guideline"
        yield BrokenRule("flags/carried-over", (*path, "date"), message)


def _of_lists(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """Schemas 1.0 and 1.2: a capability lists its flagged tests, without reasons."""
    for key, capability in sheet.capabilities.items():
        names = {test.name for test in capability.tests}
        for name in sorted(capability.flagged - names):
            message = f"{show(name)} is flagged in {show(key)} and none of its tests"
            yield BrokenRule("flags/no-test", (*capability.path, "flagged"), message)

"""Aliases: former or later names of a test. They must lead to one test."""

from __future__ import annotations

from collections.abc import Iterator

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.authoring.lint.model import Entry, GuidelineModel
from certmark.formats.guideline.fields import show


def check(sheet: GuidelineModel) -> Iterator[BrokenRule]:
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

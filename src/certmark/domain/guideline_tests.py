"""The tests of two guidelines, paired: by name, else by id, else by alias."""

from __future__ import annotations

from typing import NamedTuple

from certmark.domain.guidelines import Guideline, RequiredTest
from certmark.domain.identity import method_of


class Pair(NamedTuple):
    """One test in both guidelines."""

    before: RequiredTest
    after: RequiredTest
    before_in: tuple[str, ...]
    """The capabilities that have it."""
    after_in: tuple[str, ...]


Placed = tuple[RequiredTest, tuple[str, ...]]
"""A test and the capabilities that have it."""


class Pairing(NamedTuple):
    """All tests of two guidelines, each once."""

    pairs: tuple[Pair, ...]
    """In the order of the later guideline."""
    new: tuple[Placed, ...]
    gone: tuple[Placed, ...]


def paired(before: Guideline, after: Guideline) -> Pairing:
    """The tests of both, by name, else by an id that leads to one unpaired test on each side, else by an alias.

    Where an id leads to several, the same method decides. A test that stands in several capabilities
    is told as in the first; it is flagged if any of them flags it.
    """
    then, now = _distinct(before), _distinct(after)
    names = {name: name for name in now if name in then}
    free = {name: test for name, (test, _) in then.items() if name not in names}
    ids: dict[str, list[str]] = {}
    for name, test in free.items():
        if test.uuid is not None:
            ids.setdefault(test.uuid, []).append(name)
    for name, (test, _) in now.items():
        if name not in names:
            old = _by_id(test, ids, free) or _by_alias(test, free)
            if old is not None:
                names[name] = old
                del free[old]
    pairs = [
        Pair(then[names[name]][0], test, then[names[name]][1], places)
        for name, (test, places) in now.items()
        if name in names
    ]
    return Pairing(
        tuple(pairs),
        tuple(placed for name, placed in now.items() if name not in names),
        tuple(then[name] for name in free),
    )


def _distinct(guideline: Guideline) -> dict[str, Placed]:
    found: dict[str, Placed] = {}
    for key, capability in guideline.capabilities.items():
        for test in capability.tests:
            if test.name not in found:
                found[test.name] = (test, (key,))
                continue
            known, places = found[test.name]
            aliases = tuple(dict.fromkeys((*known.aliases, *test.aliases)))
            found[test.name] = (known._replace(aliases=aliases, flag=known.flag or test.flag), (*places, key))
    return found


def _by_id(test: RequiredTest, ids: dict[str, list[str]], free: dict[str, RequiredTest]) -> str | None:
    candidates = [name for name in ids.get(test.uuid or "", ()) if name in free]
    if len(candidates) > 1:
        candidates = [name for name in candidates if method_of(name) == method_of(test.name)] or candidates
    return candidates[0] if len(candidates) == 1 else None


def _by_alias(test: RequiredTest, free: dict[str, RequiredTest]) -> str | None:
    return next((name for name in test.aliases if name in free), None) or next(
        (name for name, old in free.items() if test.name in old.aliases), None
    )

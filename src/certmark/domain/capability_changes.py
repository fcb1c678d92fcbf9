"""What changed in capabilities, their tests and their flags: rules 1 to 4 of `guideline_changes`.

The tests of both guidelines are paired: by name, else by id, else by alias.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from certmark.domain.changes import ChangeKind, GuidelineChange, listing, words_of
from certmark.domain.guidelines import Capability, Guideline, Level, RequiredTest
from certmark.domain.identity import method_of

_MODERN = {"compute": "os_powered_compute", "object": "os_powered_storage"}
_BECAME = {
    Level.REQUIRED: ChangeKind.BECAME_REQUIRED,
    Level.ADVISORY: ChangeKind.BECAME_ADVISORY,
    Level.DEPRECATED: ChangeKind.BECAME_DEPRECATED,
    Level.REMOVED: ChangeKind.BECAME_REMOVED,
    Level.INFORMATIONAL: ChangeKind.BECAME_INFORMATIONAL,
}


class PairedTest(NamedTuple):
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

    pairs: tuple[PairedTest, ...]
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
        PairedTest(then[names[name]][0], test, then[names[name]][1], places)
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


def modern_component(name: str) -> str:
    """What a component of the schemas 1.x is called since 2.0 (rule 1)."""
    return _MODERN.get(name, name)


def capability_changes(before: Guideline, after: Guideline, tests: Pairing) -> Iterator[GuidelineChange]:
    """Levels, and what came and went (rules 1 and 3)."""
    then, now = _levels(before), _levels(after)
    old = dict.fromkeys((*before.capabilities, *_alive(then)))
    new = dict.fromkeys((*after.capabilities, *_alive(now), *(key for key in now if key in old)))
    for key in new:
        if key in old:
            yield from _moved(key, then.get(key, {}), now.get(key, {}))
            yield from _rewordings(before.capabilities.get(key), after.capabilities.get(key))
        else:
            yield from _by_level(ChangeKind.CAPABILITY_ADDED, key, now.get(key, {}), as_after=True)
    gone = [key for key in old if key not in new]
    heirs = successors(gone, tests)
    single = list(heirs.values())
    for key in gone:
        if key not in heirs:
            yield from _by_level(ChangeKind.CAPABILITY_GONE, key, then.get(key, {}), as_after=False)
        else:
            alone = heirs[key][0] not in old and single.count(heirs[key]) == 1
            yield GuidelineChange(_fate(heirs[key], alone=alone), key, "", listing(heirs[key]))


_Levels = Mapping[str, Mapping[str, Level]]
"""By capability, then by component."""


def _levels(guideline: Guideline) -> dict[str, dict[str, Level]]:
    """Where a component places a capability twice, the stronger level counts."""
    levels: dict[str, dict[str, Level]] = {}
    for name, component in guideline.components.items():
        for placement in component.capabilities:
            places = levels.setdefault(placement.subject, {})
            known = places.setdefault(modern_component(name), placement.level)
            if placement.level.rank < known.rank:
                places[modern_component(name)] = placement.level
    return levels


def _alive(levels: _Levels) -> Iterator[str]:
    """Without what is only listing as removed: where it is not defined either, nobody misses or gets it."""
    return (key for key, places in levels.items() if set(places.values()) != {Level.REMOVED})


def _moved(key: str, then: Mapping[str, Level], now: Mapping[str, Level]) -> Iterator[GuidelineChange]:
    """Level changes of a capability that stays, the same ones of several components in one."""
    moves: dict[tuple[Level | None, Level | None], list[str]] = {}
    for component in dict.fromkeys((*then, *now)):
        move = then.get(component), now.get(component)
        if move[0] is not move[1]:
            moves.setdefault(move, []).append(component)
    for (old, new), components in moves.items():
        if old is not None and new is not None:
            yield GuidelineChange(_BECAME[new], key, old.value, new.value, tuple(components))
        elif new is not None:
            yield GuidelineChange(ChangeKind.PLACED, key, "", new.value, tuple(components))
        elif old is not None:
            yield GuidelineChange(ChangeKind.TAKEN_OUT, key, old.value, "", tuple(components))


def _by_level(kind: ChangeKind, key: str, levels: Mapping[str, Level], *, as_after: bool) -> Iterator[GuidelineChange]:
    by_level: dict[Level, list[str]] = {}
    for component, level in levels.items():
        by_level.setdefault(level, []).append(component)
    for level, components in by_level.items():
        told = ("", level.value) if as_after else (level.value, "")
        yield GuidelineChange(kind, key, *told, tuple(components))
    if not by_level:
        yield GuidelineChange(kind, key)


def _fate(heirs: tuple[str, ...], *, alone: bool) -> ChangeKind:
    if len(heirs) > 1:
        return ChangeKind.CAPABILITY_SPLIT
    return ChangeKind.CAPABILITY_RENAMED if alone else ChangeKind.CAPABILITY_MERGED


def successors(gone: Iterable[str], tests: Pairing) -> dict[str, tuple[str, ...]]:
    """Rule 3: for each capability that went, those that got its tests and did not have them before.

    Only where these have at least half of its tests.
    """
    members: dict[str, list[PairedTest]] = {}
    for pair in tests.pairs:
        for key in pair.before_in:
            members.setdefault(key, []).append(pair)
    lost: dict[str, int] = {}
    for _, places in tests.gone:
        for key in places:
            lost[key] = lost.get(key, 0) + 1
    found: dict[str, tuple[str, ...]] = {}
    for key in gone:
        pairs = members.get(key, [])
        moved = [[heir for heir in pair.after_in if heir not in pair.before_in] for pair in pairs]
        if pairs and sum(map(bool, moved)) * 2 >= len(pairs) + lost.get(key, 0):
            found[key] = tuple(dict.fromkeys(heir for heirs in moved for heir in heirs))
    return found


def _rewordings(old: Capability | None, new: Capability | None) -> Iterator[GuidelineChange]:
    """What a capability says of itself."""
    if old is None or new is None:
        return
    if bool(old.admin) != bool(new.admin):
        yield GuidelineChange(ChangeKind.CAPABILITY_ADMIN, new.key, _truth(old), _truth(new))
    if words_of(old.description) != words_of(new.description):
        yield GuidelineChange(ChangeKind.CAPABILITY_REWORDED, new.key, old.description, new.description)


def _truth(capability: Capability) -> str:
    return "true" if capability.admin else "false"


def changes_of_tests(before: Guideline, after: Guideline, tests: Pairing) -> Iterator[GuidelineChange]:
    """Rule 2."""
    yield from (GuidelineChange(ChangeKind.TEST_ADDED, test.name, places=places) for test, places in tests.new)
    yield from (GuidelineChange(ChangeKind.TEST_REMOVED, test.name, places=places) for test, places in tests.gone)
    gone = [key for key in before.capabilities if key not in after.capabilities]
    fresh = frozenset(key for key in after.capabilities if key not in before.capabilities)
    heirs = {**dict.fromkeys(gone, ()), **successors(gone, tests)}
    for pair in tests.pairs:
        old, new = pair.before, pair.after
        if old.name != new.name:
            yield GuidelineChange(ChangeKind.TEST_RENAMED, new.name, old.name, new.name, pair.after_in)
        if old.uuid is not None and new.uuid is not None and old.uuid != new.uuid:
            yield GuidelineChange(ChangeKind.TEST_ID, new.name, old.uuid, new.uuid, pair.after_in)
        if _really_moved(pair, heirs, fresh):
            yield GuidelineChange(ChangeKind.TEST_MOVED, new.name, listing(pair.before_in), listing(pair.after_in))
        yield from _alias_changes(pair)


def _really_moved(pair: PairedTest, heirs: Mapping[str, tuple[str, ...]], fresh: frozenset[str]) -> bool:
    """Whether a test changed its place beyond what its capabilities did as a whole."""
    lost, gained = set(pair.before_in) - set(pair.after_in), set(pair.after_in) - set(pair.before_in)
    for key in lost & heirs.keys():
        gained -= set(heirs[key])
    lost -= heirs.keys()
    return bool(lost or gained - fresh)


def _alias_changes(pair: PairedTest) -> Iterator[GuidelineChange]:
    """A name that became an alias, or the other way round, is told as the renaming."""
    old, new = pair.before, pair.after
    names = {old.name, new.name} if old.name != new.name else set()
    then, now = frozenset(old.aliases), frozenset(new.aliases)
    for alias in new.aliases:
        if alias not in then and alias not in names:
            yield GuidelineChange(ChangeKind.ALIAS_ADDED, new.name, "", alias)
    for alias in old.aliases:
        if alias not in now and alias not in names:
            yield GuidelineChange(ChangeKind.ALIAS_REMOVED, new.name, alias)


def flag_changes(tests: Pairing) -> Iterator[GuidelineChange]:
    """Rule 4. A reason that an older schema could not give is no other reason."""
    for test, places in tests.new:
        if test.flag is not None:
            yield GuidelineChange(ChangeKind.FLAG_ADDED, test.name, "", test.flag.reason, places)
    for pair in tests.pairs:
        old, new = pair.before.flag, pair.after.flag
        name, places = pair.after.name, pair.after_in
        if old is None and new is not None:
            yield GuidelineChange(ChangeKind.FLAG_ADDED, name, "", new.reason, places)
        elif old is not None and new is None:
            yield GuidelineChange(ChangeKind.FLAG_REMOVED, name, old.reason, "", places)
        elif old is not None and new is not None and old.reason and words_of(old.reason) != words_of(new.reason):
            yield GuidelineChange(ChangeKind.FLAG_REASON, name, old.reason, new.reason, places)

"""What two guidelines say differently and no other kind of change tells: rule 6 of `domain.guideline_changes`.

Both documents are compared place by place. A place is left out only if a change that was found already is of
just this place, so whatever no rule knows is told with its path and both values. Capabilities and programs that were
renamed are compared with what they were, tests with what they are paired with.

Documents of the schemas 1.x and of later ones have different shapes: of two such, capabilities and
tests are compared, and the rest is told to be uncompared. Of lists, comments are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from certmark.domain.capability_changes import PairedTest, Pairing, modern_component
from certmark.domain.changes import ChangeKind, GuidelineChange
from certmark.domain.document_differences import ABSENT, Comparison, Difference, Path, written
from certmark.domain.guidelines import Guideline
from certmark.domain.identity import bare_uuid
from certmark.domain.written_achievements import written_achievements

_PLACES = 3
"""Of another order, that are named."""
_WRAPPERS = ("metadata", "os_trademark_approval", "scoring", "approval")
_PLACED = (
    *(ChangeKind.BECAME_REQUIRED, ChangeKind.BECAME_ADVISORY, ChangeKind.BECAME_DEPRECATED),
    *(ChangeKind.BECAME_REMOVED, ChangeKind.BECAME_INFORMATIONAL, ChangeKind.PLACED, ChangeKind.TAKEN_OUT),
)
_CAME_OR_WENT = (
    *(ChangeKind.CAPABILITY_ADDED, ChangeKind.CAPABILITY_GONE, ChangeKind.CAPABILITY_RENAMED),
    *(ChangeKind.CAPABILITY_MERGED, ChangeKind.CAPABILITY_SPLIT),
)
_PROGRAM_WHOLE = (ChangeKind.PROGRAM_ADDED, ChangeKind.PROGRAM_REMOVED)
_CRITERION_WHOLE = (ChangeKind.CRITERION_ADDED, ChangeKind.CRITERION_REMOVED)
_SECTION_WHOLE = (ChangeKind.SECTION_ADDED, ChangeKind.SECTION_REMOVED)
_FLAG_WHOLE = (ChangeKind.FLAG_ADDED, ChangeKind.FLAG_REMOVED)
_FLAG_KEYS = ("flagged", "flag")


def other_changes(
    before: Guideline, after: Guideline, tests: Pairing, found: Sequence[GuidelineChange]
) -> Iterator[GuidelineChange]:
    """Whatever differs beyond what was `found`; nothing only where both documents are equal."""
    if "text" in before.document or "text" in after.document:
        yield from _of_lists(before, after, tests, found)
        return
    known = _Known(found, before)
    comparison = Comparison()
    differences = [
        *_of_documents(before, after, known, comparison),
        *_of_tests(before, after, tests, known, comparison),
    ]
    rest = [part for difference in differences for part in _untold(difference, known)]
    yield from map(_change, _with_keys_renamed(rest))
    if _is_old(before) != _is_old(after):
        yield GuidelineChange(ChangeKind.OTHER, "what only one of the two schemas can say is not compared")
    if comparison.reordered:
        places = [".".join(path) or "the top" for path in comparison.reordered]
        more = [f"{len(places) - _PLACES} more"] if len(places) > _PLACES else []
        yield GuidelineChange(ChangeKind.ORDER, "order", places=(*places[:_PLACES], *more))


def _is_old(guideline: Guideline) -> bool:
    """Whether it has the shape of the schemas 1.x."""
    return "metadata" not in guideline.document


def _of_documents(before: Guideline, after: Guideline, known: _Known, comparison: Comparison) -> Iterator[Difference]:
    """All but the tests of the capabilities."""
    old, new = dict(before.document), dict(after.document)
    both = [_without_tests(one.pop("capabilities", ABSENT)) for one in (old, new)]
    capabilities = (_renamed(both[0], known.renamed(ChangeKind.CAPABILITY_RENAMED)), both[1])
    if _is_old(before) != _is_old(after):
        yield from (
            difference
            for difference in comparison.differences(*capabilities, ("capabilities",))
            if ABSENT not in (difference.before, difference.after)
        )
        return
    for key in ("platforms", "add-ons", "programs"):
        if key in old:
            old[key] = _renamed(old[key], known.renamed(ChangeKind.PROGRAM_RENAMED))
    if "designated_sections" in old:
        old["designated_sections"] = _levelled(old["designated_sections"], known)
    yield from comparison.differences(old, new, ())
    yield from comparison.differences(*capabilities, ("capabilities",))
    comparison.order_of(list(before.document), list(after.document), ())


def _without_tests(capabilities: Any) -> Any:
    """The capabilities without their tests; the kind of what holds these stays."""
    if not isinstance(capabilities, dict):
        return capabilities
    return {
        key: entry | {"tests": type(entry["tests"])()}
        if isinstance(entry, dict) and isinstance(entry.get("tests"), dict | list)
        else entry
        for key, entry in capabilities.items()
    }


def _renamed(mapping: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(mapping, dict):
        return mapping
    return {names.get(key, key): value for key, value in mapping.items()}


def _levelled(sections: Any, known: _Known) -> Any:
    """Sections that moved from one level to another, at the level of today."""
    if not isinstance(sections, dict):
        return sections
    moves = {
        change.subject: {change.before: change.after}
        for change in known.of(ChangeKind.SECTION_MOVED)
        if ", " not in change.before + change.after
    }
    return {project: _renamed(levels, moves.get(project, {})) for project, levels in sections.items()}


def _of_tests(
    before: Guideline, after: Guideline, tests: Pairing, known: _Known, comparison: Comparison
) -> Iterator[Difference]:
    names = known.renamed(ChangeKind.CAPABILITY_RENAMED)
    for pair in tests.pairs:
        old = {names.get(key, key): _entry(before, key, pair.before.name) for key in pair.before_in}
        new = {key: _entry(after, key, pair.after.name) for key in pair.after_in}
        left = [key for key in old if key not in new]
        for key, entry in new.items():
            then = old[key] if key in old else old[left[0]] if left else next(iter(old.values()))
            if ABSENT not in (then, entry):
                path = ("capabilities", key, "tests", pair.after.name)
                known.pairs[path] = pair
                yield from comparison.differences(then, entry, path)
    to_new = {pair.before.name: pair.after.name for pair in tests.pairs}
    origins = {new_key: old_key for old_key, new_key in names.items()}
    for key, capability in after.capabilities.items():
        origin = origins.get(key, key)
        if origin in before.capabilities:
            then_in_order = [to_new.get(test.name, test.name) for test in before.capabilities[origin].tests]
            place = ("capabilities", key, "tests")
            comparison.order_of(then_in_order, [test.name for test in capability.tests], place)
            yield from _repeated(before, after, (origin, key), place)


def _entry(guideline: Guideline, key: str, name: str) -> Any:
    """What the document says of a test; ABSENT where it only lists its name."""
    tests = _tests_of(guideline, key)
    return tests.get(name, ABSENT) if isinstance(tests, dict) else ABSENT


def _tests_of(guideline: Guideline, key: str) -> Any:
    capability = guideline.document["capabilities"][key]
    return capability.get("tests") if isinstance(capability, dict) else None


def _repeated(before: Guideline, after: Guideline, keys: tuple[str, str], place: Path) -> Iterator[Difference]:
    """Names that a list of tests has twice."""
    lists = [_tests_of(one, key) for one, key in zip((before, after), keys, strict=True)]
    counts = [Counter(tests) if isinstance(tests, list) else Counter[str]() for tests in lists]
    for name in counts[0].keys() & counts[1].keys():
        if counts[0][name] != counts[1][name]:
            yield Difference((*place, name), counts[0][name], counts[1][name])


class _Known:
    """The changes that were found, by what they tell."""

    def __init__(self, found: Sequence[GuidelineChange], before: Guideline) -> None:
        self.found = frozenset(found)
        self._found: dict[tuple[ChangeKind, str], list[GuidelineChange]] = {}
        self._kinds: dict[ChangeKind, list[GuidelineChange]] = {}
        for change in found:
            self._found.setdefault((change.kind, change.subject), []).append(change)
            self._kinds.setdefault(change.kind, []).append(change)
        self._before = before
        self.pairs: dict[Path, PairedTest] = {}
        """By the path of its entry, each test that is compared."""

    def of(self, kind: ChangeKind) -> list[GuidelineChange]:
        """All of one kind."""
        return self._kinds.get(kind, [])

    def renamed(self, kind: ChangeKind) -> dict[str, str]:
        """Former to present names."""
        if kind is ChangeKind.PROGRAM_RENAMED:
            return {change.before: change.after for change in self.of(kind)}
        return {change.subject: change.after for change in self.of(kind)}

    def has(self, kinds: Iterable[ChangeKind], subject: str, where: Callable[[GuidelineChange], bool] = bool) -> bool:
        """Whether a change of one of `kinds` is about `subject`, of those `where` holds."""
        return any(where(change) for kind in kinds for change in self._found.get((kind, subject), ()))

    def tells(self, difference: Difference) -> bool:
        """Whether a change that was found is of just this place."""
        path = difference.path
        while path[:1] and path[0] in _WRAPPERS:
            path = path[1:]
        for length, is_told in _TOLD.items():
            if path[: len(length)] == length:
                return is_told(self, path[len(length) :], difference)
        return False

    def key_of_achievements(self, capability: str) -> str:
        """Under which the earlier document has them."""
        found = written_achievements(self._before, capability)
        return found.key if found is not None else "achievements"


def _term(kind: ChangeKind) -> Callable[[_Known, Path, Difference], bool]:
    return lambda known, rest, _: not rest and bool(known.of(kind))


def _release(known: _Known, rest: Path, _: Difference) -> bool:
    return len(rest) == 1 and known.has((ChangeKind.RELEASE_ADDED, ChangeKind.RELEASE_DROPPED), rest[0])


def _policy(known: _Known, rest: Path, _: Difference) -> bool:
    return rest in {(), ("name",)} and bool(known.of(ChangeKind.POLICY))


def _criterion(known: _Known, rest: Path, _: Difference) -> bool:
    match rest:
        case (key,):
            return known.has(_CRITERION_WHOLE, key)
        case (key, "weight"):
            return known.has((ChangeKind.WEIGHT,), key)
        case (key, "description" | "Description"):
            return known.has((ChangeKind.CRITERION_REWORDED,), key)
        case _:
            return False


def _program(known: _Known, rest: Path, _: Difference) -> bool:
    match rest:
        case (name,):
            return known.has(_PROGRAM_WHOLE, name)
        case (name, "components", _):
            return known.has((ChangeKind.PROGRAM_COMPONENTS,), name)
        case (name, "required_platform_components" | "optional_platform_components", component):
            return known.has((ChangeKind.PROGRAM_HOST,), name, lambda change: component in change.before + change.after)
        case _:
            return False


def _placement(known: _Known, rest: Path, _: Difference) -> bool:
    if len(rest) not in {3, 4} or (len(rest) == 4 and rest[1] != "capabilities"):
        return False
    component, key = modern_component(rest[0]), rest[-1]
    return known.has(_CAME_OR_WENT, key) or known.has(_PLACED, key, lambda change: component in change.places)


def _capability(known: _Known, rest: Path, difference: Difference) -> bool:
    match rest:
        case (_, "tests", name, *inner) if difference.path[:4] in known.pairs:
            return _test(known, tuple(inner), difference, known.pairs["capabilities", rest[0], "tests", name])
        case (key, "flagged", name):
            return known.has(_FLAG_WHOLE, name)
        case (key, word, _) if word in {"achievements", known.key_of_achievements(key)}:
            return known.has((ChangeKind.ACHIEVEMENTS,), key)
        case (key, word):
            return word in _OF_CAPABILITIES and known.has((_OF_CAPABILITIES[word],), key)
        case (key,):
            return known.has(_CAME_OR_WENT, key)
        case _:
            return False


_OF_CAPABILITIES = {"description": ChangeKind.CAPABILITY_REWORDED, "admin": ChangeKind.CAPABILITY_ADMIN}


def _test(known: _Known, inner: Path, difference: Difference, pair: PairedTest) -> bool:
    name, old, new = pair.after.name, difference.before, difference.after
    match inner:
        case ("idempotent_id",):
            ids = tuple(bare_uuid(value) if isinstance(value, str) else None for value in (old, new))
            return known.has((ChangeKind.TEST_ID,), name, lambda change: (change.before, change.after) == ids)
        case ("aliases", alias):
            return _is_known_alias(known, pair, alias, is_new=old is ABSENT)
        case ("flagged" | "flag",):
            reason = (new if old is ABSENT else old).get("reason", "") if ABSENT in (old, new) else None
            return known.has(_FLAG_WHOLE, name, lambda change: reason == (change.before or change.after))
        case ("flagged" | "flag", "reason"):
            told = GuidelineChange(ChangeKind.FLAG_REASON, name, str(old), str(new), pair.after_in)
            return known.has((ChangeKind.FLAG_REASON,), name, told.__eq__)
        case _:
            return False


def _is_known_alias(known: _Known, pair: PairedTest, alias: str, *, is_new: bool) -> bool:
    name = pair.after.name
    if pair.before.name != name and alias in {pair.before.name, name}:
        return True  # the renaming tells it
    if is_new:
        return GuidelineChange(ChangeKind.ALIAS_ADDED, name, "", alias) in known.found
    return GuidelineChange(ChangeKind.ALIAS_REMOVED, name, alias) in known.found


def _section(known: _Known, rest: Path, _: Difference) -> bool:
    match rest:
        case (project,):
            return known.has(_SECTION_WHOLE, project)
        case (project, _):
            return known.has((ChangeKind.SECTION_MOVED, *_SECTION_WHOLE), project)
        case (project, _, "guidance"):
            return known.has((ChangeKind.SECTION_REWORDED,), project)
        case (project, _, "sections", part) | (project, _, "sections", part, "designated"):
            return known.has((ChangeKind.SECTION_PART,), f"{project}: {part}")
        case _:
            return False


def _old_section(known: _Known, rest: Path, difference: Difference) -> bool:
    """In the schemas 1.x by level, then by project."""
    return len(rest) > 1 and _section(known, (rest[1], rest[0], *rest[2:]), difference)


def _repository(known: _Known, rest: Path, difference: Difference) -> bool:
    match rest:
        case (name,):
            return known.has((ChangeKind.REPOSITORY,), name)
        case (name, "reference" | "git-sha"):
            ends = tuple("" if value in {ABSENT, None} else value for value in difference[1:])
            return known.has((ChangeKind.REPOSITORY,), name, lambda change: (change.before, change.after) == ends)
        case _:
            return False


_TOLD: Mapping[Path, Callable[[_Known, Path, Difference], bool]] = {
    ("id",): _term(ChangeKind.IDENTITY),
    ("release",): _term(ChangeKind.IDENTITY),
    ("schema",): _term(ChangeKind.SCHEMA),
    ("status",): _term(ChangeKind.STATUS),
    ("target_approval",): _term(ChangeKind.TARGET_APPROVAL),
    ("replaces",): _term(ChangeKind.REPLACES),
    ("releases",): _release,
    ("cutoff_score",): _term(ChangeKind.CUTOFF),
    ("cutoff",): _term(ChangeKind.CUTOFF),
    ("criteria",): _criterion,
    ("policy",): _policy,
    ("platforms",): _program,
    ("add-ons",): _program,
    ("programs",): _program,
    ("components",): _placement,
    ("capabilities",): _capability,
    ("designated_sections",): _section,
    ("designated-sections",): _old_section,
    ("test_repositories",): _repository,
    ("test-repositories",): _repository,
    ("suites",): _repository,
}
"""By the beginning of a path, who knows whether what follows is told."""


def _untold(difference: Difference, known: _Known) -> Iterator[Difference]:
    """What no change tells: the whole of it, or those parts of an object of which none does."""
    if known.tells(difference):
        return
    parts = difference.parts
    left = [rest for part in parts for rest in _untold(part, known)]
    yield from left if parts and len(left) != len(parts) else (difference,)


def _with_keys_renamed(rest: Sequence[Difference]) -> Iterator[Difference]:
    """Where one key went and another one came with the same value, one difference: of the keys."""
    went: dict[tuple[Path, str], list[Difference]] = {}
    came: dict[tuple[Path, str], list[Difference]] = {}
    for difference in rest:
        ends = went if difference.after is ABSENT else came if difference.before is ABSENT else None
        if ends is not None:
            value = difference.before if ends is went else difference.after
            ends.setdefault((difference.path[:-1], written(value)), []).append(difference)
    pairs = [(old, new) for place in went for old, new in zip(went[place], came.get(place, ()), strict=False)]
    renamed = {old: new for old, new in ((a.path, b.path) for a, b in pairs) if _alike(old[-1], new[-1])}
    merged = set(renamed.values())
    for difference in rest:
        if difference.path in renamed and difference.after is ABSENT:
            yield Difference((*difference.path[:-1], "(key)"), difference.path[-1], renamed[difference.path][-1])
        elif difference.path not in merged or difference.before is not ABSENT:
            yield difference


def _alike(one: str, other: str) -> bool:
    from difflib import SequenceMatcher  # a door: keys are misspelt in few documents

    return max(len(one), len(other)) < 60 and SequenceMatcher(None, one, other).ratio() > 0.7


def _change(difference: Difference) -> GuidelineChange:
    old, new = difference.before, difference.after
    plain = all(value is ABSENT or (isinstance(value, str) and value) for value in (old, new))
    texts = ["" if value is ABSENT else value if plain else written(value) for value in (old, new)]
    path = difference.path
    if path and (old, new)[old is ABSENT] == path[-1]:  # an entry of a list is its own name
        path = path[:-1]
    return GuidelineChange(ChangeKind.OTHER, ".".join(path) or "the whole", texts[0], texts[1])


def _of_lists(
    before: Guideline, after: Guideline, tests: Pairing, found: Sequence[GuidelineChange]
) -> Iterator[GuidelineChange]:
    """Lists say no more than tests and comments."""
    texts = [str(one.document.get("text", "")) for one in (before, after)]
    told = [*_of_comments(*texts), *_of_releases(tests)]
    yield from told
    orders = [[test.name for one in side.capabilities.values() for test in one.tests] for side in (before, after)]
    if orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1]):
        yield GuidelineChange(ChangeKind.ORDER, "order", places=("tests",))
    elif not told and not found and texts[0] != texts[1]:
        yield GuidelineChange(ChangeKind.OTHER, "lines that say the same in another way, or are empty")


def _of_comments(before: str, after: str) -> Iterator[GuidelineChange]:
    old, new = (
        Counter(line.strip() for line in text.splitlines() if line.lstrip().startswith("#")) for text in (before, after)
    )
    yield from (GuidelineChange(ChangeKind.OTHER, "comment", line, "") for line in (old - new).elements())
    yield from (GuidelineChange(ChangeKind.OTHER, "comment", "", line) for line in (new - old).elements())


def _of_releases(tests: Pairing) -> Iterator[GuidelineChange]:
    """Since when each test is required, where a list says so."""
    for pair in tests.pairs:
        old, new = pair.before.required_since or "", pair.after.required_since or ""
        if old != new:
            yield GuidelineChange(ChangeKind.OTHER, f"{pair.after.name}: required since", old, new)

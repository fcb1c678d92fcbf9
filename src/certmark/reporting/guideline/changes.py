"""What changed between two guidelines, as blocks for a board or a review, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from certmark.domain.advice import Action, Advice, Words
from certmark.domain.changes import REWORDINGS, ChangeKind, GuidelineChange, Topic, count_kinds, words_of
from certmark.domain.guidelines import Guideline, Level
from certmark.domain.must_pass import DemandComparison, must_pass
from certmark.domain.programs import levels_of
from certmark.reporting.blocks import Block, Cell, Heading, Item, ItemGroup, Sentence, Table, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import View

_MOST = 12
"""Entries of a group that are listed without being asked for."""
_LONGEST = 300

_HEADINGS = {
    Topic.TERMS: "Terms",
    Topic.PROGRAMS: "Programs",
    Topic.CAPABILITIES: "Capabilities",
    Topic.TESTS: "Tests",
    Topic.FLAGS: "Flags",
    Topic.SCORING: "Scoring",
    Topic.SECTIONS: "Designated sections",
    Topic.OTHER: "Other differences",
}
_COUNTED = {
    ChangeKind.REPOSITORY: ("1 test repository changed", "{} test repositories changed"),
    ChangeKind.PROGRAM_ADDED: ("1 program was added", "{} programs were added"),
    ChangeKind.PROGRAM_REMOVED: ("1 program was removed", "{} programs were removed"),
    ChangeKind.PROGRAM_RENAMED: ("1 program was renamed", "{} programs were renamed"),
    ChangeKind.PROGRAM_COMPONENTS: ("1 program has other components", "{} programs have other components"),
    ChangeKind.PROGRAM_HOST: ("1 program asks for another host", "{} programs ask for other hosts"),
    ChangeKind.BECAME_REQUIRED: ("1 capability became required", "{} capabilities became required"),
    ChangeKind.BECAME_ADVISORY: ("1 capability became advisory", "{} capabilities became advisory"),
    ChangeKind.BECAME_DEPRECATED: ("1 capability became deprecated", "{} capabilities became deprecated"),
    ChangeKind.BECAME_REMOVED: ("1 capability became removed", "{} capabilities became removed"),
    ChangeKind.BECAME_INFORMATIONAL: ("1 capability became informational", "{} capabilities became informational"),
    ChangeKind.PLACED: (
        "1 capability was placed in a further component",
        "{} capabilities were placed in further components",
    ),
    ChangeKind.TAKEN_OUT: ("1 capability was taken out of a component", "{} capabilities were taken out of components"),
    ChangeKind.CAPABILITY_ADDED: ("1 capability was added", "{} capabilities were added"),
    ChangeKind.CAPABILITY_GONE: ("1 capability is gone", "{} capabilities are gone"),
    ChangeKind.CAPABILITY_RENAMED: ("1 capability was renamed", "{} capabilities were renamed"),
    ChangeKind.CAPABILITY_MERGED: ("1 capability was merged into another", "{} capabilities were merged into others"),
    ChangeKind.CAPABILITY_SPLIT: ("1 capability was split", "{} capabilities were split"),
    ChangeKind.CAPABILITY_ADMIN: (
        "1 capability's need of an admin changed",
        "{} capabilities' need of an admin changed",
    ),
    ChangeKind.CAPABILITY_REWORDED: ("1 capability was reworded", "{} capabilities were reworded"),
    ChangeKind.TEST_ADDED: ("1 test was added", "{} tests were added"),
    ChangeKind.TEST_REMOVED: ("1 test was removed", "{} tests were removed"),
    ChangeKind.TEST_RENAMED: ("1 test was renamed", "{} tests were renamed"),
    ChangeKind.TEST_MOVED: ("1 test moved", "{} tests moved"),
    ChangeKind.TEST_ID: ("1 test has another id", "{} tests have other ids"),
    ChangeKind.ALIAS_ADDED: ("1 alias was added", "{} aliases were added"),
    ChangeKind.ALIAS_REMOVED: ("1 alias was removed", "{} aliases were removed"),
    ChangeKind.FLAG_ADDED: ("1 test was flagged", "{} tests were flagged"),
    ChangeKind.FLAG_REMOVED: ("1 flag was taken away", "{} flags were taken away"),
    ChangeKind.FLAG_REASON: ("1 flag has another reason", "{} flags have other reasons"),
    ChangeKind.CRITERION_ADDED: ("1 criterion was added", "{} criteria were added"),
    ChangeKind.CRITERION_REMOVED: ("1 criterion was removed", "{} criteria were removed"),
    ChangeKind.WEIGHT: ("1 weight changed", "{} weights changed"),
    ChangeKind.CRITERION_REWORDED: ("1 criterion was reworded", "{} criteria were reworded"),
    ChangeKind.ACHIEVEMENTS: ("1 capability has other achievements", "{} capabilities have other achievements"),
    ChangeKind.SECTION_ADDED: ("1 designated section was added", "{} designated sections were added"),
    ChangeKind.SECTION_REMOVED: ("1 designated section was removed", "{} designated sections were removed"),
    ChangeKind.SECTION_MOVED: ("1 designated section moved", "{} designated sections moved"),
    ChangeKind.SECTION_REWORDED: ("1 designated section was reworded", "{} designated sections were reworded"),
    ChangeKind.SECTION_PART: ("1 part of a designated section changed", "{} parts of designated sections changed"),
    ChangeKind.OTHER: ("1 other difference", "{} other differences"),
    ChangeKind.ORDER: ("keys or lists stand in another order", "keys or lists stand in another order"),
}
_STRIKING = {ChangeKind.BECAME_REQUIRED: Tone.GAP, ChangeKind.CAPABILITY_GONE: Tone.BAD}


class GuidelineChangesView(View):
    """What changed between two guidelines."""

    def __init__(
        self,
        changes: Sequence[GuidelineChange],
        before: Guideline,
        after: Guideline,
        *,
        full: bool = False,
        words: Words = str,
    ) -> None:
        """`full` shows long lists whole; else `words` says how they are had."""
        self.title = f"From {_name_of(before)} to {_name_of(after)}"
        self._changes = changes
        self._before = before
        self._after = after
        self._lists = _Lists(full, words)
        levels = levels_of(after, after.components)
        self._required = frozenset(key for key, level in levels.items() if level is Level.REQUIRED)
        self._must_pass = must_pass(before, after)

    def blocks(self) -> Iterator[Block]:
        """The summary and what must be passed, then topic by topic; wording and the rest last."""
        yield Sentence(f"{self.title}: {summary(self._changes)}.")
        if not self._changes:
            return
        yield from must_pass_table(self._must_pass)
        for topic, heading in _HEADINGS.items():
            if topic is Topic.OTHER:
                yield from self._wording()
            found = [change for change in self._changes if change.topic is topic and change.kind not in REWORDINGS]
            if found:
                yield Heading(heading)
                yield from _topic(found, self._lists, self._required)

    def _wording(self) -> Iterator[Block]:
        found = [change for change in self._changes if change.kind in REWORDINGS]
        if found:
            yield Heading("Wording")
            yield from _topic(found, self._lists, self._required)

    def document(self) -> Document:
        """`certmark-guideline-changes`."""
        changes = self._changes
        body = {
            "before": side_of(self._before),
            "after": side_of(self._after),
            "same": not changes,
            "summary": summary(changes),
            "counts": {kind.value: count for kind, count in count_kinds(changes).items()},
            "must_pass": [must_pass_entry(program) for program in self._must_pass],
            "changes": [_entry(change) for change in changes],
        }
        return Document("certmark-guideline-changes", 1, body)


def must_pass_table(programs: Sequence[DemandComparison]) -> Iterator[Block]:
    """How many tests each program demands, before and after."""
    if not programs:
        return
    rows = tuple(
        (Cell(one.program), Cell(_count(one.before)), Cell(_count(one.after)), Cell(_balance(one))) for one in programs
    )
    yield Table(("program", "must pass before", "after", "change"), rows)


def _count(names: frozenset[str] | None) -> str:
    return "no such program" if names is None else str(len(names))


def _balance(program: DemandComparison) -> str:
    told = [f"{sign}{len(names)}" for sign, names in (("+", program.new), ("-", program.dropped)) if names]
    return " ".join(told) or "the same tests"


def must_pass_entry(program: DemandComparison) -> dict[str, Any]:
    """For programs."""
    counts = [None if names is None else len(names) for names in (program.before, program.after)]
    return {
        "program": program.program,
        "before": counts[0],
        "after": counts[1],
        "new": list(program.new),
        "dropped": list(program.dropped),
    }


def change_blocks(changes: Sequence[GuidelineChange], *, full: bool, words: Words) -> Iterator[Block]:
    """Changes by kind, without headings."""
    yield from _topic(changes, _Lists(full, words), frozenset())


class _Lists(NamedTuple):
    """How long lists are shown."""

    full: bool
    words: Words

    def cut(self, items: list[Item]) -> tuple[Item, ...]:
        """All of `items`, or the first of them and how many more there are."""
        if self.full or len(items) <= _MOST + 1:
            return tuple(items)
        return (*items[:_MOST], Item(f"and {len(items) - _MOST} more; {self.words(Advice(Action.SHOW_ALL))}"))


def _name_of(guideline: Guideline) -> str:
    return guideline.id or "a guideline without an id"


def gist(changes: Sequence[GuidelineChange]) -> str:
    """What came, went and changed its level, in one line; the rest is left out."""
    counts = count_kinds(change for change in changes if change.kind in _GIST)
    return ", ".join(sorted((_in_words(kind, count) for kind, count in counts.items()), key=_weight))


_GIST = frozenset(
    (
        *(ChangeKind.BECAME_REQUIRED, ChangeKind.BECAME_ADVISORY, ChangeKind.BECAME_DEPRECATED),
        *(ChangeKind.BECAME_REMOVED, ChangeKind.CAPABILITY_ADDED, ChangeKind.CAPABILITY_GONE),
        *(ChangeKind.TEST_ADDED, ChangeKind.TEST_REMOVED, ChangeKind.FLAG_ADDED, ChangeKind.FLAG_REMOVED),
    )
)


def summary(changes: Sequence[GuidelineChange]) -> str:
    """All of it in one line, what weighs most first."""
    if not changes:
        return "nothing changed"
    counts = count_kinds(changes)
    told = [_in_words(kind, count) for kind, count in counts.items() if kind in _COUNTED and kind not in _ASIDE]
    aside = [_in_words(kind, counts[kind]) for kind in _ASIDE if kind in counts]
    words = [*sorted(told, key=_weight), *_terms(changes, _SUMMED_TERMS), *aside]
    return ", ".join(words or _terms(changes, _REST_OF_TERMS))


_ASIDE = (ChangeKind.OTHER, ChangeKind.ORDER)


def _weight(told: str) -> int:
    """Changes of level first, then what there is of tests and flags, the rest as it comes."""
    words = ("became required", "became deprecated", "became removed", "became advisory", "gone", "added", "flag")
    return next((number for number, word in enumerate(words) if word in told), len(words))


def _in_words(kind: ChangeKind, count: int) -> str:
    one, many = _COUNTED[kind]
    return one if count == 1 else many.format(count)


_SUMMED_TERMS = (
    *(ChangeKind.CUTOFF, ChangeKind.STATUS, ChangeKind.SCHEMA, ChangeKind.POLICY, ChangeKind.TARGET_APPROVAL),
)
_REST_OF_TERMS = (ChangeKind.REPLACES, ChangeKind.IDENTITY)


def _terms(changes: Iterable[GuidelineChange], kinds: Iterable[ChangeKind]) -> Iterator[str]:
    by_kind: dict[ChangeKind, list[GuidelineChange]] = {}
    for change in changes:
        by_kind.setdefault(change.kind, []).append(change)
    for kind, word in ((ChangeKind.RELEASE_DROPPED, "dropped"), (ChangeKind.RELEASE_ADDED, "added")):
        names = [change.subject for change in by_kind.get(kind, ())]
        if names:
            yield f"release{'s' if len(names) > 1 else ''} {_joined(names)} {word}"
    for kind in kinds:
        for change in by_kind.get(kind, ()):
            yield f"{change.subject} {_arrow(change)}"


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _arrow(change: GuidelineChange) -> str:
    return f"{change.before or 'none'} → {change.after or 'none'}"


def _topic(changes: Sequence[GuidelineChange], lists: _Lists, required: frozenset[str]) -> Iterator[Block]:
    kinds: dict[ChangeKind, list[GuidelineChange]] = {}
    for change in changes:
        kinds.setdefault(change.kind, []).append(change)
    origins = _origins(changes)
    for kind, found in kinds.items():
        if kind is ChangeKind.TEST_MOVED:
            yield from _moves(found, lists)
        elif kind in {ChangeKind.FLAG_ADDED, ChangeKind.FLAG_REMOVED}:
            yield from _by_reason(kind, found, lists)
        elif kind is ChangeKind.TEST_ADDED:
            yield from _new_tests(found, lists, required)
        else:
            items = [_with_origin(Item(*_item(change)), change, origins) for change in found]
            yield ItemGroup(_title(kind, found), lists.cut(items), _STRIKING.get(kind))


def _new_tests(found: Sequence[GuidelineChange], lists: _Lists, required: frozenset[str]) -> Iterator[Block]:
    """Those of required capabilities first: only they are a demand."""
    demanded = [change for change in found if not change.places or required.intersection(change.places)]
    others = [change for change in found if change not in demanded]
    for part, where, tone in ((demanded, "", Tone.GAP), (others, ", of capabilities that are not required", None)):
        if part:
            items = [Item(*_item(change)) for change in part]
            yield ItemGroup(f"{_title(ChangeKind.TEST_ADDED, part)}{where}", lists.cut(items), tone)


def _origins(changes: Iterable[GuidelineChange]) -> dict[str, str]:
    """For each capability that got the tests of one that went, that one."""
    went = (ChangeKind.CAPABILITY_RENAMED, ChangeKind.CAPABILITY_MERGED, ChangeKind.CAPABILITY_SPLIT)
    origins: dict[str, list[str]] = {}
    for change in changes:
        for heir in change.after.split(", ") if change.kind in went else ():
            origins.setdefault(heir, []).append(change.subject)
    return {heir: _joined(names) for heir, names in origins.items()}


def _with_origin(item: Item, change: GuidelineChange, origins: dict[str, str]) -> Item:
    if change.kind is not ChangeKind.CAPABILITY_ADDED or change.subject not in origins:
        return item
    return item._replace(text=f"{item.text}, with tests of {origins[change.subject]}")


def _title(kind: ChangeKind, found: Sequence[GuidelineChange]) -> str:
    if kind in _COUNTED:
        told = _in_words(kind, count_kinds(found)[kind])
        return f"{told[:1].upper()}{told[1:]}"
    return f"{kind.value[:1].upper()}{kind.value[1:]}"


def _item(change: GuidelineChange) -> tuple[str, tuple[str, ...]]:
    kind, subject = change.kind, change.subject
    places = _joined(change.places) if change.places else ""
    if kind in _NOTED:
        return subject, tuple(note for note in _NOTED[kind](change) if note)
    if kind is ChangeKind.ORDER:
        return f"in {places}", ()
    if kind in {ChangeKind.CAPABILITY_RENAMED, ChangeKind.CAPABILITY_MERGED, ChangeKind.CAPABILITY_SPLIT}:
        return f"{subject} → {change.after}", ()
    what = _arrow(change)
    if kind in {ChangeKind.CAPABILITY_ADDED, ChangeKind.PLACED}:
        what = change.after or "in no component"
    elif kind in {ChangeKind.CAPABILITY_GONE, ChangeKind.TAKEN_OUT}:
        what = f"was {change.before}" if change.before else "was in no component"
    return _with(what, subject, places), ()


def _other_notes(change: GuidelineChange) -> Iterator[str]:
    if change.before and change.after and words_of(change.before) == words_of(change.after):
        yield f"blanks or line breaks only: {_short(change.after)}"
        return
    if change.before:
        yield f"was: {_short(change.before)}"
    if change.after:
        yield f"now: {_short(change.after)}"


def _with(what: str, subject: str, places: str) -> str:
    return f"{subject}: {what}" + (f" in {places}" if places else "")


def _marks(change: GuidelineChange) -> tuple[str, ...]:
    old, new = (set(filter(None, text.split(", "))) for text in (change.before, change.after))
    told = [f"+{word}" for word in sorted(new - old)] + [f"-{word}" for word in sorted(old - new)]
    return (" ".join(told),) if told else ()


def _in_places(change: GuidelineChange) -> tuple[str, ...]:
    return (f"in {_joined(change.places)}",) if change.places else ()


_NOTED: dict[ChangeKind, Callable[[GuidelineChange], tuple[str, ...]]] = {
    ChangeKind.RELEASE_ADDED: lambda _: (),
    ChangeKind.RELEASE_DROPPED: lambda _: (),
    ChangeKind.TEST_ADDED: _in_places,
    ChangeKind.TEST_REMOVED: _in_places,
    ChangeKind.TEST_RENAMED: lambda change: (f"was {change.before}",),
    ChangeKind.PROGRAM_RENAMED: lambda change: (f"was {change.before}",),
    ChangeKind.ALIAS_ADDED: lambda change: (f"also {change.after}",),
    ChangeKind.ALIAS_REMOVED: lambda change: (f"no longer {change.before}",),
    ChangeKind.ACHIEVEMENTS: _marks,
    ChangeKind.OTHER: lambda change: tuple(_other_notes(change)),
    **dict.fromkeys(REWORDINGS, lambda change: (f"was: {_short(change.before)}", f"now: {_short(change.after)}")),
}


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _moves(found: Sequence[GuidelineChange], lists: _Lists) -> Iterator[Block]:
    """Grouped by where from and where to."""
    by_way: dict[str, list[Item]] = {}
    for change in found:
        by_way.setdefault(_way(change), []).append(Item(change.subject))
    for way, items in by_way.items():
        yield ItemGroup(f"{len(items)} test{'' if len(items) == 1 else 's'} {way}", lists.cut(items))


def _way(change: GuidelineChange) -> str:
    """Where tests went; one that stands in several capabilities may come into one more, or leave one."""
    old, new = (list(filter(None, text.split(", "))) for text in (change.before, change.after))
    lost, gained = ([key for key in one if key not in other] for one, other in ((old, new), (new, old)))
    if not lost:
        return f"now also in {_joined(gained)}, beside {_joined(old)}"
    if not gained:
        return f"no longer in {_joined(lost)}, only in {_joined(new)}"
    return f"moved from {_joined(lost)} to {_joined(gained)}"


def _by_reason(kind: ChangeKind, found: Sequence[GuidelineChange], lists: _Lists) -> Iterator[Block]:
    """Many tests are flagged for one reason."""
    reasons: dict[str, list[Item]] = {}
    for change in found:
        reasons.setdefault(change.before or change.after, []).append(Item(change.subject))
    for reason, items in reasons.items():
        told = _in_words(kind, len(items))
        yield ItemGroup(f"{told[:1].upper()}{told[1:]}: {_short(reason) or 'no reason is given'}", lists.cut(items))


def _entry(change: GuidelineChange) -> dict[str, Any]:
    return {
        "topic": change.topic.value,
        "kind": change.kind.value,
        "subject": change.subject,
        "before": change.before or None,
        "after": change.after or None,
        "places": list(change.places),
    }


def side_of(guideline: Guideline) -> dict[str, Any]:
    """Which guideline it is, for programs."""
    return {
        "id": guideline.id,
        "schema": guideline.schema,
        "status": guideline.status,
        "sha256": guideline.sha256,
    }

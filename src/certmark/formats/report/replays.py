"""Two judgements of the same evidence, as two reports tell them: what one says otherwise than the other.

Before and after are read from reports, not from verdicts: what was said then is what was said, whatever a
judge of today would make of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.report.blocks import Block, Cell, Group, Heading, Item, Sentence, Table, Tone
from certmark.formats.report.parsing import MAX_SIZE
from certmark.formats.report.wording import number

_REQUIRED = "required"
_STRENGTH = ("failed", "missing", "passed", "waived", "ignored", "flagged")
"""How a test enters the counts, strongest first: a test of several capabilities counts at its strongest."""
SHOWN = "shown"
"""Of a test that is asked for at other levels only: it does not weigh."""
NOT_ASKED = "not asked for"
_FEW = 10


class JudgedTest(NamedTuple):
    """What a judgement says of a test."""

    name: str
    uuid: str | None
    state: str
    counted: str
    """A word of `_STRENGTH`, or SHOWN."""
    capabilities: tuple[str, ...]
    reason: str


class JudgedCapability(NamedTuple):
    """What a judgement says of a capability."""

    key: str
    level: str
    standing: str


class Judged(NamedTuple):
    """What a report says that the evidence was judged to."""

    guideline: str
    program: str
    policy: str
    as_of: str
    standing: str
    sentence: str
    capabilities: tuple[JudgedCapability, ...]
    tests: Mapping[str, JudgedTest]
    """By name."""


class CapabilityChange(NamedTuple):
    """A capability that is judged otherwise; None: the guideline does not name it."""

    key: str
    before: JudgedCapability | None
    after: JudgedCapability | None


class CountChange(NamedTuple):
    """A test that is counted otherwise, or in another state; None: it is not asked for."""

    before: JudgedTest | None
    after: JudgedTest | None

    @property
    def name(self) -> str:
        """Its name now, or its last one."""
        side = self.after or self.before
        return side.name if side is not None else ""

    @property
    def words(self) -> tuple[str, str]:
        """How it was counted, and how it is."""
        before, after = ((side.counted if side is not None else NOT_ASKED) for side in self)
        return before, after

    @property
    def weighs(self) -> bool:
        """Whether it weighed before, or does now."""
        return not set(self.words) <= {SHOWN, NOT_ASKED}


class Replay(NamedTuple):
    """What changes."""

    before: Judged
    after: Judged
    capabilities: tuple[CapabilityChange, ...]
    tests: tuple[CountChange, ...]
    doubts: tuple[str, ...]
    """Why the judgement of then cannot be repeated, or is not what comes out again; a sentence each."""


def read_judged(data: bytes) -> Judged:
    """What a report says of its verdict. Raises UnreadableResults, also where it has none."""
    if len(data) > MAX_SIZE:
        raise UnreadableResults(f"the report has {len(data):,} bytes; at most {MAX_SIZE:,} are read")
    try:
        judgement = json.loads(data)["judgement"]
        if judgement is None:
            raise UnreadableResults("this report was never judged; judge it with certmark judge")
        return _judged(judgement)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, UnreadableResults):
            raise
        raise UnreadableResults("the judgement in the report has another shape than ours; send it again") from error


def _judged(judgement: Mapping[str, Any]) -> Judged:
    entries = judgement["capabilities"]
    tests: dict[str, JudgedTest] = {}
    for entry in entries:
        for test in entry["tests"]:
            found = _test(test, str(entry["key"]), str(entry["level"]))
            known = tests.get(found.name)
            tests[found.name] = found if known is None else _joined(known, found)
    return Judged(
        str(judgement["guideline"]["id"]),
        str(judgement["program"]["name"]),
        str(judgement["policy"]["name"]),
        str(judgement["as_of"]),
        str(judgement["standing"]),
        str(judgement["sentence"]),
        tuple(JudgedCapability(str(one["key"]), str(one["level"]), str(one["standing"])) for one in entries),
        tests,
    )


def _test(test: Mapping[str, Any], capability: str, level: str) -> JudgedTest:
    counted = str(test["counted"])
    if counted not in _STRENGTH:
        raise UnreadableResults(
            f"the report counts a test as {excerpt(counted, 30)}, which is not known; send it again"
        )
    uuid = test["uuid"]
    return JudgedTest(
        str(test["name"]),
        None if uuid is None else str(uuid),
        str(test["state"]),
        counted if level == _REQUIRED else SHOWN,
        (capability,),
        str(test["reason"]),
    )


def _joined(one: JudgedTest, other: JudgedTest) -> JudgedTest:
    """A test of several capabilities counts once, at its strongest."""
    order = (*_STRENGTH, SHOWN)
    strongest = min((one, other), key=lambda test: order.index(test.counted))
    return strongest._replace(capabilities=(*one.capabilities, *other.capabilities))


def compare_judgements(before: Judged, after: Judged, doubts: Sequence[str] = ()) -> Replay:
    """What `after` says otherwise than `before`; tests are paired by name, then by an id that is one test's alone."""
    return Replay(before, after, tuple(_capabilities(before, after)), tuple(_tests(before, after)), tuple(doubts))


def _capabilities(before: Judged, after: Judged) -> list[CapabilityChange]:
    old, new = ({one.key: one for one in judged.capabilities} for judged in (before, after))
    changes = [
        CapabilityChange(key, old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if old.get(key) != new.get(key)
    ]
    # What weighs comes first.
    return sorted(changes, key=lambda change: all(side is None or side.level != _REQUIRED for side in change[1:]))


def _tests(before: Judged, after: Judged) -> Iterator[CountChange]:
    former = _by_id(before, after)
    known = set(after.tests) | {former[test.uuid].name for test in _strangers(after, before) if test.uuid in former}
    for name, test in after.tests.items():
        old = before.tests.get(name) or (former.get(test.uuid) if test.uuid is not None else None)
        if old is None or (old.counted, old.state) != (test.counted, test.state):
            yield CountChange(old, test)
    for name, test in before.tests.items():
        if name not in known:
            yield CountChange(test, None)


def _by_id(before: Judged, after: Judged) -> dict[str | None, JudgedTest]:
    """Tests of `before` under another name than after, by an id that one test alone has on either side."""
    old, new = _strangers(before, after), _strangers(after, before)
    ids = [test.uuid for test in old], [test.uuid for test in new]
    return {
        test.uuid: test for test in old if test.uuid is not None and all(side.count(test.uuid) == 1 for side in ids)
    }


def _strangers(judged: Judged, other: Judged) -> list[JudgedTest]:
    return [test for name, test in judged.tests.items() if name not in other.tests]


_GROUPS = {
    "failed": ("now failing", Tone.BAD),
    "missing": ("now leaving a gap", Tone.GAP),
    "passed": ("now passing", Tone.GOOD),
    "waived": ("now waived", Tone.QUIET),
    "flagged": ("now flagged", Tone.QUIET),
    "ignored": ("now set aside by the policy", Tone.QUIET),
    SHOWN: ("now without weight", Tone.QUIET),
    NOT_ASKED: ("no longer asked for", Tone.QUIET),
}


def replay_blocks(replay: Replay, *, full: bool = False) -> tuple[Block, ...]:
    """What changes, for people: the verdict, the capabilities, the tests, and what cannot be repeated."""
    return (
        *_verdicts(replay),
        *_capability_table(replay, full=full),
        *_test_groups(replay, full=full),
        *_doubts(replay),
    )


def _verdicts(replay: Replay) -> Iterator[Block]:
    before, after = replay.before, replay.after
    same = before.standing == after.standing
    yield Sentence(
        f"{before.standing.upper()} before, {after.standing.upper()} now: "
        + ("the verdict stays" if same else "the verdict changes")
        + f"; {_counts(replay)}.",
        None if same else Tone.GAP,
    )
    yield Group("before", (Item(before.sentence), Item(_terms(before))), Tone.QUIET)
    yield Group("now", (Item(after.sentence), Item(_terms(after))), Tone.QUIET)


def _counts(replay: Replay) -> str:
    weighing = sum(change.weighs for change in replay.tests)
    rest = len(replay.tests) - weighing
    more = f" ({rest} more without weight)" if rest else ""
    capabilities = number(len(replay.capabilities), "capability", "capabilities")
    return f"{capabilities} and {number(weighing, 'test')}{more} judged otherwise"


def _terms(judged: Judged) -> str:
    return f"guideline {judged.guideline}, {judged.program}, policy {judged.policy}, as of {judged.as_of}"


def _capability_table(replay: Replay, *, full: bool) -> Iterator[Block]:
    if replay.capabilities:
        yield Heading("Capabilities")
        shown = replay.capabilities if full else replay.capabilities[: 2 * _FEW]
        rows = tuple(
            (Cell(change.key), Cell(_said(change.before)), Cell(_said(change.after), _tone(change.after)))
            for change in shown
        )
        yield Table(("Capability", "Before", "Now"), rows)
        if len(shown) < len(replay.capabilities):
            yield Sentence(f"… and {len(replay.capabilities) - len(shown)} more (--full shows all)", Tone.QUIET)


def _said(capability: JudgedCapability | None) -> str:
    if capability is None:
        return "not in the guideline"
    aside = "" if capability.level == _REQUIRED else f" ({capability.level})"
    return f"{capability.standing}{aside}"


def _tone(capability: JudgedCapability | None) -> Tone | None:
    tones = {"pass": Tone.GOOD, "fail": Tone.BAD, "incomplete": Tone.GAP}
    return None if capability is None else tones.get(capability.standing)


def _test_groups(replay: Replay, *, full: bool) -> Iterator[Block]:
    if replay.tests:
        yield Heading("Tests")
    for word, (title, tone) in _GROUPS.items():
        changes = [change for change in replay.tests if change.words[1] == word]
        if changes:
            items = [_item(change) for change in (changes if full else changes[:_FEW])]
            if len(items) < len(changes):
                items.append(Item(f"… and {len(changes) - len(items)} more (--full shows all)"))
            yield Group(f"{title}: {len(changes)}", tuple(items), tone)


def _item(change: CountChange) -> Item:
    before, after = change.words
    side = change.after or change.before
    notes = [f"{before} → {after}"]
    if change.before is not None and change.after is not None:
        if change.before.state != change.after.state:
            notes.append(f"{change.before.state} → {change.after.state}")
        if change.before.name != change.after.name:
            notes.append(f"before: {change.before.name}")
    if side is not None:
        notes.append(f"in {', '.join(side.capabilities)}" + (f"; {side.reason}" if side.reason else ""))
    return Item(change.name, tuple(notes))


def _doubts(replay: Replay) -> Iterator[Block]:
    if replay.doubts:
        yield Heading("Where the judgement of then cannot be repeated")
        yield Group(
            f"{len(replay.doubts)} reasons" if len(replay.doubts) > 1 else "1 reason",
            tuple(map(Item, replay.doubts)),
            Tone.GAP,
        )

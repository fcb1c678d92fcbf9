"""Two judgements of the same evidence, as two reports tell them: what one says otherwise than the other.

Before and after are read from reports, not from verdicts: what was said then is what was said, whatever a
judge of today would make of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from certmark.domain.guidelines import Level
from certmark.domain.phrases import counted
from certmark.domain.replays import (
    NOT_ASKED,
    SHOWN,
    ComparableVerdict,
    CountChange,
    JudgedCapability,
    JudgedTest,
    Replay,
)
from certmark.reporting.blocks import Block, Cell, Heading, Item, ItemGroup, Sentence, Table, Tone, and_more
from certmark.reporting.documents import Document
from certmark.reporting.views import View

_FEW = 10

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


class ReplayView(View):
    """What changes: the verdict, the capabilities, the tests, and what cannot be repeated."""

    def __init__(self, replay: Replay, *, full: bool = False, hint: str = "") -> None:
        """`full` shows long lists whole; `hint` says how to ask for that."""
        self.title = f"{replay.before.program}, judged again"
        self.headline = replay.after.sentence
        self._replay = replay
        self._full = full
        self._hint = hint

    def blocks(self) -> Iterable[Block]:
        """For people who read."""
        return (
            *_verdicts(self._replay),
            *self._capability_table(),
            *self._test_groups(),
            *_doubts(self._replay),
        )

    def document(self) -> Document:
        """Both judgements, and everything that is judged otherwise."""
        return Document("certmark-replay", 1, _body(self._replay))

    def _capability_table(self) -> Iterator[Block]:
        changes = self._replay.capabilities
        if changes:
            yield Heading("Capabilities")
            shown = changes if self._full else changes[: 2 * _FEW]
            rows = tuple(
                (Cell(change.key), Cell(_standing(change.before)), Cell(_standing(change.after), _tone(change.after)))
                for change in shown
            )
            yield Table(("Capability", "Before", "Now"), rows)
            if len(shown) < len(changes):
                yield Sentence(and_more(len(changes) - len(shown), self._hint), Tone.QUIET)

    def _test_groups(self) -> Iterator[Block]:
        if self._replay.tests:
            yield Heading("Tests")
        for word, (title, tone) in _GROUPS.items():
            changes = [change for change in self._replay.tests if change.words[1] == word]
            if changes:
                items = [_item(change) for change in (changes if self._full else changes[:_FEW])]
                if len(items) < len(changes):
                    items.append(Item(and_more(len(changes) - len(items), self._hint)))
                yield ItemGroup(f"{title}: {len(changes)}", tuple(items), tone)


def _verdicts(replay: Replay) -> Iterator[Block]:
    before, after = replay.before, replay.after
    same = before.standing == after.standing
    yield Sentence(
        f"{before.standing.upper()} before, {after.standing.upper()} now: "
        + ("the verdict stays" if same else "the verdict changes")
        + f"; {_counts(replay)}.",
        None if same else Tone.GAP,
    )
    yield ItemGroup("before", (Item(before.sentence), Item(_terms(before))), Tone.QUIET)
    yield ItemGroup("now", (Item(after.sentence), Item(_terms(after))), Tone.QUIET)


def _counts(replay: Replay) -> str:
    weighing = sum(change.weighs for change in replay.tests)
    rest = len(replay.tests) - weighing
    more = f" ({rest} more without weight)" if rest else ""
    capabilities = counted(len(replay.capabilities), "capability", "capabilities")
    return f"{capabilities} and {counted(weighing, 'test')}{more} judged otherwise"


def _terms(judged: ComparableVerdict) -> str:
    return f"guideline {judged.guideline}, {judged.program}, policy {judged.policy}, as of {judged.as_of}"


def _standing(capability: JudgedCapability | None) -> str:
    if capability is None:
        return "not in the guideline"
    aside = "" if capability.level == Level.REQUIRED.value else f" ({capability.level})"
    return f"{capability.standing}{aside}"


def _tone(capability: JudgedCapability | None) -> Tone | None:
    tones = {"pass": Tone.GOOD, "fail": Tone.BAD, "incomplete": Tone.GAP}
    return None if capability is None else tones.get(capability.standing)


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
        yield ItemGroup(counted(len(replay.doubts), "reason"), tuple(map(Item, replay.doubts)), Tone.GAP)


def _body(replay: Replay) -> Mapping[str, Any]:
    return {
        "before": _judged(replay.before),
        "after": _judged(replay.after),
        "capabilities": [
            {"key": change.key, "before": _capability(change.before), "after": _capability(change.after)}
            for change in replay.capabilities
        ],
        "tests": [
            {
                "name": change.name,
                "counted": list(change.words),
                "before": _test(change.before),
                "after": _test(change.after),
            }
            for change in replay.tests
        ],
        "not_repeatable": list(replay.doubts),
    }


def _judged(judged: ComparableVerdict) -> Mapping[str, str]:
    return {
        "guideline": judged.guideline,
        "program": judged.program,
        "policy": judged.policy,
        "as_of": judged.as_of,
        "standing": judged.standing,
        "sentence": judged.sentence,
    }


def _capability(judged: JudgedCapability | None) -> Mapping[str, str] | None:
    return None if judged is None else {"key": judged.key, "level": judged.level, "standing": judged.standing}


def _test(judged: JudgedTest | None) -> Mapping[str, Any] | None:
    if judged is None:
        return None
    return {
        "name": judged.name,
        "uuid": judged.uuid,
        "state": judged.state,
        "counted": judged.counted,
        "capabilities": list(judged.capabilities),
        "reason": judged.reason,
    }

"""Two judgements of the same evidence, as two reports tell them: what one says otherwise than the other.

Before and after are read from reports, not from verdicts: what was said then is what was said, whatever a
judge of today would make of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from certmark.domain.phrases import counted
from certmark.domain.replays import _REQUIRED, NOT_ASKED, SHOWN, CountChange, Judged, JudgedCapability, Replay
from certmark.reporting.blocks import Block, Cell, Group, Heading, Item, Sentence, Table, Tone

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
    capabilities = counted(len(replay.capabilities), "capability", "capabilities")
    return f"{capabilities} and {counted(weighing, 'test')}{more} judged otherwise"


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

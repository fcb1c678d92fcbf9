"""Two judgements of the same results compared: what another guideline, policy or day changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_REQUIRED = "required"


_STRENGTH = ("failed", "missing", "passed", "waived", "ignored", "flagged")
"""How a test enters the counts, strongest first: a test of several capabilities counts at its strongest."""


SHOWN = "shown"
"""Of a test that is asked for at other levels only: it does not weigh."""


NOT_ASKED = "not asked for"


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

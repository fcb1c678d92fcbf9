"""What changed between two runs: by id, across renames."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from certmark.domain.attempts import decide, state_of
from certmark.domain.identity import FixtureStage, class_of, fixture_of, method_of
from certmark.domain.results import Attempt, Results
from certmark.domain.verdict_values import State


class OutcomeChange(Enum):
    """What became of a test."""

    NEWLY_FAILING = "newly failing"
    """It failed, or its set-up did; before it did not."""
    FIXED = "fixed"
    """It passed; before it failed or its set-up did."""
    NO_LONGER_RUN = "no longer run"
    """It is skipped or unfinished; before it passed or failed."""
    NOW_RUN = "now run"
    """It passed; before it was skipped or unfinished."""
    NEW = "new"
    GONE = "gone"
    STILL_FAILING = "still failing"
    UNCHANGED = "unchanged"


class ComparedTest(NamedTuple):
    """A test in one of the two runs."""

    name: str
    state: State
    attempts: tuple[Attempt, ...]

    @property
    def unstable(self) -> bool:
        """Whether its attempts came to different states."""
        return len({state_of(attempt) for attempt in self.attempts}) > 1


class RunDifference(NamedTuple):
    """A test before and after."""

    change: OutcomeChange
    before: ComparedTest | None
    after: ComparedTest | None

    @property
    def name(self) -> str:
        """Its name now, or its last one."""
        side = self.after or self.before
        return side.name if side is not None else ""

    @property
    def renamed(self) -> bool:
        """Whether it has another name than before."""
        return self.before is not None and self.after is not None and self.before.name != self.after.name

    @property
    def unstable(self) -> bool:
        """Whether its attempts in one of the runs came to different states."""
        return any(side is not None and side.unstable for side in (self.before, self.after))


_FAILING = frozenset({State.FAILED, State.SETUP_ERROR})


def compare(before: Results, after: Results) -> tuple[RunDifference, ...]:
    """Every test of either run, in the order of `after`, then those of `before` only.

    Tests are paired by name, then by an idempotent id that leads to one unpaired test on each
    side (where it leads to several: to the one with the same method, else of the same class). Of
    several attempts `domain.attempts` says which counts. A test without an entry in a run has the
    state of its class's set-up there, if that has one; entries of fixtures stand for themselves only
    where they failed and settle no test of the other run.
    """
    pairs = _pairs(before, after)
    former = set(pairs.values())
    now = [name for name in after.names if _stands(name, after, before)]
    gone = [name for name in before.names if name not in former and _stands(name, before, after)]
    return tuple(
        [_difference(_side(before, pairs.get(name, name)), _side(after, name)) for name in now]
        + [_only_before(name, before, after) for name in gone]
    )


def _only_before(name: str, before: Results, after: Results) -> RunDifference:
    """What became of an entry of `before` only: a fixture of a class that ran without trouble is mended."""
    fixture = fixture_of(name)
    if fixture is not None and any(class_of(known).startswith(fixture.scope) for known in after.names):
        return RunDifference(OutcomeChange.FIXED, _side(before, name), None)
    return _difference(_side(before, name), _side(after, name))


def _stands(name: str, results: Results, other: Results) -> bool:
    """Whether an entry stands for itself: every test, and a fixture that failed and settles no test."""
    fixture = fixture_of(name)
    if fixture is None:
        return True
    if all(state_of(attempt) not in _FAILING for attempt in results.attempts(name)):
        return False
    return fixture.stage is FixtureStage.TEAR_DOWN or not any(
        class_of(known).startswith(fixture.scope) for known in other.names if not results.attempts(known)
    )


def _pairs(before: Results, after: Results) -> dict[str, str]:
    """The former name of each test of `after` that has one."""
    pairs = {name: name for name in after.names if before.attempts(name)}
    for name in after.names:
        if name not in pairs:
            old = _former_name(name, before, after)
            if old is not None and old not in pairs.values():
                pairs[name] = old
    return pairs


def _former_name(name: str, before: Results, after: Results) -> str | None:
    uuid = after.attempts(name)[-1].uuid
    candidates = [old for old in before.names_of(uuid) if not after.attempts(old)] if uuid is not None else []
    for same in (method_of, class_of):
        if len(candidates) > 1:
            candidates = _narrowed(candidates, name, same)
    return candidates[0] if len(candidates) == 1 else None


def _narrowed(candidates: list[str], name: str, part: Callable[[str], str]) -> list[str]:
    return [old for old in candidates if part(old) == part(name)] or candidates


def _side(results: Results, name: str) -> ComparedTest | None:
    attempts = results.attempts(name) or results.set_up_of(class_of(name))
    return ComparedTest(name, decide(attempts).state, attempts) if attempts else None


def _difference(before: ComparedTest | None, after: ComparedTest | None) -> RunDifference:
    return RunDifference(_change(before, after), before, after)


def _change(before: ComparedTest | None, after: ComparedTest | None) -> OutcomeChange:
    if before is None:
        return OutcomeChange.NEWLY_FAILING if after is not None and after.state in _FAILING else OutcomeChange.NEW
    if after is None:
        return OutcomeChange.GONE
    if after.state in _FAILING:
        return OutcomeChange.STILL_FAILING if before.state in _FAILING else OutcomeChange.NEWLY_FAILING
    if before.state in _FAILING:
        return OutcomeChange.FIXED if after.state is State.PASSED else OutcomeChange.NO_LONGER_RUN
    if before.state is after.state:
        return OutcomeChange.UNCHANGED
    return OutcomeChange.NOW_RUN if after.state is State.PASSED else OutcomeChange.NO_LONGER_RUN


def counted(differences: Iterable[RunDifference]) -> dict[OutcomeChange, int]:
    """How many tests each change has; every change is a key."""
    counts = dict.fromkeys(OutcomeChange, 0)
    for difference in differences:
        counts[difference.change] += 1
    return counts

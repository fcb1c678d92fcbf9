"""Verdicts on many runs at once, equal to what `domain.verdicts.judge` says of each: a property test holds it.

1. A test passes, fails, leaves a gap or is ignored as its state and the policy say (rule 7 of the verdict).
2. A flagged test does not count; of a group one is enough (rules 3 and 11).
3. A capability fails if a counted test failed; it is incomplete if one left a gap (rule 5).
4. The worst of the required capabilities decides (rule 6); components that are nowhere defined leave a gap, and so
   do results that contradict themselves, and evidence that is damaged (rules 1 and 9). Where the policy says so, any
   failure is a fail (rule 7).
5. Of runs whose bits do not say all, `domain.verdicts.judge` says everything.

Waivers are of products and days: none is looked at here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from certmark.corpus.bits import Words, of_indices
from certmark.corpus.history import Part, Snapshot
from certmark.corpus.segments import PAGE
from certmark.corpus.settling import FAILED, Patterns, Settling, strength
from certmark.corpus.yardsticks import CapabilityPlan, JudgingPlan, Yardstick, plan_of
from certmark.domain.attempts import effect_of
from certmark.domain.policies import Consequence, Effect
from certmark.domain.results import Results
from certmark.domain.verdict_values import Standing, State, Verdict
from certmark.domain.verdicts import judge

_DAY = dt.date.max
"""Verdicts are found without waivers, so that no day makes a difference to what counts."""


class Kinds(NamedTuple):
    """How a test, or a group of tests, counts in the runs of a part; what is in none of them leaves a gap."""

    passed: Words
    failed: Words
    ignored: Words | None


class Standings(NamedTuple):
    """What runs came to."""

    passed: Words
    failed: Words
    incomplete: Words
    """Of a capability or a program."""
    not_judged: Words
    """Nothing was left to count."""

    def of(self, standing: Standing) -> Words:
        """The runs that came to `standing`."""
        match standing:
            case Standing.PASS:
                return self.passed
            case Standing.FAIL:
                return self.failed
            case Standing.INCOMPLETE:
                return self.incomplete
            case Standing.NOT_JUDGED | Standing.NOT_APPLICABLE:
                return self.not_judged


class Judge:
    """Judges the runs of a snapshot by one yardstick; what was worked out is held for the next question."""

    def __init__(self, snapshot: Snapshot, yardstick: Yardstick) -> None:
        """Raises NotOverTheHistory."""
        self.snapshot = snapshot
        self.plan = plan_of(yardstick, snapshot.tests)
        self._patterns = Patterns(self.plan, snapshot.tests)
        self._standings: Standings | None = None
        self._capabilities: dict[str, Standings] = {}
        self._verdicts: dict[int, Verdict] = {}

    def standings(self) -> Standings:
        """What every run comes to."""
        if self._standings is None:
            self._standings = self._gathered((part, part.program()) for part in self.parts())
        return self._standings

    def capability(self, key: str) -> Standings:
        """What every run comes to in a capability. Raises KeyError."""
        if key not in self._capabilities:
            plan = next((one for one in self.plan.capabilities if one.key == key), None)
            if plan is None:
                raise KeyError(key)
            self._capabilities[key] = self._gathered((part, part.capability(plan)) for part in self.parts())
        return self._capabilities[key]

    def parts(self, within: Words | None = None) -> Iterator[JudgedPart]:
        """The parts of the snapshot, judged test by test."""
        for part in self.snapshot.parts(within):
            yield JudgedPart(self, part, self._patterns)

    def verdict(self, run: int) -> Verdict:
        """Rule 5, of one run whose bits do not say all."""
        found = self._verdicts.get(run)
        if found is None:
            guideline, program, policy, hosts = self.plan.yardstick
            results: Results = self.snapshot.wholes[run]
            found = judge(guideline, program, results, as_of=_DAY, policy=policy, hosts=hosts)
            self._verdicts[run] = found
        return found

    def _gathered(self, parts: Iterable[tuple[JudgedPart, Standings]]) -> Standings:
        pieces = [(part.part, found) for part, found in parts]
        return Standings(*(self.snapshot.gathered((part, found[nth]) for part, found in pieces) for nth in range(4)))


class JudgedPart:
    """The runs of one part, judged."""

    def __init__(self, judge_of: Judge, part: Part, patterns: Patterns) -> None:
        self.part = part
        self._judge = judge_of
        self._plan: JudgingPlan = judge_of.plan
        self._settling = Settling(self._plan, part, patterns)
        self._kinds: dict[int, Kinds] = {}
        policy = self._plan.policy
        effects = {state: effect_of(state, policy) for state in State}
        self._failing = [state for state, effect in effects.items() if effect is Effect.FAIL]
        self._ignored = [state for state, effect in effects.items() if effect is Effect.IGNORED]
        absent = (State.NOT_RUN, State.NOT_REPORTED)
        self._is_strict = self._failing == [State.FAILED] and not self._ignored
        self._zero = self._none()
        self._absent_matters = any(effects[state] is not Effect.INCOMPLETE for state in absent)

    @cached_property
    def wholes(self) -> Mapping[int, Verdict]:
        """Rule 5: by the place in this part."""
        first, last = self.part.first << 6, (self.part.first + self.part.words) << 6
        runs = [run for run in self._judge.snapshot.wholes if first <= run < min(last, self._judge.snapshot.runs)]
        return {run - first: self._judge.verdict(run) for run in runs}

    def kinds(self, place: int) -> Kinds:
        """Rule 1, of one test."""
        found = self._kinds.get(place)
        if found is None:
            found = self._kinds[place] = self._of_wholes(place, self._of_bits(place))
        return found

    def _of_bits(self, place: int) -> Kinds:
        own = self._plan.tests[place]
        if self._is_strict and own.cluster is None:
            passed, failed = self._settling.passed_and_failed(own.own)
            return Kinds(self._zero if passed is None else passed, self._zero if failed is None else failed, None)
        states = self._settling.states(place) if self._absent_matters else self._settling.told(place)
        passed = states.get(State.PASSED)
        failing = [states[state] for state in self._failing if state in states]
        ignored = [states[state] for state in self._ignored if state in states]
        return Kinds(
            self._none() if passed is None else passed,
            failing[0] if len(failing) == 1 else self._any(failing),
            self._any(ignored) if self._ignored else None,
        )

    def _of_wholes(self, place: int, kinds: Kinds) -> Kinds:
        if not self.wholes:
            return kinds
        test, effects = self._plan.tests[place].test, {}
        names = {test.name, *(test.aliases if self._plan.is_split else ())}
        for run, verdict in self.wholes.items():
            settled = min((one for one in verdict.all_settled() if one.test.name in names), key=strength)
            effects[run] = settled.effect
        whole = ~self._runs(effects)
        passed = (kinds.passed & whole) | self._runs(run for run, effect in effects.items() if effect is None)
        failed = (kinds.failed & whole) | self._runs(run for run, one in effects.items() if one is Effect.FAIL)
        ignored = kinds.ignored
        if ignored is not None:
            ignored = (ignored & whole) | self._runs(run for run, one in effects.items() if one is Effect.IGNORED)
        return Kinds(passed, failed, ignored)

    def group(self, plan: CapabilityPlan, group: tuple[int, ...]) -> Kinds | None:
        """Rule 2: what a group comes to; None: nothing of it counts."""
        found = [self.kinds(place) for place in group if place not in plan.flagged]
        if not found:
            return None
        passed = self._any(one.passed for one in found)
        ignored = (
            None if found[0].ignored is None else self._all(one.ignored for one in found if one.ignored is not None)
        )
        gap = self._any(self._gap(one) for one in found)
        failed = self._any(one.failed for one in found) & ~passed & ~gap
        return Kinds(passed, failed, ignored)

    def _gap(self, kinds: Kinds) -> Words:
        found = ~(kinds.passed | kinds.failed)
        return found if kinds.ignored is None else found & ~kinds.ignored

    def capability(self, plan: CapabilityPlan) -> Standings:
        """Rule 3."""
        found = self._standings(self._counted(plan))
        return self._told_by_wholes(
            found,
            {
                run: next(one.standing for one in verdict.capabilities if one.key == plan.key)
                for run, verdict in self.wholes.items()
            },
        )

    def _counted(self, plan: CapabilityPlan) -> Iterator[Kinds]:
        yield from (self.kinds(place) for place in plan.singles)
        for group in plan.groups:
            kinds = self.group(plan, group)
            if kinds is not None:
                yield kinds

    def program(self) -> Standings:
        """Rule 4."""
        singles = dict.fromkeys(place for plan in self._plan.required for place in plan.singles)
        groups = [(plan, group) for plan in self._plan.required for group in plan.groups]
        merged = (kinds for one in groups if (kinds := self.group(*one)) is not None)
        found = self._standings([*(self.kinds(place) for place in singles), *merged])
        gap = self._contradicted()
        if self.part.damaged is not None:
            gap = self.part.damaged if gap is None else gap | self.part.damaged
        if self._plan.demand.missing_components:
            gap = ~self._none()
        if gap is not None:
            gap = gap & found.passed
            found = found._replace(passed=found.passed & ~gap, incomplete=found.incomplete | gap)
        if self._plan.policy.others is Consequence.FAIL:
            failed = self._other_failures()
            found = Standings(*(words & ~failed for words in found))._replace(failed=found.failed | failed)
        return self._told_by_wholes(found, {run: verdict.standing for run, verdict in self.wholes.items()})

    def _standings(self, counted: Iterable[Kinds]) -> Standings:
        sound, failed, judged = ~self._none(), self._none(), self._none()
        counts = False
        for kinds in counted:
            if kinds.failed is not self._zero:
                np.bitwise_or(failed, kinds.failed, out=failed)
            if kinds.ignored is None:
                counts = True
                np.bitwise_and(sound, kinds.passed, out=sound)
            else:
                sound &= kinds.passed | kinds.ignored
                judged |= ~kinds.ignored
        if counts:
            judged = ~self._none()
        passed = sound & judged & ~failed
        return Standings(passed, failed, judged & ~passed & ~failed, ~judged)

    def _told_by_wholes(self, found: Standings, standings: Mapping[int, Standing]) -> Standings:
        if not standings:
            return found
        whole = ~self._runs(standings)
        told: dict[str, Words] = {}
        for name, wanted in zip(Standings._fields, _ORDER, strict=True):
            runs = self._runs(run for run, standing in standings.items() if standing in wanted)
            told[name] = (getattr(found, name) & whole) | runs
        return Standings(**told)

    def _contradicted(self) -> Words | None:
        """Results that contradict themselves, of tests that count and did not fail."""
        found: Words | None = None
        for plan in self._plan.required:
            for place in plan.singles:
                words = self._settling.contradicted(place)
                if words is not None:
                    found = words if found is None else found | words
            for group in plan.groups:
                words = self._contradicted_group(plan, group)
                if words is not None:
                    found = words if found is None else found | words
        return found

    def _contradicted_group(self, plan: CapabilityPlan, group: tuple[int, ...]) -> Words | None:
        """Of the test that stands for the group: the first one of the best kind."""
        counted = [place for place in group if place not in plan.flagged]
        if all(self._settling.contradicted(place) is None for place in counted):
            return None
        found, left = self._none(), ~self._none()
        for kind in (_passed, self._gap, _failed):
            for place in counted:
                stands = left & kind(self.kinds(place))
                words = self._settling.contradicted(place)
                if words is not None:
                    found |= stands & words
                left &= ~stands
        return found

    def _other_failures(self) -> Words:
        """Any failure that no flag excuses: of no required test, or of one that is not counted, or of a set-up."""
        claimed = {column for asked in self._plan.tests for column in asked.touching}
        found = self._none()
        for state in FAILED:
            for number in self.part.segment.numbers():
                others = [one for one in range(number * PAGE, (number + 1) * PAGE) if one not in claimed]
                for column in others:
                    words = self.part.column(state, column)
                    if words is not None:
                        found |= words
        for number in range(len(self._plan.clusters)):
            stray = self._settling.of_cluster(number).stray
            if stray is not None:
                found |= stray
        counting = {place for plan in self._plan.required for place in plan.singles}
        excused = {place for plan in self._plan.capabilities for place in plan.flagged}
        for place in range(len(self._plan.tests)):
            if place not in excused:
                states = self._settling.told(place)
                weighs = {State.SETUP_ERROR} if place in counting else FAILED
                found |= self._any(states[state] for state in weighs if state in states)
        return found

    def _none(self) -> Words:
        return np.zeros(self.part.words, np.uint64)

    def _any(self, columns: Iterable[Words]) -> Words:
        found = self._none()
        for words in columns:
            found |= words
        return found

    def _all(self, columns: Iterable[Words]) -> Words:
        found = ~self._none()
        for words in columns:
            found &= words
        return found

    def _runs(self, runs: Iterable[int]) -> Words:
        return of_indices(runs, self.part.words << 6)


_ORDER = (
    {Standing.PASS},
    {Standing.FAIL},
    {Standing.INCOMPLETE},
    {Standing.NOT_JUDGED, Standing.NOT_APPLICABLE},
)


def _passed(kinds: Kinds) -> Words:
    return kinds.passed


def _failed(kinds: Kinds) -> Words:
    return kinds.failed

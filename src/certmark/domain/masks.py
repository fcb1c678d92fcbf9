"""Verdicts by bit masks: the standing and the counts of many runs of known tests, at the price of a few integers.

Every known test has a bit. A run that is *plain* (one piece of evidence, each test once, no entries of class
fixtures, no trouble, not cut off) is an integer for each state. Then, for each test that a program asks for:

1. It passed where its own name and id passed, and no other id stands under its name.
2. It is absent where nothing in the run has its name, its id or an alias.
3. It is in the state of the one entry that has any of these, where no other required test may claim that entry and
   its name stands under no other id.
4. Anywhere else the masks cannot tell, and `domain.verdicts.judge` decides.

What they do tell is what `judge` says: a property test holds them equal. They cannot tell where tests stand for
one another (`any_of`), where a plain list has aliases, under RefStack's policy, or where other failures weigh.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from certmark.domain.attempts import effect_of
from certmark.domain.guidelines import Guideline, Level, Program, ProgramKind
from certmark.domain.identity import bare_uuid
from certmark.domain.matching import FoundResult
from certmark.domain.policies import Consequence, Effect, Method, Policy
from certmark.domain.programs import AskedTest, Demand, demand_of
from certmark.domain.verdict_values import CountKind, Standing, State, Totals, Verdict

TestKey = tuple[str, str | None]
"""The bare name of a test, and its id."""
Planes = Mapping[State, int]
"""Which known tests came to which state, a bit each."""


class CountedVerdict(NamedTuple):
    """A verdict in numbers."""

    standing: Standing
    totals: Totals
    """Of the required tests, each once."""
    is_partial: bool
    """Nothing at all was said of some test that counts: the run covers less than its program asks for."""
    capabilities: tuple[Standing, ...]
    """Of each required capability."""
    renamed: int
    """How many tests were found under other names."""


def counted_verdict(verdict: Verdict) -> CountedVerdict:
    """A verdict in numbers, from the full one."""
    return CountedVerdict(
        standing=verdict.standing,
        totals=verdict.totals,
        is_partial=any(_is_untold(verdict)),
        capabilities=tuple(one.standing for one in verdict.capabilities if one.level is Level.REQUIRED),
        renamed=sum(settled.renamed for settled in verdict.doubtful.values()),
    )


def _is_untold(verdict: Verdict) -> Iterator[bool]:
    for asked in verdict.demand.capabilities:
        if asked.level is Level.REQUIRED:
            for test, settled in verdict.tests_of(asked.key):
                is_excused = verdict.counted_as(asked.key, test) in _ASIDE
                yield settled.found is FoundResult.NOWHERE and not settled.attempts and not is_excused


_ASIDE = frozenset({CountKind.FLAGGED, CountKind.WAIVED, CountKind.ALTERNATIVE})


class Numbering:
    """Tests that have a bit; more may be added at any time.

    Positions are held, and masks made of them when they are asked for: a mask is as long as its last position.
    """

    def __init__(self) -> None:
        self._positions: dict[TestKey, int] = {}
        self._by_name: dict[str, list[int]] = {}
        self._by_uuid: dict[str, list[int]] = {}
        self._names: dict[int, str] = {}

    def add(self, name: str, uuid: str | None, position: int) -> None:
        """The test has the bit at `position` from now on."""
        self._positions[name, uuid] = position
        self._names[position] = name
        self._by_name.setdefault(name, []).append(position)
        if uuid is not None:
            self._by_uuid.setdefault(uuid, []).append(position)

    def bit(self, name: str, uuid: str | None) -> int:
        """The bit of a test, as a mask; 0: it has none."""
        position = self._positions.get((name, uuid))
        return 0 if position is None else 1 << position

    def named(self, name: str) -> int:
        """All tests of a name."""
        return _mask(self._by_name.get(name, ()))

    def name_of(self, bit: int) -> str:
        """The name of the test that has this bit."""
        return self._names[bit.bit_length() - 1]

    def touching(self, test: AskedTest) -> int:
        """All that may have to do with a required test: of its name, its id or an alias."""
        found = 0 if test.uuid is None else _mask(self._by_uuid.get(test.uuid, ()))
        for name in (test.name, *test.aliases):
            found |= self.named(name)
        return found


def _mask(positions: Iterable[int]) -> int:
    return _joined(1 << position for position in positions)


class _CapabilityMasks(NamedTuple):
    """A bit for each test of the program, in its order."""

    counted: int
    flagged: int


class ProgramMask:
    """A program under one policy, for the tests that were known when it was made."""

    def __init__(self, guideline: Guideline, program: Program, policy: Policy, known: Numbering) -> None:
        demand = demand_of(guideline, program)
        self._policy = policy
        self._cannot_tell = not _is_countable(demand, policy)
        self._has_gap = bool(demand.missing_components)
        tests = tuple(demand.tests.values())
        self._known = known
        self._names = tuple(test.name for test in tests)
        self._own = tuple(known.bit(test.name, test.uuid) for test in tests)
        self._touching = tuple(known.touching(test) for test in tests)
        self._siblings = tuple(known.named(test.name) & ~own for test, own in zip(tests, self._own, strict=True))
        self._place = {own: place for place, own in enumerate(self._own) if own}
        self._unknown = tuple(place for place, own in enumerate(self._own) if not own)
        self._every_own = _joined(self._own)
        self._every_sibling = _joined(self._siblings)
        self._shared = _shared(self._touching)
        self._everything = (1 << len(tests)) - 1
        self._required = tuple(_required(demand))

    def judge(self, planes: Planes, *, passes_only: bool) -> CountedVerdict | None:
        """The verdict on a plain run, without waivers and hosts; None: the masks cannot tell.

        `passes_only`: the run names passed tests, and says nothing of others.
        """
        if self._cannot_tell or (self._policy.others is Consequence.FAIL and _has_failures(planes)):
            return None
        absent = State.NOT_REPORTED if passes_only else State.NOT_RUN
        found = self._states(planes, absent)
        return None if found is None else self._counted(*found)

    def _states(self, planes: Planes, absent: State) -> tuple[dict[State, int], int, int] | None:
        """Which of the program's tests came to which state, which are absent, and how many have other names."""
        passed, present = planes.get(State.PASSED, 0), _joined(planes.values())
        states: dict[State, int] = {}
        others = untold = renamed = 0
        for place in self._others(passed, present):
            found = present & self._touching[place]
            if found & (found - 1) or found & self._shared:
                return None  # several entries, or one that another test may claim
            if found and present & self._known.named(self._known.name_of(found)) & ~found:
                return None  # its name stands under another id as well
            state = absent
            if found:
                state = next(state for state, plane in planes.items() if plane & found)
                renamed += self._is_renamed(place, found)
            else:
                untold |= 1 << place
            states[state] = states.get(state, 0) | 1 << place
            others |= 1 << place
        states[State.PASSED] = states.get(State.PASSED, 0) | self._everything & ~others
        return states, untold, renamed

    def _is_renamed(self, place: int, found: int) -> bool:
        name = self._names[place]
        return self._known.name_of(found) != name and bare_uuid(name) is None

    def _others(self, passed: int, present: int) -> Iterator[int]:
        """The tests that did not pass under their own name and id alone."""
        yield from self._unknown
        missing = self._every_own & ~passed
        while missing:
            bit = missing & -missing
            yield self._place[bit]
            missing ^= bit
        if present & self._every_sibling:
            for place, siblings in enumerate(self._siblings):
                if siblings & present and self._own[place] & passed:
                    yield place

    def _counted(self, states: Mapping[State, int], untold: int, renamed: int) -> CountedVerdict:
        kinds = dict.fromkeys((CountKind.FAILED, CountKind.MISSING, CountKind.PASSED, CountKind.IGNORED), 0)
        for state, tests in states.items():
            kinds[_KINDS[effect_of(state, self._policy)]] |= tests
        standings = tuple(_standing(capability.counted, kinds) for capability in self._required)
        counted = _joined(capability.counted for capability in self._required)
        flagged = _joined(capability.flagged for capability in self._required) & ~counted
        failed, missing, passed, ignored = ((tests & counted).bit_count() for tests in kinds.values())
        totals = Totals(
            (counted | flagged).bit_count(),
            failed + missing + passed,
            passed,
            failed,
            missing,
            flagged.bit_count(),
            0,
            ignored,
        )
        return CountedVerdict(self._worst(set(standings)), totals, bool(untold & counted), standings, renamed)

    def _worst(self, standings: set[Standing]) -> Standing:
        """Rule 6 of the verdict."""
        if not standings - {Standing.NOT_JUDGED}:
            return Standing.NOT_APPLICABLE
        if Standing.FAIL in standings:
            return Standing.FAIL
        return Standing.INCOMPLETE if Standing.INCOMPLETE in standings or self._has_gap else Standing.PASS


_KINDS: Mapping[Effect | None, CountKind] = {
    None: CountKind.PASSED,
    Effect.FAIL: CountKind.FAILED,
    Effect.INCOMPLETE: CountKind.MISSING,
    Effect.IGNORED: CountKind.IGNORED,
}


def _standing(counted: int, kinds: Mapping[CountKind, int]) -> Standing:
    """Rule 5 of the verdict."""
    if counted & kinds[CountKind.FAILED]:
        return Standing.FAIL
    if counted & kinds[CountKind.MISSING]:
        return Standing.INCOMPLETE
    return Standing.PASS if counted & kinds[CountKind.PASSED] else Standing.NOT_JUDGED


def _is_countable(demand: Demand, policy: Policy) -> bool:
    tests = demand.tests.values()
    if policy.method is not Method.CERTMARK or any(entry.any_of for test in tests for _, entry in test.entries):
        return False
    return demand.program.kind is not ProgramKind.LIST or not any(test.aliases for test in tests)


def _has_failures(planes: Planes) -> bool:
    return bool(planes.get(State.FAILED, 0) | planes.get(State.SETUP_ERROR, 0))


def _required(demand: Demand) -> Iterator[_CapabilityMasks]:
    places = {name: place for place, name in enumerate(demand.tests)}
    for asked in demand.capabilities:
        if asked.level is Level.REQUIRED:
            tests = asked.capability.tests if asked.capability is not None else ()
            is_flagged = {places[test.name]: test.flag is not None for test in tests}
            counted = _joined(1 << place for place, flagged in is_flagged.items() if not flagged)
            yield _CapabilityMasks(counted, _joined(1 << place for place, flagged in is_flagged.items() if flagged))


def _joined(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _shared(masks: tuple[int, ...]) -> int:
    """The bits that stand in more than one of `masks`."""
    seen = shared = 0
    for mask in masks:
        shared |= seen & mask
        seen |= mask
    return shared

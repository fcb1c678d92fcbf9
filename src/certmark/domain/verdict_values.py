"""What a verdict consists of. The rules that make one are in `domain.verdicts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum, IntEnum
from typing import NamedTuple

from certmark.domain.guidelines import Capability, Guideline, Level, Program, RequiredTest
from certmark.domain.identity import bare_uuid, fixture_of
from certmark.domain.matching import FoundResult
from certmark.domain.policies import Effect, Policy
from certmark.domain.programs import AskedTest, Demand
from certmark.domain.results import RAN, Attempt, Results
from certmark.domain.waivers import Waiver


class State(Enum):
    """What the results say of a required test (rule 2)."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    SETUP_ERROR = "error in set-up"
    NOT_RUN = "not run"
    NOT_REPORTED = "not reported"


class Doubt(Enum):
    """Why the worst of several attempts was taken (rule 7)."""

    ORDER = "order"
    """Nothing records in which order they were made, and they came to different things."""
    PLACES = "places"
    """They are of different places and came to different things: two tests of one name."""


class Standing(Enum):
    """What a capability, or a program, came to; best first."""

    PASS = "pass"
    INCOMPLETE = "incomplete"
    FAIL = "fail"
    NOT_JUDGED = "not judged"
    """Of a capability: nothing was left to count."""
    NOT_APPLICABLE = "not applicable"
    """Of a program: no required capability was judged."""


class CountKind(IntEnum):
    """How a required test enters the counts of a capability; strongest first."""

    FAILED = 0
    MISSING = 1
    """It leaves a gap: skipped, stopped by set-up, not run, not reported."""
    PASSED = 2
    WAIVED = 3
    IGNORED = 4
    """The policy does not count it."""
    FLAGGED = 5
    ALTERNATIVE = 6
    """Another test of its group stands for it (`domain.any_of`): it is no required test by itself."""

    @property
    def word(self) -> str:
        """The name of its field in `CapabilityVerdict` and `Totals`."""
        return self.name.lower()


_KINDS = tuple(kind for kind in CountKind if kind is not CountKind.ALTERNATIVE)


class SettledTest(NamedTuple):
    """How one required test was found, what it came to, and whether it counts."""

    test: AskedTest
    state: State
    found: FoundResult
    found_as: tuple[str, ...]
    """The results' names for it."""
    reason: str
    """Why it did not pass, in one line; empty for a pass."""
    attempts: tuple[Attempt, ...]
    """All of them; the policy says which counted."""
    effect: Effect | None
    """What the state does to a capability that counts the test; None: it passes."""
    waiver: Waiver | None
    """The waiver that settles it, used or not (`state` tells)."""
    decisive: Attempt | None = None
    """The attempt that counted; None where there is none."""
    doubt: Doubt | None = None
    """Why the worst of several attempts was taken, where it was."""
    problem: str = ""
    """Why a result that looks like its own did not settle it; empty where none does."""

    @property
    def is_contradicted(self) -> bool:
        """Whether a result that contradicts itself speaks of it (rule 1)."""
        return bool(self.problem) and self.found not in {FoundResult.NOWHERE, FoundResult.CLASS}

    @property
    def not_run_later(self) -> tuple[Attempt, ...]:
        """Attempts after the one that counted in which nothing ran: a skip, a set-up that failed."""
        counted = self.decisive
        if counted is None or counted.outcome not in RAN:
            return ()
        began = counted.began
        return tuple(
            attempt
            for attempt in self.attempts
            if (attempt.outcome not in RAN or fixture_of(attempt.name) is not None)
            and began is not None
            and attempt.began is not None
            and attempt.began > began
        )

    @property
    def renamed(self) -> bool:
        """Whether the results know it under another name; a test that is asked for by its id alone has none."""
        is_named = bare_uuid(self.test.name) is None
        return is_named and bool(self.found_as) and self.found_as != (self.test.name,)


class CapabilityVerdict(NamedTuple):
    """What a capability came to."""

    key: str
    level: Level
    standing: Standing
    tests: int
    counted: int
    passed: int
    """Of the counted ones."""
    failed: int
    """Of the counted ones."""
    missing: int
    """Counted ones that leave a gap: skipped, stopped by set-up, not run, not reported."""
    flagged: int
    waived: int
    """Not counted because of a waiver."""
    ignored: int
    """Not counted because the policy says so."""
    capability: Capability | None

    @property
    def name(self) -> str:
        """A name for people."""
        return self.capability.name if self.capability is not None else self.key


class Totals(NamedTuple):
    """Counts of tests: of a capability, or of the required ones of a program, each distinct test once (rule 4)."""

    tests: int
    counted: int
    passed: int
    failed: int
    missing: int
    flagged: int
    waived: int
    ignored: int

    @classmethod
    def of(cls, kinds: Iterable[CountKind]) -> Totals:
        """The counts of tests, of which each has one of `kinds`."""
        found = tuple(kind for kind in kinds if kind is not CountKind.ALTERNATIVE)
        failed, missing, passed, waived, ignored, flagged = map(found.count, _KINDS)
        return cls(len(found), passed + failed + missing, passed, failed, missing, flagged, waived, ignored)


class HostVerdict(NamedTuple):
    """How a component that an add-on needs of its host was judged."""

    component: str
    source: str | None
    guideline: str | None
    """The id of the guideline under which it was judged; None: it was not."""
    program: str | None
    standing: Standing | None
    waivers: tuple[Waiver, ...] = ()
    """Those that its standing rests on."""


class WaiverUse(Enum):
    """What became of a waiver."""

    USED = "used"
    NOT_NEEDED = "not needed"
    """What it excuses passed anyway."""
    EXPIRED = "expired"
    NOT_YET = "not yet in force"
    OTHER_GUIDELINE = "of other guidelines"
    """It was not granted for the guideline that judged."""
    AGAINST_RULES = "against the guideline's rules"
    """It has fewer approvers, or holds longer, than the guideline allows."""
    NO_SUBJECT = "no such subject"
    """The program does not ask for what it excuses."""


class WaiverRecord(NamedTuple):
    """A waiver and what became of it."""

    waiver: Waiver
    use: WaiverUse
    tests: tuple[str, ...]
    """The tests that it settled (USED) or that passed anyway (NOT_NEEDED)."""
    reason: str = ""
    """What it lacks (AGAINST_RULES)."""


class CircumstanceKind(Enum):
    """What a reader of the verdict must know, beside the counts."""

    CONTRADICTORY_RESULTS = "contradictory results"
    """Results with the name of one required test and the id of another, or with several ids (rule 1)."""
    CONTRADICTION = "contradiction"
    """Evidence says of itself what its entries do not show (rule 9)."""
    ERROR = "error"
    """Something went wrong outside of any test (rule 9)."""
    TRUNCATED = "truncated"
    """Evidence stops in the middle (rule 9)."""
    TEAR_DOWN = "tear-down"
    """A clean-up failed (rule 7)."""
    OTHER_FAILURES = "other failures"
    """Tests failed that the program does not ask for (rule 7)."""
    ORDER = "order"
    """Nothing records the order of attempts that came to different things (rule 7)."""
    ALTERNATIVES = "alternatives"
    """Tests failed of which another one of their group was enough (rule 11)."""
    PLACES = "places"
    """One name stands for tests in several places, which came to different things (rule 7)."""
    RENAMED = "renamed"
    """Tests were found under other names (rule 1)."""
    NOT_RUN_LATER = "not run later"
    """After the attempt that counted, tests were tried again and did not run (rule 7)."""
    DAYS_APART = "days apart"
    FUTURE = "future"
    INSTANT = "instant"
    """All recorded durations are 0."""
    PINS = "pins"
    """A guideline that the program pins is another text than that (`domain.members`)."""
    RUN = "run"
    """How the run was prepared, when its cloud was away, what could not be cleaned: its journal says so."""


class Circumstance(NamedTuple):
    """Something that a reader of the verdict must know, beside the counts."""

    kind: CircumstanceKind
    words: str
    """What it is, in few words, without a full stop; not escaped."""
    is_short: bool
    """Whether the verdict's one sentence says it, too; otherwise only the report."""
    weight: Standing | None = None
    """At best this comes out because of it (`INCOMPLETE`, `FAIL`); None: it is told, and changes nothing."""
    file: str = ""
    """The evidence of which it speaks; empty: all of it."""
    subjects: tuple[str, ...] = ()
    """The tests, classes or sentences that it is about."""
    note: str = ""
    """Why it does not weigh, where it might have."""


class RefstackCounts(NamedTuple):
    """RefStack's numbers (rule 10); a test in two capabilities counts twice."""

    tests: int
    """Its `count`."""
    passed: int
    flagged: int
    flagged_failed: int

    @property
    def must_pass(self) -> int:
        """Its `nonFlagTotal`."""
        return self.tests - self.flagged

    @property
    def must_pass_passed(self) -> int:
        """Its `nonFlagPass`."""
        return self.must_pass - (self.tests - self.passed - self.flagged_failed)

    @property
    def percent(self) -> float | None:
        """Its `requiredPassPercent`; None where RefStack said NaN."""
        return None if self.tests == 0 else self.passed * 100 / self.tests


class Verdict:
    """What a program came to; everything in it follows from the values that `judge` was given."""

    __slots__ = (
        "_counted",
        "_tests",
        "as_of",
        "capabilities",
        "circumstances",
        "demand",
        "doubtful",
        "guideline",
        "hosts",
        "policy",
        "program",
        "refstack",
        "results",
        "standing",
        "totals",
        "waivers",
    )

    def __init__(
        self,
        *,
        guideline: Guideline,
        demand: Demand,
        results: Results,
        policy: Policy,
        as_of: date,
        standing: Standing,
        capabilities: tuple[CapabilityVerdict, ...],
        totals: Totals,
        tests: Mapping[str, SettledTest],
        counted: Mapping[str, Mapping[str, CountKind]],
        doubtful: Mapping[str, SettledTest],
        waivers: tuple[WaiverRecord, ...],
        hosts: tuple[HostVerdict, ...] = (),
        refstack: RefstackCounts | None = None,
        circumstances: tuple[Circumstance, ...] = (),
    ) -> None:
        self.guideline = guideline
        self.demand = demand
        self.program: Program = demand.program
        self.results = results
        self.policy = policy
        self.as_of = as_of
        self.standing = standing
        self.capabilities = capabilities
        """In the order of the document, every level."""
        self.totals = totals
        self.doubtful = doubtful
        """Tests that did not simply pass once under their own name and id."""
        self.waivers = waivers
        self.hosts = hosts
        self.circumstances = circumstances
        """What must be known beside the counts; what weighs stands first."""
        self.refstack = refstack
        """Only under the policy `refstack-2020`."""
        self._tests = tests
        self._counted = counted

    def counted_as(self, key: str, test: RequiredTest) -> CountKind:
        """How the entry `test` entered the counts of capability `key`."""
        return self._counted[key][test.name]

    def settled(self, name: str) -> SettledTest:
        """How the required test of this name was settled. KeyError if the program asks for none."""
        return self._tests[name]

    def tests_of(self, key: str) -> tuple[tuple[RequiredTest, SettledTest], ...]:
        """The entries of capability `key` and how each was settled."""
        asked = next(asked for asked in self.demand.capabilities if asked.key == key)
        tests = asked.capability.tests if asked.capability is not None else ()
        return tuple((test, self.settled(test.name)) for test in tests)

    def all_settled(self) -> Iterable[SettledTest]:
        """Every test that the program asks for, whatever the level of its capability."""
        return self._tests.values()

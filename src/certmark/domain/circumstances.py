"""What a reader of a verdict must know beside the counts, and what of it weighs (rules 1, 7 and 9).

1. Evidence that is cut off, that contradicts itself or that tells of an error outside of its tests makes the verdict
   at best incomplete. It took those required tests of its scope that ran to no end in it, else all of its scope; it
   does not weigh where each of them has a later attempt, in another piece of evidence, that ran to its end.
2. A scope that neither a required test nor an entry of the same evidence knows may mean anything.
3. A failed clean-up does what the policy's `teardown` says, if it may have to do with a required test.
4. With the policy's `others`, any failure in the evidence fails, but for those that a flag or a waiver excuses.
5. All else is told: results that contradict themselves, other names, attempts without an order, odd times, and what
   the journal of a run says of its circumstances.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from certmark.domain.attempts import decide
from certmark.domain.identity import Fixture, FixtureStage, class_of, fixture_of
from certmark.domain.phrases import counted, some
from certmark.domain.policies import STRICT, Consequence, Policy
from certmark.domain.results import RAN, Attempt, Evidence, Outcome, Results, Trouble, TroubleKind
from certmark.domain.verdict_values import Circumstance, CircumstanceKind, Doubt, SettledTest, Standing, State

_DAY = 24 * 3600 * 10**9
_FEW = 3
_NAME = 80
_DEPTH = 20


class SettledProgram(NamedTuple):
    """What is known when the required tests are settled."""

    results: Results
    policy: Policy
    as_of: dt.date
    tests: Mapping[str, SettledTest]
    """Every test that the program asks for, by name."""
    doubtful: Mapping[str, SettledTest]
    """Those of them that did not simply pass once under their own name and id."""
    counting: frozenset[str]
    """The names of those that a required capability counts."""
    excused: frozenset[str]
    """The names of those that a flag or a waiver excuses wherever they stand."""
    alternatives: frozenset[str] = frozenset()
    """The names of those for which another test of their group stands."""


def told_of(results: Results) -> tuple[Circumstance, ...]:
    """What is wrong with the evidence as such, for a judge who does not look at it: nothing weighs."""
    nothing = SettledProgram(results, STRICT, dt.date.min, {}, {}, frozenset(), frozenset())
    troubles = (one._replace(weight=None, note="") for one in _troubles(nothing))
    return (*troubles, *_of_runs(results))


def circumstances_of(judged: SettledProgram) -> tuple[Circumstance, ...]:
    """Everything beside the counts; what weighs first."""
    found = [
        *_contradictory(judged),
        *_troubles(judged),
        *_tear_downs(judged),
        *_other_failures(judged),
        *_failed_alternatives(judged),
        *_doubts(judged),
        *_renamed(judged),
        *_not_run_later(judged),
        *_odd_times(judged),
        *_of_runs(judged.results),
    ]
    return tuple(sorted(found, key=lambda one: one.weight is None))


def weighed(standing: Standing, circumstances: Iterable[Circumstance]) -> Standing:
    """What comes out when the circumstances are looked at, too."""
    weights = {one.weight for one in circumstances}
    if Standing.FAIL in weights:
        return Standing.FAIL
    return Standing.INCOMPLETE if standing is Standing.PASS and Standing.INCOMPLETE in weights else standing


def _contradictory(judged: SettledProgram) -> Iterator[Circumstance]:
    found = [settled for settled in judged.doubtful.values() if settled.is_contradicted]
    if found:
        weighs = any(settled.test.name in judged.counting and settled.state is not State.FAILED for settled in found)
        yield Circumstance(
            CircumstanceKind.CONTRADICTORY_RESULTS,
            f"the results of {counted(len(found), 'test')} contradict themselves",
            is_short=True,
            weight=Standing.INCOMPLETE if weighs else None,
            subjects=tuple(f"{settled.test.name}: {settled.problem}" for settled in found),
        )


# Rules 1 and 2.

_KINDS = {
    TroubleKind.CONTRADICTION: CircumstanceKind.CONTRADICTION,
    TroubleKind.ERROR: CircumstanceKind.ERROR,
    TroubleKind.TEAR_DOWN: CircumstanceKind.TEAR_DOWN,
}


def _troubles(judged: SettledProgram) -> Iterator[Circumstance]:
    pieces = enumerate(judged.results.evidence)
    damaged = [_DamagedFile(file, number) for number, file in pieces if file.truncated or _serious(file)]
    if not damaged:
        return
    damage = _Damage(judged)
    for piece in damaged:
        if piece.file.truncated:
            yield damage.circumstance(piece, CircumstanceKind.TRUNCATED, "stops in the middle", [Trouble(_ERROR, "")])
        for kind, words in _SERIOUS.items():
            troubles = [trouble for trouble in piece.file.troubles if trouble.kind is kind]
            if troubles:
                yield damage.circumstance(piece, _KINDS[kind], words, troubles)


_ERROR = TroubleKind.ERROR
_SERIOUS = {
    TroubleKind.CONTRADICTION: "contradicts itself",
    TroubleKind.ERROR: "tells of errors outside of its tests",
}


def _serious(file: Evidence) -> bool:
    return any(trouble.kind in _SERIOUS for trouble in file.troubles)


class _DamagedFile:
    """What is asked again and again of one piece of evidence."""

    def __init__(self, file: Evidence, number: int) -> None:
        self.number = number
        self.ran = {attempt.name for attempt in file.attempts if attempt.outcome in RAN}
        self.file = file
        is_timed = all(attempt.began is not None for attempt in file.attempts)
        ends = (attempt.ended for attempt in file.attempts if attempt.ended is not None)
        self.end = max(ends, default=None) if is_timed else None
        """When its last attempt ended; None where that is not known."""
        self.last = max((attempt.began or 0 for attempt in file.attempts), default=0)
        """When its last attempt began."""

    @cached_property
    def scopes(self) -> set[str]:
        """The packages, modules and classes of its entries."""
        return _prefixes(attempt.name for attempt in self.file.attempts)


class _Damage:
    """Which required tests damaged evidence may have taken, and whether they were made up for."""

    def __init__(self, judged: SettledProgram) -> None:
        self._judged = judged
        self._by_scope = _scopes(judged.tests[name] for name in judged.counting)
        self._latest: dict[str, list[tuple[int, int]]] | None = None

    def circumstance(
        self, piece: _DamagedFile, kind: CircumstanceKind, words: str, troubles: list[Trouble]
    ) -> Circumstance:
        """Of one kind of trouble in one piece of evidence."""
        weighs = any(self._weighs(piece, scope) for scope in {trouble.scope for trouble in troubles})
        return Circumstance(
            kind,
            f"{_brief(piece.file.name)} {words}",
            is_short=True,
            weight=Standing.INCOMPLETE if weighs else None,
            file=piece.file.name,
            subjects=tuple(trouble.sentence for trouble in troubles if trouble.sentence),
            note="" if weighs else "what it may have touched is not asked for, or ran to its end later",
        )

    def _weighs(self, piece: _DamagedFile, scope: str) -> bool:
        names = self._by_scope.get(scope, ()) if scope else tuple(self._judged.counting)
        if not names:
            if scope in piece.scopes:
                return False
            names = tuple(self._judged.counting)
        tests = [self._judged.tests[name] for name in names]
        taken = [test for test in tests if not piece.ran.intersection(_names(test))] or tests
        return piece.end is None or not all(self._ran_later(test, piece, piece.end) for test in taken)

    def _ran_later(self, test: SettledTest, piece: _DamagedFile, end: int) -> bool:
        """Whether it ran to its end after `end`, in another piece of evidence."""
        runs = (run for name in _names(test) for run in self._last_runs(name))
        return any(began >= end and began > piece.last and source != piece.number for began, source in runs)

    def _last_runs(self, name: str) -> list[tuple[int, int]]:
        """The last attempts that ran to their end, of two pieces of evidence at most, each with the piece's number."""
        if self._latest is None:
            self._latest = {}
            for number, file in enumerate(self._judged.results.evidence):
                for attempt in file.attempts:
                    if attempt.outcome in RAN and attempt.began is not None:
                        known = {source: began for began, source in self._latest.get(attempt.name, ())}
                        known[number] = max(attempt.began, known.get(number, attempt.began))
                        best = sorted(((began, source) for source, began in known.items()), reverse=True)
                        self._latest[attempt.name] = best[:2]
        return self._latest.get(name, [])


def _brief(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _names(settled: SettledTest) -> tuple[str, ...]:
    return (settled.test.name, *settled.found_as)


def _scopes(tests: Iterable[SettledTest]) -> dict[str, tuple[str, ...]]:
    """The required tests of each package, module and class, and each under its own name."""
    found: dict[str, dict[str, None]] = {}
    for settled in tests:
        for scope in _prefixes((*_names(settled), *settled.test.aliases)):
            found.setdefault(scope, {})[settled.test.name] = None
    return {scope: tuple(names) for scope, names in found.items()}


def _prefixes(names: Iterable[str]) -> set[str]:
    """The names, their classes, and the packages and modules in which they lie, as far as names are sane."""
    found: set[str] = set()
    for name in names:
        found.update((name, class_of(name)))
        parts = name.partition("(")[0].split(".", _DEPTH)[:-1]
        found.update(accumulate(parts, "{}.{}".format))
    return found - {""}


# Rule 3.


def _tear_downs(judged: SettledProgram) -> Iterator[Circumstance]:
    failed = list(_failed_clean_ups(judged.results, judged.policy))
    if not failed:
        return
    scopes = _scopes(judged.tests.values())
    known = _prefixes(judged.results.names)
    ours = [(scope, words) for scope, words in failed if scope in scopes or scope not in known]
    weight = {
        Consequence.TELL: None,
        Consequence.INCOMPLETE: Standing.INCOMPLETE,
        Consequence.FAIL: Standing.FAIL,
    }[judged.policy.teardown]
    if judged.policy.others is Consequence.FAIL:
        ours, weight = failed, Standing.FAIL
    if ours:
        yield Circumstance(
            CircumstanceKind.TEAR_DOWN,
            f"{counted(len(ours), 'clean-up')} failed",
            is_short=True,
            weight=weight,
            subjects=tuple(words for _, words in ours),
        )


def _failed_clean_ups(results: Results, policy: Policy) -> Iterator[tuple[str, str]]:
    """The scope of each, and what is said of it."""
    for name in results.unclean:
        fixture = fixture_of(name)
        if fixture is not None and fixture.stage is FixtureStage.TEAR_DOWN:
            decision = decide(results.attempts(name), policy)
            if decision.state is State.SETUP_ERROR:  # what a fixture that failed is called
                yield fixture.scope, _with_reason(fixture.scope, decision.attempt.reason)
    for file in results.evidence:
        for trouble in file.troubles:
            if trouble.kind is TroubleKind.TEAR_DOWN:
                yield trouble.scope, f"{file.name}: {trouble.sentence}"


def _with_reason(name: str, reason: str) -> str:
    return f"{name}: {reason}" if reason else name


# Rule 4.

_FAILED = frozenset({State.FAILED, State.SETUP_ERROR})


def _other_failures(judged: SettledProgram) -> Iterator[Circumstance]:
    fails = judged.policy.others is Consequence.FAIL
    known = {name for test in judged.doubtful.values() for name in test.found_as}
    known |= {
        one.name for test in judged.doubtful.values() for one in test.attempts if fixture_of(one.name) is not None
    }
    found = [
        _with_reason(name, decision.attempt.reason)
        for name in judged.results.unclean
        if name not in known and not _is_clean_up(fixture_of(name))
        for decision in (decide(judged.results.attempts(name), judged.policy),)
        if decision.state in _FAILED
    ]
    if fails:
        found += [
            _with_reason(name, test.reason) for name, test in judged.doubtful.items() if _fails_aside(test, judged)
        ]
    if found:
        yield Circumstance(
            CircumstanceKind.OTHER_FAILURES,
            f"{counted(len(found), 'failure')} outside of the required tests",
            is_short=True,
            weight=Standing.FAIL if fails else None,
            subjects=tuple(found),
        )


def _fails_aside(settled: SettledTest, judged: SettledProgram) -> bool:
    """Whether a test that no required capability counts failed all the same, or one that counts had no set-up."""
    name = settled.test.name
    if settled.state not in _FAILED or name in judged.excused:
        return False
    return name not in judged.counting or settled.state is State.SETUP_ERROR


def _failed_alternatives(judged: SettledProgram) -> Iterator[Circumstance]:
    """Rule 11 of the verdict; where any failure is one, `_other_failures` has them."""
    found = [
        _with_reason(name, judged.tests[name].reason)
        for name in judged.doubtful
        if name in judged.alternatives and judged.tests[name].state in _FAILED
    ]
    if found and judged.policy.others is not Consequence.FAIL:
        yield Circumstance(
            CircumstanceKind.ALTERNATIVES,
            f"{counted(len(found), 'test')} failed of which another one of their group was enough"
            if len(found) > 1
            else "1 test failed for which another one of its group was enough",
            is_short=True,
            subjects=tuple(found),
        )


def _is_clean_up(fixture: Fixture | None) -> bool:
    return fixture is not None and fixture.stage is FixtureStage.TEAR_DOWN


# Rule 5.


def _doubts(judged: SettledProgram) -> Iterator[Circumstance]:
    for doubt, kind, words in (
        (Doubt.ORDER, CircumstanceKind.ORDER, "the order of the attempts of {} is not recorded: the worst counts"),
        (Doubt.PLACES, CircumstanceKind.PLACES, "{} ran in several places with different outcomes: the worst counts"),
    ):
        found = [name for name, settled in judged.doubtful.items() if settled.doubt is doubt]
        if found:
            yield Circumstance(kind, words.format(counted(len(found), "test")), is_short=True, subjects=tuple(found))


def _renamed(judged: SettledProgram) -> Iterator[Circumstance]:
    found = [settled for settled in judged.doubtful.values() if settled.renamed]
    if found:
        yield Circumstance(
            CircumstanceKind.RENAMED,
            renamed_words(len(found), len(judged.tests)),
            is_short=True,
            subjects=tuple(f"{settled.test.name} as {some(settled.found_as)}" for settled in found),
        )


def renamed_words(found: int, total: int) -> str:
    """How many of a program's tests were found under other names."""
    return f"{found} of {counted(total, 'test')} {'was' if found == 1 else 'were'} found under other names"


def _not_run_later(judged: SettledProgram) -> Iterator[Circumstance]:
    found = {name: later for name, settled in judged.doubtful.items() if (later := settled.not_run_later)}
    if found:
        yield Circumstance(
            CircumstanceKind.NOT_RUN_LATER,
            f"{counted(len(found), 'test')} did not run when tried again; the earlier outcome stays",
            is_short=False,
            subjects=tuple(f"{name}: {_words(last[-1])}" for name, last in found.items()),
        )


def _words(attempt: Attempt) -> str:
    words = attempt.outcome.value
    if fixture_of(attempt.name) is not None:
        words = "its class was skipped" if attempt.outcome is Outcome.SKIPPED else "the set-up of its class failed"
    return _with_reason(words, attempt.reason)


def _odd_times(judged: SettledProgram) -> Iterator[Circumstance]:
    times = judged.results.times
    first, last = times.first, times.last
    if first is not None and last is not None and last - first > _DAY:
        days = (last - first) // _DAY
        words = f"its parts began up to {counted(days, 'day')} apart, from {_day(first)} to {_day(last)}"
        yield Circumstance(CircumstanceKind.DAYS_APART, words, is_short=False)
    if last is not None and last >= _end_of(judged.as_of) + _DAY:
        words = f"attempts began after the day of the verdict ({judged.as_of}): the last one on {_day(last)}"
        yield Circumstance(CircumstanceKind.FUTURE, words, is_short=False)
    if times.is_instant and times.measured > _FEW:
        words = f"each of the {times.measured} recorded durations is 0"
        yield Circumstance(CircumstanceKind.INSTANT, words, is_short=False)


def _of_runs(results: Results) -> Iterator[Circumstance]:
    for file in results.evidence:
        for sentence in file.circumstances:
            yield Circumstance(CircumstanceKind.RUN, sentence, is_short=False)


def _end_of(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * _DAY + _DAY


def _day(nanoseconds: int) -> str:
    try:
        return (dt.date(1970, 1, 1) + dt.timedelta(days=nanoseconds // _DAY)).isoformat()
    except OverflowError:
        return "a day that no calendar has"

"""JUnit XML -> attempts and troubles: `junit.names` calls them, `junit.cases` says what they came to.

When a single test began is known only where its test case says so; the `timestamp` of a suite is a window in which its
tests ran, if it tells its zone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from certmark.domain.phrases import count_of
from certmark.domain.results import Attempt, Outcome, Trouble, TroubleKind
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.results.contents import MAX_ATTEMPTS, MAX_NAME, Reading
from certmark.formats.results.junit.cases import (
    LATEST,
    RETRIES,
    CaseOutcome,
    OutcomeElement,
    detail_of,
    moment,
    outcomes_of,
    seconds,
    without_cleanup,
)
from certmark.formats.results.junit.characters import ILLEGAL, REPLACEMENT
from certmark.formats.results.junit.counts import OpenSuite
from certmark.formats.results.junit.names import CaseName, full_name, is_before_suite, name_of, place_of
from certmark.formats.results.junit.parsing import walk
from certmark.formats.results.junit.words import HARMLESS, OUTPUT, meaning, plain_word
from certmark.formats.results.subunit.details import Allowance
from certmark.formats.sources import Source

_ROOTS = frozenset({"testsuites", "testsuite"})

_MOST_NAMES = 256 << 20
"""Characters of all names."""
_MOST_MARKS = 20
"""Elements kept of one test case."""
_MOST_TROUBLES = 100
"""Troubles of one kind that are told one by one."""
_COLLECTION = ("collection failure", "internal error")
"""What pytest says of a module that it could not import, and of itself."""
_GO_PACKAGE = frozenset({"TestMain", "[build failed]", "[setup failed]"})
"""How gotestsum and go-junit-report call a package of Go that failed outside of its tests."""


def read_junit(source: Source) -> Reading:
    """Every attempt of a JUnit file, in its order, and what speaks against the whole of it.

    A file that stops in the middle is read as far as its last whole test case. Raises
    UnreadableResults where it is no JUnit, or has not even one.
    """
    cases = _Cases(source.name)
    walked = walk(source, cases)
    if not walked.whole and not cases.attempts:
        raise UnreadableResults(f"{source.name} stops before its first test case ends; send the whole file")
    return Reading(
        "junit",
        cases.settled(),
        truncated=not walked.whole,
        remarks=(*walked.remarks, *cases.remarks()),
        troubles=tuple(cases.troubles.all()),
    )


class _Troubles:
    """What speaks against the whole file, bounded."""

    def __init__(self) -> None:
        self._told: list[Trouble] = []
        self._counts: dict[TroubleKind, int] = {}

    def add(self, trouble: Trouble) -> None:
        number = self._counts[trouble.kind] = self._counts.get(trouble.kind, 0) + 1
        if number <= _MOST_TROUBLES:
            self._told.append(trouble)

    def all(self) -> Iterator[Trouble]:
        """All that were told, and how many more there are."""
        yield from self._told
        for kind, number in self._counts.items():
            if number > _MOST_TROUBLES:
                more = count_of(number - _MOST_TROUBLES, "more trouble", "more troubles")
                yield Trouble(kind, f"{more} of this kind")


class _Case:
    """A test case while it is read."""

    __slots__ = ("attributes", "bad", "has_failure", "marks")

    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.marks: list[OutcomeElement] = []
        self.has_failure = False
        self.bad = 0
        """Elements of it that say that something went wrong."""


class _Cleanup(NamedTuple):
    """An error in the clean-up of a test, as pytest marks it."""

    attempt: int
    """The place of the attempt beside which it stands."""
    is_alone: bool
    """Whether its test case tells of nothing else."""


class _Cases:
    """Collects the attempts of a document (`parsing.Visitor`)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._depth = 0
        self._suites: list[tuple[int, OpenSuite]] = []
        """The suites that are open, each with its depth."""
        self._case: _Case | None = None
        self._case_depth = 0
        self._mark: OutcomeElement | None = None
        self._silent_depth = 0
        self._names = 0
        self._allowance = Allowance()
        self._nameless = 0
        self._odd_times = 0
        self._cleanups: list[_Cleanup] = []
        self._qualifiers: list[str] = []
        """What else tells the suite of each attempt from others of its name."""
        self._qualifier_of: dict[str | None, str | None] = {}
        """The one qualifier of each place; None where there are several."""
        self._are_qualified = self._is_playwrights = False
        self.attempts: list[Attempt] = []
        self.troubles = _Troubles()

    @property
    def listening(self) -> bool:
        return self._mark is not None and not self._silent_depth

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self._depth += 1
        if self._silent_depth:
            return
        if tag == "testcase" and self._suites:
            self._begin(attributes, line)
        elif tag in OUTPUT:
            self._silent_depth = self._depth
        elif self._case is not None:
            self._begin_mark(self._case, tag, attributes)
        elif self._depth == 1 or tag in _ROOTS:
            self._begin_suite(tag, attributes)
        else:
            self._outside(tag, attributes)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the visitor's signature; depth says what ends
        if self._silent_depth:
            if self._silent_depth == self._depth:
                self._silent_depth = 0
        elif self._case is not None:
            if self._depth == self._case_depth:
                self._finish(self._case)
                self._case = self._mark = None
            elif self._depth == self._case_depth + 1:
                self._mark = None
        elif self._suites and self._suites[-1][0] == self._depth:
            _, suite = self._suites.pop()
            for trouble in suite.end(self._suites[-1][1] if self._suites else None):
                self.troubles.add(trouble)
        self._depth -= 1

    def text(self, data: str) -> None:
        if self._mark is not None:
            self._mark.add(data)

    def settled(self) -> tuple[Attempt, ...]:
        """The attempts in their places, without what pytest writes of the clean-up of a failed test."""
        attempts = self._qualified()
        if not self._cleanups:
            return tuple(attempts)
        spurious: set[int] = set()
        alone = {cleanup.attempt for cleanup in self._cleanups if cleanup.is_alone}
        failed: set[str] = set()
        for number, attempt in enumerate(attempts):
            if number in alone and attempt.name in failed:
                spurious.add(number)
            elif attempt.outcome is not Outcome.PASSED:
                failed.add(attempt.name)
        return tuple(attempt for number, attempt in enumerate(attempts) if number not in spurious)

    def _qualified(self) -> list[Attempt]:
        """The attempts; where suites of one name differ in something else, that belongs to the place."""
        if not self._is_playwrights and not self._are_qualified:
            return self.attempts
        return [
            attempt._replace(place=f"{attempt.place} ({qualifier})" if attempt.place else qualifier)
            if qualifier and (self._is_playwrights or self._qualifier_of[attempt.place] is None)
            else attempt
            for attempt, qualifier in zip(self.attempts, self._qualifiers, strict=True)
        ]

    def remarks(self) -> Iterator[str]:
        """What was odd."""
        if self._nameless:
            yield count_of(self._nameless, "test case has", "test cases have") + " neither name nor class: left out"
        if self._odd_times:
            yield count_of(self._odd_times, "time", "times") + " before 1970 or after 2262 left out"
        if self._allowance.is_spent:
            yield "so much was said of failures that the later ones were cut short"

    def _begin_suite(self, tag: str, attributes: dict[str, str]) -> None:
        if tag not in _ROOTS:
            kind = "a web page" if tag == "html" else f"XML of another kind (its first element is {_tag(tag)})"
            raise UnreadableResults(f"{self._name} is {kind}; JUnit begins with <testsuites> or <testsuite>")
        if not self._suites:
            self._is_playwrights = tag == "testsuites" and "id" in attributes and "hostname" not in attributes
        parent = self._suites[-1][1] if self._suites else None
        self._suites.append((self._depth, OpenSuite(tag, attributes, parent)))

    def _outside(self, tag: str, attributes: dict[str, str]) -> None:
        """An element of a suite."""
        _, suite = self._suites[-1]
        if tag == "property":
            suite.add_property(attributes.get("name", ""), attributes.get("value", ""))
        elif meaning(tag) in {Outcome.FAILED, Outcome.UNFINISHED}:
            suite.bad += 1
            said = detail_of(CaseOutcome(Outcome.FAILED, OutcomeElement(tag, attributes), f"<{tag[:40]}>"))
            reason = said.reason if said is not None else ""
            self._tell(TroubleKind.ERROR, f"an error outside of any test case: {reason}", "")

    def _begin(self, attributes: dict[str, str], line: int) -> None:
        if self._case is not None:
            raise UnreadableResults(f"{self._name}, line {line}: a test case inside a test case, which JUnit has not")
        self._case = _Case(attributes)
        self._case_depth = self._depth
        length = len(attributes.get("name", "")) + len(attributes.get("classname", ""))
        self._names += length
        if length > MAX_NAME:
            raise UnreadableResults(f"{self._name}, line {line}: a test's name of {length:,} characters is no name")
        if len(self.attempts) >= MAX_ATTEMPTS or self._names > _MOST_NAMES:
            raise UnreadableResults(
                f"{self._name}, line {line}: more tests than a run has; send the results of one run"
            )

    def _begin_mark(self, case: _Case, tag: str, attributes: dict[str, str]) -> None:
        """An element of a test case, in whatever depth."""
        is_child = self._depth == self._case_depth + 1
        word = plain_word(tag)
        if word in HARMLESS or not (is_child or meaning(tag) is Outcome.FAILED):
            return
        mark = OutcomeElement(word if word in RETRIES else tag, attributes)
        case.bad += mark.is_bad
        is_first_failure = mark.outcome is Outcome.FAILED and not case.has_failure
        case.has_failure |= is_first_failure
        if len(case.marks) < _MOST_MARKS or is_first_failure:
            case.marks.append(mark)
        if is_child:
            self._mark = mark

    def _finish(self, case: _Case) -> None:
        _, suite = self._suites[-1]
        attributes = case.attributes
        marks, cleanup = without_cleanup(case.marks) if case.marks and suite.is_pytests else (case.marks, None)
        outcomes = outcomes_of(marks, attributes)
        last = outcomes[-1]
        classname, called = attributes.get("classname", ""), attributes.get("name", "")
        name = _exact_name(attributes) if "certmark-name" in attributes else name_of(classname, called)
        is_bad = last.is_bad
        is_skipped = last.outcome is not Outcome.PASSED and not is_bad
        suite.count(name.identity.name, case.bad or is_bad, is_skipped, len(outcomes) - 1)
        if not name.identity.name:
            self._leave_out(outcomes)
            return
        if cleanup is not None:
            self._cleanups.append(_Cleanup(len(self.attempts), is_alone=not marks))
            self._tell(TroubleKind.TEAR_DOWN, f"{name.identity.name}: {cleanup.message}", name.identity.name)
        if is_bad:
            self._explain(case, suite, name.identity.name, last)
        self._add(attributes, suite, name, outcomes)

    def _leave_out(self, outcomes: Sequence[CaseOutcome]) -> None:
        """A test case that names no test: what went wrong in it is told."""
        self._nameless += 1
        for outcome in outcomes:
            if outcome.is_bad:
                detail = detail_of(outcome)
                self._tell(
                    TroubleKind.ERROR, f"a test case without a name failed: {detail.reason if detail else ''}", ""
                )

    def _explain(self, case: _Case, suite: OpenSuite, name: str, last: CaseOutcome) -> None:
        """Tell what failed in the place of tests that cannot be in the file any more."""
        detail = detail_of(last)
        reason = detail.reason if detail is not None else "no reason given"
        if suite.is_pytests and last.mark is not None and last.mark.message in _COLLECTION:
            text = last.mark.text.strip().splitlines()
            scope = name if last.mark.message == _COLLECTION[0] else ""
            self._tell(
                TroubleKind.ERROR, f"{name}: {last.mark.message}: {excerpt(text[-1], 200) if text else ''}", scope
            )
        elif is_before_suite(name):
            self._tell(TroubleKind.ERROR, f"{name} failed: {reason}", "")
        elif case.attributes.get("name", "") in _GO_PACKAGE:
            scope = case.attributes.get("classname", "")
            self._tell(TroubleKind.ERROR, f"{scope} failed outside of its tests: {reason}", scope)
        elif not case.attributes.get("name", ""):
            self._tell(TroubleKind.ERROR, f"{name} failed as a whole: {reason}", name)

    def _tell(self, kind: TroubleKind, sentence: str, scope: str) -> None:
        self.troubles.add(Trouble(kind, sentence[:600].rstrip(": "), scope))

    def _add(
        self, attributes: Mapping[str, str], suite: OpenSuite, name: CaseName, outcomes: Sequence[CaseOutcome]
    ) -> None:
        place = place_of(suite.path, name)
        qualifier = self._qualifier_of.setdefault(place, suite.qualifier)
        if qualifier is not None and qualifier != suite.qualifier:
            self._qualifier_of[place] = None
            self._are_qualified = True
        identity = name.identity
        is_superseded = attributes.get("certmark-superseded") == "true"
        for number, outcome in enumerate(outcomes, 1):
            times = attributes if outcome.is_main or outcome.mark is None else outcome.mark.times
            began = self._moment(times["timestamp"]) if "timestamp" in times else None
            detail = None if outcome.outcome is Outcome.PASSED else detail_of(outcome)
            self._qualifiers.append(suite.qualifier)
            self.attempts.append(
                Attempt(
                    identity.name,
                    identity.uuid,
                    outcome.outcome,
                    began,
                    seconds(times.get("time", "")),
                    None,
                    identity.attributes,
                    (),
                    detail and self._allowance.grant(detail),
                    place,
                    suite.window if began is None else None,
                    is_superseded or number < len(outcomes),
                )
            )

    def _moment(self, text: str) -> int | None:
        value = moment(text)
        if value is not None and not 0 <= value < LATEST:
            self._odd_times += 1
            return None
        return value


def _exact_name(attributes: Mapping[str, str]) -> CaseName:
    """How a test case is called that we wrote because its name has characters that XML has not."""
    classname, name = attributes.get("classname", ""), attributes.get("name", "")
    try:
        exact = json.loads(f'"{attributes["certmark-name"]}"')
    except ValueError:
        exact = ""
    # Other readers see the name with replacements: both must be the same name.
    if exact and ILLEGAL.sub(REPLACEMENT, exact) == full_name(classname, name):
        return name_of("", exact)
    return name_of(classname, name)


def _tag(tag: str) -> str:
    return excerpt(f"<{tag}>", 40)

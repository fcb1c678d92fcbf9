"""JUnit XML -> attempts: `junit.cases` names them, and says what they came to.

When a single test began is unknown: the `timestamp` of a suite is not that of its tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from certmark.domain.identity import Identity, split
from certmark.domain.phrases import count_of
from certmark.domain.results import Attempt, Outcome
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.results.contents import MAX_ATTEMPTS, MAX_NAME, Reading
from certmark.formats.results.junit.cases import (
    MARKS,
    OutcomeElement,
    detail_of,
    full_name,
    moment,
    outcomes_of,
    seconds,
    without_cleanup,
)
from certmark.formats.results.junit.parsing import walk
from certmark.formats.results.subunit.details import Allowance
from certmark.formats.sources import Source

_ROOTS = frozenset({"testsuites", "testsuite"})
_OUTPUT = frozenset({"system-out", "system-err"})

_MOST_NAMES = 256 << 20
"""Characters of all names."""
_MOST_MARKS = 20
"""Elements kept of one test case."""


def read_junit(source: Source) -> Reading:
    """Every attempt of a JUnit file, in its order.

    A file that stops in the middle is read as far as its last whole test case. Raises
    UnreadableResults where it is no JUnit, or has not even one.
    """
    cases = _Cases(source.name)
    whole = walk(source, cases)
    if not whole and not cases.attempts:
        raise UnreadableResults(f"{source.name} stops before its first test case ends; send the whole file")
    return Reading("junit", cases.settled(), truncated=not whole, remarks=tuple(cases.remarks()))


class _Case:
    """A test case while it is read."""

    __slots__ = ("attributes", "marks")

    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.marks: list[OutcomeElement] = []


class _Cases:
    """Collects the attempts of a document (`parsing.Visitor`)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._depth = 0
        self._case: _Case | None = None
        self._case_depth = 0
        self._mark: OutcomeElement | None = None
        self._silent_depth = 0
        self._names = 0
        self._allowance = Allowance()
        self._nameless = 0
        self._outside = 0
        self._cleanups: list[int] = []
        """Places of test cases that tell of nothing but their clean-up."""
        self._torn: list[str] = []
        self.attempts: list[Attempt] = []

    @property
    def listening(self) -> bool:
        return self._mark is not None and not self._silent_depth

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self._depth += 1
        if self._depth == 1:
            self._check_root(tag)
        elif tag == "testcase":
            self._begin(attributes, line)
        elif tag in _OUTPUT:
            self._silent_depth = self._silent_depth or self._depth
        elif tag in MARKS and self._mark is None:
            self._begin_mark(tag, attributes)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the visitor's signature; depth says what ends
        if self._silent_depth == self._depth:
            self._silent_depth = 0
        elif self._mark is not None and self._depth == self._case_depth + 1:
            self._mark = None
        elif self._case is not None and self._depth == self._case_depth:
            self._finish(self._case)
            self._case = None
        self._depth -= 1

    def text(self, data: str) -> None:
        if self._mark is not None:
            self._mark.add(data)

    def settled(self) -> tuple[Attempt, ...]:
        """The attempts, without what pytest writes of the clean-up of a test that had failed already."""
        if not self._cleanups:
            return tuple(self.attempts)
        spurious: set[int] = set()
        cleanups = set(self._cleanups)
        failed: set[str] = set()
        for place, attempt in enumerate(self.attempts):
            if place in cleanups and attempt.name in failed:
                spurious.add(place)
            elif attempt.outcome is not Outcome.PASSED:
                failed.add(attempt.name)
        return tuple(attempt for place, attempt in enumerate(self.attempts) if place not in spurious)

    def remarks(self) -> Iterator[str]:
        """What was odd."""
        if self._nameless:
            yield count_of(self._nameless, "test case has", "test cases have") + " neither name nor class: left out"
        if self._outside:
            yield count_of(self._outside, "error stands", "errors stand") + " outside of any test case"
        if self._torn:
            shown = ", ".join(self._torn[:3]) + (", …" if len(self._torn) > 3 else "")
            tests = count_of(len(self._torn), "test", "tests")
            yield f"{tests} had an error in the clean-up, which does not weigh: {shown}"
        if self._allowance.is_spent:
            yield "so much was said of failures that the later ones were cut short"

    def _check_root(self, tag: str) -> None:
        if tag not in _ROOTS:
            kind = "a web page" if tag.lower() == "html" else f"XML of another kind (its first element is {_tag(tag)})"
            raise UnreadableResults(f"{self._name} is {kind}; JUnit begins with <testsuites> or <testsuite>")

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

    def _begin_mark(self, tag: str, attributes: dict[str, str]) -> None:
        if self._case is None:
            self._outside += 1
        elif self._depth == self._case_depth + 1:
            self._mark = OutcomeElement(tag, attributes.get("type", ""), attributes.get("message", ""))
            if len(self._case.marks) < _MOST_MARKS:
                self._case.marks.append(self._mark)

    def _finish(self, case: _Case) -> None:
        attributes = case.attributes
        full = full_name(attributes.get("classname", ""), attributes.get("name", ""))
        identity = split(full) if "id-" in full else Identity(full, None, ())
        if not identity.name:
            self._nameless += 1
            return
        marks, torn = without_cleanup(case.marks)
        if torn:
            self._torn.append(identity.name)
            if not marks:
                self._cleanups.append(len(self.attempts))
        took, began = seconds(attributes.get("time", "")), moment(attributes.get("timestamp", ""))
        for telling in outcomes_of(marks, attributes):
            detail = detail_of(telling.mark, telling.outcome)
            self.attempts.append(
                Attempt(
                    identity.name,
                    identity.uuid,
                    telling.outcome,
                    began if telling.is_main else None,
                    took if telling.is_main else None,
                    attributes=identity.attributes,
                    detail=detail and self._allowance.grant(detail),
                )
            )


def _tag(tag: str) -> str:
    return excerpt(f"<{tag}>", 40)

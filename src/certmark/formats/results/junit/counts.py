"""The suites of a document: where a test case stands, when its suite ran, and whether what a suite counts holds.

A suite that counts more failures and errors than its test cases show, or more tests than it has, contradicts itself:
something went wrong that its writer knew and the file does not hold. So does one that says of itself that it failed.
What is shown is counted generously, since writers differ: every element that says failure counts, reruns included, in
whatever depth; tests that are missing may be among the skipped ones that are not listed.
"""

from __future__ import annotations

from collections.abc import Mapping

from certmark.domain.phrases import count_of
from certmark.domain.results import Outcome, Trouble, TroubleKind
from certmark.formats.errors import excerpt
from certmark.formats.results.junit.cases import LATEST, moment, seconds
from certmark.formats.results.junit.words import STATUSES, said_by

_BESIDE = ("failed", "broken", "aborted", "crashed", "inconc", "inconclusive")
"""Counts of what did not pass that some writers have instead of `failures` and `errors`."""
_SKIPPED = ("skipped", "skip", "skips", "disabled", "ignored", "notrun")
_QUALIFIERS = ("hostname", "project", "package", "file")
"""What tells suites of one name apart; Playwright has its project as the host's name."""


class OpenSuite:
    """A `<testsuite>` or `<testsuites>` while it is read."""

    __slots__ = (
        *("_attributes", "_bad_told", "_missing_told", "_prefix", "bad", "cases", "is_pytests", "path", "qualifier"),
        *("retries", "scope", "skipped", "special_reason", "succeeded", "window"),
    )

    def __init__(self, tag: str, attributes: Mapping[str, str], parent: OpenSuite | None) -> None:
        name = attributes.get("name", "")
        self._attributes = attributes
        self.path: tuple[str, ...] = (*(parent.path if parent else ()), *((name,) if tag == "testsuite" else ()))
        """The names of the suites down to this one."""
        own = " ".join(attributes[word] for word in _QUALIFIERS if attributes.get(word))
        self.qualifier: str = own or (parent.qualifier if parent else "")
        """What tells it from others of its name, where that is needed."""
        self.window: tuple[int, int] | None = _window(attributes) or (parent.window if parent else None)
        self.is_pytests: bool = name in {"pytest", "pytest tests"} or (parent is not None and parent.is_pytests)
        """Whether pytest wrote it."""
        self.cases = self.bad = self.skipped = self.retries = 0
        self._prefix = f"{name}." if name and tag == "testsuite" else ""
        self.scope = self._prefix[:-1]
        """The class, module or package to which its cases belong, if they all do and it is named for it."""
        self.succeeded = True
        """What Ginkgo says of it."""
        self.special_reason = ""
        self._bad_told = self._missing_told = 0

    def count(self, test: str, bad: int, skipped: int, retries: int) -> None:
        """Take one test case into account."""
        self.cases += 1
        self.bad += bad
        self.skipped += skipped
        self.retries += retries
        if self.scope and not test.startswith(self._prefix):
            self.scope = ""

    def add_property(self, name: str, value: str) -> None:
        """A property of the suite."""
        if name == "SuiteSucceeded":
            self.succeeded = value.strip().lower() != "false"
        elif name == "SpecialSuiteFailureReason":
            self.special_reason = value.strip()

    def end(self, parent: OpenSuite | None) -> list[Trouble]:
        """What contradicts itself in it; its numbers are its parent's as well."""
        found = [
            sentence for sentence in (self._hidden_failures(), self._missing_tests(), self._no_success()) if sentence
        ]
        if parent is not None:
            parent.cases += self.cases
            parent.bad += self.bad
            parent.skipped += self.skipped
            parent.retries += self.retries
            parent._bad_told += self._bad_told  # noqa: SLF001 - another suite
            parent._missing_told += self._missing_told  # noqa: SLF001 - another suite
        return [Trouble(TroubleKind.CONTRADICTION, sentence, self.scope if self.cases else "") for sentence in found]

    @property
    def _shown(self) -> str:
        if not self.path:
            return "the file"
        return f"the suite {excerpt(self.path[-1], 60)}" if self.path[-1] else "a suite without a name"

    def _hidden_failures(self) -> str | None:
        declared = max(self._number("failures") + self._number("errors"), *map(self._number, _BESIDE))
        excess = declared - self.bad - self._bad_told
        if excess <= 0:
            return None
        self._bad_told += excess
        counted = count_of(declared, "failure or error", "failures and errors")
        return f"{self._shown} counts {counted}, and its test cases show {self.bad}"

    def _missing_tests(self) -> str | None:
        if self.is_pytests:  # its count has the subtests of a test, which get no case of their own
            return None
        declared = self._number("tests")
        unlisted = max(max(map(self._number, _SKIPPED)) - self.skipped, 0)
        excess = declared - self.cases - self.retries - unlisted - self._missing_told
        if excess <= 0:
            return None
        self._missing_told += excess
        return f"{self._shown} counts {count_of(declared, 'test', 'tests')}, and has {self.cases}"

    def _no_success(self) -> str | None:
        if self.bad:
            return None
        if word := self._own_failure():
            return f"{self._shown} says that its {word}, and no test case in it failed"
        if self.succeeded:
            return None
        why = f" ({excerpt(self.special_reason, 200)})" if self.special_reason else ""
        return f"Ginkgo says that {self._shown} did not succeed{why}, and no test case in it failed"

    def _own_failure(self) -> str:
        """The attribute by which it says that it failed; empty where none does."""
        for attribute, value in self._attributes.items():
            is_word = attribute.lower() in STATUSES or attribute.lower() == "success"
            if is_word and said_by(attribute, value) is Outcome.FAILED:
                return f"{attribute} is {excerpt(value, 40)}"
        return ""

    def _number(self, attribute: str) -> int:
        text = self._attributes.get(attribute, "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _window(attributes: Mapping[str, str]) -> tuple[int, int] | None:
    """When a suite began and ended; None where it does not say so, or without a zone."""
    began = moment(attributes.get("timestamp", ""))
    if began is None or not 0 <= began < LATEST:
        return None
    took = seconds(attributes.get("time", "")) or 0.0
    return began, min(began + round(took * 1e9), LATEST - 1)

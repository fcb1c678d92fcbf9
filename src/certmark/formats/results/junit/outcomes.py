"""What the elements of a JUnit test case say of its attempts.

What stands in a test case decides, the strongest first:

1. `<failure>` is a failure; a type or message that says so makes it an unexpected success.
2. `<error>` is a failure too; "failed on setup with …" (pytest) makes it an error in set-up.
   One "on teardown" says nothing of the test itself (`without_cleanup`).
3. `<skipped>` is a skip; `type="pytest.xfail"` makes it an expected failure, a message of pytest's
   an unexpected success.
4. The attributes `status` and `result` (Ginkgo, googletest), where there is no element.
5. Nothing: it passed.

What we write ourselves has the outcome as its type (`ELEMENTS`), and that decides.
`<rerunFailure>` and `<flakyFailure>` (surefire) are further attempts: reruns follow a failure,
flaky ones precede the success.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from certmark.domain.results import Outcome
from certmark.formats.results.junit.details import OutcomeElement

_DECIDING = frozenset({"failure", "error", "skipped"})
_EARLIER = frozenset({"flakyFailure", "flakyError"})
_LATER = frozenset({"rerunFailure", "rerunError"})
MARKS = _DECIDING | _EARLIER | _LATER
"""The elements of a test case that tell what it came to."""

ELEMENTS = {
    Outcome.FAILED: "failure",
    Outcome.UNEXPECTED_SUCCESS: "failure",
    Outcome.SETUP_ERROR: "error",
    Outcome.UNFINISHED: "error",
    Outcome.SKIPPED: "skipped",
    Outcome.EXPECTED_FAILURE: "skipped",
}
"""The element by which we write an outcome; the outcome's value is its type. Passed has none."""

_OWN = {(element, outcome.value): outcome for outcome, element in ELEMENTS.items()}
_SETUP = ("failed on setup with", "test setup failure")
_CLEANUP = ("failed on teardown", "test teardown failure")
_SUCCESS_WORDS = ("[XPASS(strict)]", "xfail-marked test passes unexpectedly")
_BAD_STATUS = frozenset({"failed", "failure", "error", "timedout", "panicked", "interrupted", "aborted"})
_SKIP_STATUS = frozenset({"skipped", "pending", "disabled", "notrun", "suppressed", "ignored"})


class CaseOutcome(NamedTuple):
    """One attempt, as a test case tells it."""

    outcome: Outcome
    mark: OutcomeElement | None
    """The element that says why it did not pass."""
    is_main: bool
    """Whether the times of the test case are its own."""


def tellings(marks: Sequence[OutcomeElement], attributes: Mapping[str, str]) -> list[CaseOutcome]:
    """The attempts of one test case, the last one last; `marks` are its elements without clean-up."""
    earlier = [CaseOutcome(Outcome.FAILED, mark, is_main=False) for mark in marks if mark.tag in _EARLIER]
    later = [CaseOutcome(Outcome.FAILED, mark, is_main=False) for mark in marks if mark.tag in _LATER]
    return [*earlier, _main(marks, attributes), *later]


def without_cleanup(marks: Sequence[OutcomeElement]) -> tuple[list[OutcomeElement], bool]:
    """`marks` without errors of the clean-up, and whether there was one."""
    kept = [mark for mark in marks if not (mark.tag == "error" and mark.message.startswith(_CLEANUP))]
    return kept, len(kept) < len(marks)


def _main(marks: Sequence[OutcomeElement], attributes: Mapping[str, str]) -> CaseOutcome:
    for tag in ("failure", "error", "skipped"):
        for mark in marks:
            if mark.tag == tag:
                return CaseOutcome(_OWN.get((tag, mark.type)) or _foreign(mark), mark, is_main=True)
    return CaseOutcome(_by_status(attributes), None, is_main=True)


def _foreign(mark: OutcomeElement) -> Outcome:
    """What an element means that others have written."""
    success = mark.type.endswith("UnexpectedSuccess") or mark.message.startswith(_SUCCESS_WORDS)
    if mark.tag == "failure":  # 1
        return Outcome.UNEXPECTED_SUCCESS if success else Outcome.FAILED
    if mark.tag == "error":  # 2
        return Outcome.SETUP_ERROR if mark.message.startswith(_SETUP) else Outcome.FAILED
    if mark.type == "pytest.xfail":  # 3
        return Outcome.EXPECTED_FAILURE
    return Outcome.UNEXPECTED_SUCCESS if success else Outcome.SKIPPED


def _by_status(attributes: Mapping[str, str]) -> Outcome:  # 4, 5
    words = {attributes.get("status", "").lower(), attributes.get("result", "").lower()}
    if words & _BAD_STATUS:
        return Outcome.FAILED
    return Outcome.SKIPPED if words & _SKIP_STATUS else Outcome.PASSED

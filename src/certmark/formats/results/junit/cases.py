"""What a JUnit test case says: its attempts, their details and times.

Everything in a test case that has a known meaning (`junit.words`) is heard, and the worst of it counts:

1. Its elements, in whatever case, prefix or depth: `<failure>` is a failure; a type or message that says so makes it an
   unexpected success. `<error>` is a failure too; "failed on setup with …" (pytest) makes it an error in set-up. One
   "on teardown" in a file of pytest's says nothing of the test itself (`without_cleanup`). `<skipped>` is a skip;
   `type="pytest.xfail"` makes it an expected failure, a message of pytest's an unexpected success, one of CTest's
   (`_COULD_NOT_RUN`) an error in set-up: it counts the test among those that failed.
2. The words in its attributes `status`, `result`, `outcome` and the like (Ginkgo, googletest, CTest, Buck), and
   attributes that are true or false, such as `success` and `skipped` (`junit.words.said_by`).
3. Where all of that would be a pass and something is there that nobody knows (another element, another word), it is
   unfinished: unknown is never a pass.
4. Nothing: it passed.

What we write ourselves has the outcome as its type (`ELEMENTS`), and that decides.
`<rerunFailure>` and `<flakyFailure>` (surefire, nextest) are further attempts: reruns follow a failure,
flaky ones precede the success. All but the last attempt are superseded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from certmark.domain.results import Detail, Outcome
from certmark.formats.errors import excerpt
from certmark.formats.results.contents import MAX_REASON, MAX_TEXT
from certmark.formats.results.junit.characters import BAD, REPLACEMENT
from certmark.formats.results.junit.words import meaning, said_by
from certmark.formats.results.request_log import MAX_LOG, read_requests
from certmark.formats.results.subunit.details import error_line, one_line
from certmark.formats.secrets.hiding import scrub

_STANDARD = frozenset({"failure", "error", "skipped"})
_EARLIER = frozenset({"flakyfailure", "flakyerror"})
_LATER = frozenset({"rerunfailure", "rerunerror"})
RETRIES = _EARLIER | _LATER
"""The elements that stand for attempts beside the one that counts."""
_SILENT = frozenset({"name", "classname", "time", "timestamp", "file", "line", "assertions", "id", "hostname"})
"""Attributes of nearly every test case, which tell nothing of what it came to."""

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
_SETUP = ('failed on setup with "', "test setup failure")
_CLEANUP = ('failed on teardown with "', "test teardown failure")
_COULD_NOT_RUN = frozenset({"Unable to find executable", "Fixture dependency failed", "Required Files Missing"})
_SUCCESS_WORDS = ("[XPASS(strict)]", "xfail-marked test passes unexpectedly")
_WORST_LAST = (
    *(Outcome.PASSED, Outcome.SKIPPED, Outcome.EXPECTED_FAILURE, Outcome.UNFINISHED, Outcome.SETUP_ERROR),
    *(Outcome.UNEXPECTED_SUCCESS, Outcome.FAILED),
)

_LOG = "pythonlogging:''"
_END_OF_LOG = "\n}}}\n"
"""Tempest's tools write attachments as `name: {{{`, the content, `}}}`, before the traceback."""
_WRAPPER = "testtools.testresult.real._StringException: "

_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?\Z")
_LONGEST = 1e9
"""Seconds; more is no duration of a test."""
_NANOSECONDS = re.compile(r"\.\d{6}(\d{1,3})")
"""What Python's own reading of a time leaves out."""
LATEST = 1 << 63
"""Nanoseconds since 1970 that are no time of a test any more: the year 2262."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OutcomeElement:
    """An element of a test case that says something of its outcome: its attributes and the end of its text."""

    __slots__ = ("_length", "_pieces", "message", "outcome", "tag", "times", "type")

    def __init__(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.tag = tag
        self.type = attributes.get("type", "")[:MAX_REASON]
        self.message = attributes.get("message", "")[: 2 * MAX_TEXT]
        self.times = attributes if tag in RETRIES else {}
        self.outcome = _meaning_of(self)
        """What it means; None where nobody knows."""
        self._pieces: list[str] = []
        self._length = 0

    def add(self, data: str) -> None:
        """Take a piece of text; what is far from the end is dropped."""
        self._pieces.append(data)
        self._length += len(data)
        if self._length > 2 * MAX_LOG:
            self._pieces = [self.text]
            self._length = MAX_LOG

    @property
    def text(self) -> str:
        """The end of its text."""
        if not self._pieces:
            return ""
        return "".join(self._pieces)[-MAX_LOG:].replace(BAD, REPLACEMENT)

    @property
    def is_bad(self) -> bool:
        """Whether it says that something went wrong, as counts of failures and errors mean it."""
        return self.tag in RETRIES or _is_bad(self.outcome)


class CaseOutcome(NamedTuple):
    """One attempt, as a test case tells it."""

    outcome: Outcome
    mark: OutcomeElement | None = None
    """The element that says why it did not pass."""
    word: str = ""
    """What to say of it where the element's own name or an attribute decided."""
    is_main: bool = True
    """Whether the times of the test case are its own."""

    @property
    def is_bad(self) -> bool:
        """Whether it counts among a suite's failures and errors."""
        return _is_bad(self.outcome)


_PASSED = CaseOutcome(Outcome.PASSED)
_PASSED_ONCE = (_PASSED,)


def outcomes_of(marks: Sequence[OutcomeElement], attributes: Mapping[str, str]) -> Sequence[CaseOutcome]:
    """The attempts of one test case, the last one last; `marks` are its elements without clean-up."""
    if not marks and attributes.keys() <= _SILENT:  # most tests
        return _PASSED_ONCE
    main = _main(marks, attributes)
    if not marks or (len(marks) == 1 and marks[0].tag not in RETRIES):  # nearly always
        return [main]
    earlier = [_retry(mark) for mark in marks if mark.tag in _EARLIER]
    later = [_retry(mark) for mark in marks if mark.tag in _LATER]
    return [*earlier, main, *later]


def without_cleanup(marks: Sequence[OutcomeElement]) -> tuple[list[OutcomeElement], OutcomeElement | None]:
    """`marks` of a file of pytest's without errors of the clean-up, and the first of those."""
    cleanup = [mark for mark in marks if mark.tag == "error" and mark.message.startswith(_CLEANUP)]
    if not cleanup:
        return list(marks), None
    return [mark for mark in marks if mark not in cleanup], cleanup[0]


def _retry(mark: OutcomeElement) -> CaseOutcome:
    return CaseOutcome(Outcome.FAILED, mark, is_main=False)


def _is_bad(outcome: Outcome | None) -> bool:
    return not (outcome is Outcome.PASSED or outcome is Outcome.SKIPPED or outcome is Outcome.EXPECTED_FAILURE)


def _main(marks: Sequence[OutcomeElement], attributes: Mapping[str, str]) -> CaseOutcome:
    worst, decisive, word, unknown = Outcome.PASSED, None, "", None
    for mark in marks:  # 1
        outcome = mark.outcome
        if mark.tag in RETRIES:
            continue
        if outcome is None:
            unknown = unknown or CaseOutcome(Outcome.UNFINISHED, mark, f"<{mark.tag[:40]}>{_UNKNOWN}")
        elif outcome is not worst and _is_worse(outcome, worst):
            worst, decisive, word = outcome, mark, "" if mark.tag in _STANDARD else f"<{mark.tag[:40]}>"
    for attribute in () if attributes.keys() <= _SILENT else attributes:  # 2
        said = attributes[attribute]
        outcome = Outcome.PASSED if attribute in _SILENT else said_by(attribute, said)
        if outcome is None:
            unknown = unknown or CaseOutcome(Outcome.UNFINISHED, None, _attribute(attribute, said) + _UNKNOWN)
        elif outcome is not worst and _is_worse(outcome, worst):
            worst, decisive, word = outcome, None, _attribute(attribute, said)
    if worst is Outcome.PASSED:
        return unknown or _PASSED  # 3, 4
    return CaseOutcome(worst, decisive, word)


_UNKNOWN = ", which is not known to mean a pass"


def _attribute(name: str, word: str) -> str:
    return f"its {name[:40]} is {excerpt(word, 40)}"


def _is_worse(outcome: Outcome, other: Outcome) -> bool:
    return _WORST_LAST.index(outcome) > _WORST_LAST.index(other)


def _meaning_of(mark: OutcomeElement) -> Outcome | None:
    """What an element means; None where nobody knows."""
    outcome = meaning(mark.tag)
    if mark.tag not in _STANDARD:
        return outcome
    if own := _OWN.get((mark.tag, mark.type)):
        return own
    if mark.type == "pytest.xfail" and outcome is Outcome.SKIPPED:
        return Outcome.EXPECTED_FAILURE
    if mark.tag != "error" and (mark.type.endswith("UnexpectedSuccess") or mark.message.startswith(_SUCCESS_WORDS)):
        return Outcome.UNEXPECTED_SUCCESS
    could_not_run = mark.message.startswith(_SETUP) if mark.tag == "error" else mark.message in _COULD_NOT_RUN
    return Outcome.SETUP_ERROR if could_not_run and mark.tag != "failure" else outcome


def detail_of(case: CaseOutcome) -> Detail | None:
    """Why an attempt came to its outcome; None where nothing says so.

    Secrets are hidden before anything is cut.
    """
    mark, outcome = case.mark, case.outcome
    if outcome is Outcome.PASSED:
        return None
    if mark is None:
        return Detail(scrub(case.word), "", ()) if case.word else None
    if not (said := mark.text):
        return _detail_without_text(mark.message, mark.type, outcome, case.word)
    log, text = _parted(said)
    text = scrub(text[-2 * MAX_TEXT :]).strip("\n")[-MAX_TEXT:]
    reason = _reason(mark.message, mark.type, text, outcome, case.word)
    if not reason:
        return None
    requests = () if outcome is Outcome.SKIPPED else read_requests(log)
    return Detail(reason, "" if text.strip() == reason else text, requests)


@lru_cache(maxsize=64)  # thousands of skips have the same words
def _detail_without_text(message: str, kind: str, outcome: Outcome, word: str) -> Detail | None:
    reason = _reason(message, kind, "", outcome, word)
    return Detail(reason, "", ()) if reason else None


def _parted(text: str) -> tuple[str, str]:
    """The log that Tempest's tools write into the text, and the rest."""
    end = text.rfind(_END_OF_LOG)
    log, rest = (text[:end], text[end + len(_END_OF_LOG) :]) if end >= 0 and _LOG in text else ("", text)
    return log, rest.lstrip("\n").removeprefix(_WRAPPER)


def _reason(message: str, kind: str, text: str, outcome: Outcome, word: str) -> str:
    said = _clean(message) or (one_line if outcome is Outcome.SKIPPED else error_line)(text)
    reason = said or (kind if kind != outcome.value else "")
    reason = reason if len(reason) <= MAX_REASON else f"{reason[: MAX_REASON - 1]}…"
    if not word:
        return reason
    return f"{word}: {reason}"[:MAX_REASON] if reason else word


@lru_cache(maxsize=64)  # thousands of skips have the same words
def _clean(message: str) -> str:
    return scrub(one_line(scrub(message)))


def seconds(text: str) -> float | None:
    """A duration; `1,234.5` (surefire) and `0,5` are understood. None where it is none."""
    text = text.strip()[:40]
    if "," in text:
        text = text.replace(",", "" if _THOUSANDS.match(text) else ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= _LONGEST else None


def moment(text: str) -> int | None:
    """Nanoseconds since 1970 of an ISO 8601 time with its zone; None without a zone, or of anything else.

    It is negative for times before 1970.
    """
    try:
        value = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    if value.tzinfo is None:
        return None
    since = value - _EPOCH
    finer = found[1] if (found := _NANOSECONDS.search(text, 0, 40)) else "000"
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000 + int(finer.ljust(3, "0"))

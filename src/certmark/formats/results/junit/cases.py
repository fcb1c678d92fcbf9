"""What a JUnit test case says: the name of its test, its attempts, their details and times.

How the two attributes of a test case make the name of a test:

1. `[It] text` is a Ginkgo spec: its name is `text`; the classname is the suite's title.
2. `[BeforeSuite]`, `[SynchronizedAfterSuite]` and the like are Ginkgo's own nodes and keep their
   names, without the title.
3. `setUpClass (module.Class)` in either attribute, in both, or as `setUpClass` of class
   `module.Class` is a fixture and gets the name that subunit streams give it.
4. A classname with blanks in it is a title, not a class (Ginkgo 1, shell tools): the name stands alone.
5. Otherwise the name is `classname.name`, as Tempest's tools, pytest and surefire mean it.

What stands in a test case decides what it came to, the strongest first:

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

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from certmark.domain.identity import fixture_of
from certmark.domain.results import Detail, Outcome
from certmark.formats.results.contents import MAX_REASON, MAX_TEXT
from certmark.formats.results.request_log import MAX_LOG, read_requests, scrub
from certmark.formats.results.subunit.details import error_line, one_line

SPEC = "[It] "
"""What Ginkgo writes before the name of a spec."""
_NODE = re.compile(r"\[(?:[A-Za-z]*(?:Before|After)Suite|DeferCleanup[^\]]*)\]")
_FIXTURE_WORDS = ("setUpClass", "setUpModule", "tearDownClass", "tearDownModule")

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

_LOG = "pythonlogging:''"
_END_OF_LOG = "\n}}}\n"
"""Tempest's tools write attachments as `name: {{{`, the content, `}}}`, before the traceback."""
_WRAPPER = "testtools.testresult.real._StringException: "

_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?\Z")
_LONGEST = 1e9
"""Seconds; more is no duration of a test."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def full_name(classname: str, name: str) -> str:
    """The suite's id of a test, attributes in brackets included; empty if both are empty."""
    if name.startswith(SPEC):  # 1
        return name.removeprefix(SPEC)
    if _NODE.match(name):  # 2
        return name
    if fixture := _fixture(classname, name):  # 3
        return fixture
    if not classname or " " in classname:  # 4
        return name or classname
    return f"{classname}.{name}" if name else classname  # 5


def _fixture(classname: str, name: str) -> str | None:
    joined = f"{classname}.{name}"
    if name in _FIXTURE_WORDS and classname:
        joined = f"{name} ({classname})"
    return next((text for text in (name, classname, joined) if fixture_of(text)), None)


class OutcomeElement:
    """A `<failure>`, `<error>`, `<skipped>` or the like: its attributes and the end of its text."""

    __slots__ = ("_length", "_pieces", "message", "tag", "type")

    def __init__(self, tag: str, kind: str, message: str) -> None:
        self.tag = tag
        self.type = kind[:MAX_REASON]
        self.message = message[: 2 * MAX_TEXT]
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
        return "".join(self._pieces)[-MAX_LOG:]


class CaseOutcome(NamedTuple):
    """One attempt, as a test case tells it."""

    outcome: Outcome
    mark: OutcomeElement | None
    """The element that says why it did not pass."""
    is_main: bool
    """Whether the times of the test case are its own."""


def outcomes_of(marks: Sequence[OutcomeElement], attributes: Mapping[str, str]) -> list[CaseOutcome]:
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


def detail_of(mark: OutcomeElement | None, outcome: Outcome) -> Detail | None:
    """Why an attempt came to `outcome`; None where nothing says so.

    Secrets are hidden before anything is cut.
    """
    if mark is None or outcome is Outcome.PASSED:
        return None
    log, text = _parted(mark.text)
    text = scrub(text[-2 * MAX_TEXT :]).strip("\n")[-MAX_TEXT:]
    reason = _reason(mark, text, outcome)
    if not reason:
        return None
    requests = () if outcome is Outcome.SKIPPED else read_requests(log)
    return Detail(reason, "" if text.strip() == reason else text, requests)


def _parted(text: str) -> tuple[str, str]:
    """The log that Tempest's tools write into the text, and the rest."""
    end = text.rfind(_END_OF_LOG)
    log, rest = (text[:end], text[end + len(_END_OF_LOG) :]) if end >= 0 and _LOG in text else ("", text)
    return log, rest.lstrip("\n").removeprefix(_WRAPPER)


def _reason(mark: OutcomeElement, text: str, outcome: Outcome) -> str:
    said = _clean(mark.message) or (one_line if outcome is Outcome.SKIPPED else error_line)(text)
    reason = said or (mark.type if mark.type != outcome.value else "")
    return reason if len(reason) <= MAX_REASON else f"{reason[: MAX_REASON - 1]}…"


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
    """Nanoseconds since 1970 of an ISO 8601 time with its zone; None without a zone, or of anything else."""
    try:
        value = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    if value.tzinfo is None:
        return None
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000

"""An element of a JUnit test case, bounded, and the detail that it becomes."""

from __future__ import annotations

from functools import lru_cache

from certmark.domain.results import Detail, Outcome
from certmark.formats.results.contents import MAX_REASON, MAX_TEXT
from certmark.formats.results.request_log import MAX_LOG, read_requests, scrub
from certmark.formats.results.subunit.details import error_line, one_line

_LOG = "pythonlogging:''"
_END_OF_LOG = "\n}}}\n"
"""Tempest's tools write attachments as `name: {{{`, the content, `}}}`, before the traceback."""

_WRAPPER = "testtools.testresult.real._StringException: "


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
    said = _said(mark.message) or (one_line if outcome is Outcome.SKIPPED else error_line)(text)
    reason = said or (mark.type if mark.type != outcome.value else "")
    return reason if len(reason) <= MAX_REASON else f"{reason[: MAX_REASON - 1]}…"


@lru_cache(maxsize=64)  # thousands of skips have the same words
def _said(message: str) -> str:
    return scrub(one_line(scrub(message)))

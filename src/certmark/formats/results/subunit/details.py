"""Why an attempt did not pass: from its attachments to one bounded `Detail`.

Only the part of an attachment that can be used is ever held: the end of a log or a traceback, the
beginning of a reason.
"""

from __future__ import annotations

from typing import Final

from certmark.domain.results import Detail, Outcome, Request
from certmark.formats.results.contents import MAX_REASON, MAX_TEXT
from certmark.formats.results.request_log import MAX_LOG, read_requests
from certmark.formats.results.subunit.own_words import REASON
from certmark.formats.secrets.hiding import scrub

MAX_TRACEBACK = 4 * MAX_TEXT
"""Bytes held of the end of a traceback: `MAX_TEXT` characters have at most so many."""
_MAX_KINDS = 8
"""Attachments held of one attempt; further ones say nothing new."""
_SHARE = 24 << 20
"""Characters of details kept of one source; when they are used up, what follows is cut short."""

_TRACEBACK = "Traceback (most recent call last):"
_FRAME = '\n  File "'
SPENT: Final = "so much was said of failures that the later ones are cut short"


class Attachments:
    """The useful parts of what is attached to one attempt, in the order of the source."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: dict[str, bytes | bytearray] = {}

    def wants(self, name: str, outcome: Outcome) -> int:
        """How many bytes of the end of attachment `name` are of use; 0 for none."""
        if name not in self._parts and len(self._parts) >= _MAX_KINDS:
            return 0
        if is_log(name):
            return 0 if outcome is Outcome.SKIPPED else MAX_LOG
        return MAX_TRACEBACK

    def add(self, name: str, content: bytes) -> None:
        """Append a piece of attachment `name`; of a long one only the end stays."""
        part = self._parts.get(name)
        if part is None:
            self._parts[name] = content  # nearly always the only piece
            return
        if not isinstance(part, bytearray):
            part = self._parts[name] = bytearray(part)
        part += content
        limit = MAX_LOG if is_log(name) else MAX_TRACEBACK
        if len(part) > 2 * limit:  # not at every piece: cutting copies
            del part[:-limit]

    def texts(self) -> dict[str, str]:
        """Every attachment but the logs, as text."""
        return {name: _decoded(part, MAX_TRACEBACK) for name, part in self._parts.items() if not is_log(name)}

    def log(self) -> str:
        """The request log."""
        return "".join([_decoded(part, MAX_LOG) for name, part in self._parts.items() if is_log(name)])


def is_log(name: str) -> bool:
    """Whether the attachment is what the test logged (`pythonlogging:''`)."""
    return name.startswith("pythonlogging")


def _decoded(part: bytes | bytearray, limit: int) -> str:
    return (part if len(part) <= limit else part[-limit:]).decode("utf-8", "replace")


class Allowance:
    """How much of details one reading may still keep, so that a run in which all failed stays small."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _SHARE

    @property
    def is_spent(self) -> bool:
        """Whether details have been cut short."""
        return self._left <= 0

    def grant(self, detail: Detail) -> Detail:
        """`detail`, or its shortest useful form if the allowance is spent."""
        if self.is_spent:
            return Detail(detail.reason[:MAX_REASON], detail.text[-MAX_REASON:], detail.requests[-1:])
        self._left -= len(detail.reason) + len(detail.text) + 400 * len(detail.requests)
        return detail


def detail_of(outcome: Outcome, attachments: Attachments) -> Detail | None:
    """What the attachments say of an attempt that did not pass; None if they say nothing."""
    texts = attachments.texts()
    requests: tuple[Request, ...] = () if outcome is Outcome.SKIPPED else read_requests(attachments.log())
    # Secrets are hidden before lines are joined and the text is cut, lest one is parted from what gives it away.
    traceback = scrub(_traceback(texts))
    given = scrub(next((texts[name] for name in ("reason", "message") if name in texts), ""))
    if REASON in texts:
        reason = one_line(scrub(texts[REASON]))
    elif outcome is Outcome.SKIPPED:
        reason = one_line(given) or error_line(traceback)
    else:
        reason = error_line(traceback) or one_line(given)
    if not (reason or traceback or requests):
        return None
    return Detail(_cut(scrub(reason)), traceback[-MAX_TEXT:], requests)


def _traceback(texts: dict[str, str]) -> str:
    """The text of the first traceback."""
    named = sorted((name for name in texts if name.startswith("traceback")), key=len)
    return texts[named[0]].rstrip() if named else ""


def error_line(traceback: str) -> str:
    """The exception with its message, of the end of a traceback; what is no traceback is taken whole. One line."""
    start = traceback.rfind(f"\n{_TRACEBACK}") + 1
    if not traceback.startswith(_TRACEBACK, start):
        start = traceback.rfind(_FRAME) + 1  # its beginning was cut off
    lines = traceback[start:].splitlines()
    if start or traceback.startswith(_TRACEBACK):
        first = next((n for n, line in enumerate(lines[1:], 1) if line.strip() and not line[0].isspace()), None)
        lines = lines[-1:] if first is None else lines[first:]
    return one_line("\n".join(lines))


def one_line(text: str) -> str:
    """`text` on one line: its lines joined, a full stop set where a line has no mark at its end."""
    lines = [" ".join(line.split()) for line in text[: 16 * MAX_REASON].splitlines()]
    joined = ""
    for line in filter(None, lines):
        joined += line if not joined else f"{'' if joined[-1] in '.:;,!?([{' else '.'} {line}"
    return _cut(joined, 4 * MAX_REASON)  # what follows may still be cut after secrets are hidden


def _cut(text: str, limit: int = MAX_REASON) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"

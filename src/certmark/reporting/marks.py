"""The look of every state: a word, a sign and a tone, on pages, badges and reports alike; never by colour alone."""

from __future__ import annotations

from typing import NamedTuple

from certmark.reporting.blocks import Tone


class Mark(NamedTuple):
    """A state in word, sign and colour."""

    word: str
    tone: str
    """The value of a `Tone`; the class by which it is coloured."""
    sign: str
    """The id of a drawn sign is `sign-` and this."""
    letter: str
    """Where there is room for one character only."""


def _mark(word: str, tone: Tone, sign: str, letter: str) -> Mark:
    return Mark(word, tone.value, sign, letter)


MARKS = {
    # What became of a test.
    "passed": _mark("passed", Tone.GOOD, "pass", "✓"),
    "failed": _mark("failed", Tone.BAD, "fail", "✕"),
    "skipped": _mark("skipped", Tone.GAP, "skip", "»"),
    "error in set-up": _mark("error in set-up", Tone.BAD, "setup", "◐"),
    "not run": _mark("not run", Tone.GAP, "gap", "△"),
    "unfinished": _mark("unfinished", Tone.GAP, "unfinished", "…"),
    "not reported": _mark("not reported", Tone.QUIET, "unknown", "?"),
    "unsupported": _mark("unsupported", Tone.QUIET, "unsupported", "∅"),
    "waived": _mark("waived", Tone.QUIET, "waived", "w"),
    "flagged": _mark("flagged", Tone.QUIET, "flag", "⚑"),
    "stale": _mark("stale", Tone.GAP, "clock", "◷"),
    "unstable": _mark("unstable", Tone.GAP, "wave", "~"),
    # What a capability or a program came to.
    "pass": _mark("pass", Tone.GOOD, "pass", "✓"),
    "fail": _mark("fail", Tone.BAD, "fail", "✕"),
    "incomplete": _mark("incomplete", Tone.GAP, "gap", "△"),
    "not judged": _mark("not judged", Tone.QUIET, "none", "-"),
    "not applicable": _mark("not applicable", Tone.GAP, "unsupported", "∅"),
    # Requirement levels.
    "required": _mark("required", Tone.GOOD, "required", "R"),
    "advisory": _mark("advisory", Tone.GAP, "advisory", "A"),
    "deprecated": _mark("deprecated", Tone.GAP, "deprecated", "D"),
    "removed": _mark("removed", Tone.QUIET, "none", "-"),
    "informational": _mark("informational", Tone.QUIET, "unknown", "i"),
    # What a certificate is worth today.
    "certified": _mark("certified", Tone.GOOD, "pass", "✓"),
    "due": _mark("certified, renewal open", Tone.GOOD, "pass", "✓"),
    "grace": _mark("expired, renewal under review", Tone.GAP, "clock", "◷"),
    "suspended": _mark("suspended", Tone.GAP, "gap", "△"),
    "expired": _mark("expired", Tone.QUIET, "clock", "◷"),
    "withdrawn": _mark("withdrawn", Tone.QUIET, "none", "-"),
    "superseded": _mark("superseded", Tone.QUIET, "none", "-"),
    "revoked": _mark("revoked", Tone.BAD, "fail", "✕"),
}
"""By the word that code and documents have for it (`State`, `Standing`, `Level`)."""
_OTHER = _mark("", Tone.QUIET, "unknown", "?")


def mark_of(word: str) -> Mark:
    """The look of a state; of a word that none has, a quiet one with this word."""
    return MARKS.get(word) or _OTHER._replace(word=word)

"""What the words of those who write JUnit mean: statuses of a test case, and names of its elements.

Only a word of this table that says so is a pass. Case, blanks and hyphens make no difference: `Not Run` is `notrun`.
"""

from __future__ import annotations

from functools import lru_cache

from certmark.domain.results import Outcome

MEANINGS: dict[Outcome, tuple[str, ...]] = {
    # googletest and CTest `run`, `completed`; Ginkgo `passed`; Buck `PASS`; automake and Qt `pass`.
    Outcome.PASSED: ("passed", "pass", "success", "successful", "succeeded", "ok", "run", "completed", "executed"),
    Outcome.FAILED: (
        *("failed", "failure", "failures", "fail", "error", "errors", "errored", "broken", "nok", "notok", "ko"),
        *("timedout", "timeout", "panicked", "interrupted", "aborted", "crashed", "crash", "killed", "unsuccessful"),
        *("exception", "fatal", "undefined", "false"),
    ),
    Outcome.UNEXPECTED_SUCCESS: ("xpass", "xpassed", "unexpectedsuccess", "uxsuccess"),
    Outcome.UNFINISHED: (
        "inconclusive",
        "inconc",
        "blocked",
        "incomplete",
        "unknown",
        "indeterminate",
        "unfinished",
        "cancelled",
        "canceled",
    ),
    Outcome.EXPECTED_FAILURE: ("xfail", "xfailed", "expectedfailure"),
    Outcome.SKIPPED: (
        *("skipped", "skip", "pending", "disabled", "notrun", "suppressed", "ignored", "ignore", "notexecuted"),
        *("excluded", "untested", "todo", "omitted", "deselected", "dryrun", "assumptionviolation"),
    ),
}
"""The known words, each outcome's own."""

HARMLESS = frozenset(
    {
        *("properties", "property", "attachments", "attachment", "output", "description", "comment", "comments"),
        *("tags", "tag", "requirements", "testproperties", "metadata", "links", "link", "label", "labels"),
        *("parameters", "parameter", "arguments", "argument", "screenshot", "screenshots", "url"),
        *("measurement", "measurements", "log", "logs"),
    }
)
"""Elements of a test case that say nothing of its outcome."""

OUTPUT = frozenset({"system-out", "system-err", "stdout", "stderr"})
"""Elements that hold what a test printed: nothing in them is read."""

STATUSES = frozenset({"status", "result", "outcome", "state", "verdict", "conclusion"})
"""Attributes that tell in a word what a test or a suite came to."""
_TRUE = frozenset({"true", "yes"})
_FALSE = frozenset({"false", "no", "0"})
_NO_SUCCESS = {
    **dict.fromkeys(("success", "successful", "succeeded", "passed", "ok"), Outcome.FAILED),
    **dict.fromkeys(("executed", "run", "completed"), Outcome.SKIPPED),
}
"""What it means that an attribute of this name is false."""
_COUNTS = frozenset({"failures", "failed", "errors", "skipped", "disabled", "ignored"})
_MESSAGES = frozenset({"failure", "error"})
_NOTHING = frozenset({*_FALSE, "none", "null", "nil"})

_BY_WORD = {word: outcome for outcome, words in MEANINGS.items() for word in words}
_LONGEST = 40


@lru_cache(maxsize=512)
def plain_word(word: str) -> str:
    """`word` in small letters and digits only, bounded: how it stands in the tables."""
    return "".join(character for character in word[:_LONGEST].lower() if character.isalnum())


@lru_cache(maxsize=512)
def meaning(word: str) -> Outcome | None:
    """The outcome that `word` is known to mean; None where it is not known."""
    return None if len(word) > _LONGEST else _BY_WORD.get(plain_word(word))


def said_by(attribute: str, value: str) -> Outcome | None:
    """The outcome that an attribute of a test case tells, in a word or by being true or false.

    A pass where it tells nothing; None where it tells an outcome in a word that is not known.
    """
    return _said(attribute[: _LONGEST + 1], value[: _LONGEST + 1])  # what is remembered is small


@lru_cache(maxsize=512)
def _said(attribute: str, value: str) -> Outcome | None:
    name, word = plain_word(attribute), plain_word(value)
    if not word:
        return Outcome.PASSED
    if name in STATUSES:
        return meaning(value)
    if name in _COUNTS and word.isdecimal():
        return _BY_WORD[name] if word.strip("0") else Outcome.PASSED
    if name in _MESSAGES:
        return Outcome.PASSED if word in _NOTHING else Outcome.FAILED
    if word in _FALSE:
        return _NO_SUCCESS.get(name, Outcome.PASSED)
    return _BY_WORD.get(name, Outcome.PASSED) if word in _TRUE else Outcome.PASSED

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
    Outcome.UNFINISHED: ("inconclusive", "inconc", "blocked", "incomplete", "unknown", "indeterminate", "unfinished"),
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
        *("tags", "tag", "requirements", "testproperties", "metadata", "links", "link"),
    }
)
"""Elements of a test case that say nothing of its outcome."""

OUTPUT = frozenset({"system-out", "system-err", "stdout", "stderr"})
"""Elements that hold what a test printed: nothing in them is read."""

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

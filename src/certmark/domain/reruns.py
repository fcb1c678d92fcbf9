"""Which tests of an earlier run are run again."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.domain.identity import class_of, split
from certmark.domain.results import Outcome, Results


def to_rerun(asked: Iterable[str], results: Results, *, skipped: bool) -> Iterable[str]:
    """The full ids of those that did not pass at their last attempt, never-run ones included."""
    good = {Outcome.PASSED} if skipped else {Outcome.PASSED, Outcome.SKIPPED}
    for full in asked:
        name = split(full).name
        attempts = results.attempts(name)
        if not attempts:
            attempts = tuple(entry for entry in results.set_up_of(class_of(name)) if entry.outcome in good)[-1:]
        if not attempts or attempts[-1].outcome not in good:
            yield full

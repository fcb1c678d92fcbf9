"""Which tests of an earlier run are run again.

1. Those whose attempt that counts (`domain.attempts`) did not pass; a test that never ran is one of them.
2. A skipped test only where it is asked for: most skips say that the cloud lacks a feature, and would say it again.
3. A test without an attempt of its own has the outcome of its class's set-up.
"""

from __future__ import annotations

from collections.abc import Iterable

from certmark.domain.attempts import decide
from certmark.domain.identity import class_of, split
from certmark.domain.results import Outcome, Results


def to_rerun(asked: Iterable[str], results: Results, *, skipped: bool) -> Iterable[str]:
    """The full ids of `asked` that are run again, in their order; `skipped`: skipped ones, too."""
    # Rules 1 and 2.
    settled = {Outcome.PASSED} if skipped else {Outcome.PASSED, Outcome.SKIPPED}
    for full in asked:
        name = split(full).name
        attempts = results.attempts(name) or results.set_up_of(class_of(name))  # Rule 3.
        if not attempts or decide(attempts).attempt.outcome not in settled:
            yield full

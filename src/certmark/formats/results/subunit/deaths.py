"""Processes that ran tests and ended with an error, as stestr and testr note them in a stream."""

from __future__ import annotations

from collections.abc import Sequence

from certmark.domain.results import Attempt, Outcome, Trouble, TroubleKind


def deaths(attempts: Sequence[Attempt]) -> tuple[Trouble, ...]:
    """The errors that stestr and testr note of their workers: a test `process-returncode` that failed."""
    return tuple(
        Trouble(TroubleKind.ERROR, f"a process that ran tests ended with an error{_code(attempt)}")
        for attempt in attempts
        if attempt.name == "process-returncode" and attempt.outcome is not Outcome.PASSED
    )


def _code(attempt: Attempt) -> str:
    whose = f" ({attempt.worker})" if attempt.worker else ""
    return f"{whose}: {attempt.reason}" if attempt.reason else whose

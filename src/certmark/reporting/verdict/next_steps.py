"""What a person may do next with a run that did not pass."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.domain.advice import Action, Advice
from certmark.domain.verdict_values import Standing, Verdict


def next_steps(verdicts: Iterable[Verdict], run: str) -> tuple[Advice, ...]:
    """Nothing after a pass; `run` is how a person names it."""
    if all(verdict.standing is Standing.PASS for verdict in verdicts):
        return ()
    return tuple(Advice(action, run) for action in (Action.SEE_OUTCOMES, Action.EXPLAIN_TEST, Action.RERUN))

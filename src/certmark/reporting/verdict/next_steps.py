"""What a person may do next with a run that did not pass."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.domain.advice import Action, Advice
from certmark.domain.verdict_values import Standing, Verdict


def next_steps(verdicts: Iterable[Verdict], run: str, *, is_part: bool) -> tuple[Advice, ...]:
    """Nothing after a pass; `run` is how a person names it, and `is_part` whether only a part was to be run.

    Of a part without a failure there may be nothing to run again: what it left out is not its own.
    """
    standings = {verdict.standing for verdict in verdicts}
    if standings == {Standing.PASS}:
        return ()
    actions = [Action.SEE_OUTCOMES, Action.EXPLAIN_TEST]
    if Standing.FAIL in standings or not is_part:
        actions.append(Action.RERUN)
    return tuple(Advice(action, run) for action in actions)

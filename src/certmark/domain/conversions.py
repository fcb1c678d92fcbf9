"""What results lose when they are written in another form: found by reading back what was written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from certmark.domain.attempts import decide
from certmark.domain.phrases import count_of
from certmark.domain.policies import STRICT, AttemptRule
from certmark.domain.results import Attempt, Evidence, Outcome, Results, TroubleKind
from certmark.domain.verdict_values import Doubt, State

_SHOWN = 200
"""Characters of a name in a sentence."""
_NANOSECONDS = 2_000
"""Times that differ by less are the same: forms keep microseconds."""


class Conversion(NamedTuple):
    """What became of the results."""

    changed: str | None
    """What another verdict could come from, in one sentence; None: nothing, it may be used."""
    losses: tuple[str, ...]
    """What the form has no place for, once for each kind."""


def compare(before: Sequence[Evidence], after: Sequence[Evidence]) -> Conversion:
    """What is not in `after`, the same results read from another form. Raises ContradictoryResults."""
    old, new = _by_test(before), _by_test(after)
    changes = (*_changes_of_whole(before, after), *_changes_of_tests(old, new), *_changes_of_states(before, after))
    return Conversion(changes[0], ()) if changes else Conversion(None, tuple(_losses(old, new)))


_Tests = dict[tuple[str, str | None], list[Attempt]]


def _by_test(evidence: Sequence[Evidence]) -> _Tests:
    found: _Tests = defaultdict(list)
    for piece in evidence:
        for attempt in piece.attempts:
            found[attempt.name, attempt.uuid].append(attempt)
    for attempts in found.values():
        attempts.sort(key=_order)
    return found


def _order(attempt: Attempt) -> tuple[int, str, str, bool]:
    """So that the attempts of one test stand beside what became of them."""
    return (attempt.began or 0, attempt.place or "", attempt.outcome.value, attempt.superseded)


def _changes_of_whole(before: Sequence[Evidence], after: Sequence[Evidence]) -> Iterator[str]:
    if any(piece.passes_only for piece in before) != any(piece.passes_only for piece in after):
        yield "it would no longer be said that passed tests only are named"
    if {piece.plugin for piece in before} - {None} and len(before) != len(after):
        yield "the results of several plugins could no longer be told apart"
    if _has_torn_down(before) != _has_torn_down(after):
        yield "it would no longer be said that a clean-up failed"
    if _is_broken(before) != _is_broken(after):
        yield "it would no longer be said that something went wrong beside the tests"
    # What a piece took, another one may have made good.
    if _is_broken(before) and len(before) != len(after):
        yield "it could no longer be told in which of several pieces something went wrong"


def _is_broken(evidence: Sequence[Evidence]) -> bool:
    return any(
        piece.truncated or any(trouble.kind is not TroubleKind.TEAR_DOWN for trouble in piece.troubles)
        for piece in evidence
    )


def _has_torn_down(evidence: Sequence[Evidence]) -> bool:
    return any(trouble.kind is TroubleKind.TEAR_DOWN for piece in evidence for trouble in piece.troubles)


def _changes_of_tests(old: _Tests, new: _Tests) -> Iterator[str]:
    for test, attempts in old.items():
        if test not in new:
            yield f"the test {_shown(test[0])} would be read back under another name or id"
        elif _counted(attempts) != _counted(new[test]):
            yield f"the attempts of {_shown(test[0])} would be read back with other outcomes"
    for name, _ in new.keys() - old.keys():
        yield f"a test {_shown(name)} would be read back that was not there"


def _shown(name: str) -> str:
    return ascii(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…")


def _counted(attempts: Sequence[Attempt]) -> Counter[tuple[Outcome, bool]]:
    return Counter((attempt.outcome, attempt.superseded) for attempt in attempts)


def _changes_of_states(before: Sequence[Evidence], after: Sequence[Evidence]) -> Iterator[str]:
    """Tests whose attempts would count otherwise, because an order or a place was lost."""
    old, new = Results(before), Results(after)
    for name in old.names:
        first, second = old.attempts(name), new.attempts(name)
        if len(first) > 1 and second and any(_decided(first, rule) != _decided(second, rule) for rule in AttemptRule):
            yield f"the order of the attempts of {_shown(name)}, or where they ran, would be lost"


def _decided(attempts: Sequence[Attempt], rule: AttemptRule) -> tuple[State, Doubt | None]:
    decision = decide(attempts, STRICT._replace(attempts=rule))
    return decision.state, decision.doubt


_FIELDS: tuple[tuple[str, Callable[[Attempt], Any]], ...] = (
    ("start", lambda attempt: attempt.started),
    ("duration", lambda attempt: None if attempt.seconds is None else round(attempt.seconds * 1e9)),
    ("worker", lambda attempt: attempt.worker),
    ("place", lambda attempt: attempt.place),
    ("time of the suite", lambda attempt: attempt.window),
    ("words in brackets", lambda attempt: attempt.attributes and sorted(attempt.attributes)),
    ("tags", lambda attempt: attempt.tags and sorted(attempt.tags)),
    ("reason", lambda attempt: attempt.reason),
    ("text", lambda attempt: attempt.detail and attempt.detail.text.strip()),
    ("requests", lambda attempt: attempt.detail and attempt.detail.requests),
)


def _losses(old: _Tests, new: _Tests) -> Iterator[str]:
    pairs = [pair for test, attempts in old.items() for pair in zip(attempts, new[test], strict=True)]
    for word, field in _FIELDS:
        lost = sum(bool(field(before)) and not _same(field(before), field(after)) for before, after in pairs)
        if lost:
            yield f"the {word} of {count_of(lost, 'attempt', 'attempts')}"


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, int) and isinstance(after, int):
        return abs(before - after) < _NANOSECONDS
    return bool(before == after)

"""What results lose when they are written in another form: found by reading back what was written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from certmark.domain.phrases import count_of
from certmark.domain.results import Attempt, Evidence

_NANOSECONDS = 2_000
"""Times that differ by less are the same: forms keep microseconds."""


class Conversion(NamedTuple):
    """What became of the results."""

    changed: str | None
    """What another verdict could come from, in one sentence; None: nothing, it may be used."""
    losses: tuple[str, ...]
    """What the form has no place for, once for each kind."""


def compare(before: Sequence[Evidence], after: Sequence[Evidence]) -> Conversion:
    """What is not in `after`, the same results read from another form."""
    old = _by_test(before)
    new = _by_test(after)
    changed = next(_changes(old, new), None) or next(_changes_of_whole(before, after), None)
    return Conversion(changed, tuple(_losses(old, new)) if changed is None else ())


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
    """So that the attempts of one test stand beside what became of them; the order of untimed ones is their own."""
    began = attempt.started if attempt.started is not None else attempt.window[0] if attempt.window else -1
    return (began, attempt.place or "", attempt.outcome.value, attempt.superseded)


def _changes(old: _Tests, new: _Tests) -> Iterator[str]:
    for test in [*old, *(test for test in new if test not in old)]:
        name = test[0]
        if test not in new:
            yield f"the test {name!a} would be read back under another name or id"
        elif test not in old:
            yield f"a test {name!a} would be read back that was not there"
        elif _weight(old[test]) != _weight(new[test]):
            yield f"the attempts of {name!a} would be read back otherwise than they are"


def _weight(attempts: Sequence[Attempt]) -> Any:
    """What a verdict looks at: in how many places the test came to what, and in which order."""
    places: dict[str | None, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        places[attempt.place].append(attempt)
    return Counter(_sequence(found) for found in places.values())


def _sequence(attempts: Sequence[Attempt]) -> tuple[Any, ...]:
    """The outcomes in their order, each with whether it began after the end of the one before; untimed ones last."""
    ends = [None, *(_end(attempt) for attempt in attempts)]
    return tuple(
        (attempt.outcome, attempt.superseded, _is_after(attempt, end))
        for attempt, end in zip(attempts, ends, strict=False)
    )


def _is_after(attempt: Attempt, end: int | None) -> bool:
    began = attempt.started if attempt.started is not None else attempt.window[0] if attempt.window else None
    return began is not None and end is not None and began >= end


def _end(attempt: Attempt) -> int | None:
    if attempt.started is not None:
        return attempt.stopped if attempt.stopped is not None else attempt.started
    return attempt.window[1] if attempt.window else None


def _changes_of_whole(before: Sequence[Evidence], after: Sequence[Evidence]) -> Iterator[str]:
    if any(piece.passes_only for piece in before) != any(piece.passes_only for piece in after):
        yield "it would no longer be said that passed tests only are named"
    speaks = any(piece.truncated or piece.troubles for piece in before)
    if speaks and not any(piece.truncated or piece.troubles for piece in after):
        yield "it would no longer be said that something went wrong beside the tests"
    if len({piece.plugin for piece in before}) > 1 and {piece.plugin for piece in before} != {
        piece.plugin for piece in after
    }:
        yield "the results of several plugins could no longer be told apart"


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

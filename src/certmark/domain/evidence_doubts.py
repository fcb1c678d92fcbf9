"""What one outcome for each test does not say of a run: bits that stand beside the outcomes.

1. `DAMAGED`: the evidence, which is one piece, is cut off, or something went wrong in it that any test may have been
   touched by: no verdict is better than incomplete (rule 9 of the verdict), whatever is asked for.
2. `FOLDED`: there were several attempts, pieces of evidence, fixtures or troubles of some tests only: what of that
   counts is said by all of the evidence alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntFlag
from itertools import accumulate

from certmark.domain.identity import class_of, fixture_of
from certmark.domain.results import Evidence, Results, TroubleKind

_SERIOUS = frozenset({TroubleKind.CONTRADICTION, TroubleKind.ERROR})


class EvidenceDoubt(IntFlag):
    """What is to be known of a run beside its outcomes."""

    DAMAGED = 1
    FOLDED = 2


def doubts_of(results: Results) -> EvidenceDoubt:
    """What the outcomes of `results` do not say; none: they say all of it."""
    if len(results.evidence) != 1:
        return EvidenceDoubt.FOLDED if results.evidence else EvidenceDoubt(0)
    piece = results.evidence[0]
    found = EvidenceDoubt(0)
    if piece.truncated or (piece.troubles and any(_touches_all(piece))):
        found |= EvidenceDoubt.DAMAGED
    if _is_folded(results, piece):
        found |= EvidenceDoubt.FOLDED
    return found


def _touches_all(piece: Evidence) -> Iterator[bool]:
    """Of each trouble that weighs: whether its scope is not known, or of none of the entries."""
    known: set[str] = set()
    for attempt in piece.attempts:
        parts = attempt.name.partition("(")[0].split(".")[:-1]
        known.update((attempt.name, class_of(attempt.name), *accumulate(parts, "{}.{}".format)))
    for trouble in piece.troubles:
        if trouble.kind in _SERIOUS:
            yield not trouble.scope or trouble.scope not in known


def _is_folded(results: Results, piece: Evidence) -> bool:
    if (
        results.has_fixtures
        or piece.plugin is not None
        or any(fixture_of(name) is not None for name in results.unclean)
    ):
        return True
    if any(trouble.kind not in _SERIOUS or trouble.scope for trouble in piece.troubles):
        return True
    return any(len(results.attempts(name)) != 1 for name in results.names)

"""What clients and tools call, and what that says of the criteria `clients` and `tools`.

1. A capability stands for operations; one that is written down without any is called by nobody.
2. A source speaks for a criterion, or for none: a library's own tests show what could be called, not what is.
3. The mark is met if a source of the criterion calls one of the operations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from certmark.domain.phrases import some
from certmark.domain.score_evidence import Proposal
from certmark.domain.scoring import ScorerMark

CRITERIA = ("clients", "tools")
_SHOWN = 4


class ApiCall(NamedTuple):
    """One operation, and where a source calls it first."""

    source: str
    operation: str
    """A function of a client library: `compute/v2/servers Create`, `compute create_server`."""
    place: str
    """A file of the source, with the line where it is known."""


class ApiUse(NamedTuple):
    """What sources call, at the commits that were read."""

    speaks_for: Mapping[str, str]
    """By source, the criterion; another word for a source that speaks for none."""
    calls: Mapping[str, Sequence[ApiCall]]
    """By operation."""
    capabilities: Mapping[str, Sequence[str]]
    """By a capability's key, the operations that it stands for."""


def used(capability: str, use: ApiUse) -> tuple[Proposal, ...]:
    """The marks `clients` and `tools` of a capability; none where nobody wrote down what it stands for."""
    if capability not in use.capabilities:
        return ()
    called = [call for operation in use.capabilities[capability] for call in use.calls.get(operation, ())]
    return tuple(_mark(capability, criterion, called, use) for criterion in CRITERIA)


def _mark(capability: str, criterion: str, called: Sequence[ApiCall], use: ApiUse) -> Proposal:
    first: dict[str, ApiCall] = {}
    for call in called:
        if use.speaks_for.get(call.source) == criterion:
            first.setdefault(call.source, call)
    mark = ScorerMark.MET if first else ScorerMark.NOT_MET
    told = [f"{call.source} calls {call.operation} ({call.place})" for call in first.values()]
    words = some(told, _SHOWN) if told else f"none of the {criterion} in the data calls it"
    return Proposal(capability, criterion, mark, words, is_hint=False)

"""How the classes of a run came to their ends, as its journal says, and what that adds to its results.

A stream ends in the middle of a test whose worker died, hung or was interrupted; the journal says which of them it
was. A run's folder and its bundle are read by the same rules, so that they give the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

from certmark.domain.identity import class_of
from certmark.domain.results import Attempt, Detail, Evidence, Outcome, Trouble, TroubleKind

_Line = Mapping[str, Any]


class Ending(Enum):
    """How a group came to its end."""

    ENDED = "ended"
    """All its tests were run, whatever came of them."""
    DIED = "died"
    """Its worker crashed."""
    TIMED_OUT = "timed-out"
    """It took longer than it was given and was killed."""
    INTERRUPTED = "interrupted"
    """A person stopped the run; a resumed run does it again."""
    OUTAGE = "outage"
    """The cloud was away while it ran; it is run again once the cloud answers."""
    GIVEN_UP = "given-up"
    """It was not run (again), for the cloud stayed away."""


TO_BE_RUN: Final = frozenset({Ending.INTERRUPTED, Ending.OUTAGE})
"""Endings after which a class is run again."""
CUT_SHORT: Final = frozenset({Ending.DIED, Ending.TIMED_OUT, Ending.INTERRUPTED})
"""Endings in the middle of a test; what an outage cost is among the circumstances."""
_LOST: Final = frozenset({Ending.DIED, Ending.TIMED_OUT})


class EndedGroup(NamedTuple):
    """The record of a group that came to its end."""

    group: str
    stream: str
    ending: Ending
    seconds: float
    reason: str
    lost: tuple[str, ...]
    round: int = 0
    """The first one is 1; 0 before it is written."""


def endings_in(lines: Iterable[_Line]) -> Iterator[EndedGroup]:
    """Every record of a group's end, interruptions included, in order. Raises KeyError, TypeError or ValueError."""
    round_ = 0
    for line in lines:
        if line["what"] == "plan":
            round_ += 1
        if line["what"] == "ended":
            yield EndedGroup(
                str(line["group"]),
                str(line.get("stream", "")),
                ending_of(line),
                float(str(line.get("seconds", 0))),
                str(line.get("reason", "")),
                tuple(str(test) for test in line.get("lost", [])),
                round_,
            )


def ending_of(line: _Line) -> Ending:
    """How the class came to its end; a bundle's journal tells only what its stream does not. Raises ValueError."""
    return Ending(line.get("ending", Ending.ENDED.value))


def left_in(lines: Iterable[_Line]) -> list[str] | None:
    """The groups, of all rounds, that did not come to their end; None where nothing was planned. Raises as above."""
    rounds: list[dict[str, bool]] = []
    for line in lines:
        match line["what"]:
            case "plan":
                rounds.append({str(group[0]): False for group in line["groups"]})
            case "ended" if rounds:
                rounds[-1][str(line["group"])] = ending_of(line) not in TO_BE_RUN
            case "outage" if rounds:
                touched = {str(entry["class"]) for entry in line["classes"]}
                rounds[-1] |= dict.fromkeys(touched & rounds[-1].keys(), False)
            case _:
                pass
    return [group for groups in rounds for group, is_ended in groups.items() if not is_ended] if rounds else None


def explained(pieces: Iterable[Evidence], ends: Sequence[EndedGroup], *, is_whole: bool) -> list[Evidence]:
    """The streams of a run, with what only the journal knows; `is_whole`: every class came to its end."""
    by_stream: dict[str, list[EndedGroup]] = {}
    for end in ends:
        by_stream.setdefault(end.stream, []).append(end)
    return [_explained(piece, by_stream.get(piece.name, []), is_whole=is_whole) for piece in pieces]


def _explained(piece: Evidence, ends: Sequence[EndedGroup], *, is_whole: bool) -> Evidence:
    told, lost = _with_reasons(piece, ends), tuple(_trouble(end) for end in ends if end.ending in _LOST)
    told = told._replace(troubles=told.troubles + lost)
    if told.truncated and is_whole:
        # What was under way was given up, as the troubles say, or run again, into another stream.
        again = () if lost else ("what it left unfinished was run again",)
        told = told._replace(truncated=False, remarks=told.remarks + again)
    return told


def _trouble(end: EndedGroup) -> Trouble:
    """That a class was given up: its worker died or took too long."""
    return Trouble(TroubleKind.ERROR, _remark(end), end.group)


def _with_reasons(piece: Evidence, ends: Iterable[EndedGroup]) -> Evidence:
    """`piece`, with the reason at each attempt that was cut short, and a remark for each such class."""
    cut = {end.group: end for end in ends if end.ending in CUT_SHORT}
    attempts = tuple(
        _cut_short(attempt, cut.get(class_of(attempt.name))) if attempt.outcome is Outcome.UNFINISHED else attempt
        for attempt in piece.attempts
    )
    remarks = tuple(_remark(end) for end in cut.values())
    return piece._replace(attempts=attempts, remarks=piece.remarks + remarks)


def _cut_short(attempt: Attempt, end: EndedGroup | None) -> Attempt:
    if end is None or attempt.detail is not None:
        return attempt
    return attempt._replace(detail=Detail(_why(end), "", ()))


def _why(end: EndedGroup) -> str:
    match end.ending:
        case Ending.TIMED_OUT:
            return f"timed out: {end.reason.partition(', in ')[0]}"
        case Ending.DIED:
            return end.reason.partition(", in ")[0]
        case _:
            return "interrupted by a person"


def _remark(end: EndedGroup) -> str:
    match end.ending:
        case Ending.TIMED_OUT:
            return f"{end.group} was stopped: {end.reason}"
        case Ending.DIED:
            return f"{end.group} was not finished: {end.reason}"
        case _:
            return f"{end.group} was interrupted after {end.seconds:.0f} s"

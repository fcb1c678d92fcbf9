"""How a cloud is asked, by how fast it answers.

1. A cloud that answers within half a second is asked for twelve things at a time; a slower one for as many fewer as
   it is slower, and for two at least: what is asked at once makes each of its answers later.
2. One answer may take twenty times what answers of this cloud usually take; never less than the usual bound, and
   never more than two minutes.
3. All of it may take as long as answers come: it is given up when nothing came for twice the time of one answer.
4. Whoever could not be asked in time is asked once more, alone, when the others are done.
5. What nobody needs is waited for as long again as that took which is needed, and for three seconds at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

MOST_AT_ONCE: Final = 12
_QUICK_SECONDS = 0.5
_FEWEST_AT_ONCE = 2
_ANSWERS = 20
_LONGEST_SECONDS = 120.0
_UNNEEDED_SECONDS = 3.0


class Pace(NamedTuple):
    """How fast a cloud is asked."""

    at_once: int
    """How many things are asked for at a time."""
    answer_seconds: float
    """How long one answer may take, repeats included."""

    @property
    def silence_seconds(self) -> float:
        """How long nothing may come before all is given up (rule 3)."""
        return 2 * self.answer_seconds


def latency_of(answers: Sequence[float], sign_in: float | None) -> float:
    """What an answer of a cloud usually takes, by the seconds of some of them and of signing in; 0: nobody knows.

    Signing in is slow on many clouds that are quick otherwise, so it counts by half.
    """
    return max(median(answers) if answers else 0.0, (sign_in or 0.0) / 2)


def pace_for(latency: float, usual_seconds: float) -> Pace:
    """The pace for a cloud whose answers take `latency` seconds; `usual_seconds`: for one answer of a quick cloud."""
    # Rule 1.
    at_once = MOST_AT_ONCE
    if latency > _QUICK_SECONDS:
        at_once = max(_FEWEST_AT_ONCE, int(MOST_AT_ONCE * _QUICK_SECONDS / latency))
    # Rule 2.
    return Pace(at_once, max(usual_seconds, min(_ANSWERS * latency, _LONGEST_SECONDS)))


def unneeded_seconds(needed_took: float) -> float:
    """How much longer what nobody needs is waited for, once what is needed is there (rule 5)."""
    return max(_UNNEEDED_SECONDS, needed_took)

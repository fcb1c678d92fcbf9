"""How long a cloud is waited for: one setting for everything that asks one.

CERTMARK_API_SECONDS is how long one answer may take, repeats included (20 where it is not set). What
else is bounded, such as all that one service is asked, or a whole inventory, keeps its proportion to it.
"""

from __future__ import annotations

import os

VARIABLE = "CERTMARK_API_SECONDS"
USUAL = 20.0
CONNECT_SECONDS = 10.0
"""For an answer to one request while signing in and looking around, unless clouds.yaml has `api_timeout`."""
_SHORTEST, _LONGEST = 0.05, 3600.0


def answer_seconds() -> float:
    """For one answer, with repeats; a setting that is no number of seconds counts as none."""
    return _setting() or USUAL


def scaled(usual: float) -> float:
    """`usual` seconds, where one answer may take the usual 20; else longer or shorter as that is."""
    return usual * answer_seconds() / USUAL


def capped(seconds: float) -> float:
    """`seconds` of a call's maker for an answer, but no more than somebody has set."""
    told = _setting()
    return seconds if told is None else min(seconds, told)


def _setting() -> float | None:
    try:
        seconds = float(os.environ.get(VARIABLE, ""))
    except ValueError:
        return None
    return seconds if _SHORTEST <= seconds <= _LONGEST else None

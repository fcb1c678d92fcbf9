"""Times as JUnit's writers spell them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?\Z")
_LONGEST = 1e9
"""Seconds; more is no duration of a test."""


def seconds(text: str) -> float | None:
    """A duration; `1,234.5` (surefire) and `0,5` are understood. None where it is none."""
    text = text.strip()[:40]
    if "," in text:
        text = text.replace(",", "" if _THOUSANDS.match(text) else ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= _LONGEST else None


def moment(text: str) -> int | None:
    """Nanoseconds since 1970 of an ISO 8601 time with its zone; None without a zone, or of anything else."""
    try:
        value = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    if value.tzinfo is None:
        return None
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

"""What every reader of results gives, and how much of it."""

from __future__ import annotations

from typing import NamedTuple

from certmark.domain.results import Attempt, Trouble

MAX_NAME = 8_192
"""Characters of a test's name; a longer one is not a name but an attack or an accident."""
MAX_TEXT = 16_384
"""Characters kept of the end of a traceback or message."""
MAX_REASON = 500
"""Characters kept of a reason: the one line for a table."""
MAX_REQUESTS = 20
"""Requests kept of one attempt."""
MAX_ATTEMPTS = 500_000
"""Attempts of one source; no run has a tenth of it, and a reader refuses more."""


class Reading(NamedTuple):
    """What a reader found in one source."""

    format: str
    """As in `Evidence.format`."""
    attempts: tuple[Attempt, ...]
    """In the order of the source."""
    passes_only: bool = False
    truncated: bool = False
    remarks: tuple[str, ...] = ()
    """One sentence each."""
    troubles: tuple[Trouble, ...] = ()
    """As in `Evidence.troubles`."""
    plugin: str | None = None
    """As in `Evidence.plugin`."""

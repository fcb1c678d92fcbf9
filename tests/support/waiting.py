"""Waiting for something to hold, on a machine of any speed."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 300.0
"""Seconds after which something hangs: nothing here takes that long on the slowest machine."""


def wait_until(holds: Callable[[], bool]) -> None:
    """Until it holds; fails where it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)

"""Processes whose time, memory or imports a test looks at."""

from __future__ import annotations

import os


def unwatched() -> dict[str, str]:
    """The environment without coverage, which would be measured too."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}

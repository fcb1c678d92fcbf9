"""Questions to a person before something is removed."""

from __future__ import annotations

import sys


def can_be_asked() -> bool:
    """Whether somebody is there who could answer."""
    return sys.stdin.isatty()


def is_agreed(question: str) -> bool:
    """Whether the person says yes; no answer is a no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}

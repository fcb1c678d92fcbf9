"""Questions to a person before something is removed."""

from __future__ import annotations

import sys

from certmark.reporting.views import Form, View, render


def can_be_asked() -> bool:
    """Whether somebody is there who could answer."""
    return sys.stdin.isatty()


def is_agreed(question: str, *, unseen: View | None = None) -> bool:
    """Whether the person says yes; no answer is a no. `unseen` is what it is about, where it was not shown yet."""
    shown = render(unseen, Form.TEXT).decode() if unseen is not None else ""
    sys.stderr.write(f"{shown}{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}

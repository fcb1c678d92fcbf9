"""What a change does to a file, for people."""

from __future__ import annotations


def unified_difference(name: str, before: str, after: str) -> str:
    """As a unified diff; empty where nothing changed. Line ends stay as they are."""
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

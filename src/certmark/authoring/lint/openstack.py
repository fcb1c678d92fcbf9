"""What is known of OpenStack, as data: its releases in their order, by name and by number, and its projects."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parents[2] / "data" / "openstack.json"
_NUMBERED = re.compile(r"(\d{4})\.([12])\Z", re.ASCII)
_FIRST_NUMBERED = 2023


def release_number(name: str) -> int | None:
    """The place of an OpenStack release among all, two a year; None for a name that is none."""
    word = name.lower()
    names = _facts()["releases"]
    if word in names:
        return names.index(word)
    found = _NUMBERED.match(word)
    if found is None or int(found[1]) < _FIRST_NUMBERED:
        return None
    return names.index("antelope") + (int(found[1]) - _FIRST_NUMBERED) * 2 + int(found[2]) - 1


def projects() -> list[str]:
    """The projects that serve an API, or did."""
    return _facts()["projects"]


@cache
def _facts() -> dict[str, list[str]]:
    facts: dict[str, list[str]] = json.loads(_FILE.read_bytes())
    return facts

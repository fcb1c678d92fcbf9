"""A part of some bytes, as RFC 9110 section 14 asks for it."""

from __future__ import annotations

import re

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


class Unsatisfiable(Exception):
    """The part lies behind the end."""


def part_asked(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and number of bytes of one range; None: all of it, also where the header is none that is understood.

    Raises Unsatisfiable.
    """
    found = _ONE.match((header or "").replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
        if int(found[2]) == 0:
            raise Unsatisfiable
    else:
        first, last = int(found[1]), min(int(found[2]) if found[2] else size - 1, size - 1)
        if found[2] and int(found[2]) < int(found[1]):
            return None
    if first >= size:
        raise Unsatisfiable
    return first, last - first + 1

"""Subunit, the stream in which Tempest, stestr and testtools report: versions 1 (text) and 2 (packets).

Each function imports what it needs when it is called: a small `certmark judge` pays for one reader only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from certmark.domain.results import Attempt
from certmark.formats.results.contents import Reading
from certmark.formats.sources import Source

if TYPE_CHECKING:
    from certmark.formats.results.subunit.own_fields import StreamRecord


def read_v2(source: Source) -> Reading:
    """The attempts in a stream of version 2, in whatever state. Raises UnreadableResults if it has no packet."""
    from certmark.formats.results.subunit.v2 import read_v2 as read

    return read(source)


def read_v1(source: Source) -> Reading:
    """The attempts in a stream of version 1, in whatever state. Raises UnreadableResults if it names no test."""
    from certmark.formats.results.subunit.v1 import read_v1 as read

    return read(source)


def write_v2(attempts: Iterable[Attempt], out: BinaryIO, record: StreamRecord | None = None) -> None:
    """Write `attempts`, and what is said of them as a whole, to `out` as a stream of version 2."""
    from certmark.formats.results.subunit.write import write_v2 as write

    write(attempts, out, record)

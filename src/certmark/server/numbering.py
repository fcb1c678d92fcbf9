"""Tests by number, as the store, the services and the processes that read speak of them."""

from __future__ import annotations

from typing import NamedTuple

MOST_KNOWN = 1 << 14
"""Tests, by their number, of which readers are told; others are read at the usual price.

A mask of the last of them has as many bytes, and a program has some for each of its tests: they must fit into a
reader's memory, whoever sent the first tests.
"""


class KnownTest(NamedTuple):
    """A test that the server has numbered."""

    number: int
    name: str
    uuid: str
    """Empty: none."""

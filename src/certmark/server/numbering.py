"""Tests by number, as the store, the services and the processes that read speak of them."""

from __future__ import annotations

from typing import NamedTuple

MOST_KNOWN = 1 << 16
"""Tests, by their number, of which readers are told; others are read at the usual price."""


class KnownTest(NamedTuple):
    """A test that the server has numbered."""

    number: int
    name: str
    uuid: str
    """Empty: none."""

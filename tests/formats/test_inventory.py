"""Inventories and lists of leftovers come back as they were written."""

from __future__ import annotations

import datetime as dt

import pytest

from certmark.domain.leftovers import Inventory, InventoryGap, Leftover, Resource
from certmark.formats.inventory import InvalidInventory, Recorded, read_record, write_inventory, write_leftovers

NOW = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)
THINGS = (Resource("server", "1", "ä\u202e", "p", "", NOW, "ACTIVE"), Resource("keypair", "k", "k", "", "u"))
INVENTORY = Inventory(
    "http://k/v3 R", NOW, (("p", "mine"),), THINGS, (InventoryGap("volume", "p", "503"),), ("dns",), is_wide=True
)


def test_an_inventory_comes_back_as_it_was_written() -> None:
    assert read_record(write_inventory(INVENTORY), "x") == INVENTORY


def test_a_list_of_leftovers_comes_back_as_it_was_written() -> None:
    left = (Leftover(THINGS[0]), Leftover(THINGS[1], "it may be somebody's"))
    assert read_record(write_leftovers(left, INVENTORY, NOW), "x") == Recorded("http://k/v3 R", left)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b'{"format": "certmark-inventory", "version": 2}',
        b'{"format": "certmark-doctor", "version": 1}',
        b'{"certmark": "inventory", "version": 1}',
        b'{"certmark": "leftovers", "version": 1, "cloud": "c", "left": [1]}',
        write_inventory(INVENTORY).replace(b"2026-11-22T10:00:00Z", b"yesterday"),
        b"[" * 100_000,
    ],
)
def test_what_is_neither_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInventory, match=r"^x "):
        read_record(data, "x")


def test_what_an_earlier_version_wrote_is_read_as_well() -> None:
    for data, old, new in (
        (write_inventory(INVENTORY), b'"certmark": "inventory"', b'"format": "certmark-inventory"'),
        (write_leftovers((), INVENTORY, None), b'"certmark": "leftovers"', b'"format": "certmark-leftovers"'),
    ):
        assert new in data
        assert read_record(data.replace(new, old), "x") == read_record(data, "x")

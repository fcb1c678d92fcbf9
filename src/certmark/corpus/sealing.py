"""Pages of columns, and labels of runs, as bytes that are kept and read again.

A page is, for each of its columns, one byte of its form and four of a number, then what the forms need: nothing; the
runs that are in the column; the runs that are not; or the words themselves. So a test that nearly everybody passes
takes some bytes a column, and is read as fast as memory is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from certmark.corpus.bits import Indices, Words, all_of, indices_of, sizes_of
from certmark.corpus.growing import Label
from certmark.corpus.segments import PAGE, WORDS

_EMPTY, _THESE, _NOT_THESE, _WORDS = range(4)
_MOST = 1024
"""Runs that are named one by one; more are read slower than all words of a column."""
_PLACE, _COUNT, _WORD = np.dtype("<u2"), np.dtype("<u4"), np.dtype("<u8")


def page_bytes(page: Words, runs: int) -> bytes:
    """A page of a segment that has so many runs."""
    counts = sizes_of(page)
    forms = np.full(PAGE, _WORDS, np.uint8)
    forms[counts <= _MOST] = _THESE
    forms[counts == 0] = _EMPTY
    forms[(runs - counts <= _MOST) & (counts > _MOST)] = _NOT_THESE
    named = np.flatnonzero((forms == _THESE) | (forms == _NOT_THESE))
    columns = page[named].copy()
    columns[forms[named] == _NOT_THESE] ^= _filled(runs)
    numbers = np.zeros(PAGE, _COUNT)
    numbers[named] = sizes_of(columns) if len(named) else 0
    places = indices_of(columns.reshape(-1)) & ((WORDS << 6) - 1)
    words = page[forms == _WORDS].astype(_WORD)
    return b"".join((forms.tobytes(), numbers.tobytes(), places.astype(_PLACE).tobytes(), words.tobytes()))


def page_of(data: bytes, runs: int) -> Words:
    """What was `page_bytes`. Raises ValueError for what was not."""
    forms = np.frombuffer(data, np.uint8, PAGE)
    numbers = np.frombuffer(data, _COUNT, PAGE, PAGE)
    named = int(numbers.sum())
    head = PAGE + PAGE * _COUNT.itemsize
    places = np.frombuffer(data, _PLACE, named, head)
    page = np.zeros((PAGE, WORDS), np.uint64)
    page[forms == _NOT_THESE] = _filled(runs)
    if named:
        words = np.repeat(np.arange(PAGE, dtype=np.int64) * WORDS, numbers) + (places >> 6)
        # Each bit is there once: to add it sets it, and to take it away, of a column that was filled, clears it.
        bits = np.repeat(np.where(forms == _NOT_THESE, -1, 1), numbers) << (places & 63).astype(np.int64)
        np.add.at(page.reshape(-1), words, bits.view(np.uint64))
    full = np.flatnonzero(forms == _WORDS)
    page[full] = np.frombuffer(data, _WORD, len(full) * WORDS, head + places.nbytes).reshape(-1, WORDS)
    return page


def _filled(runs: int) -> Words:
    found = np.zeros(WORDS, np.uint64)
    words = all_of(runs)
    found[: len(words)] = words
    return found


def label_bytes(labels: Iterable[tuple[Label, Indices]]) -> bytes:
    """Labels, each with the places of its runs in a segment."""
    found = [(label, places) for label, places in labels if len(places)]
    head = json.dumps([[*label, len(places)] for label, places in found]).encode()
    return b"".join((len(head).to_bytes(4, "big"), head, *(places.astype(_PLACE).tobytes() for _, places in found)))


def size_bytes(sizes: Mapping[str, Indices]) -> bytes:
    """How many runs are in each column of pages."""
    head = json.dumps(list(sizes)).encode()
    return b"".join((len(head).to_bytes(4, "big"), head, *(one.astype(_COUNT).tobytes() for one in sizes.values())))


def sizes_in(data: bytes) -> dict[str, Indices]:
    """What was `size_bytes`. Raises ValueError for what was not."""
    behind = 4 + int.from_bytes(data[:4], "big")
    names = json.loads(data[4:behind])
    counts = np.frombuffer(data, _COUNT, len(names) * PAGE, behind).astype(np.int64).reshape(-1, PAGE)
    return dict(zip(names, counts, strict=True))


def labels_of(data: bytes) -> Iterator[tuple[Label, NDArray[np.int64]]]:
    """What was `label_bytes`. Raises ValueError for what was not."""
    size = int.from_bytes(data[:4], "big")
    behind = 4 + size
    for key, value, count in json.loads(data[4:behind]):
        yield (key, value), np.frombuffer(data, _PLACE, count, behind).astype(np.int64)
        behind += count * _PLACE.itemsize

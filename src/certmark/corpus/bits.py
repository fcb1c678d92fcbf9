"""Sets of runs as bits, 64 to a word, the first run lowest; and bytes of many runs turned into such columns."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Codes = NDArray[np.uint8]
Indices = NDArray[np.int64]
_WORD = np.dtype("<u8")


def words_for(runs: int) -> int:
    """How many words so many runs take."""
    return (runs + 63) >> 6


def none_of(runs: int) -> Words:
    """No run of so many."""
    return np.zeros(words_for(runs), _WORD)


def all_of(runs: int) -> Words:
    """The first `runs` runs."""
    found = np.full(words_for(runs), np.iinfo(np.uint64).max, _WORD)
    if runs & 63:
        found[-1] = (1 << (runs & 63)) - 1
    return found


def of_flags(flags: NDArray[np.bool_]) -> Words:
    """The runs whose flag is set."""
    packed = np.packbits(flags, bitorder="little")
    found = np.zeros(words_for(len(flags)) * 8, np.uint8)
    found[: len(packed)] = packed
    return found.view(_WORD)


def of_indices(indices: Iterable[int], runs: int) -> Words:
    """These runs, of so many."""
    flags = np.zeros(runs, np.bool_)
    flags[indices if isinstance(indices, np.ndarray) else np.fromiter(indices, np.int64)] = True
    return of_flags(flags)


def flags_of(words: Words, runs: int) -> NDArray[np.bool_]:
    """A flag for each of the first `runs` runs."""
    return np.unpackbits(words.view(np.uint8), count=runs, bitorder="little").view(np.bool_)


def indices_of(words: Words) -> Indices:
    """The runs in the set, in their order."""
    filled = np.flatnonzero(words)
    bits = np.unpackbits(words[filled].view(np.uint8), bitorder="little").reshape(-1, 64)
    rows, places = np.nonzero(bits)
    return (filled[rows] << 6) + places


def size_of(words: Words) -> int:
    """How many runs are in the set."""
    return int(np.bitwise_count(words).sum(dtype=np.int64))


def at(words: Words, indices: Indices) -> Codes:
    """1 for each of `indices` that is in the set, else 0."""
    found: Codes = ((words[indices >> 6] >> (indices & 63).astype(np.uint64)) & np.uint64(1)).astype(np.uint8)
    return found


def columns_of(packed: Codes) -> Words:
    """From a row for each run, eight tests to a byte, a column for each test as a row of words.

    The number of runs must be a multiple of 64.
    """
    runs, tests = packed.shape[0], packed.shape[1] * 8
    # Of eight runs and eight tests a word, turned over its diagonal (Hacker's Delight 7-3).
    blocks = np.ascontiguousarray(packed.reshape(runs // 8, 8, tests // 8).transpose(0, 2, 1)).view(_WORD)[..., 0]
    for shift, mask in ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0)):
        swapped = (blocks ^ (blocks >> np.uint64(shift))) & np.uint64(mask)
        blocks = blocks ^ swapped ^ (swapped << np.uint64(shift))
    turned = np.ascontiguousarray(blocks).view(np.uint8).reshape(runs // 8, tests)
    return np.ascontiguousarray(turned.T).view(_WORD)


def sizes_of(columns: Words) -> Indices:
    """How many runs are in each of several columns, of at most 65,536 runs."""
    counts = np.bitwise_count(columns)
    if counts.shape[1] % 8:
        counts = np.pad(counts, ((0, 0), (0, -counts.shape[1] % 8)))
    words = counts.view(_WORD)
    # Bytes of at most 64 are added up in pairs, and then in lanes of two bytes: 128 words of at most 128 each.
    pairs = (words & np.uint64(_LOW_BYTES)) + ((words >> np.uint64(8)) & np.uint64(_LOW_BYTES))
    lanes = np.add.reduce(pairs, axis=1).view(np.uint16).reshape(-1, 4)
    found: Indices = np.add.reduce(lanes, axis=1, dtype=np.int64)
    return found


_LOW_BYTES = 0x00FF00FF00FF00FF

"""The Merkle tree of RFC 9162 (the hashes of RFC 6962): roots, proofs, and their verification.

Everything here is computed from the stored hashes of complete subtrees: node (level, index) is the
hash over the leaves index * 2**level up to (index + 1) * 2**level. A root or a proof of a tree of n
leaves reads O(log n) of them. The proofs are those of RFC 9162, sections 2.1.3 and 2.1.4, to the
byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from certmark.trust.errors import UnsoundProof

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256().digest()
"""The root of the tree without leaves."""
LARGEST: Final = 2**63 - 1
"""Leaves of a tree; a larger number is nobody's log."""

Hashes = Callable[[int, int], bytes]
"""(level, index) -> the stored hash of a complete subtree."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of the leaf with content `data`."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def completed_by(index: int, leaf: bytes, hashes: Hashes) -> Iterator[bytes]:
    """The hashes of the subtrees that leaf number `index` completes, itself first: levels 0, 1, ….

    `hashes` must know what was completed before.
    """
    level, node = 0, leaf
    yield node
    while index & 1:
        node = node_hash(hashes(level, index - 1), node)
        index >>= 1
        level += 1
        yield node


def root(size: int, hashes: Hashes) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return _over(0, size, hashes) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, hashes: Hashes) -> tuple[bytes, ...]:
    """That leaf `index` is in the tree of `size` leaves: PATH(index, D[0:size]). ValueError where it cannot be."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_over(middle, end, hashes))
            end = middle
        else:
            path.append(_over(start, middle, hashes))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, hashes: Hashes) -> tuple[bytes, ...]:
    """That the tree of `new` leaves begins with that of `old`: PROOF(old, D[0:new]); empty where either is trivial."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves has no earlier state of {old}")
    if old in {0, new}:
        return ()
    path: list[bytes] = []
    start, end = 0, new
    whole = True  # whether the part is one that a verifier of the old tree knows already
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_over(middle, end, hashes))
            end = middle
        else:
            path.append(_over(start, middle, hashes))
            start, whole = middle, False
    if not whole:
        path.append(_over(start, end, hashes))
    return tuple(reversed(path))


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Check that `proof` leads from the hash of leaf `index` to the root of `size` leaves (RFC 9162, 2.1.3.2).

    Raises UnsoundProof.
    """
    _check_shape(proof, size)
    if not 0 <= index < size:
        raise UnsoundProof(f"the proof is of leaf {index}, and the log had {size}; ask for another proof")
    place, last, found = index, size - 1, leaf
    for step in proof:
        if not last:
            raise UnsoundProof("the proof of inclusion is too long; ask for another proof")
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            found = node_hash(found, step)
        place >>= 1
        last >>= 1
    if last or found != root_hash:
        raise UnsoundProof(f"the proof does not lead from entry {index} to the root of the log; it is not in this log")


def check_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `new` leaves begins with that of `old` (RFC 9162, 2.1.4.2). Raises UnsoundProof."""
    _check_shape(proof, new)
    if not 0 <= old <= new:
        raise UnsoundProof(f"a log of {old} entries cannot have become one of {new}")
    if old in {0, new}:
        _check_trivial(old, new, proof, old_root, new_root)
        return
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    if not steps:
        raise UnsoundProof("the proof of consistency is empty; ask for another proof")
    place, last = old - 1, new - 1
    while place & 1:
        place >>= 1
        last >>= 1
    before = after = steps[0]
    for step in steps[1:]:
        if not last:
            raise UnsoundProof("the proof of consistency is too long; ask for another proof")
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            after = node_hash(after, step)
        place >>= 1
        last >>= 1
    if last or before != old_root or after != new_root:
        raise UnsoundProof(f"the log of {new} entries does not begin with what it had at {old}; it was rewritten")


def _check_trivial(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Two states of which one is the other, or nothing."""
    if proof:
        raise UnsoundProof("the proof of consistency is too long; ask for another proof")
    if old == new and old_root != new_root:
        raise UnsoundProof(f"the log shows two different states of {new} entries; it was forked")
    if old == 0 and old_root != EMPTY_ROOT:
        raise UnsoundProof("the root of a log without entries is not that of an empty tree")


def _check_shape(proof: Sequence[bytes], size: int) -> None:
    if not 0 <= size <= LARGEST:
        raise UnsoundProof(f"no log has {str(size)[:24]} entries")
    if any(len(step) != HASH_SIZE for step in proof):
        raise UnsoundProof(f"a step of the proof is no hash of {HASH_SIZE} bytes")
    if len(proof) > 2 * size.bit_length():
        raise UnsoundProof("the proof is longer than any of a log of that size")


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _over(start: int, end: int, hashes: Hashes) -> bytes:
    """The hash over the leaves from `start` to `end`, which begin where a subtree of at least that size would."""
    parts: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append(hashes(level, start >> level))
        start += 1 << level
    found = parts.pop()
    while parts:
        found = node_hash(parts.pop(), found)
    return found

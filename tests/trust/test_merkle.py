"""The Merkle tree against published vectors, against the definition, and against every flipped bit."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.trust.errors import UnsoundProof
from certmark.trust.log.log import Log, MemoryStore, audit
from certmark.trust.log.merkle import EMPTY_ROOT, check_consistency, check_inclusion, leaf_hash, node_hash


def defined(leaves: list[bytes]) -> bytes:
    """MTH as RFC 9162, 2.1.1 defines it."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + defined(leaves[:split]) + defined(leaves[split:])).digest()


def log_of(leaves: list[bytes]) -> Log:
    log = Log("example.org/log", MemoryStore())
    log.append(leaves)
    return log


def numbered(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


@pytest.fixture(scope="session")
def reference(assets: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((assets / "log" / "reference_tree.json").read_text())
    return document


def test_the_roots_are_those_of_the_reference_tree(reference: dict[str, Any]) -> None:
    log = log_of([bytes.fromhex(leaf) for leaf in reference["leaves"]])
    assert [log.root(size).hex() for size in range(9)] == reference["roots"]


def test_the_proofs_are_those_of_the_reference_tree(reference: dict[str, Any]) -> None:
    log = log_of([bytes.fromhex(leaf) for leaf in reference["leaves"]])
    for case in reference["inclusion"]:
        assert [step.hex() for step in log.inclusion(case["index"], case["size"])] == case["proof"]
    for case in reference["consistency"]:
        assert [step.hex() for step in log.consistency(case["old"], case["new"])] == case["proof"]


def test_a_leaf_is_never_taken_for_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_the_root_is_the_defined_one_at_every_size() -> None:
    leaves = numbered(70)
    log = log_of(leaves)
    assert [log.root(size) for size in range(71)] == [defined(leaves[:size]) for size in range(71)]


def test_every_proof_of_inclusion_of_small_logs_verifies_and_no_other_place_does() -> None:
    leaves = numbered(20)
    log = log_of(leaves)
    for size in range(1, 21):
        for index in range(size):
            proof = log.inclusion(index, size)
            check_inclusion(leaf_hash(leaves[index]), index, size, proof, log.root(size))
            for other in range(size):
                if other != index:
                    with pytest.raises(UnsoundProof):
                        check_inclusion(leaf_hash(leaves[index]), other, size, proof, log.root(size))


def test_every_proof_of_consistency_of_small_logs_verifies() -> None:
    log = log_of(numbered(20))
    for new in range(21):
        for old in range(new + 1):
            check_consistency(old, new, log.consistency(old, new), log.root(old), log.root(new))


sizes = st.integers(1, 300)


@given(data=st.data(), size=sizes)
def test_a_flipped_bit_of_a_proof_of_inclusion_fails(data: st.DataObject, size: int) -> None:
    log = log_of(numbered(size))
    index = data.draw(st.integers(0, size - 1))
    proof = log.inclusion(index)
    parts = [leaf_hash(log.entry(index)), log.root(), *proof]
    place = data.draw(st.integers(0, len(parts) * 256 - 1))
    parts[place // 256] = flipped(parts[place // 256], place % 256)
    with pytest.raises(UnsoundProof):
        check_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(data=st.data(), new=sizes)
def test_a_flipped_bit_of_a_proof_of_consistency_fails(data: st.DataObject, new: int) -> None:
    log = log_of(numbered(new))
    old = data.draw(st.integers(1, new))
    parts = [log.root(old), log.root(new), *log.consistency(old)]
    place = data.draw(st.integers(0, len(parts) * 256 - 1))
    parts[place // 256] = flipped(parts[place // 256], place % 256)
    with pytest.raises(UnsoundProof):
        check_consistency(old, new, parts[2:], parts[0], parts[1])


@given(data=st.data(), size=sizes)
def test_a_rewritten_entry_shows_in_every_later_state(data: st.DataObject, size: int) -> None:
    leaves = numbered(size)
    seen = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, seen - 1))
    honest, other = log_of(leaves), log_of([*leaves[:changed], b"other", *leaves[changed + 1 :]])
    with pytest.raises(UnsoundProof):
        check_consistency(seen, size, other.consistency(seen), honest.root(seen), other.root())


@given(
    leaf=st.binary(min_size=32, max_size=32),
    index=st.integers(-2, 70),
    size=st.integers(-2, 2**64),
    proof=st.lists(st.binary(max_size=40), max_size=80),
    root=st.binary(max_size=31),
)
def test_anything_as_a_proof_is_refused(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> None:
    with pytest.raises(UnsoundProof):
        check_inclusion(leaf, index, size, proof, root)
    with pytest.raises(UnsoundProof):
        check_consistency(max(1, index), size, proof, leaf, root)


@pytest.mark.parametrize("extra", [[b"x" * 32], [b"x" * 32] * 100])
def test_a_proof_that_is_too_long_or_too_short_fails(extra: list[bytes]) -> None:
    log = log_of(numbered(7))
    with pytest.raises(UnsoundProof):
        check_inclusion(leaf_hash(log.entry(3)), 3, 7, [*log.inclusion(3), *extra], log.root())
    with pytest.raises(UnsoundProof):
        check_inclusion(leaf_hash(log.entry(3)), 3, 7, log.inclusion(3)[:-1], log.root())
    with pytest.raises(UnsoundProof):
        check_consistency(3, 7, [*log.consistency(3), *extra], log.root(3), log.root())
    with pytest.raises(UnsoundProof):
        check_consistency(3, 7, log.consistency(3)[:-1], log.root(3), log.root())
    with pytest.raises(UnsoundProof):
        check_consistency(4, 7, (), log.root(4), log.root())


def test_the_empty_log_begins_every_log() -> None:
    log = log_of(numbered(3))
    check_consistency(0, 3, (), EMPTY_ROOT, log.root())
    with pytest.raises(UnsoundProof, match="is not that of an empty tree"):
        check_consistency(0, 3, (), log.root(), log.root())
    with pytest.raises(UnsoundProof, match="it was forked"):
        check_consistency(3, 3, (), log.root(2), log.root())


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_what_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        log_of(numbered(3)).inclusion(index, size)


def test_an_audit_computes_everything_again() -> None:
    store = MemoryStore()
    for size in range(40):
        assert audit(store) == Log("o", store).root()
        Log("o", store).append([b"%d" % size])


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)

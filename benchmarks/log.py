"""The log at a million entries in a folder: how fast it grows, and what a proof costs.

Goals: proofs of a log of a million entries in milliseconds; appending costs O(log n); a checkpoint after each entry
costs what that entry does, and one after a million computes these again.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from processes import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from certmark.trust.log.file_store import FileStore
from certmark.trust.log.log import Log
from certmark.trust.log.merkle import check_consistency, check_inclusion, leaf_hash
from support.log_keys import signer_of

KEY = signer_of("example.org/log")
ENTRY = b'{"format":"certmark-log-entry","version":1,"received":"2026-11-22T00:31:43Z","envelope_sha256":"%064x"}'


def main(size: int = 1_000_000) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with FileStore(folder, writable=True) as store:
            log = Log("example.org/log", store)
            log.checkpoint([KEY])
            log.append(ENTRY % number for number in range(size))
            took = time.perf_counter() - began
            began = time.perf_counter()
            log.checkpoint([KEY])
            print(f"checkpoint after these, each hash computed again: {time.perf_counter() - began:.1f} s")
        print(f"append {size:,} entries in batches: {size / took:,.0f} a second")
        print(f"  stored: {sum(path.stat().st_size for path in Path(folder).iterdir()) / size:.0f} bytes an entry")
        with FileStore(folder, writable=True) as store:
            one_by_one(Log("example.org/log", store), size)
        measured(lambda: FileStore(folder).close(), "open the folder to read")
        with FileStore(folder) as store:
            proofs(Log("example.org/log", store))


def one_by_one(log: Log, size: int) -> None:
    """Each entry on the disk before the next one is asked for."""
    began = time.perf_counter()
    for number in range(200):
        log.append([ENTRY % (size + number)])
    print(f"append one at a time, each on the disk: {(time.perf_counter() - began) / 200 * 1e3:.2f} ms")
    log.checkpoint([KEY])
    began = time.perf_counter()
    for number in range(200):
        log.append([ENTRY % number])
        log.checkpoint([KEY])
    print(f"append and sign one at a time: {(time.perf_counter() - began) / 200 * 1e3:.2f} ms")


def proofs(log: Log) -> None:
    """Made and checked, at places all over the log."""
    chance = random.Random(1)  # noqa: S311 - places to measure at
    root = log.root()

    def place() -> int:
        return chance.randrange(log.size)

    def inclusion_checked() -> None:
        index = place()
        check_inclusion(leaf_hash(log.entry(index)), index, log.size, log.inclusion(index), root)

    def consistency_checked() -> None:
        old = place() + 1
        check_consistency(old, log.size, log.consistency(old), log.root(old), root)

    measured(lambda: log.inclusion(place()), "proof of inclusion")
    measured(lambda: log.inclusion(place() // 2, log.size // 2 + 1), "proof of inclusion in an earlier state")
    measured(lambda: log.consistency(place() + 1), "proof of consistency")
    measured(log.root, "root")
    measured(inclusion_checked, "entry read, proof of inclusion made and checked")
    measured(consistency_checked, "proof of consistency made and checked, with the old root")


def measured(call: Callable[[], object], label: str) -> None:
    """The median and the worst of 500 calls, in milliseconds."""
    taken = []
    for _ in range(500):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1e3)
    print(f"{label}: {statistics.median(taken):.3f} ms, worst {max(taken):.3f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

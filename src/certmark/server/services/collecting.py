"""Evidence is kept and named, and what nothing names is collected.

1. Whoever names an object holds its row until the transaction ends, and looks whether the object is there; whoever
   collects it holds the same row until it is gone. So one of them comes first, and the other one sees it.
2. An object that was written a short while ago is left alone: its run is about to name it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from certmark.server.services.context import Services
from certmark.server.store import named_evidence
from certmark.server.store.database import Conflict, Transaction

GRACE = 24 * 3600.0
"""Seconds for which an object that nothing names is left alone."""


def keep_named(services: Services, file: Path, digest: bytes, change: Callable[[Transaction], None]) -> None:
    """Store what is in `file`, and name it by what `change` writes, in its transaction.

    Raises CannotProceed, and what `change` raises.
    """
    _store(services, file, digest)
    with services.database.write() as transaction:
        named_evidence.name(transaction, digest, file.stat().st_size, services.clock())
        # From now on nobody collects it; it may just have been, and then others wait for a moment.
        if not services.evidence.has(digest):
            _store(services, file, digest)
        change(transaction)


def _store(services: Services, file: Path, digest: bytes) -> None:
    with file.open("rb") as stream:
        services.evidence.keep(stream, digest)


class Collected(NamedTuple):
    """What was found in the evidence store."""

    kept: int
    removed: int


def collect(services: Services, grace: float = GRACE) -> Collected:
    """Remove every object that nothing names and that was written `grace` seconds ago or earlier.

    Raises CannotProceed.
    """
    before = services.clock() / 1e6 - grace
    services.evidence.remove_unfinished(before)
    found = [collect_one(services, digest) for digest, written in services.evidence.digests() if written <= before]
    removed = sum(found)
    return Collected(len(found) - removed, removed)


def collect_one(services: Services, digest: bytes) -> bool:
    """Remove this object if nothing names it, and say whether it was. Raises CannotProceed."""
    try:
        with services.database.write() as transaction:
            # Rule 1: the row is held even where there was none.
            named_evidence.name(transaction, digest, 0, services.clock())
            if not named_evidence.forget(transaction, digest):
                return False
            services.evidence.remove(digest)
    except Conflict:  # somebody named it meanwhile
        return False
    return True

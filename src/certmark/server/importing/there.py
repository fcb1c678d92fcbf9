"""A result of a RefStack server in the words of this one: what is kept of it, before anybody reads it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from certmark.domain.identity import bare_uuid, fixture_of, split
from certmark.server.importing.outcome import Problem
from certmark.server.importing.repairs import run_identity
from certmark.server.importing.tables import OldTest
from certmark.server.importing.world import World
from certmark.server.services.refstack_results import NAME
from certmark.server.services.runs import INLINE
from certmark.server.store.claims import StoredClaim
from certmark.server.store.runs import ReadingState, RunRow


class ThereResult(NamedTuple):
    """A result as it stands there, in our words."""

    row: str
    cpid: str
    duration: int
    created: int
    owner: bytes
    values: Mapping[str, Any]
    """What may change: shared, guideline, target, version, verified."""
    verified_since: int


def upload_of(there: ThereResult, tests: list[OldTest]) -> bytes:
    """As refstack-client sends it."""
    entries = [{"name": test.name} | ({"uuid": test.uuid} if test.uuid else {}) for test in tests]
    return json.dumps({"cpid": there.cpid, "duration_seconds": there.duration, "results": entries}).encode()


def is_plain(test: OldTest) -> bool:
    """Whether a test is numbered as it stands: what else it may say is for the readers."""
    return (
        (test.uuid or None) == (bare_uuid(test.uuid) if test.uuid else None)
        and split(test.name) == (test.name, None, ())
        and fixture_of(test.name) is None
    )


def seconds_of(world: World, row: str, text: str | None) -> int:
    """Seconds; what is none is none."""
    if (text or "").isdigit():
        return int(text or "0")
    world.outcome.tell(Problem.WRONG_VALUE, "test", row, f"duration_seconds is {text!r}; taken as 0")
    return 0


def word_of(text: str | None) -> str | None:
    """What was said; None: nothing was."""
    return (text or "").strip() or None


def unread(there: ThereResult, content: bytes) -> RunRow:
    """The run, before it is read."""
    digest = hashlib.sha256(content).digest()
    return RunRow(
        id=run_identity(there.row, there.created),
        owner=there.owner,
        created=there.created,
        state=ReadingState.RECEIVED,
        is_public=bool(there.values["shared"]),
        name=NAME,
        digest=digest,
        size=len(content),
        evidence=None if len(content) <= INLINE else digest,
        format=None,
        began=None,
        ended=None,
        subject=there.cpid or None,
        suite=None,
        vendor=None,
        product=None,
        version=None,
        region=None,
        guideline=None,
        program=None,
        problem=None,
    )


def claim_of(run: RunRow, vendor: bytes, version: bytes, moment: int) -> StoredClaim:
    """That it belongs to a version."""
    return StoredClaim(
        run=run.id,
        vendor=vendor,
        version=version,
        moment=moment,
        official=None,
        official_by=None,
        verified=None,
        verified_by=None,
        reason=None,
        digests=None,
        is_approved=False,
        names_cloud=False,
        is_foreign=False,
        revision=1,
    )

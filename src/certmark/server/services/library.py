"""The guidelines of a server as readers look for them: by family, by revision, and where they come from.

1. The library has the newest revision of each id; an id that many revisions have stands in it once.
2. It is bounded: of more guidelines than `MOST`, or of larger ones together, it has those that came last, and says
   how many it leaves out.
3. A guideline that cannot be read is named, and the others are shown.
4. A page on one revision that is not the newest one shows it among the newest of the others.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from certmark.domain.capability_histories import (
    CapabilityHistory,
    GuidelineFamily,
    families_of,
    histories_of,
)
from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.suggestions import did_you_mean
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.read_guidelines import guideline_in
from certmark.server.store import guidelines as stored
from certmark.server.store import sources
from certmark.server.store.guidelines import Revision

MOST = 200
_MOST_BYTES = 64 << 20
_PREFIX = re.compile(r"[0-9a-f]{6,64}\Z")
_MOST_LIBRARIES = 4
_LIBRARIES: OrderedDict[tuple[bytes, ...], Library] = OrderedDict()
"""By the digests of what is in them."""
_GUARD = Lock()


class Library:
    """Guidelines, read."""

    def __init__(self, read: Sequence[tuple[Revision, Guideline]], unreadable: tuple[str, ...], left_out: int) -> None:
        self.families: tuple[GuidelineFamily, ...] = families_of(one for _, one in read)
        self.revisions: Mapping[bytes, Revision] = {one.data: revision for revision, one in read}
        """By the bytes of the guideline."""
        self.unreadable = unreadable
        """Ids (rule 3)."""
        self.left_out = left_out
        """Rule 2."""

    @cached_property
    def histories(self) -> dict[str, CapabilityHistory]:
        """Of every capability, by its key."""
        return {one.key: one for one in histories_of(self.families)}

    def revision(self, guideline: Guideline) -> Revision:
        """Of one that is in it."""
        return self.revisions[guideline.data]

    def family(self, guideline: Guideline) -> GuidelineFamily:
        """In which one of its guidelines is."""
        return next(family for family in self.families if any(one.data == guideline.data for one in family.guidelines))


@dataclass(frozen=True, slots=True)
class SourceState:
    """Where guidelines come from, as everybody may know it."""

    place: str
    """An address; a folder of the server is not named."""
    looked: int | None
    """When it was looked at last, in microseconds since 1970."""
    failed: bool
    """Whether that look failed, or a file in it could not be taken."""
    is_stale: bool
    """Nobody looked for a good while, though somebody should have."""


def every_revision(services: Services) -> list[Revision]:
    """By id, the oldest first."""
    with services.database.peek() as transaction:
        return stored.every(transaction)


def revision_named(revisions: Sequence[Revision], name: str, prefix: str | None) -> Revision:
    """The newest revision of an id; with `prefix` the one whose digest begins so, of any id where none is named.

    Raises NotFound or InvalidRequest.
    """
    of_id = [one for one in revisions if name in {one.id, ""}]
    if not of_id or (prefix is None and not name):
        known = dict.fromkeys(one.id for one in revisions)
        there = did_you_mean(name, known) or f"; there are {', '.join(sorted(known)[-5:]) or 'none'}"
        raise NotFound(f"there is no guideline {name[:100]!r} here{there}")
    if prefix is None:
        return max(of_id, key=lambda one: one.created)
    if not _PREFIX.match(prefix):
        raise InvalidRequest("a revision is meant by the first signs of its SHA-256, at least six, in lower case")
    found = [one for one in of_id if one.digest.hex().startswith(prefix)]
    if not found:
        raise NotFound(f"no revision of {name[:100] or 'any guideline'} has a SHA-256 that begins with {prefix}")
    if len(found) > 1:
        raise InvalidRequest(f"{len(found)} revisions have a SHA-256 that begins with {prefix}; give more of it")
    return found[0]


def newest(revisions: Iterable[Revision]) -> list[Revision]:
    """Rule 1, by id."""
    found: dict[str, Revision] = {}
    for one in revisions:
        if one.id not in found or found[one.id].created <= one.created:
            found[one.id] = one
    return list(found.values())


def library_with(services: Services, revisions: Sequence[Revision], chosen: Revision | None = None) -> Library:
    """The newest of `revisions`; of the id of `chosen` that one (rule 4)."""
    shown = [chosen if chosen is not None and one.id == chosen.id else one for one in newest(revisions)]
    shown.sort(key=lambda one: (one != chosen, -one.created, one.id))
    key = tuple(one.digest for one in shown)
    with _GUARD:
        known = _LIBRARIES.get(key)
        if known is not None:
            _LIBRARIES.move_to_end(key)
            return known
    found = _read(services, shown)
    with _GUARD:
        _LIBRARIES[key] = found
        while len(_LIBRARIES) > _MOST_LIBRARIES:
            _LIBRARIES.popitem(last=False)
    return found


def _read(services: Services, revisions: Sequence[Revision]) -> Library:
    read: list[tuple[Revision, Guideline]] = []
    unreadable: list[str] = []
    for revision in revisions[:MOST]:
        try:
            read.append((revision, guideline_in(services, revision)))
        except (InvalidInput, InvalidRequest):
            unreadable.append(revision.id)
        if sum(len(one.data) for _, one in read) > _MOST_BYTES:
            break
    return Library(read, tuple(unreadable), len(revisions) - len(read) - len(unreadable))


def source_states(services: Services) -> tuple[SourceState, ...]:
    """All of them; empty: guidelines come along with the server, or by hand."""
    with services.database.peek() as transaction:
        found = sources.every(transaction)
    late = services.clock() - int(3 * services.settings.guidelines_every * 10**6)
    return tuple(
        SourceState(
            one.place if "://" in one.place else "a folder of this server",
            one.looked,
            one.problem is not None,
            one.looked is None or one.looked < late,
        )
        for one in found
    )


def shown_source(revision: Revision) -> str:
    """Where a revision came from, as everybody may know it."""
    return revision.source if "://" in revision.source or " " in revision.source else "a folder of this server"

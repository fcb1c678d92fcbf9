"""The history of shared runs, kept in the database as columns, so that who starts has it at once.

1. It is derived from the runs, and valid for exactly those that a moment of the database had (`head`): whoever reads
   it goes on from there with what changed since. Of another server of PostgreSQL it is not valid at all.
2. It lies in the database, not in the evidence store: it is kept or forgotten together with what it is derived from,
   a backup is without it, and an index finds each part.
3. Full segments stay as they are; the last one is kept anew. What is replaced is forgotten a day later, so that
   others who have not fetched all of it yet still find it.
4. Several servers may keep it: who did not begin with what is kept now leaves it alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec
import numpy as np

from certmark.corpus.history import KeptSegment, ResultsHistory
from certmark.domain.errors import CannotProceed
from certmark.server.services.context import Services
from certmark.server.store import corpus_parts
from certmark.server.store.database import Transaction
from certmark.server.store.shared_runs import ChangeMoment

_VERSION = 1
_DAY = 24 * 3600 * 10**6
_FIELDS = ("runs", "least", "greatest", "parts")


class SegmentRecord(msgspec.Struct, frozen=True):
    """Where a segment is kept."""

    id: bytes
    runs: int
    least: bytes
    greatest: bytes
    parts: tuple[str, ...]


class CorpusHead(msgspec.Struct, frozen=True):
    """What is kept."""

    version: int
    generation: bytes
    database: str
    stamp: int
    tests: tuple[int, ...]
    """Their numbers, by their columns."""
    words: dict[str, list[str]]
    segments: tuple[SegmentRecord, ...]
    gone: bytes
    """Places of runs that were taken away, four bytes each."""
    has_all_tests: bool
    retired: tuple[tuple[bytes, int], ...] = ()
    """Segments that are not used any more, and since when."""


class CorpusGone(CannotProceed):
    """A part of what was kept is not there any more, or damaged: it is made again from the runs."""


@dataclass
class KeptHistory:
    """A history, and what of it is kept."""

    history: ResultsHistory
    columns: dict[int, int]
    """By the numbers of the tests."""
    moment: ChangeMoment
    has_all_tests: bool
    generation: bytes
    records: list[SegmentRecord] = field(default_factory=list)


def kept_history(
    services: Services, transaction: Transaction, now: ChangeMoment, lost: Callable[[], None]
) -> KeptHistory | None:
    """What is kept, if it is valid; `lost` is called when a part of it turns out to be gone."""
    head = _head(transaction)
    if head is None or head.database != now.database or head.stamp > now.stamp:
        return None
    try:
        tests = services.dictionary.tests(head.tests)
    except KeyError:
        return None
    kept = [
        KeptSegment(one.runs, one.least, one.greatest, one.parts, partial(_fetch, services, one.id, lost))
        for one in head.segments
    ]
    try:
        history = ResultsHistory(kept, head.words, np.frombuffer(head.gone, "<u4").tolist())
    except CorpusGone:
        return None
    columns = {}
    for number in head.tests:
        test = tests[number]
        columns[number] = history.tests.add((test.name, test.uuid or None))
    return KeptHistory(
        history,
        columns,
        ChangeMoment(head.stamp, head.database),
        head.has_all_tests,
        head.generation,
        list(head.segments),
    )


def keep(services: Services, kept: KeptHistory) -> bool:
    """Have all of it in the database; False: others keep it (rule 4). Nobody may add to it meanwhile."""
    with services.database.read() as transaction:
        before = _head(transaction)
        known = corpus_parts.segments(transaction)
    if before is not None and before.database == kept.moment.database and before.generation != kept.generation:
        return False
    records = [_record(services, kept, number) for number in range(kept.history.segments)]
    head = _new_head(services, kept, records, before, known)
    with services.database.write() as transaction:
        now = _head(transaction)
        if (now.generation if now else None) != (before.generation if before else None):
            return False  # what was written is found as not used, and forgotten
        corpus_parts.put_head(transaction, msgspec.msgpack.encode(head))
        for segment in {*known} - {one.id for one in head.segments} - {one for one, _ in head.retired}:
            corpus_parts.forget(transaction, segment)
    kept.generation, kept.records = head.generation, records
    return True


def forget(services: Services) -> None:
    """Keep nothing: whoever starts makes the history from the runs."""
    with services.database.read() as transaction:
        known = corpus_parts.segments(transaction)
    with services.database.write() as transaction:
        for segment in (b"", *known):
            corpus_parts.forget(transaction, segment)


def _new_head(
    services: Services,
    kept: KeptHistory,
    records: list[SegmentRecord],
    before: CorpusHead | None,
    known: list[bytes],
) -> CorpusHead:
    now, used = services.clock(), {one.id for one in records}
    since = dict(before.retired) if before is not None else {}
    retired = {one: since.get(one, now) for one in known if one not in used}
    return CorpusHead(
        version=_VERSION,
        generation=secrets.token_bytes(16),
        database=kept.moment.database,
        stamp=kept.moment.stamp,
        tests=tuple(sorted(kept.columns, key=kept.columns.__getitem__)),
        words=kept.history.word_lists(),
        segments=tuple(records),
        gone=np.array(kept.history.gone, "<u4").tobytes(),
        has_all_tests=kept.has_all_tests,
        retired=tuple((one, moment) for one, moment in retired.items() if now - moment < _DAY),
    )


def _record(services: Services, kept: KeptHistory, number: int) -> SegmentRecord:
    """A segment, kept unless it is already."""
    shape = kept.history.kept_segment(number, lambda _: b"")
    if number < len(kept.records) and kept.records[number].runs == shape.runs:
        return kept.records[number]
    found = SegmentRecord(secrets.token_bytes(16), shape.runs, shape.least, shape.greatest, shape.parts)
    parts = {name: kept.history.kept_part(number, name) for name in shape.parts}
    with services.database.write() as transaction:
        corpus_parts.put_parts(transaction, found.id, parts)
    return found


def _head(transaction: Transaction) -> CorpusHead | None:
    """None as well for one of another version, or none that can be read."""
    content = corpus_parts.head(transaction)
    try:
        head = None if content is None else msgspec.msgpack.decode(content, type=CorpusHead)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    return head if head is not None and head.version == _VERSION else None


def _fetch(services: Services, segment: bytes, lost: Callable[[], None], name: str) -> bytes:
    with services.database.peek() as transaction:
        content = corpus_parts.part(transaction, segment, name)
    if content is None:
        lost()
        raise CorpusGone("a part of the history of shared runs is gone; it is made again when somebody asks next")
    return content

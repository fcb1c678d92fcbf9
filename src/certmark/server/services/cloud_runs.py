"""The last runs of one cloud, with what became of every test: of what is shared, and of what is one's own.

The price is that of these runs, however many there are of other clouds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from certmark.corpus.bits import Codes
from certmark.corpus.history import ResultsHistory, RunFacts, Snapshot
from certmark.domain.suggestions import did_you_mean
from certmark.domain.verdict_values import Standing
from certmark.server.asking import Asker
from certmark.server.services.clouds import clouds_of
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store import guidelines, listings
from certmark.server.store.dictionary import pages_of
from certmark.server.store.listings import Appearance, RunFilter
from certmark.server.store.runs import ReadingState, RunRow

_PAGE = 512
MOST = 50
"""Runs that are looked at."""


class LastRuns(NamedTuple):
    """Of one cloud, the newest first."""

    subject: str
    rows: Sequence[RunRow]
    """Those that were read."""
    snapshot: Snapshot
    """Of these runs alone, in this order."""
    guidelines: Mapping[bytes, str]
    """Ids by digests."""
    has_more: bool
    is_public: bool
    """Whether everybody sees all of them."""


def last_runs(services: Services, asker: Asker, subject: str, most: int = MOST) -> LastRuns:
    """The newest runs of a cloud that whoever asks may see. Raises NotFound."""
    rows: dict[bytes, RunRow] = {}
    told: dict[bytes, Appearance] = {}
    with services.database.read() as transaction:
        for is_public in (True, False) if asker.identity is not None else (True,):
            wanted = RunFilter(is_public=is_public, subject=subject)
            page = listings.page(transaction, asker, wanted, behind=None, most=most + 1)
            rows |= {row.id: row for row in page.runs}
            found, _ = listings.appearances(transaction, asker, wanted, behind=None, most=most + 1)
            told |= {bytes(one.id): one for one in found}
        known = {one.digest: one.id for one in guidelines.every(transaction)}
    newest = sorted(
        (row for row in rows.values() if row.state is ReadingState.READ), key=lambda row: row.id, reverse=True
    )
    if not rows:
        raise NotFound(
            f"there is no cloud {subject[:200]!r} with runs that you may see{_near(services, asker, subject)}"
        )
    chosen = newest[:most]
    snapshot = _history_of(
        services, chosen, [told[row.id].outcomes if row.id in told else None for row in chosen], known
    )
    return LastRuns(subject, chosen, snapshot, known, len(newest) > most, all(row.is_public for row in chosen))


def _near(services: Services, asker: Asker, subject: str) -> str:
    return did_you_mean(subject, list(clouds_of(services.history.caught_up(asker)).places))


def _history_of(
    services: Services, rows: Sequence[RunRow], outcomes: Sequence[bytes | None], known: Mapping[bytes, str]
) -> Snapshot:
    history = ResultsHistory()
    by_number, numbers = _by_number(outcomes)
    used = np.flatnonzero(by_number.any(axis=0))
    tests = services.dictionary.tests([numbers[place] for place in used])
    columns = [history.tests.add((one.name, one.uuid or None)) for one in (tests[numbers[place]] for place in used)]
    codes = np.zeros((len(rows), len(history.tests)), np.uint8)
    codes[:, columns] = by_number[:, used]
    history.add([_facts(row, known) for row in rows], codes)
    return history.snapshot()


def _by_number(outcomes: Sequence[bytes | None]) -> tuple[Codes, list[int]]:
    """A row for each run, and the number of the test of each column."""
    pages = [dict(pages_of(one)) if one else {} for one in outcomes]
    firsts = sorted({first for found in pages for first in found})
    codes = np.zeros((len(outcomes), _PAGE * len(firsts)), np.uint8)
    for row, found in enumerate(pages):
        for first, content in found.items():
            place = firsts.index(first) * _PAGE
            codes[row, place : place + len(content)] = np.frombuffer(content, np.uint8)
    return codes, [first + offset for first in firsts for offset in range(_PAGE)]


def _facts(row: RunRow, known: Mapping[bytes, str]) -> RunFacts:
    return RunFacts(
        id=row.id,
        created=row.created,
        passes_only="refstack-upload" in (row.format or ""),
        standing=None if row.standing is None else Standing(row.standing),
        cloud=row.subject or "",
        vendor=row.vendor or "",
        product=row.product or "",
        release=row.version or "",
        region=row.region or "",
        program=row.program or "",
        guideline="" if row.guideline is None else known.get(row.guideline, ""),
    )

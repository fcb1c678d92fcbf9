"""The history of shared runs as columns of bits: brought up to the database, and asked.

1. It has the runs that everybody sees, as they were at one moment of the database: of whatever was shared, deleted,
   hidden, read or judged again, or labelled since then, it is told by the database (`store.shared_runs`), however many
   servers write there. What nobody changed costs nothing.
2. It is derived: whoever starts has an empty one, and it is made again from the rows.
3. Only the first tests that the server knew have a column, so that nobody makes it large; outcomes of others are left
   out, and `has_all_tests` says so.
4. A row holds what the attempts of each test come to; and that the evidence is damaged, so that no verdict is better
   than incomplete. Of a run with more than that (`EvidenceDoubt.FOLDED`) the verdict of the run itself may differ.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from certmark.corpus.bits import Codes
from certmark.corpus.history import ResultsHistory, RunFacts, Snapshot
from certmark.domain.evidence_doubts import EvidenceDoubt
from certmark.domain.permissions import Right
from certmark.domain.verdict_values import Standing
from certmark.server.asking import Asker
from certmark.server.numbering import MOST_KNOWN
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted
from certmark.server.store import shared_runs
from certmark.server.store.database import Transaction
from certmark.server.store.dictionary import pages_of
from certmark.server.store.shared_runs import Change, ChangeMoment, SharedRun

_AT_ONCE = 4096
"""Runs that are added together."""
_FEW = 4096
"""Runs that may have been taken away before it is thought of making the history anew."""


class SharedHistory:
    """Of one server; any number may ask it at the same time. Services have one: `services.history`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._guard = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        """With nothing."""
        self._history = ResultsHistory()
        self._seen = ChangeMoment(0, "")
        self._again: dict[bytes, int] = {}
        """Changes that were seen, and may be seen again: their stamps."""
        self._columns = np.full(0, -1, np.int64)
        """The column of each number; -1: none yet."""
        self.has_all_tests = True
        """Rule 3."""

    def caught_up(self, asker: Asker) -> Snapshot:
        """The history as the database has it now; the same object while nothing changes.

        Raises NotPermitted or DatabaseAway.
        """
        if not asker.has(Right.SEE_SHARED_RUN):
            raise NotPermitted("whoever asks about all shared runs must be one who may see them")
        with self._guard, self._services.database.read() as transaction:
            now = shared_runs.moment(transaction)
            if now.database != self._seen.database or self._history.gone > _FEW + self._history.runs // 2:
                self._begin()
            try:
                self._follow(transaction)
            except BaseException:
                self._begin()  # half of a page may be in it
                raise
            self._seen = now
            self._again = {run: stamp for run, stamp in self._again.items() if stamp >= now.stamp}
            return self._history.snapshot()

    def _follow(self, transaction: Transaction) -> None:
        behind = Change(self._seen.stamp, b"")
        while page := shared_runs.changes(transaction, behind, _AT_ONCE):
            new = {change.run for change in page if self._again.get(change.run) != change.stamp}
            if new:
                self._take(transaction, behind, page[-1], new)
                self._again.update((change.run, change.stamp) for change in page)
            if len(page) < _AT_ONCE:
                break
            behind = page[-1]

    def _take(self, transaction: Transaction, behind: Change, last: Change, changed: set[bytes]) -> None:
        """Have these runs as they are now, or no more."""
        rows = {bytes(row.id): row for row in shared_runs.shared_runs(transaction, behind, last)}
        tags = shared_runs.shared_tags(transaction, behind, last)
        self._history.remove(changed)
        now = [rows[run] for run in sorted(changed.intersection(rows))]
        codes = self._codes([row.outcomes for row in now])
        self._history.add([_facts(row, tags.get(bytes(row.id), [])) for row in now], codes)

    def _codes(self, vectors: Sequence[bytes | None]) -> Codes:
        """A row for each run, with a byte for each column."""
        by_number = np.zeros((len(vectors), 0), np.uint8)
        for row, vector in enumerate(vectors):
            for first, outcomes in pages_of(vector) if vector else ():
                last = first + len(outcomes)
                if last > MOST_KNOWN:
                    self.has_all_tests = False
                    continue
                if last > by_number.shape[1]:
                    by_number = np.pad(by_number, ((0, 0), (0, last - by_number.shape[1])))
                by_number[row, first:last] = np.frombuffer(outcomes, np.uint8)
        numbers = np.flatnonzero(by_number.any(axis=0))
        self._learn(numbers)
        codes = np.zeros((len(vectors), len(self._history.tests)), np.uint8)
        codes[:, self._columns[numbers]] = by_number[:, numbers]
        return codes

    def _learn(self, numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        """Have columns for tests."""
        last = int(numbers.max(initial=-1)) + 1
        if last > len(self._columns):
            self._columns = np.pad(self._columns, (0, last - len(self._columns)), constant_values=-1)
        new = [int(number) for number in numbers if self._columns[number] < 0]
        for number, test in self._services.dictionary.tests(new).items():
            self._columns[number] = self._history.tests.add((test.name, test.uuid or None))


def _facts(row: SharedRun, tags: Sequence[tuple[str, str]]) -> RunFacts:
    return RunFacts(
        id=bytes(row.id),
        created=row.created,
        passes_only="refstack-upload" in (row.format or ""),
        is_damaged=bool((row.doubts or 0) & EvidenceDoubt.DAMAGED),
        standing=None if row.standing is None else Standing(row.standing),
        cloud=row.subject or "",
        vendor=row.vendor or "",
        product=row.product or "",
        release=row.version or "",
        region=row.region or "",
        program=row.program or "",
        guideline=row.guideline or "",
        tags=tuple(tags),
    )

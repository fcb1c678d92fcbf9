"""The history of shared runs as columns of bits: brought up to the database, and asked.

1. It has the runs that everybody sees, as they were at one moment of the database: of whatever was shared, deleted,
   hidden, read or judged again, or labelled since then, it is told by the database (`store.shared_runs`), however many
   servers write there. What nobody changed costs nothing.
2. It is derived from the rows, and kept as columns once there is much of it (`services.stored_corpus`), so that
   whoever starts goes on from there.
3. Only the first tests that the server knew have a column, so that nobody makes it large; outcomes of others are left
   out, and `has_all_tests` says so.
4. A row holds what the attempts of each test come to; and that the evidence is damaged, so that no verdict is better
   than incomplete. Of a run with more than that (`EvidenceDoubt.FOLDED`) the verdict of the run itself may differ.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from certmark.corpus.bits import Codes
from certmark.corpus.history import ResultsHistory, RunFacts, Snapshot
from certmark.domain.evidence_doubts import EvidenceDoubt
from certmark.domain.permissions import Right
from certmark.domain.verdict_values import Standing
from certmark.server.asking import Asker
from certmark.server.numbering import MOST_KNOWN
from certmark.server.services import stored_corpus
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted
from certmark.server.services.stored_corpus import KeptHistory
from certmark.server.store import shared_runs
from certmark.server.store.database import Transaction
from certmark.server.store.dictionary import pages_of
from certmark.server.store.shared_runs import Change, ChangeMoment, SharedRun

_FEW = 4096
"""Runs that may have been taken away before it is thought of making the history anew."""
_KEPT_AFTER = 1 << 14
"""Runs that changed before the history is kept again."""


class SharedHistory:
    """Of one server; any number may ask it at the same time. Services have one: `services.history`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._guard = threading.Lock()
        self._broken = b""
        """What was kept and is gone in part."""
        self._begin(_nothing())

    def _begin(self, kept: KeptHistory) -> None:
        self._kept, self._history = kept, kept.history
        self._again: dict[bytes, int] = {}
        """Changes that were seen, and may be seen again: their stamps."""
        self._columns = np.full(max(kept.columns, default=-1) + 1, -1, np.int64)
        """The column of each number; -1: none yet."""
        for number, column in kept.columns.items():
            self._columns[number] = column
        self._unkept = 0
        """Runs that changed since it was kept."""

    @property
    def has_all_tests(self) -> bool:
        """Rule 3."""
        return self._kept.has_all_tests

    def caught_up(self, asker: Asker) -> Snapshot:
        """The history as the database has it now; the same object while nothing changes.

        Raises NotPermitted or DatabaseAway.
        """
        if not asker.has(Right.SEE_SHARED_RUN):
            raise NotPermitted("whoever asks about all shared runs must be one who may see them")
        with self._guard:
            with self._services.database.read() as transaction:
                self._catch_up(transaction)
            if self._unkept >= _KEPT_AFTER:
                self._unkept = 0
                stored_corpus.keep(self._services, self._kept)
            return self._history.snapshot()

    def keep(self) -> bool:
        """Keep it as it is now, so that who starts next has it at once; False: others keep it."""
        with self._guard:
            return stored_corpus.keep(self._services, self._kept)

    def _catch_up(self, transaction: Transaction) -> None:
        now = shared_runs.moment(transaction)
        if self._kept.moment.database != now.database:
            found = stored_corpus.kept_history(self._services, transaction, now, self._forget)
            if found is None or found.generation == self._broken:
                found = replace(_nothing(), generation=self._broken)
            self._begin(found)
        elif len(self._history.gone) > _FEW + self._history.runs // 2:
            self._begin(replace(_nothing(), generation=self._kept.generation))
        try:
            self._follow(transaction)
        except BaseException:
            self._begin(_nothing())  # half of a page may be in it
            raise
        self._kept.moment = now
        self._again = {run: stamp for run, stamp in self._again.items() if stamp >= now.stamp}

    def _forget(self) -> None:
        """What it rests on is gone: make it again from the runs when somebody asks next."""
        self._broken = self._kept.generation
        self._kept.moment = ChangeMoment(0, "")

    def _follow(self, transaction: Transaction) -> None:
        behind = Change(self._kept.moment.stamp, b"")
        while page := shared_runs.changes(transaction, behind):
            new = {change.run for change in page if self._again.get(change.run) != change.stamp}
            if new:
                self._take(transaction, behind, new)
                self._again.update((change.run, change.stamp) for change in page)
                self._unkept += len(new)
            if len(page) < shared_runs.AT_ONCE:
                break
            behind = page[-1]

    def _take(self, transaction: Transaction, behind: Change, changed: set[bytes]) -> None:
        """Have these runs as they are now, or no more."""
        rows = {bytes(row.id): row for row in shared_runs.shared_runs(transaction, behind)}
        tags = shared_runs.shared_tags(transaction, behind)
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
                    self._kept.has_all_tests = False
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
            column = self._history.tests.add((test.name, test.uuid or None))
            self._columns[number] = self._kept.columns[number] = column


def _nothing() -> KeptHistory:
    return KeptHistory(ResultsHistory(), {}, ChangeMoment(0, ""), has_all_tests=True, generation=b"")


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

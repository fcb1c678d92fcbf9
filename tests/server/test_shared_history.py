"""The history of shared runs is what the database has, whatever was shared, deleted or hidden in between."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from certmark.corpus.asking import runs_for
from certmark.corpus.bits import at, indices_of, size_of
from certmark.corpus.history import Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.segments import OUTCOMES
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.permissions import AccessRules, Right
from certmark.domain.programs import find_program
from certmark.domain.queries.reading import read_query
from certmark.domain.verdict_values import Standing
from certmark.formats.guideline import load
from certmark.server.asking import Asker
from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted
from certmark.server.services.runs import AboutRun
from certmark.server.services.shared_history import SharedHistory

pytestmark = pytest.mark.enable_socket
EXAMPLES = Path(__file__).parents[2] / "examples"
PASSED, BROKEN = EXAMPLES / "object-storage-pass.subunit", EXAMPLES / "object-storage-broken.subunit"


def ids_in(snapshot: Snapshot) -> list[bytes]:
    return [snapshot.facts_of(int(run)).id for run in indices_of(snapshot.everything)]


def test_the_history_is_what_everybody_sees(services: Services, ada: Asker) -> None:
    history = SharedHistory(services)
    assert history.caught_up(ada).everything.size == 0

    def send(file: Path, *, is_public: bool = True, **words: str) -> bytes:
        about = AboutRun(name=file.name, is_public=is_public, tags={"kind": "nightly"}, **words)
        return runs.receive(services, ada, file, about).id

    first = send(PASSED, subject="cloud-1", vendor="acme", product="Cloud")
    hidden = send(PASSED, is_public=False)
    before = history.caught_up(ada)
    assert ids_in(before) == [first]
    second = send(BROKEN, subject="cloud-2")
    after = history.caught_up(ada)
    assert ids_in(after) == [first, second]
    guideline = load("2026.11")
    judge = Judge(after, Yardstick(guideline, find_program(guideline, "object")))
    for run in (first, second):
        _, found = runs.results(services, ada, run)
        told = {(one.name, one.uuid): one.outcome for one in found}
        place = ids_in(after).index(run)
        assert {
            key: code
            for key, column in ((key, after.tests.column(key)) for key in told)
            for code in range(1, 6)
            if column is not None and _is(after, place, column, code)
        } == told
    assert indices_of(judge.standings().of(Standing.PASS)).tolist() == [0]
    assert indices_of(judge.standings().of(Standing.FAIL)).tolist() == [1]
    assert size_of(runs_for(read_query("vendor:acme tag:kind=nightly"), after)) == 1
    runs.delete(services, ada, first)
    assert ids_in(history.caught_up(ada)) == [second]
    assert (ids_in(before), hidden in ids_in(after)) == ([first], False)

    strict = ada._replace(rules=AccessRules({Right.SEE_SHARED_RUN: frozenset()}))
    with pytest.raises(NotPermitted):
        history.caught_up(strict)


def _is(snapshot: Snapshot, run: int, column: int, code: int) -> bool:
    words = next(iter(snapshot.parts())).column(OUTCOMES[code], column)
    return words is not None and bool(at(words, np.array([run]))[0])

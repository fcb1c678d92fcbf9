"""The history of shared runs is what the database has, whatever was shared, deleted or hidden in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec import structs

from certmark.corpus.answers import StandingCounts
from certmark.corpus.asking import runs_for
from certmark.corpus.bits import at, indices_of, size_of
from certmark.corpus.history import Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.segments import OUTCOMES
from certmark.corpus.single_runs import results_of_run, verdict_on
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import AccessRules, Right
from certmark.domain.programs import find_program
from certmark.domain.queries.reading import read_query
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import Standing, State
from certmark.formats.guideline import load
from certmark.server.asking import Asker
from certmark.server.services import corpus, runs, shared_history, stored_corpus
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.services.runs import AboutRun
from certmark.server.services.shared_history import SharedHistory
from certmark.server.services.stored_corpus import CorpusGone, CorpusHead
from certmark.server.store import claims, corpus_parts, shared_runs, upkeep
from certmark.server.store import runs as store
from certmark.server.store.database import Transaction
from certmark.server.store.dictionary import packed
from certmark.server.store.runs import ReadingState, RunRow
from certmark.server.store.statements import Dialect

pytestmark = pytest.mark.enable_socket
EXAMPLES = Path(__file__).parents[2] / "examples"
PASSED, BROKEN = EXAMPLES / "object-storage-pass.subunit", EXAMPLES / "object-storage-broken.subunit"


def ids_in(snapshot: Snapshot) -> list[bytes]:
    return [snapshot.facts_of(int(run)).id for run in indices_of(snapshot.everything)]


def test_the_history_is_what_everybody_sees(services: Services, ada: Asker) -> None:
    history = services.history
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


CHANGES: dict[str, Callable[[Transaction, RunRow], None]] = {
    "hidden": lambda transaction, run: claims.share(transaction, run.id, is_public=False),
    "deleted": lambda transaction, run: store.remove(transaction, run.id),
    "labelled anew": lambda transaction, run: claims.put_tags(transaction, run.id, {"kind": "weekly"}),
    "without labels": lambda transaction, run: claims.put_tags(transaction, run.id, {}),
    "judged again": lambda transaction, run: upkeep.keep_verdict(transaction, run._replace(standing="fail")),
    "attested": lambda transaction, run: store.attest(transaction, run._replace(vendor="other"), b"{}"),
    "read again": lambda transaction, run: upkeep.keep_reading(transaction, run._replace(doubts=1), packed({1: 2})),
    "not readable": lambda transaction, run: upkeep.keep_reading(
        transaction, run._replace(state=ReadingState.UNREADABLE), None
    ),
}
"""What may become of a shared run."""


def seen(snapshot: Snapshot) -> dict[bytes, object]:
    """Everything that a history says of each run."""
    found: dict[bytes, object] = {}
    for run in indices_of(snapshot.everything).tolist():
        facts, results = snapshot.facts_of(run), results_of_run(snapshot, run)
        labels = [label for label in snapshot.labels() if at(snapshot.labelled(label), np.array([run]))[0]]
        outcomes = [(name, str(results.attempts(name)[0].outcome)) for name in results.names]
        found[facts.id] = facts, sorted(labels), sorted(outcomes)
    return found


def test_whatever_changes_in_a_shared_run_is_seen_by_every_server(services: Services, ada: Asker) -> None:
    of_others = SharedHistory(services)  # as in another process: they share the database alone
    about = AboutRun(name="r", is_public=True, tags={"kind": "nightly"}, vendor="acme", subject="c", program="object")
    services.history.caught_up(ada)
    for what, change in CHANGES.items():
        kept = [runs.receive(services, ada, PASSED, replace(about, key=f"{what} {one}")) for one in range(2)]
        before = services.history.caught_up(ada)
        assert of_others.caught_up(ada).everything.any()
        with services.database.write() as transaction:
            change(transaction, kept[0])
        after, anew = services.history.caught_up(ada), SharedHistory(services).caught_up(ada)
        assert seen(before) != seen(after) == seen(anew) == seen(of_others.caught_up(ada)), what
        assert services.history.caught_up(ada) is after, what
        hidden = runs.receive(services, ada, PASSED, replace(about, is_public=False, key=f"{what}, hidden"))
        assert services.history.caught_up(ada) is after, what
        with services.database.write() as transaction:
            claims.share(transaction, hidden.id, is_public=True)
        assert set(seen(services.history.caught_up(ada))) - set(seen(after)) == {hidden.id}, what


def test_what_is_kept_later_than_what_came_after_it_is_seen(services: Services, ada: Asker) -> None:
    if services.database.dialect is Dialect.SQLITE:
        pytest.skip("one writes at a time")
    about = AboutRun(name="r", is_public=True)
    first, second = (runs.receive(services, ada, PASSED, replace(about, key=str(one))) for one in range(2))
    history = services.history
    with services.database.write() as slow:
        claims.put_tags(slow, first.id, {"kind": "slow"})
        store.tags_of(slow, first.id)  # it has begun, and has its number
        with services.database.write() as quick:
            claims.put_tags(quick, second.id, {"kind": "quick"})
        between = history.caught_up(ada)
        assert between.labels() == [("kind", "quick")]
        assert history.caught_up(ada) is between
    after = history.caught_up(ada)
    assert sorted(after.labels()) == [("kind", "quick"), ("kind", "slow")]
    assert size_of(after.everything) == 2


def test_a_history_of_which_most_changed_is_made_anew(
    services: Services, ada: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_history, "_FEW", 1)
    run = runs.receive(services, ada, PASSED, AboutRun(name="r", is_public=True))
    for number in range(8):
        with services.database.write() as transaction:
            claims.put_tags(transaction, run.id, {"number": str(number)})
        snapshot = services.history.caught_up(ada)
        assert (ids_in(snapshot), snapshot.runs <= 5) == ([run.id], True)


def test_pages_ask_by_one_door(services: Services, ada: Asker) -> None:
    about = AboutRun(name="r", is_public=True, guideline="2026.11", program="object", vendor="acme")
    first = runs.receive(services, ada, PASSED, about)
    runs.receive(services, ada, BROKEN, replace(about, vendor="other"))
    every = corpus.asked(services, ada, guideline="2026.11", program="object")
    assert (every.size, every.counts().passed, every.counts().failed) == (2, 1, 1)
    assert every.counts() == corpus.asked(services, ada).counts() == every.months(2)[-1].counts
    acme = corpus.asked(services, ada, "vendor:acme")
    assert [facts.id for facts in acme.newest(9)] == [first.id]
    assert [facts.id for facts in every.newest(9, 1)] == [first.id]
    assert every.blockers()[0].among == 1
    assert {one.counts.failed for one in every.rates_of_capabilities()} == {0, 1}
    assert max(one.counts[State.PASSED] for one in every.rates_of_tests()) == 2
    assert acme.flakes().tests == ()
    other = corpus.judge_of(every.snapshot, corpus.yardstick(services, "2026.11", "compute"))
    assert every.what_if(other).after.runs == 2
    assert corpus.judge_of(every.snapshot, corpus.yardstick(services, "2026.11", "object")) is every.judge
    for words, guideline, program in (("capability:x", None, None), ("", "2026.11", None), ("(", None, None)):
        with pytest.raises(InvalidRequest):
            corpus.asked(services, ada, words, guideline, program)
    with pytest.raises(InvalidRequest, match="say by which guideline"):
        acme.blockers()
    with pytest.raises(NotFound):
        corpus.asked(services, ada, guideline="2099.99")


def test_a_run_whose_evidence_is_cut_off_is_incomplete_in_the_history_too(
    services: Services, ada: Asker, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.subunit"
    cut.write_bytes(PASSED.read_bytes()[:-3])
    about = AboutRun(name="r", is_public=True, guideline="2026.11", program="object")
    run = runs.receive(services, ada, cut, about)
    every = corpus.asked(services, ada, guideline="2026.11", program="object")
    assert run.standing == "incomplete"
    assert every.counts() == corpus.asked(services, ada).counts() == StandingCounts(0, 0, 1, 0)
    assert every.judge is not None
    verdict = verdict_on(every.snapshot, 0, every.judge.plan.yardstick)
    assert (verdict.standing, every.newest(1)[0].is_damaged) == (Standing.INCOMPLETE, True)


def test_who_starts_goes_on_from_what_was_kept(services: Services, ada: Asker) -> None:
    about = AboutRun(name="r", is_public=True, tags={"kind": "nightly"}, vendor="acme", subject="c", program="object")
    kept = [runs.receive(services, ada, PASSED, replace(about, key=str(one))) for one in range(3)]
    assert (SharedHistory(services).keep(), services.history.keep()) == (True, False)
    first = SharedHistory(services)
    runs.delete(services, ada, kept[0].id)
    assert seen(first.caught_up(ada)) == seen(SharedHistory(services).caught_up(ada))
    assert first.caught_up(ada).runs == 2, "nothing was kept of which there was nothing"
    stored_corpus.forget(services)
    assert first.keep()
    with services.database.write() as transaction:
        claims.put_tags(transaction, kept[1].id, {"kind": "weekly"})
    runs.receive(services, ada, BROKEN, about)
    again = SharedHistory(services)
    assert seen(again.caught_up(ada)) == seen(first.caught_up(ada))
    assert (again.caught_up(ada).runs, len(ids_in(again.caught_up(ada)))) == (4, 3)
    assert again.keep()
    assert not first.keep(), "others keep it by now"
    third = SharedHistory(services)
    assert third.caught_up(ada).runs == 4
    with services.database.write() as transaction:
        for segment in corpus_parts.segments(transaction):
            corpus_parts.forget(transaction, segment)
    broken = third.caught_up(ada)
    with pytest.raises(CorpusGone):
        broken.codes_of(Word.CLOUD)
    assert seen(third.caught_up(ada)) == seen(first.caught_up(ada))


def test_what_was_kept_of_another_database_is_not_used(services: Services, ada: Asker) -> None:
    runs.receive(services, ada, PASSED, AboutRun(name="r", is_public=True))
    services.history.caught_up(ada)
    assert services.history.keep()
    with services.database.write() as transaction:
        head = msgspec.msgpack.decode(corpus_parts.head(transaction) or b"", type=CorpusHead)
        for other in (structs.replace(head, database="another"), structs.replace(head, version=99)):
            corpus_parts.put_head(transaction, msgspec.msgpack.encode(other))
            assert stored_corpus.kept_history(services, transaction, shared_runs.moment(transaction), print) is None
        corpus_parts.put_head(transaction, b"?")
    assert SharedHistory(services).caught_up(ada).runs == 1

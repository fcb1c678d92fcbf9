"""The whole history at once: built, judged by a draft, counted, asked; from memory and from the server's databases.

    python benchmarks/corpus.py [--runs 1000000] [--tests 1500] [--database URL] [--rows 5000]

The history is kept in a new file of SQLite as a server keeps it, and asked by a server that starts; likewise in
`--database`, one of PostgreSQL whose tables are there and empty. `--rows` judges and counts so many runs
as rows of SQLite, a row for each test of each run.

Synthetic: 2,000 clouds, of which each lacks some capabilities; half of their runs waver on three tests in a thousand.
The draft asks for 400 tests, 31 flagged, 92 with an alias under which every tenth run has it. CPU time, the best of
five where it is said to be warm.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from certmark.corpus.answers import blockers, rates_of_capabilities, rates_of_tests, who_passes
from certmark.corpus.asking import runs_for
from certmark.corpus.bits import Codes, of_indices
from certmark.corpus.history import ResultsHistory, RunFacts, Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.single_runs import verdict_on
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.guidelines import (
    Capability,
    Component,
    ComponentReference,
    Flag,
    Guideline,
    Level,
    Placement,
    Program,
    ProgramKind,
    RequiredTest,
)
from certmark.domain.queries.reading import read_query
from certmark.formats.guideline import load
from certmark.server.asking import OPERATOR
from certmark.server.opening import create, services_of
from certmark.server.services import stored_corpus
from certmark.server.services.context import Services
from certmark.server.services.shared_history import SharedHistory
from certmark.server.services.stored_corpus import KeptHistory
from certmark.server.settings import read_settings
from certmark.server.store import corpus_parts, shared_runs

_T = TypeVar("_T")
_CLOUDS = 2000
_AT_ONCE = 1 << 14
_ALIASES = 92
_REQUIRED = 400


def uuid_of(number: int) -> str:
    """Of a test."""
    return f"{number:08x}-1111-4111-8111-111111111111"


def draft() -> Guideline:
    """A draft of the size of real ones."""
    flag = Flag("[D401] broken", "D401", "", "", "flagged")
    tests = [
        RequiredTest(
            f"suite.api.C{number // 8}.test_{number}",
            uuid_of(number),
            None,
            (f"suite.old.C{number // 8}.test_{number}",) if number < _ALIASES else (),
            flag if number >= _REQUIRED - 31 else None,
        )
        for number in range(_REQUIRED)
    ]
    capabilities = {
        f"c{number}": Capability(
            f"c{number}", f"c{number}", "", None, None, (), None, tuple(tests[number * 8 : number * 8 + 8])
        )
        for number in range(_REQUIRED // 8)
    }
    program = Program("Bench", ProgramKind.PLATFORM, "", (ComponentReference("all", None),), (), (), ())
    component = Component("all", tuple(Placement(Level.REQUIRED, key) for key in capabilities), ())
    return load("2026.11")._replace(
        id="bench", programs=(program,), components={"all": component}, capabilities=capabilities, data=b"bench"
    )


def batches(runs: int, tests: int) -> list[tuple[int, Callable[[], Codes]]]:
    """How many runs, and a function that makes their bytes."""
    lacks = np.random.default_rng(1).random((_CLOUDS, tests // 8 + 1)) < 0.002

    def made(first: int, size: int) -> Codes:
        generator = np.random.default_rng(first + 2)
        codes = np.ones((size, tests + _ALIASES), np.uint8)
        codes[:, tests:] = 0
        gone = np.repeat(lacks[np.arange(first, first + size) % _CLOUDS], 8, axis=1)[:, :tests]
        codes[:, :tests][gone] = 3
        for row in np.flatnonzero(generator.random(size) < 0.5):
            codes[row, generator.integers(0, tests, 3)] = 2
        old = np.flatnonzero(generator.random(size) < 0.1)
        codes[old, tests:] = codes[old, :_ALIASES]
        codes[old, :_ALIASES] = 0
        return codes

    return [
        (min(_AT_ONCE, runs - first), lambda first=first: made(first, min(_AT_ONCE, runs - first)))  # type: ignore[misc] # mypy does not see that the default binds it
        for first in range(0, runs, _AT_ONCE)
    ]


def timed(what: str, work: Callable[[], _T], times: int = 1) -> _T:
    """Do it, and say what it took."""
    best = float("inf")
    for _ in range(times):
        began = time.process_time()
        found = work()
        best = min(best, time.process_time() - began)
    print(f"{what:<58} {best * 1000:10,.1f} ms")
    return found


def build(runs: int, tests: int) -> tuple[ResultsHistory, float]:
    """A history, and the seconds that adding took without making up the runs."""
    history, spent, done = ResultsHistory(), 0.0, 0
    for number in range(tests):
        history.tests.add((f"suite.api.C{number // 8}.test_{number}", uuid_of(number)))
    for number in range(_ALIASES):
        history.tests.add((f"suite.old.C{number // 8}.test_{number}", None))
    for size, make in batches(runs, tests):
        codes = make()
        facts = [
            RunFacts(id_of(one), one * 60_000_000, cloud=f"cloud-{one % _CLOUDS}", vendor=f"v{one % 300}")
            for one in range(done, done + size)
        ]
        began = time.process_time()
        history.add(facts, codes)
        spent += time.process_time() - began
        done += size
    return history, spent


def id_of(run: int) -> bytes:
    """As a server makes them: the moment, and something by chance."""
    return (run * 60_000 << 80 | run * 0x9E3779B97F4A7C15 & (1 << 80) - 1).to_bytes(16, "big")


def started_anew(history: ResultsHistory, yardstick: Yardstick, url: str | None) -> None:
    """The history, kept in a database, and asked by servers that start."""
    with tempfile.TemporaryDirectory(prefix="certmark-bench-") as folder:
        settings = read_settings(None, {}, data=folder, **({} if url is None else {"database_url": url}))
        create(settings)
        with services_of(settings) as services:
            _keep(services, history)
            print(f"started anew, from {'SQLite' if url is None else url.partition(':')[0]}")
            timed("  what was kept is found", lambda: _found(services), 3)
            timed("  judged by a draft", lambda: who_passes(Judge(_found(services), yardstick)), 3)
            timed("  the rates of all tests", lambda: rates_of_tests(_found(services)), 3)
            timed("  a query: cloud:cloud-1* not test:…=failed", lambda: runs_for(_QUERY, _found(services)), 3)


def _found(services: Services) -> Snapshot:
    return SharedHistory(services).caught_up(OPERATOR)


def _keep(services: Services, history: ResultsHistory) -> None:
    stored_corpus.forget(services)
    with services.database.write() as transaction:
        keys = [(name, uuid or "") for name, uuid in history.tests.keys]
        numbers = services.dictionary.numbers(transaction, keys)
    services.dictionary.refresh()
    with services.database.read() as transaction:
        moment = shared_runs.moment(transaction)
    columns = {number: column for column, number in enumerate(numbers)}
    kept = KeptHistory(history, columns, moment, has_all_tests=True, generation=b"")
    timed("kept in the database", lambda: stored_corpus.keep(services, kept))
    with services.database.read() as transaction:
        size = sum(
            len(corpus_parts.part(transaction, record.id, name) or b"")
            for record in kept.records
            for name in record.parts
        )
    print(f"{'bytes that are kept of a run':<58} {size / history.runs:10,.1f}")


def as_rows(runs: int, tests: int, guideline: Guideline) -> None:
    """The same questions of as many runs as rows, and as columns."""
    connection = sqlite3.connect(":memory:")
    connection.execute("create table results (run int, test int, status int, primary key (run, test)) without rowid")
    connection.execute("create table asked (test int primary key, alias int)")
    counted = [test for one in guideline.capabilities.values() for test in one.tests if test.flag is None]
    numbers = [int(test.name.rpartition("_")[2]) for test in counted]
    asked = [(number, tests + number if number < _ALIASES else number) for number in numbers]
    connection.executemany("insert into asked values (?, ?)", asked)
    history, first = ResultsHistory(), 0
    for number in range(tests + _ALIASES):
        history.tests.add(
            (f"suite.api.C{number // 8}.test_{number}", uuid_of(number))
            if number < tests
            else (f"suite.old.C{(number - tests) // 8}.test_{number - tests}", None)
        )
    for size, make in batches(runs, tests):
        codes = make()
        history.add([RunFacts(id_of(first + one)) for one in range(size)], codes)
        found = np.argwhere(codes)
        values = codes[found[:, 0], found[:, 1]]
        rows = zip((found[:, 0] + first).tolist(), found[:, 1].tolist(), values.tolist(), strict=True)
        connection.executemany("insert into results values (?, ?, ?)", rows)
        first += size
    judged = timed(
        f"{runs:,} runs as rows of SQLite, judged",
        lambda: connection.execute(
            "select count(*) from (select run from results join asked on status = 1 and"
            " results.test in (asked.test, asked.alias) group by run having count(distinct asked.test) = ?)",
            (len(asked),),
        ).fetchone()[0],
    )
    rates = "select test, sum(status = 1), sum(status = 2) from results group by test"
    timed("  the rates of all tests", lambda: connection.execute(rates).fetchall())
    snapshot, yardstick = history.snapshot(), Yardstick(guideline, guideline.programs[0])
    columns = timed("  as columns, judged", lambda: who_passes(Judge(snapshot, yardstick)), 5)
    timed("  the rates of all tests", lambda: rates_of_tests(snapshot), 5)
    if columns.passed != judged:
        raise SystemExit(f"the columns and SQL do not agree: {columns.passed} and {judged} runs pass")


def main() -> None:
    """Build, ask, say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--tests", type=int, default=1500)
    parser.add_argument("--database")
    parser.add_argument("--rows", type=int, default=0)
    asked = parser.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    history, spent = build(asked.runs, asked.tests)
    snapshot = history.snapshot()
    print(f"{asked.runs:,} runs of {asked.tests:,} tests")
    print(f"{'added from bytes':<58} {asked.runs / spent:10,.0f} runs/s")
    guideline = draft()
    yardstick = Yardstick(guideline, guideline.programs[0])
    judge = timed("the plan of a draft", lambda: Judge(snapshot, yardstick))
    found = timed("judged by a draft, cold", lambda: who_passes(Judge(snapshot, yardstick)))
    timed("judged by a draft, warm", lambda: who_passes(Judge(snapshot, yardstick)), 5)
    print(f"  {found}")
    timed("the rates of all tests", lambda: rates_of_tests(snapshot), 5)
    filtered = timed("a query: cloud:cloud-1* not test:…=failed", lambda: runs_for(_QUERY, snapshot), 5)
    timed("the rates of all tests under that filter", lambda: rates_of_tests(snapshot, filtered), 3)
    timed("the rates of all capabilities", lambda: rates_of_capabilities(judge), 3)
    worst = timed("which test blocks most", lambda: blockers(judge), 3)[0]
    print(f"  {worst}")
    number = min(50, asked.runs)
    first = of_indices(range(number), snapshot.runs)
    each = timed(
        f"{number} runs, judged one by one", lambda: [verdict_on(snapshot, run, yardstick) for run in range(number)]
    )
    if sum(verdict.standing.value == "pass" for verdict in each) != who_passes(judge, first).passed:
        raise SystemExit("the columns and the judge do not agree")
    for url in dict.fromkeys((None, asked.database)):
        started_anew(history, yardstick, url)
    if asked.rows:
        as_rows(asked.rows, asked.tests, guideline)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory at most {peak / 1024:,.0f} MB, before the first run {before / 1024:,.0f} MB")


_QUERY = read_query("cloud:cloud-1* not test:suite.api.C1.test_9=failed")


if __name__ == "__main__":
    main()

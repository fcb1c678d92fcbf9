"""The whole history at once: built, judged by a draft, counted, asked; from memory and from the server's databases.

    python benchmarks/corpus.py [--runs 1000000] [--tests 1500] [--database URL]

Synthetic: 2,000 clouds, of which each lacks some capabilities; half of their runs waver on three tests in a thousand.
The draft asks for 400 tests, 31 flagged, 92 with an alias under which every tenth run has it. CPU time, the best of
five where it is said to be warm.
"""

from __future__ import annotations

import argparse
import resource
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


def build(runs: int, tests: int) -> tuple[Snapshot, float]:
    """A history, and the seconds that adding took without making up the runs."""
    history, spent, done = ResultsHistory(), 0.0, 0
    for number in range(tests):
        history.tests.add((f"suite.api.C{number // 8}.test_{number}", uuid_of(number)))
    for number in range(_ALIASES):
        history.tests.add((f"suite.old.C{number // 8}.test_{number}", None))
    for size, make in batches(runs, tests):
        codes = make()
        facts = [
            RunFacts(one.to_bytes(16, "big"), one * 60_000_000, cloud=f"cloud-{one % _CLOUDS}")
            for one in range(done, done + size)
        ]
        began = time.process_time()
        history.add(facts, codes)
        spent += time.process_time() - began
        done += size
    return history.snapshot(), spent


def main() -> None:
    """Build, ask, say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--tests", type=int, default=1500)
    asked = parser.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    snapshot, spent = build(asked.runs, asked.tests)
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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory at most {peak / 1024:,.0f} MB, before the first run {before / 1024:,.0f} MB")


_QUERY = read_query("cloud:cloud-1* not test:suite.api.C1.test_9=failed")


if __name__ == "__main__":
    main()

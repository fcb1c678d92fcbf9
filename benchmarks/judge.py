"""A whole `certmark judge` process against `stestr load` of the same stream; and the verdict alone.

Goals, CPU time: 25 times faster on 1,500 tests (7 MB), 50 times on 20,000 tests (300 MB); a verdict
with its reasons in at most a millisecond once the guideline and the results are read.
"""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path

from certmark.domain.programs import find_program
from certmark.domain.results import Results
from certmark.domain.verdicts import judge
from certmark.evidence.results import read_evidence
from certmark.formats.guideline import load
from processes import BIN, ROOT, certmark, in_turn, run, stream

GOALS = {"small": 25, "large": 50}


def main() -> None:
    """Measure and print."""
    for size, rounds in (("small", 9), ("large", 3)):
        whole_process(size, rounds)
    verdict_alone()


def whole_process(size: str, rounds: int) -> None:
    """Certmark judge, with and without digests, beside stestr load."""
    path = stream(size)
    judged = certmark("judge", str(path), "--program", "compute")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / ".stestr.conf").write_text("[DEFAULT]\ntest_path=.\n")
        run([str(BIN / "stestr"), "init"], cwd=place)
        costs = in_turn(
            {
                "stestr load": lambda: run([str(BIN / "stestr"), "load"], stdin=path, cwd=place),
                "certmark judge": lambda: run(judged),
                "certmark judge --json": lambda: run([*judged, "--json"]),
            },
            rounds,
        )
    base = costs["stestr load"]
    print(f"{size}: {path.stat().st_size / 1e6:.0f} MB")
    for name, cost in costs.items():
        ratio = base.cpu / cost.cpu
        print(f"  {name:<24} {cost.cpu * 1000:8.0f} ms CPU  {ratio:5.1f} x  peak {cost.peak / 2**20:6.0f} MiB")
    print(f"  goal: {GOALS[size]} x for certmark judge (--json hashes the evidence as well)")


def verdict_alone() -> None:
    """The verdict on our recorded compute run under the shipped guideline, warm."""
    guideline = load("2026.11")
    program = find_program(guideline, "compute")
    results = Results(read_evidence(str(ROOT / "examples" / "compute.subunit.gz"), digest=False))
    day = dt.date(2026, 11, 21)
    once(lambda: judge(guideline, program, results, as_of=day), "a verdict with its reasons (goal 1000 us)")


def once(call: object, label: str, loops: int = 2000) -> None:
    """The median of five rounds of `loops` calls, in microseconds of CPU."""
    assert callable(call)  # noqa: S101 - for the type checker
    taken = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(loops):
            call()
        taken.append((time.process_time() - began) / loops * 1e6)
    print(f"{label}: {statistics.median(taken):.1f} us")


if __name__ == "__main__":
    main()

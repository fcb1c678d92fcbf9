"""How close the schedule comes to what is possible, on recorded and on drawn durations.

    python benchmarks/schedule.py [FOLDER OF RUNS]      (default: ../shared/runs beside the checkout, else the examples)

Bound: max(total / workers, longest class). Recorded: the classes of real runs (`results.subunit` in
each folder, else every stream), with what Certmark ships as expectation (made from the runs that passed), with the
cloud's own history, and with none. Drawn: the
recorded classes' sizes with log-normal test durations and fixtures, expectations off by a factor of
1.8 (another cloud's history). For comparison: a queue in the suite's order, and an even division in advance
(round robin, what stestr does on a first run).
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from certmark.evidence.results import read_evidence
from certmark.runner.plan import Group, bound, makespan
from certmark.runner.timings import load_timings, measured

DRAWS = 200
WORKERS = (2, 4, 8, 16)
NOISE = 0.588
"""Log-normal sigma of a factor of 1.8."""


def main(folder: Path) -> None:
    """Print both tables."""
    runs = {path.parent.name: took_in(path) for path in sorted(folder.glob("*/results.subunit"))}
    runs = runs or {path.name.partition(".")[0]: took_in(path) for path in sorted(folder.glob("*.subunit*"))}
    print("recorded: makespan / bound")
    for name, took in runs.items():
        for label, expected in (("shipped", shipped(took)), ("own", took), ("none", {})):
            row = [ratio(took, expected, workers) for workers in WORKERS]
            print(f"  {name:<32} {label:<8}" + "".join(f" w={w}: {r:.3f}" for w, r in zip(WORKERS, row, strict=True)))
    every = [ratio(took, shipped(took), workers) for took in runs.values() for workers in WORKERS]
    print(f"  median with what is shipped: {statistics.median(every):.4f}\n")
    sizes = [max(1, round(seconds)) for took in runs.values() for seconds in took.values()] * 3
    print(f"drawn: {len(sizes)} classes, {DRAWS} draws; median / 95th percentile of makespan / bound")
    for label, draw in (
        ("longest first, other clouds' times", longest),
        ("suite's order", in_order),
        ("divided in advance", divided),
    ):
        cells = []
        for workers in WORKERS:
            found = sorted(draw(random.Random(seed), sizes, workers) for seed in range(DRAWS))  # noqa: S311 - a simulation
            cells.append(f"w={workers}: {statistics.median(found):.3f}/{found[int(DRAWS * 0.95)]:.3f}")
        print(f"  {label:<36}" + "  ".join(cells))


def took_in(path: Path) -> dict[str, float]:
    """Seconds of every class of a recorded run, fixtures included."""
    (piece,) = read_evidence(str(path), digest=False)
    return {name: times.fixture + sum(times.tests.values()) for name, times in measured(piece.attempts).classes.items()}


def shipped(took: Mapping[str, float]) -> dict[str, float]:
    """What Certmark expects of the same classes on a first run."""
    timings = load_timings("tempest", None)
    return {
        name: timings.expected(name, timings.classes[name].tests if name in timings.classes else ()) for name in took
    }


def ratio(took: Mapping[str, float], expected: Mapping[str, float], workers: int) -> float:
    """The makespan over the bound."""
    groups = [Group(name, (), expected.get(name, 0.0)) for name in took]
    return makespan(groups, workers, lambda group: took[group.name]) / bound(took.values(), workers)


def drawn(chance: random.Random, sizes: list[int]) -> list[float]:
    """A duration for each class: its fixtures and some tests."""
    return [
        chance.lognormvariate(2.0, 0.5) + sum(chance.lognormvariate(0.0, 1.5) for _ in range(min(size, 20)))
        for size in sizes
    ]


def longest(chance: random.Random, sizes: list[int], workers: int) -> float:
    """One queue, longest first by another cloud's times."""
    seconds = drawn(chance, sizes)
    groups = [Group(str(n), (), took * chance.lognormvariate(0.0, NOISE)) for n, took in enumerate(seconds)]
    return makespan(groups, workers, lambda group: seconds[int(group.name)]) / bound(seconds, workers)


def in_order(chance: random.Random, sizes: list[int], workers: int) -> float:
    """One queue, in the order of the suite."""
    seconds = drawn(chance, sizes)
    groups = [Group(f"{n:05}", (), 0.0) for n in range(len(seconds))]
    return makespan(groups, workers, lambda group: seconds[int(group.name)]) / bound(seconds, workers)


def divided(chance: random.Random, sizes: list[int], workers: int) -> float:
    """Round robin in advance."""
    seconds = drawn(chance, sizes)
    return max(sum(seconds[worker::workers]) for worker in range(workers)) / bound(seconds, workers)


Draw = Callable[[random.Random, list[int], int], float]

if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    beside = root.parent / "shared" / "runs"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else beside if beside.is_dir() else root / "examples")

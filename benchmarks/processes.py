"""Whole processes, timed by the operating system's own accounting: CPU seconds and peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CACHE = ROOT / ".cache" / "bench"
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
"""Modules are compiled once, as in any installation."""


class Cost(NamedTuple):
    """What one process took."""

    cpu: float
    """Seconds of CPU, user and system."""
    peak: int
    """Bytes of memory at the most."""


def run(command: Sequence[str], *, stdin: Path | None = None, cwd: Path | None = None) -> Cost:
    """Run `command` to its end, its output thrown away, and say what it took."""
    with open(stdin or os.devnull, "rb") as source:  # noqa: PTH123 - os.devnull is no Path
        process = subprocess.Popen(
            command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd, env=ENVIRONMENT
        )
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def in_turn(runs: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, Cost]:
    """Medians of `rounds` runs of each, taken in turn (A B C A B C …) after one that is not counted."""
    taken: dict[str, list[Cost]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, once in runs.items():
            cost = once()
            if number:
                taken[name].append(cost)
    return {
        name: Cost(statistics.median(cost.cpu for cost in costs), round(statistics.median(cost.peak for cost in costs)))
        for name, costs in taken.items()
    }


def stream(size: str) -> Path:
    """The synthetic stream of this size (`streams.SIZES`), made once."""
    path = CACHE / f"{size}.subunit"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, str(ROOT / "benchmarks" / "streams.py"), size, str(path)], check=True)
    return path


def certmark(*words: str) -> list[str]:
    """The command line of the command that this environment has."""
    return [str(BIN / "certmark"), *words]

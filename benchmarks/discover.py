"""`certmark cloud discover` beside `discover-tempest-config` of python-tempestconf, on one cloud.

    python benchmarks/discover.py CLOUDS_YAML NAME [WORDS for discover-tempest-config ...]

NAME is an entry of CLOUDS_YAML. Prints wall clock and processor time (the best of five, a first run
each not counted), how many HTTP calls both made, and the ratios. python-tempestconf is installed
into Certmark's cache from the lock file of the tests. Theirs uploads images unless it is told two
that are there: give `compute.image_ref ID compute.image_ref_alt ID` as WORDS, and `--non-admin` for an
ordinary user. docs/reference/discovery.md has figures. Measure without
PYTHONDONTWRITEBYTECODE: compiling takes longer than the work.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from certmark.places import cache_home
from support.tempestconf import discovered_by_theirs, environment

TIMES = 5


class Cost(NamedTuple):
    """What one run costs."""

    wall: float
    processor: float
    calls: int


def best(run: Callable[[], int]) -> Cost:
    """The cheapest of several runs, after one that fills caches."""
    run()
    found = []
    for _ in range(TIMES):
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        calls = run()
        wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, calls))
    return Cost(*(min(values) for values in zip(*found, strict=True)))


def ours(clouds: str, name: str) -> int:
    """One run of ours; its calls."""
    done = subprocess.run(
        [sys.executable, "-m", "certmark", "cloud", "discover", "--os-cloud", name, "--json", "--quiet"],
        env=os.environ | {"OS_CLIENT_CONFIG_FILE": clouds},
        capture_output=True,
        check=True,
    )
    return int(json.loads(done.stdout)["calls"]["count"])


def main() -> None:
    """Measure and print."""
    clouds, name, *words = sys.argv[1:]
    python = environment(cache_home() / "tests")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "etc").mkdir()
        (folder / "etc" / "there-already").touch()

        def theirs() -> int:
            found = discovered_by_theirs(python, Path(clouds), name, folder, "--image", "there-already", *words)
            if found.status:
                sys.exit(found.output)
            return found.calls

        there, here = best(theirs), best(lambda: ours(clouds, name))
    print(f"{'':24}{'wall s':>8}{'CPU s':>8}{'calls':>7}")
    print(f"{'discover-tempest-config':24}{there.wall:8.2f}{there.processor:8.2f}{there.calls:7}")
    print(f"{'certmark cloud discover':24}{here.wall:8.2f}{here.processor:8.2f}{here.calls:7}")
    print(
        f"{'ratio':24}{there.wall / here.wall:8.1f}{there.processor / here.processor:8.1f}"
        f"{there.calls / here.calls:7.1f}"
    )


if __name__ == "__main__":
    main()

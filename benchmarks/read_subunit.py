"""How fast subunit v2 is read, as ratios in one process, and how much memory that takes.

`python benchmarks/read_subunit.py FILE...` (streams of `benchmarks/streams.py`). CPU time, medians
of alternating rounds. The peers are python-subunit with the smallest consumer that is correct, and
python-subunit with StreamToDict, as stestr and its tools read. Ours gives all it ever gives:
attempts, identities, times, and the details of what did not pass.
"""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import subunit
from testtools import StreamResult, StreamToDict

from certmark.formats.results.subunit import read_v2
from certmark.formats.sources import source_of
from processes import stream

OURS = (
    "import sys; from certmark.formats.sources import source_of; from certmark.formats.results.subunit import read_v2; "
)


class Smallest(StreamResult):
    """The last status of each test, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, str] = {}

    def status(self, test_id: str | None = None, test_status: str | None = None, *_: Any, **__: Any) -> None:
        """Take one event."""
        if test_id is not None and test_status is not None and test_status != "inprogress":
            self.seen[test_id] = test_status


def ours(path: Path) -> int:
    """How many tests Certmark reads."""
    return len(read_v2(source_of(str(path))).attempts)


def smallest(path: Path) -> int:
    """How many tests the smallest consumer of python-subunit reads."""
    result = Smallest()
    with path.open("rb") as stream:
        subunit.ByteStreamToStreamResult(stream).run(result)
    return len(result.seen)


def to_dict(path: Path) -> int:
    """How many tests python-subunit with StreamToDict reads."""
    tests: list[object] = []
    result = StreamToDict(tests.append)
    result.startTestRun()
    with path.open("rb") as stream:
        subunit.ByteStreamToStreamResult(stream).run(result)
    result.stopTestRun()
    return len(tests)


def medians(path: Path, readers: list[Callable[[Path], int]], rounds: int) -> list[float]:
    """Milliseconds of CPU time of each reader."""
    times: dict[str, list[float]] = {reader.__name__: [] for reader in readers}
    for _ in range(rounds):
        for reader in readers:
            gc.collect()  # what one reader left is not charged to the next
            started = time.process_time()
            reader(path)
            times[reader.__name__].append((time.process_time() - started) * 1e3)
    return [statistics.median(taken) for taken in times.values()]


def peak(code: str, *words: str) -> float:
    """MiB of memory at the peak of a Python process that runs `code`.

    Read from the kernel's account of the program itself: getrusage also charges a child for the
    size that its parent had when it was started.
    """
    report = "; print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])"
    command = [sys.executable, "-I", "-c", code + report, *words]
    figures = [int(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(3)]
    return statistics.median(figures) / 1024


def main() -> None:
    """Print one block per stream."""
    parser = argparse.ArgumentParser(description="Compare readers of subunit v2.")
    parser.add_argument("streams", nargs="*", type=Path, help="default: the two synthetic ones of streams.py")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    floor = peak("pass")
    for path in args.streams or [stream("small"), stream("large")]:
        tests = ours(path)
        if {tests} != {smallest(path), to_dict(path)}:
            sys.exit(f"{path.name}: the readers disagree")
        mine, least, full = medians(path, [ours, smallest, to_dict], args.rounds)
        memory = peak(OURS + "read_v2(source_of(sys.argv[1]))", os.fspath(path))
        print(f"{path.name}: {tests} tests, {path.stat().st_size / 1e6:.0f} MB")
        print(f"  Certmark                    {mine:8.1f} ms")
        print(f"  python-subunit, smallest    {least:8.1f} ms  {least / mine:5.1f}x")
        print(f"  python-subunit StreamToDict {full:8.1f} ms  {full / mine:5.1f}x")
        print(f"  peak memory {memory:.1f} MiB, {memory - floor:.1f} MiB above `python -I -c pass`")


if __name__ == "__main__":
    main()

"""Memory stays flat however large the evidence is."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.processes import unwatched

READ = """
import sys
from certmark.formats.sources import source_of
from certmark.formats.results.subunit import read_v1, read_v2
{reader}(source_of(sys.argv[1]))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
TESTS = [f"tempest.api.Class.test_{number}" for number in range(16)]


def peak(reader: str, path: Path) -> int:
    """KiB at the peak of a process that reads `path`."""
    command = [sys.executable, "-I", "-c", READ.format(reader=reader), str(path)]
    return int(subprocess.run(command, capture_output=True, check=True, text=True, env=unwatched()).stdout)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of a process")
@pytest.mark.parametrize(("packed", "allowed"), [(False, 8_000), (True, 15_000)])
def test_large_attachments_take_no_memory(
    stream: Callable[[], Any], tmp_path: Path, *, packed: bool, allowed: int
) -> None:
    figures = []
    for size in (10, 4_000_000):
        run = stream()
        for test in TESTS:
            run.say(test, "inprogress", 1.0)
        for test in TESTS:
            run.attach(test, "pythonlogging:''", b"x" * size).attach(test, "traceback", b"E: bad").say(
                test, "fail", 2.0
            )
        path = tmp_path / f"{size}.subunit"
        path.write_bytes(gzip.compress(run.content, 1) if packed else run.content)
        figures.append(peak("read_v2", path))

    # Packed, the window has to hold one packet of 4 MB.
    assert figures[1] - figures[0] < allowed


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of a process")
def test_large_attachments_of_version_1_take_no_memory(tmp_path: Path) -> None:
    figures = []
    for size in (10, 4_000_000):
        part = b"Content-Type: text/plain\n%s\n%X\r\n%s0\r\n" % (b"pythonlogging:''", size, b"x" * size)
        path = tmp_path / f"{size}.subunit"
        path.write_bytes(b"".join(b"test: %d\nfailure: %d [ multipart\n%s]\n" % (n, n, part) for n in range(16)))
        figures.append(peak("read_v1", path))

    assert figures[1] - figures[0] < 6_000

"""Processes whose time, memory or imports a test looks at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))
from certmark.formats.errors import FormatError
from certmark.evidence.results import read_evidence
try:
    pieces = read_evidence(sys.argv[1], digest=True)
    print("evidence", [(p.format, len(p.attempts), p.truncated) for p in pieces])
except FormatError as refusal:
    print(refusal)
"""


def unwatched() -> dict[str, str]:
    """The environment without coverage, which would be measured too."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def limited(path: Path) -> str:
    """What reading `path` as evidence says in a process with 700 MiB of address space and a minute of CPU.

    The minute is far more than any input here takes; what takes quadratic time takes hours.
    """
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=False, env=unwatched()
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.removesuffix("\n")

"""Any bytes are evidence or get one sentence: `python fuzz/fuzz_results.py --seconds 30`."""

# ruff: noqa: E402 - a script, which must begin to watch before it imports

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import driver

driver.watch(
    "certmark.formats.evidence",
    "certmark.formats.junit",
    "certmark.formats.subunit.v1",
    "certmark.formats.subunit.v2",
    "certmark.formats.sonobuoy",
    "certmark.formats.refstack_upload",
    "certmark.formats.report.replay",
)

import seeds
from certmark.formats.errors import FormatError
from certmark.formats.named import read_evidence


def target(data: bytes) -> None:
    """Raises if reading `data` ends in anything but evidence or a refusal in one line."""
    _PATH.write_bytes(data)
    try:
        read_evidence(str(_PATH), digest=False)
    except FormatError as refusal:
        if "\n" in str(refusal) or len(str(refusal)) > 1_000:
            raise AssertionError(f"no sentence: {refusal}") from refusal


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        _PATH = Path(folder) / "input"
        sys.exit(driver.main(target, seeds.of_results()))

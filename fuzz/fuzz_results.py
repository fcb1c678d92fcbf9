"""Any bytes are evidence or get one sentence: `python fuzz/fuzz_results.py --seconds 30`."""

# ruff: noqa: E402 - a script, which must begin to watch before it imports

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import driver

driver.watch(
    "certmark.formats.results.evidence",
    "certmark.formats.results.junit",
    "certmark.formats.results.subunit.v1",
    "certmark.formats.results.subunit.v2",
    "certmark.formats.results.sonobuoy",
    "certmark.formats.results.refstack",
    "certmark.formats.results.report.reading",
)

import seeds
from certmark.evidence.results import read_evidence
from certmark.formats.errors import FormatError


def target(data: bytes) -> None:
    """Raises if reading `data` ends in anything but evidence or a refusal in one line."""
    _PATH.write_bytes(data)
    try:
        read_evidence(str(_PATH), digest=False)
    except FormatError as refusal:
        driver.demand_sentence(refusal, 1_000)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        _PATH = Path(folder) / "input"
        sys.exit(driver.main(target, seeds.of_results()))

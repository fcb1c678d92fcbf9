"""Results are converted to every form, or refused in one sentence: `python fuzz/fuzz_conversions.py --seconds 30`."""

# ruff: noqa: E402 - a script, which must begin to watch before it imports

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import driver

driver.watch("certmark.app.results", "certmark.formats.results.junit.suites", "certmark.formats.results.subunit.write")

import seeds
from certmark.app.results import ConvertRequest, ResultsForm, convert_results
from certmark.domain.errors import Refusal


def target(data: bytes) -> None:
    """Raises if converting `data` ends in anything but bytes that are read back, or a refusal in one line."""
    _PATH.write_bytes(data)
    for form in ResultsForm:
        try:
            convert_results(ConvertRequest(results=[str(_PATH)], form=form))
        except Refusal as refusal:
            driver.demand_sentence(refusal, 10_000)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        _PATH = Path(folder) / "input"
        sys.exit(driver.main(target, seeds.of_results()))

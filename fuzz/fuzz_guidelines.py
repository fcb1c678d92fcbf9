"""Any bytes are a guideline or get one sentence: `python fuzz/fuzz_guidelines.py --seconds 30`."""

# ruff: noqa: E402 - a script, which must begin to watch before it imports

from __future__ import annotations

import sys

import driver

driver.watch("certmark.formats.guideline")

import seeds
from certmark.formats.errors import FormatError
from certmark.formats.guideline import read

_NAMES = ("2099.01.json", "list.txt", "conformance.yaml")


def target(data: bytes) -> None:
    """Raises if reading `data` under any kind of name ends in anything but a guideline or a refusal in one line."""
    for name in _NAMES:
        try:
            read(data, name)
        except FormatError as refusal:
            driver.demand_sentence(refusal, 1_000)


if __name__ == "__main__":
    sys.exit(driver.main(target, seeds.of_guidelines()))

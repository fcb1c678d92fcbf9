"""Any bytes of format 3 are read, converted, judged, or get one sentence: `python fuzz/fuzz_format_3.py --seconds 30`.

Documents of the older schemas are lifted, and must come back as they were.
"""

# ruff: noqa: E402 - a script, which must begin to watch before it imports

from __future__ import annotations

import datetime as dt
import json
import sys

import driver

driver.watch("certmark.formats.guideline", "certmark.formats.guideline.conversion", "certmark.domain.verdicts")

import seeds
from certmark.domain.guidelines import Guideline
from certmark.domain.policies import NoRefstackVerdict
from certmark.domain.results import Results
from certmark.domain.verdicts import judge
from certmark.formats.errors import FormatError
from certmark.formats.guideline import document, read, write, yaml_text
from certmark.formats.guideline.conversion import lift, losses, lower, restored
from certmark.formats.guideline.schemas import FORMAT_3, SCHEMAS

_DAY = dt.date(2026, 11, 28)


def target(data: bytes) -> None:
    """Raises where a guideline cannot be used, or does not come back from format 3; a refusal must be one line."""
    for name in ("2099.01.yaml", "2099.01.json"):
        try:
            guideline = read(data, name)
        except FormatError as refusal:
            driver.demand_sentence(refusal, 1_000)
            continue
        if guideline.schema == FORMAT_3:
            _use(guideline)
        elif guideline.schema in SCHEMAS:
            _come_back(guideline)


def _use(guideline: Guideline) -> None:
    write(guideline)
    losses(guideline.document, "2.0")
    lower(guideline.document)
    for program in guideline.programs:
        try:
            judge(guideline, program, Results(()), as_of=_DAY)
        except NoRefstackVerdict as refusal:
            driver.demand_sentence(refusal, 1_000)


def _come_back(guideline: Guideline) -> None:
    lifted = lift(guideline)
    if json.dumps(restored(lifted)) != json.dumps(guideline.document):
        raise AssertionError("a document is lifted and does not come back")
    for written in (document.encoded(lifted), yaml_text.encoded(lifted)):
        try:
            read(written, "lifted")
        except FormatError as refusal:  # an odd value, or one that is nested as deep as may be
            driver.demand_sentence(refusal, 1_000)


if __name__ == "__main__":
    sys.exit(driver.main(target, seeds.of_guidelines()))

"""The judgement in a report, as a value that can be compared with another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from certmark.domain.advice import Action, Advice
from certmark.domain.guidelines import Level
from certmark.domain.replays import SHOWN, STRENGTH, Judged, JudgedCapability, JudgedTest, by_name
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.results.report.parsing import MAX_SIZE


def read_judged(data: bytes) -> Judged:
    """What a report says of its verdict. Raises UnreadableResults, also where it has none."""
    if len(data) > MAX_SIZE:
        raise UnreadableResults(f"the report has {len(data):,} bytes; at most {MAX_SIZE:,} are read")
    try:
        judgement = json.loads(data)["judgement"]
        found = None if judgement is None else _judged(judgement)
    except UnreadableResults:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableResults("the judgement in the report has another shape than ours; send it again") from error
    if found is None:
        raise UnreadableResults("this report was never judged", Advice(Action.JUDGE))
    return found


def _judged(judgement: Mapping[str, Any]) -> Judged:
    entries = judgement["capabilities"]
    return Judged(
        str(judgement["guideline"]["id"]),
        str(judgement["program"]["name"]),
        str(judgement["policy"]["name"]),
        str(judgement["as_of"]),
        str(judgement["standing"]),
        str(judgement["sentence"]),
        tuple(JudgedCapability(str(one["key"]), str(one["level"]), str(one["standing"])) for one in entries),
        by_name(test for entry in entries for test in _tests(entry)),
    )


def _tests(entry: Mapping[str, Any]) -> Iterator[JudgedTest]:
    is_required = str(entry["level"]) == Level.REQUIRED.value
    for test in entry["tests"]:
        counted = str(test["counted"])
        if counted not in STRENGTH:
            raise UnreadableResults(
                f"the report counts a test as {excerpt(counted, 30)}, which is not known; send it again"
            )
        yield JudgedTest(
            str(test["name"]),
            None if test["uuid"] is None else str(test["uuid"]),
            str(test["state"]),
            counted if is_required else SHOWN,
            (str(entry["key"]),),
            str(test["reason"]),
        )

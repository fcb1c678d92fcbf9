"""The judgement in a report, as a value that can be compared with another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from certmark.domain.replays import _REQUIRED, _STRENGTH, SHOWN, Judged, JudgedCapability, JudgedTest
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.results.report.parsing import MAX_SIZE


def read_judged(data: bytes) -> Judged:
    """What a report says of its verdict. Raises UnreadableResults, also where it has none."""
    if len(data) > MAX_SIZE:
        raise UnreadableResults(f"the report has {len(data):,} bytes; at most {MAX_SIZE:,} are read")
    try:
        judgement = json.loads(data)["judgement"]
        if judgement is None:
            raise UnreadableResults("this report was never judged; judge it with certmark judge")
        return _judged(judgement)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, UnreadableResults):
            raise
        raise UnreadableResults("the judgement in the report has another shape than ours; send it again") from error


def _judged(judgement: Mapping[str, Any]) -> Judged:
    entries = judgement["capabilities"]
    tests: dict[str, JudgedTest] = {}
    for entry in entries:
        for test in entry["tests"]:
            found = _test(test, str(entry["key"]), str(entry["level"]))
            known = tests.get(found.name)
            tests[found.name] = found if known is None else _joined(known, found)
    return Judged(
        str(judgement["guideline"]["id"]),
        str(judgement["program"]["name"]),
        str(judgement["policy"]["name"]),
        str(judgement["as_of"]),
        str(judgement["standing"]),
        str(judgement["sentence"]),
        tuple(JudgedCapability(str(one["key"]), str(one["level"]), str(one["standing"])) for one in entries),
        tests,
    )


def _test(test: Mapping[str, Any], capability: str, level: str) -> JudgedTest:
    counted = str(test["counted"])
    if counted not in _STRENGTH:
        raise UnreadableResults(
            f"the report counts a test as {excerpt(counted, 30)}, which is not known; send it again"
        )
    uuid = test["uuid"]
    return JudgedTest(
        str(test["name"]),
        None if uuid is None else str(uuid),
        str(test["state"]),
        counted if level == _REQUIRED else SHOWN,
        (capability,),
        str(test["reason"]),
    )


def _joined(one: JudgedTest, other: JudgedTest) -> JudgedTest:
    """A test of several capabilities counts once, at its strongest."""
    order = (*_STRENGTH, SHOWN)
    strongest = min((one, other), key=lambda test: order.index(test.counted))
    return strongest._replace(capabilities=(*one.capabilities, *other.capabilities))

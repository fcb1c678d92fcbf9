"""Our JSON report as a parsed document, its parts of any shape; its judgement as a value to compare with another.

It is known by its format and version, and bounded.
A report may come from anybody. Whatever is wrong with it is one sentence (UnreadableResults).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from certmark.domain.advice import Action, Advice
from certmark.domain.guidelines import Level
from certmark.domain.replays import SHOWN, STRENGTH, ComparableVerdict, JudgedCapability, JudgedTest, by_name
from certmark.formats.errors import UnreadableResults, excerpt

FORMAT = "certmark-report"
VERSION = 1
MAX_SIZE = 512 * 1024 * 1024
"""Bytes of a report."""
MAX_VALUES = 20_000_000
"""Values in a report, as their commas and opening brackets tell; each costs memory."""


def parse_report(data: bytes) -> Mapping[str, Any]:
    """The report as a parsed document, of this format and version; its parts may have any shape.

    Raises UnreadableResults.
    """
    if len(data) > MAX_SIZE:
        refuse(f"it has {len(data)} bytes; at most {MAX_SIZE} are read")
    if sum(data.count(sign) for sign in (b",", b"[", b"{")) > MAX_VALUES:
        refuse(f"it has more than {MAX_VALUES} values")
    try:
        report = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_once)
    except RecursionError as error:
        raise UnreadableResults("the report cannot be read: it is nested too deeply; send it again") from error
    except UnreadableResults:
        raise
    except UnicodeDecodeError as error:
        raise UnreadableResults(
            f"the report is not JSON (its byte {error.start} is not UTF-8); name another file"
        ) from error
    except ValueError as error:  # bad JSON, or a number of thousands of digits
        raise UnreadableResults(f"the report is not JSON ({_brief(error)}); send it again") from error
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        refuse(f'it is no object with "format": "{FORMAT}"')
    if type(report.get("version")) is not int or report["version"] != VERSION:
        version = excerpt(str(report.get("version")), 20)
        refuse(f"it is of version {version}, this Certmark reads version {VERSION}", "read it with one that knows it")
    return report


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands twice is read otherwise by other readers."""
    found = dict(pairs)
    if len(found) < len(pairs):
        refuse("a key stands twice in one object")
    return found


def refuse(problem: str, advice: str = "send it again") -> NoReturn:
    """Raise UnreadableResults: the report cannot be read, because of `problem`."""
    raise UnreadableResults(f"the report cannot be read: {problem}; {advice}")


def _brief(error: ValueError) -> str:
    return excerpt(str(error).partition(" (char")[0], 100).strip("\"'")


def _refuse_constant(word: str) -> NoReturn:
    refuse(f"{word} is no JSON")


def read_judged(data: bytes) -> ComparableVerdict:
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


def _judged(judgement: Mapping[str, Any]) -> ComparableVerdict:
    entries = judgement["capabilities"]
    return ComparableVerdict(
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

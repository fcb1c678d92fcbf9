"""Our JSON report as a parsed document: known by its format and version, bounded, its parts of any shape.

A report may come from anybody. Whatever is wrong with it is one sentence (UnreadableResults).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

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
        report = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
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
    if report.get("version") != VERSION or isinstance(report["version"], bool):
        version = excerpt(str(report.get("version")), 20)
        refuse(f"it is of version {version}, this Certmark reads version {VERSION}", "read it with one that knows it")
    return report


def refuse(problem: str, advice: str = "send it again") -> NoReturn:
    """Raise UnreadableResults: the report cannot be read, because of `problem`."""
    raise UnreadableResults(f"the report cannot be read: {problem}; {advice}")


def _brief(error: ValueError) -> str:
    return excerpt(str(error).partition(" (char")[0], 100).strip("\"'")


def _refuse_constant(word: str) -> NoReturn:
    refuse(f"{word} is no JSON")

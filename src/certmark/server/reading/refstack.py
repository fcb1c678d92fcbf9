"""What RefStack's API asks of strangers' bytes and of guidelines.

1. An upload has three members: `cpid` (a text), `duration_seconds` (a whole number), `results` (a list of objects, each
   with a `name`). Where RefStack's schema looked at the first entry only, every one is looked at here.
2. What a target means, and how a guideline is told, `formats.guideline.refstack` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from certmark.domain.guidelines import Guideline, Level
from certmark.domain.members import with_members
from certmark.domain.selection import IncludeList, ListForm
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.guideline.refstack import interop_text, program_meant
from certmark.server.reading.messages import (
    InteropRequest,
    KnownGuideline,
    ListedTestsRequest,
    ReadInterop,
    ReadTestList,
    ReadUpload,
    UploadRequest,
)

_MEMBERS = frozenset({"cpid", "duration_seconds", "results"})
_LARGEST = 64 << 20
_LONGEST_CPID = 200
_LONGEST = 1 << 31
"""Seconds, and more than anything takes."""


def answer(
    request: UploadRequest | ListedTestsRequest | InteropRequest, load: Callable[[KnownGuideline], Guideline]
) -> ReadUpload | ReadTestList | ReadInterop:
    """What is asked for; `load` reads a guideline. Raises FormatError or InvalidRequest."""
    if isinstance(request, UploadRequest):
        return upload_in(Path(request.path).read_bytes(), request.name)
    guideline = load(KnownGuideline("", request.name, request.path))
    if isinstance(request, InteropRequest):
        return interop_of(guideline)
    return tests_of(guideline, request, (load(one) for one in request.at_hand))


def upload_in(data: bytes, name: str) -> ReadUpload:
    """Rule 1. Raises UnreadableResults with the words that RefStack had for it."""
    if len(data) > _LARGEST:
        raise UnreadableResults(f"Malformed request: an upload has at most {_LARGEST >> 20} MiB")
    try:
        document = parse_json(data, name, UnreadableResults)
    except UnreadableResults as error:
        raise UnreadableResults(f"Malformed request: {error}") from error
    problem = _problem(document)
    if problem is not None:
        raise UnreadableResults(f"Request doesnt correspond to schema: {problem}")
    return ReadUpload(document["cpid"], document["duration_seconds"], len(document["results"]))


def _problem(document: Any) -> str | None:
    if not isinstance(document, dict):
        return "it is no object"
    missing, unknown = sorted(_MEMBERS - document.keys()), sorted(document.keys() - _MEMBERS)
    if missing or unknown:
        return f"{missing[0]} is missing" if missing else f"there is no member {excerpt(unknown[0], 40)}"
    return _problem_of_head(document) or _problem_of_results(document["results"])


def _problem_of_head(document: dict[str, Any]) -> str | None:
    cpid, duration = document["cpid"], document["duration_seconds"]
    if not isinstance(cpid, str) or len(cpid) > _LONGEST_CPID or not cpid.isprintable():
        return f"cpid must be a text of at most {_LONGEST_CPID} signs in one line"
    is_whole = isinstance(duration, int) and not isinstance(duration, bool)
    return None if is_whole and abs(duration) < _LONGEST else "duration_seconds must be a whole number of seconds"


def _problem_of_results(results: Any) -> str | None:
    if not isinstance(results, list):
        return "results must be a list"
    for place, entry in enumerate(results):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
            return f"results[{place}] must be an object with a name"
        if not isinstance(entry.get("uuid", ""), str):
            return f"results[{place}].uuid must be a text"
    return None


def tests_of(guideline: Guideline, request: ListedTestsRequest, homes: Iterable[Guideline]) -> ReadTestList:
    """Raises InvalidRequest for a target that the guideline does not have."""
    program = program_meant(guideline, request.target)
    if any(one.source for one in program.components):
        if not request.at_hand:
            return ReadTestList("", lacks_homes=True)
        guideline = with_members(guideline, program, list(homes))
    levels = tuple(level for level in Level if level.value in request.levels)
    wanted = IncludeList(guideline, program, levels, request.flagged, request.aliases)
    return ReadTestList("\n".join(wanted.lines(ListForm.REFSTACK)))


def interop_of(guideline: Guideline) -> ReadInterop:
    """As JSON of a schema that RefStack read."""
    return ReadInterop(interop_text(guideline))

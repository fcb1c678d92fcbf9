"""Guidelines as RefStack's API told of them: groups of files, JSON of its schemas, lists of tests for a target.

1. Groups come from the ids: `2020.06` is one of the platform's (`powered`), `dns.2020.06` of the group `dns`; what
   has no date is a group of its own.
2. A program is meant by its target or another of its words, whole, in letters of either case.
3. A guideline of format 3 or a list is told in schema 2.0; what that has no place for stays in the text itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.formats.guideline.conversion import lower
from certmark.formats.guideline.from_list import NewGuideline, guideline_of_list
from certmark.formats.guideline.schemas import FORMAT_3, SCHEMAS

PLATFORM = "platform"
"""What is meant where no target is named, as far as a guideline has it."""
_OF_GROUP = re.compile(r"(?:(?P<group>.+)\.)?(?P<name>\d{4}\.\d\d|next)\Z")
_POWERED = "powered"


def file_of(identity: str) -> tuple[str, str]:
    """The group of a guideline, and the name of its file in that (rule 1)."""
    found = _OF_GROUP.match(identity)
    return (identity, identity) if found is None else (found["group"] or _POWERED, found["name"])


def groups_of(identities: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """What the list of guidelines answers: files by their groups; the first is there even where it is empty."""
    groups: dict[str, list[dict[str, str]]] = {_POWERED: []}
    for identity in dict.fromkeys(identities):
        group, name = file_of(identity)
        groups.setdefault(group, []).append({"name": f"{name}.json", "file": f"{identity}.json"})
    return groups


def program_meant(guideline: Guideline, target: str | None) -> Program:
    """The program of a target (rule 2); None: the only one, or the platform. Raises InvalidRequest."""
    if target is None and len(guideline.programs) == 1:
        return guideline.programs[0]
    word = (target or PLATFORM).strip().casefold()
    for program in guideline.programs:
        if word in _words(program):
            return program
    there = ", ".join(sorted(word_of(program) for program in guideline.programs))
    raise InvalidRequest(f"Invalid target: {word[:60]}; {guideline.id} has {there}")


def word_of(program: Program) -> str:
    """By which word RefStack's clients ask for a program."""
    return program.target or min(program.aliases, key=len, default=program.name)


def _words(program: Program) -> set[str]:
    return {word.casefold() for word in (program.name, *program.aliases, program.target) if word}


def interop_text(guideline: Guideline) -> bytes:
    """A guideline as JSON of a schema that RefStack read (rule 3). Raises InvalidGuideline."""
    if guideline.schema in SCHEMAS and guideline.schema != FORMAT_3:
        return guideline.data
    content = guideline.document
    if guideline.schema != FORMAT_3:
        content = guideline_of_list(guideline, NewGuideline(id=guideline.id))
    return json.dumps(lower(content), indent=2, ensure_ascii=False).encode()

"""Guidelines as RefStack told of them: groups of files, one file, and the lines of tests for a target.

1. Groups come from the ids: `2020.06` is one of the platform's (`powered`), `dns.2020.06` of the group `dns`; what
   has no date is a group of its own.
2. Whatever the format of a guideline is, its file is JSON of a schema that RefStack's clients read.
3. An error is a refusal, and never text that a client would take for names of tests.
"""

from __future__ import annotations

import re
from http import HTTPStatus

import msgspec

from certmark.domain.permissions import Right
from certmark.server.api.routes import Content, Nothing, Route
from certmark.server.api.v1.refusals import Refused
from certmark.server.asking import Asker
from certmark.server.services import catalogue
from certmark.server.services.catalogue import WantedTests
from certmark.server.services.context import Services
from certmark.server.store import guidelines

_OF_GROUP = re.compile(r"(?:(?P<group>.+)\.)?(?P<name>\d{4}\.\d\d|next)\Z")
_POWERED = "powered"
_LEVELS = ("required", "advisory", "deprecated", "removed")
_YES = frozenset({"true", "yes", "1"})


class OfFile(msgspec.Struct, frozen=True, kw_only=True):
    """Which guideline."""

    file: str
    """Its id, with or without `.json`."""


class Wanted(OfFile, frozen=True, kw_only=True):
    """Which tests."""

    target: str | None = None
    """The program, by RefStack's word for it or another one; none: `platform`, or the only one that there is."""
    type: str = ",".join(_LEVELS)
    """Levels with commas between."""
    alias: str = "true"
    """`true`, `yes` or `1`: each test under its other names as well."""
    flag: str = "true"
    """`true`, `yes` or `1`: the flagged ones, too."""


def file_of(identity: str) -> tuple[str, str]:
    """The group of a guideline, and the name of its file in that (rule 1)."""
    found = _OF_GROUP.match(identity)
    return (identity, identity) if found is None else (found["group"] or _POWERED, found["name"])


def _list(services: Services, asker: Asker, asked: Nothing) -> dict[str, list[dict[str, str]]]:  # noqa: ARG001 - every handler takes these
    with services.database.peek() as transaction:
        found = dict.fromkeys(one.id for one in guidelines.every(transaction))
    groups: dict[str, list[dict[str, str]]] = {_POWERED: []}
    for identity in found:
        group, name = file_of(identity)
        groups.setdefault(group, []).append({"name": f"{name}.json", "file": f"{identity}.json"})
    return groups


def _file(services: Services, asker: Asker, asked: OfFile) -> Content:  # noqa: ARG001 - likewise
    return Content(catalogue.interop_of(services, asked.file.removesuffix(".json")), "application/json")


def _tests(services: Services, asker: Asker, asked: Wanted) -> Content:  # noqa: ARG001 - likewise
    levels = tuple(word.strip() for word in asked.type.split(","))
    unknown = [word for word in levels if word not in _LEVELS]
    if unknown:
        raise Refused(HTTPStatus.BAD_REQUEST, f"Invalid type: {unknown[0][:60]}; there are {', '.join(_LEVELS)}")
    wanted = WantedTests(asked.target, levels, asked.alias.lower() in _YES, asked.flag.lower() in _YES)
    lines = catalogue.test_list_of(services, asked.file.removesuffix(".json"), wanted)
    return Content(lines.encode(), "text/plain; charset=utf-8")


ROUTES = (
    Route(
        method="GET",
        path="/guidelines",
        name="list_guidelines",
        summary="The guidelines that this server judges by, in groups: `powered`, and each add-on and vertical.",
        handler=_list,
        may=(Right.SEE_GUIDELINE,),
        answer=None,
        media=("application/json",),
    ),
    Route(
        method="GET",
        path="/guidelines/{file}",
        name="get_guideline",
        summary="A guideline as JSON of a schema that RefStack read.",
        handler=_file,
        may=(Right.SEE_GUIDELINE,),
        parameters=OfFile,
        answer=None,
        media=("application/json",),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/guidelines/{file}/tests",
        name="list_tests",
        summary="The tests of a program of a guideline, one a line, as `--test-list` takes them.",
        handler=_tests,
        may=(Right.SEE_GUIDELINE,),
        parameters=Wanted,
        answer=None,
        media=("text/plain",),
        errors=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
    ),
)

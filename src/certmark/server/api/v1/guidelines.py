"""Guidelines as RefStack told of them: groups of files, one file, and the lines of tests for a target.

1. Which groups there are, and as what a guideline is told, `formats.guideline.refstack` says.
2. An error is a refusal, and never text that a client would take for names of tests.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from certmark.domain.permissions import Right
from certmark.formats.guideline.refstack import groups_of
from certmark.server.api.routes import Content, Nothing, Route
from certmark.server.api.v1.refusals import Refused
from certmark.server.api.v1.words import Line
from certmark.server.asking import Asker
from certmark.server.services import catalogue
from certmark.server.services.catalogue import WantedTests
from certmark.server.services.context import Services
from certmark.server.store import guidelines

_LEVELS = ("required", "advisory", "deprecated", "removed")
_YES = frozenset({"true", "yes", "1"})


class OfFile(msgspec.Struct, frozen=True, kw_only=True):
    """Which guideline."""

    file: Line
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


def _list(services: Services, asker: Asker, asked: Nothing) -> dict[str, list[dict[str, str]]]:  # noqa: ARG001 - every handler takes these
    with services.database.peek() as transaction:
        return groups_of(one.id for one in guidelines.every(transaction))


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
        summary="The tests of a program of a guideline, one a line, as clients take them.",
        handler=_tests,
        may=(Right.SEE_GUIDELINE,),
        parameters=Wanted,
        answer=None,
        media=("text/plain",),
        errors=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
    ),
)

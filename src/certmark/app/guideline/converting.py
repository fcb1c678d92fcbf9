"""Guidelines in another schema, and lists as guidelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, assert_never

from certmark.app.inputs.guidelines import guideline_of
from certmark.app.inputs.test_lists import load_test_list
from certmark.authoring.changes.new_guideline import check_identity
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import ProgramKind
from certmark.domain.phrases import counted
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.guideline import document, load, yaml_text
from certmark.formats.guideline.conversion import Loss, lift, losses, lower, restored
from certmark.formats.guideline.from_list import NewGuideline, guideline_of_list
from certmark.formats.guideline.reading import read
from certmark.formats.guideline.schemas import FORMAT_3


class TargetSchema(Enum):
    """Into what a guideline is converted; the value is the word for it."""

    FORMAT_3 = "3"
    SCHEMA_2 = "2.0"
    ORIGINAL = "original"
    """The schema from which it was lifted."""


@dataclass(frozen=True, kw_only=True)
class ConvertGuidelineRequest:
    """What is converted, and to what."""

    guideline: str
    """A file, `-` or a shipped id."""
    to: TargetSchema
    as_json: bool = False
    """Whether format 3 is written as JSON, else as YAML; the older schemas always are JSON."""


def convert_guideline(request: ConvertGuidelineRequest, listen: Listener = ignore) -> bytes:
    """The guideline in the other schema; what that one has no place for is told.

    Raises InvalidRequest, FormatError or OSError.
    """
    guideline = guideline_of(request.guideline, None, listen)
    if {program.kind for program in guideline.programs} == {ProgramKind.LIST} and guideline.schema not in _DOCUMENTS:
        raise InvalidRequest(
            f"{guideline.id} is a list of tests, and no guideline", Advice(Action.MAKE_GUIDELINE_OF_LIST)
        )
    content = lift(guideline)
    match request.to:
        case TargetSchema.FORMAT_3:
            return _written(content, as_json=request.as_json)
        case TargetSchema.SCHEMA_2:
            _tell(losses(content, "2.0"), listen)
            return _written(lower(content), as_json=True)
        case TargetSchema.ORIGINAL:
            if guideline.lifted_from is None:
                raise InvalidRequest(f"{guideline.id} was not lifted from another schema")
            _tell(losses(content, guideline.lifted_from), listen)
            return _written(restored(content), as_json=True)
        case _:
            assert_never(request.to)


_DOCUMENTS = ("1.0", FORMAT_3)
"""Schemas of guidelines whose program may be all of the document."""


_MEANINGS = {
    "capabilities.*.tests.*.any_of": "there, each test of a group is required by itself",
    "programs.*.kind": "there, names with one id are one test, whatever the results have",
}


def _tell(lost: tuple[Loss, ...], listen: Listener) -> None:
    for loss in lost:
        places = f"{counted(loss.times, 'place')}, the first is {loss.first}"
        meaning = _MEANINGS.get(loss.what)
        listen(Remark(f"it has no place for {loss.what} ({places})" + (f": {meaning}" if meaning else "")))


def _written(content: Mapping[str, Any], *, as_json: bool) -> bytes:
    """The document as text, which was read back: a guideline that cannot be read is never written."""
    written = document.encoded(content) if as_json else yaml_text.encoded(content)
    read(written, "the converted guideline.json" if as_json else "the converted guideline.yaml")
    return written


@dataclass(frozen=True, kw_only=True)
class FromListRequest:
    """A list, and what it does not say itself."""

    tests: str
    """A file, `-`, a shipped id, or an address with https."""
    id: str
    title: str | None = None
    projects: bool = False
    """Whether projects are named after the packages of the tests."""
    as_json: bool = False


def make_guideline(request: FromListRequest, listen: Listener = ignore) -> bytes:
    """A guideline of format 3 that asks for what the list asks for; what is odd in the list is told.

    Raises InvalidRequest, CannotProceed, FormatError or OSError.
    """
    check_identity(request.id)
    listed = load_test_list(request.tests) if "://" in request.tests else load(request.tests)
    for sentence in listed.remarks:
        listen(Remark(f"{listed.id}: {sentence}"))
    new = NewGuideline(request.id, request.title, request.projects)
    return _written(guideline_of_list(listed, new), as_json=request.as_json)

"""A guideline's file, opened to be changed, with the guidelines of its line that lie beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from certmark.authoring.changes.editable import EditableGuideline
from certmark.authoring.edits.engine import edit, parse_text
from certmark.authoring.edits.operations import EditOperation
from certmark.authoring.edits.trees import Syntax
from certmark.authoring.lint.checking import BYTE_ORDER_MARK
from certmark.authoring.lint.model import GuidelineModel
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.document import MAX_BYTES, decoded
from certmark.formats.guideline.shipped import path_of_shipped, shipped

_FILE = re.compile(r"((?:[a-z][a-z0-9_-]*\.)?)(\d{4}\.\d{2})\.(?:json|ya?ml)\Z", re.ASCII)
_MOST_BESIDE = 200


class GuidelineFile(NamedTuple):
    """A file that may be changed."""

    path: Path
    name: str
    """As the person wrote it."""
    text: str
    has_mark: bool
    """Whether a mark of byte order stands before the text."""
    syntax: Syntax
    model: GuidelineModel

    def bytes_of(self, text: str) -> bytes:
        """`text` as this file would have it."""
        return (BYTE_ORDER_MARK if self.has_mark else b"") + text.encode()

    def edited(self, operations: Iterable[EditOperation]) -> str:
        """Its text after `operations`, which find what they mean under misspelt keys, too. Raises InvalidGuideline."""
        here = [replace(one, path=self.model.as_written(one.path)) for one in operations]
        try:
            return edit(self.text, self.syntax, here)
        except InvalidGuideline as error:
            raise InvalidGuideline(f"{self.name}: {error}") from error


def open_guideline(named: str) -> GuidelineFile:
    """The guideline in the file `named`, or the one of this id that ships along. Raises InvalidGuideline or OSError."""
    path = path_of_shipped(named) if named in shipped() else Path(named)
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        return read_guideline(data, path, named)
    except InvalidGuideline as error:
        raise InvalidGuideline(f"{named}: {error}") from error


def read_guideline(data: bytes, path: Path, named: str) -> GuidelineFile:
    """The guideline in `data`. Raises InvalidGuideline."""
    text = decoded(data)
    syntax = Syntax.JSON if text.lstrip()[:1] in {"{", "["} else Syntax.YAML
    document = parse_text(text, syntax)
    if not _is_guideline(document):
        raise InvalidGuideline("it is no guideline that can be changed here: these have components and capabilities")
    model = GuidelineModel(path.name, document, text)
    if syntax is Syntax.YAML and not model.is_3:
        raise InvalidGuideline("a guideline in YAML is of format 3, and this one is not; write it as JSON")
    return GuidelineFile(path, named, text, data.startswith(BYTE_ORDER_MARK), syntax, model)


def _is_guideline(document: Any) -> bool:
    return isinstance(document, Mapping) and all(
        isinstance(document.get(key), dict) for key in ("capabilities", "components")
    )


def editable(file: GuidelineFile, predecessor: str | None = None) -> EditableGuideline:
    """The guideline with the one that it replaces: `predecessor`, else what lies beside it.

    Raises InvalidGuideline or OSError where `predecessor` cannot be read.
    """
    if predecessor is not None:
        return EditableGuideline(file.model, open_guideline(predecessor).model)
    return EditableGuideline(file.model, _predecessor(file))


def _predecessor(file: GuidelineFile) -> GuidelineModel | None:
    """The one that it says it replaces; of a working copy the newest; else the one before it."""
    guideline = EditableGuideline(file.model)
    beside = line_beside(file)
    replaced = guideline.term("replaces")
    if replaced is not None and replaced in beside and not file.model.is_next:
        return beside[replaced]
    if replaced is not None and replaced in shipped() and not file.model.is_next:
        return open_guideline(replaced).model
    month = file.model.month
    older = [model for model in beside.values() if month is None or (model.month or (0, 0)) < month]
    return max(older, key=lambda model: model.month or (0, 0), default=None)


def line_beside(file: GuidelineFile) -> dict[str, GuidelineModel]:
    """The dated guidelines of the line of `file` that lie in its folder, by id, the oldest first."""
    models = {model.id: model for model in _beside(file) if model.month is not None and model.id != file.model.id}
    return dict(sorted(models.items(), key=lambda item: item[1].month or (0, 0)))


def _beside(file: GuidelineFile) -> Iterator[GuidelineModel]:
    line = file.model.line
    for path in sorted(file.path.parent.iterdir())[-_MOST_BESIDE:] if line is not None else ():
        match = _FILE.match(path.name)
        if match is not None and match[1].rstrip(".") == line and path.resolve() != file.path.resolve():
            try:
                yield open_guideline(str(path)).model
            except (InvalidGuideline, OSError):  # nobody asked for it
                continue

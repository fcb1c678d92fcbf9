"""Scorings in whatever they come: a worksheet, a table, a document of marks, a guideline; told by the content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.score_comparisons import Scoring
from certmark.domain.scoring import CriteriaSet, are_of_add_on
from certmark.formats.errors import InvalidScores
from certmark.formats.guideline import load
from certmark.formats.guideline.reading import is_format_3
from certmark.formats.scores.achievements import criteria_of, misspelt_lists, scoring_of, unknown_achievements
from certmark.formats.scores.document import (
    ADD_ON,
    DEFAULT,
    FORMAT,
    read_document,
    shipped_criteria,
    shipped_marks,
)
from certmark.formats.scores.sheet import Sheet, read_sheet
from certmark.formats.scores.table import HEADER, read_table

_LARGEST = 32 << 20
_HEAD = 4096
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ScoreSource(NamedTuple):
    """A scoring, and what it was read from."""

    scoring: Scoring
    criteria: CriteriaSet | None
    """Its own; None where it has none."""
    guideline: Guideline | None = None
    sheet: Sheet | None = None
    remarks: tuple[str, ...] = ()
    """What is odd in it: a sentence each."""


def load_scores(path: str) -> ScoreSource:
    """What the file `path` holds, or the shipped guideline of that id. Raises FormatError or OSError."""
    file = Path(path)
    if not file.exists():
        return _of_shipped(load(path))
    with file.open("rb") as content:
        data = content.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise InvalidScores(f"{file.name} has more than {_LARGEST >> 20} MiB; no scores are that large")
    head = data[:_HEAD].lstrip()
    if head.startswith(b"{") and FORMAT.encode() in head:
        document = read_document(data, file.name)
        return ScoreSource(Scoring(document.name, document.rows), document.criteria)
    if head.startswith((b"{", b"\x1f\x8b")) or is_format_3(head.decode("utf-8", "replace")):
        return _of_guideline(load(path))
    if head.removeprefix(_BYTE_ORDER_MARK).startswith(HEADER[0].encode() + b","):
        return ScoreSource(Scoring(file.name, read_table(data, file.name)), None)
    sheet = read_sheet(data, file.name)
    return ScoreSource(Scoring(file.name, sheet.rows), None, sheet=sheet)


def criteria_for(wanted: str | None, sources: Sequence[ScoreSource]) -> CriteriaSet:
    """The criteria that a person wants, else those of the first source that has some, else what fits its marks.

    `wanted` is the id of a shipped set, or a guideline. Raises InvalidRequest, FormatError or OSError.
    """
    known = shipped_criteria()
    if wanted is not None:
        return known[wanted] if wanted in known else _criteria_in(wanted, known)
    for source in sources:
        if source.criteria is not None:
            return source.criteria
    return known[ADD_ON if sources and are_of_add_on(sources[0].scoring.rows) else DEFAULT]


def _criteria_in(path: str, known: Iterable[str]) -> CriteriaSet:
    own = criteria_of(load(path)) if Path(path).exists() else None
    if own is None:
        raise InvalidRequest(f"{path} is no set of criteria and no guideline with some; there are {', '.join(known)}")
    return own


def _of_shipped(guideline: Guideline) -> ScoreSource:
    """With the marks and their evidence that lie beside it: a verdict needs none of them, so they are no part of it."""
    source, beside = _of_guideline(guideline), shipped_marks(guideline.id)
    if beside is None:
        return source
    return source._replace(scoring=source.scoring._replace(rows=beside.rows))


def _of_guideline(guideline: Guideline) -> ScoreSource:
    own = criteria_of(guideline)
    criteria = own or shipped_criteria()[DEFAULT]
    misspelt = (
        f"{guideline.id}: {key} has its achievements under {spelling!r}; they are read from there"
        for key, spelling in misspelt_lists(guideline)
    )
    unknown = (
        f"{guideline.id}: {key} lists {', '.join(map(repr, words))}, which is no criterion"
        for key, words in unknown_achievements(guideline, criteria).items()
    )
    return ScoreSource(scoring_of(guideline, criteria), own, guideline, remarks=(*misspelt, *unknown))

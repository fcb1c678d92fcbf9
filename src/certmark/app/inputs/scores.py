"""The scorings that a person names, and the criteria under which they are looked at."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from certmark.cli.console import Console
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.score_comparisons import Scoring
from certmark.domain.scoring import CriteriaSet, ScorerMark, ScoreRow, WhatIf
from certmark.formats.errors import InvalidScores
from certmark.formats.guideline import load
from certmark.formats.scores.achievements import criteria_of, misspelt_lists, scoring_of, unknown_achievements
from certmark.formats.scores.criteria import ADD_ON, DEFAULT, shipped_criteria
from certmark.formats.scores.document import FORMAT, read_document
from certmark.formats.scores.sheet import Sheet, read_sheet
from certmark.formats.scores.table import HEADER, read_table

_LARGEST = 32 << 20
_MARKS = {mark.value: mark for mark in ScorerMark}


class Source(NamedTuple):
    """One thing that a person named, read."""

    scoring: Scoring
    criteria: CriteriaSet | None
    """Its own; None where it has none."""
    guideline: Guideline | None = None
    sheet: Sheet | None = None


def read_source(path: str, console: Console) -> Source:
    """What `path` names, told by its content. Raises FormatError or OSError."""
    name = os.path.basename(path)
    if not os.path.exists(path):
        return _guideline(load(path), console)
    with open(path, "rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise InvalidScores(f"{name} has more than {_LARGEST >> 20} MiB; no scores are that large")
    head = data[:4096].lstrip()
    if head.startswith(b"{") and FORMAT.encode() in head:
        document = read_document(data, name)
        return Source(Scoring(document.name, document.rows), document.criteria)
    if head.startswith((b"{", b"\x1f\x8b")):
        return _guideline(load(path), console)
    if head.removeprefix(b"\xef\xbb\xbf").startswith(HEADER[0].encode() + b","):
        return Source(Scoring(name, read_table(data, name)), None)
    sheet = read_sheet(data, name)
    return Source(Scoring(name, sheet.rows), None, sheet=sheet)


def _guideline(guideline: Guideline, console: Console) -> Source:
    own = criteria_of(guideline)
    criteria = own or shipped_criteria()[DEFAULT]
    for key, spelling in misspelt_lists(guideline):
        console.remark(f"{guideline.id}: {key} has its achievements under {spelling!r}; they are read from there")
    for key, words in unknown_achievements(guideline, criteria).items():
        console.remark(f"{guideline.id}: {key} lists {', '.join(map(repr, words))}, which is no criterion")
    return Source(scoring_of(guideline, criteria), own, guideline)


def criteria_for(wanted: str | None, sources: Sequence[Source]) -> CriteriaSet:
    """The criteria that a person wants, else those of the first source that has some, else what fits its marks."""
    known = shipped_criteria()
    if wanted is not None:
        if wanted in known:
            return known[wanted]
        own = criteria_of(load(wanted)) if os.path.exists(wanted) else None
        if own is None:
            raise InvalidRequest(
                f"{wanted} is no set of criteria and no guideline with some; there are {', '.join(known)}"
            )
        return own
    for source in sources:
        if source.criteria is not None:
            return source.criteria
    return known[ADD_ON if sources and _leaves_out(sources[0].scoring.rows) else DEFAULT]


def _leaves_out(rows: Sequence[ScoreRow]) -> bool:
    """Whether these are the marks of an add-on: they do not consider foundation."""
    return bool(rows) and all(row.mark("foundation") is ScorerMark.NOT_CONSIDERED for row in rows)


def what_if_of(words: Sequence[str], criteria: CriteriaSet, rows: Sequence[ScoreRow]) -> WhatIf:
    """The assumptions that a person makes. Raises InvalidRequest."""
    weights: dict[str, int] = {}
    marks: dict[tuple[str, str], ScorerMark] = {}
    cutoff: int | None = None
    names = {row.capability for row in rows}
    for word in words:
        subject, sign, value = word.partition("=")
        capability, _, criterion = subject.rpartition(".")
        if sign and subject == "cutoff" and value.isdecimal():
            cutoff = int(value)
        elif sign and subject in criteria.weights and value.isdecimal():
            weights[subject] = int(value)
        elif sign and capability in names and criterion in criteria.weights and value in _MARKS:
            marks[capability, criterion] = _MARKS[value]
        else:
            raise InvalidRequest(
                f"--what-if {word!r} is not understood: give CRITERION=WEIGHT, cutoff=N or CAPABILITY.CRITERION=MARK, "
                f"with a capability of the scores and a criterion of {', '.join(criteria.weights)}"
            )
    return WhatIf(weights, cutoff, marks)

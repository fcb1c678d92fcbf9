"""A report on scores as one HTML file: a heat map that needs neither colour nor scripts."""

from __future__ import annotations

from typing import NamedTuple

from certmark.authoring.scores import ScoreReport
from certmark.domain.scoring import GROUPS, Score, ScorerMark, ScoreRow
from certmark.reporting.pages import render_page
from certmark.reporting.scores.blocks import TONES, share_text, summary, total_text

_WIDTH = 200
"""Of a bar, in its own units."""


class _Square(NamedTuple):
    """One mark on the map."""

    key: str
    sign: str
    word: str
    tone: str
    title: str


class _Line(NamedTuple):
    """One capability on the map."""

    row: ScoreRow
    score: Score
    total: str
    tone: str
    squares: tuple[_Square, ...]
    bar: int
    """Length of the bar."""


class _Page(NamedTuple):
    report: ScoreReport
    summary: str
    decisions: tuple[tuple[str, str, int], ...]
    """What capabilities come to: class, word, how many."""
    tone: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    lines: tuple[_Line, ...]
    cutoff: int | None
    """Where the cut-off stands on a bar."""
    width: int = _WIDTH


_LOOKS = {
    ScorerMark.MET: ("●", "met", "good"),
    ScorerMark.NOT_MET: ("○", "not met", "bad"),
    ScorerMark.OPEN: ("?", "open", "gap"),
    ScorerMark.NOT_CONSIDERED: ("-", "not considered", "quiet"),
}


def score_page(title: str, report: ScoreReport) -> bytes:
    """The report as a whole HTML document, in UTF-8."""
    helpers = {"total_text": total_text, "share_text": share_text, "tone_of": _tone}
    return render_page("score.html.j2", title, page=_page(report), **helpers)


def _tone(result: Score) -> str:
    return TONES[result.decision].value


def _page(report: ScoreReport) -> _Page:
    weights = report.criteria.weights
    groups = [(name, tuple(key for key in keys if key in weights)) for name, keys in GROUPS]
    known = {key for _, keys in groups for key in keys}
    groups.append(("other", tuple(key for key in weights if key not in known)))
    shown = tuple((name, keys) for name, keys in groups if keys)
    order = [key for _, keys in shown for key in keys]
    most = max(report.criteria.total, 1)
    lines = tuple(_line(row, result, order, most) for row, result in report.scores)
    cutoff = None if report.criteria.cutoff is None else round(report.criteria.cutoff * _WIDTH / most)
    decisions = tuple(
        (decision.name.lower().replace("_", "-"), decision.value, count)
        for decision, count in report.tally.decisions.items()
        if count
    )
    tone = "gap" if report.contradictions else "quiet"
    return _Page(report, summary(report), decisions, tone, shown, lines, cutoff)


def _line(row: ScoreRow, result: Score, order: list[str], most: int) -> _Line:
    squares = tuple(_square(row, key) for key in order)
    return _Line(row, result, total_text(result), _tone(result), squares, round(result.low * _WIDTH / most))


def _square(row: ScoreRow, key: str) -> _Square:
    sign, word, tone = _LOOKS[row.mark(key)]
    given = row.marks.get(key)
    why = "; ".join(part for part in (given.evidence, given.scorer, given.date) if part) if given is not None else ""
    return _Square(key, sign, word, tone, f"{key}: {word}" + (f" ({why})" if why else ""))

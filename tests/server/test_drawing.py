"""Plots are well-formed, say in words what they show, and have the same numbers in a table; whatever they are given."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from certmark.reporting.marks import MARKS
from certmark.server.web.drawing import (
    Lane,
    Layer,
    Point,
    Rule,
    Scatter,
    Span,
    Sparkline,
    StackedAreas,
    SteppedLine,
    Strip,
    Timeline,
)
from certmark.server.web.drawing_parts import month_starts, round_values

DAY = 24 * 3600 * 10**6
HOSTILE = "</title><script>alert(1)</script>\"'\u202e\x00"
POINTS = (Point(0, 3, "first"), Point(40 * DAY, 5, HOSTILE), Point(80 * DAY, 4))
SPANS = (Span(0, 30 * DAY, "passed"), Span(30 * DAY, 90 * DAY, "failed", HOSTILE))
SHAPES: list[Any] = [
    Strip(HOSTILE, 0, 90 * DAY, SPANS),
    SteppedLine("Tests", "tests passed", 0, 90 * DAY, 5, POINTS, (Rule(50 * DAY, HOSTILE),), SPANS[1:]),
    StackedAreas("Runs", "runs", (0, DAY, 2 * DAY), (Layer("pass", (1, 2)), Layer(HOSTILE, (0, 4)))),
    Scatter("How long", "s", POINTS),
    Sparkline("Passed", "%", (1.0, None, 3.0)),
    Timeline("Workers", (Lane(HOSTILE, SPANS), Lane("worker-2", SPANS[:1]))),
]
EMPTY: list[Any] = [
    Strip("", 0, 0, ()),
    SteppedLine("", "", 0, 0, 0, ()),
    StackedAreas("", "", (), ()),
    Scatter("", "", ()),
    Sparkline("", "", ()),
    Timeline("", ()),
]


@pytest.mark.parametrize("shape", SHAPES + EMPTY, ids=lambda shape: type(shape).__name__)
def test_a_plot_is_one_picture_with_a_title_and_nothing_that_runs_or_is_styled(shape: Any) -> None:
    drawn = ET.fromstring(shape.svg())  # noqa: S314 - we wrote it a moment ago
    assert (drawn.get("role"), drawn[0].tag, drawn[1].tag) == ("img", "title", "desc")
    names = {element.tag for element in drawn.iter()}
    assert names <= {"svg", "title", "desc", "rect", "text", "line", "polyline", "circle"}
    attributes = {name for element in drawn.iter() for name in element.keys()}  # noqa: SIM118 - an element's attributes
    assert not {name for name in attributes if name.startswith("on") or name in {"style", "href"}}
    assert "\u202e" not in shape.svg()


def test_the_table_beside_a_plot_has_its_numbers() -> None:
    strip, line, areas, scatter, spark, timeline = (shape.table().rows for shape in SHAPES)
    assert strip[0] == ("1970-01-01", "1970-01-31", "passed", "")
    assert [row[1:3] for row in line] == [("4", "5"), ("5", "5"), ("3", "5")]
    assert areas == [("1970-01-02", "2", "4"), ("1970-01-01", "1", "0")]
    assert [row[:3] for row in scatter] == [
        ("1970-03-22", "4", "4"),
        ("1970-02-10", "5", "4"),
        ("1970-01-01", "3", "3"),
    ]
    assert spark == [("1", "1"), ("2", ""), ("3", "3")]
    assert (len(timeline), timeline[0][3]) == (3, "5,184,000.0")


def test_every_state_has_a_letter_of_its_own_tone_so_that_none_is_told_by_colour_alone() -> None:
    looks = {word: (mark.tone, mark.letter) for word, mark in MARKS.items()}
    told_apart = ("failed", "error in set-up", "skipped", "not run", "not reported", "waived", "unsupported", "stale")
    assert len({looks[word] for word in told_apart}) == len(told_apart)
    svg = Strip(
        "", 0, 90 * DAY, tuple(Span(n * 10 * DAY, (n + 1) * 10 * DAY, w) for n, w in enumerate(told_apart))
    ).svg()
    assert all(f">{MARKS[word].letter}</text>" in svg for word in told_apart)


@pytest.mark.parametrize(
    ("greatest", "values"),
    [
        (0, [0]),
        (1, [0, 1]),
        (5, [0, 1, 2, 3, 4, 5]),
        (9, [0, 2, 4, 6, 8]),
        (120, [0, 50, 100]),
        (1.5, [0, 0.5, 1, 1.5]),
    ],
)
def test_an_axis_has_round_values(greatest: float, values: list[float]) -> None:
    assert round_values(greatest) == values


def test_months_begin_on_their_first_day() -> None:
    assert [moment // DAY for moment in month_starts(0, 90 * DAY)] == [0, 31, 59, 90]

"""Plots, drawn on the server as SVG that stands in the page: shapes with numbers in, markup out.

A shape is a frozen `msgspec.Struct`, so that a page's data has it and the page's JSON has its numbers. In a template:

    {% from "drawing.html.j2" import figure, patterns %}
    {{ patterns() }}             once on a page that draws: what lies over the colours
    {{ figure(page.outcomes) }}  the plot, with its numbers as a table beneath that can be opened
    {{ row.strip.svg() }}        the plot alone, where a table of the page has its numbers already

`Strip` (what was when), `SteppedLine` (of so many, over time), `StackedAreas` (how many of each kind, over time),
`Scatter` (single values, with their median), `Sparkline`, `Timeline` (what went on beside one another).

1. Moments are microseconds since 1970. Words such as "passed" or "incomplete" are those of `reporting.marks`: they
   decide colour, pattern and letter.
2. Attributes and classes only: the policy of the pages forbids styles. No links in a plot: the table has them.
3. Words may come from anybody: they are escaped and made printable here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import msgspec
from markupsafe import Markup

from certmark.reporting.marks import mark_of
from certmark.server.web.drawing_parts import (
    Scale,
    day,
    element,
    filled,
    key_of,
    label,
    picture,
    time_axis,
    value_axis,
    words,
)

__all__ = [
    "Lane",
    "Layer",
    "Point",
    "Rule",
    "Scatter",
    "Span",
    "Sparkline",
    "StackedAreas",
    "SteppedLine",
    "Strip",
    "Timeline",
]
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 720, 220, 48, 12, 170
_WINDOW = 9
"""Values of which a median is taken."""


class NumbersTable(NamedTuple):
    """What a plot shows, for whoever reads rather than looks."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


class Span(msgspec.Struct, frozen=True):
    """Something that was so from one moment to another."""

    begin: int
    end: int
    word: str
    note: str = ""


class Strip(msgspec.Struct, frozen=True):
    """What was when: one row of boxes, gaps where nothing is known."""

    title: str
    begin: int
    end: int
    spans: tuple[Span, ...]

    def svg(self) -> Markup:
        """240 by 20: for a row of a table."""
        scale = Scale(self.begin, self.end, 0.5, 239.5)
        boxes = [
            filled(one.word, _said(one), scale.of(one.begin), 1, scale.of(one.end) - scale.of(one.begin), 18)
            for one in self.spans
        ]
        ground = element("rect", x=0.5, y=0.5, width=239, height=19, class_="ground")
        return picture("strip", self.title, self._description(), (240, 20), [ground, *boxes])

    def _description(self) -> str:
        if not self.spans:
            return "Nothing is known."
        changes = sum(first.word != second.word for first, second in pairwise(self.spans))
        return f"At last {self.spans[-1].word}; {changes} changes since {day(self.begin)}."

    def table(self) -> NumbersTable:
        """A row for each span."""
        return NumbersTable(
            ("From", "To", "State", ""), [(day(one.begin), day(one.end), one.word, one.note) for one in self.spans]
        )


def _said(span: Span) -> str:
    return f"{span.word}, {day(span.begin)} to {day(span.end)}" + (f": {span.note}" if span.note else "")


class Point(msgspec.Struct, frozen=True):
    """A value at a moment."""

    moment: int
    value: float
    note: str = ""


class Rule(msgspec.Struct, frozen=True):
    """A moment at which something else began, such as another guideline."""

    moment: int
    words: str


class SteppedLine(msgspec.Struct, frozen=True):
    """How many of so many, over time: a value holds until the next one."""

    title: str
    noun: str
    """Of what: `tests passed`."""
    begin: int
    end: int
    top: int
    """Of how many: the axis ends there, whatever the values are."""
    points: tuple[Point, ...]
    rules: tuple[Rule, ...] = ()
    shaded: tuple[Span, ...] = ()

    def svg(self) -> Markup:
        """720 by 220."""
        x, y = _axes(self.begin, self.end, self.top)
        return picture("line", self.title, self._description(), (_WIDTH, _HEIGHT), self._content(x, y))

    def _content(self, x: Scale, y: Scale) -> Iterator[Markup]:
        for one in self.shaded:
            yield filled(one.word, _said(one), x.of(one.begin), _TOP, x.of(one.end) - x.of(one.begin), _BOTTOM - _TOP)
        yield from value_axis(y, _LEFT, _WIDTH - 8)
        yield from time_axis(x, _BOTTOM)
        for rule in self.rules:
            place = x.of(rule.moment)
            yield element("line", x1=place, x2=place, y1=_TOP, y2=_BOTTOM, class_="rule")
            yield label(place + 3, _TOP + 10, rule.words)
        yield element("polyline", points=" ".join(self._path(x, y)), class_="stroke-good", fill="none")
        for point in self.points:
            told = element("title", words(f"{day(point.moment)}: {point.value:,g} of {self.top:,} {point.note}"))
            yield element("circle", told, cx=x.of(point.moment), cy=y.of(point.value), r=3, class_="dot")

    def _path(self, x: Scale, y: Scale) -> Iterator[str]:
        for first, second in pairwise((*self.points, *self.points[-1:])):
            yield f"{x.of(first.moment):.1f},{y.of(first.value):.1f}"
            yield f"{x.of(second.moment):.1f},{y.of(first.value):.1f}"
        if self.points:
            yield f"{x.of(self.end):.1f},{y.of(self.points[-1].value):.1f}"

    def _description(self) -> str:
        if not self.points:
            return "Nothing is known."
        last = self.points[-1]
        return f"At last, {day(last.moment)}: {last.value:,g} of {self.top:,} {self.noun}."

    def table(self) -> NumbersTable:
        """A row for each point, the newest first."""
        rows = [(day(one.moment), f"{one.value:,g}", f"{self.top:,}", one.note) for one in reversed(self.points)]
        return NumbersTable(("Day", self.noun.capitalize(), "Of", ""), rows)


def _axes(begin: int, end: int, top: float) -> tuple[Scale, Scale]:
    return Scale(begin, end, _LEFT, _WIDTH - 16), Scale(0, max(top, 1e-9), _BOTTOM, _TOP)


class Layer(msgspec.Struct, frozen=True):
    """How many of one kind, at each of the moments."""

    word: str
    values: tuple[int, ...]


class StackedAreas(msgspec.Struct, frozen=True):
    """How many of each kind from each moment to the next one; kinds stand upon one another."""

    title: str
    noun: str
    moments: tuple[int, ...]
    """One more than values: the last one is the end."""
    layers: tuple[Layer, ...]

    def svg(self) -> Markup:
        """720 by 220."""
        totals = [sum(values) for values in zip(*(one.values for one in self.layers), strict=True)]
        begin, end = (self.moments[0], self.moments[-1]) if self.moments else (0, 1)
        x, y = _axes(begin, end, max(totals, default=0))
        told = f"{sum(totals):,} {self.noun} from {day(begin)} to {day(end)}."
        return picture("areas", self.title, told, (_WIDTH, _HEIGHT), self._content(x, y))

    def _content(self, x: Scale, y: Scale) -> Iterator[Markup]:
        yield from value_axis(y, _LEFT, _WIDTH - 8)
        yield from time_axis(x, _BOTTOM)
        below = [0] * max(0, len(self.moments) - 1)
        for layer in self.layers:
            for place, value in enumerate(layer.values):
                if value:
                    begin, end = x.of(self.moments[place]), x.of(self.moments[place + 1])
                    top, bottom = y.of(below[place] + value), y.of(below[place])
                    told = f"{day(self.moments[place])}: {value:,} {layer.word}"
                    yield filled(layer.word, told, begin + 0.5, top, max(0.5, end - begin - 1), bottom - top)
                    below[place] += value
        yield from key_of([one.word for one in self.layers], _HEIGHT - 20)

    def table(self) -> NumbersTable:
        """A row for each moment, the newest first."""
        columns = zip(*(one.values for one in self.layers), strict=True)
        rows = [
            (day(moment), *(f"{value:,}" for value in values))
            for moment, values in zip(self.moments, columns, strict=False)
        ]
        return NumbersTable(("From", *(one.word for one in self.layers)), rows[::-1])


class Scatter(msgspec.Struct, frozen=True):
    """Single values over time, and the median of the last nine at each of them."""

    title: str
    unit: str
    points: tuple[Point, ...]
    """In the order of their moments."""

    def medians(self) -> list[float]:
        """At each point."""
        values = [one.value for one in self.points]
        return [median(values[max(0, place - _WINDOW + 1) : place + 1]) for place in range(len(values))]

    def svg(self) -> Markup:
        """720 by 220."""
        moments = [one.moment for one in self.points] or [0, 1]
        x, y = _axes(moments[0], moments[-1], max((one.value for one in self.points), default=1.0))
        medians = self.medians()
        told = f"{len(self.points)} values; median at last {medians[-1]:,g} {self.unit}." if medians else "No values."
        return picture("scatter", self.title, told, (_WIDTH, _HEIGHT), self._content(x, y, medians))

    def _content(self, x: Scale, y: Scale, medians: Sequence[float]) -> Iterator[Markup]:
        yield from value_axis(y, _LEFT, _WIDTH - 8, f" {self.unit}" if len(self.unit) < 3 else "")
        yield from time_axis(x, _BOTTOM)
        for point in self.points:
            told = element("title", words(f"{day(point.moment)}: {point.value:,g} {self.unit} {point.note}"))
            yield element("circle", told, cx=x.of(point.moment), cy=y.of(point.value), r=3, class_="dot")
        line = (f"{x.of(one.moment):.1f},{y.of(value):.1f}" for one, value in zip(self.points, medians, strict=True))
        yield element("polyline", points=" ".join(line), class_="stroke-good", fill="none")

    def table(self) -> NumbersTable:
        """A row for each value, the newest first."""
        rows = [
            (day(one.moment), f"{one.value:,g}", f"{middle:,g}", one.note)
            for one, middle in zip(self.points, self.medians(), strict=True)
        ]
        return NumbersTable(("Day", self.unit, f"Median of {_WINDOW}", ""), rows[::-1])


class Sparkline(msgspec.Struct, frozen=True):
    """How something went, in the height of a line of text; None: a gap."""

    title: str
    noun: str
    values: tuple[float | None, ...]

    def svg(self) -> Markup:
        """120 by 20."""
        known = [one for one in self.values if one is not None]
        x, y = Scale(0, max(1, len(self.values) - 1), 2, 118), Scale(0, max(known, default=1) or 1, 18, 2)
        told = f"From {known[0]:,g} to {known[-1]:,g} {self.noun}." if known else "Nothing is known."
        lines = [
            element("polyline", points=" ".join(stretch), class_="stroke-good", fill="none")
            for stretch in self._stretches(x, y)
        ]
        return picture("spark", self.title, told, (120, 20), lines)

    def _stretches(self, x: Scale, y: Scale) -> Iterator[list[str]]:
        stretch: list[str] = []
        for place, value in enumerate((*self.values, None)):
            if value is not None:
                stretch.append(f"{x.of(place):.1f},{y.of(value):.1f}")
            elif stretch:
                yield stretch if len(stretch) > 1 else [*stretch, *stretch]
                stretch = []

    def table(self) -> NumbersTable:
        """A row for each value."""
        rows = [(str(place), "" if value is None else f"{value:,g}") for place, value in enumerate(self.values, 1)]
        return NumbersTable(("", self.noun), rows)


class Lane(msgspec.Struct, frozen=True):
    """Whatever went on one after the other: a worker of a run."""

    name: str
    spans: tuple[Span, ...]


class Timeline(msgspec.Struct, frozen=True):
    """What went on beside one another, from the beginning of a run to its end."""

    title: str
    lanes: tuple[Lane, ...]

    def svg(self) -> Markup:
        """720 wide, 22 for each lane."""
        spans = [one for lane in self.lanes for one in lane.spans]
        begin, end = min((one.begin for one in spans), default=0), max((one.end for one in spans), default=1)
        scale = Scale(0, max(1, end - begin) / 1e6, 100, _WIDTH - 16)
        bottom = 22 * len(self.lanes) + 6
        told = f"{len(spans)} spans in {len(self.lanes)} lanes, {(end - begin) / 1e6:,.0f} seconds."
        return picture("timeline", self.title, told, (_WIDTH, bottom + 44), self._content(scale, begin, bottom))

    def _content(self, scale: Scale, begin: int, bottom: int) -> Iterator[Markup]:
        for number, lane in enumerate(self.lanes):
            y = 22 * number + 4
            yield label(96, y + 13, lane.name if len(lane.name) < 15 else f"{lane.name[:13]}…", anchor="end")
            yield element("line", x1=100, x2=_WIDTH - 16, y1=y + 18, y2=y + 18, class_="grid")
            for one in lane.spans:
                first, last = scale.of((one.begin - begin) / 1e6), scale.of((one.end - begin) / 1e6)
                told = f"{one.word}, {(one.end - one.begin) / 1e6:,.1f} s: {one.note}"
                yield filled(one.word, told, first, y, max(1.0, last - first), 18)
        for tick in range(6):
            seconds = scale.greatest * tick / 5
            yield label(scale.of(seconds), bottom + 12, f"{seconds:,.0f} s", anchor="end" if tick == 5 else "start")
        seen = dict.fromkeys(mark_of(one.word).word for lane in self.lanes for one in lane.spans)
        yield from key_of(seen, bottom + 22)

    def table(self) -> NumbersTable:
        """A row for each span, the longest first."""
        rows = [
            (lane.name, one.note, one.word, f"{(one.end - one.begin) / 1e6:,.1f}")
            for lane in self.lanes
            for one in sorted(lane.spans, key=lambda one: one.begin - one.end)
        ]
        return NumbersTable(("Lane", "What", "State", "Seconds"), rows)

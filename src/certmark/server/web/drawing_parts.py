"""What plots are drawn of: elements whose words are escaped, scales from values to places, ticks, fills."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from markupsafe import Markup, escape

from certmark.reporting.marks import Mark, mark_of
from certmark.reporting.text import plain

DAY = 24 * 3600 * 10**6
"""In microseconds."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MOST_TICKS = 9


def element(name: str, *content: Markup, **attributes: object) -> Markup:
    """An element with escaped attributes: `stroke_width` is `stroke-width`, `class_` is `class`, None is left out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(content)
    # Every attribute and every text in `content` was escaped where it was made.
    return Markup(f"<{name}{said}>{inner}</{name}>" if inner else f"<{name}{said}/>")  # noqa: S704 - escaped above


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return words(str(value))


def words(text: str) -> Markup:
    """Text of anybody's, harmless in markup and on a screen."""
    return escape(plain(text))


def picture(kind: str, title: str, description: str, size: tuple[int, int], content: Iterable[Markup]) -> Markup:
    """A whole plot, which a reader of the screen is told by its title and description."""
    told = element("title", words(title)) + element("desc", words(description))
    return element(
        "svg",
        told,
        *content,
        class_=f"plot {kind}",
        viewBox=f"0 0 {size[0]} {size[1]}",
        role="img",
        aria_label=f"{title}. {description}" if description else title,
    )


def label(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "label") -> Markup:
    """Words in a plot; those of no more than one line."""
    return element("text", words(text), x=x, y=y, text_anchor=anchor, class_=kind)


def filled(word: str, told: str, x: float, y: float, width: float, height: float) -> Markup:
    """A box in the colour, the pattern and, where it is wide enough, the letter of a state."""
    mark = mark_of(word)
    place = {"x": x, "y": y, "width": width, "height": height}
    box = element("rect", element("title", words(told)), **place, class_=f"fill-{mark.tone} edge")
    pattern = element("rect", **place, fill=f"url(#over-{mark.tone})", pointer_events="none")
    if width < 10 or height < 10:
        return box + pattern
    return box + pattern + label(x + width / 2, y + height / 2 + 4, mark.letter, anchor="middle", kind="letter")


def key_of(found: Iterable[str], y: float) -> Iterator[Markup]:
    """What the fills mean, from left to right."""
    x = 40.0
    for word in found:
        mark: Mark = mark_of(word)
        yield filled(word, mark.word, x, y, 14, 14)
        yield label(x + 20, y + 11, mark.word)
        x += 34 + 7.0 * len(mark.word)


class Scale(NamedTuple):
    """From values to places in a plot."""

    least: float
    greatest: float
    first: float
    """The place of `least`."""
    last: float

    def of(self, value: float) -> float:
        """Where a value stands; one beyond the ends stands at the end."""
        wide = self.greatest - self.least
        share = (value - self.least) / wide if wide > 0 else 0.0
        return self.first + (self.last - self.first) * min(max(share, 0.0), 1.0)


def day(moment: int) -> str:
    """The day of a moment in microseconds since 1970, UTC."""
    return (_EPOCH + dt.timedelta(microseconds=moment)).date().isoformat()


def month_starts(begin: int, end: int) -> list[int]:
    """The first moments of the months from one moment to another."""
    first = (_EPOCH + dt.timedelta(microseconds=begin)).date().replace(day=1)
    found = []
    while (moment := (first - _EPOCH.date()).days * DAY) <= end:
        if moment >= begin:
            found.append(moment)
        first = (first + dt.timedelta(days=32)).replace(day=1)
    return found


def time_axis(scale: Scale, bottom: float) -> Iterator[Markup]:
    """Months, or years where there are many; one line for each, and its name."""
    months = month_starts(int(scale.least), int(scale.greatest))
    step = max(1, -(-len(months) // _MOST_TICKS))
    for moment in months[::step]:
        x = scale.of(moment)
        yield element("line", x1=x, x2=x, y1=bottom, y2=bottom + 4, class_="axis")
        yield label(x, bottom + 16, day(moment)[:7], anchor="middle" if x > 30 else "start")


def value_axis(scale: Scale, left: float, right: float, unit: str = "") -> Iterator[Markup]:
    """Round values from nothing upwards, with lines to read by."""
    for value in round_values(scale.greatest):
        y = scale.of(value)
        yield element("line", x1=left, x2=right, y1=y, y2=y, class_="grid")
        yield label(left - 4, y + 4, f"{value:,g}{unit}", anchor="end")


def round_values(greatest: float) -> list[float]:
    """Up to six round values (1, 2 or 5 and noughts apart) up to `greatest`."""
    if greatest <= 0:
        return [0]
    steps = (factor * 10.0**power for power in range(-3, 15) for factor in (1, 2, 5))
    is_whole = greatest == int(greatest)
    step = next(step for step in steps if greatest / step <= 5 and (step >= 1 or not is_whole))
    return [step * number for number in range(int(greatest / step) + 1)]

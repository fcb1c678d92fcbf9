"""Badges: what a certificate is worth today as a small picture, and as an endpoint of shields.io. Pure functions.

1. A badge says its state in a word and with a sign, never by colour alone; all text is at least 4.5 to 1.
2. It is as wide as its words: their widths are those of Verdana, and `textLength` makes any other font fit.
3. It may be kept for `seconds_kept`, never beyond the moment at which its state ends by itself.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from markupsafe import Markup

from certmark.domain.certification.standings import CertificateStanding, last_day
from certmark.reporting.blocks import Tone
from certmark.reporting.marks import mark_of
from certmark.server.web.drawing_parts import element, words

LONGEST_KEPT: Final = 300
"""Seconds."""
_HEIGHT, _PADDING, _SIZE = 20, 6, 11
_COLOURS = {
    Tone.GOOD.value: "#1e6b32",
    Tone.BAD.value: "#a3231f",
    Tone.GAP.value: "#7a4b00",
    Tone.QUIET.value: "#4f4f4f",
}
_LABEL = "#3a3a3a"
_WIDTHS = (
    352, 394, 459, 818, 636, 1076, 727, 269, 454, 454, 636, 818, 364, 454, 364, 454, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 454, 454, 818, 818, 818, 545, 1000, 684, 686, 698, 771, 632, 575, 775, 751, 421, 455, 693, 557, 843,
    748, 787, 603, 787, 695, 684, 616, 732, 684, 989, 685, 615, 685, 454, 454, 454, 818, 636, 636, 601, 623, 521, 623,
    596, 352, 623, 633, 274, 344, 592, 274, 973, 633, 607, 623, 623, 427, 521, 394, 633, 592, 818, 592, 592, 525, 635,
    454, 635, 818,
)  # fmt: skip
"""Of the characters from blank to tilde, in thousandths of the size."""
_OTHER = 820
_LONGEST = 120


class BadgeContent(NamedTuple):
    """What a badge says."""

    label: str
    message: str
    word: str
    """Of the standing; decides sign and colour."""


def badge_of(label: str, guideline: str, standing: CertificateStanding | None) -> BadgeContent:
    """What a certificate is worth; None: there is no such certificate."""
    if standing is None:
        return BadgeContent(label, "unknown", "unknown")
    if not standing.is_in_force or standing.until is None:
        return BadgeContent(label, mark_of(standing.word).word, standing.word)
    month = last_day(standing.until)[:7]
    return BadgeContent(label, f"certified {guideline} · until {month}", standing.word)


def seconds_kept(standing: CertificateStanding | None, now: int) -> int:
    """For how long a badge may be kept that was drawn `now`, in microseconds since 1970."""
    if standing is None or standing.until is None:
        return LONGEST_KEPT
    return max(0, min(LONGEST_KEPT, (standing.until - now) // 10**6))


def badge_svg(content: BadgeContent) -> bytes:
    """The picture, which needs nothing from elsewhere."""
    mark = mark_of(content.word)
    label, message = content.label[:_LONGEST], f"{mark.letter} {content.message[:_LONGEST]}"
    left, right = (width_of(one) + 2 * _PADDING for one in (label, message))
    title = words(f"{content.label[:_LONGEST]}: {content.message[:_LONGEST]}")
    parts = [
        element("title", title),
        element("rect", width=left, height=_HEIGHT, fill=_LABEL),
        element("rect", x=left, width=right, height=_HEIGHT, fill=_COLOURS[mark.tone]),
        _text(label, _PADDING),
        _text(message, left + _PADDING),
    ]
    drawn = element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        width=left + right,
        height=_HEIGHT,
        role="img",
        aria_label=f"{content.label[:_LONGEST]}: {content.message[:_LONGEST]}",
    )
    return f"{drawn}\n".encode()


def _text(text: str, x: int) -> Markup:
    return element(
        "text",
        words(text),
        x=x,
        y=14,
        fill="#fff",
        font_family="Verdana,DejaVu Sans,Geneva,sans-serif",
        font_size=_SIZE,
        textLength=width_of(text),
        lengthAdjust="spacingAndGlyphs",
    )


def width_of(text: str) -> int:
    """Of a text in pixels, rounded up."""
    units = sum(_WIDTHS[ord(sign) - 32] if 32 <= ord(sign) < 127 else _OTHER for sign in text)
    return -(-units * _SIZE // 1000)


def badge_json(content: BadgeContent, seconds: int) -> dict[str, Any]:
    """As an endpoint of shields.io (https://shields.io/badges/endpoint-badge)."""
    mark = mark_of(content.word)
    return {
        "schemaVersion": 1,
        "label": content.label[:_LONGEST],
        "message": f"{mark.letter} {content.message[:_LONGEST]}",
        "color": _COLOURS[mark.tone].removeprefix("#"),
        "labelColor": _LABEL.removeprefix("#"),
        "isError": content.word == "unknown",
        "cacheSeconds": max(seconds, LONGEST_KEPT),
    }

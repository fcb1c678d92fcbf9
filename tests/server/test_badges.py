"""Badges say in words what a certificate is worth, are pictures that everybody can read, and are never kept too long."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from certmark.domain.certification.standings import A_DAY, CertificateStanding, StandingFacts, standing
from certmark.server.web.badges import LONGEST_KEPT, badge_json, badge_of, badge_svg, seconds_kept, width_of

_SVG = "{http://www.w3.org/2000/svg}"
FROM = 20_000 * A_DAY
UNTIL = FROM + 365 * A_DAY
HOSTILE = "</title><script>alert(1)</script>\"'\u202e\x00"


def at(day: float, state: str = "active", **facts: int) -> CertificateStanding:
    found = StandingFacts(state, FROM, UNTIL, FROM + 5 * A_DAY, **facts)  # type: ignore[arg-type] # moments only
    return standing(found, FROM + int(day * A_DAY), 90, 30)


@pytest.mark.parametrize(
    ("found", "message", "word"),
    [
        (at(1), "certified 2026.11 · until 2025-10", "certified"),
        (at(300), "certified 2026.11 · until 2025-10", "due"),
        (at(366), "expired", "expired"),
        (at(366, renewal_submitted=FROM + A_DAY), "expired, renewal under review", "grace"),
        (at(10, "suspended"), "suspended", "suspended"),
        (at(10, "revoked"), "revoked", "revoked"),
        (at(10, "withdrawn"), "withdrawn", "withdrawn"),
        (at(10, "superseded"), "superseded", "superseded"),
        (None, "unknown", "unknown"),
    ],
)
def test_it_says_state_and_month(found: CertificateStanding | None, message: str, word: str) -> None:
    content = badge_of("Compute", "2026.11", found)
    assert (content.message, content.word) == (message, word)
    picture = ET.fromstring(badge_svg(content))  # noqa: S314 - it was drawn just now
    assert picture.get("aria-label") == f"Compute: {message}"
    assert badge_json(content, 0)["isError"] is (word == "unknown")


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("state", ["active", "suspended", "revoked", "withdrawn"])
def test_its_words_can_be_read_on_their_colours(state: str) -> None:
    drawn = badge_svg(badge_of("Compute", "2026.11", at(10, state))).decode()
    colours = re.findall(r'<rect[^>]* fill="(#[0-9a-f]{6})"', drawn)
    assert len(colours) == 2
    assert all(1.05 / (luminance(colour) + 0.05) >= 4.5 for colour in colours)


def test_whatever_a_program_is_called_it_is_a_harmless_picture() -> None:
    drawn = badge_svg(badge_of(HOSTILE * 9, HOSTILE, at(1)))
    picture = ET.fromstring(drawn)  # noqa: S314 - it was drawn just now
    assert b"<script" not in drawn
    texts = picture.findall(f"{_SVG}text")
    assert [int(text.get("textLength", "")) > 0 for text in texts] == [True, True]
    assert float(picture.get("width", "")) < 3_000


def test_it_is_as_wide_as_its_words() -> None:
    assert width_of("") == 0
    assert width_of("iii") < width_of("mmm")


@pytest.mark.parametrize(("seconds", "kept"), [(A_DAY // 10**6, LONGEST_KEPT), (120, 120), (1, 1), (0, 0)])
def test_it_is_not_kept_beyond_the_end_of_its_state(seconds: int, kept: int) -> None:
    now = UNTIL - seconds * 10**6
    found = standing(StandingFacts("active", FROM, UNTIL, FROM), min(now, UNTIL - 1), 90, 30)
    assert seconds_kept(found, now) == kept


def test_before_the_renewal_opens_and_after_the_end_it_is_kept_as_long_as_any() -> None:
    assert seconds_kept(at(1), FROM + A_DAY) == LONGEST_KEPT
    assert seconds_kept(at(366), UNTIL + A_DAY) == LONGEST_KEPT
    assert seconds_kept(None, 0) == LONGEST_KEPT

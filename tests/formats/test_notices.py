"""Texts of notices: read, filled, and chosen by language; and which reminder is due."""

from __future__ import annotations

import pytest

from certmark.domain.errors import InvalidRequest
from certmark.domain.notices import NoticeText, reminder
from certmark.formats.errors import FormatError
from certmark.formats.notices import read_notices

HEAD = "format: certmark-notices\nversion: 1\n"
ENGLISH = f"""{HEAD}language: English
kinds: {{x: Things}}
events:
  ask: {{kind: x, to: [designate], commits: true, subject: "Asked: {{name}}", lines: ["{{text}}", "By {{day}}."]}}
  end: {{kind: x, to: [office], subject: "Ends", lines: ["It ends."]}}
"""
GERMAN = f'{HEAD}language: Deutsch\nevents:\n  ask: {{subject: "Frage: {{name}}", lines: ["{{text}}"]}}\n'


def files(**texts: str) -> list[tuple[str, bytes]]:
    return [(f"{name}.yaml", text.encode()) for name, text in texts.items()]


def test_a_language_without_a_text_says_it_in_english() -> None:
    found = read_notices(files(en=ENGLISH, de=GERMAN))
    assert found.languages == {"en": "English", "de": "Deutsch"}
    assert found.text("ask", "de").subject == "Frage: {name}"
    assert found.text("end", "de").subject == "Ends"
    assert found.text("ask", "fr").subject == "Asked: {name}"
    assert (found.rules["ask"].commits, found.rules["end"].commits) == (True, False)


@pytest.mark.parametrize(
    ("values", "subject", "text"),
    [
        ({}, "Asked:", ""),
        ({"name": "A", "text": "why {day}?"}, "Asked: A", "why {day}?"),
        ({"name": "A\n b", "day": "2027-01-31"}, "Asked: A b", "By 2027-01-31."),
        ({"name": "{text}", "text": "x", "day": ""}, "Asked: {text}", "x"),
    ],
)
def test_a_line_whose_value_is_not_known_is_left_out(values: dict[str, str], subject: str, text: str) -> None:
    asked = NoticeText("ask", "Asked: {name}", ("{text}", "By {day}."))
    assert asked.fill(values) == (subject, text)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"de": GERMAN}, "there are no texts in en"),
        ({"en": "[]"}, "must be a mapping"),
        ({"en": ENGLISH.replace("kind: x", "kind: y")}, "is none of the kinds"),
        ({"en": ENGLISH.replace("[office]", "[everybody]")}, "may be administrators"),
        ({"en": ENGLISH.replace('lines: ["It ends."]', "lines: []")}, "must be a list of strings that is not empty"),
        ({"en": ENGLISH, "de": GERMAN.replace("ask:", "sing:")}, "has no event 'sing'"),
        ({"en": ENGLISH, "de": GERMAN.replace("Deutsch", "")}, "must be a string"),
    ],
)
def test_texts_that_are_none_are_refused_in_a_sentence(texts: dict[str, str], says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read_notices(files(**texts))


def test_only_what_is_there_can_be_chosen() -> None:
    found = read_notices(files(en=ENGLISH, de=GERMAN))
    assert found.checked("de", ["x"], is_daily=True).without == {"x"}
    for language, kinds in (("fr", []), ("en", ["y"])):
        with pytest.raises(InvalidRequest):
            found.checked(language, kinds, is_daily=False)


@pytest.mark.parametrize(
    ("days_left", "threshold"),
    [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-1, None)],
)
def test_of_the_thresholds_that_were_reached_the_last_counts(days_left: int, threshold: int | None) -> None:
    assert reminder(days_left, (90, 30, 7, 0)) == threshold
    assert reminder(days_left, ()) is None

"""One reader of strangers' mappings, one wording."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import pytest

from certmark.formats.documents.fields import Fields
from certmark.formats.errors import InvalidWaivers


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def fields(**content: Any) -> Fields:
    return Fields(content, "file", InvalidWaivers, hint="mend it")


@pytest.mark.parametrize(
    ("content", "read", "value"),
    [
        ({"a": " x "}, lambda f: f.text("a"), " x "),
        ({}, lambda f: f.text("a", "usual"), "usual"),
        ({"a": ""}, lambda f: f.text("a", may_be_empty=True), ""),
        ({"a": None}, lambda f: f.maybe_text("a"), None),
        ({"a": ["x", "y"]}, lambda f: f.texts("a"), ("x", "y")),
        ({}, lambda f: f.texts("a", ()), ()),
        ({"a": 7}, lambda f: f.number("a"), 7),
        ({"a": None}, lambda f: f.maybe_number("a"), None),
        ({"a": 1}, lambda f: f.maybe_decimal("a"), 1.0),
        ({}, lambda f: f.truth("a", default=True), True),
        ({"a": "2027-05-31"}, lambda f: f.day("a"), date(2027, 5, 31)),
        ({"a": date(2027, 5, 31)}, lambda f: f.day("a"), date(2027, 5, 31)),
        ({"a": "2027-05-31T10:00:00+02:00"}, lambda f: f.moment("a"), datetime(2027, 5, 31, 8, tzinfo=UTC)),
        ({"a": "2027-05-31T10:00:00"}, lambda f: f.moment("a"), datetime(2027, 5, 31, 10, tzinfo=UTC)),
        ({"a": "red"}, lambda f: f.member("a", Colour), Colour.RED),
        ({}, lambda f: f.items("a"), []),
        ({"a": [{"b": "x"}]}, lambda f: f.items("a")[0].text("b"), "x"),
        ({"a": {"b": "x"}}, lambda f: f.mapping("a").text("b"), "x"),
    ],
)
def test_what_is_as_asked_is_given(content: dict[str, Any], read: Callable[[Fields], object], value: object) -> None:
    assert read(fields(**content)) == value


@pytest.mark.parametrize(
    ("content", "read", "sentence"),
    [
        ({}, lambda f: f.text("a"), 'file: "a" must be a string'),
        ({"a": "  "}, lambda f: f.text("a"), 'file: "a" must be a string'),
        ({"a": "xyz"}, lambda f: f.text("a", limit=2), 'file: "a" has more than 2 characters'),
        ({"a": [1]}, lambda f: f.texts("a", ()), 'file: "a" must be a list of strings'),
        ({"a": []}, lambda f: f.texts("a"), 'file: "a" must be a list of strings that is not empty'),
        ({"a": True}, lambda f: f.number("a"), 'file: "a" must be a whole number from 0 on'),
        ({"a": 9}, lambda f: f.number("a", least=1, most=3), 'file: "a" must be a whole number from 1 to 3'),
        ({"a": float("nan")}, lambda f: f.maybe_decimal("a"), 'file: "a" must be a number'),
        ({"a": "yes"}, lambda f: f.truth("a"), 'file: "a" must be true or false'),
        ({"a": "soon"}, lambda f: f.day("a"), 'file: "a" must be a date such as 2027-05-31'),
        ({"a": datetime(2027, 5, 31, tzinfo=UTC)}, lambda f: f.day("a"), 'file: "a" must be a date such as 2027-05-31'),
        ({"a": "noon"}, lambda f: f.moment("a"), 'file: "a" must be a time such as 2027-05-31T10:00:00Z'),
        ({"a": "green"}, lambda f: f.member("a", Colour), 'file: "a" must be one of red, blue'),
        ({"a": {}}, lambda f: f.items("a"), 'file: "a" must be a list of mappings'),
        ({"a": [{}, 1]}, lambda f: f.items("a"), "file, a[1] must be a mapping"),
        ({"a": 1}, lambda f: f.mapping("a"), "file, a must be a mapping"),
    ],
)
def test_what_is_not_is_refused_with_its_place_and_what_to_do(
    content: dict[str, Any], read: Callable[[Fields], object], sentence: str
) -> None:
    with pytest.raises(InvalidWaivers) as refusal:
        read(fields(**content))
    assert str(refusal.value) == f"{sentence}; mend it"


def test_a_key_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidWaivers, match=r'^file: "expiers" is not known; there are expires, reason$'):
        Fields({"expiers": 1}, "file", InvalidWaivers, known={"reason", "expires"})


def test_what_is_no_mapping_is_refused_with_what_it_should_have() -> None:
    with pytest.raises(InvalidWaivers, match=r"^file must be a mapping with expires, reason$"):
        Fields([], "file", InvalidWaivers, known={"reason", "expires"})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, 'file must have "format": "form"; mend it'),
        ({"format": None}, 'file must have "format": "form"; mend it'),
        ({"format": "other"}, 'file must have "format": "form"; it says "other"; mend it'),
        ({"format": "form"}, 'file does not say its "version"; this Certmark reads form, version 1; mend it'),
        ({"format": "form", "version": 2}, 'file is of version "2"; this Certmark reads form, version 1; mend it'),
        (
            {"format": "form", "version": True},
            'file is of version "True"; this Certmark reads form, version 1; mend it',
        ),
    ],
)
def test_a_document_that_does_not_say_what_it_is_is_refused_with_what_it_should_say(
    content: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidWaivers) as refused:
        fields(**content).check_document("form", 1)
    assert str(refused.value) == sentence

"""Where values stand in a JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.authoring.lint.positions import LineIndex, locate, repeated_keys
from certmark.authoring.lint.schemas import JsonPath

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def paths(value: Any, path: JsonPath = ()) -> Iterator[tuple[JsonPath, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*path, number))


@pytest.mark.thorough
@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans(), st.data())
def test_every_value_is_found_where_it_stands(
    value: Any,
    indent: int | None,
    ascii_only: bool,
    data: st.DataObject,
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    known = dict(paths(value))
    wanted = data.draw(st.lists(st.sampled_from(list(known)), max_size=5, unique=True))
    spots = locate(text, wanted)
    assert set(spots) == set(wanted)
    for path, spot in spots.items():
        assert json.loads(text[spot.value.start : spot.value.end]) == known[path]
        if path and isinstance(path[-1], str):
            assert spot.key is not None
            assert json.loads(text[spot.key.start : spot.key.end]) == path[-1]


def test_what_is_not_there_is_left_out() -> None:
    assert locate('{"a": [1]}', [("b",), ("a", 1), ("a", "x")]) == {}


def test_keys_that_stand_again_are_told_with_their_paths() -> None:
    text = '{"a": 1, "b": [{"c": "d", "c": "c"}, "b"], "a": {"a": 2}}'
    assert [(key.path, text[key.start : key.start + 3]) for key in repeated_keys(text)] == [
        (("b", 0, "c"), '"c"'),
        (("a",), '"a"'),
    ]


def test_lines_and_columns_begin_at_one_and_count_characters() -> None:
    lines = LineIndex("äb\nc\r\nd")
    assert [lines.at(offset) for offset in (0, 1, 2, 3, 6)] == [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1)]

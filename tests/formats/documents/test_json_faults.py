"""What people do to JSON, told in their words and at its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.formats.documents.json_faults import faults_of

CASES = [
    ("empty", " \n", [(0, "it is empty")]),
    ("a comma before ]", "[1,2,]", [(4, "a comma before ]; JSON has none there")]),
    ("a comma before }", '{"a": 1,}', [(7, "a comma before }; JSON has none there")]),
    ("two commas", "[1,,2]", [(3, "a second comma")]),
    ("a comma first", "[,1]", [(1, "a comma before the first entry")]),
    ("a comma missing", '{"a": 1\n "b": 2}', [(7, "a comma is missing")]),
    (
        "comments",
        "[1, // a\n# b\n/* c */ 2]",
        [(4, COMMENT := "a comment; JSON has none"), (9, COMMENT), (13, COMMENT)],
    ),
    ("a comment without end", "[1 /* a", [(3, COMMENT), (7, "the [ of line 1 is still open at the end")]),
    (
        "a merge",
        "<<<<<<< HEAD\n{}\n",
        [(0, "the mark of a merge that was not finished; take one side, and take the marks out")],
    ),
    ("marks of a word processor", "[\u201ca\u201d]", [(1, '\u201c (U+201C) for a quotation mark; JSON has " only')]),
    ("apostrophes", "{'a': 1}", [(1, "' for a quotation mark; JSON has \" only")]),
    ("Python's words", "[True, None]", [(1, "True; JSON writes true"), (7, "None; JSON writes null")]),
    ("a key without marks", "{a: 1}", [(1, '"a" has no quotation marks; a key stands between two of them')]),
    ("a number that is none", "[01]", [(1, '"01" has no quotation marks; a text stands between two of them')]),
    ("a tab in a text", '["a\tb"]', [(3, "a tab in a text; JSON writes \\t")]),
    ("a line in a text", '["a\nb"]', [(1, "a text goes on in the next line; JSON writes \\n")]),
    ("a mark missing", '["a,\n"b"]', [(1, 'the " at the end of "a" is missing')]),
    ("a backslash", '["C:\\d"]', [(4, '"\\d" is no escape of JSON; a backslash itself is written \\\\')]),
    (
        "a mark in a text",
        '["a "b" c"]',
        [(5, 'a comma is missing here, or a " inside of a text, which JSON writes as \\"')],
    ),
    ("a colon missing", '{"a" 1}', [(4, "a colon is missing after the key")]),
    ("a value missing", '{"a":}', [(5, "a key without a value")]),
    ("one too many", "{}}", [(2, "there is one } too many")]),
    ("the wrong one", '{"a": [1}', [(8, "} stands where the [ of line 1 is still open")]),
    ("cut off", '{"a": [', [(7, "the [ of line 1 is still open at the end")]),
    (
        "cut off in a text",
        '{"a": "b',
        [(6, 'a text begins here that has no end; the file was cut off, or a " is missing')],
    ),
    ("too deep", "[" * 300, [(200, "it is nested deeper than 200 levels")]),
    (
        "closed too early",
        '{\n  "a": {\n    "b": 1},\n    "c": 2\n  },\n  "d": 3\n}\n',
        [
            (
                21,
                "the brackets do not fit: this } closes the { of line 2, and so the document has ended, and something follows (line 5)",
            )
        ],
    ),
]


@pytest.mark.parametrize(("name", "text", "faults"), CASES, ids=[case[0] for case in CASES])
def test_a_mistake_is_told_at_its_place(name: str, text: str, faults: list[tuple[int, str]]) -> None:
    del name
    assert [(fault.offset, fault.message) for fault in faults_of(text)] == faults


@pytest.mark.parametrize(
    "text", ["[1,2,]", '{"a": 1\n "b": 2}', "['a', \u201cb\u201d]", "[True]", '["\t"]', "[,1]", "[1,,2]"]
)
def test_what_leaves_no_doubt_is_mended(text: str) -> None:
    for fault in reversed(faults_of(text)):
        assert fault.repair is not None
        start, end, new = fault.repair
        text = text[:start] + new + text[end:]
    assert json.loads(text) is not None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_JSON, st.sampled_from([None, 1, 4]), st.booleans())
def test_json_has_no_fault(value: object, indent: int | None, ascii_only: bool) -> None:
    assert faults_of(json.dumps(value, indent=indent, ensure_ascii=ascii_only)) == ()


@given(st.text(alphabet="{}[]:,\"\\ \n\t/*#'1aTrue\u201c<="))
def test_what_json_refuses_has_a_fault_and_what_it_reads_has_none(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        assert faults_of(text)
    else:
        assert faults_of(text) == ()

"""Changes to the text of a document keep every byte that they do not mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from certmark.authoring.edits.engine import edit, parse_text, tree_of
from certmark.authoring.edits.operations import (
    AddItem,
    EditOperation,
    InsertKey,
    RemoveItem,
    RemoveKey,
    RenameKey,
    SetValue,
    apply,
    value_at,
)
from certmark.authoring.edits.trees import CannotEdit, Syntax, node_at
from certmark.formats.errors import InvalidGuideline

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    [
        "2026.11",
        "yes",
        "null",
        "a: b",
        "# no",
        "- x",
        "GET /v2.1/{id}",
        "a b",
        "1e3",
        "=",
        "<<",
        "é",
        "\u2028",
        "\ufeff",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, max_size=4) | st.lists(VALUES, max_size=4)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for step, item in inner for found in paths(item, (*path, step)))]


@st.composite
def operations(draw: st.DrawFn, document: Any) -> EditOperation:
    """One that fits the document."""
    path = draw(st.sampled_from(paths(document)))
    value = value_at(document, path)
    holder = value_at(document, path[:-1]) if path else None
    fitting: list[st.SearchStrategy[EditOperation]] = [st.builds(SetValue, st.just(path), VALUES)] if path else []
    if isinstance(value, dict):
        new = TEXTS.filter(lambda key: key not in value)
        fitting.append(st.builds(InsertKey, st.just(path), new, VALUES))
    if isinstance(value, list):
        fitting.append(st.builds(AddItem, st.just(path), VALUES))
        if value:
            fitting.append(st.builds(RemoveItem, st.just(path), st.sampled_from(value)))
    if isinstance(holder, dict):
        other = TEXTS.filter(lambda key: key not in holder)
        fitting += [st.just(RemoveKey(path)), st.builds(RenameKey, st.just(path), other)]
    return draw(st.one_of(fitting))


def written(value: Any, form: str) -> tuple[str, Syntax]:
    if form.startswith("json"):
        indent = {"json": None, "json-2": 2, "json-tab": "\t"}[form]
        return json.dumps(value, indent=indent, ensure_ascii=form == "json-2"), Syntax.JSON
    width, flow = 10_000, {"yaml": False, "yaml-mixed": None}[form]
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=flow, width=width)
    assume("? " not in text)  # keys of this kind are refused
    return text, Syntax.YAML


FORMS = st.sampled_from(["json", "json-2", "json-tab", "yaml", "yaml-mixed"])


@pytest.mark.thorough
@given(DOCUMENTS, FORMS, st.booleans(), st.data())
def test_a_text_reads_after_a_change_as_its_values_do(
    document: Any, form: str, has_crlf: bool, data: st.DataObject
) -> None:
    text, syntax = written(document, form)
    text = text.replace("\n", "\r\n") if has_crlf and form.startswith("json") else text
    steps: list[EditOperation] = []
    for _ in range(data.draw(st.integers(1, 3))):
        steps.append(data.draw(operations(apply(document, steps))))
    changed = edit(text, syntax, steps)
    assert parse_text(changed, syntax) == apply(document, steps)


@given(DOCUMENTS, FORMS, st.data())
def test_bytes_outside_of_what_holds_a_change_stay(document: Any, form: str, data: st.DataObject) -> None:
    text, syntax = written(document, form)
    one = data.draw(operations(document))
    holder = one.path if isinstance(one, InsertKey | AddItem | RemoveItem) else one.path[:-1]
    node = node_at(tree_of(text, syntax), holder[:-1] if holder else ())
    changed = edit(text, syntax, [one])
    assert changed[: node.start] == text[: node.start]
    behind = text[node.end :]
    assert changed.endswith(behind.lstrip("\n")) or changed.rstrip().endswith(behind.strip())


@pytest.mark.parametrize(
    ("before", "one", "after"),
    [
        ('{"a": 1, "b": 2}', RemoveKey(("a",)), '{"b": 2}'),
        ('{"a": 1, "b": 2}', RemoveKey(("b",)), '{"a": 1}'),
        ('{"a": 1}', RemoveKey(("a",)), "{}"),
        ("{}", InsertKey((), "a", [1]), '{"a": [1]}'),
        ('{"b": 1, "d": 2}\r\n', InsertKey((), "c", 3), '{"b": 1, "c": 3, "d": 2}\r\n'),
        ('{\r\n\t"b": 1\r\n}', InsertKey((), "c", [2]), '{\r\n\t"b": 1,\r\n\t"c": [\r\n\t\t2\r\n\t]\r\n}'),
        ('{"a": ["x-b", "y", "x-a"]}', AddItem(("a",), "x-c"), '{"a": ["x-b", "y", "x-a", "x-c"]}'),
        ('{"a": ["y-b", "x-b", "z"]}', AddItem(("a",), "x-c"), '{"a": ["y-b", "x-b", "x-c", "z"]}'),
        ('{"a": "\\u00e9"}', SetValue(("a",), "è"), '{"a": "\\u00e8"}'),
        ('{"a": [1, 2]}', SetValue(("a",), [3]), '{"a": [3]}'),
        ('{"a": {"b": 1}}', RenameKey(("a", "b"), "c"), '{"a": {"c": 1}}'),
    ],
)
def test_json_is_changed_as_its_neighbours_are_written(before: str, one: EditOperation, after: str) -> None:
    assert edit(before, Syntax.JSON, [one]) == after


YAML = """\
# Of ice.
metadata:
  id: 2027.10  # a month
  releases: [a, "b"]   # the newest last

lists:
- one   # first
# between
- two
tests:
  x.y:
    id: "1"
    note: |
      many

      lines

  x.z: {id: '2'}
# The end.
"""


@pytest.mark.parametrize(
    ("one", "old", "new"),
    [
        (SetValue(("metadata", "id"), "2028.04"), "2027.10", "2028.04"),
        (SetValue(("tests", "x.y", "id"), "3"), '"1"', '"3"'),
        (SetValue(("metadata", "releases"), ["b", "c"]), '[a, "b"]', "[b, c]"),
        (AddItem(("metadata", "releases"), "c"), '"b"]', '"b", c]'),
        (AddItem(("lists",), "zero"), "- two\n", "- two\n- zero\n"),
        (RemoveItem(("lists",), "one"), "- one   # first\n", ""),
        (RemoveItem(("lists",), "two"), "- two\n", ""),
        (InsertKey(("metadata",), "a: b", {"x": []}), "  id: 2027", '  "a: b":\n    x: []\n  id: 2027'),
        (InsertKey(("tests", "x.y"), "z", "no"), "      lines\n", '      lines\n    z: "no"\n'),
        (InsertKey(("tests",), "x.zz", {"id": "4"}), "{id: '2'}\n", "{id: '2'}\n  x.zz:\n    id: \"4\"\n"),
        (InsertKey(("tests", "x.z"), "q", 1), "{id: '2'}", "{id: '2', q: 1}"),
        (RemoveKey(("tests", "x.z")), "  x.z: {id: '2'}\n", ""),
        (RemoveKey(("tests", "x.y", "note")), "    note: |\n      many\n\n      lines\n", ""),
        (RemoveKey(("metadata", "id")), "  id: 2027.10  # a month\n", ""),
        (RenameKey(("tests", "x.y"), "x.w"), "  x.y:", "  x.w:"),
    ],
)
def test_yaml_keeps_its_comments_and_its_own_way_of_writing(one: EditOperation, old: str, new: str) -> None:
    assert YAML.count(old) == 1
    assert edit(YAML, Syntax.YAML, [one]) == YAML.replace(old, new)


def test_keys_behind_question_marks_are_refused_and_not_mangled() -> None:
    with pytest.raises(CannotEdit, match="change it by hand"):
        edit("? a\n: b\n", Syntax.YAML, [InsertKey((), "c", 1)])


@pytest.mark.thorough
def test_every_real_guideline_can_be_changed_in_a_line_and_back(shared: Path) -> None:
    for path in sorted((shared / "guidelines").rglob("*.json")):
        try:
            document = parse_text(text := path.read_bytes().decode(), Syntax.JSON)
        except InvalidGuideline:
            continue
        places = [place for place in paths(document) if place and isinstance(place[-1], str)]
        place = places[len(places) // 2]
        there = edit(text, Syntax.JSON, [InsertKey(place[:-1], "~", value_at(document, place))])
        assert edit(there, Syntax.JSON, [RemoveKey((*place[:-1], "~"))]) == text

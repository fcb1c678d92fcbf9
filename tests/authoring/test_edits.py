"""Changes to the text of a document keep every byte that they do not mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from certmark.authoring.edits.engine import edit, parse_text
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
from certmark.authoring.edits.trees import Syntax, node_at, tree_of

SHARED = Path(__file__).parents[3] / "shared" / "guidelines"
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


@given(DOCUMENTS, FORMS, st.booleans(), st.data())
def test_a_text_reads_after_a_change_as_its_values_do(
    document: Any, form: str, has_crlf: bool, data: st.DataObject
) -> None:
    text, syntax = written(document, form)
    text = text.replace("\n", "\r\n") if has_crlf and form.startswith("json") else text
    steps = []
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

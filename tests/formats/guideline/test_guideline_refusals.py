"""Hostile and broken documents: one sentence each, whatever stands in them."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.guidelines import Guideline, Level
from certmark.domain.policies import REFSTACK_2020, NoRefstackVerdict
from certmark.domain.programs import demand_of
from certmark.domain.results import Results
from certmark.domain.selection import ListForm, lines, select
from certmark.domain.verdicts import judge
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline import load, read, write

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "guideline"

REFUSED: dict[str, str] = json.loads((ASSETS / "refusals.json").read_bytes())
"""What is said of each asset in the folder `refused`."""


def test_every_refused_asset_is_in_the_table() -> None:
    assert sorted(REFUSED) == sorted(path.name for path in (ASSETS / "refused").iterdir())


@pytest.mark.parametrize("name", REFUSED)
def test_a_defect_is_refused_with_its_place(name: str) -> None:
    with pytest.raises(InvalidGuideline) as refusal:
        load(str(ASSETS / "refused" / name))
    assert str(refusal.value) == f"{name}: {REFUSED[name]}"


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_one_short_line(name: str) -> None:
    with pytest.raises(InvalidGuideline) as refusal:
        load(str(ASSETS / "refused" / name))
    assert len(str(refusal.value)) < 400
    assert str(refusal.value).isprintable()


def sound(name: str) -> Any:
    return json.loads((ASSETS / "sound" / name).read_bytes())


DOCUMENTS = [
    sound(name)
    for name in ("schema_1.0.json", "schema_1.2.json", "schema_1.6.json", "schema_2.0.json", "add_on_2.0.json")
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(place for key, child in inner for place in places(child, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> object:
    """A real-shaped document with something else at one or two places."""
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 2))):
        *path, last = draw(st.sampled_from(places(document)[1:]))
        parent = document
        for key in path:
            parent = parent[key]
        parent[last] = draw(st.sampled_from([42, None, [], {}, "x", True, [[]], {"a": {}}, [42], -1.5]) | JSON)
    return document


def used(guideline: Guideline) -> None:
    """Everything that is done with a guideline that was read."""
    write(guideline)
    for program in guideline.programs:
        demand_of(guideline, program)
        selected = select(guideline, program, tuple(Level), flagged=True, aliases=True)
        for form in ListForm:
            assert "\n" not in "".join(lines(selected, form))
        try:
            judge(guideline, program, Results(()), as_of=date(2026, 11, 21), policy=REFSTACK_2020)
        except NoRefstackVerdict:
            continue
        judge(guideline, program, Results(()), as_of=date(2026, 11, 21))


@given(mutated())
def test_a_mutilated_document_is_a_guideline_or_a_refusal(document: object) -> None:
    data = json.dumps(document, indent=4, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
    try:
        guideline = read(data, "mutilated.json")
    except InvalidGuideline:
        return
    assert json.dumps(json.loads(write(guideline))) == json.dumps(json.loads(data))
    assert "".join(guideline.remarks).isprintable()
    used(guideline)


@given(JSON)
def test_any_json_is_a_guideline_or_a_refusal(document: object) -> None:
    try:
        used(read(json.dumps(document).encode(), "any.json"))
    except InvalidGuideline as refusal:
        assert str(refusal).startswith("any.json: ")  # noqa: PT017 - a guideline would do as well


@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.yaml", "a.lst", "a"]))
def test_any_bytes_are_a_guideline_or_a_refusal(data: bytes, name: str) -> None:
    try:
        used(read(data, name))
    except InvalidGuideline as refusal:
        assert str(refusal).isprintable()  # noqa: PT017 - a guideline would do as well


@given(st.text("-[]{}&*:#'\"\n ,a|>!%@`?codename", max_size=60))
def test_any_text_is_a_conformance_list_or_a_refusal(text: str) -> None:
    try:
        used(read(f"- codename: x\n{text}".encode(), "a.yaml"))
    except InvalidGuideline as refusal:
        assert str(refusal).startswith("a.yaml: ")  # noqa: PT017 - a guideline would do as well


@given(st.sampled_from(DOCUMENTS), st.data())
def test_a_document_cut_off_anywhere_is_refused(document: object, data: st.DataObject) -> None:
    whole = json.dumps(document)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(InvalidGuideline):
        read(whole[:cut].encode(), "cut.json")


def test_a_name_of_a_file_cannot_break_a_message() -> None:
    with pytest.raises(InvalidGuideline) as refusal:
        read(b"42", "a\x1b[2J\n.json")
    assert str(refusal.value) == "'a\\x1b[2J\\n.json': a guideline is an object, this is a number"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[" + b"[]," * 1_000_001 + b"[]]", "it has more than 1,000,000 values; no guideline has"),
        (b" " * (32 * 1024 * 1024 + 1), "it is larger than 32 MiB; no guideline is"),
    ],
)
def test_what_would_fill_the_memory_is_refused_unread(data: bytes, message: str) -> None:
    with pytest.raises(InvalidGuideline) as refusal:
        read(data, "a.json")
    assert str(refusal.value) == f"a.json: {message}"


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "line"), [("a.lst", "a.b{}\n"), ("a.yaml", "- codename: b{}\n")])
def test_lists_longer_than_any_suite_are_refused(name: str, line: str) -> None:
    text = "".join(line.format(number) for number in range(100_001))
    with pytest.raises(InvalidGuideline) as refusal:
        read(text.encode(), name)
    assert str(refusal.value) == f"{name}: it names more than 100,000 tests; no guideline does"


def test_a_conformance_list_is_refused_unread_where_it_is_larger_than_any() -> None:
    with pytest.raises(InvalidGuideline, match="YAML of more than 4 MiB"):
        read(b"- codename: a\n" + b"#" * (4 * 1024 * 1024), "a.yaml")

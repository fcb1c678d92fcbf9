"""A diff of guidelines is complete: whatever differs is told, and equal documents are equal."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certmark.domain.changes import ChangeKind, GuidelineChange
from certmark.domain.guideline_changes import changes_between
from certmark.domain.guidelines import Guideline
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline import load, read
from support.lint_documents import LIST, RESIZE, SHOW, UUIDS, old, sound

FLAG = {"reason": "[D402] a bug", "action": "wait", "date": "2099-07-01"}
REAL = json.loads(load("2026.11").data)


def guideline(document: Any) -> Guideline:
    return read(json.dumps(document).encode(), "x.json")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*path, key))


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def other_value(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case int():
            return str(value)
        case str():
            return value.upper() if value.upper() != value else f"{value} x"
        case dict() | list():
            return None
        case _:
            return "x"


def mutants(document: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    """The document with one place deleted, changed, added to or put in another order."""
    value = at(document, path)
    if path:
        for change in ("delete", "change"):
            mutant = copy.deepcopy(document)
            parent = at(mutant, path[:-1])
            if change == "delete":
                del parent[path[-1]]
            else:
                parent[path[-1]] = other_value(value)
            yield mutant
    if isinstance(value, dict | list):
        mutant = copy.deepcopy(document)
        place = at(mutant, path)
        if isinstance(place, dict):
            place["something new"] = "x"
        else:
            place.append("something new")
        yield mutant
        if len(value) > 1:
            mutant = copy.deepcopy(document)
            place = at(mutant, path)
            turned = list(reversed(place.items() if isinstance(place, dict) else place))
            place.clear()
            place.update(turned) if isinstance(place, dict) else place.extend(turned)
            yield mutant


def assert_all_is_told(document: Any, path: tuple[Any, ...]) -> None:
    before = guideline(document)
    for mutant in mutants(document, path):
        try:
            after = guideline(mutant)
        except InvalidGuideline:
            continue
        is_same = json.dumps(mutant) == json.dumps(document)
        assert bool(changes_between(before, after)) is not is_same, path
        assert bool(changes_between(after, before)) is not is_same, path


FORMAT_3 = load(str(Path(__file__).parents[1] / "assets" / "guideline" / "sound" / "format_3.yaml")).document


@pytest.mark.parametrize("document", [sound(), old(), FORMAT_3], ids=["2.0", "1.6", "3.0"])
def test_every_change_of_a_small_document_is_told(document: Any) -> None:
    for path in places(document):
        assert_all_is_told(document, path)


@settings(max_examples=10)  # each is four documents, compared both ways
@given(st.sampled_from(list(places(REAL))))
def test_every_change_of_a_real_document_is_told(path: tuple[Any, ...]) -> None:
    assert_all_is_told(REAL, path)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["2015.03", "2017.01", "2018.02", "2020.06", "add-ons/dns.2020.06", "next"])
def test_published_documents_equal_themselves(name: str, shared: Path) -> None:
    data = (shared / "guidelines" / f"{name}.json").read_bytes()
    assert changes_between(read(data, "x.json"), read(data, "y.json")) == ()


def entry(document: dict[str, Any], name: str, key: str = "list") -> dict[str, Any]:
    found: dict[str, Any] = document["capabilities"][key]["tests"][name]
    return found


def flagged() -> dict[str, Any]:
    document = sound()
    entry(document, LIST)["flag"] = dict(FLAG)
    return document


def in_two_places() -> dict[str, Any]:
    document = sound()
    document["capabilities"]["resize"]["tests"][SHOW] = copy.deepcopy(entry(document, SHOW))
    return document


def of(subject: str, before: str = "", after: str = "") -> list[GuidelineChange]:
    return [GuidelineChange(ChangeKind.OTHER, subject, before, after)]


OTHERS: list[tuple[str, Callable[[], dict[str, Any]], Callable[[dict[str, Any]], object], list[GuidelineChange]]] = [
    (
        "project",
        sound,
        lambda d: d["capabilities"]["list"].update(project="heat"),
        of("capabilities.list.project", "nova", "heat"),
    ),
    (
        "required since",
        sound,
        lambda d: d["capabilities"]["list"].update(required_since="2"),
        of("capabilities.list.required_since", "2098.12", "2"),
    ),
    (
        "source",
        sound,
        lambda d: d["metadata"].update(source="x"),
        of("metadata.source", "https://example.org/2099.06.json", "x"),
    ),
    (
        "address of the tests",
        sound,
        lambda d: d["test_repositories"]["suite"].update(repository="x"),
        of("test_repositories.suite.repository", "https://example.org/suite", "x"),
    ),
    (
        "description of a program",
        sound,
        lambda d: d["platforms"]["Servers"].update(description="x"),
        of("platforms.Servers.description", "what has servers", "x"),
    ),
    (
        "action of a flag",
        flagged,
        lambda d: entry(d, LIST)["flag"].update(action="go"),
        of(f"capabilities.list.tests.{LIST}.flag.action", "wait", "go"),
    ),
    (
        "spelling of a flag",
        flagged,
        lambda d: entry(d, LIST).update(flagged=entry(d, LIST).pop("flag")),
        of(f"capabilities.list.tests.{LIST}.(key)", "flag", "flagged"),
    ),
    (
        "a repaired id",
        sound,
        lambda d: entry(d, RESIZE, "resize").update(idempotent_id=UUIDS[2]),
        of(f"capabilities.resize.tests.{RESIZE}.idempotent_id", f"id-{UUIDS[2]}", UUIDS[2]),
    ),
    ("an unknown key", sound, lambda d: d.update(more=1), of("more", "", "1")),
    (
        "an alias in one place only",
        in_two_places,
        lambda d: entry(d, SHOW, "resize").pop("aliases"),
        of(f"capabilities.resize.tests.{SHOW}.aliases", '["suite.Old.test_show"]'),
    ),
    (
        "the key of achievements",
        sound,
        lambda d: d["capabilities"]["list"].update(acheivements=d["capabilities"]["list"].pop("achievements")),
        of("capabilities.list.(key)", "achievements", "acheivements"),
    ),
    (
        "a number that is a text",
        sound,
        lambda d: d["metadata"]["scoring"].update(cutoff_score="10"),
        of("metadata.scoring.cutoff_score", "10", '"10"'),
    ),
]


@pytest.mark.parametrize(("what", "start", "change", "expected"), OTHERS, ids=[what for what, *_ in OTHERS])
def test_what_no_kind_tells_is_told_with_its_place(
    what: str,
    start: Callable[[], dict[str, Any]],
    change: Callable[[dict[str, Any]], object],
    expected: list[GuidelineChange],
) -> None:
    before = start()
    after = copy.deepcopy(before)
    change(after)
    assert [
        one for one in changes_between(guideline(before), guideline(after)) if one.kind is not ChangeKind.ORDER
    ] == expected, what


def test_misspelt_achievements_are_read_as_scores_read_them() -> None:
    before = sound()
    before["capabilities"]["list"]["acheivements"] = before["capabilities"]["list"].pop("achievements")
    after = copy.deepcopy(before)
    after["capabilities"]["list"]["acheivements"] = ["atomic"]
    assert changes_between(guideline(before), guideline(after)) == (
        GuidelineChange(ChangeKind.ACHIEVEMENTS, "list", "atomic, future", "atomic"),
    )

"""Documents of the older schemas go into format 3 and come back equal; what an older schema cannot say is listed."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.policies import POLICIES, NoRefstackVerdict, Policy
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.selection import IncludeList, ListForm
from certmark.domain.verdicts import judge
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline import document as json_text
from certmark.formats.guideline import load, read, yaml_text
from certmark.formats.guideline.conversion import lift, losses, lower, restored
from certmark.formats.guideline.differences import differences, with_differences
from certmark.formats.guideline.lifting import lifted

TODAY = date(2026, 11, 28)
SOUND = Path(__file__).parents[2] / "assets" / "guideline" / "sound"
OLD = [path for path in sorted(SOUND.iterdir()) if path.suffix == ".json"]
SHARED = Path(__file__).parents[4] / "shared" / "guidelines"


def published() -> Iterator[Any]:
    """Every guideline beside the checkout, by its path."""
    for path in sorted(SHARED.rglob("*.json")) if SHARED.is_dir() else []:
        name = str(path.relative_to(SHARED))
        if "schema/1." not in name and "schema/2.0" not in name and path.name != "havanasections.json":
            yield pytest.param(path, id=name, marks=pytest.mark.shared)


DOCUMENTS = [*(pytest.param(path, id=path.name) for path in OLD), *published()]


@cache
def lifting(path: Path) -> tuple[Guideline, Guideline]:
    """The guideline, and the one that it becomes in format 3, written as YAML."""
    before = load(str(path))
    return before, read(yaml_text.encoded(lift(before)), "lifted.yaml")


def written(document: object) -> str:
    """With the order of keys, and `1` other than `true`."""
    return json.dumps(document)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_lifted_document_comes_back_as_it_was(path: Path) -> None:
    before, after = lifting(path)
    as_json = read(json_text.encoded(lift(before)), "lifted.json")
    assert written(as_json.document) == written(after.document)
    assert written(restored(after.document)) == written(before.document)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_lifted_guideline_asks_for_the_same(path: Path) -> None:
    before, after = lifting(path)
    assert (after.schema, after.lifted_from) == ("3.0", before.schema)
    for field in ("status", "replaces", "releases", "target_approval", "cutoff", "criteria", "repositories", "policy"):
        assert getattr(after, field) == getattr(before, field), field
    tests = {
        key: tuple(test._replace(suite=None) for test in capability.tests)
        for key, capability in after.capabilities.items()
    }
    assert tests == {key: capability.tests for key, capability in before.capabilities.items()}
    for old, new in zip(before.programs, after.programs, strict=True):
        assert (new.name, new.target, set(old.aliases) - set(new.aliases)) == (old.name, old.target, set())
        for form in ListForm:
            lists = [
                IncludeList(guideline, program, (Level.REQUIRED,)).lines(form)
                for guideline, program in ((before, old), (after, new))
            ]
            assert lists[0] == lists[1], form


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)
def test_a_lifted_guideline_gives_the_same_verdict(path: Path, policy: Policy) -> None:
    before, after = lifting(path)
    for seed in range(3):
        results = some_results(before, seed)
        for old, new in zip(before.programs, after.programs, strict=True):
            assert outcome(before, old, results, policy) == outcome(after, new, results, policy)


def some_results(guideline: Guideline, seed: int) -> Results:
    """Of most of its tests, under their own names, their aliases or other ones."""
    dice = random.Random(seed)  # noqa: S311 - for variety, not for secrets
    attempts = []
    for capability in guideline.capabilities.values():
        for test in capability.tests:
            name = dice.choice((test.name, test.name, test.name, *test.aliases, f"moved.{test.name}"))
            result = Outcome.PASSED if dice.random() < (0.9, 0.99, 1.0)[seed] else dice.choice(list(Outcome))
            if dice.random() < (0.9, 0.98, 1.0)[seed]:
                attempts.append(Attempt(name, test.uuid if dice.random() < 0.8 else None, result))
    return Results([Evidence("results", "junit", 1, None, tuple(attempts))])


def outcome(guideline: Guideline, program: Program, results: Results, policy: Policy) -> object:
    """What a verdict says, for comparison."""
    try:
        verdict = judge(guideline, program, results, as_of=TODAY, policy=policy)
    except NoRefstackVerdict:
        return None
    capabilities = {one.key: one._replace(capability=None) for one in verdict.capabilities}
    tests = {one.test.name: (one.state, one.found, one.found_as, one.reason) for one in verdict.all_settled()}
    circumstances = [one._replace(subjects=tuple(sorted(one.subjects))) for one in verdict.circumstances]
    return verdict.standing, verdict.totals, capabilities, tests, verdict.refstack, circumstances


LIFTABLE = [(json.loads(path.read_bytes()), load(str(path)).schema) for path in OLD]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/", max_size=3), inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text("ab~/", max_size=3), JSON, max_size=5)


@given(OBJECTS, OBJECTS)
def test_a_document_and_the_differences_make_the_other_document(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert written(with_differences(first, differences(first, second))) == written(second)


@st.composite
def mutilated(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A document of an old schema with anything at a few places."""
    document, schema = draw(st.sampled_from(LIFTABLE))
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        parent: Any = document
        while True:
            keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(parent[key], dict | list) and parent[key] and draw(st.integers(0, 4)):
                parent = parent[key]
                continue
            parent[key] = draw(JSON)
            break
    return document, schema


@given(mutilated())
def test_any_object_comes_back_from_format_3_as_it_was(case: tuple[dict[str, Any], str]) -> None:
    document, schema = case
    assert written(restored(lifted(document, schema))) == written(document)


def test_a_change_of_a_lifted_document_stays_when_it_is_lowered() -> None:
    document = lift(load(str(SOUND / "schema_2.0.json")))
    capability = next(iter(document["capabilities"].values()))
    capability["description"] = "Something else."
    document["capabilities"]["new-one"] = {"description": "New.", "project": "nova", "tests": {"a.b": {}}}
    lowered = lower(document)
    assert next(iter(lowered["capabilities"].values()))["description"] == "Something else."
    assert lowered["capabilities"]["new-one"] == {
        "achievements": [],
        "admin": False,
        "description": "New.",
        "project": "nova",
        "tests": {"a.b": {}},
    }


def test_what_schema_2_has_no_place_for_is_listed() -> None:
    document = load(str(SOUND / "format_3.yaml")).document
    assert [(loss.what, loss.times) for loss in losses(document, "2.0")] == [
        ("metadata.title", 1),
        ("metadata.description", 1),
        ("metadata.process", 1),
        ("metadata.approval", 1),
        ("metadata.waivers", 1),
        ("metadata.baseline", 1),
        ("programs.*.hosts.optional", 1),  # its pin
        ("components.*.description", 1),
        ("components.*.since", 1),
        ("capabilities.*.scores.*.reason", 1),
        ("capabilities.*.scores.*.evidence", 1),
        ("capabilities.*.scores.*", 1),  # a mark of 0 with its evidence
        ("capabilities.*.tests.*.credentials", 1),
        ("capabilities.*.tests.*.test", 2),
        ("capabilities.*.tests.*.required_since", 1),
        ("capabilities.*.name", 2),
        ("capabilities.*.operations", 1),
        ("capabilities.*.microversion", 1),
        ("capabilities.*.credentials", 1),
        ("capabilities.*.tests.*.any_of", 2),
        ("decisions", 1),
    ]


def test_a_program_of_a_1_x_document_has_refstacks_name_in_2_0() -> None:
    before = load(str(SOUND / "schema_1.6.json"))
    after = read(json_text.encoded(lower(lift(before))), "lowered.json")
    assert after.schema == "2.0"
    assert [program.target for program in after.programs] == [program.target for program in before.programs]


@pytest.mark.parametrize(
    "original",
    [
        {"schema": "2.0", "changes": 1},
        {"schema": "2.0", "changes": [{"place": "/a"}]},
        {"schema": "2.0", "changes": [{"place": 1, "is": 2}]},
        {"schema": "2.0", "changes": [{"place": "/metadata/schema", "was": "2.0", "is": "9"}]},
        {"schema": "2.0", "changes": [{"place": "", "was": {}}, {"place": "/components", "is": 1, "order": [1]}]},
        {"schema": "2.0", "changes": [{"place": "", "order": []}, {"place": "", "order": []}]},
        {"schema": "7"},
        {"schema": "3.0"},
    ],
)
def test_an_original_that_makes_no_sense_is_refused(original: object) -> None:
    document = lift(load(str(SOUND / "schema_2.0.json")))
    with pytest.raises(InvalidGuideline, match=r"x\.json: original"):
        read(json.dumps({**document, "original": original}).encode(), "x.json")

"""The guideline that the package ships: our own draft, held against Tempest 47."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.programs import find_program
from certmark.domain.results import Results
from certmark.domain.verdict_values import Standing, Totals
from certmark.domain.verdicts import judge
from certmark.evidence.results import read_evidence
from certmark.formats.guideline import DEFAULT, load, read, write

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "src" / "certmark" / "data" / "guidelines" / "2026.11.json"
EXAMPLES = ROOT / "examples"
CAPABILITY_KEYS = ["achievements", "admin", "description", "project", "required_since", "tests"]
LEVELS = ["required", "advisory", "deprecated", "removed"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return found


def placements(document: dict[str, Any], level: str) -> set[str]:
    return {key for component in document["components"].values() for key in component["capabilities"][level]}


def entries_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for key, capability in document["capabilities"].items():
        for name, test in capability["tests"].items():
            yield key, name, test


def texts(value: object, key: str = "") -> Iterator[str]:
    """Every text that a person wrote into a guideline, wherever it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, name)
    elif key in {"description", "guidance", "comment", "reason", "action"} and isinstance(value, str):
        yield value


def test_every_test_stands_in_tempest_47_under_that_name_and_id(document: dict[str, Any], assets: Path) -> None:
    listed = gzip.decompress((assets / "tempest-47.0.0-tests.txt.gz").read_bytes()).decode()
    suite = set()
    for line in listed.splitlines():
        words = re.fullmatch(r"(.*)\[(.*)\](.*)", line)
        assert words is not None
        uuid = next(word for word in words[2].split(",") if word.startswith("id-"))
        suite.add((words[1] + words[3], uuid))
    assert [
        (name, test["idempotent_id"])
        for _, name, test in entries_of(document)
        if (name, test["idempotent_id"]) not in suite
    ] == []


def test_no_name_and_no_id_stands_twice(document: dict[str, Any]) -> None:
    names = [name for _, name, _ in entries_of(document)]
    ids = [test["idempotent_id"] for _, _, test in entries_of(document)]
    assert (len(names), len(ids)) == (len(set(names)), len(set(ids)))


def test_every_key_is_spelt_as_schema_2_0_spells_it(document: dict[str, Any]) -> None:
    assert list(document) == [
        "metadata",
        "platforms",
        "components",
        "capabilities",
        "designated_sections",
        "test_repositories",
    ]
    for capability in document["capabilities"].values():
        assert set(capability) <= set(CAPABILITY_KEYS)
        assert set(CAPABILITY_KEYS) - set(capability) <= {"required_since"}
        assert capability["tests"]
        assert {key for test in capability["tests"].values() for key in test} <= {"idempotent_id", "aliases", "flagged"}


@pytest.mark.shared
def test_it_meets_the_published_schema_with_its_patterns_mended(document: dict[str, Any], shared: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    published = (shared / "guidelines" / "doc" / "source" / "schema" / "2.0.json").read_text(encoding="utf-8")
    # As published, `^\w+$` matches none of the keys in use and nothing below them is checked; `flag`
    # is what everybody writes as `flagged`, with its code in brackets.
    mended = (
        published.replace(r'"^\\w+$"', '".*"')
        .replace('"flag":', '"flagged":')
        .replace(r"^D\\d{3} ", r"^\\[D\\d{3}\\] ")
    )
    assert mended.count('".*"') > 5
    jsonschema.Draft6Validator(json.loads(mended)).validate(document)


def test_every_capability_is_placed_and_every_placement_is_defined(document: dict[str, Any]) -> None:
    placed = {key for level in LEVELS for key in placements(document, level)}
    assert placed == set(document["capabilities"])
    assert placements(document, "required") & placements(document, "advisory") == set()


def test_no_required_capability_consists_of_flagged_tests_only(document: dict[str, Any]) -> None:
    for key in placements(document, "required"):
        tests = document["capabilities"][key]["tests"].values()
        assert [test for test in tests if "flagged" not in test], key


def test_flags_begin_anew_and_give_their_code_action_and_date(document: dict[str, Any]) -> None:
    flags = {name.rpartition(".")[2]: test["flagged"] for _, name, test in entries_of(document) if "flagged" in test}
    assert list(flags) == ["test_list_containers_with_marker"]
    for flag in flags.values():
        assert list(flag) == ["reason", "action", "date"]
        assert re.match(r"\[D40[0-6]\] \S", flag["reason"])
        assert flag["date"].startswith("2026-11-")


def test_achievements_are_criteria_and_the_weights_sum_to_100(document: dict[str, Any]) -> None:
    criteria = document["metadata"]["scoring"]["criteria"]
    assert (len(criteria), sum(criterion["weight"] for criterion in criteria.values())) == (12, 100)
    for key, capability in document["capabilities"].items():
        achievements = capability["achievements"]
        assert achievements, key
        assert set(achievements) <= set(criteria), key
        assert len(achievements) == len(set(achievements)), key


def test_required_capabilities_say_since_when_and_advisory_ones_do_not(document: dict[str, Any]) -> None:
    dated = {key for key, capability in document["capabilities"].items() if "required_since" in capability}
    assert dated == placements(document, "required")


def test_each_capability_is_described_in_words_of_its_own(document: dict[str, Any]) -> None:
    descriptions = [capability["description"] for capability in document["capabilities"].values()]
    assert descriptions
    assert [text for text in descriptions if not text.endswith(".")] == []
    assert len(descriptions) == len(set(descriptions))


@pytest.mark.shared
def test_no_text_is_taken_from_the_upstream_guidelines(document: dict[str, Any], shared: Path) -> None:
    upstream: set[str] = set()
    for path in sorted((shared / "guidelines").rglob("*.json")):
        try:
            upstream.update(text.strip().casefold() for text in texts(json.loads(path.read_text(encoding="utf-8"))))
        except ValueError:
            continue  # legacy/havanasections.json is not JSON
    assert len(upstream) > 300
    assert {text for text in texts(document) if text.strip().casefold() in upstream} == set()


@pytest.mark.shared
def test_nothing_is_required_that_was_not_required_before(document: dict[str, Any], shared: Path) -> None:
    before = json.loads((shared / "guidelines" / "2020.06.json").read_text(encoding="utf-8"))
    for name, component in document["components"].items():
        known = before["components"][name]["capabilities"]
        assert set(component["capabilities"]["required"]) <= {*known["required"], *known["advisory"]}
    required = placements(document, "required")
    earlier = {name for key in required for name in before["capabilities"][key]["tests"]}
    assert {name for key, name, _ in entries_of(document) if key in required} <= earlier


def test_it_reads_without_a_remark_and_writes_back_byte_for_byte() -> None:
    guideline = read(SHIPPED.read_bytes(), SHIPPED.name)
    assert guideline.remarks == ()
    assert write(guideline) == SHIPPED.read_bytes()


@pytest.mark.parametrize(
    ("example", "program", "standing", "totals"),
    [
        (
            "object-storage-pass.subunit",
            "OpenStack Powered Object Storage",
            Standing.PASS,
            Totals(tests=58, counted=57, passed=57, failed=0, missing=0, flagged=1, waived=0, ignored=0),
        ),
        (
            "object-storage-broken.subunit",
            "OpenStack Powered Object Storage",
            Standing.FAIL,
            # Two tests of a class whose set-up failed have no entry.
            Totals(tests=58, counted=57, passed=29, failed=26, missing=2, flagged=1, waived=0, ignored=0),
        ),
        (
            "compute.subunit.gz",
            "OpenStack Powered Compute",
            Standing.FAIL,
            # Two skipped, ten skipped with their class, one that was not run.
            Totals(tests=217, counted=217, passed=203, failed=1, missing=13, flagged=0, waived=0, ignored=0),
        ),
    ],
)
def test_the_recorded_runs_are_judged(example: str, program: str, standing: Standing, totals: Totals) -> None:
    guideline = load(DEFAULT)
    results = Results(read_evidence(str(EXAMPLES / example), digest=False))
    verdict = judge(guideline, find_program(guideline, program), results, as_of=date(2026, 11, 21))
    assert (verdict.standing, verdict.totals) == (standing, totals)

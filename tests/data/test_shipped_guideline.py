"""The set that the package ships: ten programs in one guideline, held against Tempest 47 and its plug-ins."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from certmark.authoring.lint.checks import LintOptions, check
from certmark.domain.api_use import used
from certmark.domain.coverage import cover
from certmark.domain.findings import Severity
from certmark.domain.guidelines import Credentials, Guideline, Level, ProgramKind
from certmark.domain.identity import bare_uuid
from certmark.domain.programs import asked_at, demand_of, find_program, levels_of
from certmark.domain.results import Results
from certmark.domain.scoring import ScorerMark, score
from certmark.domain.surveys import Survey
from certmark.domain.verdict_values import Standing, Totals
from certmark.domain.verdicts import judge
from certmark.evidence.results import read_evidence
from certmark.formats.api_use import load_api_use
from certmark.formats.guideline import DEFAULT, load, read, write
from certmark.formats.guideline.decisions import decisions_in
from certmark.formats.scores.document import ScoreDocument, shipped_marks
from certmark.formats.surveys import load_survey

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src" / "certmark" / "data"
SHIPPED = DATA / "guidelines" / "2026.11.json"
EXAMPLES = ROOT / "examples"
ADD_ONS = ["dns", "orchestration", "shared-file-system", "load-balancer", "key-manager"]
TESTS = {
    "object": 63,
    "compute": 249,
    "platform": 310,
    "kubernetes-ready": 221,
    "dns": 18,
    "orchestration": 60,
    "shared-file-system": 17,
    "load-balancer": 28,
    "key-manager": 11,
    "bare-metal": 0,
}


@cache
def guideline() -> Guideline:
    return load(DEFAULT)


@cache
def survey() -> Survey:
    """Every survey that ships, as one."""
    found = [load_survey(str(path)) for path in sorted((DATA / "surveys").iterdir())]
    return found[-1]._replace(tests=tuple(test for one in found for test in one.tests))


@cache
def marks() -> ScoreDocument:
    found = shipped_marks(DEFAULT)
    assert found is not None
    return found


@cache
def data(folder: str, name: str = DEFAULT) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / folder / f"{name}.json").read_bytes())
    return found


def counted(program: str) -> set[str]:
    """The ids that count in a program, by test."""
    asked = asked_at(guideline(), find_program(guideline(), program), (Level.REQUIRED,), flagged=False)
    return {test.uuid or test.name for test in asked}


def number_of_tests(program: str) -> int:
    return len(asked_at(guideline(), find_program(guideline(), program), (Level.REQUIRED,), flagged=False))


def texts(value: object, key: str = "") -> Iterator[str]:
    """Every text that a person wrote into a guideline, wherever it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, name)
    elif key in {"description", "guidance", "comment", "reason", "action"} and isinstance(value, str):
        yield value


def test_it_has_ten_programs_of_so_many_tests() -> None:
    assert len(guideline().programs) == len(TESTS)
    assert {program: number_of_tests(program) for program in TESTS} == TESTS


def test_the_platform_is_compute_and_object_storage() -> None:
    assert counted("platform") == counted("compute") | counted("object")
    assert len(counted("platform")) >= 240


def test_names_are_our_own_and_the_retired_ones_still_find_their_programs() -> None:
    assert [program.name for program in guideline().programs if "Powered" in program.name] == []
    found = {
        find_program(guideline(), f"OpenStack Powered {name}").aliases[0]
        for name in ("Platform", "Compute", "Storage", "Object Storage")
    }
    assert found == {"platform", "compute", "object-storage"}


def test_what_cannot_be_certified_yet_says_why_and_requires_nothing() -> None:
    bare_metal = find_program(guideline(), "bare-metal")
    assert (number_of_tests("bare-metal"), bare_metal.kind) == (0, ProgramKind.ADD_ON)
    assert "What stands in its way" in bare_metal.description
    verdict = judge(guideline(), bare_metal, Results([]), as_of=date(2026, 11, 29))
    assert verdict.standing is not Standing.PASS


def test_every_test_is_in_the_surveys_and_nothing_is_left_to_decide() -> None:
    decisions = [one.accepted for one in decisions_in(guideline().document) if one.accepted is not None]
    coverage = cover(guideline(), survey(), decisions=[one for one in decisions if one.rule.startswith("coverage/")])
    assert {test.presence.value for test in coverage.tests} == {"exists"}
    assert [test.name for test in coverage.tests if any(finding.is_open for finding in test.findings)] == []


def test_lint_finds_nothing_of_weight() -> None:
    found = check([DEFAULT], LintOptions())
    assert [finding for finding in found.findings if finding.rule.severity is not Severity.NOTE] == []


def test_no_required_capability_is_shown_by_refusals_or_by_flagged_tests_alone() -> None:
    attributes = {test.full_id.partition("[")[0]: test.full_id for test in survey().tests}
    for key, level in levels_of(guideline(), guideline().components).items():
        if level is Level.REQUIRED:
            shown = [test.name for test in guideline().capabilities[key].tests if test.flag is None]
            assert [name for name in shown if "egative" not in name and "negative" not in attributes[name]], key


def test_whom_a_required_test_acts_as() -> None:
    """In a program for all clouds nobody is an administrator; in an add-on the class may ask for one."""
    asking = {
        test.full_id.partition("[")[0] for test in survey().tests if any(one.is_admin for one in test.credentials)
    }
    for program in TESTS:
        required = asked_at(guideline(), find_program(guideline(), program), (Level.REQUIRED,), flagged=True)
        if program not in ADD_ONS:
            assert {test.name for test in required} & asking == set(), program
        needs = {guideline().capabilities[key].credentials for test in required for key, _ in test.entries}
        assert Credentials.ADMIN not in needs, program


def test_levels_follow_from_marks_and_process() -> None:
    """Required is what 2022.11 required and what reaches the cut-off; all else is advisory first (A4.4, A4.6)."""
    levels = levels_of(guideline(), guideline().components)
    for row in marks().rows:
        reaches = score(row, marks().criteria).low >= (guideline().cutoff or 0)
        is_due = reaches and row.mark("sticky") is ScorerMark.MET and not row.needs_admin
        assert levels[row.capability] is (Level.REQUIRED if is_due else Level.ADVISORY), row.capability


def test_every_mark_has_its_evidence_and_is_what_the_guideline_says() -> None:
    weights = {criterion.key: criterion.weight for criterion in guideline().criteria}
    assert (len(weights), sum(weights.values()), marks().criteria.weights) == (12, 100, weights)
    assert [row.capability for row in marks().rows] == list(guideline().capabilities)
    for row in marks().rows:
        assert row.met == set(guideline().capabilities[row.capability].achievements)
        assert set(row.marks) == set(weights)
        assert [key for key, mark in row.marks.items() if not (mark.evidence and mark.scorer and mark.date)] == []


def test_clients_and_tools_are_what_the_record_of_calls_says() -> None:
    use = load_api_use()
    assert list(use.capabilities) == list(guideline().capabilities)
    assert {operation for operations in use.capabilities.values() for operation in operations} <= use.calls.keys()
    for row in marks().rows:
        proposed = {one.criterion: one.mark for one in used(row.capability, use)}
        assert proposed == {key: row.mark(key) for key in ("clients", "tools")}, row.capability


def test_every_capability_is_described_in_words_of_its_own() -> None:
    descriptions = [capability.description for capability in guideline().capabilities.values()]
    assert [text for text in descriptions if not text.endswith(".")] == []
    assert len(descriptions) == len(set(descriptions))


@pytest.mark.shared
def test_no_text_is_taken_from_the_upstream_guidelines(shared: Path) -> None:
    upstream: set[str] = set()
    for path in sorted((shared / "guidelines").rglob("*.json")):
        try:
            upstream.update(text.strip().casefold() for text in texts(json.loads(path.read_text(encoding="utf-8"))))
        except ValueError:
            continue  # legacy/havanasections.json is not JSON
    assert len(upstream) > 300
    assert {text for text in texts(guideline().document) if text.strip().casefold() in upstream} == set()


def test_what_2022_11_required_and_this_does_not_stands_with_its_reason() -> None:
    continuity = data("continuity")
    exceptions = continuity["exceptions"]
    assert continuity["required"] + len(exceptions) == continuity["of"]
    states = Counter(one["state"] for one in exceptions)
    assert states == {"left out": 12, "flagged": 11, "advisory": 3}
    assert [one for one in exceptions if not one["reason"].strip()] == []
    flagged = {
        test.uuid for one in guideline().capabilities.values() for test in one.tests if test.flag is not None
    } & counted_or_flagged()
    assert {one["id"] for one in exceptions if one["state"] == "flagged"} <= flagged


def counted_or_flagged() -> set[str]:
    asked = demand_of(guideline(), find_program(guideline(), "platform")).tests.values()
    return {test.uuid or test.name for test in asked}


@pytest.mark.shared
def test_each_test_that_2022_11_required_counts_or_stands_with_its_reason(shared: Path) -> None:
    listed = (shared / "guidelines" / "2022.11" / "platform-required.txt").read_text(encoding="utf-8")
    before = {uuid for line in listed.splitlines() for uuid in [bare_uuid(line.partition("[")[2].rstrip("]"))] if uuid}
    assert len(before) == 328
    assert before <= {bare_uuid(test.full_id.partition("[")[2].partition("]")[0]) for test in survey().tests}
    excepted = {one["id"] for one in data("continuity")["exceptions"]}
    assert before - counted("platform") == excepted


@pytest.mark.shared
def test_each_test_of_the_add_ons_of_2022_11_counts(shared: Path) -> None:
    listed = (shared / "guidelines" / "2022.11" / "all-with-add-ons.lst").read_text(encoding="utf-8")
    before = {
        uuid
        for line in listed.splitlines()
        if re.match(r"[a-z_]+_tempest_(plugin|tests)\.", line)
        for uuid in [bare_uuid(line.partition("[")[2].rstrip("]"))]
        if uuid
    }
    assert before == {uuid for program in ADD_ONS for uuid in counted(program)}


def test_it_reads_without_a_remark_and_writes_back_byte_for_byte() -> None:
    found = read(SHIPPED.read_bytes(), SHIPPED.name)
    assert found.remarks == ()
    assert write(found) == SHIPPED.read_bytes()


@pytest.mark.parametrize(
    ("example", "program", "standing", "totals"),
    [
        (
            "object-storage-pass.subunit",
            "Interoperable Object Storage",
            Standing.PASS,
            Totals(tests=64, counted=63, passed=63, failed=0, missing=0, flagged=1, waived=0, ignored=0),
        ),
        (
            "object-storage-broken.subunit",
            "Interoperable Object Storage",
            Standing.FAIL,
            # Two tests of a class whose set-up failed have no entry, and six were not asked for then.
            Totals(tests=64, counted=63, passed=29, failed=26, missing=8, flagged=1, waived=0, ignored=0),
        ),
        (
            "compute.subunit.gz",
            "Interoperable Compute",
            Standing.FAIL,
            # The list of 2020.06 was run, so that what 2022.11 added is missing.
            Totals(tests=259, counted=249, passed=198, failed=1, missing=50, flagged=10, waived=0, ignored=0),
        ),
    ],
)
def test_the_recorded_runs_are_judged(example: str, program: str, standing: Standing, totals: Totals) -> None:
    results = Results(read_evidence(str(EXAMPLES / example), digest=False))
    verdict = judge(guideline(), find_program(guideline(), program), results, as_of=date(2026, 11, 21))
    assert (verdict.standing, verdict.totals) == (standing, totals)

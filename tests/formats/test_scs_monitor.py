"""The report for the compliance monitor of the Sovereign Cloud Stack."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.programs import demand_of
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.evidence.results import read_evidence
from certmark.formats.guideline import DEFAULT, load, read
from certmark.formats.results.scs_monitor import write_scs_report

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "compute.subunit.gz"
TESTCASE = "scs-0128-e2e-testing"
SCS = load("scs-0128")


def judged(results: Results, guideline: Guideline = SCS) -> Verdict:
    return judge(guideline, guideline.programs[0], results, as_of=dt.date(2026, 11, 28))


def report_on(verdict: Verdict, subject: str | None = "north") -> dict[str, Any]:
    report: dict[str, Any] = yaml.safe_load(write_scs_report(verdict, subject=subject, evaluator="9.9"))
    return report


def results(outcome: Outcome, *, without: int = 0) -> Results:
    tests = list(demand_of(SCS, SCS.programs[0]).tests.values())[without:]
    return Results([Evidence("x", "junit", 1, "00", tuple(Attempt(test.name, test.uuid, outcome) for test in tests))])


def test_it_has_the_fields_of_the_monitors_report() -> None:
    report = report_on(judged(Results(read_evidence(str(EXAMPLE), digest=True))))
    assert list(report) == ["spec", "checked_at", "reference_date", "subject", "run"]
    assert sorted(report["spec"]) == ["name", "url", "uuid"]
    assert (report["subject"], report["reference_date"]) == ("north", dt.date(2026, 11, 28))
    assert report["checked_at"] == dt.datetime(2026, 11, 21, 20, 35, 56)  # noqa: DTZ001 - the monitor adds periods to it
    run = report["run"]
    assert list(run) == ["uuid", "argv", "assignment", "sections", "forced_version", "forced_tests", "invocations"]
    (invocation,) = run["invocations"].values()
    assert set(invocation) == {
        *("id", "cmd", "rc", "stdout", "stderr", "info", "warning", "error", "critical", "results"),
    }
    assert (invocation["rc"], invocation["error"], invocation["results"]) == (1, 1, {TESTCASE: -1})
    assert invocation["stdout"][0].startswith("SCS-0128 (SCS end-to-end testing), a draft, version v1: FAIL; ")
    assert invocation["stdout"][-1] == f"{TESTCASE}: FAIL"
    assert (
        "failed: tempest.api.volume.test_volumes_actions.VolumesActionsTest.test_volume_upload" in invocation["stdout"]
    )


@pytest.mark.parametrize(
    ("found", "result", "rc"),
    [
        (results(Outcome.PASSED), 1, 0),
        (results(Outcome.FAILED), -1, 1),
        (results(Outcome.PASSED, without=1), 0, 1),
        (results(Outcome.SKIPPED), 0, 1),
        (Results(()), 0, 1),
    ],
)
def test_a_result_is_a_pass_a_fail_or_undecided(found: Results, result: int, rc: int) -> None:
    (invocation,) = report_on(judged(found))["run"]["invocations"].values()
    assert (invocation["results"], invocation["rc"]) == ({TESTCASE: result}, rc)


def test_one_verdict_is_one_report_and_another_is_another() -> None:
    uuids = [report_on(judged(found))["run"]["uuid"] for found in (results(Outcome.PASSED), results(Outcome.PASSED))]
    assert uuids[0] == uuids[1] != report_on(judged(results(Outcome.FAILED)))["run"]["uuid"]


def test_a_cloud_without_a_name_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="names the cloud"):
        report_on(judged(results(Outcome.PASSED)), subject=None)


def test_other_guidelines_are_refused_also_one_that_is_only_called_so() -> None:
    other = read(b"# program: SCS-0128\na.b.C.test_d\n", "scs-0128.lst")
    for guideline in (load(DEFAULT), other):
        with pytest.raises(InvalidRequest, match="takes no report on"):
            report_on(judged(results(Outcome.PASSED), guideline))

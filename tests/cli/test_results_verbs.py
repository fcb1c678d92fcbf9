"""`certmark results` on the recorded runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PASS, BROKEN, COMPUTE = (
    str(EXAMPLES / name)
    for name in ("object-storage-pass.subunit", "object-storage-broken.subunit", "compute.subunit.gz")
)


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == Exit.OK
    return capsys.readouterr().out


def test_a_run_is_shown_with_its_outcomes_causes_and_requests(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "results", "show", COMPUTE)
    assert text.startswith("216 tests in 6 min 51 s on 2 workers: compute.subunit.gz (subunit-v2)\n")
    for part in (
        "passed   213",
        "failed   1",
        "skipped  2",
        "req-08a96464-fa3b-4bc8-bbc1-5cbf151c5737",
        "Slowest classes",
    ):
        assert part in text


def test_failures_of_one_fault_are_one_group(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "results", "show", BROKEN)
    assert "Failures: 26 in 1 group" in text
    assert "… and 21 more (--full shows all)" in text
    assert "… and" not in shown(capsys, "results", "show", BROKEN, "--full")


def test_fixtures_that_went_wrong_are_shown_apart(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "results", "show", BROKEN)
    assert "setUpClass (tempest.api.object_storage.test_object_temp_url.ObjectTempUrlTest)" in text
    assert "tearDownClass (tempest.api.object_storage.test_container_quotas.ContainerQuotasTest)" in text


def test_a_run_is_shown_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(shown(capsys, "results", "show", BROKEN, "--json"))
    assert document["outcomes"] == {
        "passed": 29,
        "failed": 26,
        "skipped": 1,
        "setup_error": 0,
        "expected_failure": 0,
        "unexpected_success": 0,
        "unfinished": 0,
    }
    assert len(document["evidence"][0]["sha256"]) == 64
    assert [len(cause["attempts"]) for cause in document["failures"]] == [26]
    assert (len(document["set_ups"]), len(document["tear_downs"])) == (1, 1)


def test_what_is_newly_failing_gives_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results", "diff", PASS, BROKEN]) == Exit.FAIL
    assert capsys.readouterr().out.startswith("29 newly failing, 6 gone, 30 unchanged\n")
    assert main(["results", "diff", BROKEN, PASS]) == Exit.OK
    assert capsys.readouterr().out.startswith("29 fixed, 6 new, 30 unchanged\n")


def test_a_comparison_as_json_holds_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["results", "diff", PASS, BROKEN, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["newly_failing"] == 29
    assert {test["change"] for test in document["tests"]} == {"newly failing", "gone"}


def test_a_run_has_not_changed_against_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results", "diff", COMPUTE, COMPUTE]) == Exit.OK
    assert capsys.readouterr().out.startswith("1 still failing, 215 unchanged\n")


@pytest.mark.parametrize("form", ["report", "junit", "subunit"])
def test_results_in_another_form_compare_equal(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = str(tmp_path / "converted")
    assert main(["results", "convert", COMPUTE, "--to", form, "-o", target]) == Exit.OK
    assert main(["results", "diff", COMPUTE, target, "--json"]) == Exit.OK
    counts = json.loads(capsys.readouterr().out)["counts"]
    assert {change: count for change, count in counts.items() if count} == {"still_failing": 1, "unchanged": 215}


def test_refstacks_form_names_passes_only_and_says_what_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "upload.json"
    main(["results", "convert", COMPUTE, "--to", "refstack", "--cpid", "c0ffee", "-o", str(target)])
    upload = json.loads(target.read_text())
    assert (upload["cpid"], upload["duration_seconds"], len(upload["results"])) == ("c0ffee", 411, 213)
    assert capsys.readouterr().err.startswith("certmark: 4 attempts did not pass and are not in it")

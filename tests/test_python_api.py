"""The Python API, as a person who imports it uses it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

import certmark
from certmark import api
from support.lint_documents import LIST, encoded, sound

ROOT = Path(__file__).resolve().parents[1]
PASSING = ROOT / "examples" / "object-storage-pass.subunit"
BROKEN = ROOT / "examples" / "object-storage-broken.subunit"
DAY = dt.date(2026, 11, 28)


def test_a_run_is_judged_in_three_lines() -> None:
    guideline = certmark.load_guideline("2026.11")
    verdict = certmark.judge(guideline, certmark.read_results(PASSING), "object", as_of=DAY)
    assert verdict.standing is certmark.Standing.PASS
    assert certmark.sentence(verdict).startswith(
        "Interoperable Object Storage under the draft guideline 2026.11: PASS;"
    )


def test_a_failure_has_its_reasons() -> None:
    verdict = certmark.judge(certmark.load_guideline(), certmark.read_results(BROKEN), "object", as_of=DAY)
    assert verdict.standing is certmark.Standing.FAIL
    assert [one.key for one in verdict.capabilities if one.standing is certmark.Standing.FAIL] != []


@pytest.mark.thorough
@pytest.mark.parametrize("form", ["text", "json", "junit", "html", "markdown"])
def test_a_verdict_has_the_forms_of_the_command_line(form: str) -> None:
    verdict = certmark.judge(certmark.load_guideline(), certmark.read_results(PASSING), "object", as_of=DAY)
    words = [sys.executable, "-m", "certmark", "judge", str(PASSING), "-p", "object", "-f", form]
    done = subprocess.run([*words, "--as-of", DAY.isoformat()], capture_output=True, check=True)
    ours = certmark.judge(
        certmark.load_guideline(),
        certmark.read_results(PASSING, digests=True),
        "object",
        as_of=DAY,
    )
    assert certmark.render(ours, form) == done.stdout
    assert certmark.render(verdict, form)


@pytest.mark.parametrize(
    ("do", "family"),
    [
        pytest.param(lambda: certmark.load_guideline("2099.01"), certmark.InvalidInput, id="no such guideline"),
        pytest.param(lambda: certmark.read_results(ROOT / "pyproject.toml"), certmark.InvalidInput, id="no results"),
        pytest.param(lambda: certmark.load_policy("lenient"), certmark.InvalidRequest, id="no such policy"),
        pytest.param(
            lambda: certmark.judge(certmark.load_guideline(), certmark.read_results(PASSING), "nothing"),
            certmark.InvalidRequest,
            id="no such program",
        ),
    ],
)
def test_what_cannot_be_done_is_told_by_who_must_act(do: object, family: type[certmark.Refusal]) -> None:
    assert callable(do)
    with pytest.raises(family) as refusal:
        do()
    assert "--" not in str(refusal.value)


def test_what_was_not_signed_does_not_hold(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    verdict = certmark.judge(certmark.load_guideline(), certmark.read_results(PASSING), "object", as_of=DAY)
    report.write_bytes(certmark.render(verdict, "json"))
    with pytest.raises(certmark.InvalidRequest, match="there is no attestation"):
        certmark.verify(report)


def test_lint_is_told_the_day_or_takes_today(tmp_path: Path) -> None:
    flag = {"reason": "[D402] a bug", "action": "wait", "date": "2099-07-01"}
    document = sound()
    document["capabilities"]["list"]["tests"][LIST]["flagged"] = flag
    place = tmp_path / "2099.06.json"
    place.write_bytes(encoded(document))
    rules = [
        {found.rule.id for found in certmark.lint(place, today=day).weighing}
        for day in (dt.date(2099, 6, 30), dt.date(2099, 7, 1))
    ]
    assert rules[0] - rules[1] == {"flags/in-future"}


def test_lint_finds_what_is_wrong_at_file_and_line(tmp_path: Path) -> None:
    broken = tmp_path / "2099.01.json"
    broken.write_text('{"id": "2099.01", "schema": "1.6", "capabilities": {},}')
    assert certmark.lint("2026.11").weighing == ()
    found = certmark.lint(broken).weighing
    assert found
    assert {finding.file for finding in found} == {str(broken)}


def test_coverage_says_what_a_suite_lacks(tmp_path: Path) -> None:
    listed = tmp_path / "tests.lst"
    listed.write_text(
        "tempest.api.compute.servers.test_servers.ServersTestJSON.test_create_server_with_admin_password\n"
    )
    coverage = certmark.cover(certmark.load_guideline(), certmark.load_survey(listed))
    assert len(coverage.tests) > 200


def test_every_name_is_documented_and_there() -> None:
    assert sorted(certmark.__all__) == dir(certmark) == sorted([*api.__all__, "__version__"])
    for name in api.__all__:
        assert getattr(certmark, name) is getattr(api, name)
        assert getattr(api, name).__doc__, name


def test_importing_certmark_loads_nothing_but_its_version() -> None:
    script = "import sys, certmark; print([name for name in sys.modules if name.startswith('certmark.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"['certmark.version']\n"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'certmark' has no attribute 'verdict'"):
        certmark.verdict  # noqa: B018 - that it is not there is the point

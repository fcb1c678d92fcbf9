"""What the doctor found, in every form."""

from __future__ import annotations

import json

from certmark.domain.advice import Action, Advice
from certmark.domain.health import CloudFinding, HealthLevel, health_of
from certmark.domain.preflight import Diagnosis
from certmark.reporting.cloud.doctor import DiagnosisView, summary
from certmark.reporting.views import Form, render

REFUSED = CloudFinding(
    "account-refused", HealthLevel.FATAL, "accounts", "ann is refused", "ann", "her classes fail", "mend the entry", 3
)
SLOW = CloudFinding("clock-skew", HealthLevel.WARNING, "transport", "the clocks differ", mend="set the clock")
LACKS = CloudFinding("suite", HealthLevel.NOTE, "suite", "it is not installed", advice=Advice(Action.INSTALL_SUITE))
IMAGE = CloudFinding("image", HealthLevel.OK, "image", "cirros is active")
ROOM = CloudFinding("machine", HealthLevel.OK, "machine", "room for 4 at a time")


def found(*findings: CloudFinding) -> Diagnosis:
    return Diagnosis(
        health_of(findings, calls=7, seconds=1.25), "mine", "2026.11", ("a program",), 3, 4, "47.0.0", True
    )


EVERYTHING = found(IMAGE, SLOW, LACKS, REFUSED, ROOM)
TEXT = """
mine for a program of 2026.11
1 thing would make a run fail, 1 warning (7 calls in 1.2 s)
  accounts: would make a run fail
    ann is refused [account-refused]
      where: ann
      why it matters: her classes fail (3 tests)
      what to do: mend the entry
  transport: may make tests fail
    the clocks differ [clock-skew]
      what to do: set the clock
  suite: to know
    it is not installed [suite]
      what to do: say INSTALL_SUITE
fine: image, machine
"""
JUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="Doctor" tests="5" failures="1" errors="0" skipped="1" time="0.000">
  <testsuite name="accounts" tests="1" failures="1" errors="0" skipped="0" time="0.000">
    <testcase classname="accounts" name="account-refused (ann)"><failure type="fatal" message="ann is refused">where: ann
why it matters: her classes fail (3 tests)
what to do: mend the entry</failure></testcase>
  </testsuite>
  <testsuite name="transport" tests="1" failures="0" errors="0" skipped="1" time="0.000">
    <testcase classname="transport" name="clock-skew"><skipped message="the clocks differ"/></testcase>
  </testsuite>
  <testsuite name="suite" tests="1" failures="0" errors="0" skipped="0" time="0.000">
    <testcase classname="suite" name="suite"/>
  </testsuite>
  <testsuite name="image" tests="1" failures="0" errors="0" skipped="0" time="0.000">
    <testcase classname="image" name="image"/>
  </testsuite>
  <testsuite name="machine" tests="1" failures="0" errors="0" skipped="0" time="0.000">
    <testcase classname="machine" name="machine"/>
  </testsuite>
</testsuites>
"""


def view(diagnosis: Diagnosis, *, full: bool = False) -> DiagnosisView:
    return DiagnosisView(diagnosis, full=full, worded=lambda advice: f"say {advice.action.name}")


def test_nothing_looked_at_is_a_failure_in_every_form() -> None:
    nothing = view(found())
    assert b"nothing could be looked at" in render(nothing, Form.TEXT)
    assert b'failures="1"' in render(nothing, Form.JUNIT)
    assert json.loads(render(nothing, Form.JSON))["fatal"] is True


def test_text_has_the_sum_then_the_worst_and_what_is_fine_in_one_line() -> None:
    assert render(view(EVERYTHING), Form.TEXT).decode() == TEXT


def test_all_of_it_lists_what_is_fine_too() -> None:
    text = render(view(EVERYTHING, full=True), Form.TEXT).decode()
    assert text == TEXT.replace(
        "fine: image, machine",
        "  image: fine\n    cirros is active [image]\n  machine: fine\n    room for 4 at a time [machine]",
    )


def test_a_finding_is_a_case_of_junit_and_only_what_is_fatal_failed() -> None:
    assert render(view(EVERYTHING), Form.JUNIT).decode() == JUNIT


def test_json_has_every_finding_with_what_mends_it() -> None:
    document = json.loads(render(view(EVERYTHING), Form.JSON))
    assert (document["format"], document["version"], document["counts"]) == (
        "certmark-doctor", 1, {"fatal": 1, "warning": 1, "note": 1, "ok": 2},
    )  # fmt: skip
    assert [(one["id"], one["mend"]) for one in document["findings"]] == [
        ("account-refused", "mend the entry"), ("clock-skew", "set the clock"), ("suite", "say INSTALL_SUITE"),
        ("image", ""), ("machine", ""),
    ]  # fmt: skip


def test_pages_and_markdown_have_it_too() -> None:
    for form in (Form.HTML, Form.MARKDOWN):
        assert b"account-refused" in render(view(EVERYTHING), form)


def test_a_cloud_without_fault_is_said_so_in_plain_words() -> None:
    assert summary(found(IMAGE).health) == "nothing found that would stop a run (7 calls in 1.2 s)"
    assert summary(found(SLOW).health) == "nothing fatal, 1 warning (7 calls in 1.2 s)"

"""A coverage in text, HTML and JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from certmark.domain.coverage import cover
from certmark.domain.covered_tests import Coverage
from certmark.domain.gaps import Gaps, find_gaps
from certmark.domain.guidelines import Guideline
from certmark.domain.surveys import Credential, SurveyedTest
from certmark.formats.guideline import load
from certmark.formats.surveys import load_survey
from certmark.reporting.coverage.blocks import headline
from certmark.reporting.coverage.view import CoverageView
from certmark.reporting.views import Form, render
from support.surveys import ONE, TWO, guideline_of, survey_of

HOSTILE = "\x1b[31m<script>alert(1)</script>\u202e"
CLASS = "tempest.api.compute.test_servers.ServersTest"


def small() -> tuple[Guideline, Coverage, Gaps]:
    guideline = guideline_of(
        {
            f"{CLASS}.test_list": {"idempotent_id": f"id-{ONE}"},
            f"{CLASS}.test_gone": {"idempotent_id": f"id-{TWO}"},
        }
    )
    survey = survey_of(
        SurveyedTest(
            f"{CLASS}.test_list_servers[id-{ONE}]", (Credential("primary"), Credential("admin")), skips=("if x",)
        ),
        SurveyedTest(
            f"{CLASS}.test_rescue[slow]",
            (Credential("primary"),),
            document=f"Rescue {HOSTILE}.\n\nAnd more.",
            calls=("servers_client.rescue_server",),
            own_calls=1,
        ),
    )
    return guideline, cover(guideline, survey), find_gaps(survey, [guideline], guideline=guideline)


def test_the_text_says_the_sum_first_then_each_matter_with_its_remedy() -> None:
    _, coverage, gaps = small()
    assert render(CoverageView(coverage, gaps, full=True), Form.TEXT).decode() == TEXT


TEXT = f"""\
2030.01 against toy 1.0: 0 of 2 tests stand there as they did, 1 renamed, 1 vanished; 2 tests need a decision.
The guideline is approved: aliases and flags may be added, nothing else.
  SERVICE  TESTS  EXIST  RENAMED  VANISHED  ADMINISTRATOR  SECOND ACCOUNT  TO DO
  compute  2      0      1        1         1              0               2
  all      2      0      1        1         1              0               2

Vanished: 1, to do 1
  1 test: the suite has neither its id nor its name
    → flag it [D406], test removed, with action and date; the next guideline leaves it out
    {CLASS}.test_gone
      in things (required)

Renamed: 1, to do 1
  1 test
    {CLASS}.test_list
      in things (required)
      its id now stands under {CLASS}.test_list_servers
      → add {CLASS}.test_list_servers to its aliases; the key stays, for it is the name at approval

Asks for an administrator: 1, to do 1
  1 test: asks for primary and admin
    → flag it [D400], fails the criteria: it asks for an administrator; the next guideline leaves it out
    {CLASS}.test_list
      in things (required)

Accounts that tests to pass ask for today: 1 test
  TESTS  ACCOUNTS
  1      primary and admin

Conditions under which tests to pass are skipped: 1
  TESTS  SKIPPED
  1      if x

Tests in no guideline
In no guideline: 1 distinct test without an administrator (1 name), in 1 candidate capability; 0 more with one.
Counted are tests of an API (2 names, 2 ids); one asks for an administrator if it lies under an admin package or its \
class has an administrator's credentials; it is tracked if a guideline has its id, or its name and no id \
(1 guideline, 2 distinct ids).
  SERVICE  ALL  ADMINISTRATOR  WITHOUT  IN THE GUIDELINE  IN NONE  PLAIN  NEGATIVE  SLOW  SECOND USER
  compute  2    1              1        0                 1        1      0         0     0
  all      2    1              1        0                 1        1      0         0     0

Candidates without an administrator: 1
  CANDIDATE               PLAIN  NEGATIVE  SLOW  SECOND USER  OPERATION
  compute-servers-rescue  1      0         0     0            servers_client.rescue_server
  compute-servers-rescue: 1 test
    {CLASS}.test_rescue[slow]
      Rescue \\x1b[31m<script>alert(1)</script>\\u202e.
      as primary
      calls servers_client.rescue_server
"""


def test_the_html_escapes_what_is_foreign_loads_nothing_and_hatches_what_it_colours() -> None:
    _, coverage, gaps = small()
    page = render(CoverageView(coverage, gaps), Form.HTML).decode()
    assert page.count("<script") == 1
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "default-src 'none'" in page
    assert page.count("repeating-linear-gradient") == 3
    assert '<span class="unseen"> vanished or not covered</span>' in page
    assert "compute-servers-rescue" in page


def test_the_html_of_nothing_says_so() -> None:
    page = render(CoverageView(cover(guideline_of({}), survey_of())), Form.HTML).decode()
    assert "The guideline has no test." in page
    assert "Every test stands there as it did." in page
    assert "Nothing to do" in page


def test_the_json_has_every_test_and_every_candidate() -> None:
    _, coverage, gaps = small()
    document = json.loads(render(CoverageView(coverage, gaps), Form.JSON))
    assert document["format"] == "certmark-coverage"
    assert document["counts"] == {
        "names": 2, "ids": 2, "exists": 0, "renamed": 1, "another_test": 0, "vanished": 1, "not_covered": 0,
        "renamed_known_by_alias": 0, "to_pass": 2, "to_do": 2,
    }  # fmt: skip
    assert [(test["presence"], [item["matter"] for item in test["findings"]]) for test in document["tests"]] == [
        ("renamed", ["renamed", "admin"]),
        ("vanished", ["vanished"]),
    ]
    assert [candidate["key"] for candidate in document["gaps"]["candidates"]] == ["compute-servers-rescue"]
    assert "gaps" not in json.loads(render(CoverageView(coverage), Form.JSON))


@pytest.mark.shared
def test_2020_06_against_tempest_47_in_one_sentence(shared: Path, assets: Path) -> None:
    survey = load_survey(str(assets / "survey" / "tempest-47.0.0.json.gz"))
    coverage = cover(load(str(shared / "guidelines" / "2020.06.json")), survey)
    assert headline(coverage) == (
        "2020.06 against tempest 47.0.0: 285 of 287 tests stand there as they did, 1 renamed, 1 vanished; "
        "226 tests need a decision."
    )


def test_what_is_not_covered_has_a_column_where_there_is_some() -> None:
    guideline = guideline_of({f"{CLASS}.test_list": {"idempotent_id": f"id-{ONE}"}})
    coverage = cover(guideline, survey_of(SurveyedTest("other.Class.test_one")))
    lines = render(CoverageView(coverage, None, full=True), Form.TEXT).decode().splitlines()
    assert "  SERVICE  TESTS  EXIST  RENAMED  VANISHED  NOT COVERED  ADMINISTRATOR  SECOND ACCOUNT  TO DO" in lines
    assert "  all      1      0      0        0         1            0              0               1" in lines

"""Findings for other tools: whole outputs, and hostile texts in them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from certmark.authoring.lint.checks import LintReport
from certmark.domain.findings import LintFinding, Rule, Severity
from certmark.reporting.lint.view import LintView
from certmark.reporting.views import Form
from certmark.reporting.views import render as render_view

RULE = Rule("ids/prefix", Severity.WARNING, "an id is odd", "Tools compare it.", "the schema", "a → b", "mends it")
GRAVE = Rule("ids/name", Severity.ERROR, "a name is none", "Nobody can pass it.", "Python", "a → b")
FOUND = LintFinding(RULE, "a b/2020.06.json", 3, 7, "/capabilities/x", "the id is odd", "mends it")
HOSTILE = LintFinding(GRAVE, "x,y:z\n.json", 1, 1, "/a", '::error::%0A\n<b>"\x1b[31m\ud800 & @you')
FILES = ("a b/2020.06.json", "x,y:z\n.json", "clean.json")


def render(form: Form, *findings: LintFinding, files: tuple[str, ...] = FILES) -> bytes:
    return render_view(
        LintView(LintReport(files, findings, Severity.WARNING, is_complete=True), evaluator="1.2.3"), form
    )


def test_json_tells_everything_and_counts_what_is_new() -> None:
    document = json.loads(render(Form.JSON, FOUND, HOSTILE._replace(known=True)))
    assert document["counts"] == {"error": 0, "warning": 1, "note": 0, "known": 1, "accepted": 0}
    assert document["rules"] == {"ids/prefix": 1}
    assert document["findings"][0] == {
        "file": "a b/2020.06.json",
        "line": 3,
        "column": 7,
        "pointer": "/capabilities/x",
        "place": "",
        "severity": "warning",
        "rule": "ids/prefix",
        "message": "the id is odd",
        "source": "the schema",
        "fix": "mends it",
        "known": False,
        "accepted": None,
    }


def test_sarif_has_what_version_2_1_0_asks_for() -> None:
    log = json.loads(render(Form.SARIF, FOUND, HOSTILE, FOUND._replace(known=True)))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("certmark guideline lint", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == ["ids/prefix", "ids/name"]
    assert [artifact["location"]["uri"] for artifact in run["artifacts"]] == [
        "a%20b/2020.06.json",
        "x,y:z%0A.json",
        "clean.json",
    ]
    first, second, third = run["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("ids/prefix", 0, "warning")
    assert first["message"] == {"text": "the id is odd."}
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b/2020.06.json"}
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert (second["level"], "suppressions" in second) == ("error", False)
    assert third["suppressions"] == [{"kind": "external", "justification": "a baseline lists it"}]
    prints = [result["partialFingerprints"]["primaryLocationLineHash"].partition(":") for result in run["results"]]
    assert [number for _, _, number in prints] == ["1", "1", "2"]
    assert prints[0][0] == prints[2][0] != prints[1][0]


def test_junit_fails_a_case_for_each_finding_and_passes_clean_files() -> None:
    root = ET.fromstring(render(Form.JUNIT, FOUND, HOSTILE))  # noqa: S314 - our own output
    assert root.attrib == {
        "name": "certmark guideline lint",
        "tests": "3",
        "failures": "2",
        "errors": "0",
        "skipped": "0",
        "time": "0.000",
    }
    suites = list(root)
    assert [suite.attrib["failures"] for suite in suites] == ["1", "1", "0"]
    failure = suites[0].find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"type": "warning", "message": "the id is odd"}
    assert suites[2].find("testcase/failure") is None


def test_annotations_are_one_line_each_whatever_the_texts() -> None:
    assert render(Form.GITHUB, FOUND, HOSTILE).decode().splitlines() == [
        "::warning file=a b/2020.06.json,line=3,col=7,title=ids/prefix::the id is odd",
        '::error file=x%2Cy%3Az .json,line=1,col=1,title=ids/name::::error::%250A <b>"\\x1b[31m\\ud800 & @you',
    ]


def test_a_page_has_a_table_for_each_file_and_nothing_foreign_acts_in_it() -> None:
    page = render(Form.HTML, FOUND, HOSTILE).decode()
    assert page.count("<table>") == 2
    assert "<b>" not in page
    assert "\x1b" not in page
    assert '<td data-label="place">3:7</td>' in page


def test_markdown_has_a_paragraph_for_each_finding() -> None:
    assert render(Form.MARKDOWN, FOUND).decode() == (
        "a b/2020.06.json:3:7: warning ids/prefix: the id is odd \\[mending\\]\n\n"
        "0 errors, 1 warning in 3 files; 1 of them can be mended \\[mending\\].\n"
    )


@pytest.mark.parametrize("form", LintView.forms)
def test_nothing_found_is_told_in_every_form(form: Form) -> None:
    content = render(form, files=("clean.json",))
    told = b"clean.json" if form in {Form.JSON, Form.SARIF, Form.JUNIT} else b"0 errors, 0 warnings in 1 file."
    assert content == b"" if form is Form.GITHUB else told in content


@pytest.mark.parametrize("form", LintView.forms)
def test_every_form_can_be_written_whatever_the_texts(form: Form) -> None:
    assert render(form, HOSTILE).decode()

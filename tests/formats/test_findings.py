"""Findings for other tools: whole outputs, and hostile texts in them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from certmark.domain.findings import LintFinding, Rule, Severity
from certmark.reporting.lint import FORMATS, render

RULE = Rule("ids/prefix", Severity.WARNING, "an id is odd", "Tools compare it.", "the schema", "a → b", "mends it")
GRAVE = Rule("ids/name", Severity.ERROR, "a name is none", "Nobody can pass it.", "Python", "a → b")
FOUND = LintFinding(RULE, "a b/2020.06.json", 3, 7, "/capabilities/x", "the id is odd", "mends it")
HOSTILE = LintFinding(GRAVE, "x,y:z\n.json", 1, 1, "/a", '::error::%0A\n<b>"\x1b[31m\ud800 & @you')
FILES = ["a b/2020.06.json", "x,y:z\n.json", "clean.json"]


def test_json_tells_everything_and_counts_what_is_new() -> None:
    document = json.loads(render("json", [FOUND, HOSTILE._replace(known=True)], FILES, version="1"))
    assert document["counts"] == {"error": 0, "warning": 1, "note": 0, "known": 1}
    assert document["rules"] == {"ids/prefix": 1}
    assert document["findings"][0] == {
        "file": "a b/2020.06.json",
        "line": 3,
        "column": 7,
        "pointer": "/capabilities/x",
        "severity": "warning",
        "rule": "ids/prefix",
        "message": "the id is odd",
        "source": "the schema",
        "fix": "mends it",
        "known": False,
    }


def test_sarif_has_what_version_2_1_0_asks_for() -> None:
    log = json.loads(render("sarif", [FOUND, HOSTILE, FOUND._replace(known=True)], FILES, version="1.2.3"))
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
    root = ET.fromstring(render("junit", [FOUND, HOSTILE], FILES, version="1"))  # noqa: S314 - our own output
    assert root.attrib == {"name": "certmark guideline lint", "tests": "3", "failures": "2", "errors": "0"}
    suites = list(root)
    assert [suite.attrib["failures"] for suite in suites] == ["1", "1", "0"]
    failure = suites[0].find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"type": "warning", "message": "the id is odd"}
    assert suites[2].find("testcase/failure") is None


def test_annotations_are_one_line_each_whatever_the_texts() -> None:
    assert render("github", [FOUND, HOSTILE], FILES, version="1").decode().splitlines() == [
        "::warning file=a b/2020.06.json,line=3,col=7,title=ids/prefix::the id is odd",
        '::error file=x%2Cy%3Az .json,line=1,col=1,title=ids/name::::error::%250A <b>"\\x1b[31m\\ud800 & @you',
    ]


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_found_is_told_in_every_form(format_: str) -> None:
    content = render(format_, [], ["clean.json"], version="1")
    assert b"clean.json" in content if format_ != "github" else content == b""

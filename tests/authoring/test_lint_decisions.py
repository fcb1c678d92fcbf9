"""Accepted findings: what a decision covers, where it is written, and when it is told that it is stale."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from certmark.authoring.lint.acceptance import AcceptRequest
from certmark.authoring.lint.checks import LintOptions, LintReport, check
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import AcceptedFinding
from certmark.formats.guideline.decisions import InvalidDecisions, read_decisions, with_decision
from support.lint_documents import before, encoded, sound

DAY = date(2099, 7, 1)
PLACE = "/capabilities/resize"
NEW = AcceptedFinding("references/without-tests", PLACE, "it is: to come", "A Person", "2099-07-01")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "2098.12.json").write_bytes(encoded(before()))
    (tmp_path / "2099.06.json").write_bytes(encoded(faulty()))
    return tmp_path


def faulty() -> dict[str, Any]:
    document = sound()
    document["capabilities"]["resize"]["tests"] = {}
    return document


def run(folder: Path, **options: Any) -> LintReport:
    return check([str(folder / "2099.06.json")], LintOptions(today=DAY, **options))


def write(folder: Path, text: str) -> None:
    (folder / "2099.06.decisions.yaml").write_text(text, encoding="utf-8")


def rules(report: LintReport) -> list[str]:
    return [finding.rule.id for finding in report.weighing]


def test_an_accepted_finding_is_there_and_does_not_weigh(folder: Path) -> None:
    assert rules(run(folder)) == ["references/without-tests"]
    write(folder, with_decision(None, "x", NEW).decode())
    report = run(folder)
    assert rules(report) == []
    assert [finding.accepted for finding in report.findings if finding.accepted] == [NEW]


@pytest.mark.parametrize("place", [PLACE, "", "/capabilities"])
def test_a_decision_covers_what_lies_below_its_place(folder: Path, place: str) -> None:
    write(folder, with_decision(None, "x", NEW._replace(place=place)).decode())
    assert rules(run(folder)) == []


@pytest.mark.parametrize("place", ["/capabilities/res", "/capabilities/resize/tests", "/x"])
def test_a_decision_covers_nothing_else_and_is_told_as_stale(folder: Path, place: str) -> None:
    write(folder, with_decision(None, "x", NEW._replace(place=place)).decode())
    report = run(folder)
    assert sorted(rules(report)) == ["decisions/stale", "references/without-tests"]
    (stale,) = (finding for finding in report.weighing if finding.rule.id == "decisions/stale")
    assert (stale.file.rpartition("/")[2], stale.line) == ("2099.06.decisions.yaml", 3)
    assert stale.message.endswith('is found no longer; "A Person" accepted it on 2099-07-01')
    assert stale.file in report.files


def test_the_name_of_a_capability_is_enough_to_accept_and_the_file_is_in_the_report(folder: Path) -> None:
    request = AcceptRequest("references/without-tests", "resize", NEW.reason, NEW.by)
    report = run(folder, accept=request)
    (written,) = report.decisions
    assert (rules(report), written.path) == ([], str(folder / "2099.06.decisions.yaml"))
    assert [one.accepted for one in read_decisions(written.content, "x")] == [NEW]
    assert not (folder / "2099.06.decisions.yaml").exists()


def test_items_of_lists_stand_by_their_texts_so_that_lists_may_grow(folder: Path) -> None:
    document = faulty()
    document["capabilities"]["list"]["achievements"].append("fast")
    (folder / "2099.06.json").write_bytes(encoded(document))
    report = run(folder, accept=AcceptRequest("references/unknown-criterion", "fast", "why", "who"))
    assert b'place: "/capabilities/list/achievements/fast"' in report.decisions[0].content
    write(folder, report.decisions[0].content.decode())
    document["capabilities"]["list"]["achievements"].insert(0, "slow")
    (folder / "2099.06.json").write_bytes(encoded(document))
    assert [item.message.split('"')[1] for item in run(folder).weighing if "criterion" in item.message] == ["slow"]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (AcceptRequest("references/orphan", "resize", "why", "who"), "there is no finding of references/orphan"),
        (AcceptRequest("references/nonsense", "resize", "why", "who"), "there is no rule"),
        (AcceptRequest("references/without-tests", "resize", " ", "who"), "with a reason, and by somebody"),
    ],
)
def test_nothing_is_accepted_without_a_finding_a_reason_and_a_name(
    folder: Path, request_: AcceptRequest, said: str
) -> None:
    with pytest.raises(InvalidRequest, match=said):
        run(folder, accept=request_)


def test_an_entry_is_added_and_every_other_byte_stays() -> None:
    first = "# kept\ndecisions:\n  - {rule: a/b, place: '', reason: r, by: b, date: 2099-01-01}   # kept, too\n"
    content = with_decision(first.encode(), "x", NEW).decode()
    assert content.startswith(first)
    assert [one.accepted for one in read_decisions(content.encode(), "x")][1] == NEW
    assert [one.line for one in read_decisions(content.encode(), "x")] == [3, 4]


def test_where_nothing_can_be_added_safely_the_author_is_asked() -> None:
    with pytest.raises(InvalidDecisions, match="add the entry by hand"):
        with_decision(b"decisions: [{rule: a/b, place: '', reason: r, by: b, date: 2099-01-01}]\n", "x", NEW)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{rule: ids/name, place: /x}", "it lacks reason, by, date"),
        ("{rule: ids/name, place: /x, reason: r, by: b, date: May}", 'its date "May" is no day'),
        ("{rule: ids/name, place: /x, reason: r, by: b, date: 2099-01-01, more: 1}", 'unknown key "more"'),
        ("{rule: ids/nonsense, place: /x, reason: r, by: b, date: 2099-01-01}", "there is no rule"),
        ("text", "an entry has rule, place, reason, by, date"),
    ],
)
def test_an_entry_that_does_not_say_all_accepts_nothing(folder: Path, entry: str, said: str) -> None:
    write(folder, f"decisions:\n- {entry}\n")
    (told,) = (finding for finding in run(folder).weighing if finding.rule.id == "decisions/incomplete")
    assert said in told.message


def test_a_file_of_decisions_that_is_no_yaml_is_a_finding(folder: Path) -> None:
    write(folder, "decisions: [")
    report = run(folder)
    assert sorted(rules(report)) == ["references/without-tests", "structure/unreadable"]


def test_a_guideline_of_format_3_carries_its_decisions_itself(folder: Path) -> None:
    document = faulty() | {"decisions": [NEW._asdict()]}
    (folder / "2099.06.json").write_bytes(json.dumps(document).encode())
    report = run(folder)
    assert "references/without-tests" not in rules(report)

"""Baselines: what is known is told as known, by its place in the document."""

from __future__ import annotations

import pytest

from certmark.authoring.lint.baseline import InvalidBaseline, compare, read_baseline, write_baseline
from certmark.authoring.lint.rules import RULES
from certmark.domain.findings import LintFinding

PREFIX = RULES["ids/prefix"]
ONE = LintFinding(PREFIX, "a.json", 3, 1, "/capabilities/x", "m")
TWO = LintFinding(PREFIX, "a.json", 9, 1, "/capabilities/y", "m")
NAMES = {"a.json": "guidelines/a.json"}


def test_what_a_baseline_lists_is_known_wherever_it_stands_now() -> None:
    known = read_baseline(write_baseline([ONE], NAMES), "baseline.json")
    moved = ONE._replace(line=40)
    assert compare([moved, TWO], known, NAMES) == ((moved._replace(known=True), TWO), 0)


def test_a_finding_is_known_as_often_as_it_is_listed() -> None:
    known = read_baseline(write_baseline([ONE], NAMES), "baseline.json")
    assert [finding.known for finding in compare([ONE, ONE], known, NAMES).findings] == [True, False]


def test_what_is_found_no_longer_is_counted() -> None:
    known = read_baseline(write_baseline([ONE, TWO], NAMES), "baseline.json")
    assert compare([TWO], known, NAMES).gone == 1


def test_files_that_were_not_checked_are_not_missed() -> None:
    known = read_baseline(write_baseline([ONE], NAMES), "baseline.json")
    assert compare([], known, {}).gone == 0


def test_equal_findings_give_equal_bytes() -> None:
    assert write_baseline([TWO, ONE], NAMES) == write_baseline([ONE, TWO], NAMES)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"certmark-lint-baseline": 2, "files": {}}',
        b'{"certmark-lint-baseline": 1, "files": {"a": []}}',
        b'{"certmark-lint-baseline": 1, "files": {"a": {"b": 1}}}',
    ],
)
def test_what_is_no_baseline_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(InvalidBaseline) as refusal:
        read_baseline(data, "baseline.json")
    assert str(refusal.value).startswith("baseline.json")

"""The table of findings: documented whole, used whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from certmark.cloud.doctor.kinds import KINDS, SUBJECTS, find
from certmark.domain.health import HealthLevel
from certmark.domain.preflight import WHATEVER_THE_TESTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "doctor.md"
SOURCES = sorted((ROOT / "src/certmark/cloud/doctor").glob("*.py"))


def test_every_finding_is_documented_with_its_weights_and_nothing_else_is() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| ([a-z, ]+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {id_: (weights, summary) for id_, weights, summary in rows}
    known = {id_: (", ".join(item.value for item in kind.severities), kind.summary) for id_, kind in KINDS.items()}
    assert documented == known


def test_every_finding_of_the_table_can_be_found_and_every_found_one_is_in_it() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name != "kinds.py")
    unused = [id_ for id_ in KINDS if f'"{id_}"' not in text and not id_.startswith("quota-")]
    unknown = [id_ for id_ in re.findall(r"\bfound\(\s*\"([a-z0-9-]+)\"", text) if id_ not in KINDS]
    assert (unused, unknown) == ([], [])


def test_what_stops_a_run_before_its_suite_is_there_is_a_kind_that_can_be_fatal() -> None:
    fatal = {id_ for id_, kind in KINDS.items() if HealthLevel.FATAL in kind.severities}
    assert fatal >= WHATEVER_THE_TESTS


def test_every_subject_has_a_place() -> None:
    assert {kind.subject for kind in KINDS.values()} == set(SUBJECTS)


def test_a_finding_weighs_only_what_its_kind_can_weigh() -> None:
    assert find("image-none", "none").severity is HealthLevel.FATAL
    with pytest.raises(ValueError, match="image-none is never note"):
        find("image-none", "none", severity=HealthLevel.NOTE)

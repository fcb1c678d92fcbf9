"""Guidelines of format 3: the rules of 2.0 look at them, and every finding stands at its line of YAML or JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from certmark.authoring.lint.checking import CheckedGuideline, LintInput, lint, open_file
from certmark.authoring.lint.checks import repair
from certmark.authoring.lint.history import Surroundings
from certmark.domain.findings import Severity
from certmark.formats.guideline import yaml_text

SOUND = Path(__file__).parents[1] / "assets" / "guideline" / "sound" / "format_3.yaml"


def text() -> str:
    """A guideline of format 3 in which nothing weighs."""
    found = SOUND.read_text(encoding="utf-8")
    for old, new in (
        ("releases: [2026.2, 2027.1]", "releases: [2026.1, 2026.2, 2027.1]"),
        ("date: 2027-09-01", "date: 2027-10-01"),
        ("https://example.org/freezer", "https://example.org/tempest"),
        ("rule: references/below-cutoff", "rule: process/below-cutoff"),
        ("      required: [shares-create]\n", "      required: [shares-create]\n    since: {shares-create: 2027.10}\n"),
    ):
        found = found.replace(old, new)
    return found


def checked(data: str, name: str = "2027.10.yaml") -> CheckedGuideline:
    return lint([open_file(LintInput(name, data.encode()))], around=Surroundings(date(2027, 12, 1)))[0]


def told(data: str, name: str = "2027.10.yaml") -> list[tuple[str, str]]:
    """Rules that weigh, with what stands at their places."""
    found = [item for item in checked(data, name).findings if item.rule.severity is not Severity.NOTE]
    lines = data.splitlines()
    return [(item.rule.id, lines[item.line - 1][item.column - 1 :]) for item in found]


def test_nothing_weighs_in_a_sound_one() -> None:
    assert told(text()) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("requires:", "requirs:", ("structure/misspelt-key", "requirs:")),
        ("[ice-crush]", "[ice-crsh]", ("references/misspelt-capability", "ice-crsh]")),
        ("mark: 0", "mark: 2", ("structure/wrong-value", "2")),
        ("cutoff: 74", "cutoff: 740", ("process/unreachable-cutoff", "740")),
        ("weight: 60", "weight: 70", ("process/weights-sum", "criteria:")),
        (
            "tempest:2222",
            "tempest:222",
            ("ids/form", "tempest:2222222-2222-4222-8222-222222222222"),
        ),
        ("date: 2027-10-01\n  ice", "date: 2027-02-30\n  ice", ("flags/date-form", "2027-02-30")),
        ("[2026.1, 2026.2, 2027.1]", "[2026.1, 2026.3, 2027.1]", ("process/unknown-release", "2026.3, 2027.1]")),
        ("      - name: freezer\n  ice", "      - name: frezer\n  ice", ("references/undefined-component", "frezer")),
        ("status: approved", "status: aproved", ("structure/wrong-value", "aproved")),
    ],
)
def test_a_mistake_stands_at_its_place_in_yaml(old: str, new: str, found: tuple[str, str]) -> None:
    assert text().count(old) == 1, old
    assert told(text().replace(old, new)) == [found]


def test_who_approved_it_is_asked() -> None:
    document = yaml_text.parsed(text())
    del document["metadata"]["approval"]
    assert ("process/no-approval", '"approved",') in told(json.dumps(document, indent=1), "2027.10.json")


def test_yaml_that_cannot_be_read_is_told_at_its_line() -> None:
    (found,) = (item for item in checked("metadata:\n  id: x\n  id: y\n").findings)
    assert (found.rule.id, found.line) == ("structure/not-yaml", 3)


def test_keys_are_mended_in_json_and_nothing_in_yaml() -> None:
    wrong = text().replace("optional:", "optionall:")
    assert checked(wrong).repairs == ()
    document = json.dumps(yaml_text.parsed(wrong), indent=1)
    found = checked(document, "2027.10.json")
    assert json.loads(repair(document, found.repairs)) == yaml_text.parsed(text())

"""The published guidelines of 2015 to 2020: how often each rule is broken in each file.

The counts were taken by hand and by other programs before the linter was written; where the linter
counts otherwise the reason stands beside it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from certmark.authoring.lint.checking import CheckedGuideline, lint
from certmark.authoring.lint.sources import gather

DATED = ("2018.02", "2018.11", "2019.06", "2019.11", "2020.06")


@pytest.fixture(scope="module")
def history(shared: Path) -> dict[str, CheckedGuideline]:
    """Every file of the history, checked together."""
    folder = str(shared / "guidelines")
    gathered = gather([folder])
    assert gathered.refused == ()
    assert len(gathered.passed_over) == 3  # the published schemas
    found = lint(gathered.files, beside=gathered.beside)
    return {item.file.name.removeprefix(folder.lstrip("/")).partition("guidelines/")[2]: item for item in found}


COUNTS: list[tuple[str, dict[str, int]]] = [
    # Flags whose code is not in brackets, or that have none: 28, 47, 42, 45 and 31 together.
    ("flags/code-form", {"2015.07": 23, "2016.01": 43, "2016.08": 38, "2017.01": 41, "2017.09": 27}),
    (
        "flags/no-code",
        {"2015.07": 5, "2016.01": 4, "2016.08": 4, "2017.01": 4, "2017.09": 4, "doc/source/schema/next.2.0": 4},
    ),
    ("flags/code-form", {"2020.06": 2, "2019.11": 2, "2018.02": 3}),
    ("flags/no-code", {"2020.06": 4}),
    # 75 with a hyphen and 2 acheivements in 2018.02, then 2 acheivements and 1 descriptin.
    ("structure/misspelt-key", {"2018.02": 77, "2018.11": 3, "2019.06": 3, "2019.11": 3, "2020.06": 3, "next": 3}),
    # Empty required_since 18, 15, 1, 1 and 4 times, one empty achievement in each, and 10 empty descriptions.
    ("structure/empty-value", {"2018.11": 29, "2019.06": 26, "2019.11": 12, "2020.06": 12, "next": 15}),
    ("structure/list-for-object", {"2015.03": 5, "2015.04": 5, "2015.05": 4}),
    # 3 comments and 4 texts that go over the end of a line.
    ("structure/not-json", {"legacy/havanasections": 7}),
    ("ids/name", {"drafts/havanacore": 444, **{f"add-ons/orchestration.{name}": 1 for name in DATED}}),
    (
        "ids/two-places",
        {
            "drafts/havanacore": 83,
            "2017.01": 61,
            "2017.09": 59,
            "2018.02": 57,
            "2018.11": 59,
            "2019.06": 59,
            "2020.06": 2,
        },
    ),
    ("references/without-tests", {"legacy/havanacore": 20, "legacy/icehousecore": 22, "legacy/junocore": 22}),
    ("references/required-without-tests", {"2015.03": 1, "2015.04": 1, "2015.05": 1, "2016.01": 1}),
    ("references/unknown-replaces", {"2015.03": 1}),
    (
        "references/orphan",
        {
            "2015.04": 3,
            "2015.05": 3,
            "2016.08": 1,
            "2017.01": 2,
            "2017.09": 2,
            "2020.06": 1,
            "add-ons/orchestration.next": 2,
        },
    ),
    ("references/levels-differ", {"2015.05": 1}),
    (
        "flags/only-flagged",
        {"2015.04": 2, "2015.07": 6, "2016.01": 4, "2016.08": 2, "2017.01": 6, "2017.09": 7, "2020.06": 2},
    ),
    ("ids/shared", {"2015.07": 5, "2016.08": 5, "2017.01": 6, "2017.09": 2, "doc/source/schema/next.2.0": 6}),
    ("ids/attributes", {"2016.01": 29}),
    ("process/below-cutoff", {"2016.01": 1, "2016.08": 4, "2020.06": 17}),
    ("structure/text-for-number", {"2016.01": 1, "2016.08": 1, "2017.01": 1, "2017.09": 1}),
    ("process/no-cutoff", {"2015.07": 1}),
    ("ids/placeholder", {"2017.01": 1, "doc/source/schema/next.2.0": 1}),
    ("ids/form", {"2017.01": 1, "doc/source/schema/next.2.0": 1}),
    ("aliases/self", {"2017.01": 2}),
    # 4 aliases are names of tests, if the 2 that are their own are counted, too.
    ("aliases/is-a-test", {"2017.01": 2, "2017.09": 3}),
    ("aliases/shared", {"2017.01": 1}),
    ("aliases/differ", {"2017.01": 7, "2020.06": 1}),
    ("references/own-source", {"2018.02": 1, "add-ons/dns.2018.02": 1, "add-ons/orchestration.2018.02": 1}),
    # 2 and 14 are placed as removed, and need not be there.
    ("references/undefined-capability", {"2018.02": 0, "next": 0}),
    ("references/unknown-criterion", {"2018.02": 2}),
    (
        "process/no-required-since",
        {"2018.02": 1, "2020.06": 1, "add-ons/dns.2018.02": 2, "add-ons/orchestration.2020.06": 1},
    ),
    ("process/releases-window", {"2015.03": 1, "2018.11": 1}),
    ("process/admin-required", {"2020.06": 2}),
    # Flags of before the guideline's month: 9 to 32 of them, and 11 of 11 in 2020.06.
    ("flags/carried-over", {"2016.01": 20, "2017.09": 32, "2018.02": 9, "2018.11": 19, "2020.06": 11}),
    ("process/next-is-stale", {"next": 1, "add-ons/dns.next": 1, "add-ons/orchestration.next": 1}),
    ("process/next-regresses", {"next": 4, "add-ons/dns.next": 2, "add-ons/orchestration.next": 23}),
    ("process/next-old-name", {"add-ons/orchestration.next": 21}),
    (
        "ids/prefix",
        {f"add-ons/{line}.{name}": count for line, count in (("dns", 10), ("orchestration", 60)) for name in DATED},
    ),
    ("ids/prefix", {"add-ons/orchestration.next": 24, "add-ons/dns.next": 10}),
    ("references/no-replaces", {"add-ons/dns.2018.02": 1, "add-ons/dns.2018.11": 1}),
    ("references/unreachable-source", {f"add-ons/dns.{name}": 1 for name in DATED}),
    ("sections/undefined", {"add-ons/dns.next": 1}),
    ("references/nothing-required", {"add-ons/dns.next": 1, "add-ons/orchestration.next": 1}),
    ("references/id-and-file", {"add-ons/orchestration.2018.02": 1, "doc/source/schema/next.2.0": 1}),
    ("references/repository", {f"add-ons/orchestration.{name}": 1 for name in DATED}),
    # The form of the published schema is anchored at neither end and lets these pass.
    ("structure/wrong-form", {f"add-ons/orchestration.{name}": 1 for name in DATED[1:]}),
    ("ids/no-class", {"verticals/nfv.next": 34}),
    ("references/not-in-source", {"verticals/nfv.next": 1}),
    ("sections/unused", {"verticals/nfv.next": 5, "2020.06": 2, "2019.11": 3}),
    ("sections/required-key", {"2015.03": 5, "2015.07": 5, "2016.01": 5, "2016.08": 0}),
    ("flags/spelling", {"doc/source/schema/next.2.0": 6}),
    ("ids/two-places", {"doc/source/schema/next.2.0": 61}),
    ("structure/misspelt-key", {"doc/source/schema/next.2.0": 2}),
    # Required at once: 46 new names in 2015.07; none since 2017.01.
    ("process/required-at-once", {"2015.05": 1, "2015.07": 46, "2017.01": 2, "2017.09": 0, **dict.fromkeys(DATED, 0)}),
    ("process/removed-at-once", {"2015.07": 11, "2017.01": 2, "2017.09": 0, **dict.fromkeys(DATED, 0)}),
    # 43 of 78 say the first that required them, one says nothing.
    ("process/required-since", {"2020.06": 34}),
    # Four of a line are approved; two may be.
    (
        "process/approved-too-long",
        {"2018.11": 1, "2019.06": 1, "2019.11": 0, "add-ons/dns.2018.11": 1, "add-ons/dns.2019.06": 1},
    ),
    ("process/weights-changed", {"2016.08": 1, "2017.01": 0}),
    # Placed as removed, and defined no longer: neither undefined nor misspelt, though v3 is near v2.
    ("references/misspelt-capability", {"next": 0, "2018.02": 0}),
    ("references/project", {"2017.01": 1, "2017.09": 0}),  # images-v2-index says nova
    ("references/negative-only", {"2015.07": 5, "2018.02": 8, "2020.06": 6}),
    ("ids/changed", {"2018.02": 1}),  # test_update_volume_metadata, whose id was that of another test
    ("ids/renamed", {"2017.09": 2}),  # two without the alias that the others have
    ("process/program-changed", {"add-ons/dns.2020.06": 0}),  # its host is of the same month each time
    ("process/above-cutoff", {"2016.01": 17, "2017.09": 3, "2018.11": 2, "2020.06": 0}),
    ("structure/tabs", {"2018.11": 1, "add-ons/dns.2018.11": 1, "2020.06": 0}),
]


@pytest.mark.thorough
@pytest.mark.shared
@pytest.mark.parametrize(
    ("rule", "counts"), COUNTS, ids=[f"{number}-{rule}" for number, (rule, _) in enumerate(COUNTS)]
)
def test_each_rule_is_broken_as_often_as_was_counted(
    rule: str, counts: dict[str, int], history: dict[str, CheckedGuideline]
) -> None:
    assert {name: rules_of(history[f"{name}.json"])[rule] for name in counts} == counts


def rules_of(checked: CheckedGuideline) -> Counter[str]:
    return Counter(finding.rule.id for finding in checked.findings)


@pytest.mark.shared
def test_flags_without_a_code_and_with_one_in_another_form_are_those_of_all_files(
    history: dict[str, CheckedGuideline],
) -> None:
    total = sum((rules_of(item) for item in history.values()), Counter[str]())
    assert (total["flags/code-form"], total["flags/no-code"]) == (185, 49)  # of 324 with a reason; 90 are in form


@pytest.mark.shared
def test_the_capabilities_that_were_required_at_once_are_these(history: dict[str, CheckedGuideline]) -> None:
    found = [item.message.partition(";")[0] for item in history["2017.01.json"].findings if "at-once" in item.rule.id]
    assert sorted(found) == [
        "objectstore-info-request is required",
        "objectstore-object-put is gone",
        "objectstore-object-upload is gone",
        "objectstore-temp-url-put is required",
    ]


@pytest.mark.shared
def test_findings_stand_at_their_lines(history: dict[str, CheckedGuideline]) -> None:
    checked = history["2020.06.json"]
    lines = checked.file.text.splitlines()
    for finding in checked.findings:
        word = finding.pointer.rpartition("/")[2].replace("~1", "/")
        told = lines[finding.line - 1][finding.column - 1 :]
        at_value = f'"{word}": ' in lines[finding.line - 1][: finding.column - 1]
        assert word.isdecimal() or at_value or told.startswith(f'"{word}"'), finding


def test_the_shipped_guideline_has_notes_only() -> None:
    gathered = gather(["2026.11"])
    (checked,) = lint(gathered.files, beside=gathered.beside)
    assert rules_of(checked) == {
        "references/unknown-replaces": 1,  # 2022.11 is the working group's and does not ship along
        "process/above-cutoff": 17,  # what 2022.11 did not require stays advisory for one guideline
        "references/levels-differ": 8,  # what Kubernetes calls of add-ons is advisory in its program
        "ids/two-places": 1,  # one test creates, reads and changes a volume
    }

"""What changed between two guidelines: the rules of `domain.guideline_changes`, and the published history."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.changes import ChangeKind, GuidelineChange, Topic, count_kinds
from certmark.domain.guideline_changes import changes_between
from certmark.domain.guidelines import Guideline
from certmark.formats.guideline import load, read
from support.lint_documents import LIST, RESIZE, SHOW, UUIDS, old, sound

FLAG = {"reason": "[D402] a bug", "action": "wait", "date": "2099-07-01"}


def guideline(document: Any) -> Guideline:
    return read(json.dumps(document).encode(), "x.json")


def between(
    change: Callable[[dict[str, Any]], object], start: Callable[[], dict[str, Any]] = sound
) -> tuple[GuidelineChange, ...]:
    before = start()
    after = copy.deepcopy(before)
    change(after)
    found = changes_between(guideline(before), guideline(after))
    return tuple(change for change in found if change.kind is not ChangeKind.ORDER)  # a test of its own has it


def entries_in(document: dict[str, Any], key: str = "list") -> dict[str, Any]:
    found: dict[str, Any] = document["capabilities"][key]["tests"]
    return found


def levels(document: dict[str, Any], **lists: list[str]) -> None:
    document["components"]["servers"]["capabilities"].update(lists)


def test_a_guideline_is_the_same_as_itself_in_another_layout() -> None:
    one = read(json.dumps(sound(), indent=1).encode(), "x.json")
    other = read(json.dumps(sound()).encode(), "x.json")
    assert changes_between(one, other) == ()


def test_another_order_is_told_once() -> None:
    one = read(json.dumps(sound()).encode(), "x.json")
    other = read(json.dumps(sound(), sort_keys=True).encode(), "x.json")
    (change,) = changes_between(one, other)
    assert (change.kind, change.subject) == (ChangeKind.ORDER, "order")
    assert change.places == (
        *("metadata.scoring.criteria.atomic", "metadata.scoring.criteria.future", "metadata.scoring", "9 more"),
    )


def call_by_alias(document: dict[str, Any]) -> None:
    """The former name as an alias of the new one, and no id."""
    entries_in(document)["suite.Old.test_show"] = {"idempotent_id": "", "aliases": [SHOW]}
    del entries_in(document)[SHOW]


SERVERS = ("servers",)
IN_LIST = f"capabilities.list.tests.{LIST}"
CHANGES: list[tuple[str, Callable[[dict[str, Any]], object], list[GuidelineChange]]] = [
    (
        "became required",
        lambda d: levels(d, required=["list", "resize"], advisory=[]),
        [GuidelineChange(ChangeKind.BECAME_REQUIRED, "resize", "advisory", "required", SERVERS)],
    ),
    (
        "became deprecated",
        lambda d: levels(d, required=[], deprecated=["list"]),
        [GuidelineChange(ChangeKind.BECAME_DEPRECATED, "list", "required", "deprecated", SERVERS)],
    ),
    (
        "taken out",
        lambda d: levels(d, advisory=[]),
        [GuidelineChange(ChangeKind.TAKEN_OUT, "resize", "advisory", "", SERVERS)],
    ),
    (
        "placed",
        lambda d: d["components"].update(more={"capabilities": {"advisory": ["list"]}}),
        [GuidelineChange(ChangeKind.PLACED, "list", "", "advisory", ("more",))],
    ),
    (
        "admin",
        lambda d: d["capabilities"]["list"].update(admin=True),
        [GuidelineChange(ChangeKind.CAPABILITY_ADMIN, "list", "false", "true")],
    ),
    (
        "reworded",
        lambda d: d["capabilities"]["list"].update(description="to  list\nall"),
        [GuidelineChange(ChangeKind.CAPABILITY_REWORDED, "list", "to list", "to  list\nall")],
    ),
    (
        "another layout of words",
        lambda d: d["capabilities"]["list"].update(description=" to\n list"),
        [GuidelineChange(ChangeKind.OTHER, "capabilities.list.description", "to list", " to\n list")],
    ),
    (
        "test added",
        lambda d: entries_in(d).update({"suite.a.B.c": {"idempotent_id": f"id-{UUIDS[7]}"}}),
        [GuidelineChange(ChangeKind.TEST_ADDED, "suite.a.B.c", places=("list",))],
    ),
    (
        "test removed",
        lambda d: entries_in(d).pop(SHOW),
        [GuidelineChange(ChangeKind.TEST_REMOVED, SHOW, places=("list",))],
    ),
    (
        "test renamed, known by its id",
        lambda d: entries_in(d).update({"suite.New.test_list": entries_in(d).pop(LIST)}),
        [GuidelineChange(ChangeKind.TEST_RENAMED, "suite.New.test_list", LIST, "suite.New.test_list", ("list",))],
    ),
    (
        "test renamed, known by its alias",
        call_by_alias,
        [
            GuidelineChange(ChangeKind.TEST_RENAMED, "suite.Old.test_show", SHOW, "suite.Old.test_show", ("list",)),
            GuidelineChange(
                ChangeKind.OTHER,
                "capabilities.list.tests.suite.Old.test_show.idempotent_id",
                f'"id-{UUIDS[1]}"',
                '""',
            ),
        ],
    ),
    (
        "test moved",
        lambda d: entries_in(d, "resize").update({SHOW: entries_in(d).pop(SHOW)}),
        [GuidelineChange(ChangeKind.TEST_MOVED, SHOW, "list", "resize")],
    ),
    (
        "another id",
        lambda d: entries_in(d)[LIST].update(idempotent_id=f"id-{UUIDS[8]}"),
        [GuidelineChange(ChangeKind.TEST_ID, LIST, UUIDS[0], UUIDS[8], ("list",))],
    ),
    (
        "an id in another spelling",
        lambda d: entries_in(d)[LIST].update(idempotent_id=UUIDS[0].upper()),
        [GuidelineChange(ChangeKind.OTHER, f"{IN_LIST}.idempotent_id", f"id-{UUIDS[0]}", UUIDS[0].upper())],
    ),
    (
        "alias added",
        lambda d: entries_in(d)[LIST].update(aliases=["suite.a"]),
        [GuidelineChange(ChangeKind.ALIAS_ADDED, LIST, "", "suite.a")],
    ),
    (
        "alias removed",
        lambda d: entries_in(d)[SHOW].pop("aliases"),
        [GuidelineChange(ChangeKind.ALIAS_REMOVED, SHOW, "suite.Old.test_show")],
    ),
    (
        "flagged",
        lambda d: entries_in(d)[LIST].update(flagged=FLAG),
        [GuidelineChange(ChangeKind.FLAG_ADDED, LIST, "", "[D402] a bug", ("list",))],
    ),
    (
        "weight",
        lambda d: d["metadata"]["scoring"]["criteria"]["atomic"].update(weight=9),
        [GuidelineChange(ChangeKind.WEIGHT, "atomic", "6", "9")],
    ),
    (
        "criterion gone",
        lambda d: d["metadata"]["scoring"]["criteria"].pop("future"),
        [GuidelineChange(ChangeKind.CRITERION_REMOVED, "future", "4")],
    ),
    (
        "criterion new",
        lambda d: d["metadata"]["scoring"]["criteria"].update(x={"name": "X", "description": "d", "weight": 1}),
        [GuidelineChange(ChangeKind.CRITERION_ADDED, "x", "", "1")],
    ),
    (
        "criterion reworded",
        lambda d: d["metadata"]["scoring"]["criteria"]["future"].update(description="three"),
        [GuidelineChange(ChangeKind.CRITERION_REWORDED, "future", "two", "three")],
    ),
    (
        "cut-off",
        lambda d: d["metadata"]["scoring"].update(cutoff_score=9),
        [GuidelineChange(ChangeKind.CUTOFF, "cut-off", "10", "9")],
    ),
    (
        "achievements",
        lambda d: d["capabilities"]["resize"].update(achievements=["future", "atomic"]),
        [GuidelineChange(ChangeKind.ACHIEVEMENTS, "resize", "atomic", "atomic, future")],
    ),
    (
        "releases",
        lambda d: d["metadata"]["os_trademark_approval"].update(releases=["2098.2", "2099.1", "2099.2"]),
        [GuidelineChange(ChangeKind.RELEASE_DROPPED, "2098.1"), GuidelineChange(ChangeKind.RELEASE_ADDED, "2099.2")],
    ),
    (
        "status",
        lambda d: d["metadata"]["os_trademark_approval"].update(status="approved"),
        [GuidelineChange(ChangeKind.STATUS, "status", "draft", "approved")],
    ),
    (
        "section moved",
        lambda d: d["designated_sections"].update(nova={"advisory": d["designated_sections"]["nova"]["required"]}),
        [GuidelineChange(ChangeKind.SECTION_MOVED, "nova", "required", "advisory")],
    ),
    (
        "section gone",
        lambda d: d["designated_sections"].clear(),
        [GuidelineChange(ChangeKind.SECTION_REMOVED, "nova", "required")],
    ),
    (
        "section new",
        lambda d: d["designated_sections"].update(heat={"informational": {"guidance": "g", "sections": {}}}),
        [GuidelineChange(ChangeKind.SECTION_ADDED, "heat", "", "informational")],
    ),
    (
        "section reworded",
        lambda d: d["designated_sections"]["nova"]["required"].update(guidance="some"),
        [GuidelineChange(ChangeKind.SECTION_REWORDED, "nova", "all", "some")],
    ),
    (
        "part of a section",
        lambda d: d["designated_sections"]["nova"]["required"]["sections"]["api"].update(designated=False),
        [GuidelineChange(ChangeKind.SECTION_PART, "nova: api", "designated", "not designated")],
    ),
    (
        "program new",
        lambda d: d["platforms"].update(More={"description": "", "components": [{"name": "servers"}]}),
        [GuidelineChange(ChangeKind.PROGRAM_ADDED, "More", "", "servers")],
    ),
    (
        "program gone",
        lambda d: d["platforms"].clear(),
        [GuidelineChange(ChangeKind.PROGRAM_REMOVED, "Servers", "servers")],
    ),
    (
        "program renamed",
        lambda d: d["platforms"].update(Cloud={**d["platforms"].pop("Servers"), "aliases": ["Servers"]}),
        [
            GuidelineChange(ChangeKind.PROGRAM_RENAMED, "Cloud", "Servers", "Cloud"),
            GuidelineChange(ChangeKind.OTHER, "platforms.Cloud.aliases", "", '["Servers"]'),
        ],
    ),
    (
        "program of other components",
        lambda d: d["platforms"]["Servers"].update(components=[{"name": "servers"}, {"name": "disks"}]),
        [GuidelineChange(ChangeKind.PROGRAM_COMPONENTS, "Servers", "servers", "disks, servers")],
    ),
    (
        "repository",
        lambda d: d["test_repositories"]["suite"].update(reference="2"),
        [GuidelineChange(ChangeKind.REPOSITORY, "suite", "1", "2")],
    ),
    (
        "policy",
        lambda d: d["metadata"].update(policy="none-failed"),
        [GuidelineChange(ChangeKind.POLICY, "policy", "strict", "none-failed")],
    ),
]


@pytest.mark.parametrize(("what", "change", "expected"), CHANGES, ids=[what for what, _, _ in CHANGES])
def test_one_change_is_told_as_that_change(
    what: str, change: Callable[[dict[str, Any]], object], expected: list[GuidelineChange]
) -> None:
    assert list(between(change)) == expected, what


def test_a_flag_that_is_taken_away_and_one_with_another_reason_are_told() -> None:
    def flagged() -> dict[str, Any]:
        document = sound()
        for name in (LIST, SHOW):
            entries_in(document)[name]["flagged"] = dict(FLAG)
        return document

    def change(document: dict[str, Any]) -> None:
        del entries_in(document)[LIST]["flagged"]
        entries_in(document)[SHOW]["flagged"]["reason"] = "[D401] ours"

    assert list(between(change, flagged)) == [
        GuidelineChange(ChangeKind.FLAG_REMOVED, LIST, "[D402] a bug", "", ("list",)),
        GuidelineChange(ChangeKind.FLAG_REASON, SHOW, "[D402] a bug", "[D401] ours", ("list",)),
    ]


def rename(document: dict[str, Any]) -> None:
    document["capabilities"]["lists"] = document["capabilities"].pop("list")
    levels(document, required=["lists"])


def merge(document: dict[str, Any]) -> None:
    entries_in(document).update(entries_in(document, "resize"))
    del document["capabilities"]["resize"]
    levels(document, advisory=[])


def split(document: dict[str, Any]) -> None:
    whole = document["capabilities"].pop("list")
    for key, name in (("listing", LIST), ("showing", SHOW)):
        document["capabilities"][key] = {**whole, "tests": {name: whole["tests"][name]}}
    levels(document, required=["listing", "showing"])


def lose(document: dict[str, Any]) -> None:
    del document["capabilities"]["resize"]
    levels(document, advisory=[])


def halve(document: dict[str, Any]) -> None:
    whole = document["capabilities"].pop("list")
    entries_in(document, "resize")[LIST] = whole["tests"][LIST]
    levels(document, required=[])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            halve,
            [
                GuidelineChange(ChangeKind.CAPABILITY_MERGED, "list", "", "resize"),
                GuidelineChange(ChangeKind.TEST_REMOVED, SHOW, places=("list",)),
            ],
        ),
        (
            rename,
            [
                GuidelineChange(ChangeKind.CAPABILITY_ADDED, "lists", "", "required", SERVERS),
                GuidelineChange(ChangeKind.CAPABILITY_RENAMED, "list", "", "lists"),
            ],
        ),
        (merge, [GuidelineChange(ChangeKind.CAPABILITY_MERGED, "resize", "", "list")]),
        (
            split,
            [
                GuidelineChange(ChangeKind.CAPABILITY_ADDED, "listing", "", "required", SERVERS),
                GuidelineChange(ChangeKind.CAPABILITY_ADDED, "showing", "", "required", SERVERS),
                GuidelineChange(ChangeKind.CAPABILITY_SPLIT, "list", "", "listing, showing"),
            ],
        ),
        (
            lose,
            [
                GuidelineChange(ChangeKind.CAPABILITY_GONE, "resize", "advisory", "", SERVERS),
                GuidelineChange(ChangeKind.TEST_REMOVED, RESIZE, places=("resize",)),
            ],
        ),
    ],
    ids=["half of it merged", "renamed", "merged", "split", "gone"],
)
def test_what_became_of_a_capability_is_known_by_its_tests(
    change: Callable[[dict[str, Any]], object], expected: list[GuidelineChange]
) -> None:
    assert list(between(change)) == expected


def test_an_old_component_is_the_one_that_it_became() -> None:
    after = sound()
    after["components"] = {"os_powered_compute": after["components"]["servers"]}
    after["platforms"] = {"OpenStack Powered Compute": {"components": [{"name": "os_powered_compute"}]}}
    found = changes_between(guideline(old()), guideline(after))
    assert [
        change for change in found if change.topic is Topic.PROGRAMS and change.kind is not ChangeKind.PROGRAM_REMOVED
    ] == [
        GuidelineChange(ChangeKind.PROGRAM_RENAMED, "OpenStack Powered Compute", "compute", "OpenStack Powered Compute")
    ]
    assert not [
        change
        for change in found
        if change.subject == "list"
        and change.topic is Topic.CAPABILITIES
        and change.kind is not ChangeKind.CAPABILITY_REWORDED
    ]


def test_a_capability_that_moves_in_two_components_counts_once() -> None:
    moves = (
        GuidelineChange(ChangeKind.BECAME_REQUIRED, "a", "advisory", "required"),
        GuidelineChange(ChangeKind.BECAME_REQUIRED, "a", "deprecated", "required"),
    )
    assert count_kinds(moves) == {ChangeKind.BECAME_REQUIRED: 1}


HISTORY = [
    ("2015.03", "2015.04", {ChangeKind.FLAG_ADDED: 42, ChangeKind.RELEASE_ADDED: 1}),
    ("2016.01", "2016.08", {ChangeKind.WEIGHT: 5, ChangeKind.TEST_RENAMED: 22, ChangeKind.BECAME_DEPRECATED: 9}),
    (
        "2016.08",
        "2017.01",
        {
            ChangeKind.BECAME_REQUIRED: 7,
            ChangeKind.BECAME_REMOVED: 9,
            ChangeKind.CAPABILITY_RENAMED: 1,
            ChangeKind.CAPABILITY_MERGED: 1,
        },
    ),
    (
        "2017.09",
        "2018.02",
        {
            ChangeKind.BECAME_REQUIRED: 16,
            ChangeKind.PROGRAM_RENAMED: 3,
            ChangeKind.CAPABILITY_ADDED: 5,
            ChangeKind.FLAG_REMOVED: 17,
        },
    ),
    (
        "2018.11",
        "2019.06",
        {ChangeKind.BECAME_REQUIRED: 3, ChangeKind.BECAME_REMOVED: 14, ChangeKind.RELEASE_DROPPED: 2},
    ),
    ("2019.06", "2019.11", {ChangeKind.CAPABILITY_GONE: 14, ChangeKind.TEST_REMOVED: 4}),
    ("2019.11", "2020.06", {ChangeKind.SECTION_REMOVED: 1, ChangeKind.RELEASE_DROPPED: 1, ChangeKind.RELEASE_ADDED: 1}),
    ("2020.06", "next", {ChangeKind.BECAME_ADVISORY: 3, ChangeKind.RELEASE_ADDED: 4}),
    ("add-ons/orchestration.2018.02", "add-ons/orchestration.2018.11", {ChangeKind.BECAME_REQUIRED: 7}),
    (
        "add-ons/orchestration.2020.06",
        "add-ons/orchestration.next",
        {ChangeKind.TEST_RENAMED: 21, ChangeKind.TEST_REMOVED: 36},
    ),
]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("before", "after", "expected"), HISTORY, ids=[f"{one} to {other}" for one, other, _ in HISTORY]
)
def test_published_guidelines_changed_so(
    before: str, after: str, expected: dict[ChangeKind, int], shared: Path
) -> None:
    one, other = (load(str(shared / "guidelines" / f"{name}.json")) for name in (before, after))
    counts = count_kinds(changes_between(one, other))
    assert {kind: counts.get(kind, 0) for kind in expected} == expected

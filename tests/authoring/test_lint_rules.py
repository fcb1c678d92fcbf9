"""Every rule, broken once: it is found at its place, and nothing else is."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from certmark.authoring.lint.checking import MAX_FINDINGS, LintInput, lint, open_file
from certmark.authoring.lint.history import SuiteNames, Surroundings
from certmark.authoring.lint.rules import GROUPS, RULES, choose, find_rules
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import Severity
from support.lint_documents import LIST, RESIZE, SHOW, UUIDS, before, checked, encoded, old, sound, told

TESTS = "/capabilities/list/tests"
APPROVAL = "/metadata/os_trademark_approval"


class Case(NamedTuple):
    """A change to the sound guideline, and what is found then."""

    rule: str
    change: Callable[[dict[str, Any]], object]
    found: list[str]
    """Pointers, or `rule pointer` where another rule goes with it."""


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], object]:
    """Put `value` there."""

    def change(document: dict[str, Any]) -> None:
        at: Any = document
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


def drop(*path: str) -> Callable[[dict[str, Any]], object]:
    """Take it out."""

    def change(document: dict[str, Any]) -> None:
        at: Any = document
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]

    return change


def rename(*path: str, to: str) -> Callable[[dict[str, Any]], object]:
    """Give a key another name."""

    def change(document: dict[str, Any]) -> None:
        at: Any = document
        for step in path[:-1]:
            at = at[step]
        at[to] = at.pop(path[-1])

    return change


def both(*changes: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    """One change after the other."""
    return lambda document: [change(document) for change in changes]


def in_capability(key: str = "list") -> tuple[str, str, str]:
    return ("capabilities", key, "tests")


FLAG = {"reason": "[D402] a bug", "action": "wait", "date": "2099-07-01"}
ANEW = {"idempotent_id": f"id-{UUIDS[5]}"}
SECTION = {"guidance": "g", "sections": {}}
NOVA = ("designated_sections", "nova")
AP = ("metadata", "os_trademark_approval")
LEVELS = ("components", "servers", "capabilities")

CASES = [
    Case("structure/unknown-schema", put("metadata", "schema", value="2.1"), ["/metadata/schema"]),
    Case("structure/missing-key", drop("capabilities", "list", "project"), ["/capabilities/list"]),
    Case(
        "structure/misspelt-key",
        rename("capabilities", "list", "description", to="descriptin"),
        ["/capabilities/list/descriptin"],
    ),
    Case("structure/unknown-key", put("capabilities", "list", "owner", value="me"), ["/capabilities/list/owner"]),
    Case("structure/wrong-type", put("capabilities", "list", "admin", value="no"), ["/capabilities/list/admin"]),
    Case(
        "structure/list-for-object",
        put(*NOVA, "required", "sections", value=[]),
        ["/designated_sections/nova/required/sections"],
    ),
    Case(
        "structure/text-for-number",
        put("metadata", "scoring", "cutoff_score", value="10"),
        ["/metadata/scoring/cutoff_score"],
    ),
    Case("structure/wrong-value", put(*AP, "status", value="final"), [f"{APPROVAL}/status"]),
    Case(
        "structure/wrong-form",
        put(*AP, "replaces", value="2098..12"),
        [f"references/wrong-replaces {APPROVAL}/replaces", f"{APPROVAL}/replaces"],
    ),
    Case(
        "structure/empty-value",
        put("capabilities", "resize", "required_since", value=""),
        ["/capabilities/resize/required_since"],
    ),
    Case("structure/empty-list", put(*in_capability(), SHOW, "aliases", value=[]), [f"{TESTS}/{SHOW}/aliases"]),
    Case(
        "structure/repeated-item",
        put("capabilities", "resize", "achievements", value=["atomic", "atomic"]),
        ["/capabilities/resize/achievements/1"],
    ),
    Case(
        "structure/empty-value",
        put("capabilities", "list", "description", value=""),
        ["/capabilities/list/description"],
    ),
    Case(
        "structure/wrong-form",
        put(*AP, "target_approval", value="2099.13"),
        [f"{APPROVAL}/target_approval"],
    ),
    Case(
        "structure/look-alike",
        both(
            put("capabilities", "fl\u0443", value=sound()["capabilities"]["resize"]),
            drop("capabilities", "resize"),
            put(*LEVELS, "advisory", value=["fl\u0443"]),
        ),
        ["/capabilities/fl\u0443"],
    ),
    Case(
        "references/misspelt-capability",
        put(*LEVELS, "advisory", value=["resise"]),
        ["/components/servers/capabilities/advisory/0"],
    ),
    Case(
        "references/misspelt-capability",
        rename("capabilities", "resize", to="resise"),
        ["/capabilities/resise"],
    ),
    Case(
        "references/project",
        both(
            *(
                put(
                    "capabilities",
                    f"list-{number}",
                    value={
                        **sound()["capabilities"]["resize"],
                        "project": project,
                        "tests": {f"suite.a.B.c{number}": {"idempotent_id": f"id-{UUIDS[number]}"}},
                    },
                )
                for number, project in ((6, "nova"), (7, "nova"), (8, "cinder"))
            ),
            put(*LEVELS, "advisory", value=["resize", "list-6", "list-7", "list-8"]),
        ),
        ["/capabilities/list-8/project"],
    ),
    Case(
        "references/project", put("capabilities", "resize", "project", value="nvoa"), ["/capabilities/resize/project"]
    ),
    Case(
        "references/negative-only",
        put(*in_capability(), value={"suite.a_negative.B.test_c": ANEW}),
        ["/capabilities/list"],
    ),
    Case(
        "references/id-and-file",
        put("metadata", "id", value="2099.next"),
        ["structure/wrong-form /metadata/id", "/metadata/id"],
    ),
    Case(
        "references/own-source",
        put("metadata", "source", value="https://example.org/dns.next.json"),
        ["/metadata/source"],
    ),
    Case("references/no-replaces", drop(*AP, "replaces"), [APPROVAL]),
    Case("references/wrong-replaces", put(*AP, "replaces", value="2097.12"), [f"{APPROVAL}/replaces"]),
    Case("references/wrong-replaces", put(*AP, "replaces", value="2099.06"), [f"{APPROVAL}/replaces"]),
    Case("references/no-program", drop("platforms"), [""]),
    Case(
        "process/program-dropped",
        rename("platforms", "Servers", to="Machines"),
        ["/platforms"],
    ),
    Case(
        "references/undefined-component",
        put("platforms", "Servers", "components", 0, "name", value="disks"),
        ["/platforms/Servers/components/0/name"],
    ),
    Case(
        "references/unreachable-source",
        put(
            "platforms",
            "Servers",
            "components",
            0,
            value={"name": "x", "source": "http://opendev.org/openstack/interop/2020.06.json"},
        ),
        ["process/program-changed /platforms/Servers", "/platforms/Servers/components/0/source"],
    ),
    Case(
        "references/not-in-source",
        put("platforms", "Servers", "components", 0, value={"name": "x", "source": "http://example.org/2098.12.json"}),
        ["process/program-changed /platforms/Servers", "/platforms/Servers/components/0/source"],
    ),
    Case(
        "references/undefined-capability",
        put(*LEVELS, "advisory", value=["resize", "fly"]),
        ["/components/servers/capabilities/advisory/1"],
    ),
    Case(
        "references/two-levels",
        put(*LEVELS, "advisory", value=["resize", "list"]),
        ["/components/servers/capabilities/advisory/1"],
    ),
    Case(
        "references/levels-differ",
        put("components", "more", value={"capabilities": {"advisory": ["list"]}}),
        ["/components/more/capabilities/advisory/0"],
    ),
    Case("references/orphan", put(*LEVELS, "advisory", value=[]), ["/capabilities/resize"]),
    Case("references/required-without-tests", put(*in_capability(), value={}), ["/capabilities/list"]),
    Case("references/without-tests", put(*in_capability("resize"), value={}), ["/capabilities/resize"]),
    Case(
        "references/nothing-required",
        both(put(*LEVELS, "required", value=[]), put(*LEVELS, "deprecated", value=["list"])),
        ["/components"],
    ),
    Case(
        "references/unknown-criterion",
        put("capabilities", "resize", "achievements", value=["fast"]),
        ["/capabilities/resize/achievements/0"],
    ),
    Case("references/repository", rename("test_repositories", "suite", to="service"), ["/test_repositories/service"]),
    Case("ids/form", put(*in_capability(), LIST, "idempotent_id", value="id-1"), [f"{TESTS}/{LIST}/idempotent_id"]),
    Case("ids/prefix", put(*in_capability(), LIST, "idempotent_id", value=UUIDS[0]), [f"{TESTS}/{LIST}/idempotent_id"]),
    Case(
        "ids/attributes",
        put(*in_capability(), LIST, "idempotent_id", value=f"id-{UUIDS[0]},smoke"),
        [f"{TESTS}/{LIST}/idempotent_id"],
    ),
    Case(
        "ids/shared",
        put(*in_capability(), SHOW, "idempotent_id", value=f"id-{UUIDS[0]}"),
        [f"ids/changed {TESTS}/{SHOW}/idempotent_id", f"{TESTS}/{SHOW}"],
    ),
    Case(
        "ids/changed",
        put(*in_capability(), SHOW, "idempotent_id", value=f"id-{UUIDS[9]}"),
        [f"{TESTS}/{SHOW}/idempotent_id"],
    ),
    Case(
        "ids/renamed",
        rename(*in_capability(), SHOW, to="suite.servers.test_servers.Server.test_show"),
        [f"{TESTS}/suite.servers.test_servers.Server.test_show"],
    ),
    Case(
        "ids/renamed",
        both(drop(*in_capability(), LIST), put(*in_capability(), f"{LIST}s", value=ANEW)),
        [f"{TESTS}/{LIST}s"],
    ),
    Case(
        "ids/name",
        rename(*in_capability(), SHOW, to=f"{SHOW}[id-{UUIDS[1]}]"),
        [f"{TESTS}/{SHOW}[id-{UUIDS[1]}]"],
    ),
    Case(
        "ids/differ",
        put(*in_capability("resize"), LIST, value=ANEW),
        [
            f"ids/two-places /capabilities/resize/tests/{LIST}",
            f"ids/second-place /capabilities/resize/tests/{LIST}",
            f"/capabilities/resize/tests/{LIST}",
        ],
    ),
    Case("ids/name", put(*in_capability(), "suite.a/b.C.test_d", value=ANEW), [f"{TESTS}/suite.a~1b.C.test_d"]),
    Case("ids/no-class", put(*in_capability(), "suite.test_a.test_b", value=ANEW), [f"{TESTS}/suite.test_a.test_b"]),
    Case("ids/placeholder", put(*in_capability(), "suite.NEED_TEST", value=ANEW), [f"{TESTS}/suite.NEED_TEST"]),
    Case(
        "ids/two-places",
        put(*in_capability("resize"), LIST, value={"idempotent_id": f"id-{UUIDS[0]}"}),
        [f"ids/second-place /capabilities/resize/tests/{LIST}", f"/capabilities/resize/tests/{LIST}"],
    ),
    Case("aliases/self", put(*in_capability(), SHOW, "aliases", value=[SHOW]), [f"{TESTS}/{SHOW}/aliases/0"]),
    Case("aliases/is-a-test", put(*in_capability(), SHOW, "aliases", value=[RESIZE]), [f"{TESTS}/{SHOW}/aliases/0"]),
    Case(
        "aliases/shared",
        put(*in_capability(), LIST, "aliases", value=["suite.Old.test_show"]),
        [f"{TESTS}/{SHOW}/aliases/0"],
    ),
    Case(
        "aliases/differ",
        put(*in_capability("resize"), SHOW, value={"idempotent_id": f"id-{UUIDS[1]}"}),
        [
            f"ids/two-places /capabilities/resize/tests/{SHOW}",
            f"ids/second-place /capabilities/resize/tests/{SHOW}",
            f"/capabilities/resize/tests/{SHOW}",
        ],
    ),
    Case("flags/spelling", put(*in_capability(), LIST, "flag", value=FLAG), [f"{TESTS}/{LIST}/flag"]),
    Case(
        "flags/incomplete",
        put(*in_capability(), LIST, "flagged", value={**FLAG, "action": ""}),
        [f"{TESTS}/{LIST}/flagged/action"],
    ),
    Case(
        "flags/no-code",
        put(*in_capability(), LIST, "flagged", value={**FLAG, "reason": "a bug"}),
        [f"{TESTS}/{LIST}/flagged/reason"],
    ),
    Case(
        "flags/code-form",
        put(*in_capability(), LIST, "flagged", value={**FLAG, "reason": "D402: a bug"}),
        [f"{TESTS}/{LIST}/flagged/reason"],
    ),
    Case(
        "flags/unknown-code",
        put(*in_capability(), LIST, "flagged", value={**FLAG, "reason": "[D499] a bug"}),
        [f"{TESTS}/{LIST}/flagged/reason"],
    ),
    Case(
        "flags/date-form",
        put(*in_capability(), LIST, "flagged", value={**FLAG, "date": "July"}),
        [f"{TESTS}/{LIST}/flagged/date"],
    ),
    Case(
        "flags/date-form",
        put(*in_capability(), LIST, "flagged", value={**FLAG, "date": "2099-02-30"}),
        [f"{TESTS}/{LIST}/flagged/date"],
    ),
    Case(
        "flags/carried-over",
        put(*in_capability(), LIST, "flagged", value={**FLAG, "date": "2098-05-31"}),
        [f"{TESTS}/{LIST}/flagged/date"],
    ),
    Case(
        "flags/differ",
        put(*in_capability("resize"), LIST, value={"idempotent_id": f"id-{UUIDS[0]}", "flagged": FLAG}),
        [
            f"ids/two-places /capabilities/resize/tests/{LIST}",
            f"ids/second-place /capabilities/resize/tests/{LIST}",
            f"/capabilities/resize/tests/{LIST}",
        ],
    ),
    Case(
        "flags/only-flagged",
        both(put(*in_capability(), LIST, "flagged", value=FLAG), put(*in_capability(), SHOW, "flagged", value=FLAG)),
        ["/capabilities/list"],
    ),
    Case(
        "sections/undefined",
        put("components", "servers", "designated_sections", value={"required": ["nova"], "advisory": ["nova"]}),
        ["/components/servers/designated_sections/advisory/0"],
    ),
    Case(
        "sections/unused",
        put("designated_sections", "heat", value={"informational": SECTION}),
        ["/designated_sections/heat/informational"],
    ),
    Case(
        "process/required-at-once",
        both(
            put(
                "capabilities",
                "fly",
                value={**sound()["capabilities"]["list"], "tests": {"suite.a.B.c": ANEW}, "required_since": "2099.06"},
            ),
            put(*LEVELS, "required", value=["list", "fly"]),
        ),
        ["/components/servers/capabilities/required/1"],
    ),
    Case(
        "process/removed-at-once",
        both(
            put(*LEVELS, "required", value=["resize"]),
            put(*LEVELS, "advisory", value=[]),
            put(*LEVELS, "removed", value=["list"]),
            put("capabilities", "resize", "required_since", value="2099.06"),
            put("metadata", "scoring", "cutoff_score", value=1),
        ),
        ["/components/servers/capabilities/removed/0"],
    ),
    Case(
        "process/section-at-once",
        both(
            put("designated_sections", "swift", value={"required": SECTION}),
            put("components", "servers", "designated_sections", "required", value=["nova", "swift"]),
        ),
        ["/designated_sections/swift/required"],
    ),
    Case(
        "process/section-dropped",
        both(put("designated_sections", value={}), put("components", "servers", "designated_sections", value={})),
        ["/designated_sections"],
    ),
    Case(
        "process/weights-changed",
        put("metadata", "scoring", "criteria", "future", "weight", value=5),
        ["/metadata/scoring/criteria"],
    ),
    Case("process/approval-month", put(*AP, "target_approval", value="2099.07"), [f"{APPROVAL}/target_approval"]),
    Case("process/releases-window", put(*AP, "releases", value=["2098.2", "2099.1"]), [f"{APPROVAL}/releases"]),
    Case(
        "process/fourth-release",
        put(*AP, "releases", value=["2098.1", "2098.2", "2099.1", "2099.2"]),
        [f"{APPROVAL}/releases"],
    ),
    Case("process/releases-gap", put(*AP, "releases", value=["2098.1", "2099.1", "2099.2"]), [f"{APPROVAL}/releases"]),
    Case(
        "process/unknown-release", put(*AP, "releases", value=["2098.1", "2098.2", "zebra"]), [f"{APPROVAL}/releases/2"]
    ),
    Case(
        "process/releases-backwards",
        put(*AP, "releases", value=["2097.1", "2097.2", "2098.1"]),
        [f"{APPROVAL}/releases"],
    ),
    Case("process/admin-required", put("capabilities", "list", "admin", value=True), ["/capabilities/list/admin"]),
    Case(
        "process/admin-test",
        put(*in_capability(), "suite.admin.test_a.B.test_c", value=ANEW),
        [f"{TESTS}/suite.admin.test_a.B.test_c"],
    ),
    Case("process/score-fell", put("capabilities", "list", "achievements", value=["atomic"]), ["/capabilities/list"]),
    Case(
        "process/below-cutoff",
        both(
            put("capabilities", "list", "achievements", value=["atomic"]),
            put("metadata", "scoring", "criteria", "future", "weight", value=5),
        ),
        ["process/weights-changed /metadata/scoring/criteria", "/capabilities/list"],
    ),
    Case(
        "process/above-cutoff",
        put("capabilities", "resize", "achievements", value=["atomic", "future"]),
        ["/capabilities/resize"],
    ),
    Case("process/no-criteria", drop("metadata", "scoring"), ["/metadata"]),
    Case(
        "process/negative-weight",
        put("metadata", "scoring", "criteria", "future", "weight", value=-5),
        [
            "process/weights-changed /metadata/scoring/criteria",
            "process/unreachable-cutoff /metadata/scoring/cutoff_score",
            "/metadata/scoring/criteria/future/weight",
        ],
    ),
    Case(
        "process/unreachable-cutoff",
        put("metadata", "scoring", "cutoff_score", value=11),
        ["/metadata/scoring/cutoff_score"],
    ),
    Case(
        "process/demoted",
        both(
            put(*LEVELS, "required", value=["fly"]),
            put(*LEVELS, "advisory", value=["resize", "list"]),
            drop("capabilities", "list", "required_since"),
            put(
                "capabilities",
                "fly",
                value={**sound()["capabilities"]["list"], "required_since": "2099.06", "tests": {"suite.a.B.c": ANEW}},
            ),
        ),
        [
            "process/required-at-once /components/servers/capabilities/required/0",
            "process/above-cutoff /capabilities/list",
            "/components/servers/capabilities/advisory/1",
        ],
    ),
    Case(
        "process/program-changed",
        both(
            put("components", "more", value={}),
            put("platforms", "Servers", "components", value=[{"name": "servers"}, {"name": "more"}]),
        ),
        ["/platforms/Servers"],
    ),
    Case(
        "process/component-dropped",
        both(
            rename("components", "servers", to="machines"),
            put("platforms", "Servers", "components", 0, "name", value="machines"),
        ),
        ["process/program-changed /platforms/Servers", "/components"],
    ),
    Case(
        "process/since-later",
        put("capabilities", "list", "required_since", value="2199.06"),
        ["/capabilities/list/required_since"],
    ),
    Case(
        "process/since-not-required",
        put("capabilities", "resize", "required_since", value="2099.06"),
        ["/capabilities/resize/required_since"],
    ),
    Case("process/no-cutoff", drop("metadata", "scoring", "cutoff_score"), ["/metadata/scoring"]),
    Case("process/no-required-since", drop("capabilities", "list", "required_since"), ["/capabilities/list"]),
    Case(
        "process/required-since",
        put("capabilities", "list", "required_since", value="2099.06"),
        ["/capabilities/list/required_since"],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_broken_rule_is_found_at_its_place_and_nothing_else_is(case: Case) -> None:
    document = sound()
    case.change(document)
    expected = [tuple(place.split(" ")) if " " in place else (case.rule, place) for place in case.found]
    assert sorted(told(checked(document).findings)) == sorted(expected)


def test_a_sound_guideline_has_no_finding() -> None:
    assert checked(sound()).findings == ()


def test_a_guideline_of_schema_1_6_has_none_but_what_is_not_at_hand() -> None:
    document = old()
    assert told(checked(document, name="2016.08.json", beside={}).findings) == [
        ("process/no-cutoff", ""),
        ("references/unknown-replaces", "/replaces"),
    ]


def test_weights_that_nearly_add_up_to_a_hundred_are_told_at_the_one_that_changed() -> None:
    def scored(document: dict[str, Any], *weights: int) -> dict[str, Any]:
        criteria = document["metadata"]["scoring"]["criteria"]
        criteria["atomic"]["weight"], criteria["future"]["weight"] = weights
        return document

    document = scored(sound(), 60, 45)
    found = told(checked(document, beside={"2098.12.json": scored(before(), 60, 40)}).findings)
    assert ("process/weights-sum", "/metadata/scoring/criteria/future/weight") in found
    found = told(checked(document, beside={}).findings)
    assert ("process/weights-sum", "/metadata/scoring/criteria") in found


def test_a_flag_of_a_day_to_come_is_told_by_the_day_that_is_passed_in() -> None:
    document = sound()
    document["capabilities"]["list"]["tests"][LIST]["flagged"] = FLAG
    opened = open_file(LintInput("2099.06.json", encoded(document)))
    for today, rules in ((date(2099, 6, 30), ["flags/in-future"]), (date(2099, 7, 1), [])):
        (found,) = lint(
            [opened], beside=[open_file(LintInput("2098.12.json", encoded(before())))], around=Surroundings(today)
        )
        assert [item.rule.id for item in found.findings] == rules


def test_tests_are_looked_for_in_a_suite_where_one_is_at_hand() -> None:
    document = sound()
    suite = SuiteNames("suite 1", [f"{LIST}[id-{UUIDS[8]}]", f"suite.New.test_resize[id-{UUIDS[2]}]", f"{SHOW}s"])
    opened = open_file(LintInput("2099.06.json", encoded(document)))
    (found,) = lint([opened], around=Surroundings(suite=suite))
    messages = {item.rule.id: item.message for item in found.findings if item.rule.id.startswith("ids/")}
    assert messages == {
        "ids/changed": f"{LIST} has id-{UUIDS[8]} in suite 1",
        "ids/renamed": f"the id of {RESIZE} stands under suite.New.test_resize in suite 1; make that the name",
        "ids/unknown-test": f"suite 1 has no test {SHOW}; {SHOW}s is meant, perhaps",
    }


def test_a_cut_off_that_is_a_text_is_told_in_the_schemas_that_wanted_one() -> None:
    document = {**old(), "cutoff_score": "74"}
    found = told(checked(document, name="2016.08.json", beside={}).findings)
    assert ("structure/text-for-number", "/cutoff_score") in found


def test_the_level_that_a_capability_of_schema_1_2_says_is_held_against_the_components() -> None:
    document = old()
    for key in ("reference", "target_approval"):
        del document[key]
    document["schema"] = "1.2"
    capability = document["capabilities"]["list"]
    del capability["required-since"]
    capability |= {"status": "advisory", "tests": [LIST], "flagged": ["suite.a.B.gone"]}
    section = {"guidance": "g", "comment": "", "sections": {}, "required": False}
    document["designated-sections"]["informational"]["heat"] = section
    assert sorted(told(checked(document, name="2016.08.json", beside={}).findings)) == [
        ("flags/no-test", "/capabilities/list/flagged"),
        ("references/status-disagrees", "/capabilities/list/status"),
        ("references/unknown-replaces", "/replaces"),
        ("sections/required-key", "/designated-sections/informational/heat/required"),
    ]


def approved() -> dict[str, Any]:
    """The sound guideline after its approval."""
    document = sound()
    document["metadata"]["os_trademark_approval"]["status"] = "approved"
    document["capabilities"]["list"]["tests"][LIST]["flagged"] = FLAG
    return document


@pytest.mark.parametrize(
    ("rule", "change", "pointer"),
    [
        ("process/test-added", put(*in_capability(), "suite.a.B.test_c", value=ANEW), f"{TESTS}/suite.a.B.test_c"),
        ("process/test-removed", drop(*in_capability(), SHOW), "/capabilities/list"),
        (
            "process/test-changed",
            put(*in_capability(), SHOW, "idempotent_id", value=f"id-{UUIDS[6]}"),
            f"{TESTS}/{SHOW}",
        ),
        (
            "process/level-after-approval",
            put(*LEVELS, "deprecated", value=["resize"]),
            "/components/servers/capabilities/deprecated/0",
        ),
        ("process/level-after-approval", put(*LEVELS, "advisory", value=[]), "/components/servers"),
        (
            "process/cutoff-after-approval",
            put("metadata", "scoring", "cutoff_score", value=9),
            "/metadata/scoring/cutoff_score",
        ),
        (
            "process/program-after-approval",
            put("platforms", "Servers", "components", 0, "source", value="https://example.org/x.json"),
            "/platforms/Servers",
        ),
        (
            "process/section-after-approval",
            put(*NOVA, "required", "guidance", value="some"),
            "/designated_sections/nova/required",
        ),
        ("process/unflagged", drop(*in_capability(), LIST, "flagged"), f"{TESTS}/{LIST}"),
        (
            "process/weights-after-draft",
            put("metadata", "scoring", "criteria", "future", "weight", value=5),
            "/metadata/scoring/criteria",
        ),
    ],
)
def test_after_approval_tests_and_weights_stay_and_flags_are_not_taken_away(
    rule: str, change: Callable[[dict[str, Any]], object], pointer: str
) -> None:
    document = approved()
    change(document)
    found = [item for item in told(checked(document, predecessor=approved()).findings) if item[0] == rule]
    assert found == [(rule, pointer)]


def test_a_flag_and_an_alias_may_come_after_approval() -> None:
    document = approved()
    document["capabilities"]["list"]["tests"][SHOW] |= {"aliases": ["suite.New.test_show"], "flagged": FLAG}
    found = [rule for rule, _ in told(checked(document, predecessor=approved()).findings)]
    assert [rule for rule in found if rule.startswith("process/")] == []


def test_a_draft_may_change_its_tests() -> None:
    document = sound()
    del document["capabilities"]["list"]["tests"][SHOW]
    assert checked(document, predecessor=sound()).findings == ()


def test_a_working_copy_that_lags_behind_is_stale() -> None:
    document = before()
    document["metadata"] |= {"id": "next", "source": "https://example.org/next.json"}
    document["metadata"]["os_trademark_approval"] |= {"status": "approved", "replaces": "2098.12"}
    document["components"]["servers"]["capabilities"] = {"required": [], "advisory": ["list", "resize"]}
    newest = sound()
    newest["capabilities"]["list"]["tests"]["suite.New.test_list"] = newest["capabilities"]["list"]["tests"].pop(LIST)
    others = {"2098.12.json": before(), "2099.06.json": newest}
    assert told(checked(document, name="next.json", beside=others).findings) == [
        ("process/next-is-stale", APPROVAL),
        ("process/releases-backwards", f"{APPROVAL}/releases"),
        ("process/next-status", f"{APPROVAL}/status"),
        ("references/nothing-required", "/components"),
        ("process/next-regresses", "/components/servers/capabilities/advisory/0"),
        ("process/above-cutoff", "/capabilities/list"),
        ("process/since-not-required", "/capabilities/list/required_since"),
        ("process/next-old-name", f"{TESTS}/{LIST}"),
    ]


def test_a_flag_of_the_newest_approved_guideline_stands_in_the_working_copy_too() -> None:
    document, newest = sound(), sound()
    document["metadata"] |= {"id": "next", "source": "https://example.org/next.json"}
    document["metadata"]["os_trademark_approval"] |= {"target_approval": "2099.12", "replaces": "2099.06"}
    newest["capabilities"]["list"]["tests"][LIST]["flagged"] = FLAG
    newest["metadata"]["os_trademark_approval"]["status"] = "approved"

    def found() -> list[tuple[str, str]]:
        return told(checked(document, name="next.json", beside={"2099.06.json": newest}).findings)

    assert found() == [("flags/not-in-next", f"{TESTS}/{LIST}")]
    document["capabilities"]["list"]["tests"][LIST]["flagged"] = FLAG
    assert found() == []
    del document["capabilities"]["list"]["tests"][LIST]["flagged"]
    newest["metadata"]["os_trademark_approval"]["status"] = "draft"
    assert found() == []


def test_an_earlier_revision_is_compared_with_beside_the_guideline_before() -> None:
    document, earlier = sound(), sound()
    document["capabilities"]["resize"]["tests"] |= {"suite.x.Y.test_z": {"idempotent_id": f"id-{UUIDS[7]}"}}
    document["components"]["servers"]["capabilities"]["required"].append("resize")
    document["components"]["servers"]["capabilities"]["advisory"] = []
    document["capabilities"]["resize"] |= {"required_since": "2099.06", "achievements": ["atomic", "future"]}
    document["metadata"]["os_trademark_approval"]["status"] = "approved"
    earlier["metadata"]["os_trademark_approval"]["status"] = "approved"
    older = before()
    del older["capabilities"]["resize"]
    older["components"]["servers"]["capabilities"]["advisory"] = []
    opened = open_file(LintInput("2099.06.json", encoded(document)))
    (found,) = lint(
        [opened],
        beside=[open_file(LintInput("2098.12.json", encoded(older)))],
        revisions={"2099.06.json": open_file(LintInput("2099.06.json", encoded(earlier)))},
    )
    assert told(found.findings) == [
        ("process/required-at-once", "/components/servers/capabilities/required/1"),
        ("process/level-after-approval", "/components/servers/capabilities/required/1"),
        ("process/test-added", "/capabilities/resize/tests/suite.x.Y.test_z"),
    ]


def test_more_findings_than_a_person_reads_are_cut_and_that_is_told() -> None:
    document = sound()
    document["components"]["servers"]["capabilities"]["advisory"] = [f"nothing-{number}" for number in range(20_000)]
    findings = checked(document).findings
    assert len(findings) == MAX_FINDINGS + 1
    assert [(item.rule.id, item.line, item.column) for item in findings[:1]] == [("structure/too-many", 1, 1)]


def test_only_the_two_newest_guidelines_of_a_line_may_be_approved() -> None:
    document = before()
    others = {}
    for name in ("2099.06", "2099.12"):
        others[f"{name}.json"] = approved()
        others[f"{name}.json"]["metadata"]["id"] = name
    found = told(checked(document, name="2098.12.json", beside=others).findings)
    assert found == [("references/no-replaces", APPROVAL), ("process/approved-too-long", f"{APPROVAL}/status")]


def test_a_flag_that_a_draft_got_while_it_was_made_is_its_own() -> None:
    document = sound()
    document["capabilities"]["list"]["tests"][LIST]["flagged"] = {**FLAG, "date": "2099-05-31"}
    assert told(checked(document).findings) == []
    former = before()
    former["capabilities"]["list"]["tests"][LIST]["flagged"] = {**FLAG, "date": "2098-12-31"}
    found = checked(document, beside={"2098.12.json": former}).findings
    assert [item.rule.id for item in found] == ["flags/carried-over"]


def test_a_repeated_key_is_told_where_it_stands_again_and_the_rest_is_checked() -> None:
    data = encoded(sound()).replace(b'"admin": false,', b'"admin": false,\n "admin": false,', 1)
    found = checked(data).findings
    assert [(item.rule.id, item.pointer) for item in found] == [("structure/repeated-key", "/capabilities/list/admin")]
    line = data.decode().splitlines()[found[0].line - 1]
    assert (line[found[0].column - 1 :], found[0].column) == ('"admin": false,', 2)


def test_comments_and_broken_lines_are_told_one_by_one() -> None:
    data = b'{\n  // a remark\n  "a": "first\nsecond",\n  "b": 1 }'
    assert [(item.rule.id, item.line, item.column, item.message) for item in checked(data).findings] == [
        ("structure/not-json", 2, 3, "a comment; JSON has none"),
        ("structure/not-json", 3, 8, "a text goes on in the next line; JSON writes \\n"),
    ]


@pytest.mark.parametrize(
    "data",
    [b"{", b'{"a": }', b'{"a": NaN}', b"[" * 5000, b'{"a":' * 5000, b'{"a": 1e999}', b'{"a": 1, "a": ' + b"[" * 2000],
)
def test_what_is_no_json_is_one_finding(data: bytes) -> None:
    assert {item.rule.id for item in checked(data).findings} == {"structure/not-json"}


def test_every_rule_has_a_case_here() -> None:
    names = [f"test_lint_{name}" for name in ("rules", "plants", "lists", "decisions", "format3")]
    here = "".join(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8") for name in names)
    assert [name for name in RULES if f'"{name}"' not in here] == []


def test_every_rule_is_told_by_some_check_and_no_check_tells_another() -> None:
    folder = Path(__file__).parents[2] / "src" / "certmark" / "authoring" / "lint"
    groups = "|".join(GROUPS)
    named = {
        name
        for path in folder.glob("*.py")
        if not path.name.startswith("rules")
        for name in re.findall(rf'"((?:{groups})/[a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    assert named == set(RULES)


def test_rules_say_all_that_explain_shows() -> None:
    for rule in RULES.values():
        assert isinstance(rule.severity, Severity)
        assert rule.why.endswith("."), rule.id
        assert not rule.title.endswith("."), rule.id
        assert rule.source, rule.id
        assert rule.example, rule.id


def test_rules_are_chosen_by_group_by_id_and_by_their_last_word() -> None:
    assert find_rules(["sections"]) == {"sections/undefined", "sections/unused", "sections/required-key"}
    assert find_rules(["ids/prefix,carried-over"]) == {"ids/prefix", "flags/carried-over"}
    with pytest.raises(InvalidRequest, match='there is no rule "nonsense"; groups are structure'):
        find_rules(["nonsense"])


def test_what_is_ignored_is_taken_from_what_is_selected_and_nothing_selected_is_all() -> None:
    assert choose(["sections"], ["unused"]) == {"sections/undefined", "sections/required-key"}
    assert choose() == set(RULES)
    assert choose(ignore=["ids", "structure"]) == {
        name for name in RULES if not name.startswith(("ids/", "structure/"))
    }


def test_the_page_of_the_rules_is_up_to_date() -> None:
    script = Path(__file__).parents[2] / "docs" / "generate_lint_rules.py"
    done = subprocess.run([sys.executable, str(script), "--check"], check=False)
    assert done.returncode == 0, "run python docs/generate_lint_rules.py"

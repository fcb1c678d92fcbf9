"""Guidelines of format 3: what is read, and what is refused with its place."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.findings import AcceptedFinding
from certmark.domain.guidelines import (
    Component,
    ComponentReference,
    Credentials,
    CriterionMark,
    Flag,
    GuidelineApproval,
    Level,
    Microversions,
    Placement,
    Program,
    ProgramKind,
    RequiredTest,
    SuiteRepository,
    WaiverRules,
)
from certmark.domain.policies import AttemptRule, Consequence, Policy
from certmark.domain.results import Results
from certmark.domain.verdicts import judge
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline import document as json_text
from certmark.formats.guideline import load, read, write, yaml_text
from certmark.formats.guideline.conversion import losses, lower

SAMPLE = Path(__file__).parents[2] / "assets" / "guideline" / "sound" / "format_3.yaml"
DOCUMENT: dict[str, Any] = yaml_text.parsed(SAMPLE.read_text())
SMALL: dict[str, Any] = {
    "metadata": {"id": "2027.10", "schema": "3.0", "status": "draft"},
    "programs": {"p": {"name": "P", "kind": "platform", "components": [{"name": "c"}]}},
    "components": {"c": {"capabilities": {"required": ["can"]}}},
    "capabilities": {"can": {"tests": {"a.B.test_c": {}}}},
}
U1 = "11111111-1111-4111-8111-111111111111"


def test_everything_that_the_format_can_say_is_read() -> None:
    guideline = load(str(SAMPLE))
    assert (guideline.id, guideline.schema, guideline.status) == ("2027.10", "3.0", "approved")
    assert (guideline.title, guideline.process) == ("Guideline of the ice makers, October 2027", "2021A")
    assert guideline.releases == ("2026.2", "2027.1")
    assert guideline.approvals == (
        GuidelineApproval(
            "Board of directors",
            ("Ada Example", "Bo Example"),
            "2027-10-12",
            "https://example.org/minutes/2027-10-12",
        ),
    )
    assert guideline.policy == Policy("ice", "", attempts=AttemptRule.WORST, teardown=Consequence.INCOMPLETE)
    assert guideline.waiver_rules == WaiverRules(2, 180)
    assert guideline.microversions == (("compute", "2.1"),)
    assert guideline.repositories == (SuiteRepository("tempest", "https://example.org/freezer", "1.0.0"),)
    assert guideline.decisions == (
        AcceptedFinding(
            "process/releases-window",
            "/metadata/releases",
            "The freezer has had two releases so far.",
            "Ada Example",
            "2027-10-01",
        ),
    )
    assert guideline.remarks == ()


def test_programs_have_kinds_hosts_and_pins() -> None:
    ice, shares = load(str(SAMPLE)).programs
    assert ice == Program(
        "Ice", ProgramKind.PLATFORM, "Makes ice.", (ComponentReference("freezer", None),), (), (), ("ice",)
    )
    assert (shares.kind, shares.aliases) == (ProgramKind.ADD_ON, ("ice-with-shares", "shares"))
    assert shares.requires == (ComponentReference("freezer", None),)
    assert [(one.source, len(one.sha256 or "")) for one in shares.optional] == [
        ("https://example.org/guidelines/cellar.2027.10.yaml", 64)
    ]
    assert load(str(SAMPLE)).components["freezer"] == Component(
        "freezer",
        (Placement(Level.REQUIRED, "ice-make"), Placement(Level.ADVISORY, "ice-crush")),
        (Placement(Level.REQUIRED, "freezer"),),
        (("ice-make", "2026.05"),),
    )


def test_capabilities_say_what_they_need_and_tests_are_of_any_suite() -> None:
    make = load(str(SAMPLE)).capabilities["ice-make"]
    assert make.operations == ("POST /v2.1/ice", "GET /v2.1/ice/{id}")
    assert make.microversions == Microversions("2.1", "2.90")
    assert (make.credentials, make.admin, make.achievements) == (Credentials.USER, False, ("deployed",))
    assert make.marks == (
        CriterionMark(
            "deployed",
            is_met=True,
            reason="Eleven of twelve machines have it.",
            evidence=("https://example.org/machines", "the survey of 2026"),
        ),
        CriterionMark("tools", is_met=False, reason="", evidence=("https://example.org/tools",)),
    )
    ice = "freezer.tests.test_ice.IceTest"
    flag = Flag("It races, https://example.org/bug/1", "D401", "Mend the test.", "2027-09-01", "flagged")
    assert make.tests == (
        RequiredTest(
            f"{ice}.test_make",
            U1,
            f"id-{U1}",
            (f"{ice}.test_freeze",),
            None,
            suite="tempest",
            credentials=("primary", "project_reader"),
        ),
        RequiredTest("org.example.IceTest.melts", None, None, (), None, "2027.05", suite="junit"),
        RequiredTest("[ice] stays cold", None, None, (), flag, suite="ginkgo"),
    )
    assert [test.any_of for test in load(str(SAMPLE)).capabilities["shares-create"].tests] == ["protocol"] * 2


def test_the_same_document_may_be_json() -> None:
    as_json = read(json_text.encoded(DOCUMENT), "guideline.json")
    as_yaml = load(str(SAMPLE))
    assert as_json._replace(data=b"") == as_yaml._replace(data=b"")
    assert json.loads(write(as_json)) == DOCUMENT
    assert write(as_yaml) == SAMPLE.read_bytes()


def test_written_yaml_reads_back_equal() -> None:
    odd: dict[str, Any] = {
        "a": ["2027.10", "1e3", "yes", "null", "~", "", "2027-01-01", "0x1f", "010", " x ", "a: b", "# c", "é\u2028"]
    }
    odd |= {"numbers": [0, -7, 10**17], "truths": [True, False, None], "empty": [{}, []], "12": {"null": "true"}}
    assert json.dumps(yaml_text.parsed(yaml_text.encoded(odd).decode())) == json.dumps(odd)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2027.10", "2027.10"),
        ("2027-10-01", "2027-10-01"),
        ("1e3", "1e3"),
        ("yes", "yes"),
        ("0x10", "0x10"),
        ("010", "010"),
        (".inf", ".inf"),
        ("12:30", "12:30"),
        ("<<", "<<"),
        ("7", 7),
        ("true", True),
        ("~", None),
    ],
)
def test_in_yaml_only_whole_numbers_truths_and_null_are_no_texts(text: str, value: object) -> None:
    assert yaml_text.parsed(f"metadata: {text}") == {"metadata": value}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metadata: &a [x]\nprograms: *a", "line 2: an alias, by which YAML can grow without end"),
        ("metadata: !!float 2027.10", "line 1: a tag (!), which is not read here; leave it out"),
        ("metadata: !!python/object/apply:os.system [x]", "a tag (!)"),
        ("metadata: {id: a, id: b}", 'the key "id" twice'),
        ("metadata: {[a]: b}", "a key that is no text"),
        ("metadata: a\n---\nmetadata: b", "a second document begins"),
        ("metadata: " + "[" * 30, "nested more than 20 deep"),
        ("metadata: [", "is no YAML that is read here"),
        ('metadata: {schema: "2.0"}\ncapabilities: {}', "only format 3 may be YAML, write it as JSON"),
        ("metadata: {id: a}\ncapabilities: {}", 'says neither "schema" (1.x) nor'),
        ('metadata: {schema: "9.0"}', 'metadata.schema: "9.0" is no version that can be read there'),
    ],
)
def test_yaml_that_is_dangerous_or_no_guideline_is_refused_in_a_sentence(text: str, message: str) -> None:
    with pytest.raises(InvalidGuideline) as refusal:
        read(text.encode(), "g.yaml")
    assert message in str(refusal.value)
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("metadata.id", 2027.1, "metadata.id: must be a text, not a number; in YAML and JSON a text"),
        ("metadata.title", ["x"], "metadata.title: must be a text, not a list"),
        ("metadata.releases", "2027.1", 'metadata.releases: must be a list of texts, not "2027.1"'),
        ("metadata.policy", "lax", "metadata.policy: there is no policy 'lax'"),
        ("metadata.waivers", {"approvers": -1}, "metadata.waivers.approvers: must be a whole number from 0 on"),
        ("metadata.waivers", {"longest_days": 0}, "metadata.waivers.longest_days: must be a whole number from 1 on"),
        ("metadata.approval", [{"authority": "Board"}], 'metadata.approval[0]: must have a "date"'),
        ("metadata.baseline", {"microversions": {"compute": 2}}, "metadata.baseline.microversions.compute: must be"),
        ("programs.p.kind", "platfrom", "programs.p.kind: must be one of platform, add-on, list"),
        ("programs.p.components", [{}], 'programs.p.components[0]: must have a "name"'),
        ("programs.p.components", {"name": "c"}, "programs.p.components: must be a list, not an object"),
        ("programs.p", "x", "programs.p: must be an object, not a text"),
        ("components", None, "is not defined"),
        ("components.c.capabilities.required", "can", "components.c.capabilities.required: must be a list of texts"),
        ("capabilities.can.credentials", "root", "capabilities.can.credentials: must be one of none, user, reader"),
        ("capabilities.can.scores", {"a": {"mark": 2}}, "capabilities.can.scores.a.mark: must be 0 or 1"),
        ("capabilities.can.tests", [], "capabilities.can.tests: must be an object, not a list"),
        ("capabilities.can.tests", {"": {}}, "a test without a name"),
        ("capabilities.can.tests", {"a": {"test": "uuid"}}, "capabilities.can.tests.a.test: must be a suite, a colon"),
        ("capabilities.can.tests", {"a": {"any_of": " "}}, "a test without a name"),
        ("capabilities.can.tests", {"a": {"flag": "broken"}}, "must be an object"),
        ("decisions", [{"rule": "x"}], 'decisions[0]: must have a "reason"'),
        ("original", {"schema": "2.0", "changes": 7}, "original: original.changes: must be a list"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_place(place: str, value: object, message: str) -> None:
    document: Any = copy.deepcopy(SMALL)
    *path, last = place.split(".")
    parent = document
    for key in path:
        parent = parent[key]
    parent[last] = value
    try:
        said = " ".join(read(json.dumps(document).encode(), "g.json").remarks)
    except InvalidGuideline as refusal:
        said = str(refusal)
    assert message in said


def test_an_unknown_key_is_kept_and_told() -> None:
    document = copy.deepcopy(SMALL)
    document["capabilities"]["can"]["descriptoin"] = "x"
    guideline = read(json.dumps(document).encode(), "g.json")
    assert guideline.remarks == (
        'the key "descriptoin" is unknown, kept and not understood; perhaps "description" is meant (capabilities.can)',
    )
    assert json.loads(write(guideline)) == document


def test_criteria_may_be_listed_without_marks_and_go_to_2_0_as_they_are() -> None:
    document = copy.deepcopy(SMALL)
    document["capabilities"]["can"] |= {"achievements": ["atomic", "doc"], "scores": {"doc": {"mark": 1}}}
    guideline = read(json.dumps(document).encode(), "g.json")
    assert guideline.capabilities["can"].achievements == ("atomic", "doc")
    del document["capabilities"]["can"]["scores"]
    lowered = lower(document)
    assert lowered["capabilities"]["can"]["achievements"] == ["atomic", "doc"]
    assert "capabilities.*.achievements" not in {one.what for one in losses(document, "2.0")}


@pytest.mark.parametrize("name", ["a.B.test_c", "a.B.test_\u00e9", " a.B.test_c"])
@pytest.mark.parametrize("content", [{"test": f"tempest:{U1}"}, {"test": f"tempest:{U1}", "aliases": []}])
def test_a_test_reads_the_same_however_little_is_said_of_it(name: str, content: dict[str, Any]) -> None:
    document = copy.deepcopy(SMALL)
    document["capabilities"]["can"]["tests"] = {name: content}
    found = read(json.dumps(document).encode(), "g.json").capabilities["can"].tests
    assert found == (RequiredTest(name, U1, f"id-{U1}", (), None, suite="tempest"),)


def test_the_name_in_a_urn_is_another_name_of_the_test() -> None:
    document = copy.deepcopy(SMALL)
    document["capabilities"]["can"]["tests"] = {"making ice": {"test": "junit:org.example.IceTest.makes"}}
    (test,) = read(json.dumps(document).encode(), "g.json").capabilities["can"].tests
    assert (test.name, test.aliases, test.uuid) == ("making ice", ("org.example.IceTest.makes",), None)


ANYTHING: st.SearchStrategy[Any] = st.sampled_from(
    [42, None, [], {}, "x", True, [[]], {"a": {}}, [42], -1.5, "tempest:x", {"mark": 1}]
)


@st.composite
def mutilated(draw: st.DrawFn) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    for _ in range(draw(st.integers(1, 3))):
        parent: Any = document
        while True:
            keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(parent[key], dict | list) and parent[key] and draw(st.integers(0, 4)):
                parent = parent[key]
                continue
            parent[key] = copy.deepcopy(draw(ANYTHING))
            break
    return document


@given(mutilated())
def test_a_mutilated_document_is_a_guideline_or_a_refusal(document: dict[str, Any]) -> None:
    try:
        guideline = read(json.dumps(document).encode(), "g.json")
    except InvalidGuideline as refusal:
        assert str(refusal).isprintable()  # noqa: PT017 - a guideline would do as well
        return
    assert json.loads(write(guideline)) == document
    losses(guideline.document, "2.0")
    lower(guideline.document)
    for program in guideline.programs:
        judge(guideline, program, Results(()), as_of=date(2026, 11, 28))

"""Guidelines that are lists: one test a line, or Kubernetes' conformance list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.guidelines import (
    Component,
    ComponentReference,
    Guideline,
    Level,
    Placement,
    Program,
    ProgramKind,
    RequiredTest,
)
from certmark.domain.policies import CONFORMANCE, NONE_FAILED, STRICT, Effect, Policy
from certmark.formats.guideline import load, read, write
from certmark.formats.guideline.plain import group_of

UNSAID = 'it does not say what it means to pass; the policy "none-failed" is taken'


def uuid(number: int) -> str:
    return f"{number:08x}-1111-4111-8111-111111111111"


def groups(guideline: Guideline) -> dict[str, list[str]]:
    return {key: [test.name for test in capability.tests] for key, capability in guideline.capabilities.items()}


@pytest.fixture
def sound(assets: Path) -> Path:
    return assets / "guideline" / "sound"


def test_a_plain_list_is_one_program_that_requires_all_of_it(sound: Path) -> None:
    guideline = load(str(sound / "list.lst"))
    title = "Servers and Objects"
    assert (guideline.id, guideline.schema, guideline.policy, guideline.remarks) == ("list", "test-list", STRICT, ())
    assert guideline.programs == (
        Program(title, ProgramKind.LIST, "", (ComponentReference(title, None),), (), (), ("list",), None),
    )
    keys = ("suite.api.servers", "suite.api.objects", "sig-names", "other")
    assert guideline.components == {title: Component(title, tuple(Placement(Level.REQUIRED, key) for key in keys), ())}
    assert [test for capability in guideline.capabilities.values() for test in capability.tests] == [
        RequiredTest("suite.api.servers.test_servers.Servers.test_create", uuid(1), f"id-{uuid(1)}", (), None),
        RequiredTest("suite.api.servers.test_servers.Servers.test_lock", None, None, (), None),
        RequiredTest("suite.api.objects.test_objects.Objects.test_put(large)", uuid(4), f"id-{uuid(4)}", (), None),
        RequiredTest("[sig-names] Zones should be listed [Conformance]", None, None, (), None),
        RequiredTest("test_alone", None, None, (), None),
    ]


@pytest.mark.parametrize("name", ["list.lst", "conformance-v9.2.yaml"])
def test_a_list_is_written_back_as_its_own_text(sound: Path, name: str) -> None:
    data = (sound / name).read_bytes()
    assert write(read(data, name)) == data


@pytest.mark.parametrize(
    ("header", "policy", "remarks"),
    [
        ("", NONE_FAILED, (UNSAID,)),
        ("# policy: strict\n", STRICT, ()),
        ("#POLICY : none-failed \n", NONE_FAILED, ()),
        ('# policy: {"name": "x", "not_run": "fail"}\n', Policy("x", "", not_run=Effect.FAIL), ()),
        ("# the policy: strict\n", NONE_FAILED, (UNSAID,)),
    ],
)
def test_a_list_says_its_policy_or_means_that_none_may_fail(
    header: str, policy: Policy, remarks: tuple[str, ...]
) -> None:
    guideline = read(f"{header}a.b.C.test_d\n".encode(), "nightly.lst")
    assert (guideline.policy, guideline.remarks) == (policy, remarks)
    assert guideline.programs[0].name == "nightly"


def test_only_comments_before_the_first_test_are_a_header() -> None:
    guideline = read(b"\xef\xbb\xbf\n# title: One\n\na.b.C.test_d\r\n# title: Two\n# policy: strict\n", "x")
    assert (guideline.programs[0].name, guideline.policy) == ("One", NONE_FAILED)


def test_a_test_that_stands_twice_counts_once_and_ids_may_be_odd() -> None:
    data = f"a.b.C.test_d[id-{uuid(1)}]\na.b.C.test_d\na.b.C.test_e[id-what,smoke]\n".encode()
    guideline = read(data, "x.lst")
    assert guideline.capabilities["a.b"].tests == (
        RequiredTest("a.b.C.test_d", uuid(1), f"id-{uuid(1)}", (), None),
        RequiredTest("a.b.C.test_e[id-what,smoke]", None, None, (), None),
    )
    assert guideline.remarks == ("line 2: a.b.C.test_d stands there a second time; it counts once", UNSAID)


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("tempest.api.compute.servers.test_servers.ServersTest.test_create", "tempest.api.compute"),
        ("tempest.api.compute.test_versions.Versions.test_list(v2.1)", "tempest.api.compute"),
        ("tempest.scenario.test_basic.Basic.test_all", "tempest.scenario"),
        ("designate_plugin.tests.api.v2.test_zones.Zones.test_list", "designate_plugin.tests.api"),
        ("test_basic.Basic.test_all", "other"),
        ("Basic.test_all", "other"),
        ("test_all", "other"),
        ("[sig-apps] Deployment should roll over", "sig-apps"),
        ("[It] [sig-apps] Deployment", "It"),
        ("Load the page of example.com in a.second.or two", "other"),
        ("[", "other"),
    ],
)
def test_tests_of_a_list_are_grouped_by_the_packages_around_their_module_or_their_label(name: str, group: str) -> None:
    assert group_of(name) == group


def test_a_conformance_list_has_a_capability_for_each_label(sound: Path) -> None:
    guideline = load(str(sound / "conformance-v9.2.yaml"))
    assert (guideline.id, guideline.schema, guideline.policy) == (
        "conformance-v9.2",
        "kubernetes-conformance",
        CONFORMANCE,
    )
    assert (guideline.releases, guideline.remarks) == (("v9.2",), ())
    assert [(program.name, program.kind, program.aliases) for program in guideline.programs] == [
        ("Kubernetes conformance v9.2", ProgramKind.LIST, ("kubernetes", "conformance-v9.2"))
    ]
    assert groups(guideline) == {
        "sig-names": [
            "[sig-names] Zones should be listed when there are many of them [Conformance]",
            "[sig-names] Zones should be deleted [Conformance]",
        ],
        "other": ["Ice should melt"],
    }
    assert [capability.description for capability in guideline.capabilities.values()] == [
        "Zones, list; Zones, delete",
        "Ice",
    ]
    assert guideline.document["tests"][1] == {
        "testname": "Zones, delete",
        "codename": "[sig-names] Zones should be deleted [Conformance]",
        "description": "Delete a zone.",
        "release": "v9.1, v9.2",
        "file": "test/zones.go",
        "behaviors": ["zones/delete"],
    }


def test_entries_of_a_conformance_list_that_are_odd_are_remarked_upon() -> None:
    guideline = read(b"- codename: a\n- codename: a\n  realease: v1.1\n", "x.yml")
    assert guideline.remarks == (
        "entry 2: a stands there a second time; it counts once",
        'the key "realease" is unknown, kept and not understood; perhaps "release" is meant (entry 2)',
    )
    assert (guideline.releases, groups(guideline)) == ((), {"other": ["a"]})


@pytest.mark.parametrize("name", ["list", "list.txt", "conformance.list"])
def test_a_conformance_list_is_known_by_its_content(name: str) -> None:
    assert read(b"# of today\n---\n- testname: A\n  codename: a\n", name).schema == "kubernetes-conformance"


@pytest.mark.parametrize(
    "name",
    [
        "Load widget via link",
        "Résumé upload works ✓",
        "with  two spaces",
        '<Widget /> renders, if {open}; then "shut"',
        "{0: a} is a mapping",
        "{open} is read first",
        "[sig-node] Pods should be submitted [NodeConformance] [Conformance]",
        "[It] text [a, b]",
        "issue #12 is mended",
        "a.b.test_c[1-2]",
        "a.b.test_c[some, words](scenario)",
        "github.com/x/y.TestFoo/case_#01",
        '"shut" is read',
        "cafe\u0301 (decomposed)",
        "ends in \u00e9\u200b",
        "x" * 8000,
    ],
)
def test_a_line_is_the_name_of_a_test_as_results_have_it(name: str) -> None:
    assert groups(read(f"{name}\n".encode(), "x.lst")) == {group_of(name): [name]}


@pytest.mark.parametrize(
    "name", ["# begins with a hash", "with # in it", " blank ends ", '"', "a\\b", "x #y", "<html>"]
)
def test_a_name_in_quotes_is_the_name_whatever_stands_in_it(name: str) -> None:
    text = f"{json.dumps(name)}  # as JSON writes it\n"
    assert groups(read(text.encode(), "x.lst")) == {"other": [name]}


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=30)))
def test_every_name_can_be_listed_in_quotes(drawn: list[str]) -> None:
    names = [name for name in dict.fromkeys(drawn) if name.strip()]
    lines = [json.dumps(name, ensure_ascii=False) for name in ["a.b.C.test_d", *names]]
    listed = groups(read("\r\n".join(lines).encode(), "x.lst"))
    assert {name for members in listed.values() for name in members} == {"a.b.C.test_d", *names}


@pytest.mark.parametrize(
    "line",
    [
        "a.b.C.test_d # why",
        "a.b.C.test_d #why",
        "a.b.C.test_d\t# why",
        "  a.b.C.test_d  ",
        '"a.b.C.test_d" # why',
    ],
)
def test_comments_and_blanks_around_a_name_are_not_the_name(line: str) -> None:
    assert groups(read(f"# before\r\n\r\n{line}\r\n#after\r\n".encode(), "x.lst")) == {"a.b": ["a.b.C.test_d"]}


@pytest.mark.parametrize(
    ("line", "uuid_", "name", "aliases"),
    [
        (f"a.b.C.test_d[id-{uuid(1)},smoke]", uuid(1), "a.b.C.test_d", ()),
        (f"a.b.C.test_d[{uuid(1)}]", uuid(1), "a.b.C.test_d", (f"a.b.C.test_d[{uuid(1)}]",)),
        ("a.b.C.test_d[]", None, "a.b.C.test_d", ()),
        ("a.b.C.test_d[](scenario)", None, "a.b.C.test_d(scenario)", ()),
    ],
)
def test_ids_are_read_in_every_form_in_which_refstack_wrote_them(
    line: str, uuid_: str | None, name: str, aliases: tuple[str, ...]
) -> None:
    (capability,) = read(f"{line}\n".encode(), "x.lst").capabilities.values()
    assert [(test.name, test.uuid, test.aliases) for test in capability.tests] == [(name, uuid_, aliases)]


def test_lines_with_one_id_are_one_test_with_other_names() -> None:
    text = f"# policy: strict\nold.C.test_a[id-{uuid(1)}]\nb.C.test_b\nnew.C.test_a[id-{uuid(1)}]\nold.C.test_a\n"
    guideline = read(text.encode(), "x.lst")
    assert [test for capability in guideline.capabilities.values() for test in capability.tests] == [
        RequiredTest("old.C.test_a", uuid(1), f"id-{uuid(1)}", ("new.C.test_a",), None),
        RequiredTest("b.C.test_b", None, None, (), None),
    ]
    assert guideline.remarks == (
        "line 5: old.C.test_a stands there a second time; it counts once",
        f"1 id stands under several names: each is one test with other names ({uuid(1)})",
    )


def test_a_list_says_what_it_is() -> None:
    text = (
        "# title: End to end\n# program: E2E-1\n# version: v3\n# status: draft\n# source: https://example.org/e2e\n"
        "# policy: strict\na.b.C.test_d\n"
    )
    guideline = read(text.encode(), "nightly.lst")
    assert (guideline.title, guideline.version, guideline.status) == ("End to end", "v3", "draft")
    assert (guideline.source, guideline.is_draft, guideline.remarks) == ("https://example.org/e2e", True, ())
    assert [(program.name, program.aliases) for program in guideline.programs] == [("E2E-1", ("End to end", "nightly"))]


def test_lines_that_are_hardly_names_are_told_with_what_to_do() -> None:
    text = (
        "# policy: strict\n^a\\.b\\.C\na.b.*\na.b.C.test_e \ncafe\u0301\nx\u00a0y\n"
        'test/e2e/pods.go: "should be removed "\n'
    )
    assert read(text.encode(), "x.lst").remarks == (
        (
            "it is Kubernetes' list before 1.18, which has only the end of each test's name, "
            "and results have whole names; take conformance.yaml, which came with 1.18"
        ),
        (
            "2 lines look like a pattern; a list names each test as the results do, "
            "so write the names that are meant (line 2: ^a\\.b\\.C, line 3: a.b.*)"
        ),
        "1 line ends in blanks, which were taken off (line 4)",
        "1 name has a character that cannot be seen (line 6: U+00A0)",
        "1 name is written in decomposed characters, not in NFC (line 5)",
    )


def test_a_sentence_with_letters_of_other_languages_is_nothing_to_tell() -> None:
    assert read("# policy: strict\nRésumé upload works ✓\n".encode(), "x.lst").remarks == ()


def test_the_release_of_a_conformance_list_is_its_newest_or_a_later_one_of_its_file() -> None:
    text = b"- codename: a\n  release: v1.9, v1.28\n"
    found = [read(text, name).releases for name in ("x.yaml", "conformance-v1.29.yaml", "conformance-1.27.yaml")]
    assert found == [("v1.28",), ("v1.29",), ("v1.28",)]
    assert read(text, "x.yaml").capabilities["other"].tests[0].required_since == "v1.9, v1.28"


def test_labels_do_not_make_a_list_json() -> None:
    assert groups(read(b"[sig-apps] Deployment should roll over\n", "labels.txt")) == {
        "sig-apps": ["[sig-apps] Deployment should roll over"]
    }


@pytest.mark.shared
def test_a_living_programmes_list_is_a_guideline(shared: Path) -> None:
    guideline = load(str(shared / "scs" / "tempest-tests-non-admin.lst"))
    tests = [test for capability in guideline.capabilities.values() for test in capability.tests]
    assert (len(tests), sum(test.uuid is None for test in tests)) == (258, 0)
    assert sorted(guideline.capabilities) == [
        "tempest.api.compute",
        "tempest.api.identity",
        "tempest.api.image",
        "tempest.api.network",
        "tempest.api.volume",
    ]
    assert (guideline.policy, guideline.remarks) == (NONE_FAILED, (UNSAID,))


@pytest.mark.shared
@pytest.mark.parametrize(("release", "tests"), [("v1.28", 380), ("v1.29", 388)])
def test_kubernetes_conformance_lists_are_guidelines(shared: Path, release: str, tests: int) -> None:
    path = shared / "kubernetes" / f"conformance-{release}.yaml"
    guideline = load(str(path))
    names = [test.name for capability in guideline.capabilities.values() for test in capability.tests]
    assert (len(names), len(set(names)), guideline.releases) == (tests, tests, (release,))
    assert len(guideline.capabilities) == 10
    assert (guideline.remarks, write(guideline)) == ((), path.read_bytes())

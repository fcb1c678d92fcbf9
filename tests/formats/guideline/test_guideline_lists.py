"""Guidelines that are lists: one test a line, or Kubernetes' conformance list."""

from __future__ import annotations

from pathlib import Path

import pytest

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
from certmark.domain.policies import NONE_FAILED, STRICT, Effect, Policy
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
        ("[", "other"),
    ],
)
def test_tests_of_a_list_are_grouped_by_the_packages_around_their_module_or_their_label(name: str, group: str) -> None:
    assert group_of(name) == group


def test_a_conformance_list_has_a_capability_for_each_label(sound: Path) -> None:
    guideline = load(str(sound / "conformance-v9.2.yaml"))
    assert (guideline.id, guideline.schema, guideline.policy) == ("conformance-v9.2", "kubernetes-conformance", STRICT)
    assert (guideline.releases, guideline.remarks) == (("v9.2",), ())
    assert [(program.name, program.kind) for program in guideline.programs] == [("conformance-v9.2", ProgramKind.LIST)]
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

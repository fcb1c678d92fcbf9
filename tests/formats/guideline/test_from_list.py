"""A list of tests as a guideline of format 3: the same verdict, and something to go on with."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from certmark.domain.guidelines import Guideline, ProgramKind
from certmark.domain.policies import POLICIES, REFSTACK_2020
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.verdicts import judge
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline import load, read, yaml_text
from certmark.formats.guideline.from_list import NewGuideline, guideline_of_list, key_of, project_of

TODAY = date(2026, 11, 28)
SOUND = Path(__file__).parents[2] / "assets" / "guideline" / "sound"
SHARED = Path(__file__).parents[4] / "shared" / "guidelines" / "2022.11"
LISTS = [
    str(SOUND / "list.lst"),
    str(SOUND / "conformance-v9.2.yaml"),
    "scs-0128",
    pytest.param(str(SHARED / "platform-required.txt"), marks=pytest.mark.shared),
    pytest.param(str(SHARED / "all-with-add-ons.lst"), marks=pytest.mark.shared),
]
U1, U2 = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
SERVERS = "tempest.api.compute.servers.test_servers.ServersTestJSON"


def made(listed: Guideline) -> Guideline:
    document = guideline_of_list(listed, NewGuideline("2027.06", projects=True))
    return read(yaml_text.encoded(document), "made.yaml")


@pytest.mark.parametrize("named", LISTS)
@pytest.mark.parametrize("policy", [None, *(one for one in POLICIES.values() if one is not REFSTACK_2020)])
def test_a_list_and_the_guideline_made_of_it_give_the_same_verdict(named: str, policy: object) -> None:
    if "shared" in named and not SHARED.is_dir():
        pytest.skip("the programme's shared data is not beside this checkout")
    listed = load(named)
    guideline = made(listed)
    for seed in range(4):
        results = some_results(listed, seed)
        verdicts = [
            judge(one, one.programs[0], results, as_of=TODAY, policy=policy)  # type: ignore[arg-type]  # parametrized
            for one in (listed, guideline)
        ]
        found = [
            (verdict.standing, verdict.totals, sorted((one.test.name, one.state) for one in verdict.all_settled()))
            for verdict in verdicts
        ]
        assert found[0] == found[1]


def some_results(listed: Guideline, seed: int) -> Results:
    """Of all its names or of some, with or without ids; the first seed passes everything under every name."""
    dice = random.Random(seed)  # noqa: S311 - for variety, not for secrets
    attempts = []
    for capability in listed.capabilities.values():
        for test in capability.tests:
            for name in (test.name, *test.aliases):
                if seed == 0 or dice.random() < 0.9:
                    result = Outcome.PASSED if seed == 0 or dice.random() < 0.97 else dice.choice(list(Outcome))
                    attempts.append(Attempt(name, test.uuid if seed < 2 else None, result))
    return Results([Evidence("results", "junit", 1, None, tuple(attempts))])


def test_what_a_list_says_stands_in_the_guideline() -> None:
    text = f"# title: Ice\n# source: https://example.org/ice.lst\n{SERVERS}.test_a[id-{U1}]\nold.Name.test_a[id-{U1}]\n"
    listed = read(text.encode(), "ice.lst")
    assert guideline_of_list(listed, NewGuideline("2027.06", "Ice of 2027", projects=True)) == {
        "$schema": "https://certmark.example/schema/guideline/3.0",
        "metadata": {
            "id": "2027.06",
            "schema": "3.0",
            "title": "Ice of 2027",
            "description": f"Made of the list ice (SHA-256 {listed.sha256}).",
            "source": "https://example.org/ice.lst",
            "status": "draft",
            "policy": "none-failed",
        },
        "programs": {"ice": {"name": "Ice", "kind": "list", "components": [{"name": "ice"}]}},
        "components": {"ice": {"capabilities": {"required": ["compute-servers"]}}},
        "capabilities": {
            "compute-servers": {
                "project": "nova",
                "tests": {f"{SERVERS}.test_a": {"test": f"tempest:{U1}", "aliases": ["old.Name.test_a"]}},
            }
        },
    }


def test_the_program_of_a_list_without_a_title_is_called_as_the_guideline() -> None:
    document = guideline_of_list(read(b"a.B.test_c\n", "own.lst"), NewGuideline("2027.06", "My cloud"))
    assert document["programs"]["own"]["name"] == "My cloud"
    assert made(read(b"a.B.test_c\n", "own.lst")).programs[0].kind is ProgramKind.LIST


def test_a_guideline_is_no_list() -> None:
    with pytest.raises(InvalidGuideline, match=r"is a guideline of schema 2\.0"):
        guideline_of_list(load(str(SOUND / "schema_2.0.json")), NewGuideline("2027.06"))


@pytest.mark.parametrize(
    ("name", "key", "project"),
    [
        (f"{SERVERS}.test_create", "compute-servers", "nova"),
        ("tempest.api.compute.test_versions.TestVersions.test_list", "compute-versions", "nova"),
        ("tempest.api.network.test_dhcp_ipv6.NetworksTestDHCPv6.test_a", "network-networks-dhcpv6", "neutron"),
        (
            "tempest.api.object_storage.test_object_expiry.ObjectExpiryTest.test_a",
            "object-storage-object-expiry",
            "swift",
        ),
        ("tempest.scenario.test_server_basic_ops.TestServerBasicOps.test_a", "scenario-server-basic-ops", None),
        ("barbican_tempest_plugin.tests.api.test_secrets.SecretsTest.test_a", "barbican-secrets", "barbican"),
        ("manila_tempest_tests.tests.api.test_shares.SharesNFSTest.test_a(x)", "manila-shares-nfs", "manila"),
        ("heat_tempest_plugin.tests.functional.test_x.StackTagTest.test_a", "heat-stack-tag", "heat"),
        ("[sig-apps] Deployment should run", "sig-apps", None),
        ("a sentence about a pod", "other", None),
        ("test_alone", "other", None),
        ("mod.test_alone", "mod", None),
    ],
)
def test_a_capability_is_a_class_of_a_service(name: str, key: str, project: str | None) -> None:
    assert (key_of(name), project_of(name)) == (key, project)

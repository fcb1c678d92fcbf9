"""What the doctor concludes from what services answer: answers as recorded from real clouds, changed in one point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from certmark.cloud.accounts_file import Account
from certmark.cloud.catalogue import Endpoint
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.doctor.accounts import SignedIn, SignInRefused, judge_people
from certmark.cloud.doctor.endpoints import Host, judge_catalogue, judge_hosts
from certmark.cloud.doctor.external_network import Outside, judge_outside
from certmark.cloud.doctor.images import Booting, judge_booting
from certmark.cloud.doctor.incomplete import NotExamined
from certmark.cloud.doctor.machine import Folder, Machine, judge_machine
from certmark.cloud.doctor.resources import Holding, Room, judge_account_networks, judge_leftovers, judge_quotas
from certmark.cloud.doctor.storage import Servers, Stored, judge_storage, judge_stored
from certmark.cloud.doctor.transport import Certificate, Clock, judge_certificates, judge_clock
from certmark.cloud.needs import NeededUser, Needs
from certmark.cloud.session import SignedInUser
from certmark.domain.accounts_needed import NeededUsers
from certmark.domain.health import CloudFinding

NEEDS = Needs(
    tests=100,
    services={"compute": 60, "image": 60, "network": 30, "block-storage": 20, "object-store": 56},
    people=(),
    things={"servers": 60, "volumes": 20, "snapshots": 5, "networks": 30, "floating_ips": 4, "containers": 50,
            "resizes": 2},
    outside=6,
    workers=2,
    is_surveyed=True,
    users=NeededUsers(ordinary=2),
)  # fmt: skip
NOBODY = NEEDS._replace(services={}, things={}, outside=0, people=())
YES, NO = True, False
ME = SignedInUser(
    "fake", "https://cloud.example/v3", "RegionOne", ("public",), "demo", "Default", "demo", "p1", "Default", ("member",),
    "secret", None, NO, {}, None,
)  # fmt: skip
HTTP = ME._replace(auth_url="http://127.0.0.1:5000/v3")


def ids(findings: Iterable[CloudFinding]) -> list[tuple[str, str]]:
    """Id and severity of each."""
    return [(finding.id, finding.severity.value) for finding in findings]


# ---------------------------------------------------------------- quotas and leftovers

ROOMY = Holding(
    "p", "a",
    {"instances": Room(10), "cores": Room(20), "ram": Room(51_200), "volumes": Room(10), "gigabytes": Room(1000),
     "snapshots": Room(10), "networks": Room(100), "floating-ips": Room(50)},
)  # fmt: skip


@pytest.mark.parametrize(
    ("rooms", "expected"),
    [
        ({}, [("quota", "ok")]),
        ({"instances": Room(0)}, [("quota-instances", "fatal")]),
        ({"instances": Room(10, 10)}, [("quota-instances", "fatal")]),
        ({"instances": Room(1)}, [("quota-instances", "warning")]),
        ({"instances": Room(-1, 500)}, [("quota", "ok")]),
        ({"ram": Room(32)}, [("quota-ram", "fatal")]),
        ({"volumes": Room(2)}, [("quota-volumes", "warning")]),
        ({"gigabytes": Room(0), "snapshots": Room(0)}, [("quota-gigabytes", "fatal"), ("quota-snapshots", "fatal")]),
        ({"floating-ips": Room(0)}, [("quota-floating-ips", "fatal")]),
        # No selected test makes one.
        ({"backups": Room(0), "routers": Room(0)}, [("quota", "ok")]),
    ],
)
def test_a_quota_must_leave_room_for_what_the_tests_make(
    rooms: dict[str, Room], expected: list[tuple[str, str]]
) -> None:
    assert ids(judge_quotas([ROOMY, ROOMY._replace(rooms={**ROOMY.rooms, **rooms})], NEEDS)) == expected


def test_a_quota_names_project_reason_tests_and_command() -> None:
    (found,) = judge_quotas([Holding("mine", "a", {"volumes": Room(3, 3)})], NEEDS)
    assert found._replace(severity=found.severity) == CloudFinding(
        id="quota-volumes",
        severity=found.severity,
        subject="quotas",
        what="block-storage: the quota of volumes is 3 with 3 in use, and the tests need 3 at a time",
        where="project mine",
        why="tests that make one cannot pass",
        mend="as an administrator: openstack quota set --volumes 6 mine; or remove what is there",
        tests=20,
    )


def test_accounts_that_share_a_project_need_room_for_all_workers() -> None:
    shared = Holding("p", "a", {"instances": Room(3)}, sharers=8)
    assert ids(judge_quotas([shared], NEEDS)) == [("quota-instances", "warning")]
    assert ids(judge_quotas([shared._replace(sharers=1)], NEEDS)) == [("quota", "ok")]


def test_a_quota_that_could_not_be_read_is_said() -> None:
    found = judge_quotas([Holding("p", "a", {}, unseen=("compute: 503",))], NEEDS)
    assert ids(found) == [("check-unfinished", "warning")]


@pytest.mark.parametrize(
    ("rooms", "expected"),
    [
        ({"instances": Room(10, 0), "networks": Room(10)}, [("leftovers", "ok")]),
        ({"instances": Room(10, 2)}, [("leftovers-compute", "warning")]),
        ({"snapshots": Room(10, 1)}, [("leftovers-volume", "warning")]),
        ({"floating-ips": Room(-1, 1)}, [("leftovers-network", "warning")]),
        # A default security group and its ports are in every project.
        ({"security-groups": Room(10, 1), "ports": Room(10, 1)}, [("leftovers", "ok")]),
    ],
)
def test_what_is_there_already_is_said(rooms: dict[str, Room], expected: list[tuple[str, str]]) -> None:
    assert ids(judge_leftovers([Holding("p", "a", rooms)], NEEDS)) == expected


@pytest.mark.parametrize(
    ("networks", "wanted", "options", "expected"),
    [
        (("shared",), "shared", {}, []),
        (("other",), "shared", {}, [("account-network", "fatal")]),
        (("one", "two"), None, {}, [("network-ambiguous", "fatal")]),
        (("one", "two"), None, {"compute.fixed_network_name": "one"}, []),
        (("one",), None, {}, []),
        (None, "shared", {}, []),
    ],
)
def test_every_account_has_one_network_for_its_servers(
    networks: tuple[str, ...] | None, wanted: str | None, options: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert ids(judge_account_networks([Holding("p", "a", {}, networks, wanted)], NEEDS, options)) == expected


# ---------------------------------------------------------------- images and flavors

IMAGE = {"id": "i1", "name": "cirros", "status": "active", "size": 20, "disk_format": "qcow2", "min_disk": 0}
NANO = {"id": "42", "name": "nano", "ram": 128, "disk": 1}
MICRO = {"id": "84", "name": "micro", "ram": 192, "disk": 1}
REFS = {"compute.image_ref": "i1", "compute.flavor_ref": "42", "compute.flavor_ref_alt": "84"}
BOOTS = [("image", "ok"), ("flavor", "ok")]


def booting(image: Mapping[str, Any] | None = None, **changes: Any) -> Booting:
    """A cloud that boots, but for `changes`."""
    usual = Booting([IMAGE, {**IMAGE, "id": "i2"}], {**IMAGE, **(image or {})}, [NANO, MICRO])
    return usual._replace(**changes)


@pytest.mark.parametrize(
    ("seen", "options", "expected"),
    [
        (booting(), {}, BOOTS),
        (booting(images=[IMAGE]), {}, [("image", "ok"), ("image-second", "note"), ("flavor", "ok")]),
        (booting(images=[], chosen=None), {"compute.image_ref": ""}, [("image-none", "fatal"), ("flavor", "ok")]),
        (booting(chosen={}), {}, [("image-missing", "fatal"), ("flavor", "ok")]),
        (booting({"status": "queued"}), {}, [("image-inactive", "fatal"), ("flavor", "ok")]),
        (booting({"size": 0}), {}, [("image-inactive", "fatal"), ("flavor", "ok")]),
        (booting({"disk_format": "iso"}), {}, [("image-format", "warning"), ("flavor", "ok")]),
        (
            booting({"hw_architecture": "aarch64"}, architectures=("x86_64",)), {},
            [("image-architecture", "fatal"), ("flavor", "ok")],
        ),
        (
            booting({"architecture": "aarch64"}, images=[{**IMAGE, "architecture": "x86_64"}] * 2), {},
            [("image-architecture", "warning"), ("flavor", "ok")],
        ),
        (booting(flavors=[]), {}, [("image", "ok"), ("flavor-none", "fatal")]),
        (booting(flavors=[NANO]), {}, [("image", "ok"), ("flavor-missing", "fatal")]),
        (booting(flavors=[NANO]), {"compute.flavor_ref_alt": "42"}, [("image", "ok"), ("flavor-second", "warning")]),
        (booting(flavors=[NANO, {**MICRO, "disk": 0}]), {}, [("image", "ok"), ("flavor-second", "warning")]),
        (
            booting(flavors=[{**NANO, "disk": 0}, {**MICRO, "disk": 0}]), {},
            [("image", "ok"), ("flavor-diskless", "warning")],
        ),
        (booting({"min_disk": 2}), {}, [*BOOTS, ("flavor-small", "fatal")]),
        (booting({"virtual_size": (1 << 30) + 1}), {}, [*BOOTS, ("flavor-small", "fatal")]),
        (booting({"min_ram": 512, "min_disk": 5}), {}, [*BOOTS, ("flavor-small", "fatal"), ("flavor-small", "fatal")]),
        (booting(flavors=NotExamined("503")), {}, [("check-unfinished", "warning"), ("image", "ok")]),
    ],
)  # fmt: skip
def test_what_servers_are_made_of(seen: Booting, options: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert ids(judge_booting(seen, NEEDS, {**REFS, **options})) == expected


def test_without_tests_that_make_servers_nothing_is_said_of_images() -> None:
    assert ids(judge_booting(booting(chosen={}), NOBODY, REFS)) == []


# ---------------------------------------------------------------- networks

PUBLIC = {"id": "n1", "name": "public", "router:external": True, "status": "ACTIVE", "admin_state_up": True}
V4 = {"network_id": "n1", "ip_version": 4}


@pytest.mark.parametrize(
    ("seen", "options", "expected"),
    [
        (Outside([PUBLIC], [V4], {}), {}, [("network", "ok")]),
        (Outside([], [], {}), {}, [("network-external", "fatal")]),
        (Outside([PUBLIC], [V4], {}), {"network.public_network_id": "gone"}, [("network-missing", "fatal")]),
        (Outside([PUBLIC], [V4], {}), {"compute.fixed_network_name": "gone"}, [("network-missing", "fatal")]),
        (Outside([{**PUBLIC, "status": "DOWN"}], [V4], {}), {}, [("network-down", "warning")]),
        (Outside([PUBLIC], [{**V4, "ip_version": 6}], {}), {}, [("network-ipv4", "warning")]),
        # Many clouds hide the subnets of their external network.
        (Outside([PUBLIC], [], {}), {}, [("network", "ok")]),
        (Outside([PUBLIC], NotExamined("403"), {}), {}, [("network", "ok")]),
        (Outside([PUBLIC], [V4], {"n1": (10, 10)}), {}, [("network-addresses", "fatal")]),
        (Outside([PUBLIC], [V4], {"n1": (10, 8)}), {}, [("network-addresses", "warning")]),
        (NotExamined("503"), {}, [("check-unfinished", "warning")]),
    ],
)
def test_the_way_outside(seen: Outside | NotExamined, options: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert ids(judge_outside(seen, NEEDS, options)) == expected


def test_a_guess_does_not_make_a_missing_network_fatal() -> None:
    found = judge_outside(Outside([], [], {}), NEEDS._replace(is_surveyed=False), {})
    assert ids(found) == [("network-external", "warning")]


# ---------------------------------------------------------------- accounts


def account(name: str, *roles: str, project: str | None = None, types: tuple[str, ...] = ()) -> Account:
    """An entry of accounts.yaml."""
    where = name if project is None else project
    return Account(name, where, roles, types, {"username": name, "password": "x"})


def signed_in(entry: Account, *roles: str) -> SignedIn:
    """An account as the cloud has it."""
    return SignedIn(entry, entry.username, entry.project, roles or entry.roles)


USUAL = (
    signed_in(account("one", "member")),
    signed_in(account("two", "member")),
    signed_in(account("three", "reader", project="one")),
    signed_in(account("four", "member")),
    signed_in(account("five", "member")),
)
PEOPLE = (
    NeededUser("primary", ("member",), 90),
    NeededUser("alt", (), 5),
    NeededUser("project_reader", ("reader",), 80),
)


@pytest.mark.parametrize(
    ("people", "changes", "expected"),
    [
        (USUAL, {}, [("accounts", "ok")]),
        # Whom Keystone refuses is not counted.
        ((*USUAL[1:], SignInRefused(USUAL[0].account, "wrong")), {}, [("account-refused", "fatal"), ("accounts-few", "note")]),
        ((*USUAL[1:], SignInRefused(USUAL[0].account, "timed out", is_answer=False)), {}, [("account-refused", "warning")]),
        ((*USUAL[1:], signed_in(USUAL[0].account, "reader")), {}, [("account-roles", "fatal")]),
        ((*USUAL, signed_in(account("six", "member", "auditor"), "member")), {}, [("account-roles", "warning")]),
        (USUAL[:2] + USUAL[3:], {}, [("accounts-role", "fatal")]),
        ((*USUAL, USUAL[0]), {}, [("accounts-twice", "warning")]),
        (USUAL, {"workers": 3}, [("accounts-few", "note")]),
        ((USUAL[0], USUAL[2]), {"workers": 1}, [("accounts-few", "fatal")]),
        # A customer has neither, and the rest of the run tells something all the same.
        (USUAL, {"people": (NeededUser("admin", (), 3),)}, [("accounts-role", "warning")]),
        (USUAL, {"people": (NeededUser("reseller", ("ResellerAdmin",), 3),)}, [("accounts-role", "warning")]),
        (USUAL, {"people": (NeededUser("operator", ("SwiftOperator",), 3),)}, [("accounts-role", "fatal")]),
        # An administrator is never taken for an ordinary user.
        ((signed_in(account("root", "admin", "member")),),
         {"workers": 1, "people": (NeededUser("primary", ("member",), 3),)}, [("accounts-role", "fatal")]),
        ((signed_in(account("root", "admin")),), {"workers": 1, "people": (NeededUser("admin", (), 3),)},
         [("accounts", "ok")]),
        ((signed_in(account("root", types=("admin",))),), {"workers": 1, "people": (NeededUser("project_admin", (), 3),)},
         [("accounts", "ok")]),
        ((signed_in(account("swift", "member", types=("operator",))),),
         {"workers": 1, "people": (NeededUser("operator", ("SwiftOperator",), 3),), "users": NeededUsers(ordinary=1)},
         [("accounts", "ok")]),
        ((signed_in(account("one", "reader")),), {"workers": 1, "people": (NeededUser("system_reader", (), 3),)},
         [("accounts-role", "fatal")]),
        ((), {"workers": 1, "people": (NeededUser("primary", (), 3),)}, [("accounts-role", "fatal")]),
    ],
)  # fmt: skip
def test_accounts_are_enough_of_every_kind(
    people: tuple[SignedIn | SignInRefused, ...], changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    needs = NEEDS._replace(people=PEOPLE)._replace(**changes)
    assert ids(judge_people(people, needs, {"object-storage.operator_role": "SwiftOperator"})) == expected


TEAM = (NeededUser("alt", (), 7), NeededUser("primary", ("member",), 7), NeededUser("project_reader", ("reader",), 7))


@pytest.mark.parametrize(
    ("people", "team", "expected"),
    [
        (USUAL, TEAM, [("accounts", "ok")]),
        # One user with all the roles is still one user.
        ((signed_in(account("demo", "member", "reader")),), TEAM[1:], [("accounts-few", "fatal")]),
        ((signed_in(account("demo", "member", "reader")),), TEAM[1:2], [("accounts", "ok")]),
        # A reader of another project does not help.
        ((USUAL[0], signed_in(account("other", "reader"))), TEAM[1:], [("accounts-few", "fatal")]),
        ((USUAL[0], USUAL[2]), TEAM[1:], [("accounts", "ok")]),
        ((USUAL[0], USUAL[2]), TEAM, [("accounts-few", "fatal")]),
    ],
)
def test_one_class_finds_all_its_users_at_a_time(
    people: tuple[SignedIn, ...], team: tuple[NeededUser, ...], expected: list[tuple[str, str]]
) -> None:
    users = NeededUsers(ordinary=sum(person.kind in {"primary", "alt"} for person in team))
    needs = NEEDS._replace(people=(), teams=(team,), workers=1, users=users)
    assert ids(judge_people(people, needs, {})) == expected


# ---------------------------------------------------------------- object storage

STORED = Stored("p", "a", 204)
WELL = Servers(404, 404)


@pytest.mark.parametrize(
    ("stored", "servers", "expected"),
    [
        ((STORED,), WELL, [("storage", "ok")]),
        ((STORED._replace(status=403),), None, [("storage-forbidden", "fatal")]),
        ((STORED._replace(status=503),), None, [("storage-account", "fatal")]),
        ((STORED._replace(status=0, problem="it does not answer"),), None, [("service-down", "fatal")]),
        ((STORED,), Servers(503, 503), [("storage-container", "fatal")]),
        ((STORED,), Servers(404, 503), [("storage-object", "fatal")]),
        ((STORED,), NotExamined("timed out"), [("check-unfinished", "warning")]),
        ((STORED._replace(quota=0),), WELL, [("quota-objects", "fatal")]),
        ((STORED._replace(quota=100 << 20, bytes_=99 << 20),), WELL, [("quota-objects", "warning")]),
        ((STORED._replace(quota=10 << 30),), WELL, [("storage", "ok")]),
    ],
)
def test_object_storage(
    stored: tuple[Stored, ...], servers: Servers | NotExamined | None, expected: list[tuple[str, str]]
) -> None:
    assert ids(judge_storage(stored, servers, NEEDS)) == expected


def test_containers_that_are_there_are_said() -> None:
    assert ids(judge_stored([STORED], NEEDS)) == [("leftovers", "ok")]
    (found,) = judge_stored([STORED, STORED._replace(project="q", containers=1, objects=3)], NEEDS)
    assert (found.id, found.where, found.what) == (
        "leftovers-storage", "project q", "1 container with 3 objects is there already",
    )  # fmt: skip


# ---------------------------------------------------------------- hosts, catalogue


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ([Host("nova-compute", "one", YES)], []),
        ([Host("nova-compute", "one", NO)], [("compute-hosts", "fatal")]),
        ([Host("nova-compute", "one", NO), Host("nova-compute", "two", YES)], [("compute-hosts", "warning")]),
        ([Host("nova-compute", "one", YES), Host("nova-scheduler", "a", NO)], [("compute-hosts", "fatal")]),
        ([Host("zone", "nova", NO)], [("compute-hosts", "fatal")]),
        ([Host("zone", "one", NO), Host("zone", "two", YES)], []),
        ([], []),
        (NotExamined("403"), []),
    ],
)
def test_somebody_makes_the_servers(hosts: list[Host] | NotExamined, expected: list[tuple[str, str]]) -> None:
    assert ids(judge_hosts({"compute": hosts}, NEEDS)) == expected


def endpoint(kind: str, url: str = "https://cloud.example", region: str = "RegionOne") -> Endpoint:
    return Endpoint(kind, "public", region, url)


def discovered(me: SignedInUser, *missing: str) -> Discovered:
    """What discovery says where services are missing."""
    from certmark.cloud.discovery.service_states import ServiceState

    words = ("compute", "image", "network", "block-storage", "object-store")
    states = tuple(
        ServiceState(word, word, None if word in missing else "https://cloud.example", None) for word in words
    )
    return Discovered(me, states, (), (), {}, "0")


@pytest.mark.parametrize(
    ("me", "endpoints", "missing", "expected"),
    [
        (ME, [endpoint("compute")], (), [("catalogue", "ok")]),
        (ME._replace(region=""), [endpoint("a"), endpoint("a", region="Two")], (), [("catalogue-region", "warning")]),
        (ME._replace(region="Gone"), [endpoint("a")], (), [("catalogue-region", "fatal")]),
        (ME, [endpoint("a")], ("object-store",), [("catalogue-service", "fatal")]),
        (
            ME,
            [Endpoint("image", "internal", "RegionOne", "https://i")],
            ("image",),
            [("catalogue-interface", "fatal")],
        ),
        (ME, [endpoint("a"), endpoint("a", "https://other")], (), [("catalogue-duplicate", "warning")]),
        (ME, [endpoint("a"), endpoint("b", "http://cloud.example")], (), [("catalogue-http", "warning")]),
        (HTTP, [endpoint("a", "http://127.0.0.1:1")], (), [("catalogue", "ok")]),
        (ME._replace(auth_url="http://c.example/v3"), [endpoint("a", "http://c.example")], (), [("tls-none", "note")]),
    ],
)
def test_the_catalogue(
    me: SignedInUser, endpoints: list[Endpoint], missing: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert ids(judge_catalogue(endpoints, discovered(me, *missing), NEEDS)) == expected


# ---------------------------------------------------------------- transport, machine

DAY = 86_400.0
INSECURE = ME._replace(insecure=True)


@pytest.mark.parametrize(
    ("me", "certificate", "expected"),
    [
        (ME, Certificate("c:443", 90 * DAY), [("tls", "ok")]),
        (ME, Certificate("c:443", 13 * DAY), [("tls-expires", "warning")]),
        (ME, Certificate("c:443", -DAY, "certificate has expired"), [("tls-expires", "fatal")]),
        (ME, Certificate("c:443", 90 * DAY, "self-signed certificate"), [("tls-untrusted", "fatal")]),
        (ME, NotExamined("timed out"), [("check-unfinished", "warning")]),
        (INSECURE, Certificate("c:443", 90 * DAY), [("tls-unverified", "warning")]),
        (
            INSECURE, Certificate("c:443", 90 * DAY, "Hostname mismatch"),
            [("tls-untrusted", "warning"), ("tls-unverified", "warning")],
        ),
    ],
)  # fmt: skip
def test_certificates(
    me: SignedInUser, certificate: Certificate | NotExamined, expected: list[tuple[str, str]]
) -> None:
    assert ids(judge_certificates({"c:443": certificate}, me, 0.0)) == expected


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (Clock(0.4, 0.5), "clock"),
        (Clock(-9.0, 0.5), "clock"),
        (Clock(-300.0, 1.0), "clock-skew"),
        (Clock(60.0, 1.0), "clock-skew"),
        # An answer that took a minute tells nothing.
        (Clock(-40.0, 31.0), "clock"),
        (NotExamined("no date"), "check-unfinished"),
    ],
)
def test_clocks(clock: Clock | NotExamined, expected: str) -> None:
    assert [finding.id for finding in judge_clock(clock)] == [expected]


MACHINE = Machine((3, 12), YES, Folder("/s", 9 << 30), Folder("/c", 9 << 30), 8 << 30, 1024, "utf-8", ())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("machine", "ok")]),
        ({"python": (3, 10)}, [("machine-python", "fatal")]),
        ({"makes_environments": False}, [("machine-python", "fatal")]),
        ({"runs": Folder("/s", None, "Read-only file system")}, [("machine-folder", "fatal")]),
        ({"runs": Folder("/s", 10 << 20)}, [("machine-disk", "fatal")]),
        ({"runs": Folder("/s", 100 << 20)}, [("machine-disk", "warning")]),
        ({"cache": Folder("/c", 100 << 20)}, [("machine-disk", "fatal")]),
        ({"memory": 300 << 20}, [("machine-memory", "warning")]),
        ({"memory": None, "files": None}, [("machine", "ok")]),
        ({"files": 64}, [("machine-files", "warning")]),
        ({"encoding": "ascii"}, [("machine-locale", "warning")]),
        ({"proxies": ("https_proxy",)}, [("machine-proxy", "note"), ("machine", "ok")]),
    ],
)
def test_the_machine(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert ids(judge_machine(MACHINE._replace(**changes), 4, is_installed=False)) == expected


def test_an_installed_suite_needs_neither_room_nor_environments() -> None:
    short = MACHINE._replace(cache=Folder("/c", 1 << 20), makes_environments=False)
    assert ids(judge_machine(short, 4, is_installed=True)) == [("machine", "ok")]

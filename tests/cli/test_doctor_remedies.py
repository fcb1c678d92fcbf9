"""Each remedy of the doctor, followed: what it says makes the finding go away.

A remedy is a generator. Before its `yield` it breaks something; there it is given the finding; after it, it does what
the finding's remedy says, and nothing else: printed commands are given as they stand, ours to the real command line,
those of OpenStack's clients to the operator of the simulated cloud. A finding without a remedy fails here.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.app.cloud.accounts import check as checking
from certmark.app.cloud.accounts import make as making
from certmark.app.cloud.preflight import doctor as preflight
from certmark.app.cloud.preflight.suite import SeenSuite
from certmark.cloud.doctor import machine
from certmark.cloud.doctor.kinds import KINDS
from certmark.cloud.leftovers import removing
from certmark.domain.accounts_needed import OPERATOR, NeededUsers, UserDemand
from certmark.domain.health import HealthLevel
from certmark.domain.surveys import Survey, SurveyedTest
from simulators import faults
from simulators.certificates import self_signed, server_side
from simulators.operable_cloud import accounts
from support.ward import TESTS, Finding, Ward, commands_of

pytestmark = [pytest.mark.thorough, pytest.mark.allow_hosts(["127.0.0.1", "0.0.0.0"])]  # noqa: S104 - nothing listens there; it is asked
Remedy = Callable[[Ward], Generator[None, Finding, None]]
REMEDIES: dict[str, Remedy] = {}
FINE = frozenset(id_ for id_, kind in KINDS.items() if kind.severities[0] is HealthLevel.OK)


def remedy(*kinds: str) -> Callable[[Remedy], Remedy]:
    """The remedy of findings of these kinds."""

    def known(function: Remedy) -> Remedy:
        REMEDIES.update(dict.fromkeys(kinds, function))
        return function

    return known


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Ward]:
    monkeypatch.setattr(removing, "_PAUSE", 0.01)
    found = Ward(tmp_path, monkeypatch, capsys)
    yield found
    found.close()


# ---------------------------------------------------------------- the doctor, and signing in


@remedy("check-unfinished")
def _nonsense(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.cloud.faults = (faults.on("/compute/v2.1/limits", faults.body(b"<html>")),)
    found = yield
    assert "try again" in found["mend"]
    ward.cloud.faults = ()


@remedy("sign-in-undescribed")
def _undescribed(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.words = ["--no-suite", "--os-cloud", "another"]
    found = yield
    assert "--os-cloud" in found["mend"]
    ward.words = ["--no-suite", "--os-cloud", "ward"]


@remedy("sign-in-refused")
def _refused(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    right = ward.entry["auth"]["password"]
    ward.entry["auth"]["password"] = "wrong"
    found = yield
    assert "correct the entry in clouds.yaml" in found["mend"]
    ward.entry["auth"]["password"] = right


@remedy("sign-in-unreachable")
def _unreachable(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    right = ward.entry["auth"]["auth_url"]
    ward.entry["auth"]["auth_url"] = "http://127.0.0.1:9/v3"
    found = yield
    assert "correct the port in auth_url in clouds.yaml" in found["mend"]
    ward.entry["auth"]["auth_url"] = right


@remedy("sign-in-untrusted")
def _untrusted(ward: Ward) -> Generator[None, Finding, None]:
    certificate = self_signed(ward.folder, days=90)
    ward.serve(server_side(certificate))
    found = yield
    assert found["mend"] == "give the CA as cacert in clouds.yaml"
    ward.entry["cacert"] = str(certificate)


@remedy("sign-in-unscoped")
def _unscoped(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    project = ward.entry["auth"].pop("project_name")
    found = yield
    assert "name project_name in clouds.yaml" in found["mend"]
    ward.entry["auth"]["project_name"] = project


@remedy("sign-in-passwordless")
def _passwordless(ward: Ward) -> Generator[None, Finding, None]:
    _with_credential(ward, None)
    ward.gives_accounts = False
    found = yield
    assert "--accounts FILE" in found["mend"]
    ward.gives_accounts = True


@remedy("credential-expires")
def _expires(ward: Ward) -> Generator[None, Finding, None]:
    _with_credential(ward, "2000-01-01T00:00:00.000000")
    found = yield
    assert found["mend"].startswith("openstack application credential create, and name it in clouds.yaml")
    _with_credential(ward, "2999-01-01T00:00:00.000000", served=True)


def _with_credential(ward: Ward, expires: str | None, *, served: bool = False) -> None:
    if not served:
        ward.serve()
    id_ = f"credential-{len(ward.cloud.credentials)}"
    ward.cloud.credentials[id_] = expires
    ward.entry |= {
        "auth_type": "v3applicationcredential",
        "auth": {
            "auth_url": f"{ward.cloud.url}/v3",
            "application_credential_id": id_,
            "application_credential_secret": "secret",
        },
    }


# ---------------------------------------------------------------- the catalogue and the services


@remedy("catalogue-region")
def _region(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.regions = ("North", "South")
    ward.serve()
    ward.entry["region_name"] = "Elsewhere"
    found = yield
    assert "the regions with services are North, South" in found["what"]
    assert "region_name" in found["mend"]
    ward.entry["region_name"] = "South"


@remedy("catalogue-service")
def _no_service(ward: Ward) -> Generator[None, Finding, None]:
    services = ward.cloud.services
    ward.cloud.services = tuple(one for one in services if one.type != "object-store")
    ward.serve()
    found = yield
    assert "register it: openstack service create" in found["mend"]
    ward.cloud.services = services


@remedy("catalogue-interface")
def _interface(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.services = tuple(
        one._replace(interfaces=("public",)) if one.type == "object-store" else one for one in ward.cloud.services
    )
    ward.serve()
    ward.entry["interface"] = "internal"
    found = yield
    assert found["mend"].startswith("name its interface")
    ward.entry["interface"] = "public"


@remedy("catalogue-duplicate")
def _duplicate(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    endpoint = {"id": "e", "interface": "public", "region_id": "RegionOne", "region": "RegionOne", "url": "{url}/old"}
    ward.cloud.extra = [{"id": "old", "type": "image", "name": "old", "endpoints": [endpoint]}]
    found = yield
    assert "openstack endpoint delete" in found["mend"]
    ward.cloud.extra = []


@remedy("catalogue-http")
def _http(ward: Ward) -> Generator[None, Finding, None]:
    certificate = self_signed(ward.folder, days=90)
    ward.serve(server_side(certificate))
    ward.entry["cacert"] = str(certificate)
    ward.move("object-store", ward.beside())
    found = yield
    assert found["mend"].startswith("openstack endpoint set --url https://")
    ward.move_back()


@remedy("service-down")
def _down(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.cloud.faults = (faults.on("/volume", faults.says(503)),)
    found = yield
    assert found["mend"] == "look at the log of the service"
    ward.cloud.faults = ()


@remedy("service-microversion")
def _microversion(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.option("compute.max_microversion", "2.999")
    found = yield
    assert "remove compute.max_microversion from certmark.options" in found["mend"]
    ward.option("compute.max_microversion", None)


@remedy("compute-hosts", "volume-hosts")
def _hosts(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.cloud.is_zone_available = {"compute": False, "volume": False}
    found = yield
    assert "start it and look at its log" in found["mend"]
    ward.cloud.is_zone_available = {"compute": True, "volume": True}


# ---------------------------------------------------------------- accounts


@remedy("accounts-file")
def _no_accounts(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    good, ward.people = ward.people, [{"username": "one"}]
    found = yield
    _make_accounts(ward, found)
    ward.people = good


@remedy("account-refused")
def _account_refused(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    right = ward.people[1]["password"]
    ward.people[1]["password"] = "wrong"
    found = yield
    assert "correct or remove the entry" in found["mend"]
    _tell_users(ward)
    (command,) = commands_of(found)
    assert ward.certmark(command.removesuffix(" says more")) == 1  # it says what is missing
    ward.people[1]["password"] = right


@remedy("account-roles")
def _account_roles(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    person = ward.cloud.people["two"]
    ward.cloud.people["two"] = person._replace(roles=frozenset({"member"}))
    found = yield
    ward.follow(found)


@remedy("account-network")
def _account_network(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.people[0]["resources"] = {"network": "nowhere"}
    found = yield
    assert "under resources in the file" in found["mend"]
    ward.people[0]["resources"] = {"network": "private"}


@remedy("accounts-role")
def _no_reader(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.people = accounts("one", "two")
    found = yield
    assert found["mend"].startswith("add an entry with the role reader to the accounts file; ")
    _make_accounts(ward, found)
    ward.people = accounts("one", "two", "one-reader", "two-reader")


@remedy("accounts-few")
def _few(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.words = ["--no-suite", "-j", "4"]
    found = yield
    _make_accounts(ward, found)
    ward.people = accounts(
        "one", "two", "three", "four", *(f"{name}-reader" for name in ("one", "two", "three", "four"))
    )


@remedy("accounts-twice")
def _twice(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.people.append(ward.people[0])
    found = yield
    assert found["mend"] == "keep one entry for each user"
    ward.people.pop()


def _make_accounts(ward: Ward, found: Finding) -> None:
    """Ask for the accounts as printed, as an administrator; the file is then given as the remedy says."""
    command = next(one for one in commands_of(found) if one.startswith("certmark cloud accounts make"))
    assert "then give --accounts new-accounts.yaml" in found["mend"]
    _tell_users(ward)
    person = ward.cloud.people["demo"]
    ward.cloud.people["demo"] = person._replace(roles=frozenset({"admin"}))
    ward.cloud.roles = ("admin",)
    assert ward.certmark(command, "--dry-run") == 0, command
    ward.cloud.people["demo"], ward.cloud.roles = person, ("member", "reader")


def _tell_users(ward: Ward) -> None:
    """Whom the tests act as, in the place of a suite that is read for it."""
    roles = {OPERATOR: "SwiftOperator", "identity.admin_role": "admin"}
    users = NeededUsers(ordinary=1, companions=("reader",), roles=("SwiftOperator",))
    asked = UserDemand("a program: 8 tests", frozenset(), frozenset(), users, roles)
    for module in (making, checking):
        ward.monkeypatch.setattr(module, "users_asked_for", lambda *_: asked)


# ---------------------------------------------------------------- quotas


@remedy(*(id_ for id_ in KINDS if id_.startswith("quota-") and id_ != "quota-objects"))
def _quota(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    for limits in ward.cloud.limits.values():
        limits.update(dict.fromkeys(limits, 0))
    found = yield
    ward.follow(found)


@remedy("quota-objects")
def _quota_of_objects(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.cloud.quota_bytes = 5
    found = yield
    ward.cloud.follow(
        next(one for one in commands_of(found) if one.startswith("swift")).removesuffix(" for each of these accounts")
    )


# ---------------------------------------------------------------- images, flavors and networks


@remedy("image-none")
def _no_image(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.images = []
    ward.serve()
    found = yield
    ward.follow(found)


@remedy("image-second")
def _one_image(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.images = ward.cloud.images[:1]
    ward.serve()
    found = yield
    ward.follow(found)


@remedy("image-missing", "image-inactive", "image-format", "image-architecture")
def _bad_image(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    good = ward.cloud.images[0] | {"hw_architecture": "x86_64"}
    ward.cloud.images = [good, {**good, "id": "good-2"}]
    bad = {**good, "id": "bad", "status": "queued", "disk_format": "iso", "hw_architecture": "s390x"}
    ward.cloud.images.append(bad)
    ward.option("compute.image_ref", "nowhere" if ward.kind == "image-missing" else "bad")
    found = yield
    assert "openstack image list in clouds.yaml: certmark.options compute.image_ref" in found["mend"]
    ward.option("compute.image_ref", good["id"])


@remedy("flavor-none")
def _no_flavor(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.flavors = []
    ward.serve()
    found = yield
    ward.follow(found)


@remedy("flavor-missing")
def _flavor_missing(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.option("compute.flavor_ref", "nowhere")
    found = yield
    assert "clouds.yaml: certmark.options compute.flavor_ref" in found["mend"]
    ward.option("compute.flavor_ref", ward.cloud.flavors[0]["id"])


@remedy("flavor-second")
def _flavor_second(ward: Ward) -> Generator[None, Finding, None]:
    del ward.cloud.flavors[1:]
    ward.serve()
    found = yield
    ward.follow(found)


@remedy("flavor-small")
def _flavor_small(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.cloud.images = [{**image, "min_ram": 1000} for image in ward.cloud.images]
    ward.option("compute.flavor_ref", "1")
    found = yield
    assert found["mend"].startswith("name a larger flavor in clouds.yaml: certmark.options compute.flavor_ref")
    ward.option("compute.flavor_ref", "2")


@remedy("flavor-diskless")
def _flavor_diskless(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.flavors[0]["disk"] = 0
    ward.serve()
    ward.option("compute.flavor_ref", "1")
    found = yield
    assert found["mend"] == "name a flavor with a disk in clouds.yaml: certmark.options compute.flavor_ref"
    ward.option("compute.flavor_ref", "2")


@remedy("network-external")
def _no_external(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.networks = ward.cloud.networks[1:]
    ward.serve()
    found = yield
    ward.follow(found)


@remedy("network-missing")
def _network_missing(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.option("compute.fixed_network_name", "nowhere")
    found = yield
    assert "certmark.options compute.fixed_network_name" in found["mend"]
    ward.option("compute.fixed_network_name", "private")


@remedy("network-down")
def _network_down(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.networks[0] |= {"admin_state_up": False, "status": "DOWN"}
    ward.serve()
    found = yield
    ward.follow(found)


@remedy("network-ipv4")
def _network_ipv4(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.subnets[0]["ip_version"] = 6
    ward.serve()
    found = yield
    (command,) = commands_of(found)
    ward.cloud.follow(command.replace("CIDR", "198.51.100.0/24").replace("NAME", "more"))


@remedy("network-addresses")
def _network_addresses(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.addresses = (10, 10)
    ward.serve()
    found = yield
    assert found["mend"].startswith("release floating IPs")
    ward.cloud.addresses = (10, 2)


@remedy("network-ambiguous")
def _network_ambiguous(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.networks.append({**ward.cloud.networks[1], "id": "id-other", "name": "other"})
    ward.serve()
    found = yield
    assert found["mend"].startswith("set certmark.options compute.fixed_network_name in clouds.yaml")
    ward.option("compute.fixed_network_name", "other")


# ---------------------------------------------------------------- object storage


@remedy("storage-forbidden")
def _forbidden(ward: Ward) -> Generator[None, Finding, None]:
    ward.cloud.accepted_roles = ("ObjectUser",)
    ward.serve()
    found = yield
    assert found["mend"].startswith("give them a role that the storage accepts (openstack role add;")
    assert found["mend"].endswith("name it as object-storage.operator_role in certmark.options of clouds.yaml")
    for entry in ward.people:
        if not entry["username"].endswith("-reader"):
            ward.cloud.follow(f"openstack role add --user {entry['username']} --project x ObjectUser")
            entry["roles"] = ["member", "ObjectUser"]
    ward.option("object-storage.operator_role", "ObjectUser")


@remedy("storage-account", "storage-container", "storage-object")
def _servers(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    deep = {"storage-account": "$", "storage-container": "/[^/]+$", "storage-object": "/[^/]+/[^/]+$"}[ward.kind]
    ward.cloud.faults = (faults.on(f"/swift/v1/AUTH_[0-9a-f]+{deep}", faults.says(503)),)
    found = yield
    assert found["mend"] == f"start Swift's {ward.kind.removeprefix('storage-')} servers, and look at the proxy's log"
    ward.cloud.faults = ()


@remedy("storage-info")
def _info(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.cloud.faults = (faults.on("/swift/info", faults.says(404)),)
    found = yield
    assert found["mend"].endswith("object-storage-feature-enabled.discoverable_apis in certmark.options of clouds.yaml")
    ward.option("object-storage-feature-enabled.discoverable_apis", "slo,tempurl")


# ---------------------------------------------------------------- what is there already


@remedy("leftovers-storage", "leftovers-compute", "leftovers-volume", "leftovers-network")
def _leftovers(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    for kind in ("containers", "servers", "volumes", "networks"):
        ward.cloud.add(kind)
    ward.option("compute.fixed_network_name", "private")
    found = yield
    command = next(one for one in commands_of(found) if one.startswith("certmark"))
    # What is not the suite's stays, and status 1 says so: the network that servers need.
    assert ward.certmark(command, "--yes") == 1, command
    assert [network["name"] for network in ward.cloud.networks] == ["public", "private"]


# ---------------------------------------------------------------- transport and time


@remedy("tls-expires")
def _tls_expires(ward: Ward) -> Generator[None, Finding, None]:
    certificate = self_signed(ward.folder)
    context = server_side(certificate)
    ward.serve(context)
    ward.entry["cacert"] = str(certificate)
    found = yield
    assert found["mend"] == "renew the certificate"
    context.load_cert_chain(self_signed(ward.folder, days=90))


@remedy("tls-untrusted")
def _tls_untrusted(ward: Ward) -> Generator[None, Finding, None]:
    keystone, swift = (self_signed(ward.folder, days=90, label=label) for label in ("keystone", "swift"))
    ward.serve(server_side(keystone))
    ward.entry["cacert"] = str(keystone)
    ward.entry["verify"] = False
    ward.move("object-store", ward.beside(server_side(swift)))
    found = yield
    assert found["mend"] == "give its CA as cacert in clouds.yaml"
    both = ward.folder / "both.pem"
    both.write_bytes(keystone.read_bytes() + swift.read_bytes())
    ward.entry["cacert"] = str(both)
    ward.entry["verify"] = True


@remedy("tls-unverified")
def _tls_unverified(ward: Ward) -> Generator[None, Finding, None]:
    certificate = self_signed(ward.folder, days=90)
    ward.serve(server_side(certificate))
    ward.entry["verify"] = False
    found = yield
    assert found["mend"] == "give the CA as cacert in clouds.yaml, and remove verify: false"
    del ward.entry["verify"]
    ward.entry["cacert"] = str(certificate)


@remedy("tls-none")
def _tls_none(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.cloud.url = ward.cloud.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - as an address, not to listen
    ward.entry = ward.cloud.entry()
    found = yield
    assert found["mend"] == "serve the APIs by https, and name them so in the catalogue"
    certificate = self_signed(ward.folder, days=90, name="0.0.0.0")  # noqa: S104 - likewise
    secure = ward.beside(server_side(certificate))
    ward.cloud.url = secure.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - likewise
    ward.entry = ward.cloud.entry(cacert=str(certificate))


@remedy("clock-skew")
def _clock(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.cloud.faults = (faults.skewed(-600.0),)
    found = yield
    assert found["mend"] == "timedatectl set-ntp true on this machine, and look at the cloud's own clocks"
    ward.cloud.faults = ()


# ---------------------------------------------------------------- this machine


@remedy("machine-python")
def _python(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    with ward.monkeypatch.context() as without:
        without.setattr(machine.importlib.util, "find_spec", lambda _name: None)  # type: ignore[attr-defined]  # as if it were not installed
        found = yield
    assert found["mend"] == "sudo apt-get install python3-venv"


@remedy("machine-folder")
def _folder(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.monkeypatch.setenv("CERTMARK_HOME", "/proc/nowhere")
    found = yield
    assert found["mend"] == "name another place with CERTMARK_HOME"
    ward.monkeypatch.setenv("CERTMARK_HOME", str(ward.folder / "elsewhere"))


@remedy("machine-disk")
def _disk(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    usage = machine.shutil.disk_usage  # type: ignore[attr-defined]  # what the machine has
    full = ward.folder / "full"
    full.mkdir()
    ward.monkeypatch.setattr(
        machine.shutil,  # type: ignore[attr-defined]  # likewise
        "disk_usage",
        lambda path: usage(path)._replace(free=1 if Path(path) == full else 1 << 40),
    )
    ward.monkeypatch.setenv("CERTMARK_HOME", str(full))
    found = yield
    assert found["mend"].endswith("or name another place with CERTMARK_HOME")
    ward.monkeypatch.setenv("CERTMARK_HOME", str(ward.folder / "elsewhere"))


@remedy("machine-memory")
def _memory(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.monkeypatch.setattr(machine, "_memory", lambda: 400 << 20)
    ward.words = ["--no-suite", "-j", "2"]
    found = yield
    words = found["mend"].rpartition("; ")[2].split()
    assert words[:2] == ["-j", "1"]
    ward.words = ["--no-suite", *words[:2]]


@remedy("machine-files")
def _files(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        found = yield
        assert found["mend"] == "ulimit -n 1024"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    told = subprocess.run(["sh", "-c", f"{found['mend']}; ulimit -n"], capture_output=True, check=True, text=True)
    assert told.stdout == "1024\n"


@remedy("machine-locale")
def _locale(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    with ward.monkeypatch.context() as other:
        other.setattr(machine.sys, "getfilesystemencoding", lambda: "iso8859-1")  # type: ignore[attr-defined]  # as with such a locale
        found = yield
    code = "import sys; print(sys.getfilesystemencoding())"
    told = subprocess.run(
        ["sh", "-c", f'{found["mend"]}; "$0" -c "$1"', sys.executable, code], capture_output=True, check=True, text=True
    )
    assert told.stdout == "utf-8\n"


@remedy("machine-proxy")
def _proxy(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    for name in ("no_proxy", "NO_PROXY"):
        ward.monkeypatch.delenv(name, raising=False)
    ward.monkeypatch.setenv("http_proxy", ward.cloud.url)
    found = yield
    assert found["mend"].startswith("put the cloud's hosts into no_proxy")
    ward.monkeypatch.setenv("no_proxy", "127.0.0.1")


# ---------------------------------------------------------------- the suite


def suite_of(names: tuple[str, ...]) -> Callable[..., SeenSuite]:
    """In the place of a suite that is installed and read: version 2 has these tests, version 1 lacks the first."""

    def look(_suite: Any, version: str | None, *_: Any, **__: Any) -> SeenSuite:
        tests = tuple(SurveyedTest(name) for name in (names[1:] if version == "1" else names))
        return SeenSuite(version or "2", Survey("tempest", version or "2", tests, is_described=False))

    return look


@remedy("suite-missing")
def _suite_missing(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.words = ["--tempest", "./nowhere"]
    found = yield
    assert "--tempest names a version" in found["mend"]
    ward.monkeypatch.setattr(preflight, "look_at_suite", suite_of(TESTS))
    ward.words = ["--tempest", "2"]


@remedy("suite-lacks")
def _suite_lacks(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.monkeypatch.setattr(preflight, "look_at_suite", suite_of(TESTS))
    ward.words = ["--tempest", "1"]
    found = yield
    assert "--tempest names a version" in found["mend"]
    ward.words = ["--tempest", "2"]


@remedy("suite-configuration")
def _suite_configuration(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    conf = ward.folder / "tempest.conf"
    written = "[auth]\nuse_dynamic_credentials = false\ntest_accounts_file = accounts.yaml\n"
    conf.write_text(written, encoding="utf-8")
    ward.words = ["--no-suite", "--tempest-conf", "tempest.conf"]
    found = yield
    assert "has no identity.uri_v3; add it" in found["what"]
    assert found["mend"].endswith("or the tempest.conf")
    conf.write_text(f"{written}[identity]\nuri_v3 = {ward.cloud.url}/v3\nregion = RegionOne\n", encoding="utf-8")


# ---------------------------------------------------------------- all of them


def test_every_kind_of_finding_is_fine_or_has_a_remedy_that_is_followed_here() -> None:
    assert set(KINDS) == FINE | set(REMEDIES)
    assert not FINE & set(REMEDIES)


@pytest.mark.parametrize("kind", sorted(REMEDIES))
def test_when_its_remedy_is_followed_the_finding_is_gone(kind: str, ward: Ward) -> None:
    ward.kind = kind
    steps = REMEDIES[kind](ward)
    next(steps)
    before = ward.examine()
    assert before.get(kind, {}).get("severity", "ok") != "ok", sorted(before)
    assert before[kind]["mend"], "a person is told nothing to do"
    with pytest.raises(StopIteration):
        steps.send(before[kind])
    after = ward.examine()
    assert after.get(kind, {}).get("severity", "ok") == "ok", after[kind]


def test_what_is_fine_is_said_of_a_cloud_that_is_well(ward: Ward, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, days=90)
    ward.serve(server_side(certificate))
    ward.entry["cacert"] = str(certificate)
    ward.monkeypatch.setattr(preflight, "look_at_suite", suite_of(TESTS))
    ward.words = []
    assert {id_ for id_, found in ward.examine().items() if found["severity"] == "ok"} == FINE

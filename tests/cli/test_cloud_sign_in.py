"""Odd ways in which a cloud is described, through the command line: it works, or one sentence says what to mend."""

from __future__ import annotations

import configparser
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.cloud.discovery.discover import discover
from certmark.cloud.session import connect
from certmark.cloud.timeouts import VARIABLE
from simulators import faults
from simulators.openstack_cloud import PASSWORD, PROJECT, USUAL, Fault, OpenStackCloud, Reply, Request, Service
from simulators.rgw import INFO, RgwCloud
from simulators.serving import clouds_yaml, served

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
Said = tuple[int, str, str]
INTERNALS = ("Traceback", "NoneType", "object has no attribute", "__init__", "Error:", "HTTPSConnectionPool", "defect")


class Desk:
    """Where somebody works: a folder with a clouds.yaml, and the cloud."""

    def __init__(self, folder: Path, cloud: OpenStackCloud, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.cloud = cloud
        self._capsys = capsys

    def describe(self, auth: Mapping[str, Any] | None = None, **changes: Any) -> None:
        """Describe the cloud as `a`; keys of `auth` that are None are left out."""
        entry = self.cloud.entry()
        entry["auth"] |= auth or {}
        entry["auth"] = {key: value for key, value in entry["auth"].items() if value is not None}
        entry |= changes
        clouds_yaml(self.folder, a={key: value for key, value in entry.items() if value is not None})

    def write(self, text: str) -> Path:
        """Write clouds.yaml."""
        path = self.folder / "clouds.yaml"
        path.write_text(text.replace("{url}", self.cloud.url), encoding="utf-8")
        return path

    def run(self, *words: str) -> Said:
        """The verb of these words: its status, and what it says."""
        status = main(["cloud", *words])
        out, err = self._capsys.readouterr()
        assert PASSWORD not in out + err
        assert not [one for one in INTERNALS if one in out + err], out + err
        return status, out, err

    def discover(self, *words: str) -> Said:
        """Discovery of the cloud `a`."""
        return self.run("discover", "--os-cloud", "a", *words)

    def refusal(self, *words: str) -> str:
        """Why discovery is refused: one sentence, and the status of a cloud that cannot be used."""
        status, out, err = self.discover(*words)
        assert (status, out, err.count("\n")) == (Exit.ENVIRONMENT, "", 1), err
        return err.removeprefix("certmark: ").rstrip("\n")

    def conf(self) -> dict[str, str]:
        """The options of the tempest.conf that discovery writes."""
        place = self.folder / "out"
        shutil.rmtree(place, ignore_errors=True)
        status, _, err = self.discover("--out", str(place))
        assert status == Exit.OK, err
        parser = configparser.RawConfigParser()
        assert parser.read(place / "tempest.conf", encoding="utf-8")
        return {f"{section}.{name}": value for section in parser.sections() for name, value in parser.items(section)}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OS_REGION_NAME", "to be restored")  # --region sets it
    monkeypatch.delenv("OS_REGION_NAME")
    monkeypatch.chdir(tmp_path)
    with served(OpenStackCloud()) as cloud:
        found = Desk(tmp_path, cloud, capsys)
        found.describe()
        yield found


def endpoint(url: str, region: str = "RegionOne", interface: str = "public") -> dict[str, str]:
    return {"id": "e", "interface": interface, "region_id": region, "region": region, "url": url}


def service(kind: str, *endpoints: dict[str, str]) -> dict[str, Any]:
    return {"id": kind, "type": kind, "name": kind, "endpoints": list(endpoints)}


# ---------------------------------------------------------------- interfaces


@pytest.mark.parametrize("interface", ["public", "internal", "admin"])
def test_interfaces_have_the_names_that_keystoneauth_knows(desk: Desk, interface: str) -> None:
    desk.describe(interface=interface)
    plain = desk.conf()
    desk.describe(interface=f"{interface}URL")
    assert desk.conf() == plain
    assert (plain["identity.v3_endpoint_type"], plain["compute.endpoint_type"], plain["placement.endpoint_type"]) == (
        interface, f"{interface}URL", interface,
    )  # fmt: skip


def test_an_openrc_of_kolla_ansible_works(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AUTH_URL": desk.cloud.url, "USERNAME": "demo", "PASSWORD": PASSWORD, "PROJECT_NAME": "demo",
        "TENANT_NAME": "demo", "PROJECT_DOMAIN_NAME": "Default", "USER_DOMAIN_NAME": "Default",
        "INTERFACE": "public", "ENDPOINT_TYPE": "publicURL", "IDENTITY_API_VERSION": "3",
        "REGION_NAME": "RegionOne", "AUTH_PLUGIN": "password",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"OS_{name}", value)
    assert desk.run("discover")[0] == Exit.OK
    assert desk.run("leftovers")[0] == Exit.OK
    _, out, _ = desk.run("doctor", "--no-suite", "--full")
    assert ("catalogue-interface" in out, "compute answers" in out) == (False, True)


def test_of_a_list_of_interfaces_each_service_has_the_first_that_it_has(desk: Desk) -> None:
    only_public = [one for one in USUAL if one.type != "compute"]
    desk.cloud.services = (*only_public, Service("compute", "nova", "/compute/v2.1", ("public",)))
    desk.describe(interface=["internal", "publicURL"])
    conf = desk.conf()
    assert (conf["compute.endpoint_type"], conf["network.endpoint_type"]) == ("publicURL", "internalURL")
    assert (conf["service_available.nova"], conf["service_available.neutron"]) == ("true", "true")


def test_an_interface_that_is_none_is_said_with_those_there_are(desk: Desk) -> None:
    desk.describe(interface="pubic")
    assert desk.refusal() == (
        "the catalogue has no pubic endpoint in region RegionOne; it has admin, internal, public; "
        "check region_name and interface in clouds.yaml"
    )


# ---------------------------------------------------------------- regions


def zones(desk: Desk) -> None:
    """Keystone in a region of its own, compute in two, all else in one of them."""
    desk.cloud.services = ()
    url = f"{desk.cloud.url}/RegionOne"
    desk.cloud.extra = [
        service("identity", endpoint(f"{desk.cloud.url}/v3", "central")),
        service("compute", endpoint(f"{url}/compute/v2.1", "zone-b"), endpoint(f"{url}/compute/v2.1", "zone-a")),
        service("image", endpoint(f"{url}/image", "zone-a")),
        service("network", endpoint(f"{url}/network", "zone-a")),
    ]


def test_keystone_in_a_region_of_its_own_is_no_region_to_test(desk: Desk) -> None:
    zones(desk)
    desk.describe(region_name=None)
    conf = desk.conf()
    assert (conf["compute.region"], conf["network.region"], conf["identity.region"]) == ("zone-a", "zone-a", "central")
    assert (conf["service_available.nova"], conf["service_available.glance"]) == ("true", "true")
    _, _, err = desk.discover()
    assert "the cloud has the regions zone-b, zone-a; zone-a is taken because it has all services" in err
    assert "identity cannot be asked" not in err


def test_heats_plugin_looks_where_the_services_are(desk: Desk) -> None:
    zones(desk)
    desk.cloud.extra.append(service("orchestration", endpoint(f"{desk.cloud.url}/heat", "zone-a")))
    desk.describe(region_name=None)
    _, out, _ = desk.discover("--json")
    found = {(one["section"], one["name"]): one["value"] for one in json.loads(out)["left_out"]}
    assert found["heat_plugin", "region"] == "zone-a"


def test_the_own_configuration_of_such_a_cloud_is_read_back(desk: Desk) -> None:
    zones(desk)
    desk.describe(region_name=None)
    desk.conf()
    _, out, _ = desk.run("doctor", "--no-suite", "--full", "--tempest-conf", "out/tempest.conf")
    assert ("catalogue in the region zone-a" in out, "compute answers" in out) == (True, True)


def test_a_region_with_nothing_but_identity_is_refused_with_those_that_have_services(desk: Desk) -> None:
    zones(desk)
    desk.describe(region_name="central")
    assert desk.refusal() == (
        "region central has no service but identity; the regions with services are zone-b, zone-a; "
        "name one as region_name in clouds.yaml, or set OS_REGION_NAME"
    )
    status, out, _ = desk.run("doctor", "--os-cloud", "a", "--no-suite")
    assert (status, "catalogue-region" in out, "central" in out) == (Exit.ENVIRONMENT, True, True)


def test_a_wrong_region_is_said_with_those_there_are(desk: Desk) -> None:
    desk.describe(region_name="regionone")
    assert desk.refusal() == (
        "the cloud has no region regionone; did you mean RegionOne? the regions with services are RegionOne; "
        "name one as region_name in clouds.yaml, or set OS_REGION_NAME"
    )


def test_two_spellings_of_one_region_are_pointed_out(desk: Desk) -> None:
    desk.cloud.services = tuple(one for one in USUAL if one.type != "identity")
    desk.cloud.extra = [service("identity", endpoint(f"{desk.cloud.url}/v3", "regionOne"))]
    desk.describe(region_name=None)
    status, out, err = desk.discover()
    assert (status, "nova = true" in out) == (Exit.OK, True)
    assert "the catalogue has the region regionOne beside RegionOne: one of the two is likely misspelt" in err


def test_regions_with_different_services_are_not_guessed(desk: Desk) -> None:
    desk.cloud.services = ()
    url = f"{desk.cloud.url}/RegionOne"
    desk.cloud.extra = [
        service("identity", endpoint(f"{desk.cloud.url}/v3", "one"), endpoint(f"{desk.cloud.url}/v3", "two")),
        service("compute", endpoint(f"{url}/compute/v2.1", "one")),
        service("network", endpoint(f"{url}/network", "two")),
    ]
    desk.describe(region_name=None)
    assert desk.refusal() == (
        "the regions of the cloud have different services: one has compute; two has network; "
        "name one as region_name in clouds.yaml, or set OS_REGION_NAME"
    )
    assert desk.discover("--region", "two")[0] == Exit.OK


def test_of_listed_regions_one_with_services_is_taken(desk: Desk) -> None:
    zones(desk)
    desk.describe(region_name=None, regions=["central", "zone-b"])
    conf = desk.conf()
    assert (conf["compute.region"], conf["identity.region"]) == ("zone-b", "central")


def test_what_the_entry_says_of_the_region_that_is_taken_holds(desk: Desk) -> None:
    zones(desk)
    regions = [
        {"name": "central", "values": {"certmark": {"options": {"compute.flavor_ref": "of-central"}}}},
        {"name": "zone-a", "values": {"certmark": {"options": {"compute.flavor_ref": "of-zone-a"}}}},
    ]
    desk.describe(region_name=None, regions=regions)
    conf = desk.conf()
    assert (conf["compute.region"], conf["compute.flavor_ref"]) == ("zone-a", "of-zone-a")


def test_a_region_that_the_entry_does_not_list_is_said_with_those_it_does(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.describe(region_name=None, regions=["one", "two"])
    monkeypatch.setenv("OS_REGION_NAME", "three")
    assert desk.refusal() == "clouds.yaml, line 1: the entry a has no region three; it has one, two: name one of them"


# ---------------------------------------------------------------- projects


def scoped(what: dict[str, Any]) -> Fault:
    """Tokens for something that is no project."""

    def fault(asked: Request, reply: Reply) -> Reply:
        if asked.method != "POST" or not asked.path.endswith("/auth/tokens"):
            return reply
        token = {key: value for key, value in reply.body["token"].items() if key != "project"}
        return reply._replace(body={"token": token | what})

    return fault


@pytest.mark.parametrize(
    ("token", "auth", "words"),
    [
        ({"system": {"all": True}}, {"system_scope": "all"}, "the whole system (system_scope)"),
        ({"domain": {"id": "default", "name": "Default"}}, {"domain_name": "Default"}, "a domain"),
    ],
)
def test_a_token_for_no_project_is_refused_and_nothing_is_written(
    desk: Desk, token: dict[str, Any], auth: dict[str, Any], words: str
) -> None:
    desk.cloud.faults = (scoped(token),)
    desk.describe({"project_name": None, "project_domain_id": None, **auth})
    assert desk.refusal("--out", "made") == (
        f"the entry a signs in to {words}, and tests need a project; name project_name and project_domain_name "
        "under auth in the place of system_scope or domain_name"
    )
    assert not (desk.folder / "made").exists()
    status, out, _ = desk.run("doctor", "--os-cloud", "a", "--no-suite")
    assert (status, "sign-in-unscoped" in out) == (Exit.ENVIRONMENT, True)


def test_another_entry_of_that_cloud_is_named_where_there_is_one(desk: Desk) -> None:
    desk.cloud.faults = (scoped({"system": {"all": True}}),)
    entry = desk.cloud.entry()
    system = {key: value for key, value in entry["auth"].items() if "project" not in key} | {"system_scope": "all"}
    clouds_yaml(desk.folder, a={**entry, "auth": system}, kolla_admin=entry)
    assert desk.refusal().endswith("domain_name, or sign in with the entry kolla_admin")


# ---------------------------------------------------------------- addresses of the entry


def test_an_address_of_the_entry_is_asked_in_the_place_of_the_catalogues(desk: Desk) -> None:
    desk.cloud.extra = [service("compute", endpoint("http://127.0.0.1:9/wrong"))]
    desk.cloud.services = tuple(one for one in USUAL if one.type != "compute")
    desk.describe(compute_endpoint_override=f"{desk.cloud.url}/RegionOne/compute/v2.1")
    status, out, err = desk.discover()
    assert (status, "nova = true" in out, "flavor_ref = " in out) == (Exit.OK, True, True)
    assert (
        "compute: looked at under the address of compute_endpoint_override in clouds.yaml; "
        "Tempest has no such option and takes the catalogue's"
    ) in err


def test_a_service_of_the_entry_alone_is_not_enough_for_tests(desk: Desk) -> None:
    desk.cloud.services = tuple(one for one in USUAL if one.type != "compute")
    desk.describe(compute_endpoint_override=f"{desk.cloud.url}/RegionOne/compute/v2.1")
    assert "finds none in the catalogue" in desk.discover()[2]
    assert desk.refusal("-p", "compute") == (
        "compute is needed, and only compute_endpoint_override in clouds.yaml says where it is: "
        "tests find services in the catalogue alone; register it there (openstack endpoint create)"
    )


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize("password", [None, ""])
@pytest.mark.parametrize("verb", ["discover", "leftovers"])
def test_a_password_that_is_nowhere_is_asked_for_in_a_sentence(desk: Desk, password: str | None, verb: str) -> None:
    desk.describe({"password": password})
    status, _, err = desk.run(verb, "--os-cloud", "a")
    assert (status, err) == (
        Exit.USAGE,
        "certmark: no password is set for demo of a; put it under auth in clouds.yaml or in secure.yaml\n",
    )
    assert not [asked for asked in desk.cloud.asked if asked.method == "POST"]


def test_the_doctor_says_so_too(desk: Desk) -> None:
    desk.describe({"password": None})
    status, out, _ = desk.run("doctor", "--os-cloud", "a", "--no-suite")
    assert (status, "no password is set for demo of a" in out) == (Exit.ENVIRONMENT, True)


def test_whoever_is_at_a_terminal_is_asked_and_not_echoed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.setattr("getpass.getpass", getpass)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    desk.describe({"password": None})
    assert desk.discover()[0] == Exit.OK
    assert asked == ["password of demo of a: "]
    assert [path.name for path in desk.folder.rglob("*") if path.is_file() and PASSWORD in path.read_text()] == []


def test_a_password_of_secure_yaml_is_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.describe({"password": None})
    secure = desk.folder / "secret.yaml"
    monkeypatch.setenv("OS_CLIENT_SECURE_FILE", str(secure))
    secure.write_text(f"clouds: {{a: {{auth: {{password: {PASSWORD}}}}}}}\n", encoding="utf-8")
    assert desk.discover()[0] == Exit.OK
    secure.write_text("clouds: {\n", encoding="utf-8")
    assert desk.refusal().startswith(f"{secure}, line 2: it is no YAML: ")


# ---------------------------------------------------------------- what Keystone and others say


def refusing(message: str, status: int = 401) -> Fault:
    body = {"error": {"code": status, "message": message, "title": "Unauthorized"}}
    return lambda asked, reply: Reply(body, status) if asked.method == "POST" else reply


@pytest.mark.parametrize(
    ("message", "end"),
    [
        ("The request you have made requires authentication.", "; check them in clouds.yaml"),
        (
            "The password is expired and needs to be changed for user: 0a1b.",
            (
                ", saying 'The password is expired and needs to be changed for user: 0a1b.'; "
                "set a new password: openstack user password set"
            ),
        ),
        (
            "The account is locked for user: 0a1b.",
            ", saying 'The account is locked for user: 0a1b.'; wait, or ask the cloud's operator to unlock it",
        ),
        (f"{PASSWORD} is\n\x1b[2Jwrong" + "!" * 999, ", saying '(secret) is \\x1b[2Jwrong"),
    ],
)
def test_keystones_own_words_stand_behind_ours(desk: Desk, message: str, end: str) -> None:
    desk.cloud.faults = (refusing(message),)
    found = desk.refusal()
    assert found.startswith(f"{desk.cloud.url}/v3 refuses the user name, password, project or domain{end}")
    assert len(found) < 500


def test_an_application_credential_with_a_project_is_told_to_drop_it(desk: Desk) -> None:
    message = (
        "Error authenticating with application credential: Application credentials cannot request a scope. "
        "(Disable insecure_debug mode to suppress these details.)"
    )
    desk.cloud.faults = (refusing(message),)
    credential = {"application_credential_id": "abc", "application_credential_secret": PASSWORD}
    desk.describe({"username": None, "password": None, **credential}, auth_type="v3applicationcredential")
    assert desk.refusal() == (
        f"{desk.cloud.url}/v3 refuses the application credential (it may have expired), saying 'Error authenticating "
        "with application credential: Application credentials cannot request a scope.'; take project_name, project_id "
        "and their domains out of the entry, and unset OS_PROJECT_NAME and OS_PROJECT_ID: an application credential "
        "has a project of its own"
    )


def federated(desk: Desk, **more: str) -> None:
    auth = {
        "identity_provider": "keycloak", "protocol": "openid", "client_id": "c", "client_secret": "shh-client-secret",
        "user_domain_id": None, "discovery_endpoint": f"{desk.cloud.url}/oidc/discovery",
    }  # fmt: skip
    desk.describe({**auth, **more}, auth_type="v3oidcpassword")


def provider(asked: Request, reply: Reply) -> Reply:
    """An identity provider beside Keystone, and the part of Keystone that takes its word."""
    base = f"http://{asked.headers['host']}"
    if asked.path == "/oidc/discovery":
        return Reply({"token_endpoint": f"{base}/oidc/token", "issuer": base})
    if asked.path == "/oidc/token":
        return Reply({"access_token": "an-access-token", "token_type": "Bearer"})
    if "/OS-FEDERATION/" in asked.path:
        user = {"id": "f1", "name": "ann", "OS-FEDERATION": {"identity_provider": {"id": "k"}, "protocol": {"id": "o"}}}
        token = {"methods": ["openid"], "user": user, "expires_at": "2096-11-22T04:50:03.000000Z",
                 "issued_at": "2026-11-22T00:50:03.000000Z"}  # fmt: skip
        return Reply({"token": token}, 201, {"X-Subject-Token": "unscoped"})
    return reply


def test_a_federated_user_without_a_domain_signs_in(desk: Desk) -> None:
    def without_domain(asked: Request, reply: Reply) -> Reply:
        if asked.method != "POST" or not asked.path.endswith("/v3/auth/tokens"):
            return reply
        user = {"id": "f1", "name": "ann", "OS-FEDERATION": {"groups": []}}
        return reply._replace(body={"token": reply.body["token"] | {"user": user}})

    desk.cloud.faults = (provider, without_domain)
    federated(desk)
    assert desk.discover()[0] == Exit.OK


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (faults.on("discovery", faults.says(404)),
         ("the identity provider at {url}/oidc/discovery (discovery_endpoint in clouds.yaml) answers 404; "
         "check that address")),
        (faults.on("discovery", faults.body(b"<html>")),
         ("the identity provider at {url}/oidc/discovery (discovery_endpoint in clouds.yaml) answers, but not as an "
         "identity provider does; check that address")),
        (faults.on("discovery", faults.says(200, {"issuer": "x"})),
         ("the identity provider at {url}/oidc/discovery (discovery_endpoint in clouds.yaml) answers, but not as an "
         "identity provider does; check that address")),
        (faults.on("oidc/token", faults.says(401, {"error": "invalid_grant", "error_description": "Bad credentials"})),
         ("the identity provider at {url}/oidc/token (which its discovery document names) refuses the sign-in, saying "
         "'Bad credentials'; check username, password, client_id and client_secret")),
        (faults.on("OS-FEDERATION", faults.says(404)),
         "{url}/v3 knows no such identity provider; check identity_provider and protocol in clouds.yaml"),
    ],
)  # fmt: skip
def test_what_an_identity_provider_does_wrong_is_not_laid_at_keystone(desk: Desk, fault: Fault, sentence: str) -> None:
    desk.cloud.faults = (provider, fault)
    federated(desk)
    assert desk.refusal() == sentence.format(url=desk.cloud.url)


@pytest.mark.parametrize(
    ("auth_type", "auth", "sentence"),
    [
        ("v3samlpassword", {"identity_provider_url": "http://127.0.0.1:9"},
         ("cannot be signed in with by v3samlpassword: a key of it has a value of the wrong kind, or the library lxml is "
         "not installed; compare it with docs.openstack.org/openstacksdk")),
        ("v3oidcpassword", {}, ("is not described whole: You have to specify either an 'access-token-endpoint' or a "
         "'discovery-endpoint'.")),
        ("v3applicationcredential", {"application_credential_id": "a", "username": None},
         "is not described whole: You must provide an auth secret."),
    ],
)  # fmt: skip
def test_what_a_way_to_sign_in_lacks_is_said(desk: Desk, auth_type: str, auth: dict[str, str], sentence: str) -> None:
    provider = {"identity_provider": "k", "protocol": "p"} if "application" not in auth_type else {}
    desk.describe({"user_domain_id": None, **provider, **auth}, auth_type=auth_type)
    assert desk.refusal() == f"clouds.yaml, line 1: the entry a {sentence}"


def test_an_identity_provider_where_nothing_listens_is_named(desk: Desk) -> None:
    federated(desk, discovery_endpoint="http://127.0.0.1:9/oidc")
    assert desk.refusal().startswith(
        "nothing listens at the identity provider at http://127.0.0.1:9/oidc (discovery_endpoint in clouds.yaml)"
    )


def test_a_proxy_that_does_not_answer_is_not_laid_at_keystone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert desk.refusal() == (
        f"the proxy between here and {desk.cloud.url}/v3 does not answer; "
        "check http_proxy, https_proxy and no_proxy of the shell"
    )


# ---------------------------------------------------------------- clouds.yaml


AUTH = '{auth_url: "{url}/v3", username: demo, password: planted-pa55word-c0ffee, project_name: demo}'
UNREAD: dict[str, tuple[str, str]] = {
    "a tab": ("clouds:\n  a:\n\tauth: {}\n", "{path}, line 3: a tab stands where YAML wants spaces; put spaces in its place"),
    "two documents": (f"---\nclouds:\n  a:\n    auth: {AUTH}\n---\nclouds: {{}}\n",
                      "{path}, line 5: a second document begins (---); keep one, openstacksdk reads no more"),
    "no YAML": ("clouds:\n  a: [\n", "{path}, line 3: it is no YAML: expected the node content, but found '<stream end>'"),
    "no clouds": ("a:\n  auth: {}\n",
                  "{path} has no `clouds:` at the top; it has a: write the entries of your clouds below it"),
    "nothing": ("", "{path} must have `clouds:` at the top and the entries below it, and is empty"),
    "a list": ("- clouds\n", "{path} must have `clouds:` at the top and the entries below it, and is a list"),
    "a list of clouds": ("clouds:\n- name: a\n  auth: {}\n",
                         "{path}, line 1: `clouds:` must have a name and below it an entry for each cloud, not a list"),
    "an empty entry": ("clouds:\n  b: {}\n  a: null\n",
                       "{path}, line 3: the entry a must have keys such as auth and region_name, and is empty; mend it"),
    "an empty auth": ("clouds:\n  a:\n    auth:\n", ("{path}, line 2: the entry a: its `auth:` must have keys such as "
                      "auth_url and username, and is empty; mend it")),
    "no address": ("clouds:\n  a:\n    auth: {username: u, password: p}\n",
                   "clouds.yaml, line 2: the entry a is not described whole: auth_url is missing; add it under auth"),
    "no scheme": ("clouds:\n  a:\n    auth: {auth_url: '127.0.0.1:5000/v3', username: u, password: p, project_name: x}\n",
                  ("clouds.yaml, line 2: the entry a has the auth_url '127.0.0.1:5000/v3', which is no http:// or https:// "
                  "address; write it as https://HOST:5000/v3")),
    "no auth_type": (('clouds:\n  a:\n    auth: {auth_url: "{url}/v3", application_credential_id: abc, '
                     "application_credential_secret: secret}\n"),
                     ("clouds.yaml, line 2: the entry a has application_credential_id and no auth_type; "
                     "add auth_type: v3applicationcredential beside auth")),
    "a misspelt auth_type": (f"clouds:\n  a:\n    auth_type: v3pasword\n    auth: {AUTH}\n",
                             ("clouds.yaml, line 2: the entry a asks for a way to sign in that is not known: "
                             "auth_type 'v3pasword'; did you mean v3password?")),
    "no Keystone": ("clouds:\n  a:\n    auth_type: admin_token\n    auth: {endpoint: 'http://127.0.0.1:1', token: t}\n",
                    ("clouds.yaml, line 2: the entry a signs in by admin_token, without Keystone; name a user of Keystone: "
                    "auth_url, username, password and project_name under auth")),
    "a value of another kind": ("clouds:\n  a:\n    auth: {auth_url: [x]}\n",
                                "{path}, line 2: the entry a: auth_url must be text, and is a list; put it in quotation marks"),
    "a number for a password": ("clouds:\n  a:\n    auth: {password: 12345678}\n",
                                ("{path}, line 2: the entry a: password must be text, and is a number, a date or a truth "
                                "value; put it in quotation marks")),
    "a password like an alias": ("clouds:\n  a:\n    auth: {password: *s3cret}\n",
                                 "{path}, line 3: a value that begins with *, & or ! must stand in quotation marks"),
    "a password like a tag": ("clouds:\n  a:\n    auth:\n      password: !s3cret\n",
                              "{path}, line 4: a value that begins with *, & or ! must stand in quotation marks"),
    "a password for auth": ("clouds:\n  a:\n    auth: s3cret\n",
                            ("{path}, line 2: the entry a: its `auth:` must have keys such as auth_url and username, "
                            "and is text; mend it")),
    "a password in an address": ("clouds:\n  a:\n    auth: {auth_url: 'u:s3cret@keystone:5000', username: u, password: p}\n",
                                 ("clouds.yaml, line 2: the entry a has the auth_url '…@keystone:5000', which is no http:// or "
                                 "https:// address; write it as https://HOST:5000/v3")),
    "braces": ("clouds:\n  a:\n    auth: {auth_url: 'http://{nothing}/v3', username: u, password: p}\n",
               "clouds.yaml, line 2: the entry a has a value with {'nothing'} in it, which names no key of it"),
    "an unknown profile": ("clouds:\n  a:\n    profile: nowhere\n    auth: {username: u, password: p}\n",
                           ("clouds.yaml, line 2: the entry a is not described whole: auth_url is missing; "
                           "add it under auth")),
    "a profile behind a dead server": ("clouds:\n  a:\n    profile: 'http://127.0.0.1:9'\n    auth: {username: u}\n",
                                       ("clouds.yaml, line 2: the entry a names the profile http://127.0.0.1:9, which its "
                                       "vendor's server did not give; check the network, or write auth_url and the rest "
                                       "into the entry and leave out the profile")),
    "another name": ("clouds:\n  b: {}\n  north: {}\n",
                     ("{path} has no cloud 'a'; it has b, north; name one that it has with --os-cloud, "
                     "or set OS_CLIENT_CONFIG_FILE")),
}  # fmt: skip
"""What is wrong, the file, and what is said of it."""


@pytest.mark.parametrize(("text", "sentence"), list(UNREAD.values()), ids=list(UNREAD))
@pytest.mark.parametrize("named", ["by the option", "by OS_CLOUD"])
def test_what_is_wrong_in_clouds_yaml_is_told_with_its_place(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str, named: str
) -> None:
    path = desk.write(text)
    if named == "by OS_CLOUD":
        monkeypatch.setenv("OS_CLOUD", "a")
    status, out, err = desk.run("discover", *(["--os-cloud", "a"] if named == "by the option" else []))
    assert (status, out) == (Exit.ENVIRONMENT, "")
    assert err == f"certmark: {sentence.replace('{path}', str(path))}\n"


def test_a_misspelt_cloud_is_answered_with_the_one_that_is_meant(desk: Desk) -> None:
    desk.write("clouds:\n  production: {}\n  staging: {}\n")
    _, _, err = desk.run("discover", "--os-cloud", "prodution")
    assert "has no cloud 'prodution'; did you mean production? it has production, staging;" in err


def test_depth_is_refused_in_bounded_time(desk: Desk) -> None:
    desk.write("clouds: {a: {auth: " + "[" * 5_000 + "]" * 5_000 + "}}\n")
    assert desk.refusal().endswith("cannot be read: it is nested too deeply, or a value in it is none")
    desk.write("clouds: {a: {auth: {auth_url: 'http://x'}, deep: " + "{x: " * 150 + "1" + "}" * 150 + "}}\n")
    assert "certmark: " in desk.discover()[2]


@pytest.mark.parametrize("by_option", [True, False])
def test_a_file_that_is_not_there_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch, by_option: bool) -> None:
    words = ["--os-cloud", "a"] if by_option else []
    monkeypatch.setenv("OS_CLOUD", "a")
    (desk.folder / "clouds.yaml").unlink()
    _, _, err = desk.run("discover", *words)
    assert (
        err
        == f"certmark: OS_CLIENT_CONFIG_FILE names {desk.folder / 'clouds.yaml'}, which is not there; mend or unset it\n"
    )
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE")
    monkeypatch.setattr("openstack.config.loader.CONFIG_FILES", [str(desk.folder / "none" / "clouds.yaml")])
    _, _, err = desk.run("discover", *words)
    assert err == (
        f"certmark: there is no clouds.yaml, so no cloud 'a': it was looked for in {desk.folder / 'none'}; "
        "put one there, or set OS_CLIENT_CONFIG_FILE\n"
    )


def test_several_clouds_and_none_named_are_listed(desk: Desk) -> None:
    path = desk.write("clouds:\n  north: {}\n  south: {}\n")
    status, _, err = desk.run("discover")
    assert (status, err) == (
        Exit.ENVIRONMENT,
        (
            f"certmark: no cloud is named, neither by OS_CLOUD nor by OS_AUTH_URL and the rest; {path} has north, south; "
            "name the cloud with --os-cloud\n"
        ),
    )


# ---------------------------------------------------------------- what discovery is worth


@pytest.mark.parametrize("words", [(), ("-q",), ("--json", "-q")])
@pytest.mark.parametrize("how", ["hangs", "unresolvable"])
def test_a_service_that_does_not_answer_shows_in_the_status_and_to_the_quiet(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, how: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    if how == "hangs":
        desk.cloud.faults = (faults.on("/object", faults.hangs()),)
    else:
        desk.cloud.services = tuple(one for one in USUAL if one.type != "object-store")
        desk.cloud.extra = [service("object-store", endpoint(f"http://nowhere.invalid/v1/AUTH_{PROJECT}"))]
    status, out, err = desk.discover(*words)
    assert status == Exit.INCOMPLETE
    assert ("does not answer in time" if how == "hangs" else "does not resolve") in err, err
    if "--json" in words:
        states = {one["service"]: one["problem"] for one in json.loads(out)["services"]}
        assert states["object-store"]
    else:
        assert "swift = false" in out


def test_a_catalogue_with_nothing_but_identity_is_no_success(desk: Desk) -> None:
    desk.cloud.services = USUAL[:1]
    status, _, err = desk.discover("-q")
    assert (status, err) == (
        Exit.INCOMPLETE,
        "certmark: the catalogue has no service but identity; nothing else of this cloud can be tested\n",
    )


# ---------------------------------------------------------------- object storage of Ceph


@pytest.fixture(params=[False, True], ids=["account-by-token", "account-in-url"])
def gateway(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Desk]:
    """A desk before a cloud whose object storage is Ceph's."""
    with served(RgwCloud(account_in_url=request.param)) as cloud:
        desk.cloud = cloud
        desk.describe()
        yield desk


def test_a_rados_gateway_is_known_by_its_info_beside_the_prefix(gateway: Desk) -> None:
    conf = gateway.conf()
    section = "object-storage-feature-enabled"
    assert conf[f"{section}.discoverable_apis"] == (
        "account_quotas,bulk_delete,container_quotas,slo,staticweb,tempauth,tempurl"
    )
    assert (conf[f"{section}.discoverability"], conf[f"{section}.object_versioning"]) == ("true", "false")
    assert f"{section}.tempurl_digest_hashlib" not in conf
    assert (conf["service_available.swift"], conf["object-storage.operator_role"]) == ("true", "member")
    assert gateway.run("leftovers", "--os-cloud", "a")[0] == Exit.OK


def test_an_older_rados_gateway_signs_with_sha1(gateway: Desk) -> None:
    info = {name: value for name, value in INFO.items() if name != "tempurl"} | {"tempurl": {"methods": ["GET"]}}
    gateway.cloud.faults = (faults.on("/swift/info", faults.says(200, info)),)
    assert gateway.conf()["object-storage-feature-enabled.tempurl_digest_hashlib"] == "sha1"


def test_a_rados_gateway_has_no_role_of_swifts_for_administrators(gateway: Desk) -> None:
    gateway.cloud.roles = ("admin", "member")
    conf = gateway.conf()
    assert (conf["object-storage.operator_role"], conf["object-storage.reseller_admin_role"]) == ("member", "admin")
    assert gateway.discover("--create", "--out", "more")[0] == Exit.OK
    assert not [asked for asked in gateway.cloud.asked if asked.method == "POST" and asked.path.endswith("/roles")]


@pytest.mark.usefixtures("gateway")
def test_the_release_of_ceph_is_none_of_openstack() -> None:
    with connect("a") as connection:
        assert discover(connection, ["object-store"]).signs == {}

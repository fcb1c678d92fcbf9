"""The client of a cloud: where it asks, what it follows, what it keeps to itself, and how it signs in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from certmark.cloud.accounts_file import Account
from certmark.cloud.authentication import NotSignedIn, _credentials, sign_in
from certmark.cloud.calls import calls_of
from certmark.cloud.catalogue import Endpoint, serving, versioned_url
from certmark.cloud.client import Client, CloudAddress
from certmark.cloud.replies import Unanswered
from certmark.cloud.session import client_of, connect
from certmark.cloud.timeouts import VARIABLE
from support.fake_cloud import PROJECT, Answer, FakeCloud

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
SWIFT = f"/v1/AUTH_{PROJECT}"
SECRET = "an-account's-password"


def account(name: str = "ann", **entry: Any) -> Account:
    document = {"username": name, "password": SECRET, **entry}
    return Account(name, str(entry.get("project_name", "")), (), (), document)


ANN = account(project_name="demo")


@pytest.fixture
def client(cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The user of a connection to a cloud with three services."""
    cloud.keystone(("object-store", SWIFT), ("compute", "/compute"), ("volumev3", f"/volume/v3/{PROJECT}"))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
    with connect("fake") as connection:
        cloud.asked.clear()
        yield client_of(connection)


@pytest.mark.parametrize(
    ("service", "urls", "address"),
    [
        ("compute", {"compute": "http://c/compute"}, "http://c/compute/v2.1"),
        ("compute", {"compute": "http://c/compute/v2.1/"}, "http://c/compute/v2.1"),
        ("compute", {"compute": "http://c/compute/v2/abc"}, "http://c/compute/v2/abc"),
        ("identity", {"identity": "http://c/identity"}, "http://c/identity/v3"),
        ("identity", {"identity": "http://c/v2.0"}, "http://c/v3"),
        ("identity", {"identity": "http://c/v3/"}, "http://c/v3"),
        ("image", {"image": "http://v2.example"}, "http://v2.example/v2"),
        ("network", {"network": "http://c:9696/"}, "http://c:9696/v2.0"),
        ("block-storage", {"volumev2": "http://old", "volumev3": "http://c/v3/p"}, "http://c/v3/p"),
        ("block-storage", {"volumev3": "http://second/v3", "block-storage": "http://first/v3"}, "http://first/v3"),
        ("object-store", {"object-store": "http://c/v1/AUTH_p"}, "http://c/v1/AUTH_p"),
        ("object-store", {"compute": "http://c"}, None),
    ],
)
def test_a_service_is_where_the_catalogue_has_it_in_the_version_that_is_spoken(
    service: str, urls: Mapping[str, str], address: str | None
) -> None:
    assert versioned_url(urls, service) == address


def test_endpoints_are_those_of_an_interface_and_a_region() -> None:
    lines = [Endpoint("a", "public", "One", "http://1"), Endpoint("a", "internal", "One", "http://2"),
             Endpoint("a", "public", "Two", "http://3")]  # fmt: skip
    assert serving(lines, "public", "One") == (lines[0],)
    assert serving(lines, "public", "") == (lines[0], lines[2])


def test_an_empty_path_leaves_the_address_as_it_is(cloud: FakeCloud, client: Client) -> None:
    cloud.answers[f"HEAD {SWIFT}"] = Answer(b"", 204)
    paths: list[str] = []
    inner = client._session  # noqa: SLF001 - the server strips slashes at the end
    send = inner.request

    def request(url: str, *words: Any, **more: Any) -> Any:
        paths.append(url)
        return send(url, *words, **more)

    inner.request = request
    try:
        for path in ("", "?format=json", "box", "/box"):
            client.ask("HEAD", "object-store", path)
    finally:
        del inner.request
    base = cloud.url + SWIFT
    assert paths == [base, f"{base}?format=json", f"{base}/box", f"{base}/box"]


def test_a_path_has_the_project_once(client: Client) -> None:
    assert client.path("block-storage", "/{project}/volumes") == "/volumes"
    assert client.path("compute", "/os-quota-sets/{project}") == f"/os-quota-sets/{PROJECT}"
    assert client.path("identity", "/users/{user}/x") == "/users/u1/x"
    assert client.path("identity", "/users/{user}/x", "u2") == "/users/u2/x"


def test_what_is_not_in_the_catalogue_is_unanswered_without_a_call(cloud: FakeCloud, client: Client) -> None:
    assert (client.has("compute"), client.has("network")) == (True, False)
    with pytest.raises(Unanswered, match=r"^the catalogue has no network service$"):
        client.ask("GET", "network", "/networks")
    assert cloud.asked == []


def test_reading_follows_a_redirect_of_the_same_server_and_changing_follows_none(
    cloud: FakeCloud, client: Client
) -> None:
    there = {"Location": f"{cloud.url}/compute/v2.1/there"}
    cloud.answers["GET /compute/v2.1/here"] = Answer({}, 307, headers=there)
    cloud.answers["POST /compute/v2.1/here"] = Answer({}, 307, headers=there)
    cloud.answers["GET /compute/v2.1/there"] = Answer({"there": 1})
    assert client.get("compute", "here") == {"there": 1}
    assert client.ask("POST", "compute", "here", json={"a": 1}).status == 307
    assert "POST /compute/v2.1/there" not in cloud.asked


def test_what_changes_something_is_never_repeated(cloud: FakeCloud, client: Client) -> None:
    cloud.answers["POST /compute/v2.1/servers"] = Answer({"error": "busy"}, 503)
    assert client.ask("POST", "compute", "/servers", json={}).status == 503
    assert cloud.asked == ["POST /compute/v2.1/servers"]


def test_an_answer_that_does_not_come_names_the_service_s_address(
    cloud: FakeCloud, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "0.2")
    cloud.answers["GET /compute/v2.1/servers"] = Answer({}, after=5)
    with pytest.raises(Unanswered) as caught:
        client.ask("GET", "compute", "/servers?all_tenants=1")
    assert str(caught.value) == f"{cloud.url}/compute/v2.1 does not answer in time; check that the service runs"


def test_nothing_is_logged_that_holds_a_secret(
    cloud: FakeCloud, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.answers["POST /v3/users"] = Answer({"user": {"id": "u2"}}, 201)
    with caplog.at_level(logging.DEBUG):
        sign_in(ANN, client.address).ask("POST", "identity", "/users", json={"user": {"password": SECRET}})
    assert SECRET not in caplog.text
    assert "not-a-real-token" not in caplog.text


DEFAULT = {"user_domain_name": "Default"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"project_name": "p"}, {**DEFAULT, "project_name": "p", "project_domain_name": "Default"}),
        ({"project_name": "p", "domain_name": "d"},
         {"user_domain_name": "d", "project_name": "p", "project_domain_name": "d"}),
        ({"project_name": "p", "user_domain_id": "u", "project_domain_id": "q", "domain_name": "d"},
         {"user_domain_id": "u", "project_name": "p", "project_domain_id": "q"}),
        ({"project_name": "p", "user_domain_name": "u", "project_domain_name": "q"},
         {"user_domain_name": "u", "project_name": "p", "project_domain_name": "q"}),
        ({"system": "all"}, {**DEFAULT, "system_scope": "all"}),
        ({"project_name": "p", "system": "all"}, {**DEFAULT, "project_name": "p", "project_domain_name": "Default"}),
        ({"domain_name": "d"}, {"user_domain_name": "d", "domain_name": "d"}),
        ({}, {**DEFAULT, "domain_name": "Default"}),
    ],
)  # fmt: skip
def test_an_account_signs_in_where_its_entry_says(entry: dict[str, Any], words: dict[str, str]) -> None:
    assert _credentials(account(**entry), "Default") == {"username": "ann", "password": SECRET, **words}


def test_the_domain_of_an_entry_that_names_none_is_the_usual_one() -> None:
    assert _credentials(ANN, "d")["user_domain_name"] == "d"
    assert _credentials(account(project_name="p", domain_name="own"), "d")["project_domain_name"] == "own"


def test_accounts_beside_a_connection_share_its_count(
    cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.keystone(("compute", "/compute"))
    cloud.answers["GET /compute/v2.1/limits"] = Answer({"limits": {}})
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
    with connect("fake") as connection:
        before = calls_of(connection).count
        beside = sign_in(ANN, client_of(connection).address, beside=connection.session)
        assert beside.get("compute", "limits") == {"limits": {}}
        assert calls_of(connection).count == before + 2


@pytest.mark.parametrize(
    ("answer", "sentence", "status"),
    [
        (Answer({"error": {"message": "no"}}, 401),
         "{url}/v3 refuses ann of demo: the password is wrong, or there is no such user or project, saying 'no'", 401),
        (Answer({"error": {"message": "boom"}}, 500), "{url}/v3 answers 500 to signing in: boom (HTTP 500)", 500),
        (Answer({"error": {"message": "gone"}}, 404),
         "{url}/v3 answers, but not as Keystone v3 does; check auth_url in clouds.yaml", 404),
        (Answer({"token": {"user": 7}}, 201),
         "{url}/v3 answers, but not as Keystone v3 does; check auth_url in clouds.yaml", None),
    ],
)  # fmt: skip
def test_signing_in_says_what_was_wrong_without_the_password(
    cloud: FakeCloud, answer: Answer, sentence: str, status: int | None
) -> None:
    cloud.answers["POST /v3/auth/tokens"] = answer
    with pytest.raises(NotSignedIn) as caught:
        sign_in(ANN, CloudAddress(f"{cloud.url}/v3"))
    assert (str(caught.value), caught.value.status) == (sentence.format(url=cloud.url), status)


class TakenBackOnRelease:
    """A lock; when it is released, another thread takes the token back at once."""

    def __init__(self, auth: Any) -> None:
        self.auth = auth
        self.threads: list[threading.Thread] = []

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.threads.append(threading.Thread(target=self.auth.invalidate))
        self.threads[-1].start()
        self.threads[-1].join(0.2)


def test_a_token_that_another_thread_takes_back_is_asked_for_anew(client: Client) -> None:
    """The library itself ends with an assertion where an answer 401 comes between its lock and its reading."""
    session = client._session  # noqa: SLF001 - no public way to a library's own lock
    lock = session.auth._lock = TakenBackOnRelease(session.auth)  # noqa: SLF001 - likewise
    assert session.auth.get_access(session).auth_token
    for thread in lock.threads:
        thread.join()
    assert session.auth.get_access(session).auth_token

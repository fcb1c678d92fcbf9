"""Signing in, and what goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from certmark.cli.errors import sentence_of
from certmark.cloud.errors import CloudError
from certmark.cloud.session import connect, who
from support.fake_cloud import Answer, FakeCloud
from support.waiting import PATIENCE

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
REFUSED = {
    "error": {"code": 401, "message": "The request you have made requires authentication.", "title": "Unauthorized"}
}


def refusal(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    with pytest.raises(CloudError) as caught:
        connect("fake")
    return sentence_of(caught.value)


def test_whoever_is_signed_in_is_described(cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.keystone(roles=("member", "admin"))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path, certmark={"accounts": "a.yaml"})))
    me = who(connect("fake"))
    assert (me.cloud, me.region, me.user, me.project, me.is_admin) == ("fake", "RegionOne", "demo", "demo", True)
    assert (me.own, me.config_folder) == ({"accounts": "a.yaml"}, str(tmp_path))


@pytest.mark.parametrize("named", ["fake", None])
def test_a_region_of_the_environment_stands_over_the_entrys(
    cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    cloud.keystone()
    path = cloud.clouds_yaml(tmp_path, regions=["RegionOne", "RegionTwo"], region_name="RegionOne")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    monkeypatch.setenv("OS_CLOUD", "fake")
    monkeypatch.setenv("OS_REGION_NAME", "RegionTwo")
    assert who(connect(named)).region == "RegionTwo"


@pytest.mark.parametrize(
    ("answers", "entry", "sentence"),
    [
        pytest.param(
            {"POST /v3/auth/tokens": Answer(REFUSED, 401)},
            {},
            "{url}/v3 refuses the user name, password, project or domain; check them in clouds.yaml",
            id="wrong password",
        ),
        pytest.param(
            {"POST /v3/auth/tokens": Answer(REFUSED, 401)},
            {"auth_type": "token", "auth": {"auth_url": "{url}/v3", "token": "old", "project_name": "demo"}},
            "{url}/v3 refuses the token (it may have expired); check them in clouds.yaml",
            id="expired token",
        ),
        pytest.param(
            {"POST /v3/auth/tokens": Answer({"error": {"code": 500, "message": "boom"}}, 500)},
            {},
            "{url}/v3 answers 500 to signing in: boom (HTTP 500)",
            id="broken Keystone",
        ),
        pytest.param(
            {"GET /v3": Answer(b"<html>hello</html>"), "POST /v3/auth/tokens": Answer({"error": "no"}, 404)},
            {},
            "{url}/v3 answers, but not as Keystone v3 does; check auth_url in clouds.yaml",
            id="not Keystone",
        ),
        pytest.param(
            {"POST /v3/auth/tokens": Answer({}, 201, after=PATIENCE)},
            {"api_timeout": 0.3},
            "{url}/v3 does not answer in time; check that the service runs",
            id="hangs",
        ),
    ],
)
def test_a_refusal_is_one_sentence(
    cloud: FakeCloud,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: dict[str, Answer],
    entry: dict[str, Any],
    sentence: str,
) -> None:
    cloud.keystone()
    cloud.answers |= answers
    entry = {key: value | {"auth_url": f"{cloud.url}/v3"} if key == "auth" else value for key, value in entry.items()}
    assert refusal(cloud.clouds_yaml(tmp_path, **entry), monkeypatch) == sentence.format(url=cloud.url)


def test_a_token_without_a_catalogue_is_refused(
    cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.keystone()
    body = cloud.answers["POST /v3/auth/tokens"].body
    del body["token"]["catalog"]
    assert refusal(cloud.clouds_yaml(tmp_path), monkeypatch) == (
        f"{cloud.url}/v3 gave a token without a catalogue; name a project (project_name) in clouds.yaml, "
        "or give the user a role in it"
    )


def test_a_closed_port_a_wrong_scheme_and_a_wrong_name_are_told_apart(
    cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.keystone()
    path = cloud.clouds_yaml(tmp_path)
    good = path.read_text(encoding="utf-8")
    closed = "http://127.0.0.1:9"
    path.write_text(good.replace(cloud.url, closed), encoding="utf-8")
    assert refusal(path, monkeypatch) == (
        "nothing listens at http://127.0.0.1:9/v3; check the address and that the service runs"
    )
    secure = cloud.url.replace("http:", "https:")
    path.write_text(good.replace(cloud.url, secure), encoding="utf-8")
    assert refusal(path, monkeypatch) == (f"{secure}/v3 speaks http, not https; check the address")
    path.write_text(good.replace('"fake"', '"other"'), encoding="utf-8")
    assert refusal(path, monkeypatch) == (
        f"{path} has no cloud 'fake'; it has other; name one that it has with --os-cloud, or set OS_CLIENT_CONFIG_FILE"
    )


def test_no_cloud_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "clouds.yaml"
    path.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    with pytest.raises(CloudError) as caught:
        connect(None)
    assert sentence_of(caught.value) == (
        "no cloud is named, neither by OS_CLOUD nor by OS_AUTH_URL and the rest; name the cloud with --os-cloud"
    )

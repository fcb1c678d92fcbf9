"""A cloud whose object storage is Ceph's RADOS gateway: what is found out about it, and what the doctor says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from simulators.openstack_cloud import PASSWORD
from simulators.rgw import RgwCloud
from simulators.serving import clouds_yaml, served

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture(params=[False, True], ids=["account-by-token", "account-in-url"])
def rgw(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RgwCloud]:
    with served(RgwCloud(account_in_url=request.param, roles=("member", "reader"))) as cloud:
        assert isinstance(cloud, RgwCloud)
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml(tmp_path, rgw=cloud.entry())))
        monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path / "cache"))
        yield cloud


def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str], *roles: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit status, and the findings by id."""
    accounts = tmp_path / "accounts.yaml"
    entries = [
        {"username": name, "password": PASSWORD, "project_name": name.removesuffix("-reader"),
         "roles": ["reader"] if name.endswith("-reader") else list(roles)}
        for name in ("one", "two", "one-reader")
    ]  # fmt: skip
    accounts.write_text(json.dumps(entries), encoding="utf-8")
    words = ["--os-cloud", "rgw", "--accounts", str(accounts), "-p", "object", "--no-suite", "--json"]
    status = main(["cloud", "doctor", *words])
    told = json.loads(capsys.readouterr().out)
    return status, {finding["id"]: finding for finding in told["findings"]}


def test_members_of_an_rgw_cloud_need_no_role_of_swift(
    rgw: RgwCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del rgw
    status, found = doctor(tmp_path, capsys, "member")
    assert (status, [id_ for id_, one in found.items() if one["severity"] == "fatal"]) == (Exit.OK, [])
    assert {"storage", "accounts"} <= set(found)
    assert "storage-info" not in found


def test_a_role_of_the_clouds_own_will_do_where_rgw_accepts_it(
    rgw: RgwCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rgw.roles = rgw.accepted_roles = ("creator", "reader")
    _, found = doctor(tmp_path, capsys, "creator")
    assert found["storage"]["severity"] == "ok"
    # Tempest's first user must be a member whatever stores the objects.
    assert "no account with the role member is given" in found["accounts-role"]["what"]


@pytest.fixture
def _no_roles_accepted(rgw: RgwCloud) -> None:
    rgw.accepted_roles = ("ObjectUser",)


@pytest.mark.usefixtures("_no_roles_accepted")
def test_members_whom_rgw_does_not_accept_are_told_so_though_it_answers_401(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = doctor(tmp_path, capsys, "member")
    assert (status, found["storage-forbidden"]["severity"]) == (Exit.ENVIRONMENT, "fatal")

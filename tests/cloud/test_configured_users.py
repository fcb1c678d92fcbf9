"""Whom a tempest.conf signs in as: who oslo.config would have it be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certmark.cloud.discovery.conf_files import read_conf, read_secrets, rendered_secrets
from certmark.cloud.discovery.options import Option, Origin, rendered
from certmark.cloud.discovery.tempest_conf import take_config
from certmark.cloud.doctor.by_configuration import connect_by
from certmark.cloud.errors import CloudError
from certmark.cloud.leftovers.projects import parties_of_run
from support.fake_cloud import FakeCloud

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
HARD = ("S3cret$word", "jürgen$$admin", "$HOME", "a\\$b", "'quoted'", '"', " ends ", "50% off", "a  b\tc", "#;=:")
"""Passwords, and names of users and projects, that people have."""


def conf(folder: Path, url: str, user: str, password: str, project: str) -> Path:
    path = folder / "tempest.conf"
    path.write_text(
        f"[auth]\nuse_dynamic_credentials = true\nadmin_username = {user}\nadmin_password = {password}\n"
        f"admin_project_name = {project}\nadmin_domain_name = Default\n"
        f"[identity]\nuri_v3 = {url}/v3\nregion = RegionOne\n",
        encoding="utf-8",
    )
    return path


def told(cloud: FakeCloud) -> tuple[str, str, str]:
    """User, password and project of the last sign-in."""
    auth = json.loads(cloud.sent["POST /v3/auth/tokens"][-1])["auth"]
    user = auth["identity"]["password"]["user"]
    return user["name"], user["password"], auth["scope"]["project"]["name"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("admin2", "S3cret$$word", "admin"), ("admin2", "S3cret$word", "admin")),
        (("admin2", "'S3cret$$word'", "admin"), ("admin2", "S3cret$word", "admin")),
        (("admin", "s3krit-word", "$admin_username"), ("admin", "s3krit-word", "admin")),
        (
            ("admin", "s3krit-word", "${auth.admin_username}-${identity.region}"),
            ("admin", "s3krit-word", "admin-RegionOne"),
        ),
    ],
)
def test_a_configuration_signs_in_as_whom_tempest_would(
    cloud: FakeCloud, tmp_path: Path, written: tuple[str, str, str], meant: tuple[str, str, str]
) -> None:
    cloud.keystone(roles=("admin",))
    config = take_config(conf(tmp_path, cloud.url, *written), None, tmp_path / "suite")
    with connect_by({option.key: option.value for option in config.options}, ()):
        assert told(cloud) == meant
    parties_of_run(tmp_path / "suite")
    assert told(cloud) == meant


def test_a_reference_that_leads_nowhere_is_refused_where_it_signs_in(cloud: FakeCloud, tmp_path: Path) -> None:
    path = conf(tmp_path, cloud.url, "admin2", "S3cret$word", "admin")
    with pytest.raises(CloudError) as caught:
        take_config(path, None, tmp_path / "suite")
    assert str(caught.value) == (
        "tempest.conf, [auth] admin_password: $word refers to no option; write $$ for a dollar sign"
    )


@pytest.mark.parametrize("text", HARD)
def test_whoever_is_written_is_who_signs_in_for_the_leftovers(cloud: FakeCloud, tmp_path: Path, text: str) -> None:
    cloud.keystone(roles=("admin",))
    values = {"admin_username": text, "admin_password": text, "admin_project_name": text}
    options = [
        Option("auth", name, value, Origin.GIVEN, "x", secret="password" in name) for name, value in values.items()
    ]
    options.append(Option("identity", "uri_v3", f"{cloud.url}/v3", Origin.GIVEN, "x"))
    (tmp_path / "tempest.conf").write_text(rendered(options), encoding="utf-8")
    assert {option.name: option.value for option in read_conf(tmp_path / "tempest.conf")}.items() >= values.items()
    parties_of_run(tmp_path)
    assert told(cloud) == (text, text, text)


@pytest.mark.parametrize("text", HARD)
def test_a_secret_for_the_shell_is_what_oslo_config_makes_of_it(tmp_path: Path, text: str) -> None:
    secret = Option("auth", "admin_password", text, Origin.GIVEN, "secrets.env", secret=True)
    path = tmp_path / "secrets.env"
    path.write_text(rendered_secrets([secret]), encoding="utf-8")
    assert read_secrets(path) == (secret,)


def test_a_value_may_refer_to_a_secret_beside_the_file(cloud: FakeCloud, tmp_path: Path) -> None:
    path = conf(tmp_path, cloud.url, "$admin_password", "", "p")
    path.write_text(path.read_text(encoding="utf-8").replace("admin_password = \n", ""), encoding="utf-8")
    (tmp_path / "secrets.env").write_text("export OS_AUTH__ADMIN_PASSWORD='a$$b'\n", encoding="utf-8")
    config = take_config(path, None, tmp_path / "suite")
    options = {option.key: option.value for option in config.options}
    assert (options["auth.admin_username"], options["auth.admin_password"]) == ("a$b", "a$b")


def test_the_region_of_services_is_not_keystones(cloud: FakeCloud, tmp_path: Path) -> None:
    cloud.keystone(roles=("admin",))
    path = conf(tmp_path, cloud.url, "admin", "s3krit-word", "admin")
    path.write_text(path.read_text(encoding="utf-8") + "[compute]\nregion = zone-a\n", encoding="utf-8")
    (party,) = parties_of_run(tmp_path).parties
    assert party.client.address.region == "zone-a"

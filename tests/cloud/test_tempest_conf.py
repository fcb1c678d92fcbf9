"""The files that a suite is configured with."""

from __future__ import annotations

import configparser
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from certmark.cli.errors import sentence_of
from certmark.cloud.accounts_file import guessed_parallel, read_accounts
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.discovery.tempest_conf import Config, take_config, write_config
from certmark.cloud.errors import CloudError
from support.fake_cloud import PROJECT, Answer, FakeCloud

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
Look = Callable[..., Discovered]


def account(number: int, *roles: str, project: int | None = None) -> dict[str, object]:
    name = f"user{number}"
    where = f"project{number if project is None else project}"
    return {"username": name, "password": f"pass-{number}-word", "project_name": where, "roles": list(roles)}


def accounts_file(folder: Path, *entries: object) -> Path:
    path = folder / "given.yaml"
    path.write_text(yaml.safe_dump(list(entries)), encoding="utf-8")
    return path


def values(config: Config) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read(config.folder / "tempest.conf", encoding="utf-8")
    return {f"{section}.{name}": value for section in parser.sections() for name, value in parser.items(section)}


@pytest.fixture
def storage(cloud: FakeCloud) -> FakeCloud:
    cloud.keystone(("object-store", f"/v1/AUTH_{PROJECT}"), roles=("member",))
    cloud.answers["GET /info"] = Answer({"swift": {"version": "2.37.4"}})
    return cloud


@pytest.mark.usefixtures("storage")
def test_given_accounts_are_used_and_nobody_else_can_read_them(look: Look, tmp_path: Path) -> None:
    given = accounts_file(tmp_path, *(account(number, "member", "SwiftOperator") for number in range(4)))
    config = write_config(look(), tmp_path / "suite", accounts=given, admin=None, workers=2)
    told = values(config)
    assert told["auth.use_dynamic_credentials"] == "false"
    assert told["object-storage.operator_role"] == "SwiftOperator"
    assert (config.accounts, config.parallel, config.dynamic) == (4, 2, False)
    for name in ("tempest.conf", "accounts.yaml"):
        assert stat.S_IMODE((config.folder / name).stat().st_mode) == 0o600
    assert [entry["username"] for entry in yaml.safe_load((config.folder / "accounts.yaml").read_bytes())] == [
        "user0", "user1", "user2", "user3",
    ]  # fmt: skip


def test_an_administrator_lets_the_suite_make_its_own_users(storage: FakeCloud, look: Look, tmp_path: Path) -> None:
    storage.keystone(("object-store", f"/v1/AUTH_{PROJECT}"), roles=("admin",))
    roles = [{"name": name} for name in ("admin", "member", "ResellerAdmin", "SwiftOperator")]
    storage.answers["GET /v3/roles"] = Answer({"roles": roles})
    config = write_config(look(), tmp_path / "suite", accounts=None, admin=None, workers=2)
    told = values(config)
    assert told["auth.use_dynamic_credentials"] == "true"
    assert told["auth.admin_password"] == "loopback-password"
    assert told["object-storage.operator_role"] == "SwiftOperator"
    assert told["object-storage.reseller_admin_role"] == "ResellerAdmin"
    assert not (config.folder / "accounts.yaml").exists()


@pytest.mark.usefixtures("storage")
def test_a_lonely_user_is_used_and_what_will_fail_is_said(look: Look, tmp_path: Path) -> None:
    config = write_config(look("object-store"), tmp_path / "suite", accounts=None, admin=None, workers=3)
    assert (config.accounts, config.parallel) == (1, 1)
    assert config.remarks == (
        "accounts: one project only; tests that need a second user of another project cannot pass",
        "accounts: 3 classes at a time take 3 ordinary users or more; given: 1",
    )


@pytest.mark.usefixtures("storage")
def test_who_is_no_administrator_cannot_make_users(look: Look, tmp_path: Path) -> None:
    with pytest.raises(CloudError) as caught:
        write_config(look(), tmp_path / "suite", accounts=None, admin=True, workers=1)
    assert sentence_of(caught.value) == ("demo is no administrator of fake and cannot make users; give --accounts FILE")


@pytest.mark.usefixtures("storage")
def test_clouds_yaml_can_name_the_accounts_beside_it(look: Look, tmp_path: Path) -> None:
    accounts_file(tmp_path, account(1, "member"), account(2, "member"), account(3, "reader", project=1))
    found = look(certmark={"accounts": "given.yaml", "options": {"volume.vendor_name": "me"}})
    config = write_config(found, tmp_path / "suite", accounts=None, admin=None, workers=1)
    assert (config.accounts, config.parallel, config.remarks) == (3, 1, ())
    assert values(config)["volume.vendor_name"] == "me"


@pytest.mark.usefixtures("storage")
def test_the_fingerprint_knows_options_and_not_places_or_secrets(look: Look, tmp_path: Path) -> None:
    found = look()
    given = accounts_file(tmp_path, account(1, "member"))
    here = write_config(found, tmp_path / "a", accounts=given, admin=None, workers=1)
    there = write_config(found, tmp_path / "b", accounts=given, admin=None, workers=1)
    other = write_config(found, tmp_path / "c", accounts=given, admin=None, workers=1, overrides={"image.region": "x"})
    assert here.fingerprint("tempest", "47") == there.fingerprint("tempest", "47")
    assert here.fingerprint("tempest", "47") != here.fingerprint("tempest", "46")
    assert here.fingerprint("tempest", "47") != other.fingerprint("tempest", "47")


def test_a_persons_own_configuration_is_taken_with_places_of_the_runs(tmp_path: Path) -> None:
    conf = tmp_path / "mine.conf"
    accounts_file(tmp_path, account(1, "member"), account(2, "member"))
    conf.write_text(
        "[DEFAULT]\nlog_dir = $state_path\n[auth]\ntest_accounts_file = given.yaml\nuse_dynamic_credentials = false\n"
        "[identity]\nuri_v3 = http://k/v3\n[validation]\nimage_ssh_password = a$$b%c\n",
        encoding="utf-8",
    )
    config = take_config(conf, None, tmp_path / "suite")
    told = values(config)
    assert told["validation.image_ssh_password"] == "a$$b%c"
    assert told["auth.test_accounts_file"] == str(tmp_path / "suite" / "accounts.yaml")
    assert told["oslo_concurrency.lock_path"] == str(tmp_path / "suite" / "locks")
    assert "log_dir = $state_path" in (config.folder / "tempest.conf").read_text(encoding="utf-8")
    assert (config.accounts, config.parallel) == (2, 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "given.yaml is no YAML; it must be a list of accounts as Tempest has them"),
        ("[]", "given.yaml holds no list of accounts; each has username, password and project_name"),
        ("[3]", "given.yaml, account 1 is no account: it must have username, password and project_name"),
        ("[{username: a}]", "given.yaml, account 1 has no password; add it"),
        ("[{username: a, password: b, roles: member}]", "given.yaml, account 1: its roles are no list"),
    ],
)
def test_a_bad_accounts_file_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CloudError) as caught:
        read_accounts(path)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("hello", "mine.conf is no tempest.conf: "), ("", "mine.conf has no option; name the tempest.conf of this cloud")],
)
def test_a_bad_configuration_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    conf = tmp_path / "mine.conf"
    conf.write_text(text, encoding="utf-8")
    with pytest.raises(CloudError) as caught:
        take_config(conf, None, tmp_path / "suite")
    assert str(caught.value).startswith(sentence)


def test_readers_resellers_and_administrators_do_not_make_room_for_more_classes(tmp_path: Path) -> None:
    entries = [
        account(1, "member"),
        account(2, "member"),
        account(3, "admin"),
        account(4, "reader"),
        account(5, "ResellerAdmin"),
    ]
    assert guessed_parallel(read_accounts(accounts_file(tmp_path, *entries))) == 1

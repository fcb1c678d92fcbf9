"""`certmark cloud discover` on clouds of a table."""

from __future__ import annotations

import configparser
import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.main import main
from support.fake_cloud import PROJECT, Answer, FakeCloud, serving

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
Discover = Callable[..., tuple[int, str, str]]
ROLES = {"roles": [{"name": name} for name in ("admin", "member", "ResellerAdmin", "SwiftOperator")]}


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    with serving() as found:
        found.keystone(("object-store", f"/v1/AUTH_{PROJECT}"), ("instance-ha", "/ha"), ("volumev2", "/v2"))
        found.answers["GET /info"] = Answer({"swift": {"version": "2.37.4"}, "slo": {}})
        yield found


@pytest.fixture
def discover(
    cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Discover:
    """Runs the verb in a folder of its own; keywords are keys of the cloud's entry."""

    def ran(*words: str, **entry: Any) -> tuple[int, str, str]:
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path, **entry)))
        monkeypatch.chdir(tmp_path)
        status = main(["cloud", "discover", "--os-cloud", "fake", *words])
        out, err = capsys.readouterr()
        assert "loopback-password" not in out + err
        return status, out, err

    return ran


def values(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    assert parser.read(path, encoding="utf-8")
    return {f"{section}.{name}": value for section in parser.sections() for name, value in parser.items(section)}


def test_without_a_place_the_file_goes_to_standard_output(discover: Discover, cloud: FakeCloud) -> None:
    status, out, err = discover()
    assert status == 0
    assert "[object-storage-feature-enabled]\n# asked: GET /info\ndiscoverability = true" in out
    assert "calls (identity" in err
    assert {line for line in cloud.asked if not line.startswith("GET ")} == {"POST /v3/auth/tokens"}


def test_an_ordinary_user_gets_a_file_of_users_for_nobody_elses_eyes(discover: Discover, tmp_path: Path) -> None:
    status, out, _ = discover("--out", "made")
    assert status == 0
    assert "wrote made/tempest.conf\nwrote made/accounts.yaml\n" in out
    assert stat.S_IMODE((tmp_path / "made" / "accounts.yaml").stat().st_mode) == 0o600
    assert values(tmp_path / "made" / "tempest.conf")["auth.test_accounts_file"] == str(
        tmp_path / "made" / "accounts.yaml"
    )
    assert "loopback-password" not in (tmp_path / "made" / "tempest.conf").read_text(encoding="utf-8")


def test_an_administrators_password_stands_apart(discover: Discover, cloud: FakeCloud, tmp_path: Path) -> None:
    cloud.keystone(("object-store", f"/v1/AUTH_{PROJECT}"), roles=("admin",))
    cloud.answers["GET /v3/roles"] = Answer(ROLES)
    assert discover("--out", "made")[0] == 0
    conf, secrets = tmp_path / "made" / "tempest.conf", tmp_path / "made" / "secrets.env"
    assert values(conf)["auth.use_dynamic_credentials"] == "true"
    assert "auth.admin_password" not in values(conf)
    assert "export OS_AUTH__ADMIN_PASSWORD=loopback-password\n" in secrets.read_text(encoding="utf-8")
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    from certmark.cloud.discovery.tempest_conf import take_config

    taken = {option.key: option.value for option in take_config(conf, None, tmp_path / "run").options}
    assert taken["auth.admin_password"] == "loopback-password"


def test_an_administrator_can_do_without_being_one(discover: Discover, cloud: FakeCloud, tmp_path: Path) -> None:
    cloud.keystone(("object-store", f"/v1/AUTH_{PROJECT}"), roles=("admin", "member"))
    assert discover("--out", "made", "--no-admin")[0] == 0
    assert values(tmp_path / "made" / "tempest.conf")["auth.use_dynamic_credentials"] == "false"
    assert (tmp_path / "made" / "accounts.yaml").exists()


def test_files_that_are_there_are_kept(discover: Discover, tmp_path: Path) -> None:
    (tmp_path / "mine.conf").write_text("[auth]\nmine = 1\n", encoding="utf-8")
    status, _, err = discover("--out", "mine.conf")
    assert (status, err) == (
        2,
        "certmark: mine.conf is in . already; name another --out, or --force keeps a copy of it and writes it anew\n",
    )
    assert discover("--out", "mine.conf", "--force")[0] == 0
    kept = next(tmp_path.glob("mine.conf.*"))
    assert kept.read_text(encoding="utf-8") == "[auth]\nmine = 1\n"
    assert "service_available.swift" in values(tmp_path / "mine.conf")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "compute.flavour_ref=1"], "Tempest 47.0.0 has no option compute.flavour_ref; near it is"),
        (["--set", "compute.build_timeout=soon"], "compute.build_timeout = soon: it must be a whole number (--set)"),
        (["--set", "flavor"], "--set: 'flavor' is no SECTION.OPTION=VALUE"),
        (["--profile", "p.yaml"], "p.yaml: there is no argument 'deployer-input'; there are accounts,"),
    ],
)
def test_what_tempest_cannot_read_is_refused_before_the_cloud_is_asked(
    discover: Discover, cloud: FakeCloud, tmp_path: Path, words: list[str], sentence: str
) -> None:
    (tmp_path / "p.yaml").write_text("deployer-input: x\n", encoding="utf-8")
    status, out, err = discover(*words)
    assert (status, out, err.startswith(f"certmark: {sentence}")) == (2, "", True), err
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.yaml", "no-admin: true\nset: {compute.flavor_ref: mine, volume.volume_size: 3}\n"),
        ("p.yaml", "no_admin: true\nset: [compute.flavor_ref=mine, volume.volume_size=3]\n"),
        ("p.conf", "[compute]\nflavor_ref = mine\n[volume]\nvolume_size = 3\n"),
    ],
)
def test_a_profile_is_said_once_for_many_clouds(discover: Discover, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert discover("--profile", name, "--set", "compute.flavor_ref=nearer", "--out", "made")[0] == 0
    told = values(tmp_path / "made" / "tempest.conf")
    assert (told["compute.flavor_ref"], told["volume.volume_size"]) == ("nearer", "3")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no-admin: 1", "p.yaml: no-admin must be true or false"),
        ("workers: many", "p.yaml: workers must be a number"),
        ("os-cloud: [a]", "p.yaml: os-cloud must be text"),
        ("remove-created: x", "p.yaml: there is no argument 'remove-created'"),
        ("set: 3", "p.yaml: set must be a mapping of section.option to its value"),
        ("[a", "p.yaml is no tempest.conf"),
        ("- a", "p.yaml must have arguments by their long names"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(
    discover: Discover, cloud: FakeCloud, tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    status, out, err = discover("--profile", "p.yaml")
    assert (status, out, err.startswith(f"certmark: {sentence}")) == (2, "", True), err
    assert cloud.asked == []


def test_the_command_line_wins_over_a_profile_and_a_profile_can_ask_for_quiet(
    discover: Discover, tmp_path: Path
) -> None:
    (tmp_path / "p.yaml").write_text("os-cloud: nowhere\nquiet: true\nout: made\n", encoding="utf-8")
    status, _, err = discover("--profile", "p.yaml")
    assert (status, err) == (0, "")
    assert (tmp_path / "made" / "tempest.conf").exists()


def test_machines_get_everything_but_secrets(discover: Discover) -> None:
    status, out, _ = discover("--json", "--set", "auth.admin_password=given-secret-1")
    document = json.loads(out)
    assert status == 0
    assert {state["service"] for state in document["services"] if state["url"]} == {
        "identity", "object-store", "instance-ha",
    }  # fmt: skip
    assert {option["name"] for option in document["left_out"]} == {"masakari"}
    assert document["calls"]["count"] > 0
    secrets = {
        (option["section"], option["name"]): option["value"] for option in document["options"] if option["secret"]
    }
    assert secrets == {("auth", "admin_password"): None}
    assert "given-secret-1" not in out


def test_a_file_of_ours_does_not_differ_and_another_one_does(discover: Discover, tmp_path: Path) -> None:
    assert discover("--out", "made")[0] == 0
    status, out, _ = discover("--diff", "made/tempest.conf")
    assert (status, out.splitlines()[-1]) == (0, "0 options differ, 3 more without effect on what Tempest does")
    conf = tmp_path / "made" / "tempest.conf"
    conf.write_text(conf.read_text(encoding="utf-8").replace("swift = true", "swift = False"), encoding="utf-8")
    status, out, _ = discover("--diff", "made/tempest.conf", "--json")
    document = json.loads(out)
    assert (status, document["different"]) == (1, True)
    found = next(one for one in document["differences"] if one["matters"] and one["key"].startswith("service_"))
    assert (found["key"], found["ours"], found["theirs"], found["origin"]) == (
        "service_available.swift", "true", "False", "asked",
    )  # fmt: skip


def test_a_program_whose_service_is_missing_is_refused(discover: Discover) -> None:
    status, _, err = discover("-p", "compute")
    assert status == 5
    assert "service in region RegionOne, and the tests asked for need it" in err


def test_an_application_credential_does_and_what_tempest_lacks_then_is_told(
    discover: Discover, cloud: FakeCloud, tmp_path: Path
) -> None:
    auth = {
        "auth_url": f"{cloud.url}/v3",
        "application_credential_id": "a1",
        "application_credential_secret": "loopback-password",
    }
    status, _, err = discover("--out", "made", auth_type="v3applicationcredential", auth=auth)
    assert status == 0
    assert "accounts: the cloud is signed in to without a password, and Tempest needs users with one" in err
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["tempest.conf"]


def test_a_region_is_chosen_for_all_services_alike(discover: Discover, cloud: FakeCloud) -> None:
    catalogue = cloud.answers["POST /v3/auth/tokens"].body["token"]["catalog"]
    for service in catalogue:
        first = service["endpoints"][0]
        service["endpoints"] = [{**first, "region": name, "region_id": name} for name in ("North", "South")]
    status, out, err = discover(region_name="")
    assert status == 0
    assert "the cloud has the regions North, South; North is taken: set region_name in clouds.yaml" in err
    assert "region = North" in out
    assert "region = South" not in out

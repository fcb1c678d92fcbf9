"""What a run that goes on removes of what it left, and when it does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.app.run.leftovers import InventoryAfter, InventoryBefore, clean_up, clean_users
from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.main import main
from certmark.cloud.accounts_file import read_accounts
from certmark.cloud.authentication import SignedInAccount, sign_in
from certmark.cloud.client import CloudAddress
from certmark.cloud.leftovers import removing
from certmark.cloud.leftovers.inventory import take_inventory
from certmark.cloud.leftovers.projects import parties_of_run
from certmark.domain.remarks import ignore
from certmark.formats.inventory import write_inventory
from certmark.formats.run_folder import INVENTORY, RunFolder
from certmark.formats.run_record import RunRecord
from certmark.runner.folders import runs_home
from certmark.runner.journal import Journal
from certmark.runner.locks import cloud_tested
from support.living_cloud import LivingCloud, living

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
SERVERS = "/compute/v2.1/servers"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingCloud]:
    monkeypatch.setattr(removing, "_PAUSE", 0.01)
    with living() as made:
        yield made


def begun(cloud: LivingCloud, folder: Path, auth: str) -> Path:
    """The folder of a run that has begun."""
    suite = folder / "suite"
    suite.mkdir()
    (suite / "tempest.conf").write_text(f"[identity]\nuri_v3 = {cloud.url}/v3\nregion = RegionOne\n[auth]\n{auth}\n")
    document = [{"username": name, "password": "right", "project_name": name} for name in ("ann", "bob")]
    (suite / "accounts.yaml").write_text(json.dumps(document))
    (folder / INVENTORY).write_bytes(write_inventory(take_inventory(parties_of_run(suite).parties)))
    return folder


def test_what_a_run_left_goes_and_is_said_in_one_line(
    cloud: LivingCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    projects = [cloud.person(name, name, "member") for name in ("ann", "bob")]
    cloud.add(SERVERS, "precious", tenant_id=projects[0])
    folder = begun(cloud, tmp_path, "use_dynamic_credentials = false")
    for project in (*projects, projects[0]):
        cloud.add(SERVERS, "left", tenant_id=project)
    assert clean_up(RunFolder(folder), listener(Console())) is None
    assert capsys.readouterr().err == "certmark: removed what was left in the run's projects: 3 servers\n"
    assert cloud.names(SERVERS) == ["precious"]


ROOT = "admin_username = root\nadmin_password = right\nadmin_project_name = admin"


@pytest.mark.parametrize(
    ("log", "stays", "said"),
    [
        (None, ["tempest-mine", "tempest-theirs"], "the run has no log that names what it made"),
        ("POST servers tempest-mine\n", ["tempest-theirs"], None),
    ],
)
def test_of_all_projects_only_what_the_runs_log_names_goes(
    cloud: LivingCloud,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    log: str | None,
    stays: list[str],
    said: str | None,
) -> None:
    folder = begun(cloud, tmp_path, ROOT)
    other = cloud.person("eve", "eve", "member")
    if log is not None:
        (folder / "suite" / "tempest.log").write_text(log)
    for name in ("tempest-mine", "tempest-theirs"):
        cloud.add(SERVERS, name, tenant_id=other)
    assert clean_up(RunFolder(folder), listener(Console())) == said
    assert ("removed what was left in the run's projects: 1 server" in capsys.readouterr().err) is (said is None)
    assert cloud.names(SERVERS) == stays


def test_only_the_projects_of_some_users_are_cleaned_while_others_run(cloud: LivingCloud, tmp_path: Path) -> None:
    projects = [cloud.person(name, name, "member") for name in ("ann", "bob")]
    folder = begun(cloud, tmp_path, "use_dynamic_credentials = false")
    for project in projects:
        cloud.add(SERVERS, f"of-{project}", tenant_id=project)
    ann = read_accounts(folder / "suite" / "accounts.yaml")[:1]
    assert clean_users(RunFolder(folder), ann) is None
    assert cloud.names(SERVERS) == [f"of-{projects[1]}"]


def test_what_the_list_of_an_earlier_run_names_goes_before_the_next_one(
    cloud: LivingCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    projects = [cloud.person(name, name, "member", "SwiftOperator") for name in ("ann", "bob")]
    first, second = runs_home() / "20261127-120000-a-0a1b", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir(parents=True)
    begun(cloud, first, "use_dynamic_credentials = false")
    cloud.swift = {projects[0]: {"left": {"one": "2099-01-01T10:00:00"}}, projects[1]: {}}
    assert not InventoryAfter(RunFolder(first)).keep("first", ignore)
    cloud.swift[projects[1]]["precious"] = {}
    begun(cloud, second, "use_dynamic_credentials = false")
    before = InventoryBefore(RunFolder(second)).keep(listener(Console()))
    assert capsys.readouterr().err == (
        "certmark: removed what earlier runs had left in the run's projects: 1 object, 1 container\n"
    )
    assert cloud.swift == {projects[0]: {}, projects[1]: {"precious": {}}}
    assert before.unknown is None
    assert before.unclean == {"bob"}
    (said,) = before.circumstances
    assert said.startswith("what earlier runs had left in its projects was removed before the first test")


def test_an_inventory_that_cannot_be_had_is_said(
    cloud: LivingCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.person("ann", "ann", "member")
    cloud.person("bob", "bob", "member")
    folder = begun(cloud, tmp_path, "use_dynamic_credentials = false")
    (folder / "suite" / "accounts.yaml").write_text("[")
    before = InventoryBefore(RunFolder(folder)).keep(listener(Console()))
    assert before.unknown is not None
    assert "what the run's projects held before is not known, so what it leaves cannot be removed" in (
        capsys.readouterr().err
    )


def test_without_an_inventory_nothing_is_removed_and_it_is_said(cloud: LivingCloud, tmp_path: Path) -> None:
    project = cloud.person("ann", "ann", "member")
    cloud.person("bob", "bob", "member")
    folder = begun(cloud, tmp_path, "use_dynamic_credentials = false")
    (folder / INVENTORY).unlink()
    cloud.add(SERVERS, "left", tenant_id=project)
    assert clean_up(RunFolder(folder), listener(Console())) == "what they held before the run is not known"
    assert cloud.names(SERVERS) == ["left"]


def test_a_quota_that_a_killed_test_set_is_taken_back(cloud: LivingCloud, tmp_path: Path) -> None:
    projects = [
        cloud.person(name, name, *roles)
        for name, roles in (("ann", ["SwiftOperator"]), ("bob", ["SwiftOperator", "ResellerAdmin"]))
    ]
    cloud.quotas[projects[1]] = "1000000"
    folder = begun(cloud, tmp_path, "use_dynamic_credentials = false")
    cloud.quotas[projects[0]] = "20"
    assert clean_up(RunFolder(folder), listener(Console())) is None
    assert cloud.quotas == {projects[1]: "1000000"}


@pytest.mark.parametrize("verb", ["leftovers", "discover"])
def test_what_changes_a_cloud_is_refused_while_it_is_tested(
    cloud: LivingCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
    monkeypatch.setenv("OS_CLOUD", "living")
    project = cloud.person("ann", "ann", "member")
    cloud.person("bob", "bob", "member")
    folder = begun(cloud, tmp_path, "use_dynamic_credentials = false")
    cloud.add(SERVERS, "tempest-left", tenant_id=project)
    Journal.create(folder, RunRecord(run="r", cloud="c"), []).close()
    words = {
        "leftovers": ["--run", str(folder), "--delete", "--yes"],
        "discover": ["--create", "-o", str(tmp_path / "found")],
    }[verb]
    before = json.dumps(cloud.tables)
    capsys.readouterr()
    with cloud_tested(f"{cloud.url}/v3 RegionOne"):
        status = main(["cloud", verb, *words])
    said = capsys.readouterr().err.splitlines()[-1]
    assert (status, f"the cloud {cloud.url} is in use by process" in said) == (5, True), said
    assert json.dumps(cloud.tables) == before


def test_others_leftovers_go_only_if_a_person_says_so(
    cloud: LivingCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
    monkeypatch.setenv("OS_CLOUD", "living")
    words = ["cloud", "leftovers", "-q", "--all-projects", "--since", "2020-01-01T00:00Z"]
    cloud.add(SERVERS, "tempest-theirs", tenant_id=cloud.person("eve", "eve", "member"))
    assert main([*words, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["left"]] == ["tempest-theirs"]
    assert main([*words, "--delete", "--yes"]) == 2
    refusal = capsys.readouterr().err
    assert re.search("name --run RUN .*, or say --others-too", refusal)
    assert len(refusal.splitlines()) == 1
    assert cloud.names(SERVERS) == ["tempest-theirs"]
    list_ = tmp_path / "left.json"
    list_.write_text(json.dumps(found))
    assert main([*words[:-1], str(list_), "--delete", "--yes"]) == 0
    cloud.add(SERVERS, "tempest-more", tenant_id=cloud.admin)
    assert main([*words, "--delete", "--yes", "--others-too"]) == 0
    assert cloud.names(SERVERS) == []


SIGN_IN = "POST /v3/auth/tokens"


def test_whoever_the_doctor_signed_in_is_not_signed_in_again(cloud: LivingCloud, tmp_path: Path) -> None:
    for name in ("ann", "bob"):
        cloud.person(name, name, "member")
    folder = RunFolder(begun(cloud, tmp_path, "use_dynamic_credentials = false"))
    address = CloudAddress(f"{cloud.url}/v3", "RegionOne")
    known = [SignedInAccount(one, sign_in(one, address)) for one in read_accounts(folder.accounts)]
    plain = InventoryBefore(folder).keep(ignore).inventory
    cloud.asked.clear()
    before = InventoryBefore(folder, known).keep(ignore).inventory
    assert before is not None
    assert plain is not None
    assert before._replace(taken=plain.taken) == plain
    assert InventoryAfter(folder, known).keep("run", ignore)
    assert SIGN_IN not in cloud.asked


def test_only_the_very_account_is_signed_in_already(cloud: LivingCloud, tmp_path: Path) -> None:
    for name in ("ann", "bob"):
        cloud.person(name, name, "member")
    folder = RunFolder(begun(cloud, tmp_path, "use_dynamic_credentials = false"))
    ann, bob = read_accounts(folder.accounts)
    client = sign_in(ann, CloudAddress(f"{cloud.url}/v3", "RegionOne"))
    other = ann._replace(document={**ann.document, "password": "wrong"})
    cloud.asked.clear()
    found = parties_of_run(folder.configuration, known=[SignedInAccount(other, client), SignedInAccount(bob, client)])
    assert cloud.asked.count(SIGN_IN) == 1
    assert [party.client.project for party in found.parties] == ["ann", "ann"]


def test_a_token_that_was_taken_back_during_the_run_is_asked_for_anew(cloud: LivingCloud, tmp_path: Path) -> None:
    for name in ("ann", "bob"):
        cloud.person(name, name, "member")
    folder = RunFolder(begun(cloud, tmp_path, "use_dynamic_credentials = false"))
    address = CloudAddress(f"{cloud.url}/v3", "RegionOne")
    known = [SignedInAccount(one, sign_in(one, address)) for one in read_accounts(folder.accounts)]
    cloud.revoke()
    cloud.asked.clear()
    assert InventoryAfter(folder, known).keep("run", ignore)
    assert cloud.asked.count(SIGN_IN) >= len(known)

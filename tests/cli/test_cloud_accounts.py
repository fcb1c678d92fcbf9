"""certmark cloud accounts make, check and delete, on a cloud that keeps things."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.app.cloud.accounts import check as cloud_accounts_checking
from certmark.app.cloud.accounts import make as cloud_accounts_making
from certmark.cli.main import main
from certmark.cloud.leftovers import removing, suite_projects
from certmark.domain.accounts_needed import OPERATOR, RESELLER, NeededUsers, UserDemand
from certmark.formats.accounts_record import RecordFile
from certmark.runner.locks import cloud_tested
from support.living_cloud import LivingCloud, living

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
ROLES = {OPERATOR: "SwiftOperator", RESELLER: "ResellerAdmin", "identity.admin_role": "admin"}
COUNT = NeededUsers(ordinary=2, companions=("reader",), roles=("SwiftOperator",))
SERVERS = "/compute/v2.1/servers"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingCloud]:
    """Signed in to as its administrator, from a folder of its own; what tests ask for is told, not surveyed."""
    asked = UserDemand("a program: 2 tests", frozenset(), frozenset(), COUNT, ROLES)
    for module in (cloud_accounts_making, cloud_accounts_checking):
        monkeypatch.setattr(module, "users_asked_for", lambda *_: asked)
    monkeypatch.setattr(suite_projects, "SETTLING", 0.0)
    monkeypatch.setattr(removing, "_PAUSE", 0.01)
    monkeypatch.chdir(tmp_path)
    with living() as made:
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(made.clouds_yaml(tmp_path)))
        monkeypatch.setenv("OS_CLOUD", "living")
        yield made


def make(*more: str) -> int:
    return main(["cloud", "accounts", "make", "-j", "1", "--tag", "t", "-q", *more])


def delete(*more: str) -> int:
    return main(["cloud", "accounts", "delete", "accounts.yaml", "-q", *more])


def test_what_is_made_is_well_and_goes_without_a_trace(cloud: LivingCloud, capsys: pytest.CaptureFixture[str]) -> None:
    before = (cloud.names("/v3/users"), cloud.names("/v3/projects"))
    assert make() == 0
    assert cloud.names("/v3/users") == sorted([
        "certmark-t-user1", "certmark-t-user1-reader", "certmark-t-user2", "certmark-t-user2-reader", "root"
    ])  # fmt: skip
    assert [Path(name).stat().st_mode & 0o777 for name in ("accounts.yaml", "accounts.yaml.record")] == [0o600, 0o600]
    assert main(["cloud", "accounts", "check", "accounts.yaml", "-j", "1"]) == 0
    assert "enough for 1 class at a time" in capsys.readouterr().out
    assert delete("--yes") == 0
    assert (cloud.names("/v3/users"), cloud.names("/v3/projects")) == before
    assert not Path("accounts.yaml").exists()
    assert delete("--yes") == 0


def test_accounts_are_neither_made_nor_deleted_while_the_cloud_is_tested(
    cloud: LivingCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    with cloud_tested(f"{cloud.url}/v3 RegionOne"):
        assert make() == 5
    assert make() == 0
    users = cloud.names("/v3/users")
    with cloud_tested(f"{cloud.url}/v3 RegionOne"):
        assert delete("--yes") == 5
    said = capsys.readouterr().err
    assert said.count(f"certmark: the cloud {cloud.url} is in use by process") == 2
    assert cloud.names("/v3/users") == users


def test_a_dry_run_makes_nothing(cloud: LivingCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert make("--dry-run", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["username"] for one in told["users"]] == [
        "certmark-t-user1", "certmark-t-user2", "certmark-t-user1-reader", "certmark-t-user2-reader"
    ]  # fmt: skip
    assert {line for line in cloud.asked if not line.startswith("GET ")} == {"POST /v3/auth/tokens"}
    assert not list(Path().glob("accounts*"))


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(1, 7))
def test_a_make_that_was_killed_goes_on_and_nothing_is_made_twice(
    cloud: LivingCloud, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    made = RecordFile.made
    calls = 0

    def killed(*words: str) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            raise KeyboardInterrupt
        made(*words)  # type: ignore[arg-type]  # as it came

    with monkeypatch.context() as patched:
        patched.setattr(RecordFile, "made", killed)
        assert make() == 128 + signal.SIGINT
    assert not Path("accounts.yaml").exists()
    assert make() == 0
    assert len(cloud.names("/v3/users")) == 5
    assert len(cloud.names("/v3/projects")) == 3
    assert main(["cloud", "accounts", "check", "accounts.yaml"]) == 0
    assert delete("--yes") == 0
    assert (cloud.names("/v3/users"), cloud.names("/v3/projects")) == (["root"], ["admin"])


def test_an_ordinary_user_is_told_what_to_ask_for(
    cloud: LivingCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.person("ann", "ann", "member")
    cloud.clouds_yaml(tmp_path, "ann", "ann")
    assert make() == 5
    out, err = capsys.readouterr()
    assert "openstack role add --user certmark-t-user2 --project certmark-t-user2 SwiftOperator" in out
    assert len(err.splitlines()) == 1
    assert "ask the cloud's operator for the users in the table" in err
    assert not list(Path().glob("accounts*"))


def test_a_check_says_what_is_missing(cloud: LivingCloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.person("ann", "ann", "member", "SwiftOperator")
    cloud.person("bob", "ann", "member")
    cloud.person("eve", "eve", "member", "SwiftOperator")
    people = (("ann", "ann", "right"), ("bob", "ann", "right"), ("eve", "eve", "no"))
    entries = [
        {"username": name, "password": password, "project_name": project, "roles": ["member"]}
        for name, project, password in people
    ]
    Path("mine.yaml").write_text(json.dumps(entries))
    assert main(["cloud", "accounts", "check", "mine.yaml", "-j", "2", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(one["user"], one["signs_in"], one["faults"]) for one in told["accounts"]] == [
        ("ann", True, []),
        ("bob", True, ["it lacks the role SwiftOperator", "it may not own containers"]),
        ("eve", False, []),
    ]
    assert told["missing"] == [
        "2 ordinary users share the project ann; give each its own",
        "2 classes at a time need 4 ordinary users in separate projects, and only 1 can be used",
        "1 of 1 project has no user with only the role reader",
    ]
    assert told["most_workers"] == 0


def test_what_is_left_in_the_projects_is_shown_and_goes_with_them(
    cloud: LivingCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make() == 0
    project = cloud.named("/v3/projects", "certmark-t-user1") or ""
    cloud.add(SERVERS, "left", tenant_id=project)
    cloud.add(SERVERS, "somebody's", tenant_id=cloud.admin)
    assert delete("--yes") == 0
    assert "server left" in capsys.readouterr().out
    assert cloud.names(SERVERS) == ["somebody's"]


def test_a_project_that_cannot_be_emptied_stays_until_it_can(
    cloud: LivingCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make() == 0
    server = cloud.add(SERVERS, "left", tenant_id=cloud.named("/v3/projects", "certmark-t-user1"))
    cloud.refuses[f"DELETE {SERVERS}/{server}"] = 403
    assert delete("--yes") == 1
    assert "its project is not empty" in capsys.readouterr().out
    assert cloud.names("/v3/projects") == ["admin", "certmark-t-user1"]
    monkeypatch.delitem(cloud.refuses, f"DELETE {SERVERS}/{server}")
    assert delete("--yes") == 0
    assert cloud.names("/v3/projects") == ["admin"]


def test_what_it_did_not_make_is_refused(cloud: LivingCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert make() == 0
    user = cloud.named("/v3/users", "certmark-t-user1") or ""
    cloud.tables["/v3/users"][user]["description"] = "somebody's own"
    assert delete("--yes") == 5
    assert "is not what the record says" in capsys.readouterr().err
    assert len(cloud.names("/v3/users")) == 5


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["make", "--tag", "Ä"], "--tag takes up to 20 small letters"),
        (["make", "--out", "given.yaml"], "was not made by this command"),
        (["make", "--out", "nowhere/a.yaml"], "there is no folder"),
        (["delete", "nothing.yaml"], "there is no file nothing.yaml"),
        (["delete", "given.yaml", "--yes"], "has no record beside it"),
    ],
)
def test_usage_is_said_in_one_sentence(
    cloud: LivingCloud, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    Path("given.yaml").write_text("[]")
    assert main(["cloud", "accounts", *words]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert cloud.asked == []


def test_no_password_is_shown_or_put_on_record(cloud: LivingCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert make() == 0
    assert main(["cloud", "accounts", "make", "-j", "1"]) == 0
    shown = "".join(capsys.readouterr()) + Path("accounts.yaml.record").read_text()
    passwords = [one["password"] for one in cloud.tables["/v3/users"].values() if one["name"] != "root"]
    assert len(set(passwords)) == 4
    assert [password for password in passwords if password in shown] == []

"""What the verbs of `certmark cloud` write as JSON keeps to the schemas that ship along."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from certmark.app.cloud.accounts import check, make
from certmark.cli.main import main
from certmark.cloud.leftovers import removing, suite_projects
from certmark.domain.accounts_needed import OPERATOR, RESELLER, NeededUsers, UserDemand
from support.fake_cloud import PROJECT, Answer, FakeCloud, serving
from support.living_cloud import LivingCloud, living

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
Said = Callable[..., dict[str, Any]]
SERVERS = "/compute/v2.1/servers"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """What a verb writes with --json, held against the schema of its format."""

    def ran(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        main(["cloud", *words, "--json", "-q"])
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        schema = json.loads((files("certmark.data") / "schemas" / "output" / f"{document['format']}.json").read_bytes())
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)
        return document

    return ran


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCloud]:
    """A cloud of object storage, from a folder of its own."""
    monkeypatch.chdir(tmp_path)
    with serving() as cloud:
        cloud.keystone(("object-store", f"/v1/AUTH_{PROJECT}"), ("instance-ha", "/ha"), roles=("member",))
        cloud.answers["GET /info"] = Answer({"swift": {"version": "2.37.4"}, "slo": {}})
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
        monkeypatch.setenv("OS_CLOUD", "fake")
        monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path / "cache"))
        yield cloud


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingCloud]:
    """A cloud that keeps things, signed in to as its administrator; what tests ask for is told, not surveyed."""
    roles = {OPERATOR: "SwiftOperator", RESELLER: "ResellerAdmin", "identity.admin_role": "admin"}
    asked = UserDemand(
        "a program: 2 tests", frozenset(), frozenset(), NeededUsers(ordinary=2, companions=("reader",)), roles
    )
    for module in (make, check):
        monkeypatch.setattr(module, "users_asked_for", lambda *_: asked)
    monkeypatch.setattr(suite_projects, "SETTLING", 0.0)
    monkeypatch.setattr(removing, "_PAUSE", 0.01)
    monkeypatch.chdir(tmp_path)
    with living() as made:
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(made.clouds_yaml(tmp_path)))
        monkeypatch.setenv("OS_CLOUD", "living")
        yield made


def test_the_doctor_keeps_to_its_schema_however_far_it_came(said: Said, storage: FakeCloud) -> None:
    assert said("doctor", "-p", "object", "--no-suite")["tests"] > 0
    assert said("doctor", "-p", "object", "--offline-suite")["findings"]
    storage.answers["POST /v3/auth/tokens"] = Answer({"error": {"code": 401}}, 401)
    assert (told := said("doctor", "-p", "object", "--no-suite"))["fatal"]
    assert told["tests"] is None


@pytest.mark.usefixtures("storage")
def test_discovery_keeps_to_its_schemas(said: Said) -> None:
    assert said("discover")["written"] == []
    assert len(said("discover", "--out", "made")["written"]) == 2
    assert said("discover", "--diff", "made/tempest.conf")["format"] == "certmark-discovery-comparison"


def test_accounts_keep_to_their_schemas(said: Said, cloud: LivingCloud) -> None:
    wanted = ("-j", "1")
    assert not said("accounts", "make", "--dry-run", *wanted)["made"]
    assert said("accounts", "make", *wanted)["record"] == "accounts.yaml.record"
    assert said("accounts", "check", "accounts.yaml", *wanted)["most_workers"] == 1
    assert len(said("accounts", "delete", "accounts.yaml", "--dry-run")["would_remove"]) == 6
    cloud.add(SERVERS, "left", tenant_id=cloud.named("/v3/projects", "certmark-t-user1"))
    assert said("accounts", "delete", "accounts.yaml", "--yes")["complete"]
    assert said("accounts", "delete", "accounts.yaml", "--yes")["removed_from_projects"] == []


def test_what_an_operator_is_asked_for_keeps_to_the_schema(said: Said, cloud: LivingCloud, tmp_path: Path) -> None:
    cloud.person("ann", "ann", "member")
    cloud.clouds_yaml(tmp_path, "ann", "ann")
    assert not said("accounts", "make", "-j", "1")["made"]


def test_leftovers_keep_to_their_schemas(said: Said, cloud: LivingCloud, tmp_path: Path) -> None:
    ann = cloud.person("ann", "ann", "member", "SwiftOperator")
    cloud.clouds_yaml(tmp_path, "ann", "ann")
    cloud.add(SERVERS, "precious", tenant_id=ann)
    assert len(said("leftovers", "--save", "before.json")["held"]) == 1
    cloud.add(SERVERS, "tempest-new", tenant_id=ann)
    cloud.add(SERVERS, "somebody's", tenant_id=ann)
    left = said("leftovers", "--since", "before.json")
    assert len(left["left"]) == 2
    Path("left.json").write_text(json.dumps(left))
    assert said("leftovers", "--since", "left.json")["began"] is None
    assert len(said("leftovers", "--since", "left.json", "--delete", "--yes")["removed"]) == 1

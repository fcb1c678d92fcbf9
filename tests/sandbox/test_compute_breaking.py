from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from certmark.sandbox import keystone
from certmark.sandbox.compute import profile
from certmark.sandbox.compute.profile import breakages
from certmark.sandbox.compute.seed import PRIMARY, READERS, write_clients
from certmark.sandbox.identity import SandboxUser
from certmark.sandbox.state import Sandbox
from sandbox.compute_parts import a_sandbox


class Recorder:
    """Keystone and Nova: both only keep what they are told."""

    said: list[tuple[str, ...]]

    def __init__(self, _: Sandbox) -> None:
        pass

    def project(self, name: str) -> str:
        return f"id of {name}"

    def revoke(self, person: SandboxUser, role: str) -> None:
        self.said.append(("revoke", person.name, role))

    def remove_user(self, name: str) -> None:
        self.said.append(("remove", name))

    def ask(self, method: str, service: str, path: str, body: object = None) -> None:
        self.said.append((method, service, path, str(body)))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr(Recorder, "said", told, raising=False)
    for module in (profile, keystone):
        monkeypatch.setattr(module, "KeystoneAdmin", Recorder)
    monkeypatch.setattr(profile, "Cloud", Recorder)
    monkeypatch.setattr(profile, "make_people", lambda _: told.append(("people", "again")))
    return told


FAULTS = {breakage.name: breakage for breakage in breakages()}


def test_quota_is_set_to_no_server_and_given_back(tmp_path: Path, said: list[tuple[str, ...]]) -> None:
    sandbox = a_sandbox(tmp_path)
    FAULTS["quota"].do(sandbox)
    FAULTS["quota"].undo(sandbox)
    path = "/os-quota-sets/id of tempest1"
    assert [line for line in said if line[2] == path] == [
        ("PUT", "nova", path, "{'quota_set': {'instances': 0}}"),
        ("DELETE", "nova", path, "None"),
    ]


def test_role_takes_the_role_of_every_member(tmp_path: Path, said: list[tuple[str, ...]]) -> None:
    FAULTS["role"].do(a_sandbox(tmp_path))
    assert [line[1] for line in said] == ["demo", *(person.name for person in PRIMARY)]
    assert {line[2] for line in said} == {"member"}


def test_account_removes_one_user_that_accounts_yaml_still_names(tmp_path: Path, said: list[tuple[str, ...]]) -> None:
    sandbox = a_sandbox(tmp_path)
    write_clients(sandbox)
    FAULTS["account"].do(sandbox)
    assert said == [("remove", "tempest1")]
    assert "tempest1" in {account["username"] for account in accounts(sandbox)}


def test_reader_removes_the_readers_from_cloud_and_file_and_undo_brings_them_back(
    tmp_path: Path, said: list[tuple[str, ...]]
) -> None:
    sandbox = a_sandbox(tmp_path)
    FAULTS["reader"].do(sandbox)
    assert said == [("remove", person.name) for person in READERS]
    assert {role for account in accounts(sandbox) for role in account["roles"]} == {"member"}
    FAULTS["reader"].undo(sandbox)
    assert {role for account in accounts(sandbox) for role in account["roles"]} == {"member", "reader"}
    assert said[-1] == ("people", "again")


def accounts(sandbox: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(sandbox.path("accounts.yaml").read_text(encoding="utf-8"))
    return found

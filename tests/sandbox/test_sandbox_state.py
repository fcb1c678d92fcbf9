from __future__ import annotations

import json
from pathlib import Path

import pytest

from certmark.domain.advice import Action, Advice
from certmark.sandbox.errors import NotASandbox, SandboxError
from certmark.sandbox.state import RECORD, Sandbox, write_private


def test_what_is_recorded_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    made = Sandbox.create(tmp_path / "s", "object-storage")
    made.record_ports({"keystone": 15000})
    made.record_done("rings", ["keystone"])
    made.record_broken(["role"])
    password = made.secret("admin")
    again = Sandbox.open(tmp_path / "s")
    assert (again.profile, again.ports, again.broken, again.secret("admin")) == (
        "object-storage",
        {"keystone": 15000},
        ("role",),
        password,
    )
    assert again.is_done("rings", ["keystone"])


def test_a_step_is_not_done_once_a_port_that_it_depends_on_moved(sandbox: Sandbox) -> None:
    sandbox.record_ports({"a": 1, "b": 2})
    sandbox.record_done("step", ["a"])
    sandbox.record_ports({"b": 3})
    assert sandbox.is_done("step", ["a"])
    sandbox.record_ports({"a": 4})
    assert not sandbox.is_done("step", ["a"])


def test_passwords_are_random_and_for_the_owner_only(sandbox: Sandbox) -> None:
    first, second = sandbox.secret("a"), sandbox.secret("b")
    assert first != second
    assert (len(first), sandbox.secret("a")) == (32, first)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in sandbox.folder.iterdir()}
    assert (modes["secrets.json"], modes[RECORD], modes["conf"], modes["log"]) == ("0o600", "0o600", "0o700", "0o700")


def test_a_private_file_replaces_one_that_others_could_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), oct(path.stat().st_mode & 0o777), list(tmp_path.iterdir())) == ("new", "0o600", [path])


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(NotASandbox, match="is not empty and is no sandbox"):
        Sandbox.create(tmp_path, "object-storage")
    with pytest.raises(NotASandbox, match="is no sandbox"):
        Sandbox.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_sandbox_keeps_its_profile(tmp_path: Path) -> None:
    Sandbox.create(tmp_path / "s", "object-storage")
    with pytest.raises(SandboxError, match="has the profile object-storage, not compute") as caught:
        Sandbox.create(tmp_path / "s", "compute")
    assert caught.value.advice == Advice(Action.NAME_OTHER_FOLDER)


DAMAGED = {
    "cut off": '{"format": "cert',
    "a list": "[]",
    "another version": json.dumps({"format": "certmark-sandbox-9"}),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_record_is_told_in_a_sentence(case: str, tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text(DAMAGED[case])
    with pytest.raises(SandboxError, match=r"sandbox\.json is ") as caught:
        Sandbox.open(tmp_path)
    assert caught.value.advice == Advice(Action.CLEAR_SANDBOX)


def test_a_start_that_was_killed_before_the_first_record_goes_on(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    assert Sandbox.create(tmp_path, "object-storage").profile == "object-storage"

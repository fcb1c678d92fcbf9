from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from certmark.sandbox import processes
from certmark.sandbox.compute import databases
from certmark.sandbox.compute.databases import prepare_databases
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.processes import Process
from certmark.sandbox.state import Sandbox
from sandbox.compute_parts import a_sandbox


class Machine:
    """A machine on which every command succeeds at once, unless it is told to fail."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.failing = ""
        self.starts = True
        self.stopped: list[str] = []

    def run(self, sandbox: Sandbox, name: str, command: Sequence[str]) -> None:
        self.ran.append(name)
        if name == "mariadb-install":
            place = next(Path(word.partition("=")[2]) for word in command if word.startswith("--datadir="))
            place.mkdir()
            (place / "tables").write_text("migrated", encoding="utf-8")
            (place / "pid").touch()
        if name == self.failing:
            sandbox.path("log", f"{name}.log").touch()
            raise SandboxError(f"{name} failed")

    def start(self, _: Sandbox, name: str, command: Sequence[str]) -> Process:
        assert any(word.startswith("--init-file=") for word in command)
        return Process(name, 1, "then")

    def stop(self, _: Sandbox, stopped: Sequence[Process], patience: float) -> None:
        assert patience
        self.stopped += [process.name for process in stopped]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()
    for name in ("run", "start", "stop"):
        monkeypatch.setattr(processes, name, getattr(found, name))
    monkeypatch.setattr(processes, "is_running", lambda _: found.starts)
    monkeypatch.setattr(databases, "answers_tcp", lambda _: found.starts)
    monkeypatch.setattr(databases, "_digest", lambda: "1234")
    return found


def kept(sandbox: Sandbox) -> list[str]:
    return sorted(path.name for path in sandbox.environment.parent.glob("databases-*"))


def test_databases_are_made_once_and_copied_from_then_on(tmp_path: Path, machine: Machine) -> None:
    first = a_sandbox(tmp_path)
    prepare_databases(first)
    made = list(machine.ran)
    assert made[0] == "mariadb-install"
    assert {f"{name}-migration" for name in ("keystone", "nova", "neutron", "cinder", "glance", "placement")} < set(
        made
    )
    assert machine.stopped == ["mariadb-making"]
    (first.path("data", "mariadb") / "tables").write_text("changed", encoding="utf-8")

    prepare_databases(first)
    assert machine.ran == made
    assert [path.name for path in first.path("data", "mariadb").iterdir()] == ["tables"]
    assert (first.path("data", "mariadb") / "tables").read_text(encoding="utf-8") == "migrated"
    assert kept(first) == ["databases-1234"]


def test_a_failed_migration_leaves_nothing_that_counts_as_made(tmp_path: Path, machine: Machine) -> None:
    sandbox = a_sandbox(tmp_path)
    machine.failing = "neutron-migration"
    with pytest.raises(SandboxError, match="neutron-migration failed"):
        prepare_databases(sandbox)
    assert kept(sandbox) == ["databases-1234.new"]
    assert machine.stopped == ["mariadb-making"]

    machine.failing = ""
    prepare_databases(sandbox)
    assert kept(sandbox) == ["databases-1234"]


def test_a_server_that_does_not_start_is_said_with_its_last_word(tmp_path: Path, machine: Machine) -> None:
    sandbox = a_sandbox(tmp_path)
    machine.starts = False
    sandbox.path("log", "mariadb-making.log").write_text("no space\n", encoding="utf-8")
    with pytest.raises(SandboxError, match="MariaDB does not start: no space"):
        prepare_databases(sandbox)


def test_novas_cells_keep_no_address_of_one_sandbox() -> None:
    steps: Callable[[], tuple[tuple[str, ...], ...]] = databases._nova_steps  # noqa: SLF001 - the fact itself
    words = " ".join(word for step in steps() for word in step)
    assert "127.0.0.1" not in words
    assert words.count("{scheme}://{username}:{password}@{hostname}:{port}") == 3

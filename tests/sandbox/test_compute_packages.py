from __future__ import annotations

import os

import pytest

from certmark.sandbox.compute import services
from certmark.sandbox.compute.services import demand_packages, missing_packages
from certmark.sandbox.errors import SandboxError

CASES = {
    "all of them": ((), "packages mariadb-server, rabbitmq-server and memcached"),
    "two": (("memcached",), "packages mariadb-server and rabbitmq-server"),
    "one": (("memcached", "rabbitmq-server", "epmd"), "package mariadb-server"),
    "a part of one": (("memcached", "rabbitmq-server", "epmd", "mariadbd"), "package mariadb-server"),
}


@pytest.mark.parametrize(("installed", "said"), CASES.values(), ids=CASES.keys())
def test_missing_packages_are_named_with_the_command_that_installs_them(
    monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr(services, "_find_program", lambda name: name if name in installed else None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxError) as refused:
        demand_packages()
    names = " ".join(missing_packages())
    assert f"needs the Debian {said};" in str(refused.value)
    assert f"sudo apt-get install --no-install-recommends {names} (" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_root_needs_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_find_program", lambda _: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SandboxError, match="install with: apt-get install"):
        demand_packages()


def test_nothing_is_said_where_all_programs_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_find_program", lambda name: f"/usr/bin/{name}")
    demand_packages()
    assert missing_packages() == ()


def test_a_program_that_is_not_there_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_find_program", lambda _: None)
    assert services.program("mariadbd") == "mariadbd"

from __future__ import annotations

import os
from pathlib import Path

import pytest

from certmark.sandbox import ports
from certmark.sandbox.compute.config import DATA, PORTS
from certmark.sandbox.compute.profile import PROFILE
from certmark.sandbox.lifecycle import find_profile
from certmark.sandbox.ports import Claims, outgoing_from
from certmark.sandbox.state import Sandbox
from sandbox.compute_parts import a_sandbox

WHOLE = Path(DATA).parent / "compute.txt"


def test_the_profile_is_found_by_its_name() -> None:
    assert find_profile("compute") is PROFILE


def test_every_part_stands_after_what_it_needs() -> None:
    seen: set[str] = set()
    for part in PROFILE.parts:
        assert set(part.needs) <= seen, part.name
        seen.add(part.name)


def test_every_port_has_one_service_that_listens_on_it() -> None:
    listened = [port for service in PROFILE.services for port in service.ports]
    assert sorted(listened) == sorted(PORTS)


def test_ports_lie_below_those_that_the_kernel_hands_out() -> None:
    assert 1024 <= min(PORTS.values()) <= max(PORTS.values()) < outgoing_from("32768\t60999\n")
    assert len(set(PORTS.values())) == len(PORTS)


def test_where_the_kernel_hands_out_more_ports_the_cloud_s_lie_below_those_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "outgoing_from", lambda: 12_000)
    monkeypatch.setattr(ports, "can_listen", lambda _: True)
    sandbox = Sandbox.create(tmp_path / "new", PROFILE.name)
    with Claims() as claims:
        ports.choose_ports(sandbox, PROFILE, lambda _: None, claims)
    assert sandbox.ports.keys() == PORTS.keys()
    assert 1024 <= min(sandbox.ports.values()) <= max(sandbox.ports.values()) < 12_000
    assert len(set(sandbox.ports.values())) == len(PORTS)


@pytest.mark.parametrize("service", PROFILE.services, ids=lambda service: service.name)
def test_a_command_names_no_password_and_listens_on_loopback_only(tmp_path: Path, service: object) -> None:
    assert isinstance(service, type(PROFILE.services[0]))
    sandbox = a_sandbox(tmp_path)
    secret = sandbox.secret("mariadb")
    words = " ".join(service.command(sandbox))
    assert secret not in words
    assert "0.0.0.0" not in words  # noqa: S104 - looked for, not listened on


@pytest.mark.parametrize(("account", "told"), [(0, True), (1000, False)], ids=["root", "somebody"])
def test_only_root_has_to_be_named_to_the_servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: int, *, told: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: account)
    sandbox = a_sandbox(tmp_path)
    commands = {service.name: service.command(sandbox) for service in PROFILE.services}
    assert ("--user=root" in commands["mariadb"]) is told
    assert (commands["memcached"][1:3] == ("-u", "root")) is told


def test_the_lock_pins_every_package_with_hashes_and_the_release_asked_for() -> None:
    lines = WHOLE.read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0]: line.split("==")[1].split()[0] for line in lines if "==" in line[:60]}
    asked = [line for line in (WHOLE.with_suffix(".in")).read_text(encoding="utf-8").splitlines() if "==" in line]
    assert {name: pinned[name] for name in (line.split("==")[0] for line in asked)} == dict(
        line.split("==") for line in asked
    )
    starts = [number for number, line in enumerate(lines) if line[:1].isalnum()]
    assert len(starts) == len(pinned) > len(asked) > 0
    assert [lines[number] for number in starts if "--hash=sha256:" not in lines[number + 1]] == []

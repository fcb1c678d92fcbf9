from __future__ import annotations

import configparser
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from certmark.cli.options.sandbox import PROFILES
from certmark.sandbox.clients import write_accounts, write_clouds
from certmark.sandbox.environment import digest_of, home_of, is_whole
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.executor import all_needs
from certmark.sandbox.faults import breakable
from certmark.sandbox.identity import SandboxUser
from certmark.sandbox.lifecycle import find_profile, profile_names
from certmark.sandbox.object_storage import ACCOUNTS, DEMO, PRIMARY, PROFILE, READERS
from certmark.sandbox.ports import outgoing_from
from certmark.sandbox.profiles import DATA, SandboxService, SetupStep, render, wsgi
from certmark.sandbox.state import Sandbox

PORTS = {"keystone": 15000, "swift": 18080, "swift-object": 16200, "swift-container": 16201, "swift-account": 16202}


@pytest.fixture
def ready(sandbox: Sandbox) -> Sandbox:
    sandbox.record_ports(PORTS)
    return sandbox


def step(name: str) -> SetupStep:
    return next(part for part in PROFILE.steps if part.name == name)


def service(name: str) -> SandboxService:
    return next(part for part in PROFILE.services if part.name == name)


def test_the_command_line_offers_just_the_profiles_that_there_are() -> None:
    assert profile_names() == PROFILES
    assert [find_profile(name).name for name in PROFILES] == list(PROFILES)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_consistent(name: str) -> None:
    profile = find_profile(name)
    names = [part.name for part in profile.parts]
    assert len(set(names)) == len(names)
    assert list(all_needs(profile)) == names  # everything after what it needs, else a KeyError
    assert {port for part in profile.parts for port in part.ports} <= set(profile.ports)
    assert (DATA / profile.lock).is_file()
    assert 1024 <= min(profile.ports.values()) <= max(profile.ports.values()) < outgoing_from("32768\t60999\n")
    assert set(breakable(profile)) >= {service.name for service in profile.services}


def test_a_profile_that_there_is_not_is_told() -> None:
    with pytest.raises(SandboxError, match="no profile 'storage'; there are object-storage, compute"):
        find_profile("storage")


def test_every_configuration_file_can_be_parsed_and_is_private(ready: Sandbox) -> None:
    step("configuration").do(ready)
    files = [path for path in ready.path("conf").rglob("*") if path.is_file()]
    for path in files:
        assert oct(path.stat().st_mode & 0o777) == "0o600"
        if path.suffix == ".conf":
            configparser.RawConfigParser(strict=True).read_string(path.read_text())
    names = sorted(str(path.relative_to(ready.path("conf"))) for path in files)
    assert names == [
        "keystone/credential/0",
        "keystone/credential/1",
        "keystone/fernet/0",
        "keystone/fernet/1",
        "keystone/keystone.conf",
        "swift/account-server.conf",
        "swift/container-server.conf",
        "swift/object-server.conf",
        "swift/proxy-server.conf",
        "swift/swift.conf",
    ]


def test_keys_are_made_once_and_everything_stays_on_loopback(ready: Sandbox) -> None:
    step("configuration").do(ready)
    key = ready.path("conf", "keystone", "fernet", "0")
    before = key.read_text()
    step("configuration").do(ready)
    assert key.read_text() == before
    proxy = ready.path("conf", "swift", "proxy-server.conf").read_text()
    assert "bind_ip = 127.0.0.1\nbind_port = 18080" in proxy


def test_keystone_is_served_by_one_process_with_one_thread(ready: Sandbox) -> None:
    command = list(service("keystone").command(ready))
    assert command[0] == str(ready.environment / "bin" / "uwsgi")
    given = dict(pairwise(command))
    assert [given[name] for name in ("--http-socket", "--processes", "--threads", "--module")] == [
        "127.0.0.1:15000",
        "1",
        "1",
        "keystone.wsgi.api:application",
    ]
    assert wsgi(ready, "swift", "m:a", pyargv="--config-file x")[-2:] == ("--pyargv", "--config-file x")


def test_swift_finds_its_configuration_in_the_sandbox(ready: Sandbox) -> None:
    command = service("swift-object").command(ready)
    assert command[2:] == ("swift-object-server", str(ready.path("conf", "swift", "object-server.conf")), "-v")
    assert service("swift-proxy").environ(ready) == {"SWIFT_DIR": str(ready.path("conf", "swift"))}


def test_a_template_without_a_value_is_refused() -> None:
    with pytest.raises(LookupError, match=r"swift\.conf asks for @HASH_SUFFIX@"):
        render("swift.conf", {"HASH_PREFIX": "a"})


def test_no_secret_stands_in_a_command_line(ready: Sandbox) -> None:
    step("configuration").do(ready)
    words = " ".join(word for part in PROFILE.services for word in part.command(ready))
    assert [name for name in ("admin", "swift") if ready.secret(f"user {name}") in words] == []


def test_clouds_and_accounts_are_written_for_the_owner_only(ready: Sandbox) -> None:
    write_clouds(ready, DEMO)
    write_accounts(ready, [PRIMARY[0]], {"tempest1": {"network": "net"}})
    for name in ("clouds.yaml", "accounts.yaml"):
        assert oct(ready.path(name).stat().st_mode & 0o777) == "0o600"
    clouds = yaml.safe_load(ready.path("clouds.yaml").read_text())["clouds"]
    assert {name: (cloud["auth"]["username"], cloud["auth"]["auth_url"]) for name, cloud in clouds.items()} == {
        "certmark-sandbox": ("demo", "http://127.0.0.1:15000/v3"),
        "certmark-sandbox-admin": ("admin", "http://127.0.0.1:15000/v3"),
    }
    assert yaml.safe_load(ready.path("accounts.yaml").read_text()) == [
        {
            "username": "tempest1",
            "password": ready.secret("user tempest1"),
            "project_name": "tempest1",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
            "domain_name": "Default",
            "roles": ["member", "SwiftOperator"],
            "resources": {"network": "net"},
        }
    ]


def test_every_project_of_tempest_has_a_reader_beside_its_member() -> None:
    projects = [person.project for person in PRIMARY]
    assert [person.project for person in READERS] == projects
    assert len({person.name for person in ACCOUNTS}) == len(ACCOUNTS) == 18
    assert SandboxUser("a", "b", ()).secret == "user a"


def test_the_lock_pins_everything_by_digest_and_names_no_host() -> None:
    lines = (DATA / PROFILE.lock).read_text().splitlines()
    pinned = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert [line for line in pinned if "==" not in line or not line.endswith("\\")] == []
    assert not any("://" in line or line.startswith("--") for line in lines)
    assert {line.split(" ")[0] for line in pinned} >= {"keystone==29.1.0", "swift==2.37.4"}


def test_an_environment_counts_only_when_it_was_finished(tmp_path: Path) -> None:
    lock = DATA / PROFILE.lock
    cache = tmp_path
    home = home_of(lock, cache)
    assert (home.parent, home.name) == (cache / "sandbox", digest_of(lock))
    (home / "environment" / "bin").mkdir(parents=True)
    (home / "environment" / "bin" / "python").touch()
    assert not is_whole(lock, cache)
    (home / "whole").touch()
    assert is_whole(lock, cache)

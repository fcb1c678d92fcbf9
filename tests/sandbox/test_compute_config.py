from __future__ import annotations

from configparser import ConfigParser
from importlib.metadata import distributions
from pathlib import Path

import pytest

from certmark.sandbox.compute.config import DATA, PORTS, fill_template, stand_ins, write_configuration
from sandbox.compute_parts import a_sandbox

SERVICES = ("glance-api", "placement", "neutron", "nova", "cinder")


def read(path: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_logs_in_to_keystone_as_itself(tmp_path: Path, name: str) -> None:
    sandbox = a_sandbox(tmp_path)
    write_configuration(sandbox)
    user = name.removesuffix("-api")
    found = read(sandbox.path("conf", f"{name}.conf"))["keystone_authtoken"]
    assert (found["username"], found["password"]) == (user, sandbox.secret(f"user {user}"))
    assert found["auth_url"] == sandbox.auth_url
    assert found["memcached_servers"] == f"127.0.0.1:{PORTS['memcached']}"


def test_every_file_with_a_password_is_for_the_owner_only(tmp_path: Path) -> None:
    sandbox = a_sandbox(tmp_path)
    write_configuration(sandbox)
    modes = {path.name: path.stat().st_mode & 0o777 for path in sandbox.path("conf").iterdir() if path.is_file()}
    assert set(modes.values()) == {0o600}
    assert {"nova.conf", "rabbitmq.conf", "mariadb.sql"} <= set(modes)


def test_a_moved_port_is_written_at_the_next_start(tmp_path: Path) -> None:
    sandbox = a_sandbox(tmp_path)
    write_configuration(sandbox)
    sandbox.record_ports({"mariadb": 23999, "rabbitmq": 25999})
    write_configuration(sandbox)
    found = read(sandbox.path("conf", "nova.conf"))
    assert ":23999/nova?" in found["database"]["connection"]
    assert found["DEFAULT"]["transport_url"].endswith(":25999/")


def test_every_template_is_used_and_filled_whole(tmp_path: Path) -> None:
    sandbox = a_sandbox(tmp_path)
    for template in sorted((DATA / "templates").iterdir()):
        assert "$" not in fill_template(sandbox, template.name), template.name


def test_mariadb_reads_one_statement_a_line(tmp_path: Path) -> None:
    lines = fill_template(a_sandbox(tmp_path), "mariadb.sql").splitlines()
    assert [line for line in lines if not line.endswith(";")] == []


def test_the_stand_ins_are_found_as_an_installed_package(tmp_path: Path) -> None:
    sandbox = a_sandbox(tmp_path)
    write_configuration(sandbox)
    (found,) = distributions(path=[str(stand_ins(sandbox))])
    points = [(point.group, point.name, point.value) for point in found.entry_points]
    driver = "certmark_sandbox.networks:EveryPortBinds"
    assert points == [("neutron.ml2.mechanism_drivers", "certmark_sandbox", driver)]
    assert (stand_ins(sandbox) / "certmark_sandbox" / "volumes.py").is_file()

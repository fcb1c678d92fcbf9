"""The collection: real plays on this machine, with a small suite; the linters of Ansible find nothing."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from certmark.cli.run.results_folder import NAMES
from certmark.server.settings import read_settings
from support.automation import (
    AUTOMATION,
    CERTMARK,
    SECRET,
    as_variables,
    call,
    check,
    documents_in,
    offered_options,
    tool,
    toy_options,
)

pytestmark = pytest.mark.thorough  # tools of other worlds, to which our libraries' versions are nothing
plays = pytest.mark.skipif(
    not os.environ.get("CERTMARK_AUTOMATION_TESTS"),
    reason="plays take a quarter of an hour, and are for ./dev automation",
)

COLLECTION = AUTOMATION / "ansible"
ROLES = sorted((COLLECTION / "roles").iterdir())


def option_specs(role: str) -> dict[str, Any]:
    (document,) = documents_in(COLLECTION / "roles" / role / "meta" / "argument_specs.yml")
    found: dict[str, Any] = document["argument_specs"]["main"]["options"]
    return found


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_variable_is_described_and_has_the_default_that_the_description_says(role: Path) -> None:
    (defaults,) = documents_in(role / "defaults" / "main.yml")
    specs = option_specs(role.name)
    assert {name: spec["default"] for name, spec in specs.items() if not spec.get("required")} == defaults


def test_the_role_has_every_option_of_the_command() -> None:
    (known,) = documents_in(COLLECTION / "roles" / "run" / "vars" / "main.yml")
    assert set(known["certmark_run_options"]) == offered_options()
    assert {f"certmark_run_{name}" for name in offered_options()} <= set(option_specs("run"))


def test_the_linter_of_ansible_finds_nothing_in_its_strictest_profile(place: Path) -> None:
    lint = tool("ansible-lint")
    folder = place / "ansible_collections" / "certmark" / "certmark"
    homes = {"ANSIBLE_HOME": str(place / "home"), "ANSIBLE_COLLECTIONS_PATH": str(place)}
    check(lint, "--offline", "--nocolor", folder=folder, **homes)


def test_the_collection_is_built_with_the_units_that_lie_elsewhere(place: Path) -> None:
    galaxy = tool("ansible-galaxy")
    folder = place / "ansible_collections" / "certmark" / "certmark"
    check(galaxy, "collection", "build", "--output-path", place, folder=folder, ANSIBLE_HOME=str(place / "home"))
    listed = check("tar", "-tvzf", *place.glob("certmark-certmark-*.tar.gz"))
    assert re.search(r"^-.* roles/runner/files/certmark@\.service$", listed, re.MULTILINE), listed
    assert "molecule" not in listed


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder in which Ansible finds the collection."""
    folder = tmp_path / "ansible_collections" / "certmark"
    folder.mkdir(parents=True)
    (folder / "certmark").symlink_to(COLLECTION)
    return tmp_path


class Playing:
    """A play on hosts that are all this machine."""

    def __init__(self, place: Path, roles: list[str], hosts: dict[str, dict[str, Any]]) -> None:
        tool("ansible-playbook")
        self.place = place
        connection = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory = {"all": {"hosts": hosts, "vars": connection}}
        (place / "hosts.yml").write_text(yaml.safe_dump(inventory))
        names = [{"role": f"certmark.certmark.{role}"} for role in roles]
        (place / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "roles": names}]))

    def go(self, *words: str) -> tuple[int, str, dict[str, dict[str, int]]]:
        """The status, what was said, and the recap: host -> ok, changed, failed."""
        done = call(
            tool("ansible-playbook"), "-i", "hosts.yml", "play.yml", "-vvv", *words, folder=self.place,
            ANSIBLE_PIPELINING="1", ANSIBLE_COLLECTIONS_PATH=str(self.place), ANSIBLE_HOME=str(self.place / "home"), TMPDIR=str(self.place),
        )  # fmt: skip
        recap = re.findall(
            r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=0\s+failed=(\d+)", done.stdout, re.MULTILINE
        )
        return (
            done.returncode,
            done.stdout,
            {host: {"changed": int(new), "failed": int(bad)} for host, new, bad in recap},
        )


def host(place: Path, name: str, *tests: str, **more: Any) -> dict[str, Any]:
    folder = place / name
    folder.mkdir()
    options = {f"certmark_run_{key}": value for key, value in toy_options(folder, *tests).items()}
    return {
        **options,
        "certmark_run_command": CERTMARK,
        "certmark_run_results": str(folder / "results"),
        "certmark_run_environment": {"CERTMARK_HOME": str(folder / "state")},
        "certmark_run_max_age": "1d",
        "certmark_run_clouds_yaml": {"clouds": {"north": {"auth": {"password": SECRET}}}},
        "certmark_run_token": SECRET,
        **more,
    }


@plays
def test_a_play_fails_with_the_cloud_changes_nothing_twice_and_says_no_secret(place: Path) -> None:
    playing = Playing(
        place,
        ["run"],
        {
            "passes": host(place, "passes", certmark_run_fetch_to=str(place / "fetched"), certmark_run_timeout=600),
            "fails": host(place, "fails", "passing.Good.test_a", "troubles.Fails.test_fails"),
            "lies": host(place, "lies", certmark_run_command="/bin/true"),
        },
    )
    status, said, recap = playing.go()
    assert status != 0
    assert {name: one["failed"] for name, one in recap.items()} == {"passes": 0, "fails": 1, "lies": 1}, said[-4000:]
    assert "exit status 1: list: FAIL" in said
    assert {path.name for path in (place / "fetched" / "passes").iterdir()} == set(NAMES)
    assert SECRET not in said
    kept = [path for path in place.rglob("*") if path.is_file() and path.name != "hosts.yml"]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []
    _, said, recap = playing.go("--limit", "passes,fails")
    assert recap == {"passes": {"changed": 0, "failed": 0}, "fails": {"changed": 1, "failed": 1}}, said[-4000:]


@plays
def test_check_mode_runs_nothing(place: Path) -> None:
    playing = Playing(place, ["run"], {"one": host(place, "one")})
    status, said, recap = playing.go("--check")
    assert status == 0, said[-4000:]
    assert recap["one"]["failed"] == 0
    assert not (place / "one" / "results").exists()


@plays
def test_a_wrong_variable_is_refused_before_anything_is_done(place: Path) -> None:
    playing = Playing(place, ["run"], {"one": host(place, "one", certmark_run_submit="perhaps")})
    status, said, _ = playing.go()
    assert status != 0
    assert "Validating arguments" in said
    assert not (place / "one" / "results").exists()


@plays
def test_a_server_and_a_runner_are_set_up_once_and_their_secrets_are_said_nowhere(place: Path) -> None:
    playing = Playing(
        place,
        ["server", "runner"],
        {
            "one": {
                "certmark_server_service": False,
                "certmark_server_units": str(place / "units"),
                "certmark_server_config": str(place / "etc" / "server.toml"),
                "certmark_server_venv": "/srv/certmark",
                "certmark_server_settings": {
                    "public_url": "https://certmark.example.org",
                    "listen": "127.0.0.1:8300",
                    "trusted_proxies": ["127.0.0.1"],
                    "quota": 0,
                },
                "certmark_server_secrets": {"database_url": f"postgresql://c:{SECRET}@db/certmark"},
                "certmark_runner_service": False,
                "certmark_runner_units": str(place / "units"),
                "certmark_runner_folder": str(place / "etc" / "runs"),
                "certmark_runner_clouds": [
                    {
                        "name": "north",
                        "options": {"os_cloud": "north", "program": ["compute", "object"], "tag": ['a="$b"\\']},
                        "schedule": "hourly",
                    }
                ],
                "certmark_runner_secrets": {"north": {"clouds_yaml": f"password: {SECRET}", "token": SECRET}},
                "certmark_runner_orders": {"server": "https://certmark.example.org", "options": {"labels": "eu,large"}},
                "certmark_runner_orders_secrets": {"clouds_yaml": f"password: {SECRET}", "token": SECRET},
                "certmark_runner_orders_folder": str(place / "etc" / "runner"),
            }
        },
    )
    (place / "units").mkdir()
    status, said, _ = playing.go("--diff")
    assert status == 0, said[-4000:]
    assert SECRET not in said
    settings = read_settings(place / "etc" / "server.toml", {})
    assert settings.public_url == "https://certmark.example.org"
    assert settings.trusted_proxies == ("127.0.0.1",)
    assert (place / "etc" / "server.toml").stat().st_mode & 0o777 == 0o640
    units = {path.name: path.read_text() for path in (place / "units").iterdir() if path.is_file()}
    assert (
        f"ExecStart=/srv/certmark/bin/certmark-server serve --data /var/lib/certmark --config {place}/etc/server.toml"
        in units["certmark-server.service"]
    )
    assert f"EnvironmentFile={place}/etc/runs/%i.env" in units["certmark@.service"]
    options = (place / "etc" / "runner.env").read_text()
    assert options == "CERTMARK_SERVER=https://certmark.example.org\nCERTMARK_RUNNER_LABELS=eu,large\n"
    assert f"LoadCredential=runner:{place}/etc/runner\n" in units["certmark-runner.service"]
    kept = [path for path in (place / "etc" / "runner").rglob("*") if path.is_file()]
    assert {path.name: path.stat().st_mode & 0o777 for path in kept} == {"clouds.yaml": 0o600, "token": 0o600}
    runs = place / "etc" / "runs"
    assert {path.name: path.stat().st_mode & 0o777 for path in (runs / "north").iterdir()} == {
        "clouds.yaml": 0o600,
        "token": 0o600,
    }
    assert 'CERTMARK_RUN_PROGRAM="compute\nobject"\n' in (runs / "north.env").read_text()
    assert r'CERTMARK_RUN_TAG="a=\"\$b\"\\"' in (runs / "north.env").read_text()
    assert SECRET not in (runs / "north.env").read_text()
    _, _, recap = playing.go()
    assert recap["one"] == {"changed": 0, "failed": 0}


@plays
def test_variables_of_the_old_role_do_what_they_did(place: Path) -> None:
    folder = place / "one"
    folder.mkdir()
    options = toy_options(folder)
    openrc = folder / "openrc"
    variables = as_variables({"suite": options["suite"], "program": ""}) | {"CERTMARK_HOME": str(folder / "state")}
    openrc.write_text("".join(f"export {name}='{value}'\n" for name, value in variables.items()))
    playing = Playing(
        place,
        ["refstack_client"],
        {
            "one": {
                "source_credentials": str(openrc),
                "test_list": options["guideline"],
                "tempest_tag": options["tempest"],
                "upload_results": True,
                "download_artifacts": True,
                "dest_dir": str(place / "fetched"),
                "url_cirros_image": "http://example.org/cirros",
                "certmark_refstack_client_command": CERTMARK,
                "certmark_refstack_client_folder": str(folder / "work"),
                "certmark_run_suite": options["suite"],
            }
        },
    )
    status, said, _ = playing.go()
    assert status == 0, said[-4000:]
    assert {path.name for path in (place / "fetched" / "one").iterdir()} == set(NAMES)
    assert "source_credentials is certmark_run_openrc now" in said
    assert "url_cirros_image is not used" in said

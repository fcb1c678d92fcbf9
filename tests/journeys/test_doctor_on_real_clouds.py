"""The doctor on real clouds: it finds every breakage that a run would hit, and nothing on a healthy one.

Takes minutes; the first time it installs the services and the suite into Certmark's cache.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.sandbox.faults import breakable
from certmark.sandbox.lifecycle import find_profile

pytestmark = [pytest.mark.cloud, pytest.mark.enable_socket]

FOUND = {
    "quota": {"quota-objects"},
    "role": {"account-roles", "storage-forbidden"},
    "account": {"account-refused"},
    "keystone": {"sign-in-unreachable"},
    "swift-account": {"storage-account"},
    "swift-container": {"storage-container"},
    "swift-object": {"storage-object"},
    "swift-proxy": {"service-down"},
}
"""What is broken, and the fatal findings that name it."""
HARMLESS = {"reader", "swift-updater"}
"""The must-pass tests pass all the same: none acts as a reader, and none waits for an account's sums."""


class Cloud:
    """A sandbox of this module, and the command on it."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "sandbox"
        self._environment = os.environ | {
            "OS_CLIENT_CONFIG_FILE": str(self.folder / "clouds.yaml"),
            "CERTMARK_HOME": str(place / "home"),
        }

    def certmark(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "certmark", *words],
            capture_output=True, text=True, check=False, timeout=900, env=self._environment,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def sandbox(self, verb: str, *more: str) -> None:
        done = self.certmark("sandbox", verb, "--folder", str(self.folder), *more)
        assert done.returncode == 0, done.stderr

    def doctor(self, cloud: str = "certmark-sandbox") -> tuple[int, dict[str, Any]]:
        done = self.certmark("cloud", "doctor", "--os-cloud", cloud, "-p", "object", "-j", "2", "-q", "--json")
        return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    made = Cloud(tmp_path_factory.mktemp("cloud"))
    try:
        made.sandbox("up")
        yield made
    finally:
        made.certmark("sandbox", "down", "--purge", "--folder", str(made.folder))


def of(document: dict[str, Any], severity: str) -> set[str]:
    return {finding["id"] for finding in document["findings"] if finding["severity"] == severity}


@pytest.mark.parametrize("name", ["certmark-sandbox", "certmark-sandbox-admin"])
def test_a_healthy_cloud_has_neither_fatal_findings_nor_warnings(cloud: Cloud, name: str) -> None:
    status, told = cloud.doctor(name)
    assert (status, of(told, "fatal"), of(told, "warning"), told["surveyed"]) == (0, set(), set(), True)


def test_everything_that_can_be_broken_is_looked_for() -> None:
    assert set(breakable(find_profile("object-storage"))) == {*FOUND, *HARMLESS}


@pytest.mark.parametrize("broken", sorted({*FOUND, *HARMLESS}))
def test_the_doctor_finds_what_a_run_would_hit(cloud: Cloud, broken: str) -> None:
    cloud.sandbox("up", "--break", broken)
    try:
        status, told = cloud.doctor()
    finally:
        cloud.sandbox("up", "--mend")
    expected = FOUND.get(broken, set())
    assert (status, of(told, "fatal")) == (5 if expected else 0, expected)


def test_a_run_stops_on_what_is_fatal_and_leaves_no_folder(cloud: Cloud, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    cloud.sandbox("up", "--break", "role")
    try:
        done = cloud.certmark("run", "--os-cloud", "certmark-sandbox", "-p", "object", "--folder", str(folder))
    finally:
        cloud.sandbox("up", "--mend")
    assert done.returncode == 5
    assert "[storage-forbidden]" in done.stderr
    assert "--despite" in done.stderr
    assert not folder.exists()


@pytest.mark.filterwarnings("ignore")  # openstacksdk warns of its own future
def test_containers_of_an_earlier_run_are_told(cloud: Cloud) -> None:
    accounts = cloud.folder / "accounts.yaml"
    _store(cloud, accounts)
    status, told = cloud.doctor()
    found = [finding for finding in told["findings"] if finding["id"] == "leftovers-storage"]
    assert (status, [finding["where"] for finding in found]) == (0, ["project tempest1"])


def _store(cloud: Cloud, accounts: Path) -> None:
    """Make a container as the first account."""
    import openstack
    import yaml

    entry = yaml.safe_load(accounts.read_text())[0]
    entries = yaml.safe_load((cloud.folder / "clouds.yaml").read_text())["clouds"]
    auth = {
        "auth_url": entries["certmark-sandbox"]["auth"]["auth_url"],
        "user_domain_name": "Default",
        "project_domain_name": "Default",
        **{key: entry[key] for key in ("username", "password", "project_name")},
    }
    with openstack.connect(auth=auth, region_name="RegionOne") as connection:
        connection.object_store.create_container("left-behind")

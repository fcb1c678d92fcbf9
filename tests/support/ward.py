"""A cloud and a machine that the doctor examines, through the command line, and what people do about its findings."""

from __future__ import annotations

import json
import re
import shlex
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.main import main
from simulators.operable_cloud import OperableCloud, accounts
from simulators.serving import served

Finding = dict[str, Any]
TESTS = (
    "tempest.api.compute.servers.test_servers.ServersTest.test_resize_server",
    "tempest.api.compute.keypairs.test_keypairs.KeyPairsTest.test_keypair_create",
    "tempest.api.compute.security_groups.test_groups.GroupsTest.test_security_group_create",
    "tempest.api.volume.test_snapshots.SnapshotsTest.test_volume_snapshot",
    "tempest.api.volume.test_backups.BackupsTest.test_volume_backup",
    "tempest.api.network.test_routers.RoutersTest.test_router",
    "tempest.api.network.test_floating_ips.FloatingIPTest.test_floating_ip",
    "tempest.api.object_storage.test_containers.ContainersTest.test_list",
)
"""Names that make every kind of thing that the doctor knows."""
_COMMAND = re.compile(r"(?:openstack|swift|certmark|ulimit|export) .*?(?=;|, and |, then |, or |\)|$)")


class Ward:
    """`entry` is the cloud's in clouds.yaml, `people` the accounts; both are written anew for each examination."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.cloud = OperableCloud()
        self.people = accounts("one", "two", "one-reader", "two-reader")
        self.entry: dict[str, Any] = {}
        self.words = ["--no-suite"]
        """What else is said to the doctor."""
        self.gives_accounts = True
        self.kind = ""
        """Of the finding that is to be had, for those who break several things alike."""
        self._capsys = capsys
        self._stack = ExitStack()
        (folder / "tests.txt").write_text("".join(f"{name}\n" for name in TESTS), encoding="utf-8")
        for name in ("home", "cache"):
            monkeypatch.setenv(f"CERTMARK_{name.upper()}", str(folder / name))
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(folder / "clouds.yaml"))
        monkeypatch.chdir(folder)

    def serve(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        """Begin to answer, and describe the cloud as it is reached."""
        self._stack.enter_context(served(self.cloud, tls, host))
        self.entry = self.cloud.entry()

    def beside(self, tls: ssl.SSLContext | None = None) -> str:
        """The same cloud at one more address, which is given; the catalogue stays as it is."""
        url = self.cloud.url
        self._stack.enter_context(served(self.cloud, tls))
        other, self.cloud.url = self.cloud.url, url
        return other

    def close(self) -> None:
        """End the servers."""
        self._stack.close()

    def move(self, service: str, url: str) -> None:
        """Have the catalogue name another address (without a path) for a service: `openstack endpoint set --url`."""
        usual = self.cloud.catalogue()
        moved = json.loads(json.dumps(usual))
        for one in moved:
            for endpoint in one["endpoints"] if one["type"] == service else ():
                endpoint["url"] = re.sub(r"^\w+://[^/]+", url, endpoint["url"])
        self.monkeypatch.setattr(self.cloud, "catalogue", lambda: moved)

    def move_back(self) -> None:
        """Have the catalogue as it was."""
        self.monkeypatch.setattr(self.cloud, "catalogue", lambda: type(self.cloud).catalogue(self.cloud))

    def option(self, name: str, value: str | None) -> None:
        """Set what stands under `certmark.options` in clouds.yaml; None takes it away."""
        options = self.entry.setdefault("certmark", {}).setdefault("options", {})
        options[name] = value
        if value is None:
            del options[name]

    def write(self) -> None:
        """clouds.yaml and accounts.yaml as they are now."""
        document = {"clouds": {"ward": self.entry}}
        (self.folder / "clouds.yaml").write_text(json.dumps(document), encoding="utf-8")
        (self.folder / "accounts.yaml").write_text(json.dumps(self.people), encoding="utf-8")

    def examine(self) -> dict[str, Finding]:
        """The findings of `certmark cloud doctor` by id, the worst of each."""
        self.write()
        given = ["--accounts", "accounts.yaml"] if self.gives_accounts else []
        named = [] if {"--os-cloud", "--tempest-conf"} & set(self.words) else ["--os-cloud", "ward"]
        main(["cloud", "doctor", *named, *given, "-g", "tests.txt", "--json", "-q", *self.words])
        told = json.loads(self._capsys.readouterr().out)
        found: dict[str, Finding] = {}
        for finding in told["findings"]:
            found.setdefault(finding["id"], finding)
        return found

    def follow(self, finding: Finding) -> None:
        """Give the first command that the finding prints: ours to the command line, another to the cloud's operator."""
        command = commands_of(finding)[0]
        if command.startswith("certmark"):
            assert self.certmark(command) in {0, 1}, command
        else:
            self.cloud.follow(command)

    def certmark(self, command: str, *more: str) -> int:
        """The status with which a printed command of ours ends; `more` are words that a person would add."""
        self.write()
        status = main([*shlex.split(command)[1:], *more])
        self._capsys.readouterr()
        return status


def commands_of(finding: Finding) -> list[str]:
    """The commands that a finding's remedy prints."""
    return [command.strip() for command in _COMMAND.findall(finding["mend"])]

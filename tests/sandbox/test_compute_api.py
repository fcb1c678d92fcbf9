from __future__ import annotations

import http.client
import json
import os
from pathlib import Path
from typing import Any, ClassVar

import pytest

from certmark.sandbox.compute import api
from certmark.sandbox.compute.api import ApiRefusal, Cloud, host_is_up
from sandbox.compute_parts import a_sandbox

STARTED = 1_700_000_000
BEFORE, AFTER = "2023-11-14T22:13:00.000000", "2023-11-14T22:14:00.000000"


class Wire:
    """What stands in for the network: answers by path, and what was sent."""

    answers: ClassVar[dict[str, list[tuple[int, Any]]]] = {}
    sent: ClassVar[list[tuple[str, str, Any, str]]] = []

    def __init__(self, host: str, port: int, timeout: float) -> None:
        assert host == "127.0.0.1"
        assert port
        assert timeout
        self._path = ""

    def request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> None:
        self._path = url
        Wire.sent.append((method, url, body, headers["X-Auth-Token"]))
        if url not in Wire.answers:
            raise ConnectionRefusedError(111, "refused")

    def getresponse(self) -> Wire:
        left = Wire.answers[self._path]
        self.status, self._content = left.pop(0) if len(left) > 1 else left[0]
        return self

    def read(self) -> bytes:
        return self._content if isinstance(self._content, bytes) else json.dumps(self._content).encode()

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _wire(monkeypatch: pytest.MonkeyPatch) -> None:
    Wire.answers.clear()
    Wire.sent.clear()
    numbers = iter(range(100))
    monkeypatch.setattr(http.client, "HTTPConnection", Wire)
    monkeypatch.setattr(api, "log_in", lambda *_: (f"token {next(numbers)}", {}))
    monkeypatch.setattr(api, "_tokens", {})
    monkeypatch.setattr(api, "_PAUSE", 0)


def test_an_expired_token_is_replaced_once(tmp_path: Path) -> None:
    Wire.answers["/v2.1/flavors"] = [(401, b""), (200, {"flavors": []})]
    assert Cloud(a_sandbox(tmp_path)).get("nova", "/flavors") == {"flavors": []}
    assert [token for *_, token in Wire.sent] == ["token 0", "token 1"]


def test_bytes_are_sent_as_they_are_and_an_empty_answer_is_an_empty_object(tmp_path: Path) -> None:
    Wire.answers["/v2/images/1/file"] = [(204, b"")]
    assert Cloud(a_sandbox(tmp_path)).ask("PUT", "glance", "/images/1/file", b"\0\1") == {}
    assert Wire.sent == [("PUT", "/v2/images/1/file", b"\0\1", "token 0")]


def test_a_refusal_carries_the_services_own_words(tmp_path: Path) -> None:
    Wire.answers["/v2.1/flavors"] = [(500, b"no database")]
    with pytest.raises(ApiRefusal, match="nova answered GET /flavors with 500: no database"):
        Cloud(a_sandbox(tmp_path)).get("nova", "/flavors")


def test_a_service_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(ApiRefusal, match="cinder does not answer GET /types"):
        Cloud(a_sandbox(tmp_path)).get("cinder", "/types")


HOSTS: dict[str, tuple[dict[str, str | None], bool]] = {
    "it reported after its start": ({"state": "up", "updated_at": AFTER}, True),
    "the report is of its predecessor": ({"state": "up", "updated_at": BEFORE}, False),
    "it never reported": ({"state": "up", "updated_at": None}, False),
    "it is down": ({"state": "down", "updated_at": AFTER}, False),
}


@pytest.mark.parametrize(("service", "up"), HOSTS.values(), ids=HOSTS.keys())
def test_a_worker_is_up_when_it_has_reported_since_its_start(
    tmp_path: Path, service: dict[str, str | None], *, up: bool
) -> None:
    sandbox = a_sandbox(tmp_path)
    record = sandbox.path("run", "cinder-volume.json")
    record.touch()
    os.utime(record, (STARTED, STARTED))
    Wire.answers["/v3/os-services?binary=cinder-volume"] = [(200, {"services": [service]})]
    assert host_is_up(sandbox, "cinder-volume") is up


@pytest.mark.parametrize(("hypervisors", "up"), [([], False), ([{"id": 1}], True)], ids=["unmapped", "mapped"])
def test_nova_compute_is_up_only_when_the_scheduler_can_see_it(
    tmp_path: Path, hypervisors: list[object], *, up: bool
) -> None:
    sandbox = a_sandbox(tmp_path)
    record = sandbox.path("run", "nova-compute.json")
    record.touch()
    os.utime(record, (STARTED, STARTED))
    told = {"services": [{"state": "up", "updated_at": AFTER}]}
    Wire.answers["/v2.1/os-services?binary=nova-compute"] = [(200, told)]
    Wire.answers["/v2.1/os-hypervisors"] = [(200, {"hypervisors": hypervisors})]
    assert host_is_up(sandbox, "nova-compute") is up


def test_a_worker_whose_api_is_away_is_not_up(tmp_path: Path) -> None:
    assert not host_is_up(a_sandbox(tmp_path), "nova-conductor")

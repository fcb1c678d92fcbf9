"""The doctor at a cloud that answers most of the time ends in time, and blames nothing that a repeat answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.main import main
from simulators import faults
from simulators.openstack_cloud import PASSWORD, PROJECT, Fault, OpenStackCloud, Reply, Request
from simulators.serving import clouds_yaml, served

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]


def doctored(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *given: Fault
) -> Mapping[str, Any]:
    """What the doctor says of a cloud with these faults."""
    cloud = OpenStackCloud(faults=given)
    monkeypatch.setenv("CERTMARK_HOME", str(folder / "home"))
    entry = {"username": "demo", "password": PASSWORD, "project_name": PROJECT, "roles": ["member", "reader"]}
    (folder / "accounts.yaml").write_text(json.dumps([entry]))
    with served(cloud):
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml(folder, flaky=cloud.entry())))
        accounts = ["--accounts", str(folder / "accounts.yaml")]
        main(["cloud", "doctor", "--os-cloud", "flaky", "--no-suite", "--json", "-q", *accounts])
    told: Mapping[str, Any] = json.loads(capfd.readouterr().out)
    return told


def worst(told: Mapping[str, Any]) -> set[tuple[str, str]]:
    """What is fatal."""
    return {(one["id"], one["what"]) for one in told["findings"] if one["severity"] == "fatal"}


def at_first(fault: Fault, seed: int) -> Fault:
    """`fault` where a path is asked for the first time, for half of the paths."""
    seen: set[tuple[str, str]] = set()

    def sometimes(asked: Request, reply: Reply) -> Reply:
        is_first = (asked.method, asked.path) not in seen
        seen.add((asked.method, asked.path))
        return fault(asked, reply) if is_first else reply

    return faults.by_path(0.5, sometimes, seed=seed)


OFTEN = {
    "503": faults.says(503),
    "500": faults.says(500),
    "torn connections": faults.resets(),
    "slow answers": faults.slow(0.3),
}


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fault", OFTEN.values(), ids=OFTEN)
def test_what_answers_when_asked_again_is_not_fatal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], fault: Fault, seed: int
) -> None:
    sound = doctored(tmp_path, monkeypatch, capfd)
    flaky = doctored(tmp_path, monkeypatch, capfd, at_first(fault, seed))
    assert worst(flaky) - worst(sound) == set()
    assert [one for one in flaky["findings"] if one["id"] == "check-unfinished"] == []


def test_answers_that_never_come_end_with_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CERTMARK_API_SECONDS", "1")
    hanging = faults.off_sign_in(faults.share(0.1, faults.hangs(), seed=1))
    told = doctored(tmp_path, monkeypatch, capfd, hanging)
    assert told["seconds"] < faults.HANG  # nobody waited for an answer

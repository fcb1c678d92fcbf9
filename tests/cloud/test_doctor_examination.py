"""The examination over HTTP: what hangs, breaks or lies costs its own findings only, and no secret is told."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certmark.cloud.accounts_file import Account
from certmark.cloud.discovery.discover import discover
from certmark.cloud.doctor import accounts as people
from certmark.cloud.doctor import examination
from certmark.cloud.doctor import target as patients
from certmark.cloud.doctor.accounts import SignInRefused
from certmark.cloud.doctor.examination import Examination, examine, findings_of
from certmark.cloud.doctor.target import ExaminedCloud
from certmark.cloud.needs import NeededUser, Needs
from certmark.cloud.session import connect
from certmark.domain.health import CloudFinding, HealthLevel
from support.fake_cloud import PROJECT, Answer, FakeCloud
from support.waiting import PATIENCE

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
PASSWORD = "an-account's-password"
NEEDS = Needs(
    tests=10, services={"object-store": 10}, people=(NeededUser("primary", ("member",), 10),), things={"containers": 10},
    outside=0, workers=1, is_surveyed=True,
)  # fmt: skip
STORAGE = f"/v1/AUTH_{PROJECT}"
Look = Callable[..., Examination]


def account(name: str) -> Account:
    document = {"username": name, "password": PASSWORD, "project_name": name}
    return Account(name, name, ("member",), (), document)


@pytest.fixture
def swift(cloud: FakeCloud) -> FakeCloud:
    """A cloud with object storage that is well."""
    cloud.keystone(("object-store", STORAGE))
    cloud.answers["GET /info"] = Answer({"swift": {"version": "2.37.0"}, "slo": {}})
    cloud.answers[f"HEAD {STORAGE}"] = Answer(b"", 204)
    return cloud


@pytest.fixture
def seen(cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Examines the cloud with two accounts; keywords are those of `examine`."""

    def looked(*services: str, **more: Any) -> Examination:
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
        with connect("fake") as connection:
            found = discover(connection, ())
            patient = ExaminedCloud(connection, found, {}, (account("one"), account("two")))
            return examine(patient, services, runs=str(tmp_path), cache=str(tmp_path), **more)

    return looked


def findings(look: Examination, needs: Needs = NEEDS) -> dict[str, CloudFinding]:
    told = findings_of(look, needs, now=dt.datetime.now(dt.UTC), is_installed=True)
    return {finding.id: finding for finding in told if finding.severity is not HealthLevel.OK}


def test_a_cloud_that_is_well_has_no_findings(swift: FakeCloud, seen: Look) -> None:
    del swift
    assert {id_ for id_ in findings(seen("object-store")) if not id_.startswith("machine")} <= {"clock-skew"}


def test_nothing_is_made_or_changed(swift: FakeCloud, seen: Look) -> None:
    seen("object-store")
    assert {line.split()[0] for line in swift.asked} <= {"GET", "HEAD", "POST"}
    assert {line for line in swift.asked if line.startswith("POST")} == {"POST /v3/auth/tokens"}


def test_an_endpoint_that_hangs_does_not_hang_the_doctor(
    swift: FakeCloud, seen: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patients, "_SECONDS", PATIENCE)
    swift.answers[f"HEAD {STORAGE}"] = Answer(b"", 204, after=PATIENCE)
    found = findings(seen("object-store", seconds=0.8))
    assert "could not be tried: it did not end in time" in found["account-refused"].what
    assert found["account-refused"].severity is HealthLevel.WARNING


def test_accounts_that_are_not_answered_in_the_crowd_areasked_again_alone(
    swift: FakeCloud, seen: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = threading.Event()
    again = examination.asked_again

    def crowded(cloud: ExaminedCloud, who: Account, seconds: float) -> Any:
        return enter(cloud, who, seconds) if alone.is_set() else SignInRefused(who, "late", is_answer=False)

    def ask_again(*words: Any) -> Any:
        alone.set()
        return again(*words)

    enter = people.enter
    monkeypatch.setattr(people, "enter", crowded)
    monkeypatch.setattr(examination, "asked_again", ask_again)
    found = seen("object-store")
    assert swift.asked
    assert "account-refused" not in findings(found)
    assert [one.client.label for one in found.clients] == ["one of one", "two of two"]


def test_where_keystone_stays_silent_one_account_isasked_again_and_then_it_is_said(
    swift: FakeCloud, seen: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def silent(_cloud: ExaminedCloud, who: Account, _seconds: float) -> Any:
        asked.append(who.username)
        return SignInRefused(who, "Keystone does not answer in time", is_answer=False)

    monkeypatch.setattr(people, "enter", silent)
    found = findings(seen("object-store"))
    assert (swift.url != "", sorted(asked)) == (True, ["one", "one", "two"])
    assert found["account-refused"].what == "one, two could not be tried: Keystone does not answer in time"


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        (f"HEAD {STORAGE}", Answer(b"", 403), "storage-forbidden"),
        (f"HEAD {STORAGE}", Answer(b"", 500), "storage-account"),
    ],
)
def test_a_broken_answer_costs_its_own_finding(
    swift: FakeCloud, seen: Look, path: str, answer: Answer, expected: str
) -> None:
    swift.answers[path] = answer
    found = findings(seen("object-store"))
    assert [id_ for id_, finding in found.items() if finding.severity is HealthLevel.FATAL] == [expected]


def test_answers_that_make_no_sense_are_unfinished_checks(cloud: FakeCloud, seen: Look) -> None:
    cloud.keystone(("compute", "/compute/v2.1"), ("image", "/image"))
    for path in ("GET /compute/v2.1/limits", "GET /compute/v2.1/flavors/detail", "GET /image/v2/images"):
        cloud.answers[path] = Answer(b"<html>")
    cloud.answers["GET /compute/v2.1/os-services"] = Answer([1, 2])
    looked = seen("compute", "image")
    needs = NEEDS._replace(services={"compute": 10, "image": 10}, things={"servers": 10})
    found = findings(looked, needs)
    assert {"check-unfinished", "service-down"} & set(found)
    assert not {"quota", "image", "flavor"} & {finding.id for finding in findings_all(looked, needs)}


def findings_all(look: Examination, needs: Needs) -> tuple[CloudFinding, ...]:
    return findings_of(look, needs, now=dt.datetime.now(dt.UTC), is_installed=True)


def test_a_refused_account_is_named_without_its_password(swift: FakeCloud, seen: Look) -> None:
    swift.refused.add("two")
    found = findings(seen("object-store"))["account-refused"]
    assert (found.severity, found.where, found.tests) == (HealthLevel.FATAL, "two", 10)
    assert found.what == (
        "Keystone refuses two in the project two: wrong password, unknown user or project, or no role there"
    )
    assert PASSWORD not in repr(found)


def test_no_secret_stands_in_a_finding(swift: FakeCloud, seen: Look) -> None:
    del swift
    told = repr(findings_all(seen("object-store"), NEEDS))
    assert PASSWORD not in told
    assert "loopback-password" not in told
    assert "not-a-real-token" not in told


def test_calls_are_counted(swift: FakeCloud, seen: Look) -> None:
    looked = seen("object-store")
    # Discovery also tries a place that is not this server.
    assert looked.calls >= len(swift.asked) > 8

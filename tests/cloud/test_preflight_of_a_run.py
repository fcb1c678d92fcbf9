"""What a run is told by the examination before it: values for its record, and accounts that are signed in already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.app.cloud.preflight.before_run import Doctor, PreflightRequest, doctor_for
from certmark.cloud.accounts_file import read_accounts
from certmark.cloud.discovery.discover import discover
from certmark.cloud.discovery.tempest_conf import write_config
from certmark.cloud.session import connect
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed
from certmark.domain.health import HealthLevel
from certmark.domain.remarks import Remark
from certmark.runner.suites import InstalledSuite, load_suite
from simulators import faults
from simulators.operable_cloud import accounts
from support.ward import TESTS, Ward

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Ward]:
    found = Ward(tmp_path, monkeypatch, capsys)
    found.serve()
    found.write()
    yield found
    found.close()


def examined(ward: Ward, remarks: list[Remark], *ignored: str) -> Doctor:
    """The doctor of a run that is about to begin, its examination judged."""
    file, configuration = ward.folder / "accounts.yaml", ward.folder / "configuration"
    request = PreflightRequest(os_cloud="ward", accounts=file, ignored=ignored)
    doctor = doctor_for(request, TESTS, remarks.append)
    assert doctor is not None
    with connect("ward") as connection:
        found = discover(connection, ())
        config = write_config(found, configuration, accounts=file, admin=None, workers=1)
        doctor.examine(connection, found, config)
    installed = InstalledSuite(load_suite("tempest"), "47.0.0", ward.folder, ward.folder, {}, ward.folder)
    doctor.judge(installed, TESTS, 1)
    return doctor


def test_warnings_and_the_clock_are_values_for_the_runs_record(ward: Ward) -> None:
    ward.cloud.faults = (faults.skewed(-600.0),)
    result = examined(ward, []).result
    assert result is not None
    assert [finding.id for finding in result.health.of(HealthLevel.WARNING)] == ["clock-skew"]
    assert result.clock_ahead == pytest.approx(600.0, abs=60.0)


def test_accounts_are_signed_in_for_whoever_looks_further(ward: Ward) -> None:
    clients = examined(ward, []).clients
    before = len(ward.cloud.asked)
    assert [one.client.label for one in clients] == [
        "one of one", "two of two", "one-reader of one", "two-reader of two"
    ]  # fmt: skip
    assert clients[0].client.get("compute", "limits")["limits"]
    assert [request.path for request in ward.cloud.asked[before:]] == ["/RegionOne/compute/v2.1/limits"]


def test_who_goes_on_despite_refused_accounts_tests_with_the_others(ward: Ward) -> None:
    ward.people[1]["password"] = "wrong"
    ward.write()
    with pytest.raises(CannotProceed):
        examined(ward, [])
    remarks: list[Remark] = []
    result = examined(ward, remarks, "account-refused").result
    assert result is not None
    assert [finding.id for finding in result.health.findings if finding.despite] == ["account-refused"]
    left = read_accounts(ward.folder / "configuration" / "accounts.yaml")
    assert [account.username for account in left] == ["one", "one-reader", "two-reader"]
    assert "the tests act as 3 of 4 accounts: Keystone refuses the others" in [remark.text for remark in remarks]


def test_accounts_with_leftovers_are_left_out_while_the_others_are_enough(ward: Ward) -> None:
    names = ("one", "two", "three")
    ward.people = accounts(*names, *(f"{name}-reader" for name in names))
    ward.write()
    ward.cloud.litter("two")
    remarks: list[Remark] = []
    result = examined(ward, remarks).result
    assert result is not None
    assert [finding.id for finding in result.health.findings if finding.id.startswith("leftovers-")] == []
    left = read_accounts(ward.folder / "configuration" / "accounts.yaml")
    assert [account.username for account in left] == ["one", "three", "one-reader", "three-reader"]
    said = next(remark for remark in remarks if remark.text.startswith("the tests do without"))
    assert said.text == "the tests do without 2 of 6 accounts, because there is something in two already"
    assert said.advice == Advice(Action.REMOVE_LEFTOVERS, str(ward.folder / "accounts.yaml"), "ward")


def test_accounts_with_leftovers_stay_where_there_are_no_others(ward: Ward) -> None:
    ward.cloud.litter("two")
    result = examined(ward, []).result
    assert result is not None
    assert "leftovers-storage" in [finding.id for finding in result.health.of(HealthLevel.WARNING)]
    assert len(read_accounts(ward.folder / "configuration" / "accounts.yaml")) == 4

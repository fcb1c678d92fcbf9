"""What a run's journal says of the cloud's identity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from certmark.app.run.configuration import identity_of
from certmark.cloud.identities import Facts
from certmark.domain.remarks import Remark, ignore
from certmark.domain.subject_identities import mint
from certmark.formats.run_record import RecordedIdentity

FACTS = Facts("https://keystone.example.org:5000/v3", "RegionOne", {}, "catalogue-id")
OURS = mint(b"0123456789abcde")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path))


def test_a_new_cloud_is_named_once() -> None:
    told: list[Remark] = []
    first = identity_of(FACTS, None, told.append)
    assert first is not None
    assert (first.source, first.catalog_id) == ("minted", "catalogue-id")
    assert [remark.text for remark in told] == [
        f"the reports of this cloud will name it {first.id}, an identity that this machine made up for it"
    ]
    second = identity_of(FACTS, None, told.append)
    assert second == replace(first, source="kept")
    assert len(told) == 1


@pytest.mark.parametrize("host", ["127.0.0.1:15000", "localhost", "[::1]:5000"])
def test_of_a_cloud_on_this_machine_nothing_is_said(host: str) -> None:
    told: list[Remark] = []
    found = identity_of(FACTS._replace(auth_url=f"http://{host}/v3"), None, told.append)
    assert found is not None
    assert (found.source, told) == ("minted", [])


def test_what_is_given_is_taken() -> None:
    assert identity_of(FACTS, str(OURS), ignore) == RecordedIdentity(
        id=str(OURS.within("RegionOne")), source="given", catalog_id="catalogue-id"
    )


def test_nothing_that_can_be_guessed_goes_into_the_journal() -> None:
    recorded = str(identity_of(FACTS, None, ignore))
    assert FACTS.legacy.host_md5 is not None
    assert FACTS.legacy.host_md5 not in recorded
    assert "keystone" not in recorded


def test_what_tests_no_cloud_has_none() -> None:
    assert identity_of(None, None, ignore) is None

"""What a run's journal says of the cloud's identity."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from certmark.app.run.cloud_identity import identity_details
from certmark.cli.console import Console
from certmark.cloud.identities import Facts
from certmark.domain.cloud_identities import mint

FACTS = Facts("https://keystone.example.org:5000/v3", "RegionOne", {}, "catalogue-id")
OURS = mint(b"0123456789abcde")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path))


def test_a_new_cloud_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    first = identity_details(argparse.Namespace(), FACTS, Console())
    assert (first["cloud_identity_from"], first["catalog_id"]) == ("minted", "catalogue-id")
    assert f"this cloud is from now on {first['cloud_identity']} to this machine" in capsys.readouterr().err
    second = identity_details(argparse.Namespace(cloud_identity=None), FACTS, Console())
    assert second == {**first, "cloud_identity_from": "kept"}
    assert capsys.readouterr().err == ""


def test_what_is_given_is_taken() -> None:
    given = identity_details(argparse.Namespace(cloud_identity=str(OURS)), FACTS, Console())
    assert given == {
        "cloud_identity": str(OURS.within("RegionOne")), "cloud_identity_from": "given", "catalog_id": "catalogue-id",
    }  # fmt: skip


def test_nothing_that_can_be_guessed_goes_into_the_journal() -> None:
    said = str(identity_details(argparse.Namespace(), FACTS, Console()))
    assert FACTS.legacy.host_md5 is not None
    assert FACTS.legacy.host_md5 not in said
    assert "keystone" not in said


def test_what_tests_no_cloud_has_none() -> None:
    assert identity_details(argparse.Namespace(), None, Console()) == {}

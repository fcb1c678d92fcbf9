"""A service that takes requests and never answers: what is not needed is not waited for."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.cloud import concurrency
from certmark.cloud.discovery.discover import discover
from certmark.cloud.session import connect
from simulators.faults import hangs, on
from simulators.openstack_cloud import OpenStackCloud
from simulators.serving import clouds_yaml, served

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]


def test_a_service_that_is_not_needed_is_given_up_when_the_needed_ones_have_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing here could end otherwise: one answer alone may take an hour.
    monkeypatch.setenv("CERTMARK_API_SECONDS", "3600")
    monkeypatch.setattr(concurrency, "unneeded_seconds", lambda _took: 0.1)
    with served(OpenStackCloud(faults=(on("/compute", hangs()),))) as cloud:
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml(tmp_path, odd=cloud.entry())))
        with connect("odd") as connection:
            found = discover(connection, (), waits_for={"object-store"})
    problems = {state.service: state.problem for state in found.services if state.url}
    assert problems["object-store"] is None
    assert problems["compute"] == "compute was not looked at whole: it does not answer in time"

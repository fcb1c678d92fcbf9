"""Limits of each identity: how often, how many at once, how much; each with its own refusal and number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from certmark.server.api.errors import problem_of
from certmark.server.asking import Asker
from certmark.server.services import runs, uploads
from certmark.server.services.context import Services
from certmark.server.services.errors import OverQuota, TooManyOpen, TooOften
from certmark.server.services.limits import Buckets, Quotas
from certmark.server.services.runs import AboutRun

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def send(services: Services, asker: Asker, folder: Path, key: str | None = None) -> bytes:
    file = folder / "r.xml"
    file.write_bytes(RESULTS)
    return runs.receive(services, asker, file, AboutRun(name="r.xml", key=key)).id


def test_who_has_as_much_as_one_may_is_refused_until_something_is_deleted(
    services: Services, ada: Asker, bob: Asker, tmp_path: Path
) -> None:
    services = replace(services, settings=replace(services.settings, quota=2 * len(RESULTS)))
    first = send(services, ada, tmp_path, "first")
    send(services, ada, tmp_path)
    with pytest.raises(OverQuota, match=f"may have {2 * len(RESULTS)} bytes together.* they have {3 * len(RESULTS)}"):
        send(services, ada, tmp_path)
    assert send(services, ada, tmp_path, "first") == first, "what was received before is no more than it was"
    send(services, bob, tmp_path)
    runs.delete(services, ada, first)
    send(services, ada, tmp_path)


def test_what_other_processes_received_counts_after_a_while(services: Services, ada: Asker, tmp_path: Path) -> None:
    clock = Clock()
    services = replace(services, settings=replace(services.settings, quota=3 * len(RESULTS)), quotas=Quotas(clock))
    send(services, ada, tmp_path)
    other = replace(services, quotas=Quotas(clock))
    send(other, ada, tmp_path)
    clock.now += 61
    send(services, ada, tmp_path)
    with pytest.raises(OverQuota):
        send(services, ada, tmp_path)


def test_each_limit_has_its_own_refusal_and_number(services: Services, ada: Asker) -> None:
    services = replace(services, settings=replace(services.settings, open_uploads=1))
    uploads.begin(services, ada, AboutRun(name="r.xml"), 9)
    with pytest.raises(TooManyOpen) as open_:
        uploads.begin(services, ada, AboutRun(name="r.xml"), 9)
    buckets = Buckets(5, 1, Clock())
    buckets.take(b"a", is_upload=True)
    with pytest.raises(TooOften) as often:
        buckets.take(b"a", is_upload=True)
    found = [problem_of(one) for one in (open_.value, often.value, OverQuota("x"))]
    assert [None if one is None else one.status for one in found] == [429, 429, 403]
    assert "1 unfinished uploads" in str(open_.value)
    assert "at most 1 uploads in a minute" in str(often.value)


def test_a_bucket_fills_again_and_one_sender_takes_nothing_from_another() -> None:
    clock = Clock()
    buckets = Buckets(2, 2, clock)
    for _ in range(2):
        buckets.take(b"a", is_upload=False)
    with pytest.raises(TooOften) as refusal:
        buckets.take(b"a", is_upload=False)
    assert refusal.value.seconds == 30
    buckets.take(b"b", is_upload=False)
    clock.now += 30
    buckets.take(b"a", is_upload=False)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_a_stranger_is_the_network_they_come_from(one: str, other: str, is_same: bool) -> None:
    assert (Buckets.network(one) == Buckets.network(other)) is is_same

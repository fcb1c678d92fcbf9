"""The evidence store, as a folder and as a bucket of an S3 service: the same promises."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from certmark.server.asking import Asker
from certmark.server.doctor import examine
from certmark.server.observing.readiness import looked_at
from certmark.server.services import listings, runs
from certmark.server.services.collecting import collect_one
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from certmark.server.store.evidence import DamagedEvidence, EvidenceAway, EvidenceStore, open_evidence
from certmark.server.store.listings import RunFilter
from server.conftest import STORES
from support.s3 import SECRET, S3Service
from support.stored import write_over

pytestmark = pytest.mark.enable_socket
on_both = pytest.mark.parametrize("evidence", STORES, indirect=True)
on_s3 = pytest.mark.parametrize("evidence", ["s3"], indirect=True)
LARGE = bytes(range(256)) * (80 << 10)
"""More than a part of a large object."""


@pytest.fixture
def store(evidence: dict[str, str], tmp_path: Path) -> EvidenceStore:
    return open_evidence(read_settings(None, {}, data=str(tmp_path / "data"), **evidence))


def digest_of(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def keep(store: EvidenceStore, content: bytes) -> bytes:
    digest = digest_of(content)
    store.keep(io.BytesIO(content), digest)
    return digest


@on_both
@pytest.mark.parametrize("content", [b"x", LARGE], ids=["small", "of several parts"])
def test_what_was_kept_is_read_and_found_and_goes(store: EvidenceStore, content: bytes) -> None:
    digest = keep(store, content)
    assert b"".join(store.read(digest)) == content
    assert store.has(digest)
    assert [one for one, _ in store.digests()] == [digest]
    store.remove(digest)
    store.remove(digest)
    assert not store.has(digest)
    assert list(store.digests()) == []
    with pytest.raises(KeyError):
        next(store.read(digest))


@on_both
def test_other_bytes_than_those_of_the_digest_are_not_kept(store: EvidenceStore) -> None:
    with pytest.raises(EvidenceAway, match="changed while it was written"):
        store.keep(io.BytesIO(b"other"), digest_of(b"these"))
    assert not store.has(digest_of(b"these"))


@on_both
@pytest.mark.parametrize("now", [b"thesf", b"shorter"[:3]], ids=["changed", "cut off"])
def test_what_was_changed_where_it_is_kept_is_told_when_it_is_read(store: EvidenceStore, now: bytes) -> None:
    digest = keep(store, b"these")
    write_over(store, digest, now)
    with pytest.raises(DamagedEvidence, match=f"{digest.hex()} was changed or damaged"):
        list(store.read(digest))


@on_both
def test_what_was_cut_off_is_kept_whole_when_it_is_sent_again(store: EvidenceStore) -> None:
    digest = keep(store, b"these")
    write_over(store, digest, b"th")
    keep(store, b"these")
    assert b"".join(store.read(digest)) == b"these"


@on_both
def test_many_who_keep_the_same_at_once_keep_one_whole_object(store: EvidenceStore) -> None:
    start = threading.Barrier(8)

    def race(_: int) -> bytes:
        start.wait()
        return keep(store, LARGE[: 1 << 20])

    with ThreadPoolExecutor(8) as pool:
        (digest,) = set(pool.map(race, range(8)))
    assert b"".join(store.read(digest)) == LARGE[: 1 << 20]
    assert len(list(store.digests())) == 1


def upload(services: Services, asker: Asker, folder: Path, content: str) -> bytes:
    file = folder / f"{threading.get_ident()}.xml"
    case = f'<testcase classname="a.B" name="c"><system-out>{content}</system-out></testcase>'
    file.write_text(f"<testsuite>{case}</testsuite>")
    return runs.receive(services, asker, file, AboutRun(name="large.xml")).id


@on_both
def test_collecting_while_uploads_go_on_loses_nothing(services: Services, ada: Asker, tmp_path: Path) -> None:
    """Two senders send and delete the same content again and again; somebody collects without any grace."""
    ended = threading.Event()

    def send(_: int) -> bytes:
        for _ in range(8):
            run = upload(services, ada, tmp_path, "x" * (300 << 10))
            with runs.received(services, ada, run) as (found, file):
                assert file.stat().st_size == found.size
            runs.delete(services, ada, run)
        return upload(services, ada, tmp_path, "x" * (300 << 10))

    def collect_all() -> None:
        while not ended.is_set():
            for digest, _ in services.evidence.digests():
                collect_one(services, digest)

    with ThreadPoolExecutor(3) as pool:
        collecting = pool.submit(collect_all)
        try:
            last = list(pool.map(send, range(2)))
        finally:
            ended.set()
        collecting.result()
    for run in last:
        with runs.received(services, ada, run) as (found, file):
            assert file.stat().st_size == found.size


def shown(services: Services, asker: Asker) -> int:
    return len(listings.runs_like(services, asker, RunFilter(), behind=None, most=50).runs)


@pytest.fixture
def away(services: Services, evidence: dict[str, str]) -> Callable[[], None]:
    """What makes the store go away."""

    def go() -> None:
        if "s3_endpoint" in evidence:
            nowhere = read_settings(None, {}, **{**evidence, "s3_endpoint": "http://127.0.0.1:1"})
            services.evidence.__dict__.update(open_evidence(nowhere).__dict__)
        else:
            (services.settings.data / "evidence").rename(services.settings.data / "elsewhere")

    return go


@on_both
def test_a_store_that_is_away_is_not_ready_and_nothing_is_half_visible(
    services: Services, ada: Asker, tmp_path: Path, away: Callable[[], None]
) -> None:
    assert "evidence" not in looked_at(services)
    away()
    assert "evidence" in looked_at(services)
    with pytest.raises(EvidenceAway, match="evidence cannot be"):
        upload(services, ada, tmp_path, "x" * (300 << 10))
    assert shown(services, ada) == 0


@on_s3
def test_a_bucket_that_is_not_there_is_away_and_not_empty(evidence: dict[str, str], tmp_path: Path) -> None:
    other = {**evidence, "evidence_url": "s3://other"}
    store = open_evidence(read_settings(None, {}, data=str(tmp_path), **other))
    actions: list[Callable[[], object]] = [store.check, lambda: keep(store, b"x"), lambda: list(store.digests())]
    for act in actions:
        with pytest.raises(EvidenceAway, match="the S3 service says NoSuchBucket"):
            act()


def test_a_service_that_went_away_is_used_again_when_it_is_back(tmp_path: Path) -> None:
    service = S3Service()
    try:
        store = open_evidence(read_settings(None, {}, data=str(tmp_path), **service.settings("one")))
        keep(store, b"x")
        service.end()
        with pytest.raises(EvidenceAway):
            store.check()
        service.start()
        service.settings("one")
        store.check()
        keep(store, b"y")
    finally:
        service.end()


@on_s3
def test_keys_of_a_service_are_in_no_refusal(
    evidence: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = read_settings(None, {}, data=str(tmp_path), **{**evidence, "evidence_url": "s3://other"})
    said = [one for one in examine(wrong) if one.part == "evidence"]
    assert [one.problem for one in said] == ["evidence cannot be written: the S3 service says NoSuchBucket"]
    assert SECRET not in repr(wrong)
    assert SECRET not in "".join(capfd.readouterr())

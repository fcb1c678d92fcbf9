"""Evidence that nothing names goes, and nothing else; damage is told."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

import pytest

from certmark.server.asking import Asker
from certmark.server.services import runs
from certmark.server.services.collecting import GRACE, collect, collect_one
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.store.evidence import DamagedEvidence, EvidenceStore
from certmark.server.store.runs import RunRow
from server.conftest import STORES
from support.stored import write_over

pytestmark = [pytest.mark.enable_socket, pytest.mark.parametrize("evidence", STORES, indirect=True)]
NOW = -60.0
"""A grace that has ended for everything."""


def sent(services: Services, asker: Asker, folder: Path, name: str = "a") -> RunRow:
    """A run whose evidence is kept apart."""
    file = folder / "large.xml"
    log = name * (300 << 10)
    file.write_text(
        f'<testsuite><testcase classname="a.B" name="c"><system-out>{log}</system-out></testcase></testsuite>'
    )
    run = runs.receive(services, asker, file, AboutRun(name="large.xml"))
    assert run.evidence is not None
    return run


def digests(services: Services) -> set[bytes]:
    return {digest for digest, _ in services.evidence.digests()}


def test_what_a_run_names_is_never_collected(services: Services, ada: Asker, tmp_path: Path) -> None:
    run = sent(services, ada, tmp_path)
    assert collect(services, NOW) == (1, 0)
    assert digests(services) == {run.digest}
    assert not collect_one(services, run.digest)


def test_evidence_goes_with_the_last_run_that_names_it(
    services: Services, ada: Asker, bob: Asker, tmp_path: Path
) -> None:
    first, second = sent(services, ada, tmp_path), sent(services, bob, tmp_path)
    assert first.digest == second.digest
    runs.delete(services, ada, first.id)
    with runs.received(services, bob, second.id) as (_, file):
        assert file.stat().st_size == second.size
    runs.delete(services, bob, second.id)
    assert digests(services) == set()


def test_what_nothing_names_goes_after_a_while(services: Services, ada: Asker, tmp_path: Path) -> None:
    kept = sent(services, ada, tmp_path)
    stray = tmp_path / "stray"
    stray.write_bytes(b"stray")
    with stray.open("rb") as stream:
        digest = bytes.fromhex("31b4f7c6a8b1cf7a6f0e4f3f5f2f5b1f" * 2)
        with pytest.raises(Exception, match="changed while it was written"):
            services.evidence.keep(stream, digest)
    with stray.open("rb") as stream:
        services.evidence.keep(stream, hashlib.sha256(b"stray").digest())
    assert collect(services, GRACE) == (0, 0)
    assert collect(services, NOW) == (1, 1)
    assert digests(services) == {kept.digest}


def test_an_upload_that_meets_a_collection_is_kept(
    services: Services, ada: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = type(services.evidence)
    keep = store.keep
    times = []

    def collected_at_once(self: EvidenceStore, content: BinaryIO, digest: bytes) -> None:
        keep(self, content, digest)
        times.append(digest)
        if len(times) == 1:
            assert collect(services, NOW).removed == 1

    monkeypatch.setattr(store, "keep", collected_at_once)
    run = sent(services, ada, tmp_path)
    assert len(times) == 2
    with runs.received(services, ada, run.id) as (_, file):
        assert file.stat().st_size == run.size


def test_unfinished_files_go_after_a_while(services: Services, evidence: dict[str, str]) -> None:
    if evidence:
        pytest.skip("a rule of the bucket's life cycle ends unfinished parts")
    unfinished = services.settings.data / "evidence" / "unfinished" / "tmp1"
    unfinished.write_bytes(b"half")
    collect(services, GRACE)
    assert unfinished.exists()
    collect(services, NOW)
    assert not unfinished.exists()


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_damaged_evidence_is_told(services: Services, ada: Asker, tmp_path: Path, damage: str) -> None:
    run = sent(services, ada, tmp_path)
    if damage == "gone":
        services.evidence.remove(run.digest)
    else:
        write_over(services.evidence, run.digest, b"x" * run.size)
    with pytest.raises(DamagedEvidence, match=f"{run.digest.hex()}.*restore it"), runs.received(services, ada, run.id):
        pass


def test_an_upload_in_its_row_that_was_damaged_is_told(services: Services, ada: Asker, tmp_path: Path) -> None:
    file = tmp_path / "small.xml"
    file.write_text('<testsuite><testcase classname="a.B" name="c"/></testsuite>')
    run = runs.receive(services, ada, file, AboutRun(name="small.xml"))
    damaged = services.packer.pack(b"something else")
    with services.database.write() as transaction:
        is_sqlite = transaction.dialect.value == "sqlite"
        words = "update runs set upload = ?" if is_sqlite else "update runs set upload = %s"
        transaction.connection.execute(words, [damaged])
        if not is_sqlite:
            transaction.connection.commit()
    with pytest.raises(DamagedEvidence, match="restore it"), runs.received(services, ada, run.id):
        pass

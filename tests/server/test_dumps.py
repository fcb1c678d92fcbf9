"""Backup, restore and export: the original is destroyed, and everything is there again."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import bindparam, null, update

from certmark.domain.certification.steps import DossierKind
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.orders.terms import OrderTerms
from certmark.domain.permissions import Role
from certmark.domain.products import ProductKind
from certmark.domain.subscriptions import Condition
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.dumps.form import READ, DamagedDump, read_about
from certmark.server.dumps.restoring import restore
from certmark.server.dumps.writing import dump
from certmark.server.opening import create, services_of
from certmark.server.services import (
    claims,
    countersigning,
    listings,
    log,
    members,
    offices,
    opinions,
    orders,
    products,
    queries,
    runners,
    runs,
    subscriptions,
    tokens,
    vendors,
)
from certmark.server.services.certification import applications, cases, own_notices
from certmark.server.services.certification.applications import DraftChange, NewApplication
from certmark.server.services.certification.cases import CaseSubject
from certmark.server.services.certification.telling import Concerned, tell
from certmark.server.services.context import Services
from certmark.server.services.questions import Question
from certmark.server.services.runners import AboutRunner
from certmark.server.services.runs import AboutRun
from certmark.server.services.verifying import verify
from certmark.server.settings import Settings, read_settings
from certmark.server.store import opinions as stored_opinions
from certmark.server.store import retirements
from certmark.server.store.certification import applications as stored_applications
from certmark.server.store.certification import certificates
from certmark.server.store.certification.applications import StoredReviewer
from certmark.server.store.listings import RunFilter
from certmark.server.store.opinions import StoredAnswers
from certmark.server.store.orders import PROGRAMME as OF_NO_VENDOR
from certmark.server.store.runs import RunRow
from certmark.server.store.schema import runs as run_table
from certmark.server.store.statements import Dialect, SqlStatement
from server.conftest import STORES, somebody
from support.certification import PROGRAMME, planted_certificate
from support.countersigned import accept, log_key, send
from support.waiting import wait_until

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
LARGE = b"<testsuite>" + b"".join(b'<testcase classname="a.B" name="c%d"/>' % n for n in range(20000)) + b"</testsuite>"
ATTESTATION = b"an envelope"
CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
_FORGET_OUTCOMES = SqlStatement(
    "tests.forget", update(run_table).where(run_table.c.id == bindparam("of")).values(outcomes=null())
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    place = tmp_path / "log.key"
    log_key(place)
    return place


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine remembers of logs."""
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))


def settings(
    folder: Path, url: str, key: Path, published: Path | None = None, evidence: Mapping[str, str] = MappingProxyType({})
) -> Settings:
    return read_settings(
        None,
        {},
        data=str(folder),
        database_url=url,
        log_origin="certmark.example.org/log",
        log_key=str(key),
        published_checkpoints=None if published is None else str(published),
        **evidence,
    )


@contextmanager
def opened(wanted: Settings) -> Iterator[Services]:
    create(wanted)
    with services_of(wanted) as services:
        yield services


def filled(services: Services, tmp_path: Path) -> tuple[Asker, str]:
    """A server with a small and a large run, a token and a log; whom the token stands for."""
    token, stored = tokens.new(services, "ada", "", 30)
    ada = tokens.asker_of(services, token)
    assert stored.identity == ada.identity
    run = send(services, ada, RESULTS, tmp_path)
    send(services, ada, LARGE, tmp_path)
    accept(services, run, ATTESTATION)
    assert countersigning.countersign(services) == 1
    assert log.receipt_of(services, ada, run)[1]
    return ada, token


def own(services: Services, asker: Asker) -> list[RunRow]:
    return list(listings.runs_like(services, asker, RunFilter(), behind=None, most=50).runs)


def seen(services: Services, asker: Asker) -> list[tuple[object, ...]]:
    """All that a person sees of their runs."""
    return [(run, sorted(runs.results(services, asker, run.id)[1])) for run in own(services, asker)]


@pytest.mark.thorough
@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
@pytest.mark.parametrize("evidence", STORES, indirect=True)
def test_a_backup_brings_everything_back_on_either_database_and_store(
    database_url: str, evidence: dict[str, str], key: Path, tmp_path: Path, request: pytest.FixtureRequest, to: str
) -> None:
    """What was in a bucket is brought back into a folder, and the other way round."""
    with opened(settings(tmp_path / "data", database_url, key, evidence=evidence)) as services:
        ada, token = filled(services, tmp_path)
        before = seen(services, ada)
        assert dump(services, tmp_path / "backup", is_whole=True).lost == ()
    shutil.rmtree(tmp_path / "data")
    target = _empty(to, request, tmp_path)
    other = {} if evidence else request.getfixturevalue("s3").settings(f"restored-{abs(hash(tmp_path))}")
    restored = settings(tmp_path / "restored", target, key, evidence=other)
    assert restore(restored, tmp_path / "backup").rows["runs"] == 2
    with opened(restored) as services:
        assert seen(services, ada) == before
        assert tokens.asker_of(services, token) == ada
        assert list(verify(services)) == []
        send(services, ada, b'<testsuite><testcase classname="new" name="test"/></testsuite>', tmp_path)
        assert len(own(services, ada)) == 3
    with pytest.raises(InvalidRequest, match="not empty"):
        restore(restored, tmp_path / "backup")


@pytest.mark.thorough
def test_a_backup_while_runs_come_and_go_is_one_whole_state(services: Services, ada: Asker, tmp_path: Path) -> None:
    ended = threading.Event()

    def come_and_go() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            folder = tmp_path / str(number)
            folder.mkdir()
            run = send(services, ada, LARGE + f"<!-- {number % 3} -->".encode(), folder)
            if number % 2:
                runs.delete(services, ada, run)

    send(services, ada, LARGE, tmp_path)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(come_and_go)
        try:
            wait_until(lambda: len(own(services, ada)) > 1 or coming.done())
            assert dump(services, tmp_path / "backup", is_whole=True).lost == ()
        finally:
            ended.set()
        coming.result()
    restored = read_settings(None, {}, data=str(tmp_path / "restored"))
    rows = restore(restored, tmp_path / "backup").rows
    with opened(restored) as other:
        assert len(own(other, ada)) == rows["runs"] > 0
        assert list(verify(other)) == []


def _empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'restored.sqlite'}"
    server = request.getfixturevalue("postgres")
    name = f"restored_{os.getpid()}_{abs(hash(tmp_path))}"
    server.run(f"create database {name}")
    request.addfinalizer(lambda: server.run(f"drop database {name} with (force)"))
    return str(server.url(name))


@pytest.mark.thorough
@pytest.mark.parametrize("evidence", STORES, indirect=True)
def test_from_an_export_another_server_starts_and_nobodys_token_is_in_it(
    database_url: str, evidence: dict[str, str], key: Path, tmp_path: Path
) -> None:
    with opened(settings(tmp_path / "data", database_url, key, evidence=evidence)) as services:
        ada, _ = filled(services, tmp_path)
        before = seen(services, ada)
        dump(services, tmp_path / "export", is_whole=False)
    about = json.loads((tmp_path / "export" / "dump.json").read_text())
    assert (about["rows"]["runs"], about["rows"]["tokens"], about["is_whole"]) == (2, 0, False)
    with opened(read_settings(None, {}, data=str(tmp_path / "export"))) as other:
        assert seen(other, ada) == before
        assert list(verify(other)) == []


EMPTY = {
    *("sign_ins", "devices", "challenges", "exchanged", "publishers", "sessions", "accounts", "keys", "joined"),
    *("uploads", "pieces", "live_runs", "jobs", "notices", "sources", "verdicts", "packings"),
    *("attestations", "log_entries", "log_checkpoints", "log_restorations", "imported", "refstack_runs"),
    *("certificate_proofs", "status_lists"),
}
"""Tables in which the next test puts nothing; most of these other tests bring back."""


def owned(services: Services, asker: Asker, folder: Path) -> None:
    """Something in every table of who owns what."""
    office = somebody(services, "office")
    offices.appoint(services, "office", frozenset({Role.OFFICE}), "Programme")
    small, large = (vendors.register(services, asker, name, "").row.id for name in ("Small", "Large"))
    for vendor in (small, large):
        vendors.ask(services, asker, vendor, None, is_asked=True)
        vendors.decide(services, office, vendor, None, is_approved=True, reason="known")
    vendors.merge(services, office, small, large, None, reason="bought")
    members.invite(services, asker, large, is_administrator=False, days=3)
    members.appoint(services, office, large, Role.DESIGNATE, asker.identity, reason="letter")
    agreement = vendors.publish_agreement(services, office, "Mark", "1", RESULTS)
    vendors.accept(services, asker, large, agreement.digest)
    product = products.add(services, asker, large, name="Cloud", kind=ProductKind.APPLIANCE, description="").row.id
    version = products.add_version(services, asker, product, "1", [CLOUD]).row.id
    (folder / "r.xml").write_bytes(RESULTS)
    about = AboutRun(name="r.xml", subject=CLOUD, tags={"size": "1"})
    run, alone = (runs.receive(services, asker, folder / "r.xml", about).id for _ in range(2))
    claims.attach(services, asker, run, version)
    claims.make_official(services, asker, run, None, is_official=True)
    claims.verify(services, office, run, None, "all is there")
    with services.database.write() as transaction:
        retirements.add(transaction, alone, services.clock())
    applied_for(services, asker, large, product, version, run)
    order = orders.add(
        services, office, OF_NO_VENDOR, OrderTerms("nightly", "north", "compute"), "daily 02:00", 60
    ).order
    orders.start(services, office, order.id)
    runners.claim(services, office, None, AboutRunner("one", ("eu",), ("north",), "1"))
    query = queries.save(services, asker, Question("status:fail"), {})
    subscriptions.subscribe(services, asker, query.short, "https://hooks.example/x", Condition.CHANGED, 1)
    opinions.vote(services, asker, "a.B.c", "because", is_for=True)
    opinions.nominate(services, asker, "x.y", "https://example.org/", "because")
    with services.database.write() as transaction:
        stored_opinions.answer(transaction, asker.identity or b"", "x", StoredAnswers({"a": "b"}, 1))
        to = Concerned(people=[asker.identity or b""])
        tell(services, transaction, "dismissed", "/x", to, {"name": "x"}, "1")
    own_notices.choose(services, asker, 0, "en", [], is_daily=True)


def applied_for(services: Services, asker: Asker, vendor: bytes, product: bytes, version: bytes, run: bytes) -> None:
    """Something in every table of certification."""
    new = NewApplication(version, PROGRAMME, "compute", "2026.11")
    draft = applications.draft(services, asker, new).row
    applications.edit(services, asker, draft.id, DraftChange(runs=[ids.written(run)]), None)
    applications.reveal(services, asker, draft.id, run, b"revealed")
    planted_certificate(services, vendor, product, version)
    said = {"test": "a.B.c", "reason": "x"}
    cases.file(services, asker, DossierKind.GRIEVANCE, CaseSubject(version=version), said, PROGRAMME)
    with services.database.write() as transaction:
        assert asker.identity is not None
        stored_applications.assign(transaction, draft.id, StoredReviewer(asker.identity, "", "Example", 1))
        certificates.add_list(transaction, PROGRAMME, 1, b"a list")


def every_row(services: Services) -> dict[str, list[tuple[object, ...]]]:
    with services.database.read() as transaction:
        return {name: [tuple(row) for row in transaction.run(statement)] for name, statement in READ.items()}


def test_every_table_comes_back_as_it_was_on_the_other_database(
    services: Services, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    token, _ = tokens.new(services, "ada", "", 30)
    asker = tokens.asker_of(services, token)
    owned(services, asker, tmp_path)
    send(services, asker, LARGE, tmp_path)
    before = every_row(services)
    assert {name for name, rows in before.items() if not rows} <= EMPTY
    assert dump(services, tmp_path / "backup", is_whole=True).rows == {name: len(rows) for name, rows in before.items()}
    is_sqlite = services.database.dialect is Dialect.SQLITE
    url = _empty("postgresql" if is_sqlite else "sqlite", request, tmp_path)
    wanted = read_settings(None, {}, data=str(tmp_path / "restored"), database_url=url)
    restore(wanted, tmp_path / "backup")
    with opened(wanted) as other:
        after = every_row(other)
        last = after["audit"].pop()
        assert last[3] == "server.restore"
        assert after == before
        # What is added now has numbers of its own.
        vendors.register(other, asker, "New", "")


def test_a_backup_that_was_changed_is_refused(services: Services, tmp_path: Path) -> None:
    dump(services, tmp_path / "backup", is_whole=True)
    with sqlite3.connect(tmp_path / "backup" / "certmark.sqlite") as connection:
        connection.execute("delete from tokens")
    connection.close()
    with pytest.raises(DamagedDump, match=r"certmark\.sqlite .* is not what was written"):
        restore(read_settings(None, {}, data=str(tmp_path / "new")), tmp_path / "backup")
    with pytest.raises(DamagedDump, match="is no dump"):
        restore(read_settings(None, {}, data=str(tmp_path / "new")), tmp_path)


def test_a_backup_goes_into_a_new_folder_only(services: Services, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="is there already"):
        dump(services, tmp_path, is_whole=True)


def test_evidence_that_the_store_lost_is_named_and_the_rest_is_saved(
    services: Services, ada: Asker, tmp_path: Path
) -> None:
    run = send(services, ada, LARGE, tmp_path)
    digest = runs.show(services, ada, run)[0].evidence
    assert digest is not None
    services.evidence.remove(digest)
    assert dump(services, tmp_path / "backup", is_whole=True).lost == (digest.hex(),)


def test_a_restored_log_signs_nothing_until_what_others_keep_agrees(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'one.sqlite'}"
    with opened(settings(tmp_path / "data", url, key)) as services:
        ada, _ = filled(services, tmp_path)
        dump(services, tmp_path / "backup", is_whole=True)
        agreeing = tmp_path / "agreeing"
        agreeing.write_bytes(log.checkpoint(services, None))
        # What came after the backup is lost with the original, and others have seen it.
        accept(services, send(services, ada, RESULTS + b"\n", tmp_path), b"another envelope")
        countersigning.countersign(services)
        later = tmp_path / "later"
        later.write_bytes(log.checkpoint(services, None))
    target = f"sqlite:///{tmp_path / 'two.sqlite'}"
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "another machine"))
    restore(settings(tmp_path / "restored", target, key), tmp_path / "backup")
    refusals = {None: "nothing is signed until", later: "has 1 entries, and 2 were published"}
    for published, sentence in refusals.items():
        with opened(settings(tmp_path / "restored", target, key, published)) as services:
            run = send(services, ada, RESULTS + f"<!-- {published} -->".encode(), tmp_path)
            accept(services, run, f"x{published}".encode())
            with pytest.raises(CannotProceed, match=sentence):
                countersigning.countersign(services)
            assert log.proof_of(services, ada, run).place is None
    with opened(settings(tmp_path / "restored", target, key, agreeing)) as services:
        assert countersigning.countersign(services) == 2
    with opened(settings(tmp_path / "restored", target, key)) as services:
        accept(services, send(services, ada, RESULTS, tmp_path), b"y")
        assert countersigning.countersign(services) == 1


def test_what_differs_from_what_was_kept_is_found(services: Services, ada: Asker, tmp_path: Path) -> None:
    small = send(services, ada, RESULTS, tmp_path)
    large = send(services, ada, LARGE, tmp_path)
    assert list(verify(services)) == []
    digest = runs.show(services, ada, large)[0].evidence
    assert digest is not None
    services.evidence.remove(digest)
    with services.database.write() as transaction:
        transaction.run(_FORGET_OUTCOMES, of=small)
    found = {(one.subject.split()[0], one.what) for one in verify(services)}
    assert found == {
        ("evidence", "is not there any more"),
        ("run", f"the evidence {digest.hex()} of the run {ids.written(large)} is not where it is kept; restore it"),
        ("run", "has other outcomes than are kept"),
    }


def test_a_key_that_others_may_read_signs_nothing(key: Path) -> None:
    key.chmod(0o644)
    with pytest.raises(CannotProceed, match="can be read by others"):
        countersigning.signer_of(key)


@pytest.mark.parametrize("damage", ["no digests", "another folder", "no text"])
def test_a_folder_that_is_no_whole_backup_is_refused(services: Services, tmp_path: Path, damage: str) -> None:
    dump(services, tmp_path / "copy", is_whole=True)
    sums = tmp_path / "copy" / "SHA256SUMS"
    match damage:
        case "no digests":
            sums.unlink()
        case "another folder":
            sums.write_text(f"{'0' * 64}  ../../../etc/passwd\n")
        case _:
            (tmp_path / "copy" / "dump.json").write_bytes(b"\xff{")
    with pytest.raises(DamagedDump, match="take another copy"):
        read_about(tmp_path / "copy")

"""The server's log: one history, however many processes write, and whatever an operator brings back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.domain.errors import CannotProceed
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, STRANGER, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import countersigning, log
from certmark.server.services.context import Services
from certmark.server.services.verifying import verify
from certmark.server.settings import read_settings
from certmark.trust.log.checkpoints import open_checkpoint
from certmark.trust.log.log import Log, MemoryStore
from certmark.trust.log.merkle import check_inclusion
from certmark.trust.log.notes import read_note_key
from certmark.trust.log.receipts import check_receipt, place_in
from support.countersigned import accept, log_key, send
from support.server import answering

pytestmark = pytest.mark.enable_socket
ORIGIN = "log.example.org/log"
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
WRITE = """
import sys
from certmark.server.opening import services_of
from certmark.server.services import countersigning
from certmark.server.settings import read_settings
with services_of(read_settings(None, {}, **dict(word.split("=", 1) for word in sys.argv[1:]))) as services:
    print("ready", flush=True)
    sys.stdin.read()
    print(countersigning.countersign(services))
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What this machine remembers of logs."""
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    log_key(tmp_path / "log.key")
    return tmp_path / "log.key"


def words(folder: Path, url: str, key: Path, **more: str) -> dict[str, str]:
    return {"data": str(folder), "database_url": url, "log_origin": ORIGIN, "log_key": str(key), **more}


@contextmanager
def opened(folder: Path, url: str, key: Path, **more: str) -> Iterator[Services]:
    settings = read_settings(None, {}, **words(folder, url, key, **more))
    create(settings)
    with services_of(settings) as services:
        yield services


def filled(services: Services, folder: Path, count: int, name: str = "ada") -> list[tuple[Asker, bytes, bytes]]:
    """Runs with attestations that wait: who owns them, which, and the envelope."""
    owner = Asker(add_identity(services, name), name, EVERYTHING)
    found = []
    for number in range(count):
        run = send(services, owner, RESULTS + f"<!-- {name} {number} -->".encode(), folder)
        envelope = f"envelope {name} {number}".encode()
        accept(services, run, envelope)
        found.append((owner, run, envelope))
    return found


def check_all(services: Services, sent: list[tuple[Asker, bytes, bytes]]) -> None:
    """Each has a receipt that proves it, each a place of its own, and the log is theirs as a whole."""
    head = log.head(services, None, 1000)
    known = read_note_key(head.key)
    places = set()
    for asker, run, envelope in sent:
        _, receipt = log.receipt_of(services, asker, run)
        assert check_receipt(receipt, envelope, [known]).log == ORIGIN
        places.add(place_in(receipt))
    assert places == set(range(len(sent)))
    copy = Log(ORIGIN, MemoryStore())
    copy.append(log.entries(services, 0, 1000)[0])
    for size in head.sizes:
        signed = open_checkpoint(log.checkpoint(services, size), [known]).checkpoint
        assert signed.root == copy.root(size)


@pytest.mark.thorough
def test_however_many_processes_write_there_is_one_history(database_url: str, key: Path, tmp_path: Path) -> None:
    """Each a machine of its own, with nothing but the database in common."""
    with opened(tmp_path / "data", database_url, key) as services:
        sent = filled(services, tmp_path, 12)
        folders = [tmp_path / name for name in ("one", "two", "three")]
        for folder in folders:
            folder.mkdir()
        processes = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    WRITE,
                    *(f"{name}={value}" for name, value in words(folder, database_url, key).items()),
                ],
                env={**os.environ, "CERTMARK_HOME": str(folder / "home")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for folder in folders
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        more = filled(services, tmp_path, 5, "bob")
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda process: process.communicate("", timeout=100)[0], processes))
        assert sum(map(int, answers)) + countersigning.countersign(services) >= 17
        check_all(services, sent + more)


def test_an_older_copy_of_the_database_is_not_gone_on_with(key: Path, tmp_path: Path, home: Path) -> None:
    file = tmp_path / "certmark.sqlite"
    url, published = f"sqlite:///{file}", tmp_path / "published"
    with opened(tmp_path / "data", url, key) as services:
        filled(services, tmp_path, 1)
        countersigning.countersign(services)
    shutil.copy(file, tmp_path / "older")
    with opened(tmp_path / "data", url, key) as services:
        filled(services, tmp_path, 1, "bob")
        countersigning.countersign(services)
        published.write_bytes(log.checkpoint(services, None))
    for one in tmp_path.glob("certmark.sqlite*"):
        one.unlink()
    shutil.copy(tmp_path / "older", file)
    with opened(tmp_path / "data", url, key) as services:
        filled(services, tmp_path, 1, "eve")
        with pytest.raises(CannotProceed, match="has 1 entries, and 2 were published"):
            countersigning.countersign(services)  # as this machine remembers
    shutil.rmtree(home)
    with (
        opened(tmp_path / "data", url, key, published_checkpoints=str(published)) as services,
        pytest.raises(CannotProceed, match="has 1 entries, and 2 were published"),
    ):
        countersigning.countersign(services)  # as others have it
    away = {"published_checkpoints": "https://127.0.0.1:9/checkpoint"}
    with (
        opened(tmp_path / "data", url, key, **away) as services,
        pytest.raises(CannotProceed, match="is new to this machine, and nothing is signed until"),
    ):
        countersigning.countersign(services)
    with opened(tmp_path / "data", url, key) as services:
        assert log.head(services, None, 1).checkpoint.size == 1


def test_nothing_is_added_with_another_key_or_under_another_name(key: Path, tmp_path: Path, home: Path) -> None:
    url, other = f"sqlite:///{tmp_path / 'certmark.sqlite'}", tmp_path / "other.key"
    log_key(other)
    with opened(tmp_path / "data", url, key) as services:
        sent = filled(services, tmp_path, 1)
        countersigning.countersign(services)
    with opened(tmp_path / "data", url, other) as services:
        waiting = filled(services, tmp_path, 1, "bob")
        for _ in range(3):
            with pytest.raises(CannotProceed, match="the last checkpoint is signed by no key that you trust"):
                countersigning.countersign(services)
        assert log.entries(services, 0, 10)[0][1:] == []
    with (
        opened(tmp_path / "data", url, key, log_origin="else.example.org/log") as services,
        pytest.raises(CannotProceed, match=r"holds the log log\.example\.org/log, not else"),
    ):
        countersigning.countersign(services)
    with opened(tmp_path / "data", url, key) as services:
        assert countersigning.countersign(services) == 1
        check_all(services, sent + waiting)
    assert home.exists()


@pytest.mark.parametrize(
    ("damage", "refused", "found"),
    [
        (
            "delete from log_entries where place = 1",
            "has 1 entries, and 2 were signed before",
            "is not what was signed",
        ),
        (
            "delete from log_entries where place = 1; delete from log_checkpoints where size = 2",
            "has 1 entries, and 2 were published",
            "is not what was signed",
        ),
        ("delete from log_entries; delete from log_checkpoints", "has 0 entries, and 2 were published", None),
        (
            "update log_entries set hashes = zeroblob(64) where place = 1",
            "are not those that were signed before",
            "entry 1 of the log is not what was written",
        ),
        # What is signed next does not rest on these; whoever looks at the entries sees it.
        (
            "update log_entries set content = x'7b7d' where place = 0",
            None,
            "entry 0 of the log is not what was written",
        ),
        ("delete from log_entries where place = 0", None, "entry 0 of the log is not there any more"),
    ],
)
def test_a_log_that_somebody_changed_is_not_gone_on_with_or_found_by_verify_store(
    key: Path, tmp_path: Path, damage: str, refused: str | None, found: str | None
) -> None:
    with opened(tmp_path / "data", f"sqlite:///{tmp_path / 'certmark.sqlite'}", key) as services:
        filled(services, tmp_path, 2)
        countersigning.countersign(services)
        assert list(verify(services)) == []
        filled(services, tmp_path, 1, "bob")
        with services.database.write() as transaction:
            for table in ("log_entries", "log_checkpoints"):
                for what in ("update", "delete"):
                    transaction.connection.execute(f"drop trigger append_only_{table}_{what}")
            for one in damage.split("; "):
                transaction.connection.execute(one)
        if refused is not None:
            with pytest.raises(CannotProceed, match=refused):
                countersigning.countersign(services)
        said = [one.what for one in verify(services)]
        assert (found is None and said == []) or any(found is not None and found in one for one in said)


def test_a_key_that_others_may_read_signs_nothing(key: Path) -> None:
    key.chmod(0o644)
    with pytest.raises(CannotProceed, match="can be read by others"):
        countersigning.signer_of(key)


@pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="OpenSSH is not installed (Debian: openssh-client)")
def test_the_key_may_be_where_the_server_never_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real ssh-agent signs; the server has the public half only."""
    socket, private = tmp_path / "agent", tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", private], check=True)
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
    try:
        assert agent.stdout is not None
        assert agent.stdout.readline(), "it says where it is once it listens there"
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", private], stderr=subprocess.DEVNULL, check=True)
        private.unlink()
        with opened(tmp_path / "data", f"sqlite:///{tmp_path / 'x.sqlite'}", tmp_path / "id.pub") as services:
            sent = filled(services, tmp_path, 2)
            assert countersigning.countersign(services) == 2
            check_all(services, sent)
            agent.terminate()
            agent.wait(30)
            waiting = filled(services, tmp_path, 1, "bob")
            with pytest.raises(CannotProceed):
                countersigning.countersign(services)
            assert log.proof_of(services, *waiting[0][:2]).place is None
            assert log.head(services, None, 1).checkpoint.size == 2
    finally:
        agent.kill()
        agent.communicate()


@pytest.fixture
def url(key: Path, tmp_path: Path) -> Iterator[tuple[str, Services]]:
    """A server that answers strangers."""
    with (
        opened(tmp_path / "data", f"sqlite:///{tmp_path / 'certmark.sqlite'}", key) as services,
        answering(application(services, lambda _: STRANGER)) as address,
    ):
        yield address, services


def test_anybody_can_look_through_what_a_server_publishes(
    url: tuple[str, Services], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, services = url
    api = f"{address}/api/v2"
    assert requests.get(f"{api}/log", timeout=60).status_code == 404
    for name in ("ada", "bob", "eve"):
        filled(services, tmp_path, 3, name)
        countersigning.countersign(services)
    head = requests.get(f"{api}/log", timeout=60).json()
    assert (head["origin"], head["size"], head["checkpoints"]) == (ORIGIN, 9, [9, 6, 3, 0])
    proof = requests.get(f"{api}/log/inclusion", {"index": 2, "size": 6}, timeout=60).json()
    root = open_checkpoint(
        requests.get(f"{api}/log/checkpoint", {"size": 6}, timeout=60).content, [read_note_key(head["key"])]
    ).checkpoint.root
    check_inclusion(b64decode(proof["leaf"]), 2, 6, [b64decode(one) for one in proof["hashes"]], root)
    for path, asked in (
        ("inclusion", {"index": 9}),
        ("inclusion", {"index": 2, "size": 2}),
        ("inclusion", {"index": 2, "size": 10}),
        ("consistency", {"since": 10}),
        ("checkpoint", {"size": 5}),
    ):
        assert requests.get(f"{api}/log/{path}", asked, timeout=60).status_code == 404, (path, asked)
    # On a machine that never saw it.
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "elsewhere"))
    folder = str(tmp_path / "copy")
    assert main(["remote", "log", "-o", folder, "--server", address]) == Exit.OK
    assert main(["log", "audit", folder, "--log-key", head["key"]]) == Exit.OK
    assert main(["remote", "log", "-o", folder, "--server", address]) == Exit.USAGE
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "witness"], check=True)
    for since in (0, 9):
        request = tmp_path / f"since-{since}"
        request.write_bytes(requests.get(f"{api}/log/consistency", {"since": since}, timeout=60).content)
        command = ["log", "witness", str(request), "--name", "w.example.org", "--key", str(tmp_path / "witness")]
        assert main([*command, "--log-key", head["key"]]) == Exit.OK, capsys.readouterr().err


def test_a_request_for_too_much_of_the_log_is_refused(url: tuple[str, Services]) -> None:
    for asked in ({"limit": 1001}, {"first": -1}, {"first": "x"}):
        assert requests.get(f"{url[0]}/api/v2/log/entries", asked, timeout=60).status_code == 400

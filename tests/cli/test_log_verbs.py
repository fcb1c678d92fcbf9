"""A log kept, witnessed and checked from the command line: a whole life of one, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.trust.log.file_store import FileStore
from certmark.trust.log.log import Log
from certmark.trust.log.receipts import issue_receipts
from support.log_keys import signer_of
from support.signed import Signed


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    return Signed(tmp_path_factory.mktemp("signed"))


ORIGIN = "example.org/log"


class Office:
    """A programme office with a log, and two witnesses with places of their own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._capsys, self._monkeypatch = folder, capsys, monkeypatch
        self.log = str(folder / "log")
        self._status = Exit.OK
        self.errors = ""
        for name in ("office", "w1", "w2"):
            self.run(name, "key", "new", "--no-passphrase")
        self.key = self.run("office", "log", "new", self.log, "--name", ORIGIN).strip()
        self.witnesses = [
            self.run(name, "log", "witness", "--name", f"{name}.example").strip() for name in ("w1", "w2")
        ]

    def run(self, home: str, *words: str) -> str:
        """What the command prints, for somebody with that home."""
        self._monkeypatch.setenv("CERTMARK_HOME", str(self.folder / home))
        self._monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        self._capsys.readouterr()
        self._status = Exit(main(list(words)))
        found = self._capsys.readouterr()
        self.errors = found.err
        return found.out

    def ended(self) -> Exit:
        """The status of the last command."""
        return self._status

    def attestation(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def key_file(self) -> str:
        """Some file that is none of those that a log knows."""
        return str(self.folder / "office" / "keys" / "certmark-ed25519.pub")

    def cosign(self, name: str, since: int = 0) -> str:
        """The witness's answer, put under the checkpoint by the office."""
        request, answer = str(self.folder / "request"), str(self.folder / f"{name}.answer")
        self.run("office", "log", "prove", self.log, "--since", str(since), "-o", request)
        self.run(name, "log", "witness", request, "--name", f"{name}.example", "--log-key", self.key, "-o", answer)
        return answer


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(tmp_path, capsys, monkeypatch)


@pytest.fixture
def attested(office: Office, signed: Signed) -> str:
    return office.attestation("a.attestation.json", signed.attestation())


def test_an_attestation_goes_on_record_is_witnessed_and_verified(office: Office, attested: str, signed: Signed) -> None:
    receipt = f"{attested}.tlog-proof"
    assert office.run("office", "log", "append", office.log, attested) == f"{receipt}  entry 0 of {ORIGIN}\n"
    for number, name in enumerate(("w1", "w2")):
        answer = office.cosign(name)
        words = ["--cosignature", answer, "--witness", office.witnesses[number]]
        note = office.run("office", "log", "checkpoint", office.log, *words)
        assert note.startswith(f"{ORIGIN}\n1\n")
        assert note.count("— ") == 2 + number
    renewed = str(office.folder / "renewed.tlog-proof")
    office.run("office", "log", "prove", office.log, receipt, "-o", renewed)
    asked = [word for key in office.witnesses for word in ("--witness", key)]
    words = ["verify", attested, "--bundle", signed.bundle, "--log-key", office.key, *asked]
    found = office.run("reader", *words, "--receipt", renewed)
    assert f"ok           receipt     entry 0 of {ORIGIN}, received " in found
    assert "seen by w1.example and w2.example, enough of them by " in found
    office.run("reader", *words, "--receipt", receipt)
    assert office.ended() == Exit.RECEIPT


def test_a_witness_signs_one_history_only(office: Office, attested: str, tmp_path: Path) -> None:
    office.run("office", "log", "append", office.log, attested)
    before = tmp_path / "before"
    shutil.copytree(office.log, before)
    for number in range(3):
        office.run(
            "office", "log", "append", office.log, office.attestation(f"{number}.json", Path(attested).read_bytes())
        )
    office.cosign("w1")
    assert office.ended() == Exit.OK
    assert office.errors == f"certmark: cosigned 4 entries of {ORIGIN}\n"
    office.cosign("w1", since=1)
    assert office.ended() == Exit.UNREADABLE
    assert "last saw 4 entries" in office.errors
    assert "ask with a proof since 4" in office.errors
    office.cosign("w1", since=4)
    assert office.ended() == Exit.OK
    # The office forks: an old copy of the folder, on a machine that remembers nothing, and other entries.
    shutil.copytree(tmp_path / "office" / "keys", tmp_path / "other" / "keys")
    for number in range(4):
        copy = office.attestation(f"f{number}.json", Path(attested).read_bytes())
        office.run("other", "log", "append", str(before), copy)
        assert office.ended() == Exit.OK
    office.log = str(before)
    office.cosign("w1", since=4)
    assert office.ended() == Exit.UNREADABLE
    assert "does not begin with what it had at 4; it was rewritten" in office.errors


def test_a_log_that_was_brought_back_as_a_whole_signs_no_second_history(
    office: Office, attested: str, tmp_path: Path
) -> None:
    office.run("office", "log", "append", office.log, attested)
    backup = tmp_path / "backup"
    shutil.copytree(office.log, backup)
    again = office.attestation("b.json", Path(attested).read_bytes())
    office.run("office", "log", "append", office.log, again)
    shutil.rmtree(office.log)
    shutil.copytree(backup, office.log)
    third = office.attestation("c.json", Path(attested).read_bytes())
    told = "the log has 1 entries, and 2 were published; entries were lost, bring back a copy that has them"
    for words in (["append", office.log, third], ["checkpoint", office.log], ["audit", office.log]):
        office.run("office", "log", *words)
        assert (office.ended(), told in office.errors) == (Exit.UNREADABLE, True)
    assert not Path(f"{third}.tlog-proof").exists()
    # Another machine remembers nothing; a receipt that somebody got tells it.
    shutil.copytree(tmp_path / "office" / "keys", tmp_path / "other" / "keys")
    office.run("other", "log", "append", office.log, third, "--published", f"{again}.tlog-proof")
    assert (office.ended(), told in office.errors) == (Exit.UNREADABLE, True)
    office.run("other", "log", "append", office.log, third)
    assert office.ended() == Exit.OK


def test_an_audit_says_what_holds_and_what_was_not_looked_at(office: Office, attested: str) -> None:
    office.run("office", "log", "append", office.log, attested)
    assert office.run("anybody", "log", "audit", office.log) == (
        f"ok           entries    1 entry of {ORIGIN}, every hash computed again\n"
        "ok           times      no entry says an earlier time than one before it\n"
        "ok           signed     the last checkpoint has 1 of them, and the log begins with these\n"
        "not checked  key        no key of the log was named\n"
        "not checked  published  none was named or remembered here\n"
    )
    found = json.loads(office.run("office", "log", "audit", office.log, "--log-key", office.key, "--json"))
    assert (found["entries"], found["signature_checked"], found["published"]) == (1, True, 1)
    entries = Path(office.log, "entries")
    entries.write_bytes(entries.read_bytes().replace(b"received", b"Received"))
    office.run("anybody", "log", "audit", office.log)
    assert office.ended() == Exit.UNREADABLE
    assert "entry 0 of the log in" in office.errors


def test_an_audit_finds_times_that_run_backwards(office: Office, tmp_path: Path) -> None:
    folder = str(tmp_path / "odd")
    key = signer_of("example.org/odd")
    with FileStore(folder, writable=True) as store:
        log = Log("example.org/odd", store)
        log.checkpoint([key])
        for day in (20, 22, 21):
            issue_receipts(log, [b"x"], dt.datetime(2026, 11, day, tzinfo=dt.UTC), [key])
    found = office.run("anybody", "log", "audit", folder)
    assert (office.ended(), "FAILED       times      entry 2 says an earlier time" in found) == (Exit.FAIL, True)


def test_a_folder_in_which_a_log_was_never_begun_can_be_used(office: Office) -> None:
    folder = f"{office.log}2"
    FileStore(folder, writable=True).close()
    office.run("office", "log", "audit", folder)
    assert (office.ended(), "begin one with certmark log new" in office.errors) == (Exit.USAGE, True)
    office.run("office", "log", "new", folder, "--name", "example.org/second")
    assert office.ended() == Exit.OK


def test_a_log_that_another_process_writes_to_is_waited_for(office: Office, attested: str) -> None:
    with FileStore(office.log, writable=True):
        office.run("office", "log", "append", office.log, attested)
    assert (office.ended(), "another process writes" in office.errors) == (Exit.ENVIRONMENT, True)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (lambda it: ["new", it.log, "--name", "other"], Exit.USAGE, "is there already; name a folder that is not there yet"),
        (lambda it: ["new", f"{it.log}2", "--name", ORIGIN], Exit.USAGE, "a second history under one name would be a lie"),
        (lambda it: ["new", f"{it.log}2", "--name", "a b"], Exit.UNREADABLE, "cannot be the name of a log"),
        (lambda _: ["append", "nowhere", "x"], Exit.UNREADABLE, "No such file"),
        (lambda it: ["checkpoint", str(it.folder)], Exit.USAGE, "there is no log in"),
        (lambda it: ["append", it.log, it.key_file()], Exit.UNREADABLE, "is no"),
        (lambda it: ["checkpoint", it.log, "--cosignature", "x"], Exit.USAGE, "name both"),
        (lambda it: ["prove", it.log], Exit.USAGE, "name receipts to be given again, or --since"),
        (lambda it: ["prove", it.log, "--since", "7"], Exit.UNREADABLE, "a witness cannot have seen 7"),
        (lambda it: ["prove", it.log, it.key_file()], Exit.UNREADABLE, "this is no receipt"),
        (lambda _: ["witness", "x", "--name", "w"], Exit.USAGE, "name both"),
        (lambda it: ["witness", it.key_file(), "--name", "w", "--log-key", it.key], Exit.UNREADABLE, "is no request"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_gets_one_sentence(
    office: Office, words: Callable[[Office], list[str]], status: Exit, told: str
) -> None:
    office.run("office", "log", *words(office))
    assert (office.ended(), office.errors.count("\n")) == (status, 1)
    assert told in office.errors


def test_another_key_appends_nothing(office: Office, attested: str) -> None:
    office.run("w1", "log", "append", office.log, attested)
    assert office.ended() == Exit.UNREADABLE
    assert "signed by no key that you trust" in office.errors
    assert Path(office.log, "records").read_bytes() == b""
    assert not Path(f"{attested}.tlog-proof").exists()


def test_a_receipt_that_is_there_is_never_overwritten(office: Office, attested: str) -> None:
    office.run("office", "log", "append", office.log, attested)
    office.run("office", "log", "append", office.log, attested)
    assert office.ended() == Exit.USAGE
    assert "is there already; name another file" in office.errors
    assert len(Path(office.log, "records").read_bytes()) == 16


def test_a_cosigned_receipt_is_replaced_by_none(office: Office, attested: str) -> None:
    receipt = f"{attested}.tlog-proof"
    office.run("office", "log", "append", office.log, attested)
    words = ["--cosignature", office.cosign("w1"), "--witness", office.witnesses[0]]
    office.run("office", "log", "checkpoint", office.log, *words)
    office.run("office", "log", "prove", office.log, receipt)
    kept = Path(receipt).read_bytes()
    office.run("office", "log", "append", office.log, office.attestation("b.json", Path(attested).read_bytes()))
    office.run("office", "log", "prove", office.log, receipt)
    assert office.ended() == Exit.USAGE
    assert "perhaps earlier than any later one" in office.errors
    assert Path(receipt).read_bytes() == kept


def test_an_answer_of_a_stranger_is_not_put_under_the_checkpoint(office: Office, attested: str) -> None:
    office.run("office", "log", "append", office.log, attested)
    before = Path(office.log, "checkpoint").read_bytes()
    words = ["--cosignature", office.cosign("w2"), "--witness", office.witnesses[0]]
    office.run("office", "log", "checkpoint", office.log, *words)
    assert office.ended() == Exit.UNREADABLE
    assert "none of these signature lines is by a key that you name" in office.errors
    assert Path(office.log, "checkpoint").read_bytes() == before

"""What the server takes as proof of a run: what `certmark verify` finds to hold, of these very bytes, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from certmark.app.inputs.attestations import attestation_beside
from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.domain.errors import InvalidInput
from certmark.evidence.artifacts import artifact_of
from certmark.evidence.bundle.reading import read
from certmark.formats.sources import source_of
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import countersigning, evidence, log, proving, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision
from certmark.trust.attestations import predicates
from certmark.trust.attestations.predicates import facts_of_bundle, verdict_statement
from certmark.trust.attestations.statements import PAYLOAD_TYPE, Subject, write_statement
from certmark.trust.envelopes import Signature, read_envelope, seal, write_envelope
from certmark.trust.keys.files import new_key, private_document
from certmark.trust.keys.keys import Algorithm
from certmark.trust.log.notes import read_note_key
from certmark.trust.log.receipts import check_receipt
from support.resealing import resealed, unpacked
from support.server import answering
from support.signed import KEY, NOW, OTHER, PRODUCT, Signed

LATER = int((NOW + timedelta(days=1)).timestamp() * 1_000_000)
ORIGIN = "attestations.example.org/log"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """A bundle, and who signs it."""
    return Signed(tmp_path_factory.mktemp("signed"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, signed: Signed) -> Iterator[Services]:
    """A server with a log, a day after the bundle was signed."""
    folder = tmp_path_factory.mktemp("server")
    key = folder / "log.key"
    key.write_bytes(private_document(new_key(Algorithm.ED25519), None))
    key.chmod(0o600)
    settings = read_settings(None, {}, data=str(folder / "data"), log_origin=ORIGIN, log_key=str(key))
    create(settings)
    with pytest.MonkeyPatch.context() as patch, services_of(settings) as services:
        patch.setenv("CERTMARK_HOME", str(folder / "home"))
        found = dataclasses.replace(services, clock=lambda: LATER)
        know(found, signed)
        yield found


def know(services: Services, signed: Signed, digest: bytes | None = None) -> None:
    """The guideline of the bundle is one of the server's."""
    revision = Revision(digest or bytes.fromhex(signed.guideline.sha256), signed.guideline.id, "", "a test", 1)
    with services.database.write() as transaction:
        guidelines.add(transaction, revision, signed.guideline.data)


@pytest.fixture(scope="module")
def ada(server: Services) -> Asker:
    return Asker(add_identity(server, "ada"), "ada", EVERYTHING)


@pytest.fixture(scope="module")
def bob(server: Services) -> Asker:
    return Asker(add_identity(server, "bob"), "bob", EVERYTHING)


class Sender:
    """Somebody who sends to the server."""

    def __init__(self, services: Services, asker: Asker, folder: Path) -> None:
        self.services, self.asker, self.folder = services, asker, folder

    def send(self, content: bytes, **about: Any) -> bytes:
        """The run."""
        file = self.folder / "upload"
        file.write_bytes(content)
        return runs.receive(self.services, self.asker, file, AboutRun(name="run.tar.gz", **about)).id

    def attest(self, run: bytes, envelope: bytes) -> None:
        """Send an attestation of it."""
        file = self.folder / "envelope"
        file.write_bytes(envelope)
        evidence.attest(self.services, self.asker, run, file)


@pytest.fixture
def sender(server: Services, ada: Asker, tmp_path: Path) -> Sender:
    return Sender(server, ada, tmp_path)


@pytest.fixture
def bundle(signed: Signed) -> bytes:
    return Path(signed.bundle).read_bytes()


def with_signature(envelope: bytes, *more: Signature) -> bytes:
    found = read_envelope(envelope)
    return write_envelope(found._replace(signatures=(*found.signatures, *more)))


def over_another_statement(signed: Signed) -> bytes:
    """The signature of one statement under another one."""
    other = read_envelope(signed.attestation(product={"version": "13"}))
    return write_envelope(other._replace(signatures=read_envelope(signed.attestation()).signatures))


def projection(signed: Signed) -> bytes:
    target = artifact_of(signed.bundle).target
    with read(source_of(signed.bundle)) as found:
        statement = predicates.test_result_statement(facts_of_bundle(found, target), target, found.report)
    return write_envelope(seal(PAYLOAD_TYPE, write_statement(statement), [KEY]))


def with_subject(signed: Signed) -> bytes:
    statement = signed.statement()
    more = statement._replace(subjects=(*statement.subjects, Subject("other.tar.gz", "0" * 64)))
    return write_envelope(seal(PAYLOAD_TYPE, write_statement(more), [KEY]))


def signed_by_another_than_it_names(signed: Signed) -> bytes:
    return write_envelope(seal(PAYLOAD_TYPE, write_statement(signed.statement(signer=KEY)), [OTHER]))


FORGED: dict[str, tuple[Callable[[Signed], bytes], str]] = {
    "nothing": (lambda _: b"", "is no JSON"),
    "no envelope": (lambda _: b"{}", "is no DSSE envelope"),
    "cut off": (lambda it: it.attestation()[:-20], "is no JSON"),
    "nested": (lambda _: b"[" * 100_000, "nested"),
    "a signature over another statement": (over_another_statement, "the signature is not that of SHA256:"),
    "nobody signed": (
        lambda it: write_envelope(read_envelope(it.attestation())._replace(signatures=())),
        "has no signature",
    ),
    "another signed than it names": (signed_by_another_than_it_names, "(signature)"),
    "two signatures, one bad": (
        lambda it: with_signature(it.attestation(), Signature(KEY.keyid, bytes(64))),
        "which did not make it",
    ),
    "a forged verdict": (lambda it: it.attestation(verdict={"standing": "fail"}), "the verdict that was signed"),
    "a forged sentence": (lambda it: it.attestation(verdict={"sentence": "All is well."}), "the verdict that was"),
    "a forged cloud": (
        lambda it: it.attestation(cloud={"identity": "https://else.example"}),
        "what was signed of cloud",
    ),
    "a forged run": (lambda it: it.attestation(run={"ended": "2026-11-20T00:00:00Z"}), "what was signed of run"),
    "an easier policy": (lambda it: it.attestation(policy={"skip": "pass"}), "(policy)"),
    "a day after now": (lambda it: it.attestation(verdict={"as_of": "2026-12-24"}), "(day)"),
    "signed after now": (lambda it: it.attestation(signed="2099-01-01T00:00:00Z"), "signed on 2099-01-01"),
    "another subject beside": (with_subject, "it speaks of further files"),
    "a test result": (projection, "claims no verdict"),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_does_not_hold_is_refused_in_a_sentence_and_leaves_nothing(
    sender: Sender, signed: Signed, bundle: bytes, name: str
) -> None:
    forge, sentence = FORGED[name]
    run = sender.send(bundle)
    before = runs.show(sender.services, sender.asker, run)
    with pytest.raises(InvalidInput) as caught:
        sender.attest(run, forge(signed))
    said = str(caught.value)
    assert sentence in said
    assert "\n" not in said
    assert str(sender.folder.parent) not in said
    assert runs.show(sender.services, sender.asker, run) == before
    for look in (log.proof_of, evidence.attestation_of):
        with pytest.raises(NotFound):
            look(sender.services, sender.asker, run)
    assert countersigning.countersign(sender.services) == 0


def test_a_report_that_its_results_do_not_give_is_refused_whoever_signed_it(
    sender: Sender, signed: Signed, tmp_path: Path
) -> None:
    members = unpacked(signed.bundle)
    members["report.json"] = members["report.json"].replace(b'"passed":2', b'"passed":3')
    forged = Path(resealed(members, tmp_path / "forged.tar.gz"))
    target = artifact_of(str(forged)).target
    with read(source_of(str(forged))) as found:
        statement = verdict_statement(facts_of_bundle(found, target), target, PRODUCT, KEY.public, NOW)
    envelope = write_envelope(seal(PAYLOAD_TYPE, write_statement(statement), [KEY]))
    run = sender.send(forged.read_bytes())
    with pytest.raises(InvalidInput, match=r"judged again, its totals\.passed is not what the report says"):
        sender.attest(run, envelope)


def test_what_holds_says_who_signed_and_that_nobody_is_known(sender: Sender, signed: Signed, bundle: bytes) -> None:
    run = sender.send(bundle)
    envelope = signed.attestation(KEY, OTHER)
    sender.attest(run, envelope)
    proof = log.proof_of(sender.services, sender.asker, run)
    assert proof.attestation.signers == (KEY.keyid,)
    assert proof.attestation.unchecked == ("signer",)
    assert proof.place is None
    assert countersigning.countersign(sender.services) == 1
    shown, receipt = log.receipt_of(sender.services, sender.asker, run)
    head = log.head(sender.services, None, 1)
    assert shown.vendor == "Acme"
    assert check_receipt(receipt, envelope, [read_note_key(head.key)]).place == head.checkpoint.size - 1


def test_a_guideline_of_an_id_that_the_server_has_must_be_one_of_its_revisions(
    signed: Signed, bundle: bytes, tmp_path: Path
) -> None:
    settings = read_settings(None, {}, data=str(tmp_path / "data"))
    create(settings)
    with services_of(settings) as services:
        other = dataclasses.replace(services, clock=lambda: LATER)
        sender = Sender(other, Asker(add_identity(other, "eve"), "eve", EVERYTHING), tmp_path)
        run = sender.send(bundle)
        sender.attest(run, signed.attestation())
        assert "guideline" in log.proof_of(other, sender.asker, run).attestation.unchecked
        know(other, signed, b"g" * 32)
        with pytest.raises(InvalidInput, match=r"\(guideline\): it was judged by .* another text of it"):
            sender.attest(sender.send(bundle), signed.attestation())


def test_naming_a_digest_proves_nothing(
    server: Services, ada: Asker, bob: Asker, signed: Signed, bundle: bytes, tmp_path: Path
) -> None:
    """Whoever has the attestation of somebody's evidence, and not the evidence, gets nothing for it."""
    private = Sender(server, ada, tmp_path).send(bundle)
    thief = Sender(server, bob, tmp_path)
    with pytest.raises(NotFound):
        thief.attest(private, signed.attestation())
    own = thief.send(b'<testsuite name="s"><testcase classname="a.B" name="c"/></testsuite>')
    with pytest.raises(InvalidInput, match="speaks of other bytes than those of"):
        thief.attest(own, signed.attestation())
    public = Sender(server, ada, tmp_path).send(bundle, is_public=True)
    with pytest.raises(NotPermitted):
        thief.attest(public, signed.attestation())


def test_whoever_replays_an_attestation_takes_nothing_from_whose_it_is(
    server: Services, ada: Asker, bob: Asker, signed: Signed, bundle: bytes, tmp_path: Path
) -> None:
    """Each run has an entry of its own; deleted ones take their receipts along, and nobody else's."""
    envelope = signed.attestation()
    theirs, mine = Sender(server, bob, tmp_path), Sender(server, ada, tmp_path)
    replayed, run = theirs.send(bundle), mine.send(bundle)
    theirs.attest(replayed, envelope)
    mine.attest(run, envelope)
    assert countersigning.countersign(server) == 2
    places = [log.proof_of(server, who, one).place for who, one in ((bob, replayed), (ada, run))]
    assert len(set(places)) == 2
    size = log.head(server, None, 1).checkpoint.size
    runs.delete(server, bob, replayed)
    assert log.proof_of(server, ada, run).place == places[1]
    assert log.head(server, None, 1).checkpoint.size == size


def test_of_a_run_that_is_deleted_the_log_keeps_a_salted_commitment_only(
    sender: Sender, signed: Signed, bundle: bytes
) -> None:
    run, waiting = sender.send(bundle), sender.send(bundle)
    envelope = signed.attestation()
    sender.attest(run, envelope)
    countersigning.countersign(sender.services)
    proof = log.proof_of(sender.services, sender.asker, run)
    sender.attest(waiting, envelope)
    for one in (run, waiting):
        runs.delete(sender.services, sender.asker, one)
        with pytest.raises(NotFound):
            log.proof_of(sender.services, sender.asker, one)
    assert countersigning.countersign(sender.services) == 0
    assert proof.place is not None
    (entry,), _ = log.entries(sender.services, proof.place, 1)
    assert json.loads(entry).keys() == {"format", "version", "received", "commitment"}
    assert proof.attestation.digest.hex() not in entry.decode()
    with sender.services.database.read() as transaction:
        tables = ("attestations", "runs")
        counts = [
            transaction.connection.execute(f"select count(*) from {name} where {key} = ?", (run,)).fetchone()  # noqa: S608 - ours
            for name, key in zip(tables, ("run", "id"), strict=True)
        ]
    assert counts == [(0,), (0,)]


def test_the_same_attestation_again_keeps_its_receipt_and_another_one_gets_its_own(
    sender: Sender, signed: Signed, bundle: bytes
) -> None:
    run = sender.send(bundle)
    for _ in range(2):
        sender.attest(run, signed.attestation())
        countersigning.countersign(sender.services)
    first = log.proof_of(sender.services, sender.asker, run)
    sender.attest(run, signed.attestation(KEY, OTHER))
    assert log.proof_of(sender.services, sender.asker, run).place is None
    assert countersigning.countersign(sender.services) == 1
    second = log.proof_of(sender.services, sender.asker, run)
    assert first.place is not None
    assert second.place == first.place + 1


def test_attestations_that_were_replaced_keep_nobody_waiting(sender: Sender, signed: Signed, bundle: bytes) -> None:
    run = sender.send(bundle)
    for _ in range(3):
        sender.attest(run, signed.attestation(KEY, new_key(Algorithm.ED25519)))
    assert countersigning.countersign(sender.services) == 1


@pytest.mark.enable_socket
def test_what_is_fetched_is_verified_here_with_its_receipt_and_says_the_same(
    server: Services,
    ada: Asker,
    signed: Signed,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the command line: sent, countersigned, fetched, verified offline; one that is refused leaves no run."""
    bundle = tmp_path / Path(signed.bundle).name
    bundle.write_bytes(Path(signed.bundle).read_bytes())
    attestation = attestation_beside(bundle)
    attestation.write_bytes(signed.attestation())
    (tmp_path / "key.pub").write_text(KEY.public.line)

    def say(*words: object) -> tuple[int, str]:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return status, "".join(capsys.readouterr())

    with answering(application(server, lambda _: ada)) as url:
        monkeypatch.setenv("CERTMARK_SERVER", url)
        status, said = say("submit", bundle, "--json", "-q")
        assert status == Exit.OK, said
        run = json.loads(said)["run"]["id"]
        assert countersigning.countersign(server) == 1
        fetched = tmp_path / "fetched.tar.gz"
        status, said = say("remote", "get", run, "-o", fetched)
        receipt = tmp_path / "fetched.attestation.json.tlog-proof"
        assert str(receipt) in said
        log_key = log.head(server, None, 1).key
        asked = ["--key", tmp_path / "key.pub", "-g", signed.run / "guideline" / "list.txt", "--as-of", "2026-11-24"]
        asked += ["--log-key", log_key, "--json"]
        there = say("remote", "verify", run, *asked)
        here = say("verify", fetched, "--receipt", receipt, *asked)
        assert there[0] == here[0] == Exit.OK, there[1]
        steps = [{one["step"]: one for one in json.loads(said)["steps"]} for said in (there[1], here[1])]
        assert steps[0]["receipt"] == steps[1]["receipt"]
        assert steps[0]["receipt"]["outcome"] == "ok"
        assert steps[0].keys() == steps[1].keys()
        before = runs_there(say)
        attestation.write_bytes(over_another_statement(signed))
        status, said = say("submit", bundle)
        assert status == Exit.UNREADABLE
        assert "the signature is not that of" in said
        assert runs_there(say) == before


def runs_there(say: Callable[..., tuple[int, str]]) -> set[str]:
    """The ids of all runs that are seen."""
    return {one["id"] for one in json.loads(say("remote", "list", "--json", "--limit", 1000)[1])["runs"]}


def answers(services: Services, asker: Asker, run: bytes) -> dict[str, tuple[str, bool]]:
    """By step, what can be said of it, and whether something contradicts it."""
    return {one.name: (one.answer.value, one.is_wrong) for one in proving.look(services, asker, run).steps}


def test_what_stands_behind_a_run_is_looked_at_step_by_step(
    server: Services, sender: Sender, signed: Signed, bundle: bytes
) -> None:
    run = sender.send(bundle)
    assert answers(server, sender.asker, run) == {
        "evidence": ("proven", False),
        "verdict": ("proven", False),
        "signature": ("not proven", False),
        "signer": ("not checkable here", False),
        "log": ("not proven", False),
        "office": ("not proven", False),
        "revocation": ("not checkable here", False),
    }
    sender.attest(run, signed.attestation())
    countersigning.countersign(server)
    found = answers(server, sender.asker, run)
    assert {name: answer for name, (answer, _) in found.items() if name in {"signature", "log"}} == {
        "signature": "proven",
        "log": "proven",
    }
    with server.database.write() as transaction:
        transaction.connection.execute(
            "update runs set attestation = ? where id = ?", (zlib.compress(over_another_statement(signed)), run)
        )
    assert answers(server, sender.asker, run)["signature"] == ("not proven", True)
    assert answers(server, sender.asker, run)["log"] == ("not proven", True)


def test_a_verdict_that_is_kept_and_does_not_follow_is_contradicted(
    server: Services, sender: Sender, bundle: bytes
) -> None:
    run = sender.send(bundle)
    with server.database.write() as transaction:
        transaction.connection.execute("update runs set standing = 'not applicable' where id = ?", (run,))
    assert answers(server, sender.asker, run)["verdict"] == ("not proven", True)

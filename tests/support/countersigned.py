"""Attestations that a server has accepted, without a bundle behind them: what its log does is looked at."""

from __future__ import annotations

import zlib
from pathlib import Path

from sqlalchemy import bindparam, update

from certmark.server.asking import Asker
from certmark.server.reading.messages import ReadAttestation, StatedFacts
from certmark.server.services import countersigning, runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.store.schema import runs as run_table
from certmark.server.store.statements import SqlStatement
from certmark.trust.keys.files import FileSigner, new_key, private_document
from certmark.trust.keys.keys import Algorithm

_ATTEST = SqlStatement(
    "tests.attest",
    update(run_table).where(run_table.c.id == bindparam("of")).values(attestation=bindparam("envelope")),
)
_FOUND = ReadAttestation(signers=("SHA256:somebody",), unchecked=("signer",), facts=StatedFacts())


def send(services: Services, asker: Asker, content: bytes, folder: Path) -> bytes:
    """A run of these results."""
    file = folder / "upload.xml"
    file.write_bytes(content)
    return runs.receive(services, asker, file, AboutRun(name="upload.xml")).id


def accept(services: Services, run: bytes, envelope: bytes) -> None:
    """As if `envelope` were an attestation of the run that holds."""
    with services.database.write() as transaction:
        transaction.run(_ATTEST, of=run, envelope=zlib.compress(envelope))
        countersigning.accept(services, transaction, run, envelope, _FOUND)


def log_key(place: Path) -> FileSigner:
    """A new key in a file that nobody else reads."""
    key = new_key(Algorithm.ED25519)
    place.write_bytes(private_document(key, None))
    place.chmod(0o600)
    return key

"""The bytes of a run, its attestation, and two runs beside each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from certmark.domain.submissions import Contradiction, RunClaim, agreed
from certmark.server import ids
from certmark.server.asking import Asker, TokenScope
from certmark.server.reading.messages import (
    AttestationRequest,
    CompareRequest,
    ReadAttestation,
    ReadComparison,
    Unreadable,
)
from certmark.server.services import countersigning
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.services.runs import claims_of, pieces_of, received, refusal, show
from certmark.server.store import audit, runs
from certmark.server.store.evidence import STEP
from certmark.server.store.runs import RunRow


class RunBytes(NamedTuple):
    """What was received, to be read once."""

    run: RunRow
    size: int
    digest: bytes
    pieces: Iterator[bytes]


def bytes_of(services: Services, asker: Asker, run: bytes) -> RunBytes:
    """The bytes of a run. Raises NotFound, DamagedEvidence or EvidenceAway; the iterator the latter two."""
    with services.database.read() as transaction:
        found = runs.one(transaction, asker, run)
        if found is None:
            raise NotFound(f"there is no run {ids.written(run)} that you may see")
        upload = runs.content_of(transaction, run).upload
    return RunBytes(found, found.size, found.digest, pieces_of(services, found, upload))


def part(pieces: Iterator[bytes], first: int, size: int) -> Iterator[bytes]:
    """`size` bytes of `pieces` from `first` on."""
    passed = 0
    for piece in pieces:
        begin, end = max(0, first - passed), min(len(piece), first + size - passed)
        passed += len(piece)
        for start in range(begin, end, STEP):
            yield piece[start : min(end, start + STEP)]
        if passed >= first + size:
            return


def attest(services: Services, asker: Asker, run: bytes, file: Path) -> RunRow:
    """Keep an attestation with a run of theirs, of whose very bytes it must speak.

    Whether its signature is sound and its signer trusted is for verification to say. Raises NotFound,
    NotPermitted, FormatError or Contradiction.
    """
    with received(services, asker, run) as (found, content):
        if found.owner != asker.identity or not asker.may(TokenScope.SUBMIT):
            raise NotPermitted("only the owner of a run may attest it")
        with content.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    answer = services.readers.read(AttestationRequest(str(file), f"the attestation of {found.name}"))
    if isinstance(answer, Unreadable):
        raise refusal(answer)
    assert isinstance(answer, ReadAttestation)  # noqa: S101 - as was asked
    if digest not in {sha256 for _, sha256 in answer.subjects}:
        raise Contradiction(
            f"the attestation speaks of other bytes than those of {found.name}, whose SHA-256 is {digest}", "subject"
        )
    claims = agreed(_claims(found), claims_of(answer.facts), "the attestation")
    attested = found._replace(
        subject=claims.subject, vendor=claims.vendor, product=claims.product, version=claims.version
    )
    with services.database.write() as transaction:
        envelope = file.read_bytes()
        runs.attest(transaction, asker, attested, envelope)
        countersigning.accept(services, transaction, run, envelope)
        audit.note(transaction, asker, "run.attest", ids.written(run), services.clock())
    return attested


def _claims(run: RunRow) -> RunClaim:
    guideline = None if run.guideline is None else run.guideline.hex()
    return RunClaim(run.subject, run.region, run.suite, guideline, run.program, run.vendor, run.product, run.version)


def attestation_of(services: Services, asker: Asker, run: bytes) -> tuple[RunRow, bytes]:
    """The attestation of a run as it was received. Raises NotFound."""
    found, _ = show(services, asker, run)
    with services.database.read() as transaction:
        envelope = runs.attestation_of(transaction, run)
    if envelope is None:
        raise NotFound(f"the run {ids.written(run)} has no attestation")
    return found, envelope


def compare(services: Services, asker: Asker, before: bytes, after: bytes, form: str) -> tuple[ReadComparison, bool]:
    """What changed between two runs, and whether everybody sees both. Raises NotFound or FormatError."""
    with received(services, asker, before) as (first, its_file), received(services, asker, after) as (second, file):
        answer = services.readers.read(CompareRequest((str(its_file), first.name), (str(file), second.name), form))
    if isinstance(answer, Unreadable):
        raise refusal(answer)
    assert isinstance(answer, ReadComparison)  # noqa: S101 - as was asked
    return answer, first.is_public and second.is_public

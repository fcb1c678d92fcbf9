"""The bytes of a run, its attestation, and two runs beside each other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from certmark.domain.submissions import agreed
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.reading.messages import (
    AttestationRequest,
    CompareRequest,
    ReadAttestation,
    ReadComparison,
    Unreadable,
)
from certmark.server.services import claims as run_claims
from certmark.server.services import countersigning, guidelines
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.moments import moment_of
from certmark.server.services.runs import check_is_read, claims_of_run, pieces_of, received, refusal, show
from certmark.server.store import audit, runs
from certmark.server.store.database import Conflict
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
    """Keep an attestation with a run of theirs, once it was verified against the run's very bytes.

    Whether its signer may speak for the vendor decides whether the run counts for a product that it belongs to.
    Raises NotFound, NotPermitted, FormatError, Contradiction, or WrongState where the run is verified or official.
    """
    found, _ = show(services, asker, run)
    with services.database.write() as transaction:
        run_claims.to_edit(transaction, asker, found)
    answer = _verified(services, asker, run, file)
    claims = agreed(claims_of_run(found), answer.facts.claim, "the attestation")
    attested = found._replace(
        subject=claims.subject, vendor=claims.vendor, product=claims.product, version=claims.version
    )
    envelope = file.read_bytes()
    try:
        with services.database.write() as transaction:
            claim = run_claims.to_edit(transaction, asker, found)
            runs.attest(transaction, attested, envelope)
            countersigning.accept(services, transaction, run, envelope, answer)
            if claim is not None:
                run_claims.weigh(transaction, claim, answer.signers)
            audit.note(transaction, asker, "run.attest", ids.written(run), services.clock())
    except Conflict:  # it was deleted meanwhile
        raise NotFound(f"there is no run {ids.written(run)} any more") from None
    return attested


def _verified(services: Services, asker: Asker, run: bytes, file: Path) -> ReadAttestation:
    """What an envelope says of a run, where all of it holds. Raises NotFound or FormatError."""
    with received(services, asker, run) as (found, content):
        request = AttestationRequest(
            path=str(file),
            name=f"the attestation of {found.name}",
            artifact=(str(content), found.name),
            moment=moment_of(services.clock()).isoformat(),
            at_hand=guidelines.at_hand(services),
        )
        answer = services.readers.read(request)
    if isinstance(answer, Unreadable):
        raise refusal(answer)
    assert isinstance(answer, ReadAttestation)  # noqa: S101 - as was asked
    return answer


def signers_of(services: Services, asker: Asker, run: bytes) -> tuple[str, ...]:
    """The ids of the keys that signed the attestation of a run, all of which is verified again now.

    Raises NotFound, FormatError or CannotProceed.
    """
    _, envelope = attestation_of(services, asker, run)
    with tempfile.NamedTemporaryFile(dir=services.scratch) as file:
        file.write(envelope)
        file.flush()
        return _verified(services, asker, run, Path(file.name)).signers


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
        check_is_read(first)
        check_is_read(second)
        answer = services.readers.read(CompareRequest((str(its_file), first.name), (str(file), second.name), form))
    if isinstance(answer, Unreadable):
        raise refusal(answer)
    assert isinstance(answer, ReadComparison)  # noqa: S101 - as was asked
    return answer, first.is_public and second.is_public

"""What stands behind one run, step by step, looked at now: proven, not proven because, or not checkable here.

1. Nothing that was found before is believed: bytes are hashed, read and judged again, signatures and proofs verified.
2. What this server cannot know it says, and who can: a step is never left out.
3. A run that is too large to be read while somebody waits is not looked into here; the command does that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import claims, evidence, log, verifying
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.log import AttestationProof
from certmark.server.services.runs import show
from certmark.server.store import log as stored_log
from certmark.server.store import runs, upkeep
from certmark.server.store.evidence import DamagedEvidence
from certmark.server.store.runs import ReadingState, RunRow
from certmark.trust.log.notes import read_note_key
from certmark.trust.log.receipts import check_receipt


class Answer(Enum):
    """What can be said of a step."""

    PROVEN = "proven"
    NOT_PROVEN = "not proven"
    NOT_CHECKABLE = "not checkable here"


class Step(NamedTuple):
    """One step."""

    name: str
    what: str
    """What it asks, as a question."""
    answer: Answer
    sentence: str
    """What was found, or why it is not proven or cannot be checked."""
    is_wrong: bool = False
    """Something contradicts it: not only is a proof missing."""


class ProvenRun(NamedTuple):
    """A run and every step."""

    run: RunRow
    steps: tuple[Step, ...]
    has_attestation: bool
    has_receipt: bool


_Found = tuple[Answer, str]
_WRONG = (InvalidInput, InvalidRequest, DamagedEvidence)


def look(services: Services, asker: Asker, run: bytes) -> ProvenRun:
    """Every step, of a run that they may see. Raises NotFound."""
    found, _ = show(services, asker, run)
    try:
        proof = log.proof_of(services, asker, run)
    except NotFound:
        proof = None
    receipt = None if proof is None else proof.attestation.receipt
    return ProvenRun(found, tuple(_steps(services, asker, found, proof)), proof is not None, receipt is not None)


def of_bytes(services: Services, asker: Asker, digest: bytes) -> RunRow:
    """The newest run with these very bytes, by their SHA-256, that they may see. Raises NotFound."""
    with services.database.peek() as transaction:
        found = runs.of_bytes(transaction, asker, digest)
    if found is None:
        raise NotFound(f"no run here that you may see has bytes with the SHA-256 {digest.hex()}")
    return found


def _steps(services: Services, asker: Asker, run: RunRow, proof: AttestationProof | None) -> Iterator[Step]:
    is_small = run.size <= services.settings.largest_read_at_once
    yield _step("evidence", "Are its bytes those that came?", lambda: _bytes(services, asker, run), is_small=is_small)
    yield _step(
        "verdict", "Do outcomes and verdict follow from its bytes?", lambda: _again(services, run), is_small=is_small
    )
    yield _step(
        "signature",
        "Did somebody sign for these very bytes, and does all of it hold?",
        lambda: _signature(services, asker, run, proof),
        is_small=is_small,
    )
    yield _step("signer", "May the signer speak for the vendor?", lambda: _signer(services, asker, run, proof))
    yield _step("log", "Is the attestation on record in the log?", lambda: _log(services, asker, run, proof))
    yield _step("office", "Did the programme office verify it?", lambda: _office(services, asker, run))
    yield Step(
        "revocation",
        "Was a key or a claim taken back since?",
        Answer.NOT_CHECKABLE,
        "That is in the programme's list of revocations, which you name to the command yourself.",
    )


def _step(name: str, what: str, look: Callable[[], _Found], *, is_small: bool = True) -> Step:
    if not is_small:
        why = "It is too large to be read while you wait; the command below reads all of it."
        return Step(name, what, Answer.NOT_CHECKABLE, why)
    try:
        return Step(name, what, *look())
    except _WRONG as error:
        return Step(name, what, Answer.NOT_PROVEN, _sentence(str(error)), is_wrong=True)
    except CannotProceed as error:
        return Step(name, what, Answer.NOT_CHECKABLE, _sentence(str(error)))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _bytes(services: Services, asker: Asker, run: RunRow) -> _Found:
    digest = hashlib.sha256()
    for piece in evidence.bytes_of(services, asker, run.id).pieces:
        digest.update(piece)
    if digest.digest() != run.digest:
        raise DamagedEvidence(f"their SHA-256 is {digest.hexdigest()} now; {run.digest.hex()} was kept")
    return Answer.PROVEN, f"{run.size:,} bytes with the SHA-256 {run.digest.hex()}, hashed now."


def _again(services: Services, run: RunRow) -> _Found:
    if run.state is not ReadingState.READ:
        return Answer.NOT_PROVEN, "It was not read yet, or could not be: there is no verdict."
    with services.database.read() as transaction:
        kept = upkeep.run_of(transaction, run.id)
    if kept is None:
        raise NotFound(f"there is no run {ids.written(run.id)} any more")
    differs = verifying.of_run(services, kept)
    if differs:
        raise DamagedEvidence(f"it {'; it '.join(differs)}")
    if run.standing is None:
        return (
            Answer.NOT_PROVEN,
            "Its outcomes follow from its bytes, and nobody named a guideline: there is no verdict.",
        )
    return Answer.PROVEN, f"Read and judged again now, as of {run.as_of}: {run.sentence}"


def _signature(services: Services, asker: Asker, run: RunRow, proof: AttestationProof | None) -> _Found:
    if proof is None:
        return Answer.NOT_PROVEN, "It has no attestation: nobody signed for it, and it rests on this server's word."
    signers = evidence.signers_of(services, asker, run.id)
    return Answer.PROVEN, f"Signed by {', '.join(signers)}; envelope, digests and guideline hold."


def _signer(services: Services, asker: Asker, run: RunRow, proof: AttestationProof | None) -> _Found:
    shown = claims.show(services, asker, run.id)
    if shown.claim is None:
        return Answer.NOT_CHECKABLE, "It belongs to no product here, so nobody says for whom the signer would speak."
    if proof is None:
        return Answer.NOT_PROVEN, "It has no attestation."
    if shown.claim.is_foreign:
        return Answer.NOT_PROVEN, "No key of its vendor or of a member signed it."
    return (
        Answer.PROVEN,
        "When it was attached or attested, the key was its vendor's or a member's, proven by a challenge.",
    )


def _log(services: Services, asker: Asker, run: RunRow, proof: AttestationProof | None) -> _Found:
    if proof is None:
        return Answer.NOT_PROVEN, "It has no attestation."
    receipt = proof.attestation.receipt
    if receipt is None:
        kept = services.settings.log_origin is not None
        why = "Its receipt comes in a moment; look again." if kept else "This server keeps no log."
        return Answer.NOT_PROVEN if kept else Answer.NOT_CHECKABLE, why
    with services.database.read() as transaction:
        head = stored_log.head(transaction)
    if head is None:
        return Answer.NOT_CHECKABLE, "This server keeps no log."
    _, envelope = evidence.attestation_of(services, asker, run.id)
    found = check_receipt(receipt, envelope, [read_note_key(head.key)])
    return (
        Answer.PROVEN,
        f"Entry {found.place:,} of the log {found.log}, received {found.received:%Y-%m-%d %H:%M:%S} UTC.",
    )


def _office(services: Services, asker: Asker, run: RunRow) -> _Found:
    claim = claims.show(services, asker, run.id).claim
    if claim is None or claim.verified is None:
        return Answer.NOT_PROVEN, "The programme office has not verified it."
    return Answer.PROVEN, "It did, on digests that are kept with its reason; the run stays as it is."

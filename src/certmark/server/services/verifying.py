"""The store, looked through: digests of evidence, outcomes, verdicts and the log, computed again and compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from certmark.server import ids
from certmark.server.reading.messages import ReadResults, Unreadable
from certmark.server.services.context import Services
from certmark.server.services.upkeep import every_run, read_again
from certmark.server.store import guidelines, log, upkeep
from certmark.server.store.dictionary import unpacked
from certmark.server.store.evidence import DamagedEvidence
from certmark.server.store.log import StagedLog
from certmark.server.store.runs import ReadingState
from certmark.server.store.upkeep import KeptRun, VerdictBeside
from certmark.trust.errors import TrustError
from certmark.trust.log.checkpoints import open_checkpoint
from certmark.trust.log.log import audit
from certmark.trust.log.notes import read_note_key


class Discrepancy(NamedTuple):
    """Something that is not as it was kept."""

    subject: str
    """`run ID`, `evidence DIGEST` or `log`."""
    what: str


def verify(services: Services) -> Iterator[Discrepancy]:
    """Everything that differs. Raises CannotProceed where database or store do not answer."""
    yield from _log(services)
    yield from _evidence(services)
    for kept in every_run(services):
        if kept.run.state is ReadingState.READ:
            for what in _run(services, kept):
                yield Discrepancy(f"run {ids.written(kept.run.id)}", what)


def _log(services: Services) -> Iterator[Discrepancy]:
    with services.database.read() as transaction:
        last = log.head(transaction)
        if last is None:
            return
        staged = StagedLog(transaction)
        try:
            signed = open_checkpoint(last.note, [read_note_key(last.key)], name="the last checkpoint").checkpoint
            if (staged.size, audit(staged)) != (signed.size, signed.root):
                yield Discrepancy("log", "is not what was signed")
        except TrustError as error:
            yield Discrepancy("log", str(error))


def _evidence(services: Services) -> Iterator[Discrepancy]:
    after = b""
    while True:
        with services.database.read() as transaction:
            digests = upkeep.evidence_after(transaction, after)
        if not digests:
            return
        for digest in digests:
            problem = _damage(services, digest)
            if problem is not None:
                yield Discrepancy(f"evidence {digest.hex()}", problem)
        after = digests[-1]


def _damage(services: Services, digest: bytes) -> str | None:
    try:
        for _ in services.evidence.read(digest):
            pass
    except KeyError:
        return "is not there any more"
    except DamagedEvidence:
        return "has other bytes than were kept"
    return None


def _run(services: Services, kept: KeptRun) -> Iterator[str]:
    run = kept.run
    with services.database.read() as transaction:
        revision = None if run.guideline is None else guidelines.one(transaction, run.guideline)
        others = upkeep.verdicts_beside(transaction, run.id)
    try:
        # Judged as on the day of the verdict.
        answer = read_again(services, kept, revision, run.program, run.as_of)
        if isinstance(answer, Unreadable):
            yield f"cannot be read any more: {answer.problem}"
            return
        if _outcomes(answer) != _kept(services, kept):
            yield "has other outcomes than are kept"
        if run.standing is not None and _verdict(answer) != (run.standing, run.sentence, run.is_partial):
            yield "has another verdict than is kept"
        for other in others:
            yield from _beside(services, kept, other)
    except DamagedEvidence as error:
        yield str(error)


def _beside(services: Services, kept: KeptRun, other: VerdictBeside) -> Iterator[str]:
    with services.database.read() as transaction:
        revision = guidelines.one(transaction, other.guideline)
    answer = read_again(services, kept, revision, other.program, other.as_of, by_number=True)
    found = None if isinstance(answer, Unreadable) else _verdict(answer)
    if found != (other.standing, other.sentence, other.is_partial):
        yield f"has another verdict than is kept under the guideline {other.guideline.hex()}"


def of_run(services: Services, kept: KeptRun) -> list[str]:
    """What of one run differs from what is kept of it."""
    return list(_run(services, kept))


def _verdict(answer: ReadResults) -> tuple[str | None, str | None, bool | None]:
    found = answer.verdict
    return (None, None, None) if found is None else (found.standing, found.sentence, found.is_partial)


def _outcomes(answer: ReadResults) -> dict[tuple[str, str], int]:
    return {(name, uuid): outcome for name, uuid, outcome in answer.tests if outcome}


def _kept(services: Services, kept: KeptRun) -> dict[tuple[str, str], int]:
    outcomes = {} if kept.content.outcomes is None else unpacked(kept.content.outcomes)
    try:
        tests = services.dictionary.tests(outcomes)
    except KeyError:  # a number that nobody ever gave
        return {}
    return {(test.name, test.uuid): outcomes[number] for number, test in tests.items()}

"""The store, looked through: digests of evidence, outcomes of runs and verdicts, computed again and compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from certmark.domain.errors import CannotProceed
from certmark.server import ids
from certmark.server.reading.messages import ReadResults, Unreadable
from certmark.server.services.context import Services
from certmark.server.services.upkeep import every_run, read_again
from certmark.server.store import guidelines, upkeep
from certmark.server.store.dictionary import TestKey, unpacked
from certmark.server.store.evidence import DamagedEvidence
from certmark.server.store.runs import RunState
from certmark.server.store.upkeep import KeptRun, KeptVerdict


class Discrepancy(NamedTuple):
    """Something that is not as it was kept."""

    subject: str
    """`run ID` or `evidence DIGEST`."""
    what: str


def verify(services: Services) -> Iterator[Discrepancy]:
    """Everything that differs. Raises CannotProceed where database or store do not answer."""
    yield from _evidence(services)
    for run in every_run(services):
        if run.state == RunState.READ:
            for what in _run(services, run):
                yield Discrepancy(f"run {ids.written(run.id)}", what)


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


def _run(services: Services, run: KeptRun) -> Iterator[str]:
    with services.database.read() as transaction:
        verdicts = upkeep.verdicts_of(transaction, run.id)
    try:
        answer = read_again(services, run, None, None)
        if isinstance(answer, Unreadable):
            yield f"cannot be read any more: {answer.problem}"
            return
        if _outcomes(answer) != _kept(services, run):
            yield "has other outcomes than are kept"
        for verdict in verdicts:
            if not _is_same(services, run, verdict):
                yield f"has another verdict under {verdict.guideline.hex()[:12]} and {verdict.program} than is kept"
    except KeyError:
        yield "rests on evidence that is not there any more"
    except DamagedEvidence as error:
        yield str(error)


def _outcomes(answer: ReadResults) -> dict[TestKey, int]:
    found = ((name, UUID(uuid).bytes if uuid else b"", outcome) for name, uuid, outcome in answer.tests)
    return {(name, uuid): outcome for name, uuid, outcome in found if outcome}


def _kept(services: Services, run: KeptRun) -> dict[TestKey, int]:
    outcomes = {} if run.outcomes is None else unpacked(run.outcomes)
    try:
        return {key: outcomes[number] for number, key in services.dictionary.tests(outcomes).items()}
    except KeyError:  # a number that nobody ever gave
        return {}


def _is_same(services: Services, run: KeptRun, kept: KeptVerdict) -> bool:
    """Judged again on the day of the verdict."""
    with services.database.read() as transaction:
        revision = guidelines.one(transaction, kept.guideline)
    if revision is None:
        raise CannotProceed(f"the guideline {kept.guideline.hex()} is not there any more")
    answer = read_again(services, run, revision, kept.program, kept.as_of)
    found = None if isinstance(answer, Unreadable) else answer.verdict
    return found is not None and (found.program, found.standing, found.sentence, found.is_partial) == (
        kept.program,
        kept.standing,
        kept.sentence,
        kept.is_partial,
    )

"""What the server does with its runs by itself: reads what was kept, judges again, removes what nothing names.

Each of these can be done twice, and can break off anywhere, without harm.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from certmark.server.reading.messages import JudgedAs, ReadAnswer, ReadRequest, ReadResults, Unreadable
from certmark.server.services import guidelines
from certmark.server.services.context import Services
from certmark.server.store import guidelines as revisions
from certmark.server.store import runs, upkeep
from certmark.server.store.database import Transaction
from certmark.server.store.dictionary import packed
from certmark.server.store.guidelines import Revision
from certmark.server.store.runs import RunState, StoredVerdict
from certmark.server.store.upkeep import KeptRun

_GRACE = 86400.0
"""Seconds for which an object that nothing names yet stays: the upload that brought it may still be on its way."""


def collect(services: Services, grace: float = _GRACE) -> int:
    """Remove objects that nothing names for longer than `grace`; how many. Raises CannotProceed."""
    removed = 0
    for digest, written in services.evidence.digests():
        if time.time() - written < grace:
            continue
        with services.database.write() as transaction:
            if upkeep.is_named(transaction, digest):
                continue
            upkeep.forget_evidence(transaction, digest)
            services.evidence.remove(digest)
        removed += 1
    return removed


def judge_again(services: Services, digest: bytes) -> int:
    """Judge every run of a guideline by its revision `digest`, too; how many. Raises CannotProceed."""
    with services.database.read() as transaction:
        revision = revisions.one(transaction, digest)
    if revision is None:
        return 0
    count = 0
    for run in _pages(services, lambda transaction, after: upkeep.runs_of_guideline(transaction, revision.id, after)):
        verdict = _verdict(services, run, revision)
        if verdict is not None:
            with services.database.write() as transaction:
                if upkeep.run_of(transaction, run.id) is not None:
                    runs.add_verdict(transaction, run.id, _stored(services, revision, verdict))
            count += 1
    return count


def read_kept(services: Services, identity: bytes) -> None:
    """Read and judge a run that was kept without. Raises CannotProceed."""
    with services.database.read() as transaction:
        run = upkeep.run_of(transaction, identity)
        revision = None if run is None or run.guideline is None else revisions.one(transaction, run.guideline)
    if run is None or run.state != RunState.RECEIVED:
        return
    answer = read_again(services, run, revision, run.program)
    with services.database.write() as transaction:
        if isinstance(answer, Unreadable):
            upkeep.keep_reading(transaction, run.id, state=RunState.UNREADABLE, problem=answer.problem)
        else:
            _keep(services, transaction, run, revision, answer)


def _keep(
    services: Services, transaction: Transaction, run: KeptRun, revision: Revision | None, answer: ReadResults
) -> None:
    verdict = answer.verdict
    upkeep.keep_reading(
        transaction,
        run.id,
        state=RunState.READ,
        format_=answer.format,
        began=answer.began,
        ended=answer.ended,
        program=run.program if verdict is None else verdict.program,
        outcomes=vector_of(services, transaction, answer),
    )
    if revision is not None and verdict is not None:
        runs.add_verdict(transaction, run.id, _stored(services, revision, verdict))


def vector_of(services: Services, transaction: Transaction, answer: ReadResults) -> bytes:
    """The outcomes of what was read, as they are kept."""
    keys = [(name, UUID(uuid).bytes if uuid else b"") for name, uuid, _ in answer.tests]
    numbers = services.dictionary.numbers(transaction, keys)
    return packed({number: test[2] for number, test in zip(numbers, answer.tests, strict=True)})


def every_run(services: Services) -> Iterator[KeptRun]:
    """All runs, by id; those that come meanwhile, too."""
    return _pages(services, upkeep.runs_after)


def read_again(
    services: Services, run: KeptRun, revision: Revision | None, program: str | None, as_of: str | None = None
) -> ReadAnswer:
    """What the bytes of a run say now, judged by `revision`. Raises KeyError or CannotProceed where they are lost."""
    with _bytes_of(services, run) as file:
        place = None if revision is None else str(guidelines.file_of(services, revision))
        identity = "" if revision is None else revision.id
        day = as_of or guidelines.today(services)
        request = ReadRequest(
            path=str(file), name=run.name, guideline=place, guideline_name=identity, program=program, as_of=day
        )
        return services.readers.read(request)


@contextmanager
def _bytes_of(services: Services, run: KeptRun) -> Iterator[Path]:
    with services.database.read() as transaction:
        upload = runs.content_of(transaction, run.id).upload if run.evidence is None else None
    with tempfile.NamedTemporaryFile(prefix="certmark-run-") as file:
        for piece in [upload or b""] if run.evidence is None else services.evidence.read(run.evidence):
            file.write(piece)
        file.flush()
        yield Path(file.name)


def _verdict(services: Services, run: KeptRun, revision: Revision) -> JudgedAs | None:
    answer = read_again(services, run, revision, run.program)
    return None if isinstance(answer, Unreadable) else answer.verdict


def _stored(services: Services, revision: Revision, found: JudgedAs) -> StoredVerdict:
    day = guidelines.today(services)
    return StoredVerdict(revision.digest, found.program, found.standing, found.sentence, found.is_partial, day)


def _pages(services: Services, page: Callable[[Transaction, bytes], list[KeptRun]]) -> Iterator[KeptRun]:
    after = b""
    while True:
        with services.database.read() as transaction:
            found = page(transaction, after)
        if not found:
            return
        yield from found
        after = found[-1].id

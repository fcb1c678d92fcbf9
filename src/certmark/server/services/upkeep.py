"""What the server does with its runs by itself: reads what was kept, judges again.

Each of these can be done twice, and can break off anywhere, without harm.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.server.reading.messages import GrantedWaiver, ReadRequest, ReadResults, Unreadable
from certmark.server.services import guidelines
from certmark.server.services.context import Services
from certmark.server.services.runs import judged_run, outcomes_of, pieces_of, read_run, renew_dictionary
from certmark.server.store import guidelines as revisions
from certmark.server.store import upkeep
from certmark.server.store.database import Transaction
from certmark.server.store.guidelines import Revision
from certmark.server.store.runs import ReadingState, RunRow
from certmark.server.store.upkeep import KeptRun


def judge_again(services: Services, digest: bytes) -> int:
    """Judge every run of a guideline by its revision `digest`, too; how many. Raises CannotProceed.

    The verdict under the revision that its sender named stays; whoever was judged by this one is not again.
    """
    with services.database.read() as transaction:
        revision = revisions.one(transaction, digest)
    if revision is None:
        return 0
    count = 0
    for page in _pages(services, lambda transaction, after: upkeep.runs_to_judge(transaction, revision, after)):
        judged = [run for kept in page if (run := _judged_by(services, kept, revision)) is not None]
        with services.database.write() as transaction:
            upkeep.keep_verdicts_beside(transaction, judged)
        count += len(judged)
    return count


def _judged_by(services: Services, kept: KeptRun, revision: Revision) -> RunRow | None:
    """The run with its verdict under a revision that is not its own; None: it cannot be read or judged."""
    if kept.run.state is not ReadingState.READ:
        return None
    answer = read_again(services, kept, revision, kept.run.program, by_number=True)
    verdict = answer.verdict if isinstance(answer, ReadResults) else None
    return None if verdict is None else judged_run(services, kept.run, verdict)


def read_kept(services: Services, identity: bytes) -> None:
    """Read and judge a run that was kept without. Raises CannotProceed."""
    with services.database.read() as transaction:
        kept = upkeep.run_of(transaction, identity)
        guideline = None if kept is None else kept.run.guideline
        revision = None if guideline is None else revisions.one(transaction, guideline)
    if kept is None or kept.run.state is not ReadingState.RECEIVED:
        return
    answer = None
    try:
        with _bytes_of(services, kept) as file:
            run, answer = read_run(services, kept.run, file, revision)
    except (InvalidRequest, InvalidInput) as error:
        run = kept.run._replace(state=ReadingState.UNREADABLE, problem=str(error), guideline=None, program=None)
    with services.database.write() as transaction:
        now = upkeep.run_of(transaction, identity)
        if now is not None and now.run != kept.run:
            raise CannotProceed("the run was attested while it was read; it is read again")
        upkeep.keep_reading(transaction, run, None if answer is None else outcomes_of(services, transaction, answer))
    if answer is not None:
        renew_dictionary(services, answer)


def every_run(services: Services) -> Iterator[KeptRun]:
    """All runs, by id; those that come meanwhile, too."""
    return chain.from_iterable(_pages(services, upkeep.runs_after))


def read_again(
    services: Services,
    kept: KeptRun,
    revision: Revision | None,
    program: str | None,
    as_of: str | None = None,
    *,
    by_number: bool = False,
    policy: str | None = None,
    form: str | None = None,
    waivers: tuple[GrantedWaiver, ...] = (),
) -> ReadResults | Unreadable:
    """What the bytes of a run say now, judged by `revision`. Raises CannotProceed, also where they are lost.

    `by_number`: outcomes of known tests may come by their numbers; `policy`: in the place of the guideline's own;
    `form`: that in which the verdict is wanted; `waivers`: of tests that do not count.
    """
    with _bytes_of(services, kept) as file:
        request = ReadRequest(
            path=str(file),
            name=kept.run.name,
            guideline=None if revision is None else str(guidelines.file_of(services, revision)),
            guideline_name="" if revision is None else revision.id,
            program=program,
            as_of=as_of or guidelines.today(services),
            by_number=by_number,
            policy=policy,
            form=form,
            waivers=waivers,
        )
        return guidelines.read_results(services, request)


@contextmanager
def _bytes_of(services: Services, kept: KeptRun) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(dir=services.scratch) as file:
        for piece in pieces_of(services, kept.run, kept.content.upload):
            file.write(piece)
        file.flush()
        yield Path(file.name)


def _pages(services: Services, page: Callable[[Transaction, bytes], list[KeptRun]]) -> Iterator[list[KeptRun]]:
    after = b""
    while True:
        with services.database.read() as transaction:
            found = page(transaction, after)
        if not found:
            return
        yield found
        after = found[-1].run.id

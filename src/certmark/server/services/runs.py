"""Runs: received, shown, judged again, deleted.

1. What came is read and judged in a process of its own; what cannot be read leaves nothing behind.
2. Evidence is written before the row that names it, and both are on disk before the sender hears of it.
3. The same key of the same asker is the same run; with other content it is refused.
4. A run is its owner's, and others see it where it is public.
5. What a bundle says of itself is taken from it; a sender who says something else is refused.
"""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from certmark.domain.errors import InvalidRequest
from certmark.domain.submissions import Contradiction, RunClaim, agreed
from certmark.formats.errors import UnreadableResults
from certmark.server import ids
from certmark.server.asking import Asker, Scope
from certmark.server.reading.messages import JudgedAs, KnownGuideline, ReadRequest, ReadResults, StatedFacts, Unreadable
from certmark.server.services import guidelines
from certmark.server.services.context import Services
from certmark.server.services.errors import AnotherUpload, NotAllowed, NotFound
from certmark.server.store import runs
from certmark.server.store.database import Conflict
from certmark.server.store.dictionary import packed, unpacked
from certmark.server.store.guidelines import Revision
from certmark.server.store.runs import RunContent, RunState, StoredRun, StoredVerdict

INLINE = 256 << 10
"""Bytes up to which what came is kept in its row."""
_STEP = 1 << 20


@dataclass(frozen=True, kw_only=True)
class AboutRun:
    """What the sender says of it."""

    name: str
    """Of the file."""
    guideline: str | None = None
    """An id or a digest; None: it is judged by none."""
    program: str | None = None
    subject: str | None = None
    vendor: str | None = None
    product: str | None = None
    version: str | None = None
    region: str | None = None
    is_public: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    sha256: str | None = None
    """Of the bytes."""
    key: str | None = None
    """The same key is the same request."""


class ResultOfTest(NamedTuple):
    """A test of a run."""

    name: str
    uuid: str | None
    outcome: int
    """A `reading.messages.TestOutcome`."""


def receive(services: Services, asker: Asker, file: Path, about: AboutRun) -> StoredRun:
    """Keep what is in `file`. Raises NotAllowed, NotFound, AnotherUpload, UnreadableResults or CannotProceed."""
    if not asker.may(Scope.SUBMIT) or asker.identity is None:
        raise NotAllowed("only who may submit can send results")
    digest, size = _digest(file)
    if about.sha256 is not None and about.sha256 != digest.hex():
        raise Contradiction(f"the SHA-256 of {about.name} is {digest.hex()} here; it was damaged on its way", "sha256")
    before = _before(services, asker, about, digest)
    if before is not None:
        return before
    revision = None if about.guideline is None else guidelines.revision_of(services, about.guideline)
    answer = _read(services, file, about, revision)
    run = _run(services, asker, about, _claims(about, revision, answer), answer)
    content = file.read_bytes() if size <= INLINE else None
    if content is None:
        with file.open("rb") as stream:
            services.evidence.keep(stream, digest)
        run = run._replace(evidence=digest)
    try:
        return _keep(services, asker, about, run, answer, digest, size, content)
    except Conflict:
        before = _before(services, asker, about, digest)
        if before is None:
            raise
        return before


def _digest(file: Path) -> tuple[bytes, int]:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest(), file.stat().st_size


def _before(services: Services, asker: Asker, about: AboutRun, digest: bytes) -> StoredRun | None:
    """Rule 3."""
    if about.key is None:
        return None
    with services.database.read() as transaction:
        known = runs.earlier(transaction, asker, about.key)
        if known is None:
            return None
        if known[0] != digest:
            raise AnotherUpload("the key of this request was used for other content; take another key")
        return runs.one(transaction, asker, known[1])


def sent_with(services: Services, asker: Asker, key: str) -> StoredRun | None:
    """The run that was made of the request with this key of theirs."""
    with services.database.read() as transaction:
        known = runs.earlier(transaction, asker, key)
        return None if known is None else runs.one(transaction, asker, known[1])


def _read(services: Services, file: Path, about: AboutRun, revision: Revision | None) -> ReadResults:
    """Rule 1."""
    at_hand = () if revision is not None else guidelines.at_hand(services)
    return _read_results(services, _request(services, file, about.name, revision, about.program, at_hand=at_hand))


def _read_results(services: Services, request: ReadRequest) -> ReadResults:
    answer = services.readers.read(request)
    if isinstance(answer, Unreadable):
        raise refusal(answer)
    assert isinstance(answer, ReadResults)  # noqa: S101 - as was asked
    if not answer.tests:
        raise UnreadableResults(f"{request.name} was read, and no test is in it; nothing was run, or send another file")
    return answer


def refusal(answer: Unreadable) -> Exception:
    """What a reader says, as whoever must act hears it."""
    return InvalidRequest(answer.problem) if answer.is_request else UnreadableResults(answer.problem)


def _request(
    services: Services,
    file: Path,
    name: str,
    revision: Revision | None,
    program: str | None,
    wanted: VerdictRequest | None = None,
    at_hand: tuple[KnownGuideline, ...] = (),
) -> ReadRequest:
    return ReadRequest(
        path=str(file),
        name=name,
        guideline=None if revision is None else str(guidelines.file_of(services, revision)),
        guideline_name="" if revision is None else revision.id,
        program=program,
        as_of=(wanted.as_of if wanted is not None else None) or guidelines.today(services),
        form=None if wanted is None else wanted.form,
        at_hand=at_hand,
        policy=None if wanted is None else wanted.policy,
    )


def _claims(about: AboutRun, revision: Revision | None, answer: ReadResults) -> RunClaim:
    """Rule 5."""
    facts, verdict = answer.facts, answer.verdict
    said = RunClaim(
        subject=about.subject,
        region=about.region,
        guideline=None if revision is None else revision.digest.hex(),
        program=None if verdict is None else verdict.program,
        vendor=about.vendor,
        product=about.product,
        version=about.version,
    )
    return agreed(said, claims_of(facts), about.name)


def claims_of(facts: StatedFacts) -> RunClaim:
    """What a file says of itself."""
    return RunClaim(**{name: getattr(facts, name) for name in RunClaim._fields})


def _run(services: Services, asker: Asker, about: AboutRun, claims: RunClaim, answer: ReadResults) -> StoredRun:
    assert asker.identity is not None  # noqa: S101 - they may submit
    created = services.clock()
    verdict = answer.verdict
    return StoredRun(
        id=ids.new_id(created),
        owner=asker.identity,
        created=created,
        state=RunState.READ,
        is_public=about.is_public,
        name=about.name,
        evidence=None,
        format=answer.format,
        began=answer.began,
        ended=answer.ended,
        subject=claims.subject,
        suite=claims.suite,
        vendor=claims.vendor,
        product=claims.product,
        version=claims.version,
        region=claims.region,
        guideline=None if verdict is None else bytes.fromhex(verdict.guideline),
        program=None if verdict is None else verdict.program,
        problem=None,
        standing=None if verdict is None else verdict.standing,
        sentence=None if verdict is None else verdict.sentence,
        is_partial=verdict is not None and verdict.is_partial,
    )


def _keep(
    services: Services,
    asker: Asker,
    about: AboutRun,
    run: StoredRun,
    answer: ReadResults,
    digest: bytes,
    size: int,
    content: bytes | None,
) -> StoredRun:
    """Rule 2. Raises Conflict where the same request came twice at once."""
    keys = [(name, UUID(uuid).bytes if uuid else b"") for name, uuid, _ in answer.tests]
    with services.database.write() as transaction:
        numbers = services.dictionary.numbers(transaction, keys)
        outcomes = packed({number: test[2] for number, test in zip(numbers, answer.tests, strict=True)})
        if run.evidence is not None:
            runs.name_evidence(transaction, run.evidence, size, run.created)
        upload = None if content is None else zlib.compress(content, 6)
        runs.add(transaction, run, RunContent(upload, outcomes), about.tags)
        if about.key is not None:
            runs.remember(transaction, asker, about.key, digest, run.id, run.created)
        if run.guideline is not None and answer.verdict is not None:
            found = answer.verdict
            verdict = StoredVerdict(
                run.guideline,
                found.program,
                found.standing,
                found.sentence,
                found.is_partial,
                guidelines.today(services),
            )
            runs.add_verdict(transaction, run.id, verdict)
    return run


def show(services: Services, asker: Asker, run: bytes) -> tuple[StoredRun, dict[str, str]]:
    """The run and its tags. Raises NotFound."""
    with services.database.read() as transaction:
        found = runs.one(transaction, asker, run)
        if found is None:
            raise NotFound(f"there is no run {ids.written(run)} that you may see")
        return found, runs.tags_of(transaction, run)


def results(services: Services, asker: Asker, run: bytes) -> tuple[StoredRun, list[ResultOfTest]]:
    """The run, every test of it and what became of each. Raises NotFound."""
    with services.database.read() as transaction:
        shown = runs.one(transaction, asker, run)
        if shown is None:
            raise NotFound(f"there is no run {ids.written(run)} that you may see")
        vector = runs.content_of(transaction, run).outcomes
    outcomes = {} if vector is None else unpacked(vector)
    tests = services.dictionary.tests(outcomes)
    return shown, [
        ResultOfTest(name, str(UUID(bytes=uuid)) if uuid else None, outcomes[number])
        for number, (name, uuid) in tests.items()
    ]


@contextmanager
def received(services: Services, asker: Asker, run: bytes) -> Iterator[tuple[StoredRun, Path]]:
    """The bytes of a run as they were received, in a file for as long as the context lasts. Raises NotFound."""
    with services.database.read() as transaction:
        found = runs.one(transaction, asker, run)
        if found is None:
            raise NotFound(f"there is no run {ids.written(run)} that you may see")
        upload = runs.content_of(transaction, run).upload
    with tempfile.NamedTemporaryFile(prefix="certmark-run-") as file:
        for piece in [upload] if upload is not None else services.evidence.read(found.evidence or b""):
            file.write(piece)
        file.flush()
        yield found, Path(file.name)


@dataclass(frozen=True, kw_only=True)
class VerdictRequest:
    """By what a run is judged; what is not named is as its sender named it."""

    guideline: str | None = None
    program: str | None = None
    as_of: str | None = None
    policy: str | None = None
    """A name, or a JSON document."""
    form: str
    """In which form the verdict is wanted (`reporting.views.Form`)."""


def verdict(services: Services, asker: Asker, run: bytes, wanted: VerdictRequest) -> tuple[StoredRun, JudgedAs]:
    """The run and its verdict, judged now. Raises NotFound, InvalidRequest, UnreadableResults or CannotProceed."""
    with received(services, asker, run) as (found, file):
        named = wanted.guideline or (None if found.guideline is None else found.guideline.hex())
        if named is None:
            raise InvalidRequest("nobody named a guideline for this run; name one")
        program = wanted.program or (found.program if wanted.guideline is None else None)
        revision = guidelines.revision_of(services, named)
        answer = _read_results(services, _request(services, file, found.name, revision, program, wanted))
    assert answer.verdict is not None  # noqa: S101 - a guideline was named
    return found, answer.verdict


def delete(services: Services, asker: Asker, run: bytes) -> None:
    """Forget a run of theirs; its evidence goes when nothing names it. Raises NotFound or NotAllowed."""
    found, _ = show(services, asker, run)
    if found.owner != asker.identity or not asker.may(Scope.SUBMIT):
        raise NotAllowed("only the owner of a run may delete it")
    with services.database.write() as transaction:
        runs.remove(transaction, asker, run)

"""Runs: received, shown, judged again, deleted.

1. What came is read and judged in a process of its own; what cannot be read leaves nothing behind. What is large
   is kept first and read by a job; where it cannot be read, the run says why.
2. Evidence is written before the row that names it, and both are on disk before the sender hears of it.
3. The same key of the same asker is the same run; with other content it is refused.
4. A run is its owner's, and others see it where it is public.
5. What a bundle says of itself is taken from it; a sender who says something else is refused.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from zstandard import ZstdError

from certmark.domain.errors import InvalidRequest
from certmark.domain.submissions import Contradiction, RunClaim, agreed
from certmark.formats.errors import UnreadableResults
from certmark.server import ids
from certmark.server.asking import Asker, TokenScope
from certmark.server.reading.messages import JudgedAs, KnownGuideline, ReadRequest, ReadResults, Unreadable
from certmark.server.services import claims, collecting, guidelines, jobs
from certmark.server.services.changes import changing
from certmark.server.services.context import Services
from certmark.server.services.errors import AnotherUpload, NotFound, NotPermitted, NotReadYet
from certmark.server.services.jobs import JobKind
from certmark.server.store import audit, runs
from certmark.server.store.database import Conflict, Transaction
from certmark.server.store.dictionary import packed, packed_vector, unpacked
from certmark.server.store.evidence import DamagedEvidence, compared
from certmark.server.store.guidelines import Revision
from certmark.server.store.runs import ReadingState, RunContent, RunRow

INLINE = 256 << 10
"""Bytes up to which what came is kept in its row."""


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


KeptWithRun = Callable[[Transaction, RunRow], None]


def _nothing(transaction: Transaction, run: RunRow) -> None:
    """A run by itself."""


class ResultOfTest(msgspec.Struct, frozen=True, order=True, gc=False):
    """A test of a run."""

    name: str
    uuid: str | None
    outcome: int
    """A `reading.messages.OutcomeCode`."""


def receive(services: Services, asker: Asker, file: Path, about: AboutRun, also: KeptWithRun = _nothing) -> RunRow:
    """Keep what is in `file`; in the same transaction `also` keeps more of it.

    Raises NotPermitted, NotFound, AnotherUpload, UnreadableResults or CannotProceed.
    """
    if not asker.may(TokenScope.SUBMIT) or asker.identity is None:
        raise NotPermitted("only who may submit can send results")
    _check_words(about)
    claims.vocabulary().check(about.tags)
    received = _received(file)
    if about.sha256 is not None and about.sha256 != received.digest.hex():
        raise Contradiction(
            f"the SHA-256 of {about.name} is {received.digest.hex()} here; it was damaged on its way", "sha256"
        )
    before = _before(services, asker, about, received)
    if before is not None:
        return before
    if services.settings.quota:
        services.quotas.take(services.database, services.settings.quota, asker.identity, received.size)
    revision = None if about.guideline is None else guidelines.revision_of(services, about.guideline)
    run, answer = _unread(services, asker, about, revision, received), None
    if received.size <= services.settings.largest_read_at_once:
        run, answer = read_run(services, run, file, revision)
    try:
        return _keep(services, asker, run, received, answer, about, also)
    except Conflict:
        before = _before(services, asker, about, received)
        if before is None:
            raise
        return before


def read_run(services: Services, run: RunRow, file: Path, revision: Revision | None) -> tuple[RunRow, ReadResults]:
    """A run with what is in its bytes, judged by `revision`, else by what they name.

    Raises NotFound, InvalidRequest, UnreadableResults, Contradiction or CannotProceed.
    """
    answer = _read(services, file, run, revision)
    if answer.verdict is None and run.program is not None and revision is None:
        revision = guidelines.revision_with(services, run.program)
        answer = _read(services, file, run, revision)
    verdict = answer.verdict
    judged = None if verdict is None else verdict.program
    said = claims_of_run(run)._replace(guideline=None if revision is None else revision.digest.hex(), program=judged)
    claims = agreed(said, answer.facts.claim, run.name)._asdict() | {"guideline": None, "program": None}
    found = run._replace(
        **claims,
        state=ReadingState.READ,
        format=answer.format,
        began=answer.began,
        ended=answer.ended,
        doubts=answer.doubts,
    )
    return found if verdict is None else judged_run(services, found, verdict), answer


def judged_run(services: Services, run: RunRow, verdict: JudgedAs) -> RunRow:
    """A run with this verdict."""
    return run._replace(
        guideline=bytes.fromhex(verdict.guideline),
        program=verdict.program,
        standing=verdict.standing,
        is_partial=verdict.is_partial,
        sentence=verdict.sentence,
        as_of=guidelines.today(services),
    )


class _Received(NamedTuple):
    file: Path
    digest: bytes
    size: int
    content: bytes | None
    """The bytes, where they are kept in the row."""


def _received(file: Path) -> _Received:
    with file.open("rb", buffering=0) as stream:
        content = stream.read(INLINE + 1)
        if len(content) <= INLINE:
            return _Received(file, hashlib.sha256(content).digest(), len(content), content)
        stream.seek(0)
        return _Received(file, hashlib.file_digest(stream, "sha256").digest(), stream.tell(), None)


def _check_words(about: AboutRun) -> None:
    """What no database keeps is refused before anything else."""
    words = (about.name, about.guideline, about.program, about.subject, about.vendor, about.product, about.version)
    for word in (*words, about.region, about.key, *about.tags, *about.tags.values()):
        if word is not None and not _can_be_kept(word):
            raise InvalidRequest(f"{word[:40]!r} has a character that is none; leave it out")


def _can_be_kept(word: str) -> bool:
    return "\0" not in word and (word.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in word))


def _before(services: Services, asker: Asker, about: AboutRun, received: _Received) -> RunRow | None:
    """Rule 3."""
    if about.key is None:
        return None
    with services.database.peek() as transaction:
        known = runs.earlier(transaction, asker, about.key)
    if known is not None and known.digest != received.digest:
        raise AnotherUpload("the key of this request was used for other content; take another key")
    return known


def sent_with(services: Services, asker: Asker, key: str) -> RunRow | None:
    """The run that was made of the request with this key of theirs."""
    with services.database.peek() as transaction:
        return runs.earlier(transaction, asker, key)


def _read(services: Services, file: Path, run: RunRow, revision: Revision | None) -> ReadResults:
    """Rule 1."""
    at_hand = () if revision is not None else guidelines.at_hand(services)
    request = _request(services, file, run.name, revision, run.program, at_hand=at_hand)
    return _read_results(services, replace(request, by_number=True))


def _read_results(services: Services, request: ReadRequest) -> ReadResults:
    answer = guidelines.read_results(services, request)
    if isinstance(answer, Unreadable):
        raise refusal(answer)
    if not answer.tests and not any(answer.outcomes):
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


def claims_of_run(run: RunRow) -> RunClaim:
    """What is known of a run by now."""
    guideline = None if run.guideline is None else run.guideline.hex()
    return RunClaim(run.subject, run.region, run.suite, guideline, run.program, run.vendor, run.product, run.version)


def _unread(
    services: Services, asker: Asker, about: AboutRun, revision: Revision | None, received: _Received
) -> RunRow:
    """A run as its sender describes it."""
    assert asker.identity is not None  # noqa: S101 - they may submit
    created = services.clock()
    return RunRow(
        id=ids.new_id(created),
        owner=asker.identity,
        created=created,
        state=ReadingState.RECEIVED,
        is_public=about.is_public,
        name=about.name,
        digest=received.digest,
        size=received.size,
        evidence=received.digest if received.content is None else None,
        format=None,
        began=None,
        ended=None,
        subject=about.subject,
        suite=None,
        vendor=about.vendor,
        product=about.product,
        version=about.version,
        region=about.region,
        guideline=None if revision is None else revision.digest,
        program=about.program,
        problem=None,
    )


def _keep(
    services: Services,
    asker: Asker,
    run: RunRow,
    received: _Received,
    answer: ReadResults | None,
    about: AboutRun,
    also: KeptWithRun,
) -> RunRow:
    """Rule 2; without `answer` a job reads it. Raises Conflict where the same request came twice at once."""
    upload = None if received.content is None else services.packer.pack(received.content)

    def add(transaction: Transaction) -> None:
        outcomes = None if answer is None else outcomes_of(services, transaction, answer)
        runs.add(transaction, run, RunContent(upload, outcomes), about.tags, about.key)
        also(transaction, run)
        audit.note(transaction, asker, "run.add", ids.written(run.id), run.created)
        if answer is None:
            jobs.ask(services, transaction, JobKind.READ, run.id.hex())

    if received.content is None:
        collecting.keep_named(services, received.file, received.digest, add)
    else:
        with services.database.write() as transaction:
            add(transaction)
    if answer is not None:
        renew_dictionary(services, answer)
    return run


def renew_dictionary(services: Services, answer: ReadResults) -> None:
    """Have tests that are new among the known ones; to be done once they are kept."""
    if services.dictionary.lacks((name, uuid) for name, uuid, _ in answer.tests):
        services.dictionary.refresh()
        services.packer.renew(services.dictionary)


def outcomes_of(services: Services, transaction: Transaction, answer: ReadResults) -> bytes:
    """What came of which test, as a vector."""
    if not answer.tests:
        return packed_vector(answer.outcomes)
    numbers = services.dictionary.numbers(transaction, [(name, uuid) for name, uuid, _ in answer.tests])
    return packed({number: test[2] for number, test in zip(numbers, answer.tests, strict=True)})


def show(services: Services, asker: Asker, run: bytes) -> tuple[RunRow, dict[str, str]]:
    """The run and its tags. Raises NotFound."""
    with services.database.peek() as transaction:
        found = runs.one(transaction, asker, run)
        if found is None:
            raise NotFound(f"there is no run {ids.written(run)} that you may see")
        return found, runs.tags_of(transaction, run)


def results(services: Services, asker: Asker, run: bytes) -> tuple[RunRow, list[ResultOfTest]]:
    """The run, every test of it and what became of each. Raises NotFound, NotReadYet or UnreadableResults."""
    with services.database.read() as transaction:
        shown = runs.one(transaction, asker, run)
        if shown is None:
            raise NotFound(f"there is no run {ids.written(run)} that you may see")
        vector = runs.content_of(transaction, run).outcomes
    check_is_read(shown)
    outcomes = {} if vector is None else unpacked(vector)
    tests = services.dictionary.tests(outcomes)
    return shown, [ResultOfTest(name, uuid or None, outcomes[number]) for number, name, uuid in tests.values()]


@contextmanager
def received(services: Services, asker: Asker, run: bytes) -> Iterator[tuple[RunRow, Path]]:
    """The bytes of a run as they were received, in a file for as long as the context lasts. Raises NotFound."""
    with services.database.read() as transaction:
        found = runs.one(transaction, asker, run)
        if found is None:
            raise NotFound(f"there is no run {ids.written(run)} that you may see")
        packed_upload = runs.content_of(transaction, run).upload
    with tempfile.NamedTemporaryFile(dir=services.scratch) as file:
        for piece in pieces_of(services, found, packed_upload):
            file.write(piece)
        file.flush()
        yield found, Path(file.name)


def check_is_read(run: RunRow) -> None:
    """Raises NotReadYet or UnreadableResults."""
    if run.state is ReadingState.RECEIVED:
        raise NotReadYet(f"the run {ids.written(run.id)} is kept, and was not read yet; ask again in a moment")
    if run.state is ReadingState.UNREADABLE:
        raise UnreadableResults(run.problem or f"{run.name} could not be read")


def pieces_of(services: Services, run: RunRow, upload: bytes | None) -> Iterator[bytes]:
    """The bytes as they were received; `upload` are those of the row.

    Raises DamagedEvidence where they are gone, or EvidenceAway; the iterator as well, where they are others by now.
    """
    try:
        if upload is None:
            return services.evidence.read(run.digest)
        return compared(iter([services.packer.unpack(upload)]), run.digest)
    except (KeyError, ZstdError) as error:
        raise DamagedEvidence(
            f"the evidence {run.digest.hex()} of the run {ids.written(run.id)} is not where it is kept; restore it"
        ) from error


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


def verdict(services: Services, asker: Asker, run: bytes, wanted: VerdictRequest) -> tuple[RunRow, JudgedAs]:
    """The run and its verdict, judged now. Raises NotFound, InvalidRequest, UnreadableResults or CannotProceed."""
    with received(services, asker, run) as (found, file):
        check_is_read(found)
        named = wanted.guideline or (None if found.guideline is None else found.guideline.hex())
        if named is None:
            raise InvalidRequest("nobody named a guideline for this run; name one")
        program = wanted.program or (found.program if wanted.guideline is None else None)
        revision = guidelines.revision_of(services, named)
        answer = _read_results(services, _request(services, file, found.name, revision, program, wanted))
    assert answer.verdict is not None  # noqa: S101 - a guideline was named
    return found, answer.verdict


def delete(services: Services, asker: Asker, run: bytes) -> None:
    """Forget a run of theirs or their vendor's, and its evidence if nothing else names it.

    Raises NotFound, NotPermitted, or WrongState where it is verified, or an application rests on it.
    """
    found, _ = show(services, asker, run)
    with changing(services, claims.CITED) as transaction:
        claim = claims.to_edit(transaction, asker, found)
        claims.check_not_cited(transaction, run)
        runs.remove(transaction, run)
        claims.note_removal(services, transaction, asker, found, claim)
    if found.evidence is not None:
        collecting.collect_one(services, found.evidence)


def latest_whole(services: Services, asker: Asker, *, vendor: str, product: str, program: str) -> RunRow:
    """The newest run of a product that covers all of a program, however many partial ones came later.

    Of those that whoever asks may see. Raises NotFound.
    """
    with services.database.read() as transaction:
        found = runs.latest_whole(transaction, asker, vendor=vendor, product=product, program=program)
    if found is None:
        raise NotFound(f"there is no whole run of {vendor}/{product} for {program} that you may see")
    return found

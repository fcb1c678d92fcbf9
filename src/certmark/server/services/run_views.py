"""What people look at of a run: its verdict whole, what it followed, what changed since, the files in it.

1. A verdict is made of bytes, guidelines, program, policy, day and version: while these are the same it is not made
   again (`services.sealed`). It is judged as of the day of the verdict that is kept, where that is asked for.
2. The run before it is the last one of its cloud, else of its product, with the same program; what is shared is
   compared with what is shared, so that everybody sees the same.
3. What was never judged is no failure: it has no verdict, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import NamedTuple, TypeVar

import msgspec

from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.reading.messages import (
    PAGE,
    EvidenceRequest,
    ReadEvidence,
    RunReport,
    Unreadable,
)
from certmark.server.services import claims, evidence, guidelines
from certmark.server.services import runs as sent
from certmark.server.services.claims import ShownClaim
from certmark.server.services.context import Services
from certmark.server.services.runs import VerdictRequest, check_is_read, received, refusal
from certmark.server.store import attestations, listings, runs, upkeep
from certmark.server.store import guidelines as stored_guidelines
from certmark.server.store.attestations import AcceptedAttestation
from certmark.server.store.guidelines import Revision
from certmark.server.store.listings import RunFilter
from certmark.server.store.runs import ReadingState, RunRow
from certmark.server.store.upkeep import VerdictBeside
from certmark.version import __version__

_LOOKED_AT = 20
"""Runs of a cloud among which the one before is looked for."""
LARGEST_AT_ONCE = 16 << 20
"""Bytes of two runs that are compared unasked."""
Made = TypeVar("Made")


class RunView(NamedTuple):
    """A run with what stands around it."""

    run: RunRow
    tags: dict[str, str]
    claim: ShownClaim
    proof: AcceptedAttestation | None
    revision: Revision | None
    """Of the guideline that judged it."""
    beside: tuple[tuple[Revision, VerdictBeside], ...]
    """How it stands under other guidelines."""
    before: RunRow | None
    """Rule 2."""
    newest_whole: RunRow | None
    """A newer whole run of its product for its program."""
    guidelines: tuple[Revision, ...]
    """Those by which it can be judged, the newest of each id."""


def view(services: Services, asker: Asker, run: bytes) -> RunView:
    """The run, and what stands around it. Raises NotFound."""
    shown = claims.show(services, asker, run)
    found = shown.run
    before = previous(services, asker, shown)
    newest = _newest_whole(services, asker, found)
    with services.database.read() as transaction:
        every = {one.digest: one for one in stored_guidelines.every(transaction)}
        beside = upkeep.verdicts_beside(transaction, run)
        tags = runs.tags_of(transaction, run)
        proof = attestations.of_run(transaction, run)
    return RunView(
        run=found,
        tags=tags,
        claim=shown,
        proof=proof,
        revision=None if found.guideline is None else every.get(found.guideline),
        beside=tuple((every[one.guideline], one) for one in beside if one.guideline in every),
        before=before,
        newest_whole=newest,
        guidelines=tuple({one.id: one for one in every.values()}.values()),
    )


def _newest_whole(services: Services, asker: Asker, run: RunRow) -> RunRow | None:
    if run.vendor is None or run.product is None or run.program is None:
        return None
    with services.database.read() as transaction:
        found = runs.latest_whole(transaction, asker, vendor=run.vendor, product=run.product, program=run.program)
    return found if found is not None and found.id > run.id else None


def previous(services: Services, asker: Asker, shown: ShownClaim) -> RunRow | None:
    """Rule 2: the one that this is compared with; None: there is none that whoever asks may see."""
    run = shown.run
    if run.subject is None and (run.vendor is None or run.product is None):
        return None
    found = [one for one in _earlier(services, asker, shown) if _is_alike(one, run)]
    return max(found, key=lambda one: one.id, default=None)


def _earlier(services: Services, asker: Asker, shown: ShownClaim) -> Iterator[RunRow]:
    run = shown.run
    behind = (run.created, run.id)
    wanted = RunFilter(subject=run.subject) if run.subject else RunFilter(vendor=run.vendor, product=run.product)
    with services.database.peek() as transaction:
        for is_public in (True,) if run.is_public or asker.identity is None else (True, False):
            page = listings.page(
                transaction, asker, wanted._replace(is_public=is_public), behind=behind, most=_LOOKED_AT
            )
            yield from page.runs
        if not run.is_public and shown.product is not None:
            yield from listings.of_vendor(transaction, asker, shown.product.vendor, behind, _LOOKED_AT)


def _is_alike(one: RunRow, run: RunRow) -> bool:
    same = one.subject == run.subject if run.subject else (one.vendor, one.product) == (run.vendor, run.product)
    return same and one.state is ReadingState.READ and one.program == run.program


def report(services: Services, asker: Asker, run: bytes, wanted: VerdictRequest | None = None) -> RunReport:
    """The verdict of a run, whole: as it is kept, or as wanted. Rule 1.

    Raises NotFound, NotReadYet, InvalidRequest, UnreadableResults or CannotProceed.
    """
    found, _ = sent.show(services, asker, run)
    check_is_read(found)
    wanted = wanted or VerdictRequest(form=PAGE, as_of=found.as_of)
    key = ("report", found.digest, found.name, found.guideline, found.program, wanted, _hosts(services), __version__)
    if wanted.as_of is None:
        key = (*key, guidelines.today(services))

    def make() -> tuple[RunReport, int]:
        _, verdict = sent.verdict(services, asker, run, wanted)
        return msgspec.json.decode(verdict.rendered, type=RunReport), len(verdict.rendered)

    return _made(services, key, make)


def _hosts(services: Services) -> Hashable:
    """What an add-on may be judged by, and what the id of a guideline means."""
    with services.database.peek() as transaction:
        return tuple(one.digest for one in stored_guidelines.every(transaction))


def _made(services: Services, key: Hashable, make: Callable[[], tuple[Made, int]]) -> Made:
    kept = services.sealed.get(key)
    if kept is None:
        kept, size = make()
        services.sealed.keep(key, kept, size)
    return kept  # type: ignore[return-value]  # of this key, which names what is made


class ComparedSide(msgspec.Struct, frozen=True):
    """A test in one of two runs."""

    name: str
    state: str
    attempts: tuple[str, ...]
    reason: str


class ComparedTest(msgspec.Struct, frozen=True):
    """A test that is not as it was, or is not stable."""

    name: str
    change: str
    renamed: bool
    unstable: bool
    before: ComparedSide | None
    after: ComparedSide | None


class Comparison(msgspec.Struct, frozen=True):
    """What changed between two runs: `counts` has every change, `tests` all but those that are as they were."""

    counts: dict[str, int]
    tests: tuple[ComparedTest, ...]

    @property
    def unstable(self) -> int:
        """Tests whose attempts in one of the runs came to different things."""
        return sum(test.unstable for test in self.tests)


def compare(services: Services, asker: Asker, before: bytes, after: bytes) -> Comparison:
    """What changed between two runs. Raises NotFound, NotReadYet, UnreadableResults or FormatError."""
    (first, _), (second, _) = sent.show(services, asker, before), sent.show(services, asker, after)
    for one in (first, second):
        check_is_read(one)

    def make() -> tuple[Comparison, int]:
        answer, _ = evidence.compare(services, asker, before, after, "json")
        return msgspec.json.decode(answer.rendered, type=Comparison), len(answer.rendered)

    return _made(services, _key("comparison", first, second), make)


def comparison_text(services: Services, asker: Asker, before: bytes, after: bytes) -> str:
    """The same as Markdown, for a review. Raises likewise."""
    (first, _), (second, _) = sent.show(services, asker, before), sent.show(services, asker, after)

    def make() -> tuple[str, int]:
        answer, _ = evidence.compare(services, asker, before, after, "markdown")
        return answer.rendered.decode(), len(answer.rendered)

    return _made(services, _key("comparison text", first, second), make)


def _key(kind: str, before: RunRow, after: RunRow) -> Hashable:
    return kind, before.digest, before.name, after.digest, after.name, __version__


def is_compared_unasked(services: Services, before: RunRow, after: RunRow) -> bool:
    """Whether what changed between them is there, or is soon."""
    is_small = before.size + after.size <= LARGEST_AT_ONCE
    return is_small or services.sealed.get(_key("comparison", before, after)) is not None


def latest_of_cloud(
    services: Services,
    asker: Asker,
    cloud: str,
    *,
    program: str | None,
    guideline: bytes | None,
    until: int | None = None,
) -> RunRow | None:
    """The newest whole run of a cloud, shared or of who asks, before a moment; None: they may see none."""
    wanted = RunFilter(subject=cloud, program=program, guideline=guideline, until=until, is_whole=True)
    found: list[RunRow] = []
    with services.database.peek() as transaction:
        for is_public in (True,) if asker.identity is None else (True, False):
            page = listings.page(transaction, asker, wanted._replace(is_public=is_public), behind=None, most=1)
            found += page.runs
    return max(found, key=lambda one: one.id, default=None)


def files_of(
    services: Services, asker: Asker, run: bytes, member: str | None = None, *, first: int = 0, size: int = 1
) -> tuple[RunRow, ReadEvidence]:
    """The files in what was received, and a part of one. Raises NotFound, InvalidRequest or FormatError."""
    with received(services, asker, run) as (found, file):
        answer = services.readers.read(EvidenceRequest(str(file), found.name, member, first, size))
    if isinstance(answer, Unreadable):
        raise refusal(answer)
    assert isinstance(answer, ReadEvidence)  # noqa: S101 - as was asked
    return found, answer


def tag_of(found: RunView, *more: object) -> str:
    """What the page of a run is made of, in few signs: whatever of it is another is another tag."""
    import hashlib

    claim = found.claim
    parts = (
        found.run,
        sorted(found.tags.items()),
        claim.claim,
        claim.due,
        claim.sees_reasons,
        claim.version,
        claim.product,
        found.proof,
        found.beside,
        found.before,
        found.newest_whole,
        found.guidelines,
        __version__,
        more,
    )
    return f"{ids.written(found.run.id)}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"

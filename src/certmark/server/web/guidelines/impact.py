"""What a guideline changes, or a draft of one would, for clouds whose runs are shared: who breaks, who newly passes.

1. It is held against the guideline that it says it replaces, where that is here; else against the one before it in
   its family; or against the one that somebody names.
2. One run of each cloud and program is looked at, as `corpus.impact` chooses it.
3. Of the same two texts and the same shared runs the answer is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from threading import Lock
from weakref import WeakKeyDictionary

import msgspec

from certmark.corpus.history import Snapshot
from certmark.corpus.yardsticks import NotOverTheHistory
from certmark.domain.errors import InvalidRequest
from certmark.domain.impacts import GuidelineImpact, RunImpact
from certmark.domain.verdict_values import Standing
from certmark.server import ids
from certmark.server.services import corpus, drafts
from certmark.server.services.context import Services
from certmark.server.services.drafts import DraftImpact
from certmark.server.services.read_guidelines import guideline_in
from certmark.server.web.guidelines.figures import history_tag
from certmark.server.web.guidelines.guideline import PageLink
from certmark.server.web.guidelines.opened import (
    GuidelineInLibrary,
    PinnedRevision,
    capability_place,
    cut,
    opened,
    pinned,
    revision_asked,
)
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

_MOST_RUNS, _MOST_HINDRANCES, _MOST_CAUSES = 200, 20, 200
_KNOWN: WeakKeyDictionary[Snapshot, dict[tuple[str, str], DraftImpact]] = WeakKeyDictionary()
_GUARD = Lock()


class ImpactParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Against what somebody wants to hold it."""

    against: str | None = None
    """An id, or an id with `@` and the beginning of a SHA-256."""


class HinderingTest(msgspec.Struct, frozen=True, kw_only=True):
    """A required test that keeps a run from passing."""

    capability: str
    capability_path: str
    test: str
    state: str


class AffectedRun(msgspec.Struct, frozen=True, kw_only=True):
    """The run of a cloud that comes to something else."""

    run: str
    path: str
    cloud: str
    program: str
    before: str
    after: str
    hindrances: tuple[HinderingTest, ...]
    more: int
    circumstances: tuple[str, ...]


class ProgramImpact(msgspec.Struct, frozen=True, kw_only=True):
    """A program, in numbers of clouds."""

    program: str
    clouds: int
    pass_before: int
    pass_after: int
    breaking: int
    newly_passing: int


class CauseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A test by which clouds break."""

    capability: str
    capability_path: str
    test: str
    clouds: int


class ImpactData(msgspec.Struct, frozen=True, kw_only=True):
    """What it changes."""

    guideline: PageLink
    is_draft: bool
    against: PageLink | None
    """Null: there is nothing before it here."""
    choices: tuple[PageLink, ...]
    """Against what else it may be held."""
    looked_at: int
    """Shared runs."""
    programs: tuple[ProgramImpact, ...]
    causes: tuple[CauseLine, ...]
    breaking: tuple[AffectedRun, ...]
    newly_passing: tuple[AffectedRun, ...]
    left_out: int
    """Runs that do not fit on the page; they are counted."""
    problem: str
    """Why it cannot be worked out; empty: it was."""


def impact(services: Services, asked: PageRequest) -> Shown:
    """The page."""
    found = revision_asked(services, asked)
    wanted = asked.query(ImpactParameters)
    tag = asked.unless_known(*found.tag, *history_tag(services, asked))
    one = opened(services, found)
    other = _other(one, found, wanted.against)
    data = _data(services, asked, one, found, other)
    rows = [_row(run) for run in (*data.breaking, *data.newly_passing)]
    word = "would change" if data.is_draft else "changed"
    return Shown(
        "guidelines/impact.html.j2",
        f"What {found.title} {word} for tested clouds",
        data,
        section="guidelines",
        csv=(("cloud", "run", "program", "before", "after", "hindrances"), rows),
        tag=tag,
    )


def _other(one: GuidelineInLibrary, found: PinnedRevision, against: str | None) -> PinnedRevision | None:
    """Rule 1. Raises NotFound or InvalidRequest."""
    if against is not None:
        return pinned(found.all, against)
    named = PurePosixPath(one.guideline.replaces or "").name.removesuffix(".json")
    if named and any(revision.id == named for revision in found.all):
        return pinned(found.all, named)
    earlier = one.earlier
    return None if earlier is None else _pinned(found, one.library.revision(earlier).digest.hex())


def _pinned(found: PinnedRevision, digest: str) -> PinnedRevision:
    return pinned(found.all, f"@{digest}")


def _data(
    services: Services,
    asked: PageRequest,
    one: GuidelineInLibrary,
    found: PinnedRevision,
    other: PinnedRevision | None,
) -> ImpactData:
    worked, problem = None, ""
    if other is not None:
        try:
            worked = _worked(services, asked, found, other)
        except (NotOverTheHistory, InvalidRequest) as error:
            problem = str(error)
    result = worked.impact if worked is not None else GuidelineImpact(())
    places = one.maker.places

    def place(key: str) -> str:
        return capability_place(one.guideline, found.path, key)

    return ImpactData(
        guideline=PageLink(found.title, found.path),
        is_draft=one.guideline.is_draft,
        against=None if other is None else PageLink(other.title, other.path),
        choices=tuple(PageLink(places.title(each), places.guideline(each)) for each in one.family[-30:]),
        looked_at=0 if worked is None else worked.looked_at,
        programs=tuple(_programs(result)),
        causes=tuple(
            CauseLine(
                capability=cut(cause.capability, 200),
                capability_path=place(cause.capability),
                test=cut(cause.test, 500),
                clouds=cause.clouds,
            )
            for cause in result.causes[:_MOST_CAUSES]
        ),
        breaking=tuple(_run(run, place) for run in result.breaking[:_MOST_RUNS]),
        newly_passing=tuple(_run(run, place) for run in result.newly_passing[:_MOST_RUNS]),
        left_out=max(0, len(result.breaking) - _MOST_RUNS) + max(0, len(result.newly_passing) - _MOST_RUNS),
        problem=problem,
    )


def _worked(services: Services, asked: PageRequest, found: PinnedRevision, other: PinnedRevision) -> DraftImpact:
    """Rule 3."""
    snapshot = corpus.snapshot(services, asked.asker)
    key = (other.revision.digest.hex(), found.revision.digest.hex())
    with _GUARD:
        known = _KNOWN.setdefault(snapshot, {}).get(key)
    if known is None:
        now, then = (guideline_in(services, each.revision) for each in (other, found))
        known = drafts.impact_between(services, asked.asker, now, then, named=lambda run: ids.written(run.id))
        with _GUARD:
            _KNOWN.setdefault(snapshot, {})[key] = known
    return known


def _programs(result: GuidelineImpact) -> Iterator[ProgramImpact]:
    for name in dict.fromkeys(run.program for run in result.runs):
        runs = [run for run in result.runs if run.program == name]
        yield ProgramImpact(
            program=cut(name, 200),
            clouds=len(runs),
            pass_before=sum(run.before is Standing.PASS for run in runs),
            pass_after=sum(run.after is Standing.PASS for run in runs),
            breaking=sum(run.breaks for run in runs),
            newly_passing=sum(run.newly_passes for run in runs),
        )


def _run(run: RunImpact, place: Callable[[str], str]) -> AffectedRun:
    hindrances: Sequence[HinderingTest] = [
        HinderingTest(
            capability=cut(one.capability, 200),
            capability_path=place(one.capability),
            test=cut(one.test, 500),
            state=one.state.value,
        )
        for one in run.hindrances[:_MOST_HINDRANCES]
    ]
    return AffectedRun(
        run=run.run,
        path=f"/runs/{run.run}",
        cloud=cut(run.cloud, 200),
        program=cut(run.program, 200),
        before="no such program" if run.before is None else run.before.value,
        after=run.after.value,
        hindrances=tuple(hindrances),
        more=len(run.hindrances) - len(hindrances),
        circumstances=tuple(cut(one, 500) for one in run.circumstances[:_MOST_HINDRANCES]),
    )


def _row(run: AffectedRun) -> tuple[str, ...]:
    tests = " ".join(one.test for one in run.hindrances)
    return (run.cloud, run.run, run.program, run.before, run.after, tests)


PAGES = (PageRoute("/guidelines/{guideline}/impact", impact, forms=("json", "csv")),)

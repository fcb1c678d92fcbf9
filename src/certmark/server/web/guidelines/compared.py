"""Two guidelines compared, and how one came about: its revisions, and its family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from certmark.domain.changes import GuidelineChange
from certmark.domain.guidelines import Guideline
from certmark.domain.must_pass import must_pass
from certmark.reporting.blocks import Block, Item, ItemGroup
from certmark.reporting.guideline.changes import GuidelineChangesView, gist, summary
from certmark.reporting.guideline_site.making import PagePlaces
from certmark.server.services import library
from certmark.server.services.context import Services
from certmark.server.services.library import shown_source
from certmark.server.services.read_guidelines import guideline_in
from certmark.server.store.guidelines import Revision
from certmark.server.web.feeds import Feed, FeedEntry
from certmark.server.web.guidelines.guideline import PageLink
from certmark.server.web.guidelines.opened import changes, cut, opened, pinned, revision_asked
from certmark.server.web.guidelines.places import SHOWN_DIGITS, guideline_path
from certmark.server.web.outlines import OutlineBlock, outline_of
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_MOST_ITEMS, _MOST_CHANGES, _MOST_REVISIONS = 400, 3000, 200


class ComparedSide(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two."""

    title: str
    path: str
    status: str
    sha256: str


class ProgramChange(msgspec.Struct, frozen=True, kw_only=True):
    """How many tests a program demands; null: there is no such program."""

    program: str
    before: int | None
    after: int | None
    new: int
    dropped: int


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that changed."""

    topic: str
    kind: str
    subject: str
    before: str
    after: str
    places: tuple[str, ...]


class ComparisonData(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one guideline to another."""

    before: ComparedSide
    after: ComparedSide
    other_way: str
    summary: str
    same: bool
    programs: tuple[ProgramChange, ...]
    outline: tuple[OutlineBlock, ...]
    """The changes in words."""
    changes: tuple[ChangeLine, ...]
    left_out: int


def diff(services: Services, asked: PageRequest) -> Shown:
    """The page."""
    first = revision_asked(services, asked)
    second = pinned(first.all, asked.request.path_params["other"])
    tag = asked.unless_known(*first.tag, second.revision.digest.hex())
    before, after = (guideline_in(services, one.revision) for one in (first, second))
    found = changes(before, after)
    view = GuidelineChangesView(found, before, after, full=True)
    sides = [
        ComparedSide(
            title=one.title, path=one.path, status=cut(one.revision.status, 100), sha256=one.revision.digest.hex()
        )
        for one in (first, second)
    ]
    data = ComparisonData(
        before=sides[0],
        after=sides[1],
        other_way=f"{second.path}/diff{first.path.removeprefix('/guidelines')}",
        summary=summary(found),
        same=not found,
        programs=tuple(_programs(before, after)),
        outline=tuple(outline_of(_bounded(list(view.blocks())[1:]), 500)),
        changes=tuple(map(_line, found[:_MOST_CHANGES])),
        left_out=max(0, len(found) - _MOST_CHANGES),
    )
    rows = ((one.topic, one.kind, one.subject, one.before, one.after, " ".join(one.places)) for one in data.changes)
    return Shown(
        "guidelines/diff.html.j2",
        f"From {first.title} to {second.title}",
        data,
        section="guidelines",
        csv=(("topic", "kind", "subject", "before", "after", "places"), rows),
        freshness=Freshness.SEALED,
        tag=tag,
    )


def _bounded(blocks: Sequence[Block]) -> Iterator[Block]:
    """No group is longer than a page bears."""
    for block in blocks:
        if isinstance(block, ItemGroup) and len(block.items) > _MOST_ITEMS:
            hidden = len(block.items) - _MOST_ITEMS
            yield block._replace(items=(*block.items[:_MOST_ITEMS], Item(f"and {hidden} more, in the CSV")))
        else:
            yield block


def _programs(before: Guideline, after: Guideline) -> Iterator[ProgramChange]:
    for one in must_pass(before, after)[:100]:
        yield ProgramChange(
            program=cut(one.program, 200),
            before=None if one.before is None else len(one.before),
            after=None if one.after is None else len(one.after),
            new=len(one.new),
            dropped=len(one.dropped),
        )


def _line(change: GuidelineChange) -> ChangeLine:
    return ChangeLine(
        topic=change.topic.value,
        kind=change.kind.value,
        subject=cut(change.subject, 500),
        before=cut(change.before, 500),
        after=cut(change.after, 500),
        places=tuple(cut(place, 200) for place in change.places[:20]),
    )


class RevisionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A text that a guideline had."""

    title: str
    path: str
    sha256: str
    status: str
    received: int
    source: str
    changes: str
    """Since the revision before it."""
    diff: str | None


class FamilyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A guideline of the family."""

    title: str
    path: str
    status: str
    is_this: bool
    gist: str
    diff: str | None


class GuidelineHistoryData(msgspec.Struct, frozen=True, kw_only=True):
    """How a guideline came about."""

    guideline: PageLink
    revisions: tuple[RevisionLine, ...]
    """The newest first."""
    left_out: int
    family: tuple[FamilyLine, ...]
    """The newest first."""


def history(services: Services, asked: PageRequest) -> Shown:
    """The page."""
    found = revision_asked(services, asked)
    tag = asked.unless_known(*found.tag)
    one = opened(services, found)
    same = found.revisions[-_MOST_REVISIONS:]
    lines = tuple(_revisions(services, same, library.newest(same)[0]))
    data = GuidelineHistoryData(
        guideline=PageLink(found.title, found.path),
        revisions=tuple(reversed(lines)),
        left_out=len(found.revisions) - len(same),
        family=tuple(reversed(list(_family(one.family, one.guideline, one.maker.places)))),
    )
    return Shown(
        "guidelines/history.html.j2",
        f"How {found.title} came about",
        data,
        section="guidelines",
        feed=Feed(f"Revisions of {found.title}", f"{found.path}/history", list(_entries(data.revisions))),
        tag=tag,
        freshness=Freshness.SEALED,
    )


def _revisions(services: Services, revisions: Iterable[Revision], newest: Revision) -> Iterator[RevisionLine]:
    before: Revision | None = None
    for one in revisions:
        path = guideline_path(one, is_newest=False)
        diff = None if before is None else _diff(guideline_path(before, is_newest=False), path)
        said = "" if before is None else summary(changes(*(guideline_in(services, each) for each in (before, one))))
        yield RevisionLine(
            title=f"{cut(one.id, 100)} @ {one.digest.hex()[:SHOWN_DIGITS]}",
            path=guideline_path(one, is_newest=one == newest),
            sha256=one.digest.hex(),
            status=cut(one.status, 100),
            received=one.created,
            source=shown_source(one),
            changes=said,
            diff=diff,
        )
        before = one


def _diff(before: str, after: str) -> str:
    """The page that compares two guidelines."""
    return f"{before}/diff{after.removeprefix('/guidelines')}"


def _family(family: Sequence[Guideline], this: Guideline, places: PagePlaces) -> Iterator[FamilyLine]:
    before: Guideline | None = None
    for one in family:
        yield FamilyLine(
            title=places.title(one),
            path=places.guideline(one),
            status=cut(one.status or "", 100),
            is_this=one is this,
            gist="" if before is None else gist(changes(before, one)) or "nothing of weight",
            diff=None if before is None else _diff(places.guideline(before), places.guideline(one)),
        )
        before = one


def _entries(lines: Iterable[RevisionLine]) -> Iterator[FeedEntry]:
    for one in lines:
        yield FeedEntry(
            id=f"urn:sha256:{one.sha256}",
            title=one.title,
            updated=one.received,
            address=one.path,
            summary=one.changes or f"SHA-256 {one.sha256}",
        )


PAGES = (
    PageRoute("/guidelines/{guideline}/history", history, forms=("json", "atom")),
    PageRoute("/guidelines/{guideline}/diff/{other}", diff, forms=("json", "csv")),
)

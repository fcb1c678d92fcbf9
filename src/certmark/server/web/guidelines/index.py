"""The list of guidelines: what is in force, what replaced what, and where they come from.

1. Every guideline that this server has is in it, add-ons, verticals and lists of tests like all others.
2. A source that was not read for a good while, or could not be, is named first; what was read before is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec

from certmark.domain.guidelines import Guideline
from certmark.reporting.guideline.changes import gist
from certmark.reporting.guideline_site.model import family_title
from certmark.server.services import library
from certmark.server.services.context import Services
from certmark.server.services.library import Library, SourceState, shown_source
from certmark.server.store.guidelines import Revision
from certmark.server.web.feeds import Feed, FeedEntry
from certmark.server.web.guidelines.guideline import PageLink, ProgramLine, program_lines
from certmark.server.web.guidelines.opened import changes, cut, maker_of, shelf_tag
from certmark.server.web.guidelines.places import guideline_path
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

_MOST_ENTRIES = 100


class ListFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which guidelines somebody wants to see."""

    status: str | None = None
    q: str | None = None


class ListedGuideline(msgspec.Struct, frozen=True, kw_only=True):
    """A guideline in the list."""

    id: str
    title: str
    path: str
    status: str
    is_draft: bool
    approval: str
    """As it says itself."""
    releases: tuple[str, ...]
    programs: tuple[ProgramLine, ...]
    capabilities: int
    replaces: PageLink | None
    replaced_by: PageLink | None
    replaced_by_draft: bool
    """Nobody decided yet on what says so."""
    received: int
    source: str
    revisions: int
    sha256: str
    gist: str
    """What changed since the one before it."""


class ListedFamily(msgspec.Struct, frozen=True, kw_only=True):
    """Guidelines that replace one another, the newest first."""

    title: str
    guidelines: tuple[ListedGuideline, ...]


class StatusTally(msgspec.Struct, frozen=True):
    """How many guidelines have a status, whatever is filtered."""

    status: str
    guidelines: int


class GuidelineListData(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    filters: ListFilters
    statuses: tuple[StatusTally, ...]
    families: tuple[ListedFamily, ...]
    sources: tuple[SourceState, ...]
    unreadable: tuple[str, ...]
    left_out: int


def guidelines(services: Services, asked: PageRequest) -> Shown:
    """The page."""
    filters = asked.query(ListFilters)
    revisions = tuple(library.every_revision(services))
    sources = library.source_states(services)
    tag = asked.unless_known(shelf_tag(revisions), sources)
    around = library.library_with(services, revisions)
    listed = _families(around, revisions)
    shown = tuple(
        msgspec.structs.replace(family, guidelines=kept)
        for family in listed
        if (kept := tuple(one for one in family.guidelines if _is_wanted(one, filters)))
    )
    statuses = [one.status for family in listed for one in family.guidelines]
    data = GuidelineListData(
        filters=filters,
        statuses=tuple(StatusTally(word, statuses.count(word)) for word in sorted(set(statuses))),
        families=shown,
        sources=sources,
        unreadable=tuple(cut(one, 100) for one in around.unreadable),
        left_out=around.left_out,
    )
    return Shown(
        "guidelines/index.html.j2",
        "Guidelines",
        data,
        section="guidelines",
        csv=(_COLUMNS, _rows(shown)),
        feed=_feed(revisions),
        tag=tag,
    )


def _is_wanted(one: ListedGuideline, filters: ListFilters) -> bool:
    if filters.status is not None and one.status != filters.status:
        return False
    text = " ".join((one.id, one.title, *one.releases, *(program.name for program in one.programs))).casefold()
    return all(word in text for word in (filters.q or "").casefold().split())


def _families(around: Library, revisions: tuple[Revision, ...]) -> tuple[ListedFamily, ...]:
    places = maker_of(around, revisions).places
    counts = [one.id for one in revisions]
    found = []
    for family in around.families:
        members = family.guidelines
        links = {_key(one.id): PageLink(places.title(one), places.guideline(one)) for one in members}
        # Of several that say they replace one, the first that somebody decided on; drafts may be stale.
        after: dict[str, PageLink] = {}
        for one in sorted(members, key=lambda one: one.is_draft):
            after.setdefault(_key(one.replaces or ""), links[_key(one.id)])
        lines = [
            _listed(one, around.revision(one), counts.count(one.id), links.get(_key(one.replaces or "")), earlier)
            for earlier, one in zip((None, *members[:-1]), members, strict=True)
        ]
        drafts = {places.guideline(one) for one in members if one.is_draft}
        known = [
            msgspec.structs.replace(one, replaced_by=by, replaced_by_draft=by is not None and by.path in drafts)
            for one in lines
            for by in [after.get(_key(one.id))]
        ]
        found.append(ListedFamily(title=cut(family_title(family), 200), guidelines=tuple(reversed(known))))
    return tuple(found)


def _key(written: str) -> str:
    """By which a guideline is meant in `replaces`: `2019.11`, `2019.11.json` or the path of that file."""
    return PurePosixPath(written).name.removesuffix(".json") if written else ""


def _listed(
    one: Guideline, revision: Revision, revisions: int, replaces: PageLink | None, earlier: Guideline | None
) -> ListedGuideline:
    path = guideline_path(revision, is_newest=True)
    return ListedGuideline(
        id=cut(one.id, 100),
        title=cut(one.title or "", 200),
        path=path,
        status=cut(one.status or "", 40),
        is_draft=one.is_draft,
        approval=cut(one.target_approval or "", 40),
        releases=tuple(cut(name, 40) for name in one.releases[:12]),
        programs=program_lines(path, one),
        capabilities=len(one.capabilities),
        replaces=replaces,
        replaced_by=None,
        replaced_by_draft=False,
        received=revision.created,
        source=shown_source(revision),
        revisions=revisions,
        sha256=revision.digest.hex(),
        gist="" if earlier is None else gist(changes(earlier, one)),
    )


_COLUMNS = ("id", "title", "status", "approval", "releases", "replaces", "replaced by", "received", "source", "sha256")


def _rows(families: tuple[ListedFamily, ...]) -> Iterator[tuple[object, ...]]:
    for family in families:
        for one in family.guidelines:
            ends = (link.title if link else "" for link in (one.replaces, one.replaced_by))
            releases = " ".join(one.releases)
            yield (one.id, one.title, one.status, one.approval, releases, *ends, one.received, one.source, one.sha256)


def _feed(revisions: tuple[Revision, ...]) -> Feed:
    """Each revision once, as it came."""
    newest = set(library.newest(revisions))
    ordered = sorted(revisions, key=lambda one: (-one.created, one.id))[:_MOST_ENTRIES]
    first: dict[str, Revision] = {}
    for one in revisions:
        first.setdefault(one.id, one)
    entries = [
        FeedEntry(
            id=f"urn:sha256:{one.digest.hex()}",
            title=f"Guideline {cut(one.id, 100)}" + ("" if first[one.id] == one else ", a new revision"),
            updated=one.created,
            address=guideline_path(one, is_newest=one in newest),
            summary=f"Status: {cut(one.status, 100) or 'none'}. SHA-256 {one.digest.hex()}.",
        )
        for one in ordered
    ]
    return Feed("Guidelines", "/guidelines", entries)


PAGES = (PageRoute("/guidelines", guidelines, forms=("json", "csv", "atom")),)

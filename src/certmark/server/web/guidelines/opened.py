"""A guideline that somebody wants to see: its revision, what is in it, and its neighbours."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import NamedTuple

from certmark.domain.capability_histories import is_plain_list
from certmark.domain.changes import GuidelineChange
from certmark.domain.guideline_changes import changes_between
from certmark.domain.guidelines import Guideline
from certmark.reporting.guideline_site.making import PagePlaces, PartsMaker
from certmark.server.services import library
from certmark.server.services.context import Services
from certmark.server.services.library import Library
from certmark.server.services.moments import moment_of
from certmark.server.services.read_guidelines import guideline_in
from certmark.server.store.guidelines import Revision
from certmark.server.web.guidelines.places import SHOWN_DIGITS, capability_path, guideline_path, named_in
from certmark.server.web.requests import PageRequest

LONGEST = 2000
"""Signs of one text of a guideline on a page; all of it is in the guideline itself."""


class PinnedRevision(NamedTuple):
    """What an address names."""

    revision: Revision
    is_newest: bool
    """Of its id."""
    revisions: tuple[Revision, ...]
    """Of its id, the oldest first."""
    all: tuple[Revision, ...]
    """Of every id."""

    @property
    def path(self) -> str:
        """Of its page."""
        return guideline_path(self.revision, is_newest=self.is_newest)

    @property
    def title(self) -> str:
        """What it is called."""
        return title_of(self.revision, is_newest=self.is_newest)

    @property
    def tag(self) -> tuple[str, ...]:
        """What pages on it change with."""
        return self.revision.digest.hex(), shelf_tag(self.all)


def shelf_tag(revisions: tuple[Revision, ...]) -> str:
    """What pages on all guidelines change with."""
    return f"{len(revisions)} {max((one.created for one in revisions), default=0)}"


def revision_asked(services: Services, asked: PageRequest, part: str = "guideline") -> PinnedRevision:
    """The revision that the address names. Raises NotFound or InvalidRequest."""
    return pinned(tuple(library.every_revision(services)), asked.request.path_params[part])


def pinned(revisions: tuple[Revision, ...], word: str) -> PinnedRevision:
    """Likewise by a part of an address. Raises NotFound or InvalidRequest."""
    found = library.revision_named(revisions, *named_in(word))
    same = tuple(one for one in revisions if one.id == found.id)
    return PinnedRevision(found, library.newest(same) == [found], same, revisions)


class GuidelineInLibrary(NamedTuple):
    """A guideline, read, with what stands around it."""

    guideline: Guideline
    library: Library
    family: tuple[Guideline, ...]
    maker: PartsMaker

    @property
    def earlier(self) -> Guideline | None:
        """The one before it in its family."""
        place = self.family.index(self.guideline)
        return self.family[place - 1] if place else None

    @property
    def later(self) -> Guideline | None:
        """The one after it."""
        place = self.family.index(self.guideline) + 1
        return self.family[place] if place < len(self.family) else None


def opened(services: Services, found: PinnedRevision) -> GuidelineInLibrary:
    """Read it, and its neighbours. Raises FormatError."""
    guideline = guideline_in(services, found.revision)
    around = library.library_with(services, found.all, found.revision)
    family = around.family(guideline).guidelines
    return GuidelineInLibrary(guideline, around, family, maker_of(around, found.all))


def maker_of(around: Library, revisions: tuple[Revision, ...]) -> PartsMaker:
    """Who makes the parts of pages on what is in the library."""
    newest = set(library.newest(revisions))

    def title(guideline: Guideline) -> str:
        revision = around.revision(guideline)
        return title_of(revision, is_newest=revision in newest)

    def path(guideline: Guideline) -> str:
        revision = around.revision(guideline)
        return guideline_path(revision, is_newest=revision in newest)

    return PartsMaker(PagePlaces(title, path, capability_path, cut))


def capability_place(guideline: Guideline, path: str, key: str) -> str:
    """Where a capability is described: the groups of a list have no pages of their own, but that of the list."""
    return path if is_plain_list(guideline) else capability_path(key)


def title_of(revision: Revision, *, is_newest: bool) -> str:
    """What a revision is called."""
    return cut(revision.id, 100) if is_newest else f"{cut(revision.id, 100)} @ {revision.digest.hex()[:SHOWN_DIGITS]}"


def cut(text: str, most: int = LONGEST) -> str:
    """The beginning of a long text."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


@lru_cache(maxsize=128)
def changes(before: Guideline, after: Guideline) -> tuple[GuidelineChange, ...]:
    """What changed; worked out once for each pair of texts."""
    return changes_between(before, after)


def day_of(services: Services) -> dt.date:
    """The day by the server's clock, UTC."""
    return moment_of(services.clock()).date()


def age(written: str, today: dt.date) -> str:
    """How long ago a day was that a guideline names, in words; empty where it names none."""
    try:
        day = dt.date.fromisoformat(written[:10])
    except ValueError:
        return ""
    years = (today - day).days // 365
    return "less than a year" if years < 1 else "1 year" if years == 1 else f"{years} years"

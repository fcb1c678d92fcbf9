"""The first page: what this programme certifies, what is new, and where to go on."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from certmark.domain.errors import CannotProceed, InvalidInput
from certmark.domain.permissions import Right
from certmark.server.services import catalogue, guidelines, listings
from certmark.server.services.context import Services
from certmark.server.store.guidelines import Revision
from certmark.server.store.listings import RunFilter
from certmark.server.web.desk import RunLine, run_lines
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_GUIDELINES = 3
_RUNS = 6


class GuidelineLine(msgspec.Struct, frozen=True, kw_only=True):
    """A guideline, by its newest revision."""

    id: str
    status: str
    received: int
    programs: list[str]


class HomePage(msgspec.Struct, frozen=True, kw_only=True):
    """The programme's front."""

    guidelines: list[GuidelineLine]
    """The newest first; those that came last."""
    more: int
    """How many others there are."""
    runs: list[RunLine]
    """Shared ones, the newest first."""
    address: str
    """Of this server, for commands."""
    program: str
    """One that the first of these guidelines has, for commands."""
    is_known: bool
    """Whether somebody is signed in."""


def newest(revisions: list[Revision]) -> list[Revision]:
    """The newest revision of each guideline; approved ones first, then drafts, each the newest first."""
    by_id: dict[str, Revision] = {}
    for one in revisions:
        if one.id not in by_id or by_id[one.id].created <= one.created:
            by_id[one.id] = one
    return sorted(by_id.values(), key=lambda one: (one.status != "draft", one.created, one.id), reverse=True)


def _home(services: Services, asked: PageRequest) -> Shown:
    there = newest(guidelines.every(services)) if asked.asker.has(Right.SEE_GUIDELINE) else []
    found = listings.runs_like(services, asked.asker, RunFilter(is_public=True), behind=None, most=_RUNS)
    lines = [_line(services, one) for one in there[:_GUIDELINES]]
    data = HomePage(
        guidelines=lines,
        more=max(0, len(there) - _GUIDELINES),
        runs=run_lines(found.runs),
        address=asked.absolute(""),
        program=next((program for one in lines for program in one.programs), "PROGRAM"),
        is_known=asked.asker.identity is not None,
    )
    return Shown("home.html.j2", "Certmark", data, freshness=Freshness.PUBLIC)


def _line(services: Services, revision: Revision) -> GuidelineLine:
    programs: list[str] = []
    with suppress(InvalidInput, CannotProceed):  # the guideline's own page says what is wrong with it
        programs = [one.name for one in catalogue.content_by(services, revision.digest).programs]
    return GuidelineLine(id=revision.id, status=revision.status, received=revision.created, programs=programs)


PAGES: tuple[PageRoute, ...] = (PageRoute("/", _home),)

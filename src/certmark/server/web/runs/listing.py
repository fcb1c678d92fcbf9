"""The list of runs: shared ones or somebody's own, narrowed down, page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.server import ids
from certmark.server.api.v2.words import Cursor, cursor_of, cursor_text
from certmark.server.services import guidelines, listings
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store.guidelines import Revision
from certmark.server.store.listings import RunFilter
from certmark.server.web.feeds import Feed, FeedEntry
from certmark.server.web.requests import PageRequest, query_of
from certmark.server.web.runs.words import RunFacts, Tag, Word, facts_of, moment_of_day
from certmark.server.web.site import Freshness, PageRoute, Shown

_MOST, _MOST_AT_ONCE = 50, 200


class WantedRuns(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs."""

    of: Literal["mine", "public"] | None = None
    id: Annotated[str, Meta(pattern=r"^[0-9a-f][0-9a-f-]{3,35}$")] | None = None
    """The beginning of its id."""
    cloud: Word | None = None
    vendor: Word | None = None
    product: Word | None = None
    version: Word | None = None
    region: Word | None = None
    program: Word | None = None
    """A part of its name, in any case."""
    guideline: Word | None = None
    """An id, or the SHA-256 of a text."""
    standing: Literal["pass", "fail", "incomplete", "not applicable"] | None = None
    partial: Literal["yes", "no"] | None = None
    tag: Tag | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    """The last day."""
    limit: Annotated[int, Meta(ge=1, le=_MOST_AT_ONCE)] = _MOST
    behind: Cursor | None = None


class RunList(msgspec.Struct, frozen=True, kw_only=True):
    """Some runs, the newest first."""

    of: str
    runs: Sequence[RunFacts]
    behind: str | None
    """The cursor of the next page; null: this is the last one."""
    is_first: bool
    wanted: WantedRuns
    guidelines: Sequence[str]
    """Ids, for the choice."""
    has_filters: bool


def listed(services: Services, asked: PageRequest) -> Shown:
    """The list. Raises InvalidRequest, NotKnown or NotFound."""
    wanted = asked.query(WantedRuns)
    is_public = asked.is_stranger if wanted.of is None else wanted.of == "public"
    known = guidelines.known(services)
    page = listings.runs_like(
        services,
        asked.asker,
        _filter(wanted, known, is_public=is_public),
        behind=cursor_of(wanted.behind),
        most=wanted.limit,
    )
    found = [facts_of(run) for run in page.runs]
    data = RunList(
        of="public" if is_public else "mine",
        runs=found,
        behind=cursor_text(page.behind),
        is_first=wanted.behind is None,
        wanted=wanted,
        guidelines=list(dict.fromkeys(one.id for one in known)),
        has_filters=_has_filters(wanted),
    )
    return Shown(
        "runs/list.html.j2",
        "Shared runs" if is_public else "Your runs",
        data,
        section="runs",
        csv=(_COLUMNS, [_row(run) for run in found]),
        feed=_feed(asked, found, is_public=is_public),
        freshness=Freshness.PUBLIC if is_public else Freshness.PRIVATE,
    )


def _has_filters(wanted: WantedRuns) -> bool:
    none = WantedRuns(of=wanted.of, limit=wanted.limit, behind=wanted.behind)
    return wanted != none


def _filter(wanted: WantedRuns, known: Sequence[Revision], *, is_public: bool) -> RunFilter:
    key, _, value = (wanted.tag or "").partition("=")
    return RunFilter(
        is_public=is_public,
        subject=wanted.cloud,
        vendor=wanted.vendor,
        product=wanted.product,
        version=wanted.version,
        region=wanted.region,
        program=wanted.program,
        standing=wanted.standing,
        guideline=_digest(wanted.guideline, known),
        tag=None if wanted.tag is None else (key, value),
        since=moment_of_day(wanted.since),
        until=moment_of_day(wanted.until, is_end=True),
        ids=None if wanted.id is None else ids.beginning(wanted.id),
        is_whole=None if wanted.partial is None else wanted.partial == "no",
    )


def _digest(named: str | None, known: Sequence[Revision]) -> bytes | None:
    """Of the newest revision of an id. Raises NotFound."""
    if named is None:
        return None
    found = [one.digest for one in known if named in {one.id, one.digest.hex()}]
    if not found:
        raise NotFound(f"there is no guideline {named[:100]!r} here")
    return found[-1]


_COLUMNS = (
    "id", "received", "state", "standing", "partial", "sentence", "cloud", "region", "vendor", "product", "version",
    "program", "guideline", "suite", "file", "shared",
)  # fmt: skip


def _row(run: RunFacts) -> Sequence[object]:
    received = dt.datetime.fromtimestamp(run.created / 1e6, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        run.id, received, run.state, run.standing, run.is_partial, run.sentence, run.subject, run.region, run.vendor,
        run.product, run.version, run.program, run.guideline, run.suite, run.name, run.is_public,
    )  # fmt: skip


def _feed(asked: PageRequest, found: Sequence[RunFacts], *, is_public: bool) -> Feed:
    query = query_of({name: asked.request.query_params.getlist(name) for name in asked.request.query_params})
    entries = tuple(
        FeedEntry(
            run.address,
            f"{run.called}: {run.standing or ('not read yet' if run.state == 'received' else run.state)}",
            run.created,
            run.address,
            run.sentence or run.problem or "",
        )
        for run in found
    )
    return Feed("Shared runs" if is_public else "Your runs", f"/runs{query}", entries)


PAGES = (PageRoute("/runs", listed, forms=("json", "csv", "atom")),)

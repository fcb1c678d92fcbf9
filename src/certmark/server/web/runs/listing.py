"""The list of runs: shared ones or somebody's own, narrowed down, page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.domain.queries.tree import AllTerm, Query, SinceTerm, StatusTerm, TagTerm, Word, WordTerm
from certmark.domain.queries.writing import written
from certmark.domain.verdict_values import Standing
from certmark.server import ids
from certmark.server.api.v2.words import Cursor, cursor_of, cursor_text
from certmark.server.services import guidelines, listings
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store.guidelines import Revision
from certmark.server.store.listings import RunFilter
from certmark.server.web.feeds import Feed, FeedEntry
from certmark.server.web.requests import PageRequest, query_of
from certmark.server.web.runs import words
from certmark.server.web.runs.words import RunInShort, Tag, facts_of, moment_of_day
from certmark.server.web.site import Freshness, PageRoute, Shown

_MOST, _MOST_AT_ONCE = 50, 200


class WantedRuns(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs."""

    of: Literal["mine", "public"] | None = None
    """Somebody's own, or those that everybody sees; none: the latter."""
    id: Annotated[str, Meta(pattern=r"^[0-9a-f][0-9a-f-]{3,35}$")] | None = None
    """The beginning of its id."""
    cloud: words.Word | None = None
    vendor: words.Word | None = None
    product: words.Word | None = None
    version: words.Word | None = None
    region: words.Word | None = None
    program: words.Word | None = None
    """A part of its name, in any case."""
    guideline: words.Word | None = None
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
    runs: Sequence[RunInShort]
    behind: str | None
    """The cursor of the next page; null: this is the last one."""
    is_first: bool
    wanted: WantedRuns
    guidelines: Sequence[str]
    """Ids, for the choice."""
    has_filters: bool
    query: str | None
    """What asks for the same in the search, which counts all of it; null: nothing does."""


def listed(services: Services, asked: PageRequest) -> Shown:
    """The list. Raises InvalidRequest, NotKnown or NotFound."""
    wanted = asked.query(WantedRuns)
    is_public = wanted.of != "mine"
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
        query=_query(wanted) if is_public else None,
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


_WORDS = {"cloud": Word.CLOUD, "vendor": Word.VENDOR, "product": Word.PRODUCT, "version": Word.RELEASE}
_WORDS |= {"region": Word.REGION}
_ELSE = ("id", "program", "guideline", "partial", "until")
"""Filters that the search has not, or means otherwise."""


def _query(wanted: WantedRuns) -> str | None:
    if any(getattr(wanted, name) is not None for name in _ELSE):
        return None
    terms: list[Query] = [
        WordTerm(word, getattr(wanted, name)) for name, word in _WORDS.items() if getattr(wanted, name) is not None
    ]
    if wanted.standing is not None:
        terms.append(StatusTerm(Standing(wanted.standing)))
    if wanted.tag is not None:
        key, _, value = wanted.tag.partition("=")
        terms.append(TagTerm(key, value))
    if wanted.since is not None:
        terms.append(SinceTerm(wanted.since))
    return written(AllTerm(tuple(terms))) if terms else None


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


def _row(run: RunInShort) -> Sequence[object]:
    received = dt.datetime.fromtimestamp(run.created / 1e6, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        run.id, received, run.state, run.standing, run.is_partial, run.sentence, run.subject, run.region, run.vendor,
        run.product, run.version, run.program, run.guideline, run.suite, run.name, run.is_public,
    )  # fmt: skip


def _feed(asked: PageRequest, found: Sequence[RunInShort], *, is_public: bool) -> Feed:
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

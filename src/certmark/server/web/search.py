"""One box: a query finds runs, plain words find whatever has a name like that.

What means neither is told at its character, and stays in the box.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from certmark.corpus.answers import StandingCounts
from certmark.domain.errors import InvalidRequest
from certmark.domain.queries.reading import LONGEST, QueryMistake
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import Standing
from certmark.formats.guideline import DEFAULT
from certmark.server import ids
from certmark.server.api.v2.words import cursor_of, cursor_text
from certmark.server.services import finding, numbers, queries, questions
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.finding import FoundKind
from certmark.server.services.questions import AskedQuestion, Question
from certmark.server.web.feeds import Feed, FeedEntry
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_ON_A_PAGE = 50
_IN_FACET = 8
_IN_FEED = 50
_SAYS_WHAT = re.compile(r"[:=<>()\"]")
"""With which a text is a query; without any it is plain words."""
_CURSOR = re.compile(r"[0-9a-f]{48}\Z")
_FACETS = (Word.CLOUD, Word.VENDOR, Word.PRODUCT, Word.RELEASE, Word.PROGRAM, Word.GUIDELINE)
_OF_A_CAPABILITY = "capability:objectstore-object-copy=fail"
EXAMPLES = (
    ("status:fail since:2026-11-01", "runs of this month that failed"),
    ("vendor:acme* and not status:pass", "runs of vendors whose name begins with acme, that did not pass"),
    (_OF_A_CAPABILITY, "runs in which a capability failed, as the guideline judges them that is chosen"),
    ("test:b1a3ee2c-4cfc-4eb2-b9d5-3de9b4f5b0b9=failed", "runs in which one test failed, by its id"),
    ("count(status:fail)>=3", "runs of clouds that failed three times or more"),
    ("flaky>2", "runs of clouds on which more than two tests wavered without a change"),
    ("tag:kind=nightly program:object", "runs with a tag, for one program"),
)


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    q: str = ""
    guideline: str | None = None
    program: str | None = None
    behind: str | None = None


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """Why a query cannot be read, and where."""

    reason: str
    position: int | None
    """Of the character, from 0; null: it is about all of it."""
    before: str = ""
    at: str = ""
    after: str = ""


class FacetLine(msgspec.Struct, frozen=True, kw_only=True):
    """A word, how many of the runs it is said of, and the query for those."""

    value: str
    runs: int
    query: str


class FacetLines(msgspec.Struct, frozen=True, kw_only=True):
    """Those of one kind."""

    kind: str
    counts: list[FacetLine]


class SearchedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run."""

    id: str
    path: str
    created: int
    """Microseconds since 1970."""
    standing: str | None
    cloud: str
    vendor: str
    product: str
    release: str
    program: str
    guideline: str


class SearchedRuns(msgspec.Struct, frozen=True, kw_only=True):
    """The runs for which a query holds."""

    count: int
    query: str
    """As it was read."""
    program: str | None
    """By which they are judged here."""
    standings: list[FacetLine]
    facets: list[FacetLines]
    found: list[SearchedRun]
    behind: str | None
    is_first: bool


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a name like that."""

    name: str
    path: str
    says: str
    query: str
    runs: int


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """Those of one kind."""

    kind: str
    number: int
    hits: list[Hit]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A query to begin with."""

    query: str
    says: str
    guideline: str | None = None
    program: str | None = None


class Permalink(msgspec.Struct, frozen=True, kw_only=True):
    """The short address of a query."""

    short: str
    path: str
    is_saved: bool


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and what there is."""

    query: str
    guideline: str | None
    program: str | None
    guidelines: list[str]
    """That may judge."""
    mistake: Mistake | None
    runs: SearchedRuns | None
    hits: list[Hits]
    permalink: Permalink | None
    """Of a query that can be asked."""
    examples: list[Example]


class _Found(NamedTuple):
    mistake: Mistake | None = None
    runs: SearchedRuns | None = None
    hits: tuple[Hits, ...] = ()


def _search(services: Services, asked: PageRequest) -> Shown:
    wanted = asked.query(_Wanted)
    found = _found(services, asked, wanted)
    page = SearchPage(
        query=wanted.q,
        guideline=wanted.guideline,
        program=wanted.program,
        guidelines=questions.known_guidelines(services),
        mistake=found.mistake,
        runs=found.runs,
        hits=list(found.hits),
        permalink=_permalink(services, wanted) if found.runs is not None else None,
        examples=[_example(query, says) for query, says in EXAMPLES],
    )
    title = "Search" if not wanted.q else f"Search: {wanted.q[:80]}"
    # For who is signed in a form of their session is on it.
    freshness = Freshness.PUBLIC if asked.is_stranger else Freshness.PRIVATE
    shown = Shown("search/search.html.j2", title, page, section="search", freshness=freshness)
    if found.runs is None:
        return shown
    return shown._replace(csv=_table(found.runs), feed=feed_of(title, found.runs))


def _example(query: str, says: str) -> Example:
    """What can be asked of a capability is known by a guideline."""
    by = (DEFAULT, "object") if query == _OF_A_CAPABILITY else (None, None)
    return Example(query=query, says=says, guideline=by[0], program=by[1])


def _permalink(services: Services, wanted: _Wanted) -> Permalink:
    saved = queries.saved_as(Question(wanted.q, wanted.guideline, wanted.program), {})
    is_saved = queries.is_saved(services, saved.short)
    return Permalink(short=saved.short, path=f"/queries/{saved.short}", is_saved=is_saved)


def _found(services: Services, asked: PageRequest, wanted: _Wanted) -> _Found:
    text = wanted.q.strip()
    if not text and wanted.guideline is None:
        return _Found()
    if text and not _SAYS_WHAT.search(text):
        return _Found(hits=tuple(_hits(kind) for kind in finding.find(services, asked.asker, text)))
    try:
        question = Question(text, wanted.guideline, wanted.program)
        behind = wanted.behind if wanted.behind and _CURSOR.match(wanted.behind) else None
        return _Found(runs=runs_of(questions.ask(services, asked.asker, question), behind))
    except QueryMistake as error:
        return _Found(_mistake(text, error))
    except (NotFound, InvalidRequest) as error:
        return _Found(Mistake(reason=str(error), position=None))


def _mistake(text: str, error: QueryMistake) -> Mistake:
    """Of a long text what stands around the place."""
    place = min(error.position, len(text))
    before = text[max(0, place - 200) : place] if len(text) <= LONGEST else ""
    at = text[place : place + 1] if len(text) <= LONGEST else ""
    return Mistake(
        reason=error.reason,
        position=error.position,
        before=("…" if place > len(before) else "") + before,
        at=at,
        after=text[place + 1 : place + 60],
    )


def runs_of(asked: AskedQuestion, behind: str | None, most: int = _ON_A_PAGE) -> SearchedRuns:
    """A page of runs, with how all of them are spread."""
    page = questions.page(asked, cursor_of(behind), most)
    facets = [
        FacetLines(
            kind=word.value, counts=[FacetLine(value=one.value, runs=one.runs, query=one.query) for one in found]
        )
        for word in _FACETS
        if (found := numbers.facets(asked, word, _IN_FACET))
    ]
    return SearchedRuns(
        count=asked.count,
        query=asked.text,
        program=asked.program,
        standings=_standings(asked, numbers.standings(asked)),
        facets=[one for one in facets if one.counts],
        found=[_run(one) for one in page.runs],
        behind=cursor_text(page.behind),
        is_first=behind is None,
    )


def _counts(asked: AskedQuestion, word: Word) -> list[FacetLine]:
    found = numbers.facets(asked, word, _IN_FACET)
    return [FacetLine(value=one.value, runs=one.runs, query=one.query) for one in found]


def _standings(asked: AskedQuestion, counts: StandingCounts) -> list[FacetLine]:
    pairs = (
        (Standing.PASS, counts.passed),
        (Standing.FAIL, counts.failed),
        (Standing.INCOMPLETE, counts.incomplete),
        (Standing.NOT_JUDGED, counts.not_judged),
    )
    return [
        FacetLine(value=standing.value, runs=number, query=numbers.query_of_standing(asked, standing))
        for standing, number in pairs
        if number
    ]


def _run(found: questions.FoundRun) -> SearchedRun:
    facts = found.facts
    identity = ids.written(facts.id)
    return SearchedRun(
        id=identity,
        path=f"/runs/{identity}",
        created=facts.created,
        standing=None if found.standing is None else found.standing.value,
        cloud=facts.cloud,
        vendor=facts.vendor,
        product=facts.product,
        release=facts.release,
        program=facts.program,
        guideline=facts.guideline,
    )


_PATHS = {
    "guidelines": "/guidelines/",
    "capabilities": "/capabilities/",
    "clouds": "/clouds/",
    "tests": "/tests/",
    "runs": "/runs/",
}


def _hits(found: FoundKind) -> Hits:
    base = _PATHS.get(found.kind, "")
    hits = [
        Hit(name=one.name, path=base and base + one.id, says=one.says, query=one.query, runs=one.runs)
        for one in found.things
    ]
    return Hits(kind=found.kind, number=found.number, hits=hits)


_COLUMNS = ("run", "received", "standing", "cloud", "vendor", "product", "release", "program", "guideline")


def _table(runs: SearchedRuns) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    rows: list[tuple[object, ...]] = [
        (one.id, one.created, one.standing, one.cloud, one.vendor, one.product, one.release, one.program, one.guideline)
        for one in runs.found
    ]
    return _COLUMNS, rows


def feed_of(title: str, runs: SearchedRuns, path: str = "/search") -> Feed:
    """The newest of these runs."""
    entries = [
        FeedEntry(
            id=one.path,
            title=f"{one.product or one.cloud or one.id}: {one.standing or 'not judged'}",
            updated=one.created,
            address=one.path,
            summary=" ".join(filter(None, (one.vendor, one.product, one.release, one.program))),
        )
        for one in runs.found[:_IN_FEED]
    ]
    return Feed(title, path, entries)


PAGES = (PageRoute("/search", _search, forms=("json", "csv", "atom")),)

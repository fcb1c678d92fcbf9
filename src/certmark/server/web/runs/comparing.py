"""Two runs beside each other: what fails newly, what is fixed, new, gone or unstable; the rest is folded.

1. Two clouds, or two days of one, are compared by the newest whole runs there: the address of those is where it leads.
2. Two guidelines are compared where guidelines are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.server import ids
from certmark.server.services import guidelines, run_views, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.run_views import ComparedTest, Comparison
from certmark.server.store.runs import RunRow
from certmark.server.web.pages import elsewhere
from certmark.server.web.requests import PageRequest, query_of
from certmark.server.web.runs.data import Count
from certmark.server.web.runs.page import BUCKETS, number_of
from certmark.server.web.runs.verdicts import AT_ONCE
from certmark.server.web.runs.words import RunFacts, Word, facts_of, moment_of_day, run_of
from certmark.server.web.site import Freshness, PageRoute, Shown

_OTHER = (("no-longer-run", "no longer run"), ("now-run", "now run"), ("still-failing", "still failing"))
_SHOWN = (*BUCKETS, *_OTHER)
Bucket = Literal[
    "newly-failing", "fixed", "new", "gone", "unstable", "no-longer-run", "now-run", "still-failing", "renamed"
]


class WantedPair(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a comparison."""

    show: Bucket | None = None
    behind: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class WantedComparison(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be compared: two runs, clouds, days of one cloud, or guidelines."""

    before: Word | None = None
    after: Word | None = None
    cloud: list[Word] = []
    day: list[dt.date] = []
    guideline: list[Word] = []
    program: Word | None = None


class ComparisonPage(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one run to another."""

    before: RunFacts
    after: RunFacts
    buckets: Sequence[Count]
    others: Sequence[Count]
    unchanged: int
    show: str | None
    tests: Sequence[ComparedTest]
    """Of what is shown; of all where nothing was asked for: the five buckets and what is no longer run."""
    total: int
    first: int
    behind: int | None
    turned: str
    """The address of the same, the other way round."""
    markdown: str
    """The same as text for a review; empty on further pages."""


class ComparisonChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was chosen yet, or not enough."""

    wanted: WantedComparison
    guidelines: Sequence[str]


def shown(services: Services, asked: PageRequest) -> Shown:
    """Two runs. Raises NotFound, NotReadYet, UnreadableResults or FormatError."""
    wanted = asked.query(WantedPair)
    first, _, second = str(asked.request.path_params["pair"]).partition("..")
    (before, _), (after, _) = (runs.show(services, asked.asker, run_of(text)) for text in (first, second))
    is_public = before.is_public and after.is_public
    tag = asked.unless_known(_facts(before), _facts(after)) if is_public else None
    found = run_views.compare(services, asked.asker, before.id, after.id)
    page = _page(services, asked, found, (before, after), wanted)
    return Shown(
        "runs/comparison.html.j2",
        "What changed between two runs",
        page,
        section="runs",
        csv=(("test", "change", "before", "after", "reason"), [_row(one) for one in _fitting(found, wanted.show)]),
        text=run_views.comparison_text(services, asked.asker, before.id, after.id),
        freshness=Freshness.SEALED if is_public else Freshness.PRIVATE,
        tag=tag,
    )


def _facts(run: RunRow) -> RunFacts:
    return facts_of(run)


def _page(
    services: Services, asked: PageRequest, found: Comparison, pair: tuple[RunRow, RunRow], wanted: WantedPair
) -> ComparisonPage:
    before, after = pair
    path = _path(before, after)
    fitting = _fitting(found, wanted.show)
    further = wanted.behind + AT_ONCE
    is_first = wanted.behind == 0 and asked.form_wanted == "html"
    return ComparisonPage(
        before=facts_of(before),
        after=facts_of(after),
        buckets=[_count(found, path, one) for one in BUCKETS],
        others=[_count(found, path, one) for one in _OTHER],
        unchanged=found.counts.get("unchanged", 0),
        show=wanted.show,
        tests=fitting[wanted.behind : further],
        total=len(fitting),
        first=wanted.behind,
        behind=further if further < len(fitting) else None,
        turned=_path(after, before),
        markdown=run_views.comparison_text(services, asked.asker, before.id, after.id) if is_first else "",
    )


def _count(found: Comparison, path: str, bucket: tuple[str, str]) -> Count:
    key, words = bucket
    return Count(key, words, number_of(found, key), f"{path}{query_of({'show': key})}")


def _path(before: RunRow, after: RunRow) -> str:
    return f"/compare/{ids.written(before.id)}..{ids.written(after.id)}"


_ORDER = {words: place for place, (_, words) in enumerate(_SHOWN)}
_LEFT_OUT = frozenset({"unchanged", "still failing"})


def _fitting(found: Comparison, show: str | None) -> list[ComparedTest]:
    """Those in a bucket; without one, what changed or is unstable, what matters most first."""
    if show == "unstable":
        return [one for one in found.tests if one.unstable]
    if show == "renamed":
        return [one for one in found.tests if one.renamed]
    if show is not None:
        words = show.replace("-", " ")
        return [one for one in found.tests if one.change == words]
    changed = [one for one in found.tests if one.change not in _LEFT_OUT or one.unstable]
    return sorted(changed, key=lambda one: _ORDER.get(one.change, len(_ORDER)))


def _row(one: ComparedTest) -> Sequence[object]:
    before, after = (None if side is None else side.state for side in (one.before, one.after))
    return one.name, one.change, before, after, None if one.after is None else one.after.reason


def choose(services: Services, asked: PageRequest) -> Shown | Response:
    """Lead to what is to be compared, or ask. Raises NotFound."""
    wanted = asked.query(WantedComparison)
    if wanted.before is not None and wanted.after is not None:
        return elsewhere(asked.url(f"/compare/{_id(wanted.before)}..{_id(wanted.after)}"))
    if len(wanted.cloud) == 2 or (wanted.cloud and len(wanted.day) == 2):
        return elsewhere(asked.url(_path(*_of_clouds(services, asked, wanted))))
    if len(wanted.guideline) == 2 and not wanted.cloud:
        return elsewhere(asked.url(f"/guidelines/{wanted.guideline[0]}/diff/{wanted.guideline[1]}"))
    known = [one.id for one in guidelines.known(services)]
    page = ComparisonChoice(wanted=wanted, guidelines=list(dict.fromkeys(reversed(known))))
    return Shown("runs/choice.html.j2", "Compare", page, section="runs", freshness=Freshness.PUBLIC)


def _id(text: str) -> str:
    """An id, of an id or of the address of a run. Raises NotFound."""
    return ids.written(run_of(text.strip().rstrip("/").rpartition("/")[2]))


def _of_clouds(services: Services, asked: PageRequest, wanted: WantedComparison) -> tuple[RunRow, RunRow]:
    """Rule 1. Raises NotFound."""
    guideline = None if not wanted.guideline else guidelines.revision_of(services, wanted.guideline[0]).digest
    clouds = (wanted.cloud * 2)[:2]
    days: Sequence[dt.date | None] = wanted.day if len(wanted.day) == 2 else (None, None)
    found = []
    for cloud, day in zip(clouds, days, strict=True):
        run = run_views.latest_of_cloud(
            services,
            asked.asker,
            cloud,
            program=wanted.program,
            guideline=guideline,
            until=moment_of_day(day, is_end=True),
        )
        if run is None:
            by = "" if day is None else f" by {day.isoformat()}"
            raise NotFound(f"there is no whole run of {cloud[:200]}{by} that you may see; look among its runs")
        found.append(run)
    return found[0], found[1]


PAGES = (
    PageRoute("/compare", choose),
    PageRoute("/compare/{pair}", shown, forms=("json", "csv", "txt")),
)

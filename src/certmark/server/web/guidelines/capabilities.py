"""Capabilities through the guidelines: all of them, and one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from certmark.domain.capability_histories import CapabilityHistory, GuidelineFamily, is_plain_list
from certmark.domain.programs import demand_of
from certmark.domain.suggestions import did_you_mean
from certmark.reporting.guideline_site.model import family_title
from certmark.reporting.guideline_site.names import slug
from certmark.reporting.guideline_site.parts import CapabilitiesOfProject, CapabilityPage, CapabilityRow
from certmark.server.services import library
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.library import Library
from certmark.server.web.guidelines.figures import RunFigures, history_tag, of_capability
from certmark.server.web.guidelines.guideline import PageLink
from certmark.server.web.guidelines.opened import cut, maker_of, shelf_tag
from certmark.server.web.guidelines.places import guideline_path, is_capability, program_words
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_MOST, _MOST_COLUMNS, _MOST_TESTS, _MOST_VERSIONS, _MOST_PROGRAMS = 120, 30, 1000, 200, 12


class CapabilityFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which capabilities somebody wants to see, and through which guidelines."""

    family: str = ""
    """The word before the date in the ids of its guidelines; empty: the core."""
    project: str | None = None
    q: str | None = None
    behind: int = 0
    """How many were shown before."""


class FamilyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Guidelines through which capabilities may be followed."""

    word: str
    title: str
    guidelines: int


class CapabilityListData(msgspec.Struct, frozen=True, kw_only=True):
    """Every capability with its level in each guideline of a family."""

    filters: CapabilityFilters
    families: tuple[FamilyChoice, ...]
    projects: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[CapabilitiesOfProject, ...]
    total: int
    behind: int | None
    """Where the next part begins; null: this is the last one."""


def capabilities(services: Services, asked: PageRequest) -> Shown:
    """The list."""
    filters = asked.query(CapabilityFilters)
    revisions = tuple(library.every_revision(services))
    tag = asked.unless_known(shelf_tag(revisions))
    around = library.library_with(services, revisions)
    families = [one for one in around.families if not is_plain_list(one.guidelines[0])]
    chosen = _chosen(families, filters.family)
    members = chosen.guidelines[-_MOST_COLUMNS:] if chosen is not None else ()
    maker = maker_of(around, revisions)
    known = [one for one in around.histories.values() if _is_in(one, chosen)]
    projects = sorted({_project(one) for one in known})
    wanted = sorted((one for one in known if _is_wanted(one, filters)), key=lambda one: (_project(one), one.key))
    rows: dict[str, list[CapabilityRow]] = {}
    first = max(0, filters.behind)
    for one in wanted[first : first + _MOST]:
        rows.setdefault(_project(one), []).append(maker.row(one.key, one.latest, members, one))
    data = CapabilityListData(
        filters=filters,
        families=tuple(
            FamilyChoice(word=cut(one.name, 100), title=cut(family_title(one), 100), guidelines=len(one.guidelines))
            for one in families
        ),
        projects=tuple(cut(project, 100) for project in projects[:200]),
        columns=tuple(maker.places.title(one) for one in members),
        rows=tuple(CapabilitiesOfProject(cut(project, 100), tuple(found)) for project, found in sorted(rows.items())),
        total=len(wanted),
        behind=first + _MOST if len(wanted) > first + _MOST else None,
    )
    return Shown(
        "guidelines/capabilities.html.j2",
        "Capabilities",
        data,
        section="guidelines",
        csv=(("project", "capability", *data.columns), _cells(data)),
        tag=tag,
    )


def _cells(data: CapabilityListData) -> Iterator[tuple[str, ...]]:
    for part in data.rows:
        for row in part.rows:
            yield (part.project, row.key, *(cell.word for cell in row.cells))


def _chosen(families: list[GuidelineFamily], word: str) -> GuidelineFamily | None:
    """Raises NotFound."""
    found = next((one for one in families if one.name == word), None)
    if found is None and word:
        there = did_you_mean(word, [one.name for one in families])
        raise NotFound(f"there are no guidelines {word[:100]!r} here{there}")
    return found or (families[0] if families else None)


def _is_in(history: CapabilityHistory, family: GuidelineFamily | None) -> bool:
    members = {one.data for one in family.guidelines} if family is not None else set()
    return any(version.guideline.data in members for version in history.versions)


def _project(history: CapabilityHistory) -> str:
    latest = history.latest
    return (latest.project if latest is not None else None) or "no project"


def _is_wanted(history: CapabilityHistory, filters: CapabilityFilters) -> bool:
    if filters.project is not None and _project(history) != filters.project:
        return False
    latest = history.latest
    said = (history.key, *((latest.name, latest.description) if latest is not None else ()))
    text = " ".join(said).casefold()
    return all(word in text for word in (filters.q or "").casefold().split())


class CapabilityFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What shared runs come to in it, under one program."""

    level: str
    program: PageLink
    guideline: PageLink
    figures: RunFigures


class CapabilityData(msgspec.Struct, frozen=True, kw_only=True):
    """One capability."""

    capability: CapabilityPage
    anchor: str
    """Of it on the page of a guideline."""
    left_out: int
    """Tests that do not fit on the page."""
    figures: tuple[CapabilityFigures, ...]
    """Of the programs of the newest guideline that asks for it."""


def capability(services: Services, asked: PageRequest) -> Shown:
    """The page of one."""
    revisions = tuple(library.every_revision(services))
    tag = asked.unless_known(shelf_tag(revisions), *history_tag(services, asked))
    around = library.library_with(services, revisions)
    history = _history(around, asked.request.path_params["capability"])
    whole = maker_of(around, revisions).capability(history._replace(versions=history.versions[-_MOST_VERSIONS:]))
    data = CapabilityData(
        capability=_bounded(whole),
        anchor=slug(history.key),
        left_out=max(0, len(whole.tests) - _MOST_TESTS) + max(0, len(whole.former) - _MOST_TESTS),
        figures=tuple(_figures(services, asked, around, history)),
    )
    columns = ("guideline", "level", "tests", "flagged", "since the one before")
    rows = ((one.guideline, one.level, one.tests, one.flagged, one.change) for one in whole.versions)
    return Shown(
        "guidelines/capability.html.j2",
        cut(history.key, 200),
        data,
        section="guidelines",
        csv=(columns, rows),
        freshness=Freshness.PUBLIC,
        tag=tag,
    )


def _figures(
    services: Services, asked: PageRequest, around: Library, history: CapabilityHistory
) -> Iterator[CapabilityFigures]:
    """Drafts are not asked: nobody was certified by one."""
    asking = [one.guideline for one in history.versions if one.level is not None]
    decided = [one for one in asking if not one.is_draft] or asking
    if not decided:
        return
    newest, revision = decided[-1], around.revision(decided[-1])
    path = guideline_path(revision, is_newest=True)
    for word, program in list(program_words(newest).items())[:_MOST_PROGRAMS]:
        level = next((one.level for one in demand_of(newest, program).capabilities if one.key == history.key), None)
        found = of_capability(services, asked, revision.id, program, history.key) if level is not None else None
        if level is not None and found is not None:
            yield CapabilityFigures(
                level=level.value,
                program=PageLink(cut(program.name, 200), f"{path}/{word}"),
                guideline=PageLink(cut(revision.id, 100), path),
                figures=found,
            )


def _history(around: Library, word: str) -> CapabilityHistory:
    """Raises NotFound."""
    found = around.histories.get(word) or next(
        (one for key, one in around.histories.items() if is_capability(key, word)), None
    )
    if found is None:
        raise NotFound(f"no guideline here has a capability {word[:100]!r}{did_you_mean(word, around.histories)}")
    return found


def _bounded(page: CapabilityPage) -> CapabilityPage:
    return replace(page, tests=page.tests[:_MOST_TESTS], former=page.former[:_MOST_TESTS])


PAGES = (
    PageRoute("/capabilities", capabilities, forms=("json", "csv")),
    PageRoute("/capabilities/{capability}", capability, forms=("json", "csv")),
)

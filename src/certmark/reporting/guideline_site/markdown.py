"""The pages of a site in Markdown, for a repository or a wiki: the same as in HTML, with the same anchors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from certmark.domain.phrases import counted
from certmark.reporting.guideline_site.html import TITLE
from certmark.reporting.guideline_site.names import slug
from certmark.reporting.guideline_site.parts import (
    SIGNS,
    UNPLACED,
    CapabilityPage,
    CapabilityRow,
    Fact,
    GuidelinePage,
    GuidelineSite,
    LinkedTest,
    ShownTest,
)
from certmark.reporting.markdown import escape


def markdown_pages(site: GuidelineSite) -> Iterator[tuple[str, bytes]]:
    """Each page with its path from the top of the site."""
    yield "index.md", _encoded(_index(site))
    pages = {one.title: one.page for family in site.families for one in family.guidelines}
    for family in site.families:
        for guideline in family.guidelines:
            yield f"{guideline.page}.md", _encoded(_guideline(guideline, pages))
    for capability in site.capabilities:
        yield f"{capability.page}.md", _encoded(_capability(capability))


def _encoded(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _link(text: str, page: str, anchor: str = "") -> str:
    target = f"{page}.md" if page else ""
    return f"[{escape(text)}]({target}{f'#{anchor}' if anchor else ''})"


def _anchor(name: str) -> str:
    return f'<a id="{name}"></a>'


def _cells(*texts: str) -> str:
    return f"| {' | '.join(text or ' ' for text in texts)} |"


def _head(*columns: str) -> Iterator[str]:
    yield from (_cells(*columns), f"|{' --- |' * len(columns)}")


def _facts(facts: Sequence[Fact]) -> Iterator[str]:
    yield from (f"- {fact.word}: {escape(fact.value)}" for fact in facts)
    yield ""


def _index(site: GuidelineSite) -> Iterator[str]:
    yield from (f"# {TITLE}", "", "## Guidelines", "")
    for family in site.families:
        yield from (f"### {escape(family.title)}", "")
        yield from _head("Guideline", "Status", "Releases", "Tests to pass", "Since the one before")
        for one in family.guidelines:
            passing = ", ".join(f"{len(part.tests)} {escape(part.name)}" for part in one.programs)
            releases = escape(", ".join(one.releases))
            status = escape(one.status)
            yield _cells(_link(one.title, one.page), status, releases, passing, escape(one.gist))
        yield ""
    if not site.rows:
        return
    yield from (f"## Capabilities and their levels: {len(site.capabilities)}", "")
    for part in site.rows:
        yield from (f"### {escape(part.project)}", "")
        yield from _head("Capability", "What", *map(escape, site.columns))
        for row in part.rows:
            yield _cells(_link(row.key, row.page), escape(row.description), *(cell.sign for cell in row.cells))
        yield ""
    letters = ", ".join(f"{sign} {level.value}" for level, sign in SIGNS.items())
    yield f"{letters}, {UNPLACED} in no component."


def _guideline(page: GuidelinePage, pages: dict[str, str]) -> Iterator[str]:
    yield from (_link("Guidelines", "../index"), "", f"# Guideline {escape(page.title)}", "")
    if page.is_draft:
        yield from ("**This is a draft: nobody decided on it yet.**", "")
    yield from _facts(page.facts)
    for word, other in (("Before", page.earlier), ("After", page.later)):
        if other:
            yield from (f"{word}: {_link(other, f'../{pages[other]}')}", "")
    if page.changes:
        yield from (f"Since {escape(page.earlier)}: {escape(page.changes)}.", "")
    yield from _programs(page)
    for part in page.levels:
        yield from (f"## {part.level[:1].upper()}{part.level[1:]}: {len(part.rows)}", "")
        yield from _head("Capability", "What", "Project", "Tests", "Flagged", "Required since")
        yield from map(_row, part.rows)
        yield ""
    for group in page.groups:
        yield from (f"## {escape(group.name)}: {len(group.tests)}", "")
        yield from _tests(group.tests)
    yield from _flags(page)
    if page.sections:
        yield from ("## Designated sections", "")
        yield from _head("Project", "Level", "Guidance")
        for one in page.sections:
            yield _cells(escape(one.project), one.level, escape(one.guidance))


def _programs(page: GuidelinePage) -> Iterator[str]:
    yield from ("## Programs", "")
    for part in page.programs:
        yield from (f"### {escape(part.name)}: {counted(len(part.tests), 'test')} to pass", "")
        if part.description:
            yield from (escape(part.description), "")
        yield from (f"- {_test_link(test)}" for test in part.tests)
        yield ""


def _test_link(test: LinkedTest) -> str:
    return _link(test.name, f"../{test.page}" if test.page else "", test.anchor)


def _row(row: CapabilityRow) -> str:
    key = f"{_anchor(row.anchor)}{_link(row.key, f'../{row.page}')}"
    counts = str(row.tests), str(row.flagged or "")
    return _cells(key, escape(row.description), escape(row.project), *counts, escape(row.since))


def _flags(page: GuidelinePage) -> Iterator[str]:
    if page.flags:
        yield from ("## Flags", "")
    for part in page.flags:
        yield f"- {escape(part.reason)}{f' ({escape(part.action)})' if part.action else ''}"
        for one in part.tests:
            yield f"  - {_test_link(one.test)}{f', since {escape(one.date)}' if one.date else ''}"
        yield ""


def _capability(page: CapabilityPage) -> Iterator[str]:
    yield from (_link("Guidelines", "../index"), "", f"# {escape(page.key)}", "")
    if page.name:
        yield from (f"**{escape(page.name)}**", "")
    if page.description:
        yield from (escape(page.description), "")
    yield from _facts(page.facts)
    yield from ("## Levels over time", "")
    yield from _head("Guideline", "Level", "Tests", "Flagged", "Since the one before")
    for row in page.versions:
        anchor = f"capability-{slug(page.key)}" if row.look != "absent" else ""
        link = _link(row.guideline, f"../{row.page}", anchor)
        yield _cells(link, row.level, row.tests, row.flagged, escape(row.change))
    yield from ("", f"## Tests: {len(page.tests)}", "")
    yield from _tests(page.tests)
    if page.former:
        yield from (f"## Former tests: {len(page.former)}", "")
        yield from _tests(page.former)


def _tests(rows: Iterable[ShownTest]) -> Iterator[str]:
    for row in rows:
        yield f"- {_anchor(row.anchor)}{escape(row.name)}"
        notes = [f"id {row.id}"] if row.id else []
        notes += [f"also {alias}" for alias in row.aliases]
        notes += [f"any one of the group {row.any_of} is enough"] if row.any_of else []
        notes += [f"flagged, does not count: {row.flag}"] if row.flag else []
        notes += [f"in {row.seen}"] if row.seen else []
        yield from (f"  - {escape(note)}" for note in notes)
    yield ""

"""The pages of a site in HTML: on the skeleton that all pages share; each loads nothing, and needs no script."""

from __future__ import annotations

from collections.abc import Iterator

from certmark.reporting.guideline_site.names import slug
from certmark.reporting.guideline_site.parts import GuidelineSite
from certmark.reporting.pages import render_page

TITLE = "Interoperability guidelines"


def html_pages(site: GuidelineSite) -> Iterator[tuple[str, bytes]]:
    """Each page with its path from the top of the site."""
    yield "index.html", render_page("site_index.html.j2", TITLE, page=site)
    if site.columns:
        yield "history.html", render_page("site_history.html.j2", "Levels over time", page=site)
    pages = {one.title: one.page for family in site.families for one in family.guidelines}
    for family in site.families:
        for guideline in family.guidelines:
            ends = {"earlier": pages.get(guideline.earlier), "later": pages.get(guideline.later)}
            content = render_page("site_guideline.html.j2", f"Guideline {guideline.title}", page=guideline, **ends)
            yield f"{guideline.page}.html", content
    for capability in site.capabilities:
        content = render_page(
            "site_capability.html.j2", f"{capability.key} - capability", page=capability, anchor=slug(capability.key)
        )
        yield f"{capability.page}.html", content

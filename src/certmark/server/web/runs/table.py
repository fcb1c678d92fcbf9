"""The pages of runs."""

from __future__ import annotations

from certmark.server.web.runs import comparing, files, listing, page, tests
from certmark.server.web.site import PageRoute

PAGES: tuple[PageRoute, ...] = (*listing.PAGES, *page.PAGES, *tests.PAGES, *files.PAGES, *comparing.PAGES)

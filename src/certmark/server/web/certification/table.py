"""All pages of the desk of certification."""

from __future__ import annotations

from certmark.server.web.certification import rules
from certmark.server.web.site import PageRoute

PAGES: tuple[PageRoute, ...] = (*rules.PAGES,)

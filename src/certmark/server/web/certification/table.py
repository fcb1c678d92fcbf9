"""All pages of the desk of certification."""

from __future__ import annotations

from certmark.server.web.certification import applications, cases, certificates, office, rules
from certmark.server.web.site import PageRoute

PAGES: tuple[PageRoute, ...] = (
    *applications.PAGES,
    *cases.PAGES,
    *certificates.PAGES,
    *office.PAGES,
    *rules.PAGES,
)

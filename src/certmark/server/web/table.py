"""Every page of a server."""

from __future__ import annotations

from itertools import chain

from starlette.routing import Route

from certmark.server.api.receiving import Identify
from certmark.server.services.context import Services
from certmark.server.web import (
    access,
    account,
    certificates,
    clouds,
    devices,
    home,
    matrices,
    my,
    my_notices,
    oauth,
    office,
    old_addresses,
    opinions,
    order_forms,
    orders,
    products,
    register,
    saved_queries,
    search,
    signing_in,
    statistics,
    subscriptions,
    tests,
    texts,
    vendor_members,
    vendors,
    verify,
)
from certmark.server.web.certification import table as certification
from certmark.server.web.guidelines import table as guidelines
from certmark.server.web.handling import pages
from certmark.server.web.runs import table as runs
from certmark.server.web.site import PageRoute
from certmark.server.web.static_files import static_route

TABLES: tuple[tuple[PageRoute, ...], ...] = (
    access.PAGES,
    account.PAGES,
    certificates.PAGES,
    certification.PAGES,
    clouds.PAGES,
    guidelines.PAGES,
    home.PAGES,
    matrices.PAGES,
    my.PAGES,
    my_notices.PAGES,
    office.PAGES,
    opinions.PAGES,
    order_forms.PAGES,
    orders.PAGES,
    products.PAGES,
    register.PAGES,
    runs.PAGES,
    saved_queries.PAGES,
    search.PAGES,
    statistics.PAGES,
    subscriptions.PAGES,
    tests.PAGES,
    texts.PAGES,
    vendor_members.PAGES,
    vendors.PAGES,
    verify.PAGES,
)
"""Of the site, by subject."""


def pages_of(services: Services, identify: Identify) -> list[Route]:
    """A local server has none to sign in: nobody does that there."""
    tables = (old_addresses,) if services.settings.is_local else (signing_in, devices, oauth, old_addresses)
    of_site = sorted(pages(chain.from_iterable(TABLES), services, identify), key=_place)
    return [static_route(), *of_site, *(part for table in tables for part in table.routes(services, identify))]


def _place(route: Route) -> tuple[tuple[bool, bool], ...]:
    """What is named stands before what any word fits, and what has a suffix before what has none."""
    return tuple(("{" in part, part.endswith("}")) for part in route.path.split("/"))

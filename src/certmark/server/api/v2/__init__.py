"""The table of version 2: every route, in the order of the reference."""

from __future__ import annotations

from certmark.server.api.v2 import (
    accounts,
    applications,
    cases,
    certificates,
    claims,
    corpus,
    guidelines,
    listings,
    live,
    log,
    machines,
    notices,
    opinions,
    people,
    products,
    runs,
    subscriptions,
    uploads,
    vendor_access,
    vendors,
)

ROUTES = (
    *runs.ROUTES,
    *uploads.ROUTES,
    *listings.ROUTES,
    *corpus.ROUTES,
    *subscriptions.ROUTES,
    *opinions.ROUTES,
    *notices.ROUTES,
    *guidelines.ROUTES,
    *live.ROUTES,
    *log.ROUTES,
    *vendors.ROUTES,
    *vendor_access.ROUTES,
    *products.ROUTES,
    *claims.ROUTES,
    *applications.ROUTES,
    *certificates.ROUTES,
    *cases.ROUTES,
    *people.ROUTES,
    *accounts.ROUTES,
    *machines.ROUTES,
)

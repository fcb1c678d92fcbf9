"""The table of version 2: every route, in the order of the reference."""

from __future__ import annotations

from certmark.server.api.v2 import (
    accounts,
    claims,
    corpus,
    guidelines,
    listings,
    live,
    log,
    machines,
    orders,
    people,
    products,
    runners,
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
    *guidelines.ROUTES,
    *live.ROUTES,
    *log.ROUTES,
    *vendors.ROUTES,
    *vendor_access.ROUTES,
    *products.ROUTES,
    *claims.ROUTES,
    *orders.ROUTES,
    *runners.ROUTES,
    *people.ROUTES,
    *accounts.ROUTES,
    *machines.ROUTES,
)

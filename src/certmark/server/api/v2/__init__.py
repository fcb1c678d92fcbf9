"""The table of version 2: every route, in the order of the reference."""

from __future__ import annotations

from certmark.server.api.v2 import accounts, guidelines, listings, live, log, machines, runs, uploads

ROUTES = (
    *runs.ROUTES,
    *uploads.ROUTES,
    *listings.ROUTES,
    *guidelines.ROUTES,
    *live.ROUTES,
    *log.ROUTES,
    *accounts.ROUTES,
    *machines.ROUTES,
)

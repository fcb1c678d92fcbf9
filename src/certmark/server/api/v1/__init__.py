"""The table of version 1, RefStack's: every route, in the order of the reference."""

from __future__ import annotations

from certmark.server.api.routes import Route
from certmark.server.api.v1 import auth, guidelines, meta, products, profile, results, vendors

ROUTES: tuple[Route, ...] = (
    *results.ROUTES,
    *meta.ROUTES,
    *guidelines.ROUTES,
    *vendors.ROUTES,
    *products.ROUTES,
    *profile.ROUTES,
    *auth.ROUTES,
)

"""Every page of a server."""

from __future__ import annotations

from starlette.routing import Route

from certmark.server.api.receiving import Identify
from certmark.server.services.context import Services
from certmark.server.web import devices, oauth, old_addresses, signing_in


def pages_of(services: Services, identify: Identify) -> list[Route]:
    """A local server has none to sign in: nobody does that there."""
    tables = (old_addresses,) if services.settings.is_local else (signing_in, devices, oauth, old_addresses)
    return [part for table in tables for part in table.routes(services, identify)]

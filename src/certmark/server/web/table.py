"""Every page of a server."""

from __future__ import annotations

from starlette.routing import Route

from certmark.server.api.receiving import Identify
from certmark.server.services.context import Services
from certmark.server.web import devices, oauth, signing_in


def pages_of(services: Services, identify: Identify) -> list[Route]:
    """A local server has none: nobody signs in there."""
    if services.settings.is_local:
        return []
    return [part for table in (signing_in, devices, oauth) for part in table.routes(services, identify)]

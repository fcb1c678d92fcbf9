"""The calls of one connection: counted by service, and whose servers may see its token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from certmark.cloud.counting import ApiCalls

if TYPE_CHECKING:
    from certmark.cloud.connection import Connection


def calls_of(connection: Connection) -> ApiCalls:
    """The count of the calls of `connection`; it begins with `session.connect`, or else here."""
    from certmark.cloud.transport import transport_of  # which brings requests

    return transport_of(connection.session).calls


def know_catalogue(
    session: Any,
    catalogue: Iterable[Mapping[str, Any]],
    auth_url: str,
    settings: Mapping[str, Any] = {},
) -> None:
    """Count by the services of `catalogue` from now on, and let tokens go to nobody else.

    `settings` are those of the cloud's entry of clouds.yaml, which may name addresses of its own.
    """
    from certmark.cloud.transport import transport_of  # likewise

    places = [("identity", auth_url)]
    for entry in catalogue:
        points = entry.get("endpoints")
        listed = [point for point in points if isinstance(point, dict)] if isinstance(points, list) else []
        places += [(str(entry.get("type")), str(point.get("url"))) for point in listed]
    places += [
        (name.removesuffix("_override").removesuffix("_endpoint").replace("_", "-"), value)
        for name, value in settings.items()
        if name.endswith(("_endpoint_override", "_endpoint")) and isinstance(value, str)
    ]
    transport = transport_of(session)
    transport.calls.know(places)
    transport.trust(url for _, url in places)

"""What stands in the catalogue of a token: endpoints, and under which types services are looked for.

Names are those of the service types authority (https://service-types.openstack.org), its aliases are
understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple


class Endpoint(NamedTuple):
    """One line of a catalogue."""

    type: str
    interface: str
    region: str
    url: str


class _Service(NamedTuple):
    types: tuple[str, ...]
    """Under which catalogues have it, the best first."""
    version: str
    """Of its API, as URLs have it, where the catalogue's URL names none."""


_SERVICES: Mapping[str, _Service] = {
    "identity": _Service(("identity",), "/v3"),
    "compute": _Service(("compute",), "/v2.1"),
    "image": _Service(("image",), "/v2"),
    "network": _Service(("network",), "/v2.0"),
    "block-storage": _Service(("block-storage", "volumev3", "volume", "block-store"), "/v3"),
    "object-store": _Service(("object-store",), ""),
    "placement": _Service(("placement",), ""),
    "orchestration": _Service(("orchestration",), "/v1"),
    "dns": _Service(("dns",), "/v2"),
    "load-balancer": _Service(("load-balancer",), "/v2.0"),
    "shared-file-system": _Service(("shared-file-system", "sharev2", "share"), "/v2"),
    "key-manager": _Service(("key-manager",), "/v1"),
}
"""By our word for a service."""
PREFERRED_TYPES: Mapping[str, tuple[str, ...]] = {name: known.types for name, known in _SERVICES.items()}
"""Our word for a service -> the types under which catalogues have it, the best first."""
_VERSIONED = re.compile(r"/v\d+(\.\d+)?(/|\Z)")


def endpoints_of(token: Any) -> tuple[Endpoint, ...]:
    """All endpoints of a token (an AccessInfo of keystoneauth); what is no endpoint is left out."""
    return tuple(_endpoints(catalogue_of(token) or ()))


def catalogue_of(token: Any) -> Any:
    """The catalogue as the token has it; None where it has none."""
    return token.service_catalog.catalog if token.has_service_catalog() else None


def _endpoints(catalogue: Iterable[Mapping[str, Any]]) -> Iterator[Endpoint]:
    for entry in catalogue:
        for point in entry.get("endpoints") or ():
            region = point.get("region_id") or point.get("region") or ""
            if isinstance(point.get("url"), str):
                interface = str(point.get("interface")).removesuffix("URL")
                yield Endpoint(str(entry.get("type")), interface, str(region), point["url"])


def interfaces_of(setting: object) -> tuple[str, ...]:
    """The interfaces that a setting names, the preferred one first: `publicURL` is `public`, as for keystoneauth."""
    named = setting if isinstance(setting, list | tuple) else [setting]
    found = (str(one).removesuffix("URL") for one in named if one)
    return tuple(dict.fromkeys(found)) or ("public",)


def serving(endpoints: Iterable[Endpoint], interfaces: Sequence[str], region: str) -> tuple[Endpoint, ...]:
    """Those in a region (empty: in every one), of each type those of the preferred interface that it has there."""
    here = [one for one in endpoints if one.interface in interfaces and (not region or one.region == region)]
    best: dict[str, int] = {}
    for one in here:
        rank = interfaces.index(one.interface)
        best[one.type] = min(rank, best.get(one.type, rank))
    return tuple(one for one in here if interfaces.index(one.interface) == best[one.type])


def versioned_url(urls: Mapping[str, str], service: str) -> str | None:
    """The address of the version of `service` that is spoken; None where `urls` (by type) have none."""
    types, version = _SERVICES[service]
    found = next((urls[kind] for kind in types if kind in urls), None)
    if found is None:
        return None
    found = found.rstrip("/")
    if service == "identity":
        return re.sub(r"/v[23](\.0)?\Z", "", found) + version
    return found if not version or _VERSIONED.search(found.partition("://")[2]) else found + version


def without_nonsense(catalogue: object) -> None:
    """Take what is no endpoint out of a token's catalogue, which the libraries would break over."""
    if not isinstance(catalogue, list):
        return
    catalogue[:] = [entry for entry in catalogue if isinstance(entry, dict)]
    for entry in catalogue:
        points = entry.get("endpoints")
        entry["endpoints"] = [point for point in points if isinstance(point, dict)] if isinstance(points, list) else []

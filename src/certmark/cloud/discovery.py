"""What a suite must be told of a cloud, asked of the cloud itself.

Every service is looked at on its own, at the same time as the others and with time-outs: one that
hangs or is broken costs its own options. Only reading requests are sent; nothing is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.cloud.credentials import Self, who, why
from certmark.cloud.errors import CloudError, first_line
from certmark.cloud.looking import (
    Found,
    look_at_compute,
    look_at_identity,
    look_at_image,
    look_at_network,
    look_at_object_store,
    look_at_volume,
)
from certmark.cloud.options import Option, Origin, given, merged
from certmark.cloud.service import Service, Unanswered

if TYPE_CHECKING:
    from openstack.connection import Connection

_TYPES = {
    "compute": ("compute",),
    "image": ("image",),
    "network": ("network",),
    "block-storage": ("block-storage", "volumev3", "volume", "block-store"),
    "object-store": ("object-store",),
    "placement": ("placement",),
    "orchestration": ("orchestration",),
    "dns": ("dns",),
    "load-balancer": ("load-balancer",),
    "shared-file-system": ("shared-file-system", "sharev2", "share"),
    "key-manager": ("key-manager",),
}
"""Our word for a service -> the types under which catalogues have it, the best first."""
_CODENAMES = {
    "compute": "nova",
    "image": "glance",
    "network": "neutron",
    "block-storage": "cinder",
    "object-store": "swift",
    "orchestration": "heat",
    "dns": "designate",
    "load-balancer": "load_balancer",
    "shared-file-system": "manila",
    "key-manager": "barbican",
}
"""As Tempest's section `service_available` names them."""
_PLUGIN_SERVICES = ("orchestration", "dns", "load-balancer", "shared-file-system", "key-manager")
_LOOKERS: Mapping[str, Callable[[Service, Self], Found]] = {
    "compute": look_at_compute,
    "image": look_at_image,
    "network": look_at_network,
    "block-storage": look_at_volume,
    "object-store": look_at_object_store,
}
_NEEDED = (
    ("tempest.api.compute.", ("compute", "image")),
    ("tempest.api.image.", ("image",)),
    ("tempest.api.network.", ("network",)),
    ("tempest.api.volume.", ("block-storage",)),
    ("tempest.api.object_storage.", ("object-store",)),
    ("tempest.scenario.", ("compute", "image", "network")),
    ("heat_tempest_plugin.", ("orchestration",)),
    ("designate_tempest_plugin.", ("dns",)),
)


class ServiceState(NamedTuple):
    """How a service of the cloud was found."""

    service: str
    """Our word for it: a key of the list of service types."""
    type: str | None
    """As the catalogue has it; None where it does not."""
    url: str | None
    problem: str | None
    """Why it could not be looked at; None where all is well."""


class Discovered(NamedTuple):
    """A cloud as a suite must be told of it."""

    me: Self
    services: tuple[ServiceState, ...]
    options: tuple[Option, ...]
    remarks: tuple[str, ...]
    """What a person should know: one sentence each."""
    signs: Mapping[str, str]
    """Versions that services tell of themselves, by service type."""
    identity: str
    """A digest of the cloud's address and catalogue: another cloud, another digest."""

    def has(self, service: str) -> bool:
        """Whether the catalogue has the service and it answers."""
        return any(state.service == service and state.url and not state.problem for state in self.services)


def services_of(names: Iterable[str]) -> frozenset[str]:
    """The services that tests of these names cannot do without."""
    found: set[str] = set()
    for name in names:
        for prefix, services in _NEEDED:
            if name.startswith(prefix):
                found.update(services)
    return frozenset(found)


def discover(connection: Connection, services: Collection[str]) -> Discovered:
    """Look at the cloud; `services` are those that are needed.

    Raises CloudError where a needed one is missing or does not answer; another one costs a remark.
    """
    me = who(connection)
    states = _states(connection, me)
    _demand(states, services, me)
    present = [state for state in states if state.url is not None and state.service in _LOOKERS]
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="discovery") as pool:
        identity = pool.submit(look_at_identity, _service(connection, me, "identity", "identity"), me)
        looks = [(state, pool.submit(_look, connection, me, state)) for state in present]
        found = {state.service: look.result() for state, look in looks}
        about_identity = _or_problem(identity.result, me.auth_url)
    states = tuple(_with_problem(state, found.get(state.service)) for state in states)
    _demand(states, services, me)
    everything = [look for look in (about_identity, *found.values()) if isinstance(look, Found)]
    options = merged(
        _available(states),
        *(look.options for look in everything),
        given(me.own.get("options") or {}, "clouds.yaml, certmark.options"),
    )
    remarks = [remark for look in everything for remark in look.remarks]
    remarks += [f"{state.service}: {state.problem}" for state in states if state.problem]
    signs = {service: look.version for service, look in found.items() if isinstance(look, Found) and look.version}
    return Discovered(me, states, options, tuple(remarks), signs, _digest(me, states))


def _look(connection: Connection, me: Self, state: ServiceState) -> Found | str:
    service = _service(connection, me, state.service, state.type or state.service)
    return _or_problem(lambda: _LOOKERS[state.service](service, me), state.url or state.service)


def _or_problem(look: Callable[[], Found], place: str) -> Found | str:
    """What was found, or in a sentence why nothing was: a service must not stop the others."""
    try:
        return look()
    except Unanswered as error:
        return str(error)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return f"{place} answers something that is not its API ({type(error).__name__}: {first_line(error, 80)})"
    except Exception as error:  # noqa: BLE001 - libraries below raise families of their own
        return why(error, place, "token")


def _service(connection: Connection, me: Self, service: str, kind: str) -> Service:
    adapter: Any = connection.config.get_session_client(kind)  # type: ignore[no-untyped-call,unused-ignore]  # untyped in older versions
    return Service(service, adapter, me.region)


def _states(connection: Connection, me: Self) -> tuple[ServiceState, ...]:
    catalogue = _catalogue(connection, me)
    return tuple(_state(service, types, catalogue) for service, types in _TYPES.items())


def _state(service: str, types: tuple[str, ...], catalogue: Mapping[str, str]) -> ServiceState:
    kind = next((name for name in types if name in catalogue), None)
    return ServiceState(service, kind, catalogue[kind] if kind else None, None)


def _catalogue(connection: Connection, me: Self) -> dict[str, str]:
    """Type -> URL of the region's endpoint of our interface."""
    session: Any = connection.session
    found: dict[str, str] = {}
    for entry in session.auth.get_access(session).service_catalog.catalog:
        for endpoint in entry.get("endpoints", ()):
            region = endpoint.get("region_id") or endpoint.get("region")
            if endpoint.get("interface") == me.interface and (not me.region or region == me.region):
                found.setdefault(str(entry.get("type")), str(endpoint.get("url")))
    if not found:
        where = f" in region {me.region}" if me.region else ""
        raise CloudError(
            f"the catalogue has no {me.interface} endpoint{where}; check region_name and interface in clouds.yaml"
        )
    return found


def _demand(states: Iterable[ServiceState], services: Collection[str], me: Self) -> None:
    for state in states:
        if state.service not in services:
            continue
        if state.url is None:
            where = f" in region {me.region}" if me.region else ""
            raise CloudError(
                f"the catalogue of {me.cloud} has no {state.service} service{where}, and the tests asked for need it; "
                "name another region, or a program without it"
            )
        if state.problem is not None:
            raise CloudError(f"{state.service} is needed and cannot be used: {state.problem}")


def _with_problem(state: ServiceState, look: Found | str | None) -> ServiceState:
    return state._replace(problem=look) if isinstance(look, str) else state


def _available(states: Iterable[ServiceState]) -> Iterable[Option]:
    for state in states:
        codename = _CODENAMES.get(state.service)
        if codename is None or (state.service in _PLUGIN_SERVICES and state.url is None):
            continue
        works = state.url is not None and state.problem is None
        source = state.problem or (
            f"the catalogue has {state.type}" if works else f"the catalogue has no {state.service}"
        )
        yield Option("service_available", codename, "true" if works else "false", Origin.ASKED, source)
        if state.service == "block-storage" and state.type is not None:
            yield Option("volume", "catalog_type", state.type, Origin.ASKED, source)
    yield Option("service_available", "horizon", "false", Origin.ASSUMED, "no API tells of a dashboard")


def _digest(me: Self, states: Iterable[ServiceState]) -> str:
    """The ids of projects in URLs are not the cloud's."""
    urls = [[state.service, (state.url or "").replace(me.project_id or "\0", "")] for state in states]
    return hashlib.sha256(json.dumps([me.auth_url, me.region, urls]).encode()).hexdigest()

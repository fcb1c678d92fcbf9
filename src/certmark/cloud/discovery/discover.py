"""What a suite must be told of a cloud, asked of the cloud itself.

Every service is looked at on its own, at the same time as the others and with time-outs: one that
hangs or is broken costs its own options. Only reading requests are sent; nothing is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from certmark.cloud.catalogue import PREFERRED_TYPES
from certmark.cloud.client import VersionedClient
from certmark.cloud.concurrency import side_by_side
from certmark.cloud.discovery.options import Option, Origin, given_options, merged
from certmark.cloud.discovery.service_states import ServiceState, endpoints_of_ours, states_in
from certmark.cloud.discovery.services.asking import LOOK_SECONDS, ServiceLook, ServiceOptions, guess, option_of
from certmark.cloud.discovery.services.compute import look_at_compute
from certmark.cloud.discovery.services.identity import look_at_identity
from certmark.cloud.discovery.services.image import look_at_image
from certmark.cloud.discovery.services.network import look_at_network
from certmark.cloud.discovery.services.object_store import look_at_object_store
from certmark.cloud.discovery.services.plugins import (
    heat_options,
    look_at_load_balancer,
    look_at_placement,
    look_at_share,
)
from certmark.cloud.discovery.services.volume import look_at_volume
from certmark.cloud.errors import CloudError, first_line
from certmark.cloud.explaining import TOKEN, explain
from certmark.cloud.regions import identity_region
from certmark.cloud.replies import Unanswered
from certmark.cloud.session import (
    SignedInUser,
    demand_project,
    overrides_of,
    region_of,
    versioned_client_of,
    who,
)
from certmark.cloud.session import endpoints as endpoints_of
from certmark.cloud.timeouts import scaled

if TYPE_CHECKING:
    from certmark.cloud.connection import Connection

_CODENAMES = {
    "compute": "nova",
    "image": "glance",
    "network": "neutron",
    "block-storage": "cinder",
    "object-store": "swift",
}
"""As Tempest's own section `service_available` names them."""
_PLUGIN_CODENAMES = {
    "orchestration": "heat",
    "dns": "designate",
    "load-balancer": "load_balancer",
    "shared-file-system": "manila",
    "key-manager": "barbican",
    "baremetal": "ironic",
    "baremetal-introspection": "ironic_inspector",
    "container-infrastructure-management": "magnum",
    "instance-ha": "masakari",
    "workflow": "mistral",
    "message": "zaqar",
    "messaging": "zaqar",
    "metric": "gnocchi",
    "alarm": "aodh",
    "meter": "ceilometer",
    "event": "panko",
    "events": "panko",
    "resource-optimization": "watcher",
    "database": "trove",
    "data-processing": "sahara",
    "accelerator": "cyborg",
    "application-container": "zun",
    "reservation": "blazar",
    "root-cause-analysis": "vitrage",
    "nfv-orchestration": "tacker",
    "backup": "freezer",
    "rating": "cloudkitty",
    "clustering": "senlin",
    "application-catalog": "murano",
}
"""As plugins name theirs there; said only of services that the catalogue has."""
_SECTIONS = {
    "compute": ("compute", "compute"),
    "image": ("image", "image"),
    "network": ("network", "network"),
    "block-storage": ("volume", "block-storage"),
    "object-store": ("object-storage", "object-store"),
    "placement": ("placement", "placement"),
    "orchestration": ("heat_plugin", "orchestration"),
    "load-balancer": ("load_balancer", "load-balancer"),
    "shared-file-system": ("share", "sharev2"),
    "dns": ("dns", "dns"),
}
"""The section of a service, and the type of the catalogue that Tempest takes where nothing is said."""
_LOOKERS: Mapping[str, Callable[[ServiceLook, SignedInUser], ServiceOptions]] = {
    "compute": look_at_compute,
    "image": look_at_image,
    "network": look_at_network,
    "block-storage": look_at_volume,
    "object-store": look_at_object_store,
    "placement": look_at_placement,
    "load-balancer": look_at_load_balancer,
    "shared-file-system": look_at_share,
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
    ("octavia_tempest_plugin.", ("load-balancer",)),
    ("manila_tempest_tests.", ("shared-file-system",)),
    ("barbican_tempest_plugin.", ("key-manager",)),
)
_TOGETHER = frozenset({"compute", "image", "network", "block-storage"})
"""What one of them can do depends on the others."""
_DASHBOARD_SECONDS = 2.0


class Discovered(NamedTuple):
    """A cloud as a suite must be told of it."""

    me: SignedInUser
    services: tuple[ServiceState, ...]
    options: tuple[Option, ...]
    remarks: tuple[str, ...]
    """What a person should know: one sentence each, `problems` among them."""
    signs: Mapping[str, str]
    """Versions that services tell of themselves, by service type."""
    identity: str
    """A digest of the cloud's address and catalogue: another cloud, another digest."""
    problems: tuple[str, ...] = ()
    """Of services that the catalogue has and that could not be looked at: one sentence each."""

    def has(self, service: str) -> bool:
        """Whether the catalogue has the service and it answers."""
        return any(state.service == service and state.works for state in self.services)


def services_of(names: Iterable[str]) -> frozenset[str]:
    """The services that tests of these names cannot do without."""
    found: set[str] = set()
    for name in names:
        for prefix, services in _NEEDED:
            if name.startswith(prefix):
                found.update(services)
    return frozenset(found)


def discover(
    connection: Connection,
    services: Collection[str],
    *,
    as_admin: bool = True,
    waits_for: Collection[str] | None = None,
) -> Discovered:
    """Look at the cloud; `services` are those that are needed.

    With `waits_for` other services than these, and those that work closely with them, get little more time than they.
    Without `as_admin` an administrator is taken for an ordinary user, and asks what one may ask.
    Raises CloudError where a needed service is missing or does not answer; another one costs a remark.
    """
    me = who(connection) if as_admin else who(connection).as_ordinary()
    demand_project(connection, me)
    endpoints = endpoints_of_ours(endpoints_of(connection), me)
    chosen = region_of(connection)
    at = identity_region(endpoints, me.interfaces, chosen.name)
    me = me._replace(
        region=chosen.name, is_region_chosen=not me.region, identity_region=chosen.name if at is None else at
    )
    states, odd = states_in(endpoints, me, overrides_of(connection))
    _demand(states, services, me)
    looks = _looks(connection, me, states, None if waits_for is None else _awaited(waits_for))
    states = tuple(_with_problem(state, looks.get(state.service)) for state in states)
    _demand(states, services, me)
    found = {service: look for service, look in looks.items() if isinstance(look, ServiceOptions)}
    # Keystone's last: which roles there are is said by it, and guessed by the others.
    told = merged(_available(states), *(found[name].options for name in sorted(found, key="identity".__eq__)))
    if any(state.service == "orchestration" and state.works for state in states):
        told = merged(told, heat_options(me, {option.key: option.value for option in told}))
    options = merged(told, given_options(me.own.get("options") or {}, "clouds.yaml, certmark.options"))
    remarks = [*filter(None, (chosen.remark,)), *odd, *(remark for look in found.values() for remark in look.remarks)]
    failed = {state.service: state.problem for state in states if state.problem}
    if isinstance(looks["identity"], str):
        failed["identity"] = looks["identity"]
    problems = [_about(service, problem) for service, problem in failed.items()]
    if not any(state.url is not None and state.service != "identity" for state in states):
        problems.append("the catalogue has no service but identity; nothing else of this cloud can be tested")
    signs = {service: look.version for service, look in found.items() if look.version}
    return Discovered(me, states, options, (*remarks, *problems), signs, _digest(me, states), tuple(problems))


def _about(service: str, problem: str) -> str:
    return problem if problem.startswith(service) else f"{service}: {problem}"


def _awaited(services: Collection[str]) -> frozenset[str]:
    """The services that must be seen whole for tests of these."""
    beside = _TOGETHER if _TOGETHER.intersection(services) else frozenset()
    return frozenset({"identity", *services, *beside})


def _looks(
    connection: Connection, me: SignedInUser, states: Iterable[ServiceState], awaited: Collection[str] | None
) -> dict[str, ServiceOptions | str]:
    """What each service told, or in a sentence why it told nothing; `awaited` None: each gets its time."""
    works = [state for state in states if state.works and state.service in _LOOKERS]
    client = versioned_client_of(
        connection, region=me.region or None, types={state.service: state.type for state in works}
    )
    tasks: dict[str, Callable[[], ServiceOptions | str]] = {
        "identity": lambda: _look(look_at_identity, client, "identity", me, me.auth_url),
        "dashboard": lambda: _dashboard(connection, me),
    }
    for state in works:
        tasks[state.service] = partial(
            _look, _LOOKERS[state.service], client, state.service, _by(state, me), state.url or state.service
        )
    return {
        name: answer
        if isinstance(answer, ServiceOptions | str)
        else f"{name} was not looked at whole: {_lateness(answer)}"
        for name, answer in side_by_side(tasks, scaled(LOOK_SECONDS + 5), needed=awaited).items()
    }


def _by(state: ServiceState, me: SignedInUser) -> SignedInUser:
    """By the interface under which the service was found."""
    return me._replace(interfaces=(state.interface,)) if state.interface else me


def _lateness(error: BaseException) -> str:
    return "it does not answer in time" if isinstance(error, TimeoutError) else first_line(error)


def _look(
    looker: Callable[[ServiceLook, SignedInUser], ServiceOptions],
    client: VersionedClient,
    name: str,
    me: SignedInUser,
    place: str,
) -> ServiceOptions | str:
    """What was found, or in a sentence why nothing was: a service must not stop the others."""
    service = ServiceLook(client, name)
    try:
        found = looker(service, me)
    except Unanswered as error:
        return str(error)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        return f"{place} answers something that is not its API ({type(error).__name__}: {first_line(error, 80)})"
    except Exception as error:  # noqa: BLE001 - libraries below raise families of their own
        return explain(error, place, TOKEN)
    if service.missed and not service.has_answered:
        return service.missed[0]
    missed = (f"{sentence}; what depends on it is not known" for sentence in service.missed)
    return found._replace(remarks=(*found.remarks, *missed))


def _dashboard(connection: Connection, me: SignedInUser) -> ServiceOptions:
    """Horizon has no API and stands in no catalogue: where installers put it, or nowhere."""
    parts = urlsplit(me.auth_url)
    url = f"{parts.scheme}://{parts.hostname}/dashboard/"
    session: Any = connection.session
    from certmark.cloud.transport import once

    try:
        with once():
            answer = session.get(url, authenticated=False, raise_exc=False, timeout=scaled(_DASHBOARD_SECONDS))
        is_there = answer.status_code < 400 and "horizon" in answer.text[: 1 << 20].lower()
    except Exception:  # noqa: BLE001 - whatever it is, it is no dashboard
        is_there = False
    if not is_there:
        return ServiceOptions((guess("service_available", "horizon", "false", f"no dashboard at {url}"),))
    return ServiceOptions(
        (
            option_of("service_available", "horizon", "true", f"GET {url}"),
            option_of("dashboard", "dashboard_url", url, f"GET {url}"),
            Option("dashboard", "disable_ssl_certificate_validation", str(me.insecure).lower(), Origin.GIVEN,
                   "verify of the cloud's entry"),
        )
    )  # fmt: skip


def _demand(states: Iterable[ServiceState], services: Collection[str], me: SignedInUser) -> None:
    for state in states:
        if state.service not in services:
            continue
        if state.url is None:
            where = f" in region {me.region}" if me.region else ""
            raise CloudError(
                f"the catalogue of {me.cloud} has no {state.service} service{where}, and the tests asked for need it; "
                "name another region, or a program without it"
            )
        if not state.is_listed:
            raise CloudError(
                f"{state.service} is needed, and only {state.override} in clouds.yaml says where it is: tests find "
                "services in the catalogue alone; register it there (openstack endpoint create)"
            )
        if state.problem is not None:
            raise CloudError(f"{state.service} is needed and cannot be used: {state.problem}")


def _with_problem(state: ServiceState, look: ServiceOptions | str | None) -> ServiceState:
    return state._replace(problem=look) if isinstance(look, str) else state


def _available(states: Iterable[ServiceState]) -> Iterable[Option]:
    for state in states:
        codename = _CODENAMES.get(state.service) or (_PLUGIN_CODENAMES.get(state.service) if state.url else None)
        where = f"the catalogue has {state.type}" if state.url else f"the catalogue has no {state.service}"
        source = state.problem or state.override or where
        if codename is not None:
            yield option_of("service_available", codename, "true" if state.works else "false", source)
        section, usual = _SECTIONS.get(state.service, ("", ""))
        if state.type is not None and section and (state.type != usual or state.service == "block-storage"):
            yield option_of(section, "catalog_type", state.type, source)


def _digest(me: SignedInUser, states: Iterable[ServiceState]) -> str:
    """The ids of projects in URLs are not the cloud's."""
    urls = [
        [state.service, (state.url or "").replace(me.project_id or "\0", "")]
        for state in states
        if state.service in PREFERRED_TYPES and state.service != "identity"
    ]
    here = json.dumps([me.auth_url, me.region, urls]).replace("https://", "http://")  # TLS makes no other cloud
    return hashlib.sha256(here.encode()).hexdigest()

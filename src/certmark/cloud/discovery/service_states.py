"""The services of a cloud in our region, by our words for them, whatever names its catalogue uses.

Services of types that nobody has a word for are kept under the authority's names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from certmark.cloud.catalogue import PREFERRED_TYPES, Endpoint, serving
from certmark.cloud.errors import CloudError
from certmark.cloud.session import SignedInUser

_APART = frozenset({"identity"})
"""What every cloud has, and no catalogue need have."""
_LEFT_BEHIND = frozenset({"volumev2", "volumev1", "computev21", "compute_legacy", "cloudformation", "ec2", "s3"})
"""Types of APIs that are gone, or that speak another language."""


class ServiceState(NamedTuple):
    """How a service of the cloud was found."""

    service: str
    """Our word for it: that of the service types authority, else the catalogue's own."""
    type: str | None
    """As the catalogue has it; None where it does not."""
    url: str | None
    problem: str | None
    """Why it could not be looked at; None where all is well."""
    interface: str = ""
    """That of its endpoint."""
    override: str = ""
    """The key of the cloud's entry that names the address; empty where it is the catalogue's."""

    @property
    def works(self) -> bool:
        """Whether it is there and answers."""
        return self.url is not None and self.problem is None

    @property
    def is_listed(self) -> bool:
        """Whether the catalogue has it, which is where a suite looks."""
        return self.type is not None


def endpoints_of_ours(endpoints: Sequence[Endpoint], me: SignedInUser) -> tuple[Endpoint, ...]:
    """All endpoints of our interfaces, in every region. Raises CloudError where there is none."""
    found = serving(endpoints, me.interfaces, "")
    if not found:
        raise CloudError(_nothing(endpoints, me))
    return found


def states_in(
    endpoints: Sequence[Endpoint], me: SignedInUser, overrides: Mapping[str, str] = {}
) -> tuple[tuple[ServiceState, ...], tuple[str, ...]]:
    """The services of our region, and what is odd about them. Raises CloudError where it has none.

    `overrides` are addresses of the cloud's entry, by our words for services.
    """
    here = serving(endpoints, me.interfaces, me.region)
    if not here:
        raise CloudError(_nothing(endpoints, me))
    urls: dict[str, list[Endpoint]] = {}
    for one in here:
        urls.setdefault(one.type, []).append(one)
    first = {kind: found[0] for kind, found in urls.items()}
    wanted = {service: types for service, types in PREFERRED_TYPES.items() if service not in _APART}
    states = [_overridden(_state(service, types, first), overrides) for service, types in wanted.items()]
    known = {kind for types in wanted.values() for kind in types}
    states += [
        ServiceState(_official(kind), kind, one.url, None, one.interface)
        for kind, one in first.items() if kind not in known
    ]  # fmt: skip
    others = [state for state in states if state.service not in _LEFT_BEHIND and state.type not in _LEFT_BEHIND]
    odd = (*_oddities(urls, me), *(_about_override(state) for state in others if state.override))
    return tuple(_once(others)), odd


def _state(service: str, types: tuple[str, ...], catalogue: Mapping[str, Endpoint]) -> ServiceState:
    kind = next((name for name in types if name in catalogue), None)
    if kind is None:
        return ServiceState(service, None, None, None)
    return ServiceState(service, kind, catalogue[kind].url, None, catalogue[kind].interface)


def _overridden(state: ServiceState, overrides: Mapping[str, str]) -> ServiceState:
    """At the address of the cloud's entry, where it has one."""
    url = overrides.get(state.service)
    if url is None or url.rstrip("/") == (state.url or "").rstrip("/"):
        return state
    return state._replace(url=url, override=f"{state.service.replace('-', '_')}_endpoint_override")


def _about_override(state: ServiceState) -> str:
    suite = "takes the catalogue's" if state.is_listed else "finds none in the catalogue"
    return (
        f"{state.service}: looked at under the address of {state.override} in clouds.yaml; "
        f"Tempest has no such option and {suite}"
    )


def _official(kind: str) -> str:
    """The authority's name for a type; the type itself where it has none."""
    import os_service_types

    found: Any = os_service_types.get_service_types().get_service_type(kind)  # type: ignore[attr-defined,unused-ignore]
    return str(found or kind)


def _once(states: Iterable[ServiceState]) -> Iterable[ServiceState]:
    found: dict[str, ServiceState] = {}
    for state in states:
        if state.service not in found or found[state.service].url is None:
            found[state.service] = state
    return found.values()


def _oddities(found: Mapping[str, Sequence[Endpoint]], me: SignedInUser) -> Iterator[str]:
    for kind, endpoints in found.items():
        if len({one.url for one in endpoints}) > 1:
            count, interface = len(endpoints), endpoints[0].interface
            yield f"{kind}: the catalogue has {count} {interface} endpoints of it; the first one is taken"
        if me.auth_url.startswith("https:") and endpoints[0].url.startswith("http:"):
            yield f"{kind}: its endpoint is plain http; tokens travel readable for everybody on the way"


def _nothing(endpoints: Sequence[Endpoint], me: SignedInUser) -> str:
    where = f" in region {me.region}" if me.region else ""
    there = sorted({one.interface for one in endpoints if not me.region or one.region == me.region})
    has = f"; it has {', '.join(there[:6])}" if there else ""
    return (
        f"the catalogue has no {' or '.join(me.interfaces)} endpoint{where}{has}; "
        "check region_name and interface in clouds.yaml"
    )

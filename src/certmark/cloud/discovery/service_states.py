"""The services of a cloud in our region, by our words for them, whatever names its catalogue uses.

Services of types that nobody has a word for are kept under the authority's names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from certmark.cloud.catalogue import PREFERRED_TYPES, Endpoint, serving
from certmark.cloud.errors import CloudError
from certmark.cloud.session import SignedInUser
from certmark.domain.phrases import some

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

    @property
    def works(self) -> bool:
        """Whether it is there and answers."""
        return self.url is not None and self.problem is None


def endpoints_of_ours(endpoints: Collection[Endpoint], me: SignedInUser) -> tuple[Endpoint, ...]:
    """All endpoints of our interface, in every region. Raises CloudError where there is none."""
    found = serving(endpoints, me.interface, "")
    if not found:
        raise CloudError(_nothing(me, endpoints))
    return found


def region_of(endpoints: Iterable[Endpoint], me: SignedInUser) -> tuple[str, str | None]:
    """The region to look at, and a remark where it had to be chosen."""
    regions = list(dict.fromkeys(one.region for one in endpoints if one.region))
    if me.region or not regions:
        return me.region, None
    if len(regions) == 1:
        return regions[0], None
    named = ", ".join(regions[:5]) + (", …" if len(regions) > 5 else "")
    return regions[0], f"the cloud has the regions {named}; {regions[0]} is taken: set region_name in clouds.yaml"


def states_in(endpoints: Collection[Endpoint], me: SignedInUser) -> tuple[tuple[ServiceState, ...], tuple[str, ...]]:
    """The services of our region, and what is odd about them. Raises CloudError where it has none."""
    here = serving(endpoints, me.interface, me.region)
    if not here:
        raise CloudError(_nothing(me, endpoints))
    urls: dict[str, list[str]] = {}
    for one in here:
        urls.setdefault(one.type, []).append(one.url)
    first = {kind: found[0] for kind, found in urls.items()}
    wanted = {service: types for service, types in PREFERRED_TYPES.items() if service not in _APART}
    states = [_state(service, types, first) for service, types in wanted.items()]
    known = {kind for types in wanted.values() for kind in types}
    states += [ServiceState(_official(kind), kind, url, None) for kind, url in first.items() if kind not in known]
    others = [state for state in states if state.service not in _LEFT_BEHIND and state.type not in _LEFT_BEHIND]
    return tuple(_once(others)), tuple(_oddities(urls, me))


def _state(service: str, types: tuple[str, ...], catalogue: Mapping[str, str]) -> ServiceState:
    kind = next((name for name in types if name in catalogue), None)
    return ServiceState(service, kind, catalogue[kind] if kind else None, None)


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


def _oddities(urls: Mapping[str, list[str]], me: SignedInUser) -> Iterator[str]:
    for kind, found in urls.items():
        if len(set(found)) > 1:
            yield f"{kind}: the catalogue has {len(found)} {me.interface} endpoints of it; the first one is taken"
        if me.auth_url.startswith("https:") and found[0].startswith("http:"):
            yield f"{kind}: its endpoint is plain http; tokens travel readable for everybody on the way"


def _nothing(me: SignedInUser, endpoints: Iterable[Endpoint]) -> str:
    regions = sorted({one.region for one in endpoints if one.region})
    if me.region and regions and me.region not in regions:
        return (
            f"the catalogue has no region {me.region}; it has {some(regions)}: name one as region_name in clouds.yaml"
        )
    where = f" in region {me.region}" if me.region else ""
    return f"the catalogue has no {me.interface} endpoint{where}; check region_name and interface in clouds.yaml"

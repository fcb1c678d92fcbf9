"""Nova: flavors, microversions, hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from certmark.cloud.discovery.options import Option, Origin, text_of
from certmark.cloud.discovery.services.asking import (
    ServiceLook,
    ServiceOptions,
    at_least,
    guess,
    option_of,
    quota,
    spoken,
    where,
)
from certmark.cloud.session import SignedInUser

_FQDN = 90
"""Nova of the release that has 2.90 (Xena) makes a name with dots a host name with hyphens; Wallaby began it."""
_MOST_FLAVORS = 2000
_SECTION = "compute-feature-enabled"


def look_at_compute(service: ServiceLook, me: SignedInUser) -> ServiceOptions:
    """Flavors and microversions; as an administrator also how many hosts there are, and of which kind."""
    versions = service.microversions()
    listed = service.all("flavors/detail", "flavors", limit=_MOST_FLAVORS)
    chosen, remarks = choose_flavors(listed.items)
    hypervisors = _hypervisors(service) if me.is_admin else None
    options = [
        *where("compute", me),
        *_versions(versions),
        *chosen,
        Option("compute", "build_interval", "1", Origin.OURS, "to ask often costs less than to wait"),
        *_hosted(hypervisors, len(listed.items)),
    ]
    if not listed.is_whole:
        remarks = (*remarks, f"compute: it has more than {_MOST_FLAVORS} flavors; the choice is among the first")
    if not me.is_admin:  # as an administrator tests make projects of their own
        remarks = (*remarks, *quota(service, "maxTotalInstances", "servers"))
    return ServiceOptions(tuple(options), remarks, versions[1] if versions else "")


def _versions(versions: tuple[str, str] | None) -> Iterable[Option]:
    if versions is None:
        return
    yield from spoken("compute", versions)
    sanitized = text_of(at_least(versions, _FQDN))
    yield guess(_SECTION, "hostname_fqdn_sanitization", sanitized, f"the newest microversion is {versions[1]}")


def choose_flavors(flavors: Sequence[Mapping[str, Any]]) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """The two smallest that have a disk: API tests boot nothing that needs more."""
    usable = [flavor for flavor in flavors if not flavor.get("OS-FLV-DISABLED:disabled")]
    ordered = sorted(usable, key=lambda flavor: (not flavor["disk"], flavor["ram"], flavor["disk"], flavor["vcpus"]))
    if not ordered:
        return (), ("compute: there is no flavor that this project may use; servers cannot be made",)
    first, call = ordered[0], "GET /flavors/detail"
    other = next((flavor for flavor in ordered[1:] if flavor["disk"] >= first["disk"]), ordered[-1])
    remarks = () if other["id"] != first["id"] else ("compute: there is one flavor; tests of resizing need two",)
    return (
        Option("compute", "flavor_ref", str(first["id"]), Origin.CHOSEN, f"{call}, the smallest: {first['name']}"),
        Option("compute", "flavor_ref_alt", str(other["id"]), Origin.CHOSEN,
               f"{call}, the next larger: {other['name']}"),
    ), remarks  # fmt: skip


def _hypervisors(service: ServiceLook) -> list[Mapping[str, Any]] | None:
    """Those that are up; None where nobody says."""
    answer = service.maybe("os-hypervisors/detail")
    if answer is None:
        return None
    return [one for one in answer["hypervisors"] if one.get("state") == "up" and one.get("status") == "enabled"]


def _hosted(hypervisors: Sequence[Mapping[str, Any]] | None, flavors: int) -> Iterable[Option]:
    """What depends on the kind of hypervisor, and on there being a second host to go to."""
    hosts = {str((one.get("service") or {}).get("host")) for one in hypervisors or ()}
    call = f"GET /os-hypervisors/detail, hosts up: {len(hosts)}"
    if hypervisors:
        yield option_of("compute", "min_compute_nodes", str(len(hosts)), call)
        if hypervisors[0].get("hypervisor_type"):
            yield option_of("compute", "hypervisor_type", str(hypervisors[0]["hypervisor_type"]), call)
    if len(hosts) == 1:
        yield option_of(_SECTION, "cold_migration", "false", call)
        yield option_of(_SECTION, "live_migration", "false", call)
    if len(hosts) > 1:
        yield option_of(_SECTION, "resize", text_of(flavors > 1), call)
    else:
        reason = "must-pass lists ask for it; no API tells whether one host may resize to itself"
        yield guess(_SECTION, "resize", text_of(flavors > 1), reason)

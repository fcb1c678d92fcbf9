"""Services whose tests stand in plugins of Tempest, and placement: what their sections want to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from certmark.cloud.discovery.options import Option, Origin, text_of
from certmark.cloud.discovery.services.asking import ServiceLook, ServiceOptions, guess, option_of, spoken, where
from certmark.cloud.session import SignedInUser


def look_at_placement(service: ServiceLook, me: SignedInUser) -> ServiceOptions:
    """Microversions."""
    return ServiceOptions((*where("placement", me), *spoken("placement", service.microversions())))


def look_at_load_balancer(service: ServiceLook, me: SignedInUser) -> ServiceOptions:
    """Octavia's providers."""
    section = "load_balancer"
    options = [*where(section, me), guess(section, "RBAC_test_type", "keystone_default_roles", "the default policy")]
    answer = service.maybe("v2/lbaas/providers") or service.maybe("lbaas/providers")
    if answer is not None:
        names = [f"{one['name']}:{one.get('description', '')}".replace(",", ";") for one in answer["providers"]]
        options.append(option_of(section, "enabled_provider_drivers", text_of(names), "GET /v2/lbaas/providers"))
    return ServiceOptions(tuple(options))


def look_at_share(service: ServiceLook, me: SignedInUser) -> ServiceOptions:
    """Manila's microversions; as an administrator also its pools."""
    options = [*where("share", me), *spoken("share", service.microversions(), "api_microversion")]
    answer = service.maybe("scheduler-stats/pools/detail") if me.is_admin else None
    if answer is not None:
        options += _pools([one["capabilities"] | {"backend": one.get("backend")} for one in answer["pools"]])
    return ServiceOptions(tuple(options))


def _pools(pools: list[Mapping[str, Any]]) -> Iterable[Option]:
    if not pools:
        return
    call = "GET /v2/scheduler-stats/pools/detail"
    backends = sorted({str(pool["backend"]) for pool in pools})
    protocols = sorted({word for pool in pools for word in str(pool.get("storage_protocol", "")).lower().split("_")})
    yield option_of("share", "backend_names", text_of(backends), call)
    yield option_of("share", "multi_backend", text_of(len(backends) > 1), call)
    yield option_of("share", "enable_protocols", text_of([word for word in protocols if word]), call)
    for option, capability in _CAPABILITIES.items():
        yield option_of("share", option, text_of(any(_holds(pool.get(capability)) for pool in pools)), call)


_CAPABILITIES = {
    "multitenancy_enabled": "driver_handles_share_servers",
    "run_snapshot_tests": "snapshot_support",
    "capability_snapshot_support": "snapshot_support",
    "capability_create_share_from_snapshot_support": "create_share_from_snapshot_support",
    "capability_thin_provisioned": "thin_provisioning",
}


def _holds(value: object) -> bool:
    """A capability may be a list of what is possible."""
    return any(map(bool, value)) if isinstance(value, list) else bool(value)


def heat_options(me: SignedInUser, found: Mapping[str, str]) -> Iterable[Option]:
    """The section of Heat's plugin, which repeats what other sections say; without credentials."""
    section, source = "heat_plugin", "as elsewhere in this file"
    repeated = {
        "auth_url": "identity.uri_v3",
        "disable_ssl_certificate_validation": "identity.disable_ssl_certificate_validation",
        "ca_file": "identity.ca_certificates_file",
        "minimal_instance_type": "compute.flavor_ref",
        "instance_type": "compute.flavor_ref_alt",
        "minimal_image_ref": "compute.image_ref",
        "image_ref": "compute.image_ref_alt",
        "fixed_network_name": "compute.fixed_network_name",
        "floating_network_name": "network.floating_network_name",
        "network_for_ssh": "network.floating_network_name",
    }
    for name, key in repeated.items():
        if found.get(key):
            yield Option(section, name, found[key], Origin.OURS, f"{source}: {key}")
    if me.region:
        yield Option(section, "region", me.region, Origin.OURS, f"{source}: that of the services")
    yield Option(section, "auth_version", "3", Origin.OURS, "the only version that clouds still have")
    yield Option(section, "project_domain_name", me.project_domain, Origin.GIVEN, "the cloud's entry")
    yield Option(section, "user_domain_name", me.user_domain, Origin.GIVEN, "the cloud's entry")

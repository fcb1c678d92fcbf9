"""Neutron: extensions, and the networks that lead outside or are shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from certmark.cloud.discovery.options import Option, Origin, text_of
from certmark.cloud.discovery.services.asking import ServiceLook, ServiceOptions, guess, option_of, where
from certmark.cloud.session import SignedInUser

_SECTION = "network-feature-enabled"
_ENOUGH = 200


def look_at_network(service: ServiceLook, me: SignedInUser) -> ServiceOptions:
    """Extensions, the network that leads outside, one that all projects share."""
    extensions = sorted(str(item["alias"]) for item in service.get("extensions")["extensions"])
    outside = service.all("networks?router:external=True", "networks", limit=_ENOUGH).items
    shared = service.all("networks?shared=True&router:external=False", "networks", limit=_ENOUGH).items
    external = [network for network in outside if network.get("router:external")]
    inside = [network for network in shared if network.get("shared") and not network.get("router:external")]
    options = [
        *where("network", me),
        *_features(extensions, bool(external)),
        *_outside(external),
        *_inside(inside, bool(external) and "router" in extensions),
    ]
    remarks = []
    if not external:
        remarks.append("network: this project sees no external network; tests of floating IPs and gateways cannot pass")
    return ServiceOptions(tuple(options), tuple(remarks))


def _features(extensions: Sequence[str], has_outside: bool) -> Iterable[Option]:
    call = "GET /v2.0/extensions"
    yield option_of(_SECTION, "api_extensions", text_of(extensions), call)
    yield guess(_SECTION, "ipv6", "true", "every Neutron has it")
    yield guess(_SECTION, "ipv6_subnet_attributes", "true", "every Neutron since 2014 has them")
    yield option_of(_SECTION, "port_security", text_of("port-security" in extensions), call)
    floating = has_outside and "router" in extensions
    yield option_of(_SECTION, "floating_ips", text_of(floating), f"{call} and GET /v2.0/networks: a way outside")
    grouped = text_of("security-group" in extensions)
    yield option_of("validation", "security_group", grouped, call)
    yield option_of("validation", "security_group_rules", grouped, call)


def _outside(networks: Sequence[Mapping[str, Any]]) -> Iterable[Option]:
    if not networks:
        return
    chosen = min(networks, key=lambda network: ("public" not in str(network["name"]).lower(), str(network["name"])))
    source = f"GET /v2.0/networks, the external network {chosen['name']}"
    source += f", one of {len(networks)}" if len(networks) > 1 else ""
    yield Option("network", "public_network_id", str(chosen["id"]), Origin.CHOSEN, source)
    yield Option("network", "floating_network_name", str(chosen["name"]), Origin.CHOSEN, source)


def _inside(networks: Sequence[Mapping[str, Any]], has_floating: bool) -> Iterable[Option]:
    """A network for servers, and how to reach them."""
    if not networks:
        return
    chosen = min(networks, key=lambda network: str(network["name"]))
    source = f"GET /v2.0/networks, a network that all projects share: {chosen['name']}"
    yield Option("compute", "fixed_network_name", str(chosen["name"]), Origin.CHOSEN, source)
    if not has_floating:
        yield guess("validation", "connect_method", "fixed", "there are no floating IPs")
        yield Option("validation", "network_for_ssh", str(chosen["name"]), Origin.CHOSEN, source)

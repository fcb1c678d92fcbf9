"""The network that leads outside, and the addresses that are left there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from certmark.cloud.client import Client
from certmark.cloud.doctor.incomplete import NotExamined, attempt
from certmark.cloud.doctor.kinds import FATAL, WARNING, find
from certmark.cloud.needs import Needs
from certmark.domain.health import CloudFinding


class Outside(NamedTuple):
    """What the connection sees of networks."""

    networks: Sequence[Mapping[str, Any]]
    subnets: Sequence[Mapping[str, Any]] | NotExamined
    """Of external networks; many clouds hide them."""
    addresses: Mapping[str, tuple[int, int]]
    """Network's id -> addresses in all and used, where the connection may know."""


def look_outside(client: Client) -> Outside:
    """Networks, subnets and addresses. Raises Unanswered where not even networks are told."""
    networks = list(client.get("network", "networks")["networks"])
    if not any(network.get("router:external") for network in networks):
        return Outside(networks, (), {})
    subnets = attempt(lambda: client.get("network", "subnets?fields=network_id&fields=ip_version&fields=id")["subnets"])
    return Outside(networks, subnets, _addresses(client))


def _addresses(client: Client) -> dict[str, tuple[int, int]]:
    answer = attempt(lambda: client.get("network", "network-ip-availabilities?ip_version=4"))
    if isinstance(answer, NotExamined) or not isinstance(answer, dict):
        return {}
    return {
        str(item["network_id"]): (int(item["total_ips"]), int(item["used_ips"]))
        for item in answer.get("network_ip_availabilities", [])
    }


# ---------------------------------------------------------------- what follows from it


def judge_outside(seen: Outside | NotExamined, needs: Needs, options: Mapping[str, str]) -> Iterable[CloudFinding]:
    """Findings on the way outside."""
    if isinstance(seen, NotExamined):
        if needs.services.get("network"):
            yield find("check-unfinished", f"networks: {seen.problem}", where="network", tests=needs.outside or None)
        return
    findings = [*_fixed(seen, needs, options), *_external(seen, needs, options)]
    yield from findings
    if not findings and needs.outside:
        yield find("network", "there is a network that leads outside", where="network")


def _fixed(seen: Outside, needs: Needs, options: Mapping[str, str]) -> Iterable[CloudFinding]:
    named = options.get("compute.fixed_network_name")
    if needs.of("servers") and named and named not in {str(item.get("name")) for item in seen.networks}:
        yield find(
            "network-missing", f"there is no network {named}, which compute.fixed_network_name names", where="network",
            why="classes that make servers fail in set-up", tests=needs.of("servers"),
            mend="name one of openstack network list in clouds.yaml: certmark.options compute.fixed_network_name",
        )  # fmt: skip


def _external(seen: Outside, needs: Needs, options: Mapping[str, str]) -> Iterable[CloudFinding]:
    if not needs.outside:
        return
    external = {str(item.get("id")): item for item in seen.networks if item.get("router:external")}
    ref = options.get("network.public_network_id")
    if not external:
        yield find(
            "network-external", "this project sees no network that leads outside", where="network",
            severity=FATAL if needs.is_surveyed else WARNING, tests=needs.outside,
            why="tests of routers and floating IPs are skipped or fail",
            mend="as an administrator: openstack network create --external public, or share one with this project",
        )  # fmt: skip
        return
    if ref and ref not in external:
        yield find(
            "network-missing", f"there is no external network {ref}, which network.public_network_id names",
            where="network", why="tests of routers and floating IPs fail", tests=needs.outside,
            mend="name one of openstack network list --external in clouds.yaml: certmark.options "
            "network.public_network_id",
        )  # fmt: skip
        return
    chosen = external.get(ref or "") or next(iter(external.values()))
    yield from _of_network(chosen, seen, needs)


def _of_network(network: Mapping[str, Any], seen: Outside, needs: Needs) -> Iterable[CloudFinding]:
    name, id_ = str(network.get("name")), str(network.get("id"))
    if network.get("admin_state_up") is False or network.get("status") not in {"ACTIVE", None}:
        yield find("network-down", f"the network {name} is {network.get('status') or 'switched off'}", where="network",
                   why="floating IPs may lead nowhere", mend=f"openstack network set --enable {name}",
                   tests=needs.outside)  # fmt: skip
    versions = {item.get("ip_version") for item in _subnets(seen) if item.get("network_id") == id_}
    if versions and 4 not in versions:
        yield find("network-ipv4", f"the network {name} has no IPv4 subnet", where="network", tests=needs.outside,
                   why="Neutron makes floating IPs of IPv4 only",
                   mend=f"openstack subnet create --network {name} --subnet-range CIDR NAME")  # fmt: skip
    total, used = seen.addresses.get(id_, (0, 0))
    wanted = 2 * max(1, needs.workers)
    if total and total - used < wanted:
        yield find("network-addresses", f"the network {name} has {total - used} of {total} addresses left",
                   severity=FATAL if total <= used else WARNING, where="network", tests=needs.outside,
                   why="each class with a router or a floating IP takes one",
                   mend="release floating IPs (openstack floating ip list), or add a subnet")  # fmt: skip


def _subnets(seen: Outside) -> Sequence[Mapping[str, Any]]:
    return () if isinstance(seen.subnets, NotExamined) else seen.subnets

"""What each project may have, and has already: quotas and leftovers, in three calls a project."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from certmark.cloud.client import Client
from certmark.cloud.doctor.incomplete import NotExamined, attempt
from certmark.cloud.doctor.kinds import FATAL, WARNING, find
from certmark.cloud.doctor.target import UNNAMED, Naming
from certmark.cloud.needs import Needs
from certmark.domain.health import CloudFinding
from certmark.domain.phrases import are, counted, some


class Room(NamedTuple):
    """How much of one thing a project may have, and has."""

    limit: int
    """-1: no limit."""
    used: int = 0

    @property
    def free(self) -> int | None:
        """How many more; None: any number."""
        return None if self.limit < 0 else max(0, self.limit - self.used)


class Holding(NamedTuple):
    """One project."""

    project: str
    """Its name."""
    account: str
    """Whose account it was seen with."""
    rooms: Mapping[str, Room]
    networks: tuple[str, ...] | None = None
    """Names of the networks that servers could be attached to; None where nobody looked."""
    wanted_network: str | None = None
    """The one that the accounts file names."""
    unseen: tuple[str, ...] = ()
    """Sentences about what could not be looked at."""
    sharers: int = 1
    """How many ordinary accounts of the file are in this project."""


_NOVA = {
    "instances": ("maxTotalInstances", "totalInstancesUsed"),
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "ram": ("maxTotalRAMSize", "totalRAMUsed"),
    "keypairs": ("maxTotalKeypairs", ""),
}
_CINDER = {
    "volumes": ("maxTotalVolumes", "totalVolumesUsed"),
    "gigabytes": ("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
    "snapshots": ("maxTotalSnapshots", "totalSnapshotsUsed"),
    "backups": ("maxTotalBackups", "totalBackupsUsed"),
}
_NEUTRON = {
    "networks": "network", "subnets": "subnet", "routers": "router", "ports": "port",
    "floating-ips": "floatingip", "security-groups": "security_group",
}  # fmt: skip


class _Use(NamedTuple):
    """What one class at a time uses of a thing."""

    service: str
    made_with: str
    """Tests that make such a thing need the room."""
    at_once: int
    least: int
    """With less than this no test can pass."""
    mend: str


_NOVA_MEND = "openstack quota set --{option} {number} {project}"
_USES = {
    "instances": _Use("compute", "servers", 2, 1, _NOVA_MEND),
    "cores": _Use("compute", "servers", 2, 1, _NOVA_MEND),
    "ram": _Use("compute", "servers", 256, 64, _NOVA_MEND),
    "keypairs": _Use("compute", "keypairs", 2, 1, _NOVA_MEND.replace("{option}", "key-pairs")),
    "volumes": _Use("block-storage", "volumes", 3, 1, _NOVA_MEND),
    "gigabytes": _Use("block-storage", "volumes", 4, 1, _NOVA_MEND),
    "snapshots": _Use("block-storage", "snapshots", 2, 1, _NOVA_MEND),
    "backups": _Use("block-storage", "backups", 2, 1, _NOVA_MEND),
    "networks": _Use("network", "networks", 2, 1, _NOVA_MEND),
    "subnets": _Use("network", "subnets", 2, 1, _NOVA_MEND),
    "routers": _Use("network", "routers", 2, 1, _NOVA_MEND),
    "ports": _Use("network", "ports", 4, 1, _NOVA_MEND),
    "floating-ips": _Use("network", "floating_ips", 1, 1, _NOVA_MEND),
    # Each project has one from the beginning, and many clouds allow ten.
    "security-groups": _Use("network", "security_groups", 3, 1, _NOVA_MEND.replace("{option}", "secgroups")),
}


def look_at_project(
    client: Client, project: str, account: str, services: Collection[str], wanted: str | None
) -> Holding:
    """What the project may have and has, of those `services` that are there."""
    looks = (("compute", _nova), ("block-storage", _cinder), ("network", _neutron))
    rooms: dict[str, Room] = {}
    unseen: list[str] = []
    for service, look in looks:
        if service in services and client.has(service):
            answer = attempt(partial(look, client))
            if isinstance(answer, NotExamined):
                unseen.append(f"{service}: the quota of {project} could not be read: {answer.problem}")
            else:
                rooms |= answer
    networks = None
    if {"network", "compute"} <= set(services) and client.has("network"):
        listed = attempt(lambda: client.get("network", "networks?fields=name&fields=router:external&fields=id"))
        if not isinstance(listed, NotExamined):
            networks = tuple(str(item["name"]) for item in listed["networks"] if not item.get("router:external"))
    return Holding(project, account, rooms, networks, wanted, tuple(unseen))


def look_at_defaults(client: Client, services: Collection[str]) -> Holding:
    """What a project that is yet to be made may have; for administrators only."""
    paths = (
        ("compute", "os-quota-sets", "defaults", "quota_set", {"keypairs": "key_pairs", "instances": "instances",
                                                              "cores": "cores", "ram": "ram"}),
        ("block-storage", "os-quota-sets", "defaults", "quota_set", {name: name for name in _CINDER}),
        ("network", "quotas", "default", "quota", _NEUTRON),
    )  # fmt: skip
    rooms: dict[str, Room] = {}
    for service, path, which, key, names in paths:
        if service in services and client.has(service):
            answer = attempt(partial(client.get, service, f"{path}/{client.project_id}/{which}"))
            if not isinstance(answer, NotExamined):
                rooms |= {name: Room(int(answer[key][word])) for name, word in names.items() if word in answer[key]}
    return Holding("of a new user", "the suite's own users", rooms)


def _nova(client: Client) -> dict[str, Room]:
    return _absolute(client.get("compute", "limits"), _NOVA)


def _cinder(client: Client) -> dict[str, Room]:
    return _absolute(client.get("block-storage", "limits"), _CINDER)


def _absolute(document: Any, names: Mapping[str, tuple[str, str]]) -> dict[str, Room]:
    values = document["limits"]["absolute"]
    return {
        name: Room(int(values[limit]), int(values.get(used, 0)))
        for name, (limit, used) in names.items()
        if limit in values
    }


def _neutron(client: Client) -> dict[str, Room]:
    answer = client.ask("GET", "network", f"quotas/{client.project_id}/details.json")
    if answer.status < 400 and isinstance(answer.body, dict):
        quota = answer.body["quota"]
        return {
            name: Room(int(quota[key]["limit"]), int(quota[key].get("used", 0)))
            for name, key in _NEUTRON.items()
            if key in quota
        }
    # Without the extension `quota_details` only limits are told.
    quota = client.get("network", f"quotas/{client.project_id}")["quota"]
    return {name: Room(int(quota[key])) for name, key in _NEUTRON.items() if key in quota}


# ---------------------------------------------------------------- what follows from it


def judge_quotas(holdings: Sequence[Holding], needs: Needs) -> Iterable[CloudFinding]:
    """Whether every project has room for the classes that run in it at once."""
    findings: list[CloudFinding] = []
    for name, use in _USES.items():
        if not needs.of(use.made_with):
            continue
        findings += _of_thing(name, use, holdings, needs)
    yield from findings
    for holding in holdings:
        for sentence in holding.unseen:
            yield find(
                "check-unfinished",
                sentence,
                where=holding.project,
                mend="look at the log of the service, and try again",
            )
    if not findings and any(holding.rooms for holding in holdings):
        yield find("quota", f"the quotas of {counted(len(holdings), 'project')} leave room for what the tests make")


def _of_thing(name: str, use: _Use, holdings: Iterable[Holding], needs: Needs) -> Iterable[CloudFinding]:
    """One finding for the worst of the projects, naming all."""
    none, little = [], []
    for holding in holdings:
        room = holding.rooms.get(name)
        if room is None or room.free is None:
            continue
        wanted = use.at_once * max(1, min(holding.sharers, needs.workers or holding.sharers))
        if room.free < use.least:
            none.append((holding, room, wanted))
        elif room.free < wanted:
            little.append((holding, room, wanted))
    for short, severity in ((none, FATAL), (little, WARNING)):
        if short:
            holding, room, wanted = short[0]
            yield find(
                f"quota-{name}",
                f"{use.service}: the quota of {name.replace('-', ' ')} is {room.limit} with {room.used} in use, "
                f"and the tests need {wanted} at a time",
                severity=severity,
                where="project " + some([item.project for item, _, _ in short]),
                why="tests that make one " + ("cannot pass" if severity is FATAL else "may run out of it"),
                mend="as an administrator: "
                + use.mend.format(option=name, number=room.used + wanted, project=holding.project)
                + (f", and likewise for the other {len(short) - 1}" if len(short) > 1 else "")
                + ("; or remove what is there" if room.used else ""),
                tests=needs.of(use.made_with),
            )


_LEFT = {
    "leftovers-compute": ("server", "servers", ("instances",), "openstack server list"),
    "leftovers-volume": (
        "volume, snapshot or backup", "volumes, snapshots or backups", ("volumes", "snapshots", "backups"),
        "openstack volume list",
    ),
    "leftovers-network": (
        "network, router or floating IP", "networks, routers or floating IPs",
        ("networks", "routers", "floating-ips"), "openstack network list",
    ),
}  # fmt: skip


def judge_leftovers(holdings: Sequence[Holding], needs: Needs, naming: Naming = UNNAMED) -> Iterable[CloudFinding]:
    """What the projects hold before anything ran."""
    findings = []
    for id_, (one, words, things, command) in _LEFT.items():
        counts = {item.project: sum(_left(item, thing, needs) for thing in things) for item in holdings}
        holding = [item for item in holdings if counts[item.project]]
        if not holding:
            continue
        count = sum(counts.values())
        findings.append(
            find(
                id_,
                f"{count} {one if count == 1 else words} {are(count)} there already",
                where="project " + some([item.project for item in holding]),
                why="they take room, and tests that count or name what is there may fail",
                mend=f"look at them with {command} in that project",
                advice=naming.removal(),
                tests=needs.tests or None,
            )
        )
    yield from findings
    if not findings and any(item.rooms for item in holdings):
        yield find("leftovers", f"{counted(len(holdings), 'project is', 'projects are')} empty")


def _left(holding: Holding, thing: str, needs: Needs) -> int:
    """How many of a thing are there beside what servers of the project need: a network of its own, and its router."""
    used = holding.rooms.get(thing, Room(-1)).used
    is_own = thing in {"networks", "routers"} and (holding.wanted_network is not None or bool(needs.of("servers")))
    return max(0, used - 1) if is_own else used


def is_littered(holding: Holding, needs: Needs) -> bool:
    """Whether the project holds things that tests may stumble over."""
    return any(_left(holding, thing, needs) for _, _, things, _ in _LEFT.values() for thing in things)


def judge_account_networks(
    holdings: Sequence[Holding], needs: Needs, options: Mapping[str, str]
) -> Iterable[CloudFinding]:
    """Whether it is settled to which network each account's servers are attached."""
    servers = needs.of("servers")
    seen = [item for item in holdings if item.networks is not None]
    named = options.get("compute.fixed_network_name")
    for item in seen:
        wanted = item.wanted_network
        if wanted is not None and wanted not in (item.networks or ()):
            yield find(
                "account-network", f"the network {wanted}, which the file names for {item.account}, is not there",
                where=f"project {item.project}", why="every class that is given this user fails in set-up",
                mend="name a network that the project sees (openstack network list) under resources in the file",
                tests=needs.tests,
            )  # fmt: skip
    unsettled = [item for item in seen if item.wanted_network is None and not named and len(item.networks or ()) > 1]
    if servers and unsettled:
        yield find(
            "network-ambiguous",
            f"{unsettled[0].account} sees {len(unsettled[0].networks or ())} networks, and nothing says which to use",
            where="project " + some([item.project for item in unsettled]),
            why="the cloud refuses a server for which no network is named",
            mend="set certmark.options compute.fixed_network_name in clouds.yaml, or name it for each account "
            "under resources",
            tests=servers,
        )

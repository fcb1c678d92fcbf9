"""What the selected tests need of a cloud: services, users, and how much of what.

It is read from the tests themselves where the suite was surveyed (`domain.surveys`), else guessed
from their names; `is_surveyed` tells which.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from certmark.cloud.discovery.discover import services_of
from certmark.domain.accounts_needed import NeededUsers, counted_of
from certmark.domain.identity import split
from certmark.domain.surveys import Credential, SurveyedTest

_READER_SINCE = 40
"""From this version Tempest's API tests look at things as a reader, too."""
_MEMBER_SINCE = 47
"""From this version Tempest takes for its first user one whose entry names the role `member`."""
_MAKES = {
    "servers": ("create_server", "create_test_server", "rebuild_server"),
    "resizes": ("resize_server",),
    "volumes": ("create_volume",),
    "snapshots": ("create_snapshot",),
    "backups": ("create_backup",),
    "networks": ("create_network",),
    "subnets": ("create_subnet",),
    "routers": ("create_router",),
    "ports": ("create_port",),
    "floating_ips": ("create_floatingip", "create_floating_ip"),
    "security_groups": ("create_security_group",),
    "keypairs": ("create_keypair",),
    "containers": ("create_container", "update_container"),
}
"""Things, with the calls of clients that make one."""
_GUESSED = (
    (r"tempest\.api\.compute\.(servers|admin|volumes|floating_ips)|tempest\.scenario", ("servers",)),
    (r"\.test_resize|resize_server", ("resizes",)),
    (r"tempest\.api\.volume|tempest\.api\.compute\.volumes", ("volumes",)),
    (r"tempest\.api\.volume.*snapshot", ("snapshots",)),
    (r"tempest\.api\.volume.*backup", ("backups",)),
    (r"tempest\.api\.network", ("networks", "subnets", "ports")),
    (r"tempest\.api\.network.*router", ("routers",)),
    (r"floating_?ip", ("floating_ips",)),
    (r"security_?group", ("security_groups",)),
    (r"keypair", ("keypairs",)),
    (r"tempest\.api\.object_storage", ("containers",)),
)
_OUTSIDE = re.compile(r"public_network_id|floating_network_name")


class NeededUser(NamedTuple):
    """A kind of user that tests act as."""

    kind: str
    roles: tuple[str, ...]
    """Those asked for by name, as the configuration resolves them."""
    tests: int


class Needs(NamedTuple):
    """What a selection of tests needs."""

    tests: int
    services: Mapping[str, int]
    """Our word for a service -> how many tests cannot do without."""
    people: tuple[NeededUser, ...]
    things: Mapping[str, int]
    """`servers`, `volumes` … -> how many tests make one."""
    outside: int
    """How many tests need a network that leads outside."""
    workers: int
    """Classes at a time; 0: as many as there are accounts for."""
    is_surveyed: bool
    teams: tuple[tuple[NeededUser, ...], ...] = ()
    """Users that one class acts as at a time, who must be different ones; each knows how many tests do so."""
    users: NeededUsers | None = None
    """How many of each sort the class takes that takes most; None where nobody has read the tests."""

    def of(self, thing: str) -> int:
        """How many tests make such a thing."""
        return self.things.get(thing, 0)


def needs_of(tests: Iterable[SurveyedTest], options: Mapping[str, str], *, version: str | None, workers: int) -> Needs:
    """What surveyed tests need; `options` (`section.name`) are the configuration's, `version` the suite's."""
    chosen = tuple(tests)
    people: Counter[tuple[str, tuple[str, ...]]] = Counter()
    things: Counter[str] = Counter()
    teams: Counter[tuple[tuple[str, tuple[str, ...]], ...]] = Counter()
    for test in chosen:
        team = {(person.kind, _resolve(person, options, version)) for person in test.credentials}
        people.update(team)
        teams[tuple(sorted(team))] += 1
        things.update(_things_made_by(test.calls))
    names = [split(test.full_id).name for test in chosen]
    outside = sum(1 for test in chosen if _goes_outside(test))
    found = tuple(NeededUser(kind, roles, count) for (kind, roles), count in sorted(people.items()))
    together = tuple(
        tuple(NeededUser(kind, roles, count) for kind, roles in team)
        for team, count in sorted(teams.items())
        if len(team) > 1
    )
    return Needs(
        len(chosen), _services(names), found, things, outside, workers, is_surveyed=True, teams=together,
        users=counted_of(chosen, {**_DEFAULTS, **options}),
    )  # fmt: skip


def guessed_needs(names: Collection[str], options: Mapping[str, str], *, version: str | None, workers: int) -> Needs:
    """What tests of these names will need, as far as names tell; `version` is the suite's."""
    things: Counter[str] = Counter()
    for name in names:
        things.update({thing for pattern, made in _GUESSED if re.search(pattern, name) for thing in made})
    outside = things["floating_ips"] + sum(1 for name in names if ".test_routers" in name)
    return Needs(
        len(names), _services(names), _guessed_people(names, options, version), things, outside, workers,
        is_surveyed=False,
    )  # fmt: skip


def _guessed_people(names: Collection[str], options: Mapping[str, str], version: str | None) -> tuple[NeededUser, ...]:
    api = [name for name in names if name.startswith("tempest.")]
    storing = sum(1 for name in api if ".object_storage." in name)
    found = [NeededUser("primary", _first_user(version), len(api))] if api else []
    if storing:
        found.append(NeededUser("operator", (options.get("object-storage.operator_role", "Member"),), storing))
    if api and _major(version) >= _READER_SINCE:
        found.append(NeededUser("project_reader", ("reader",), len(api)))
    return tuple(found)


def _first_user(version: str | None) -> tuple[str, ...]:
    return ("member",) if _major(version) >= _MEMBER_SINCE else ()


def _major(version: str | None) -> int:
    found = re.match(r"\d+", version or "")
    return int(found[0]) if found is not None else 0


def _resolve(person: Credential, options: Mapping[str, str], version: str | None) -> tuple[str, ...]:
    if person.kind == "primary":
        return _first_user(version)
    return tuple(
        options.get(role[1:-1], _DEFAULTS.get(role[1:-1], role)) if role.startswith("{") else role
        for role in person.roles
    )


_DEFAULTS = {
    "object-storage.operator_role": "Member",
    "object-storage.reseller_admin_role": "ResellerAdmin",
    "identity.admin_role": "admin",
}
"""Tempest's own, where the configuration is silent."""


def _things_made_by(calls: Iterable[str]) -> set[str]:
    methods = {call.rpartition(".")[2] for call in calls}
    return {thing for thing, names in _MAKES.items() if methods.intersection(names)}


def _goes_outside(test: SurveyedTest) -> bool:
    methods = {call.rpartition(".")[2] for call in test.calls}
    return bool(methods.intersection(_MAKES["floating_ips"])) or any(map(_OUTSIDE.search, test.skips))


def _services(names: Iterable[str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name in names:
        found.update(services_of([name]))
    return dict(found)

"""Removal of what a run left: in the order of dependence, with patience, one thing's failure costing only itself.

Everything of one stage is asked to go at the same time; what goes slowly is waited for; what is still
in use (409) or not ready (400 of Cinder) is tried again. What is already gone is done. Interrupted, it
can be begun again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote

from certmark.cloud.client import Client
from certmark.cloud.leftovers.inventory import OpenedProject
from certmark.cloud.leftovers.kinds import BY_NAME, ResourceKind
from certmark.cloud.leftovers.listing import NotSeen, objects
from certmark.cloud.replies import Reply, Unanswered
from certmark.cloud.timeouts import scaled
from certmark.domain.leftovers import Inventory, Resource

QUOTA = "account quota"
SECONDS = 180.0
"""For one thing to go, with all repeats."""
_PAUSE = 1.0
_HOPELESS = 10.0
"""Seconds after which what is in error when asked to go is taken not to go."""
_AT_ONCE = 8
_ROUNDS = 20
_AGAIN = frozenset({400, 409, 412, 429, 500, 502, 503, 504})
"""Answers after which a thing may go later: in use, not in a state to be removed, a service that is busy."""


class Removed(NamedTuple):
    """What became of one thing."""

    held: Resource
    problem: str | None
    """Why it is still there; None: it is gone."""


class ResourceRemoval(NamedTuple):
    """What became of many things."""

    removed: tuple[Removed, ...]
    now: Inventory
    """What was there before."""

    @property
    def failed(self) -> tuple[Removed, ...]:
        """Those that are still there."""
        return tuple(one for one in self.removed if one.problem is not None)


def remove_all(
    things: Iterable[Resource],
    parties: Sequence[OpenedProject],
    tell: Callable[[Removed], None],
    *,
    seconds: float | None = None,
) -> tuple[Removed, ...]:
    """Remove `things` through the eyes of those who saw them; `tell` hears of each in turn."""
    found: list[Removed] = []
    ordered = sorted(set(things), key=lambda held: (BY_NAME[held.kind].stage, held.kind, held.project, held.id))
    remover = _Remover(parties, scaled(SECONDS) if seconds is None else seconds)
    pool = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="removal")
    try:
        for _, stage in groupby(ordered, key=lambda held: BY_NAME[held.kind].stage):
            for removed in pool.map(remover.remove, list(stage)):
                found.append(removed)
                tell(removed)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return tuple(found)


class _Remover:
    def __init__(self, parties: Sequence[OpenedProject], seconds: float) -> None:
        self._seconds = seconds
        self._users: Mapping[str, Client] = {party.client.user_id: party.client for party in reversed(parties)}
        # Of several users of a project the one with most roles: readers remove nothing.
        able = sorted(parties, key=lambda party: len(party.client.roles))
        self._projects: Mapping[str, Client] = {party.client.project_id: party.client for party in able}
        self._reseller = next((party.client for party in parties if _is_reseller(party.client)), None)
        self._wide = next((party.client for party in parties if party.is_wide), None)

    def remove(self, held: Resource) -> Removed:
        """Remove one thing, as long as it takes."""
        if held.kind == QUOTA:
            return self._take_back(held)
        client = (self._users.get(held.user) if held.user else self._projects.get(held.project)) or self._wide
        if client is None:
            return Removed(held, "nobody who is signed in here may touch its project")
        kind = BY_NAME[held.kind]
        ends = time.monotonic() + self._seconds
        problem: str | None = "it was not tried"
        try:
            while problem is not None:
                reply = _request(client, kind, held)
                problem = _problem(reply) or _denial(reply, client, kind, held)
                if problem is not None and (reply.status not in _AGAIN or not _waits(ends)):
                    return Removed(held, problem)
            return Removed(held, _wait_for_end(client, kind, held, ends) if kind.is_slow else None)
        except (Unanswered, NotSeen) as error:
            return Removed(held, str(error))

    def _take_back(self, held: Resource) -> Removed:
        """Only a reseller's administrator may touch the quota of an account."""
        client = self._reseller
        if client is None:
            return Removed(held, "nobody who is signed in here is a reseller's administrator, who could take it back")
        where = (client.url("object-store") or "").replace(client.project_id, held.project)
        headers = {"X-Remove-Account-Meta-Quota-Bytes": "x", "X-Remove-Account-Quota-Count": "x"}
        try:
            return Removed(held, _problem(client.ask("POST", "object-store", where, headers=headers)))
        except Unanswered as error:
            return Removed(held, str(error))


def _is_reseller(client: Client) -> bool:
    return "reselleradmin" in {role.lower() for role in client.roles}


def _waits(ends: float) -> bool:
    """Whether there is time for another try; after a pause."""
    if time.monotonic() + _PAUSE > ends:
        return False
    time.sleep(_PAUSE)
    return True


def _problem(reply: Reply) -> str | None:
    if reply.is_ok or reply.is_gone:
        return None
    return f"{reply.reason} ({reply.status})" if reply.body is not None else f"the service answers {reply.status}"


def _denial(reply: Reply, client: Client, kind: ResourceKind, held: Resource) -> str | None:
    """Cinder answers 404 to the removal of a backup, too, where it lacks the service that would do it."""
    if not reply.is_gone or kind.service == "object-store":
        return None
    look = client.ask("GET", kind.service, path_of(client, kind, held).partition("?")[0], headers=kind.headers)
    return f"{reply.reason} ({reply.status})" if look.is_ok else None


def _request(client: Client, kind: ResourceKind, held: Resource) -> Reply:
    """The answer to asking it to go, with what its kind wants first."""
    match kind.name:
        case "object":
            container, _, name = held.id.partition("/")
            return client.ask("DELETE", kind.service, f"/{quote(container, safe='')}/{quote(name)}")
        case "container":
            return _remove_container(client, held)
        case "router":
            _unplug(client, held)
        case "image":
            return _remove_image(client, kind, held)
        case "domain":
            # Keystone removes only a domain that is disabled.
            client.ask("PATCH", kind.service, path_of(client, kind, held), json={kind.name: {"enabled": False}})
        case _:
            pass
    return client.ask("DELETE", kind.service, path_of(client, kind, held), headers=kind.headers)


def path_of(client: Client, kind: ResourceKind, held: Resource) -> str:
    """The path of one thing."""
    template = kind.path_of(held.id if kind.name == "stack" else quote(held.id, safe=""))
    path = client.path(kind.service, template, held.user)
    return f"{path}?cascade=true" if kind.name == "load balancer" else path


def _remove_container(client: Client, held: Resource) -> Reply:
    """Everything in it goes first; removing a version may bring an older one back."""
    path = f"/{quote(held.id, safe='')}"
    for _ in range(_ROUNDS):
        reply = client.ask("DELETE", "object-store", path)
        if reply.status != 409:
            return reply
        for one in objects(client, held.id, most=1_000_000):
            name = one.id.partition("/")[2]
            client.ask("DELETE", "object-store", f"{path}/{quote(name)}")
    return reply


def _unplug(client: Client, held: Resource) -> None:
    """A router goes once nothing is plugged into it."""
    for port in client.all("network", f"/ports?device_id={quote(held.id)}", "ports").items:
        if "router_interface" in str(port.get("device_owner")):
            body = {"port_id": str(port.get("id"))}
            client.ask("PUT", "network", f"/routers/{quote(held.id)}/remove_router_interface", json=body)


def _remove_image(client: Client, kind: ResourceKind, held: Resource) -> Reply:
    """A protected image refuses to go until it is unprotected."""
    path = path_of(client, kind, held)
    reply = client.ask("DELETE", kind.service, path)
    if not reply.is_refused:
        return reply
    client.ask("PATCH", kind.service, path, json=[{"op": "replace", "path": "/protected", "value": False}],
               headers={"Content-Type": "application/openstack-images-v2.1-json-patch"})  # fmt: skip
    return client.ask("DELETE", kind.service, path)


def _wait_for_end(client: Client, kind: ResourceKind, held: Resource, ends: float) -> str | None:
    """Wait until it is gone; else what it says of itself."""
    path = path_of(client, kind, held).partition("?")[0]
    hopeless = time.monotonic() + _HOPELESS
    while True:
        reply = client.ask("GET", kind.service, path, headers=kind.headers)
        if reply.is_gone or reply.is_refused:
            return None
        state = _state(reply, kind)
        if state in {"DELETED", "DELETE_COMPLETE", "deleted"}:
            return None
        if state.startswith(("error_del", "DELETE_FAILED")):
            return f"its service could not remove it: it is {state}"
        if state.lower() == "error" and time.monotonic() > hopeless:
            return "its service could not remove it, and says no more than error"
        if not _waits(ends):
            return f"it was asked to go and is still there after a while ({state or reply.status})"


def _state(reply: Reply, kind: ResourceKind) -> str:
    found: object = reply.body
    if isinstance(found, dict) and len(found) == 1:
        found = next(iter(found.values()))
    return str(found.get(kind.detail) or "") if isinstance(found, dict) else ""

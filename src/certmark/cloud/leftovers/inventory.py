"""An inventory of what projects hold: every project and service side by side, each with its own failures."""

from __future__ import annotations

import datetime as dt
import email.utils
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from typing import NamedTuple

from certmark.cloud.client import Client
from certmark.cloud.leftovers.kinds import BY_NAME, KINDS, ResourceKind
from certmark.cloud.leftovers.listing import NotSeen, account_quotas, containers, list_kind, objects
from certmark.cloud.replies import Unanswered
from certmark.cloud.timeouts import scaled
from certmark.domain.leftovers import Inventory, InventoryGap, Resource

SECONDS = 120.0
"""For a whole inventory."""
_AT_ONCE = 8


class OpenedProject(NamedTuple):
    """Somebody through whose eyes a project is looked at."""

    client: Client
    is_exclusive: bool = False
    """The project is there for tests only."""
    is_wide: bool = False
    """An administrator, looking at all projects."""


class _Look(NamedTuple):
    kind: str
    project: str
    answer: Future[list[Resource]]


def take_inventory(parties: Sequence[OpenedProject], *, seconds: float | None = None) -> Inventory:
    """What the parties see, at most `seconds` long (None: in proportion to `SECONDS`); what was not seen is said so.

    Several users of one project look at it once, and each at what is his own.
    """
    moment = _time_of(parties[0].client if parties else None)
    pool = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="inventory")
    try:
        looks = [
            _Look(name, project, pool.submit(look))
            for party in _distinct(parties)
            for name, project, look in _looks(*party)
        ]
        held, unseen = _gather(looks, time.monotonic() + (scaled(SECONDS) if seconds is None else seconds))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    first = parties[0].client if parties else None
    where = f"{first.address.auth_url} {first.address.region}".strip() if first is not None else ""
    names = {party.client.project_id: party.client.project for party in parties if party.client.project_id}
    names |= {one.id: one.name for one in held if one.kind == "project"}
    absent = (
        [] if first is None else [name for name in dict.fromkeys(kind.service for kind in KINDS) if not first.has(name)]
    )
    return Inventory(
        where, moment, tuple(sorted(names.items())), tuple(sorted(held, key=_order)), tuple(unseen), tuple(absent),
        any(party.is_wide for party in parties),
    )  # fmt: skip


def _time_of(client: Client | None) -> dt.datetime:
    """What time it is at the cloud, in whole seconds; by this machine's clock where it does not tell."""
    try:
        if client is not None:
            date = client.ask("GET", "identity").headers.get("Date", "")
            return email.utils.parsedate_to_datetime(date).astimezone(dt.UTC)
    except (Unanswered, ValueError, TypeError):
        pass
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _order(held: Resource) -> tuple[int, str, str, str]:
    return (BY_NAME[held.kind].stage, held.kind, held.project, held.id)


def _distinct(parties: Iterable[OpenedProject]) -> list[tuple[OpenedProject, bool]]:
    """Each party, with whether it looks at its project (else only at what is its user's)."""
    seen: set[str] = set()
    found = []
    # Who may do more looks first: a reader sees no containers.
    for party in sorted(parties, key=lambda party: (-len(party.client.roles), party.client.label)):
        found.append((party, party.client.project_id not in seen))
        seen.add(party.client.project_id)
    return found


def _looks(party: OpenedProject, is_first: bool) -> Iterable[tuple[str, str, Callable[[], list[Resource]]]]:
    client = party.client
    for kind in KINDS:
        if not client.has(kind.service) or not (is_first or kind.is_users):
            continue
        if kind.is_global and not party.is_wide:
            continue
        if kind.service == "object-store":
            if kind.name == "container":
                yield kind.name, client.project_id, lambda: _list_contents(client)
        elif party.is_wide and kind.everywhere is not None:
            yield kind.name, "", lambda kind=kind: _list_everywhere(client, kind)  # type: ignore[misc]  # mypy cannot infer it
        else:
            yield kind.name, client.project_id, lambda kind=kind: list_kind(client, kind, wide=kind.is_global)  # type: ignore[misc]  # likewise


def _list_everywhere(client: Client, kind: ResourceKind) -> list[Resource]:
    return list_kind(client, kind, wide=True)


def _list_contents(client: Client) -> list[Resource]:
    """The quota, containers and what is in them."""
    found = account_quotas(client)
    for container in containers(client):
        inside = objects(client, container.id)
        # Swift's own count of a container comes late.
        found += [container._replace(detail=f"{len(inside)} objects"), *inside]
    return found


def _gather(looks: Iterable[_Look], ends: float) -> tuple[list[Resource], list[InventoryGap]]:
    held: dict[tuple[str, str, str], Resource] = {}
    unseen = []
    for look in looks:
        try:
            for one in look.answer.result(timeout=max(0.0, ends - time.monotonic())):
                held.setdefault(one.key, one)
        except NotSeen as error:
            unseen.append(error.gap(look.kind, look.project))
            if look.kind == "container":
                unseen += [error.gap(kind, look.project) for kind in ("object", "account quota")]
        except (LateError, TimeoutError):
            unseen.append(InventoryGap(look.kind, look.project, f"{BY_NAME[look.kind].service} did not answer in time"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            why = f"{BY_NAME[look.kind].service} answers something that is not its API ({type(error).__name__})"
            unseen.append(InventoryGap(look.kind, look.project, why))
    return list(held.values()), unseen

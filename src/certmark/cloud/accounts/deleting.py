"""Removing the accounts that `make` made, with what is left in their projects, and nothing else.

A thing is removed only if the record has it and the cloud shows it with the record's own description.
What stands in the projects is seen through the eyes of their own users, who get a new password for it:
an administrator could not look into every service.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote

from certmark.cloud.accounts.making import ROUTER, description, find_made
from certmark.cloud.client import Client
from certmark.cloud.errors import CloudError
from certmark.cloud.leftovers import suite_projects
from certmark.cloud.leftovers.inventory import OpenedProject, take_inventory
from certmark.cloud.leftovers.projects import parties_of
from certmark.cloud.leftovers.removing import Removed, remove_all
from certmark.cloud.leftovers.suite_projects import let_in
from certmark.cloud.replies import Unanswered
from certmark.domain.accounts_needed import AccountsRecord, MadeAccounts
from certmark.domain.leftovers import Inventory, Resource
from certmark.formats.accounts_record import RecordFile

_SERVICE_OF = {"user": "identity", "project": "identity"}


class Content(NamedTuple):
    """What stands in the projects of accounts, beside what `make` put there."""

    parties: tuple[OpenedProject, ...]
    inventory: Inventory
    held: tuple[Resource, ...]
    blind: frozenset[str]
    """Names of projects that could not be looked into whole."""
    problems: tuple[str, ...]


class Kept(NamedTuple):
    """Something of the record that was not removed."""

    made: MadeAccounts
    why: str


class Deletion(NamedTuple):
    """What became of accounts that were to be removed."""

    removed: tuple[Removed, ...]
    """What stood in their projects."""
    kept: tuple[Kept, ...]
    inventory: Inventory | None = None
    """Of the projects, before; None where nobody had to look into them."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing stays."""
        return not self.kept and all(one.problem is None for one in self.removed)


def present(client: Client, record: AccountsRecord) -> list[MadeAccounts]:
    """What of the record the cloud has, each with its id, the last made first. Raises CloudError."""
    found = []
    for one in record.remaining:
        ident = _find(client, record, one)
        if ident is not None:
            found.append(one._replace(id=ident))
    return found


def _find(client: Client, record: AccountsRecord, one: MadeAccounts) -> str | None:
    service = _SERVICE_OF.get(one.kind, "network")
    text = description(record.tag)
    if one.id is None:
        return find_made(client, service, one.kind, one.name, text)
    reply = client.ask("GET", service, f"/{one.kind}s/{quote(one.id)}")
    if reply.is_gone:
        return None
    if not reply.is_ok:
        raise CloudError(f"{client.label} may not look at the {one.kind} {one.name} ({reply.status}); use who made it")
    shown = (reply.body or {}).get(one.kind) or {}
    if shown.get("name") != one.name or shown.get("description") != text:
        raise CloudError(f"the {one.kind} {one.id} is not what the record says (its name or description differ); "
                         "nothing was removed")  # fmt: skip
    return one.id


def content_of(client: Client, things: Sequence[MadeAccounts], domain: str) -> Content:
    """What stands in the projects; each user that was made gets a new password for the look."""
    users = [one for one in things if one.kind == "user"]
    projects = {one.name: one.id for one in things if one.kind == "project"}
    accounts = [
        let_in(client, user.id or "", user.name, project, domain)
        for user in users
        if (project := _project_of(user.name, projects))
    ]
    if accounts:
        time.sleep(suite_projects.SETTLING)
    gathered = parties_of(accounts, client.address)
    inventory = take_inventory(gathered.parties)
    ours = {one.id for one in things}
    held = tuple(one for one in inventory.held if one.id not in ours)
    gaps = [gap for gap in inventory.unseen if not gap.is_refused]
    inside = {party.client.project for party in gathered.parties}
    blind = {account.project for account in accounts} - inside
    blind |= {inventory.project_name(gap.project) for gap in gaps}
    problems = (*gathered.problems, *(gap.why for gap in gaps))
    return Content(gathered.parties, inventory, held, frozenset(blind), tuple(dict.fromkeys(problems)))


def _project_of(user: str, projects: dict[str, str | None]) -> str | None:
    """The project of a user: its own name, or what stands before its last word."""
    return next((name for name in (user, user.rpartition("-")[0]) if name in projects), None)


def delete(
    client: Client, record: RecordFile, things: Sequence[MadeAccounts], content: Content, tell: Callable[[str], None]
) -> tuple[tuple[Removed, ...], tuple[Kept, ...]]:
    """Remove what stands in the projects, then `things`, each on record when it is gone.

    A project that is not empty stays, with its users: it could not be looked into again.
    """
    removed = remove_all(content.held, content.parties, lambda one: tell(one.held.kind))
    full = {one.held.project for one in removed if one.problem is not None}
    names = {one.id: one.name for one in things if one.kind == "project"}
    stuck = {names.get(project, "") for project in full} | content.blind
    kept = []
    for one in things:
        if stuck.intersection({one.name, one.project, one.name.rpartition("-")[0]}):
            kept.append(Kept(one, "its project is not empty, or could not be looked into"))
            continue
        why = _remove(client, one)
        if why is None:
            record.removed(one.kind, one.name)
            tell(one.kind)
        else:
            kept.append(Kept(one, why))
    return removed, tuple(kept)


def _remove(client: Client, one: MadeAccounts) -> str | None:
    service = _SERVICE_OF.get(one.kind, "network")
    try:
        if one.kind == ROUTER:
            _unplug(client, one)
        elif one.kind == "project" and client.has("network"):
            _ungroup(client, one)
        reply = client.ask("DELETE", service, f"/{one.kind}s/{quote(one.id or '')}")
    except Unanswered as error:
        return str(error)
    return None if reply.is_ok or reply.is_gone else f"{reply.reason} ({reply.status})"


def _ungroup(client: Client, project: MadeAccounts) -> None:
    """Neutron gives each project that asks it anything a security group, and never takes it back."""
    path = f"/security-groups?project_id={quote(project.id or '')}&fields=id"
    for group in client.all("network", path, "security_groups").items:
        client.ask("DELETE", "network", f"/security-groups/{quote(str(group.get('id')))}")


def _unplug(client: Client, router: MadeAccounts) -> None:
    for port in client.all("network", f"/ports?device_id={quote(router.id or '')}", "ports").items:
        if "router_interface" in str(port.get("device_owner")):
            path = f"/routers/{quote(router.id or '')}/remove_router_interface"
            client.ask("PUT", "network", path, json={"port_id": str(port.get("id"))})

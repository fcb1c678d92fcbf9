"""What stands in projects that a suite made for itself and never removed.

An administrator does not see into every service of another project (Swift lets nobody else in), so
this looks through the eyes of the project's own users. Their passwords died with the suite: each gets
a new one. That is a change, so this is for removal only.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from certmark.cloud.accounts_file import Account
from certmark.cloud.client import Client
from certmark.cloud.errors import CloudError
from certmark.cloud.leftovers.inventory import OpenedProject
from certmark.cloud.leftovers.projects import OpenedProjects, parties_of
from certmark.domain.leftovers import PROJECT, Leftover

SETTLING = 1.5
"""Seconds: Keystone counts in whole ones, and a token of the second of a new password counts as one of the old."""
_USER = "user"


def let_in(client: Client, user: str, name: str, project: str, domain: str) -> Account:
    """The user with the id `user`, with a new password, in the project of that name. Raises CloudError."""
    password = secrets.token_urlsafe(24)
    document: dict[str, Any] = {
        "username": name,
        "password": password,
        "project_name": project,
        "user_domain_id": domain,
        "project_domain_id": domain,
    }
    reply = client.ask("PATCH", "identity", f"/users/{quote(user)}", json={"user": {"password": password}})
    if not reply.is_ok:
        raise CloudError(f"{client.label} may not sign in as {name} to look into its project ({reply.status})")
    return Account(name, project, (), (), document)


def look_inside(parties: Sequence[OpenedProject], left: Iterable[Leftover]) -> OpenedProjects:
    """A user of each project that is left, signed in; a sentence for each project that has none."""
    admin = next((party.client for party in parties if party.is_wide), None)
    mine = [one.held for one in left if one.may_go and one.held.kind in {PROJECT, _USER}]
    projects = [held for held in mine if held.kind == PROJECT]
    if admin is None or not projects:
        return OpenedProjects((), ())
    users = {held.id: held.name for held in mine if held.kind == _USER}
    accounts, problems = [], []
    for project in projects:
        try:
            user = _user_of(admin, project.id, users)
            if user is not None:
                accounts.append(let_in(admin, user, users[user], project.name, admin.domain_id))
        except CloudError as error:
            problems.append(f"nobody can look into the project {project.name}: {error}")
    if accounts:
        time.sleep(SETTLING)
    found = parties_of(accounts, admin.address)
    return OpenedProjects(found.parties, (*problems, *found.problems))


def _user_of(admin: Client, project: str, users: dict[str, str]) -> str | None:
    """The user of the project that has most roles in it, of those that may be removed."""
    path = f"/role_assignments?scope.project.id={quote(project)}"
    found: dict[str, int] = {}
    for one in admin.all("identity", path, "role_assignments").items:
        user = one.get("user")
        ident = str(user.get("id")) if isinstance(user, dict) else ""
        if ident in users:
            found[ident] = found.get(ident, 0) + 1
    return max(found, key=lambda ident: found[ident], default=None)

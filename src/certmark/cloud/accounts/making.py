"""Making the accounts that a run needs, on record before each creation.

Everything that is made has a name with the record's tag and a description that says so. A `make` that
was killed is gone on with: what its record says was begun is looked for in the cloud before it is
made, and passwords stand in the file of accounts from the beginning.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from certmark.cloud.client import Client
from certmark.cloud.errors import CloudError
from certmark.cloud.replies import Reply, Unanswered
from certmark.domain.accounts_needed import UserDemand, WantedAccounts
from certmark.domain.advice import Action, Advice
from certmark.formats.accounts_record import RecordFile

NETWORK, SUBNET, ROUTER = "network", "subnet", "router"
_PASSWORD_BYTES = 24
_CIDR = "10.100.0.0/24"
"""Of every project's own network; they do not meet."""


class NotAllowed(CloudError):
    """Keystone does not let this user make accounts; the message says whom to ask."""


class Networks(NamedTuple):
    """What every project gets of its own."""

    external: str | None
    """Id of the network that routers lead to; None: no router."""


class AccountsPlan(NamedTuple):
    """Accounts that are to be made."""

    asked: UserDemand
    wanted: tuple[WantedAccounts, ...]
    workers: int
    """Classes at a time."""
    networks: Networks | None
    """None: no project gets one."""
    tag: str
    """In the names of everything that is made."""


def description(tag: str) -> str:
    """What stands at everything that is made: nothing is removed without it, so it stays what it always was."""
    return f"made by certmark cloud accounts make, {tag}"


def documents(wanted: Sequence[WantedAccounts], domain: str, networks: Networks | None) -> list[dict[str, Any]]:
    """The entries of accounts.yaml, with new passwords. `domain` is its name."""
    return [_document(one, domain, networks) for one in wanted]


def _document(one: WantedAccounts, domain: str, networks: Networks | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"username": one.username, "password": secrets.token_urlsafe(_PASSWORD_BYTES)}
    if one.is_system:
        entry |= {"system": "all", "user_domain_name": domain}
    else:
        entry |= {"project_name": one.project, "user_domain_name": domain, "project_domain_name": domain,
                  "domain_name": domain}  # fmt: skip
    entry["roles"] = list(one.roles)
    if one.types:
        entry["types"] = list(one.types)
    if networks is not None and not one.is_system:
        entry["resources"] = {"network": f"{one.project}-network"}
    return entry


def role_ids(client: Client) -> dict[str, str]:
    """The cloud's roles by name. Raises CloudError where they may not be listed."""
    found = client.all("identity", "/roles", "roles")
    if not found.reply.is_ok:
        raise NotAllowed(_ask_somebody(client, found.reply))
    return {str(role.get("name")): str(role.get("id")) for role in found.items}


def domain_of(client: Client, wanted: str | None) -> tuple[str, str]:
    """Id and name of the domain in which accounts are made: a given one, else the user's own."""
    if wanted is None:
        reply = client.ask("GET", "identity", f"/domains/{quote(client.domain_id)}")
        name = str((reply.body or {}).get("domain", {}).get("name") or "Default") if reply.is_ok else "Default"
        return client.domain_id, name
    found = client.all("identity", f"/domains?name={quote(wanted)}", "domains").items
    if not found:
        raise CloudError(f"there is no domain {wanted} that {client.label} may see; name another one")
    return str(found[0]["id"]), wanted


def _ask_somebody(client: Client, reply: Reply) -> str:
    return (
        f"{client.label} may not make accounts here (Keystone says {reply.status}); Tempest signs in with passwords, "
        "so application credentials are no help: ask the cloud's operator for the users in the table"
    )


class Maker:
    """Makes users, projects and networks; each method makes what is not there yet."""

    def __init__(self, client: Client, record: RecordFile, tell: Callable[[str, str], None]) -> None:
        self._client = client
        self._record = record
        self._known = record.read()
        self._tell = tell
        self._text = description(self._known.tag)

    def make(self, wanted: Sequence[WantedAccounts], passwords: Mapping[str, str], networks: Networks | None) -> None:
        """Make everything. Raises CloudError; the record says how far it came."""
        roles = role_ids(self._client)
        missing = sorted({role for one in wanted for role in one.roles} - roles.keys())
        if missing:
            raise CloudError(f"the cloud has no role {missing[0]}", Advice(Action.NAME_ROLE))
        projects: dict[str, str] = {}
        for name in dict.fromkeys(one.project for one in wanted if one.project):
            projects[name] = self._project(name)
            if networks is not None:
                self._networks(name, projects[name], networks)
        for one in wanted:
            user = self._user(one, passwords[one.username])
            self._grant(one, user, projects, roles)
        self._record.finished()

    def _project(self, name: str) -> str:
        body = {"name": name, "domain_id": self._known.domain, "description": self._text, "enabled": True}
        return self._one("identity", "project", name, "/projects", body)

    def _user(self, one: WantedAccounts, password: str) -> str:
        body = {"name": one.username, "domain_id": self._known.domain, "description": self._text,
                "password": password, "enabled": True}  # fmt: skip
        known = self._known.find("user", one.username)
        ident = self._one("identity", "user", one.username, "/users", body)
        if known is not None and known.id is None:
            # It may be one that a killed `make` left, with whatever password.
            body = {"user": {"password": password}}
            _demand(self._client.ask("PATCH", "identity", f"/users/{quote(ident)}", json=body), one.username)
        return ident

    def _grant(self, one: WantedAccounts, user: str, projects: Mapping[str, str], roles: Mapping[str, str]) -> None:
        on = "/system" if one.is_system else f"/projects/{projects[one.project]}"
        for role in one.roles:
            reply = self._client.ask("PUT", "identity", f"{on}/users/{user}/roles/{roles[role]}")
            _demand(reply, f"the role {role} of {one.username}")

    def _networks(self, project: str, ident: str, networks: Networks) -> None:
        mine = {"project_id": ident, "description": self._text}
        network = self._one(NETWORK, NETWORK, f"{project}-network", "/networks", mine, project)
        body = {**mine, "network_id": network, "ip_version": 4, "cidr": _CIDR}
        subnet = self._one(NETWORK, SUBNET, f"{project}-subnet", "/subnets", body, project)
        if networks.external is None:
            return
        gateway = {"external_gateway_info": {"network_id": networks.external}}
        router = self._one(NETWORK, ROUTER, f"{project}-router", "/routers", mine | gateway, project)
        path = f"/routers/{quote(router)}/add_router_interface"
        reply = self._client.ask("PUT", NETWORK, path, json={"subnet_id": subnet})
        # 400, 409: a killed `make` plugged it in already.
        if not reply.is_ok and reply.status not in {400, 409}:
            _demand(reply, f"the interface of {project}-router")

    def _one(self, service: str, kind: str, name: str, path: str, body: dict[str, Any], project: str = "") -> str:
        """The id of one thing, made if need be."""
        known = self._known.find(kind, name)
        if known is not None and known.id is not None and not known.is_removed:
            return known.id
        found = find_made(self._client, service, kind, name, self._text) if known is not None else None
        if found is None:
            self._record.making(kind, name, project)
            reply = self._ask("POST", service, path, {kind: {"name": name, **body}})
            found = str(_demand(reply, f"the {kind} {name}").body[kind]["id"])
        self._record.made(kind, name, found, project)
        self._tell(kind, name)
        return found

    def _ask(self, method: str, service: str, path: str, body: object) -> Reply:
        try:
            reply = self._client.ask(method, service, path, json=body)
        except Unanswered as error:
            raise CloudError(f"{error}; what was made so far is on record, go on with the same command") from error
        if reply.status == 403 and service == "identity":
            raise NotAllowed(_ask_somebody(self._client, reply))
        return reply


def find_made(client: Client, service: str, kind: str, name: str, text: str) -> str | None:
    """The id of the thing of this name, if it is ours by its description."""
    for found in client.all(service, f"/{kind}s?name={quote(name)}", f"{kind}s").items:
        if found.get("name") == name and found.get("description") == text:
            return str(found["id"])
    return None


def _demand(reply: Reply, what: str) -> Reply:
    if not reply.is_ok:
        raise CloudError(
            f"{what} could not be made: {reply.reason} ({reply.status}); what was made so far is on record",
            Advice(Action.CONTINUE_OR_DELETE_ACCOUNTS),
        )
    return reply

"""Keystone's Identity API v3 as far as a sandbox needs it: what is not there is made, what is there is put right.

Reference: https://docs.openstack.org/api-ref/identity/v3/
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from certmark.sandbox.errors import SandboxError
from certmark.sandbox.state import REGION, Sandbox

_DOMAIN = "default"
_INTERFACES = ("public", "internal", "admin")


class SandboxUser(NamedTuple):
    """A user of the sandbox; the password is the sandbox's secret of that name."""

    name: str
    project: str
    roles: tuple[str, ...]

    @property
    def secret(self) -> str:
        """The name of the password among the sandbox's secrets."""
        return f"user {self.name}"


ADMIN = SandboxUser("admin", "admin", ("admin",))


class KeystoneAdmin:
    """Keystone, logged in to as the sandbox's admin. Names are kept with their ids, so each is asked for once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._address = urlsplit(sandbox.auth_url)
        self._token, _ = log_in(sandbox, ADMIN)
        self._known: dict[str, dict[str, str]] = {}
        self._grants: frozenset[tuple[str, str, str]] | None = None

    def ensure_role(self, name: str) -> str:
        """The id of the role."""
        return self._ensure("role", name, {})

    def ensure_project(self, name: str) -> str:
        """The id of the project in the default domain."""
        return self._ensure("project", name, {"domain_id": _DOMAIN})

    def project(self, name: str) -> str | None:
        """The id of the project, if there is one."""
        return self._ids("project").get(name)

    def ensure_person(self, person: SandboxUser) -> None:
        """User, project and roles; a user that was there keeps its password."""
        project = self.ensure_project(person.project)
        password = self._sandbox.secret(person.secret)
        details = {"domain_id": _DOMAIN, "password": password, "default_project_id": project}
        user = self._ensure("user", person.name, details)
        for role in map(self.ensure_role, person.roles):
            if (user, project, role) not in self._granted():
                self._call("PUT", f"/projects/{project}/users/{user}/roles/{role}")

    def revoke(self, person: SandboxUser, role: str) -> None:
        """The user loses the role in its project; nothing happens where it did not have it."""
        user, project = self._ids("user").get(person.name), self.project(person.project)
        if user and project:
            self._call(
                "DELETE", f"/projects/{project}/users/{user}/roles/{self.ensure_role(role)}", missing_is_fine=True
            )

    def remove_user(self, name: str) -> None:
        """The user is gone afterwards."""
        user = self._ids("user").pop(name, None)
        if user:
            self._call("DELETE", f"/users/{user}", missing_is_fine=True)

    def ensure_service(self, name: str, kind: str, url: str) -> None:
        """The service with its three endpoints, all with this URL; endpoints with another one are put right."""
        listed = self._call("GET", "/services?" + urlencode({"type": kind}))["services"]
        detail = {"name": name, "type": kind}
        service = listed[0]["id"] if listed else self._call("POST", "/services", {"service": detail})["service"]["id"]
        there = self._call("GET", "/endpoints?" + urlencode({"service_id": service}))["endpoints"]
        urls = {item["interface"]: (item["id"], item["url"]) for item in there}
        for interface in _INTERFACES:
            if interface not in urls:
                wanted = {"interface": interface, "url": url, "service_id": service, "region_id": REGION}
                self._call("POST", "/endpoints", {"endpoint": wanted})
            elif urls[interface][1] != url:
                self._call("PATCH", f"/endpoints/{urls[interface][0]}", {"endpoint": {"url": url}})

    def _ensure(self, kind: str, name: str, details: Mapping[str, str]) -> str:
        ids = self._ids(kind)
        if name not in ids:
            made = self._call("POST", f"/{kind}s", {kind: {"name": name, **details}})
            ids[name] = str(made[kind]["id"])
        return ids[name]

    def _ids(self, kind: str) -> dict[str, str]:
        if kind not in self._known:
            listed = self._call("GET", f"/{kind}s")[f"{kind}s"]
            self._known[kind] = {item["name"]: item["id"] for item in listed}
        return self._known[kind]

    def _granted(self) -> frozenset[tuple[str, str, str]]:
        """User, project and role of what was granted when it was first asked for."""
        if self._grants is None:
            listed = self._call("GET", "/role_assignments")["role_assignments"]
            found = [item for item in listed if "user" in item and "project" in item["scope"]]
            self._grants = frozenset(
                (item["user"]["id"], item["scope"]["project"]["id"], item["role"]["id"]) for item in found
            )
        return self._grants

    def _call(self, method: str, path: str, body: object = None, *, missing_is_fine: bool = False) -> dict[str, Any]:
        status, content, _ = request(self._sandbox, method, f"{self._address.path}{path}", body, self._token)
        if status >= 300 and not (missing_is_fine and status == 404):
            raise SandboxError(f"Keystone refused {method} {path} with status {status}: {_message(content)}")
        return content


def log_in(sandbox: Sandbox, person: SandboxUser) -> tuple[str, dict[str, Any]]:
    """A token of that person for its project, and what Keystone says of it (catalogue and all)."""
    domain = {"id": _DOMAIN}
    user = {"name": person.name, "domain": domain, "password": sandbox.secret(person.secret)}
    scope = {"project": {"name": person.project, "domain": domain}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    path = urlsplit(sandbox.auth_url).path
    status, content, headers = request(sandbox, "POST", f"{path}/auth/tokens", body)
    if status != 201:
        raise SandboxError(f"{person.name} could not log in to the sandbox, status {status}: {_message(content)}")
    return headers["x-subject-token"], content["token"]


def request(
    sandbox: Sandbox, method: str, path: str, body: object = None, token: str = ""
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Ask the sandbox's Keystone: status, JSON content, headers with names in small letters."""
    if sandbox.cancelled.is_set():
        raise SandboxError("the work was stopped")
    connection = http.client.HTTPConnection(
        str(urlsplit(sandbox.auth_url).hostname), sandbox.port("keystone"), timeout=60
    )
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {**headers, **({"X-Auth-Token": token} if token else {})})
        answer = connection.getresponse()
        content = answer.read()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, json.loads(content) if content[:1] == b"{" else {}, names
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise SandboxError(f"Keystone did not answer {method} {path}: {error}") from error
    finally:
        connection.close()


def ensure_people(identity: KeystoneAdmin, people: Iterable[SandboxUser]) -> None:
    """Every person, one after the other."""
    for person in people:
        identity.ensure_person(person)


def _message(content: Mapping[str, Any]) -> str:
    error = content.get("error")
    return str(error.get("message", "no reason given"))[:200] if isinstance(error, dict) else "no reason given"
